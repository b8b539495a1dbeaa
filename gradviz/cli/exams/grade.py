"""`gradviz exam grade`: marks, likely misconceptions and class statistics."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gradviz.errors import FileError, ValueInputError


@click.command("grade", short_help="Mark answers from a CSV file.")
@click.argument("exam", metavar="EXAM")
@click.argument("answers", metavar="ANSWERS")
@click.option("--roster", metavar="FILE", help="The students; answers of others are not marked.")
@click.option(
    "--papers",
    metavar="FOLDER",
    help="The folder of `make`: mark the papers as they were made, whatever version made them.",
)
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    help="Also write marks.csv, parts.csv, questions.csv and class.svg to this folder.",
)
def command(
    exam: str, answers: str, roster: str | None, papers: str | None, output: str | None
) -> None:
    """Mark ANSWERS, a CSV file with the column id and one column per part, named as on the paper
    (1, 2a, 2b).

    The students are those of the roster, or of the folder of papers. Without --papers, every paper
    is made again from the student's id. Correct work that follows from a wrong number still earns
    its marks.
    """
    from gradviz.exam import cohort
    from gradviz.exam.marking import results
    from gradviz.exam.marking import sheets as marking
    from gradviz.exam.marking.statistics import statistics
    from gradviz.exam.paper import roster as rosters
    from gradviz.exam.paper import spec
    from gradviz.exam.paper.paper import NOBODY

    planned = spec.read(exam, any_version=papers is not None)
    made = cohort.papers(planned, papers) if papers else None
    students = rosters.read(roster) if roster else None if papers else (NOBODY,)
    marked = marking.mark_class(planned, answers, students, made)
    for note in (*marked.notes, *(m.problem for m in marked.refused)):
        sys.stderr.write(f"gradviz: note: {note}\n")
    if students == (NOBODY,) and not marked.marked:
        raise ValueInputError(
            "the students are not known",
            where=answers,
            expected="--roster students.csv, or --papers with the folder of their papers",
        )
    if marked.absent:
        absent = ", ".join(m.student.id for m in marked.absent)
        sys.stderr.write(f"gradviz: note: no answers from {absent}\n")
    if not planned.version and papers is None:
        sys.stderr.write(f"gradviz: note: {planned.weaknesses[-1]}\n")
    rows = statistics(marked)
    wide = max(len("student"), *(len(m.student.id) for m in marked.marked))
    click.echo(f"{'student':<{wide}}  {'points':>7} of {planned.total}")
    for one in marked.marked:
        click.echo(f"{one.student.id:<{wide}}  {results.points(one.points):>7}")
    click.echo("")
    for line in results.table(rows):
        click.echo(line)
    if output is not None:
        from gradviz.exam.marking.plot import plot
        from gradviz.files import write_all

        folder = Path(output)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(
                f"cannot create the folder {folder.name}", where=output, got=error.strerror or error
            ) from None
        write_all(
            {
                folder / "marks.csv": results.marks_csv(marked),
                folder / "parts.csv": results.parts_csv(marked),
                folder / "questions.csv": results.questions_csv(rows),
                folder / "class.svg": plot(rows),
            }
        )
        click.echo(f"\n{folder}: marks.csv, parts.csv, questions.csv, class.svg")
    if marked.refused:
        count = len(marked.refused)
        raise ValueInputError(
            f"{count} line{'s' * (count != 1)} could not be marked; all others are",
            where=answers,
            hint="the notes above say which, and why",
        )
