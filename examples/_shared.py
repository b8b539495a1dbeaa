"""Shared by all examples: a table of a lecture's figures and ours, and decks of the runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import gradviz as gv

OUT = Path(__file__).parents[1] / "out"
Run = gv.Trace | gv.CellTrace
Runs = Run | Mapping[str, Run]


class Row(NamedTuple):
    """One figure: what it is, the lecture's value, gradviz's value.

    lecture  None if the lecture gives the rule but no number.
    why      the reason, if the two differ: the `cause`.
    """

    what: str
    lecture: Any
    ours: Any
    why: str = ""


def present(script: str, title: str | None, rows: Iterable[Row], runs: Runs) -> None:
    """Print the rows as a table; then write a deck of each run, one page per step, and say where.

    The decks go to `out/` next to the examples, or to the folder named on the command line.
    """
    compare(title, rows)
    folder = Path(*sys.argv[1:2]) if sys.argv[1:] else OUT / Path(script).parent.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, trace in decks(script, runs).items():
            (file,), _ = gv.render(trace, folder / f"{name}.pdf")
            here = file.is_relative_to(Path.cwd())
            print(f"One page per step: {file.relative_to(Path.cwd()) if here else file}")
    except (gv.GradvizError, OSError) as error:
        sys.exit(f"{Path(script).name}: {error}")


def cause(source: Any, *claims: str, told: int = 1, **options: Any) -> str:
    """Why the last of the lecture's numbers differ, as `gv.diagnose` tells it.

    told  of how many quantities, counted from the end.
    """
    found = gv.diagnose(source, *claims, **options)
    return " ".join(finding.cause for finding in found.findings[-told:])


def decks(script: str, runs: Runs) -> dict[str, Run]:
    """The runs of a script by the names of their decks: the script's, plus the run's if several."""
    name = Path(script).stem
    if isinstance(runs, Run):
        return {name: runs}
    return {f"{name}-{run.replace(' ', '-')}": trace for run, trace in runs.items()}


def compare(title: str | None, rows: Iterable[Row]) -> None:
    """Print the rows below the title's first line; ours with five significant digits."""
    table = [("", "lecture", "gradviz")]
    notes = [""]
    for what, lecture, ours, why in rows:
        table.append((what, "" if lecture is None else str(lecture), _text(ours)))
        notes.append(why)
    if all(lecture == "" for _, lecture, _ in table[1:]):
        table[0] = ("", "", "gradviz")
    wide = [max(map(len, column)) for column in zip(*table, strict=True)]
    print((title or "").strip().splitlines()[0], end="\n\n")
    for cells, why in zip(table, notes, strict=True):
        print("  ".join(cell.ljust(w) for cell, w in zip(cells, wide, strict=True) if w).rstrip())
        if why:
            print(f"  ^ {why}")
    print()


def _text(value: Any) -> str:
    """Numbers, or nested lists of them, on one line."""
    if isinstance(value, str):
        return value
    if np.ndim(value):
        return "[" + ", ".join(map(_text, value)) + "]"
    number = float(f"{float(value):.5g}")
    return str(int(number)) if number == int(number) else str(number)
