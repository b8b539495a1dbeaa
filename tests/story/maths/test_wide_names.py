"""Formulas of several lines stand in columns of a terminal, also beside wide letters."""

from __future__ import annotations

import pytest

import gradviz as gv
from gradviz.fonts.cells import cells
from gradviz.story.frame import Story


@pytest.mark.parametrize("name", ["W", "가중치", "权重", "かじゅう", "भार", "น้ำหนัก"])
def test_lines_of_a_block_are_of_one_width(name: str) -> None:
    trace = gv.run(
        f"{name}*x + b1", values={name: [[1, 2], [3, 4]], "x": [[1, 2], [3, 4]], "b1": 2}
    )
    for frame in Story(trace):
        assert frame.formula is not None
        lines = frame.formula.block.lines
        assert len({cells(line) for line in lines}) == 1
        bars = [[i for i, c in enumerate(_spread(line)) if c in "⎡⎢⎣"] for line in lines]
        assert bars[0] == bars[-1]


def _spread(line: str) -> str:
    """A line with a further blank behind each wide letter, and without marks."""
    return "".join(c + " " * (cells(c) - 1) for c in line if cells(c))
