"""`gradviz exam make`: one paper per student."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import gradviz
from gradviz.cli.options import AskingOption, either
from gradviz.cli.workers import pool
from gradviz.errors import BackendError, GradvizError, UsageError
from gradviz.plugins import names_in
from gradviz.progress import Count, Progress, say

FEW = 8
"""For fewer papers than this, no extra processes are started."""


def _formats() -> str:
    folder = Path(gradviz.__file__).parent / "exam" / "formats"  # importing it is slow
    return f"{either(names_in(str(folder)))}."


@click.command("make", short_help="Make one paper per student.")
@click.argument("exam", metavar="EXAM")
@click.option(
    "--roster", metavar="FILE", help="The students: a CSV file with the columns id and name."
)
@click.option("--format", "form", cls=AskingOption, says=_formats, default="pdf",
              show_default=True, metavar="NAME")  # fmt: skip
@click.option("-o", "--output", required=True, metavar="FOLDER", help="The folder for the papers.")
@click.option(
    "--font",
    "fonts",
    multiple=True,
    metavar="FILE",
    help="A font file for letters that the shipped fonts lack, for papers as PDF; repeatable.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Number of processes; one per processor by default.",
)
@click.option("--cluster", metavar="ADDRESS", help="Make them on a Dask cluster instead.")
@click.option("--force", is_flag=True, help="Overwrite even papers that have been edited.")
def command(
    exam: str,
    roster: str | None,
    form: str,
    output: str,
    fonts: tuple[str, ...],
    jobs: int | None,
    cluster: str | None,
    force: bool,
) -> None:
    """Make the papers of EXAM, an exam.gv.toml; without a roster, one paper without a name.

    An interrupted run resumes where it stopped: finished papers are kept, and checked against
    their hashes.
    """
    if jobs is not None and cluster is not None:
        raise UsageError("--jobs and --cluster cannot be combined", expected="one of them")
    from gradviz.exam import cohort, formats
    from gradviz.exam.paper import roster as rosters
    from gradviz.exam.paper import spec
    from gradviz.exam.paper.paper import NOBODY

    chosen = formats.get(form)
    planned = spec.read(exam)
    students = rosters.read(roster) if roster else (NOBODY,)
    for weakness in planned.weaknesses:
        _note(weakness)
    started = time.monotonic()
    finished = Count()
    papers = Progress("papers", finished, len(students))
    with _executor(len(students), jobs, cluster) as executor, papers:
        lines = cohort.make(
            planned,
            students,
            form,
            output,
            executor=executor,
            force=force,
            fonts=fonts,
            done=finished.to,
            note=_note,
        )
    _say(cohort.report(lines), output, time.monotonic() - started)
    if chosen.lacks:
        _note(chosen.lacks)


def _note(said: str) -> None:
    say(f"gradviz: note: {said}\n")


@contextmanager
def _executor(count: int, jobs: int | None, cluster: str | None) -> Iterator[Executor | None]:
    if cluster is not None:
        with _dask(cluster) as executor:
            yield executor
        return
    workers = jobs or os.cpu_count() or 1
    if workers == 1 or (count < FEW and jobs is None):
        yield None
        return
    with pool(min(workers, count), "makes papers") as executor:
        yield executor


@contextmanager
def _dask(address: str) -> Iterator[Any]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise BackendError(
            "--cluster needs the package distributed",
            hint="pip install 'gradviz-explainer[cluster]', or omit --cluster",
        ) from None
    try:
        client = distributed.Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise GradvizError(
            "cannot reach a Dask scheduler",
            where=address,
            expected="an address such as tcp://host:8786",
            got=error,
        ) from None
    with client, client.get_executor() as executor:
        yield executor


def _say(report: dict[str, Any], folder: str, seconds: float) -> None:
    papers, hard = report["papers"], report["difficulty"]
    click.echo(
        f"{folder}: {papers} paper{'s' * (papers != 1)} in {seconds:.1f} s,"
        f" {report['distinct papers']} of them different"
    )
    click.echo(f"difficulty from {hard['lowest']} to {hard['highest']}, mean {hard['mean']}")
    click.echo(
        f"{'question':>8}  {'different':>9}  {'keys':>5}  {'commonest key':<24}  {'share':>5} "
        " difficulty"
    )
    for row in report["questions"]:
        key = (
            row["commonest key"]
            if len(row["commonest key"]) <= 24
            else row["commonest key"][:23] + "…"
        )
        spread = f"{row['difficulty']['lowest']} to {row['difficulty']['highest']}"
        click.echo(
            f"{row['number']:>8}  {row['distinct']:>9}  {row['distinct keys']:>5}  {key:<24} "
            f" {row['share of it']:>5.0%}  {spread}"
        )
