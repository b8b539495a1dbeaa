"""What every example shares: figures of a lecture beside ours, printed as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np


class Row(NamedTuple):
    """One figure: what it is, as the lecture prints it, as gradviz computes it.

    lecture  None where the lecture gives the rule and no number.
    why      where the two differ, the reason.
    """

    what: str
    lecture: Any
    ours: Any
    why: str = ""


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
