"""`gradviz exam grade`: marks, likely misconceptions and class statistics."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gradviz.errors import FileError


@click.command("grade", short_help="Mark answers from a CSV file.")
@click.argument("exam", metavar="EXAM")
@click.argument("answers", metavar="ANSWERS")
@click.option("--roster", metavar="FILE", help="Mark only these students; report any others.")
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    help="Also write marks.csv, parts.csv, questions.csv and class.svg to this folder.",
)
def command(exam: str, answers: str, roster: str | None, output: str | None) -> None:
    """Mark ANSWERS, a CSV file with the column id and one column per part, named as on the paper
    (1, 2a, 2b).

    Every paper is regenerated from the student's id. Correct work that follows from a wrong number
    still earns its marks.
    """
    from gradviz.exam.marking import results
    from gradviz.exam.marking import sheets as marking
    from gradviz.exam.marking.statistics import statistics
    from gradviz.exam.paper import roster as rosters
    from gradviz.exam.paper import spec

    planned = spec.read(exam)
    known = {s.id for s in rosters.read(roster)} if roster else None
    marked = marking.mark_class(planned, answers, known)
    for note in (*marked.notes, *(m.problem for m in marked.students if m.problem)):
        sys.stderr.write(f"gradviz: note: {note}\n")
    rows = statistics(marked)
    wide = max(len("student"), *(len(m.student) for m in marked.marked))
    click.echo(f"{'student':<{wide}}  {'points':>7} of {planned.total}")
    for one in marked.marked:
        click.echo(f"{one.student:<{wide}}  {results.points(one.points):>7}")
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
