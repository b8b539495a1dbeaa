"""The screen with names in other scripts: every line is as wide as the terminal."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.tui.driving import drive
from tests.tui.samples import app

NAMES = [
    ("가중치", "편향"),
    ("重み", "入力"),
    ("भार", "पूर्वाग्रह"),
    ("ค่าน้ำหนัก", "อคติ"),
    ("قيمة", "משקל"),
]


@pytest.mark.parametrize(("weight", "bias"), NAMES)
def test_wide_letters_and_marks_line_up(weight: str, bias: str) -> None:
    program = app((f"{weight}*x + {bias}*{weight}", f"{weight}=2", "x=3", f"{bias}=1"))

    async def script(pilot: Pilot[str]) -> None:
        for _ in range(12):
            strips = pilot.app.screen._compositor.render_strips()
            lines = ["".join(segment.text for segment in strip) for strip in strips]
            assert {cell_len(line) for line in lines} == {100}
            await pilot.press("right")
            await pilot.pause()

    drive(program, script)
