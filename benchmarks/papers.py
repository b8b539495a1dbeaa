"""How long a cohort's papers, all different, take on two processes, first to last file.

    python benchmarks/papers.py [--papers 1000] [FORMAT …]

The exam is `examples/midterm.gv.toml`, of eleven questions. No other tool makes the same papers;
the last column compares each format with JSON, which needs no pictures.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from gradviz.exam import cohort
from gradviz.exam.paper import spec
from gradviz.exam.paper.roster import Student

EXAM = Path(__file__).parent.parent / "examples" / "midterm.gv.toml"
FORMATS = ("json", "moodle", "pdf")
PROCESSES = 2


def taken(form: str, papers: int) -> float:
    """Seconds for this many papers, including starting the processes."""
    exam = spec.read(EXAM)
    students = [Student(f"s{k:05}", f"Student {k}") for k in range(papers)]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with ProcessPoolExecutor(PROCESSES) as executor:
            lines = cohort.make(exam, students, form, Path(folder) / form, executor=executor)
        seconds = time.perf_counter() - start
    assert len({line.variant for line in lines}) == papers
    return seconds


def main() -> None:
    """Print a row for each format."""
    parser = argparse.ArgumentParser(description="a cohort's papers")
    parser.add_argument("formats", nargs="*", help=f"{', '.join(FORMATS)} by default")
    parser.add_argument("--papers", type=int, default=1000)
    given = parser.parse_args()
    first = 0.0
    print(f"{given.papers} papers, {PROCESSES} processes")
    for form in ("json", *(f for f in given.formats or FORMATS if f != "json")):
        seconds = taken(form, given.papers)
        first = first or seconds
        print(
            f"{form:<8} {seconds:>7.1f} s  {given.papers / seconds:>6.1f} papers/s "
            f" {seconds / first:>5.1f}×",
            flush=True,
        )


if __name__ == "__main__":
    main()
