"""Whole screens as text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.driving import drive
from tests.tui.samples import FORK, MARK, NORM, app, screen_text

GOLDEN = Path(__file__).parent.parent / "golden" / "tui"


@pytest.mark.parametrize(
    ("name", "words", "k", "size", "keys"),
    [
        ("mark-10", MARK, 10, (80, 24), ()),
        ("mark-10-wide", MARK, 10, (120, 40), ()),
        ("mark-start", MARK, 0, (80, 24), ()),
        ("mark-ascii", MARK, 10, (80, 24), ("A",)),
        ("mark-compact", MARK, 10, (80, 24), ("minus",)),
        ("mark-small", MARK, 10, (48, 14), ()),
        ("mark-tiny", MARK, 10, (30, 8), ()),
        ("norm-7", NORM, 7, (80, 24), ()),
        ("norm-7-wide", NORM, 7, (120, 40), ("tab", "a")),
        ("fork-broken", FORK, 9, (100, 30), ("tab", "b", "G")),
        ("picker", None, 0, (80, 24), ()),
        ("help", MARK, 0, (80, 72), ("question_mark",)),
        ("quiz", MARK, 9, (80, 24), ("Q",)),
    ],
)
def test_goldens(
    name: str, words: tuple[str, ...] | None, k: int, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    """Looked at line by line before they were kept; REGOLD=1 writes them anew."""
    program = app(words, k)
    shown: list[str] = []

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press(*keys)
        await pilot.pause()
        shown.append(screen_text(program) + "\n")

    drive(program, script, size)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("REGOLD"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown[0], encoding="utf-8")
    assert shown[0] == path.read_text(encoding="utf-8")
    assert all(len(line) <= size[0] for line in shown[0].split("\n"))
