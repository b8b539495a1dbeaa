"""Volumes and stamps in characters: the numbers of the walk, in one size from step to step."""

from __future__ import annotations

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.layout.grid import cells
from gradviz.scene.views import fitting
from gradviz.story import walks

STAMPS = ("sum(conv_transpose2d(x, w))", {"x": [[[1, 2], [3, 4]]], "w": [[[[1, 0.5], [0, -1]]]]})
TINY = ("net:tiny-cnn", {"image": np.random.default_rng(3).standard_normal((1, 5, 5)), "label": 1})


def sheet(name: str, source: str, values: dict[str, object], ascii: bool = False) -> tuple:  # type: ignore[type-arg]
    story = walks.of(views.walk(gv.run(source, **values), name))
    found = fitting(story, 120, 40, ascii=ascii).sheet
    assert found is not None
    return story, found


def text(rows: object) -> list[str]:
    return ["".join(part for part, _ in row).rstrip() for row in rows]  # type: ignore[attr-defined]


def test_stamps_add_up() -> None:
    """By hand: 1, 2, 3, 4 times the kernel, each one row or column further."""
    story, drawn = sheet("stamps", *STAMPS)
    shown = text(drawn.rows(story.frame(4)))
    assert [line.replace("[", " ").replace("]", " ").split()[-3:] for line in shown[1:]] == [
        ["1", "2.5", "1"],
        ["3", "4.5", "0"],
        ["0", "-3", "-4"],
    ]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize(("name", "case"), [("stamps", STAMPS), ("volumes", TINY)])
def test_a_sheet_keeps_its_size(
    name: str, case: tuple[str, dict[str, object]], ascii: bool
) -> None:
    story, drawn = sheet(name, *case, ascii=ascii)
    for k in range(story.total + 1):
        rows = drawn.rows(story.frame(k))
        assert len(rows) == drawn.height
        shown = text(rows)
        assert max(map(cells, shown)) <= drawn.width
        assert not ascii or "".join(shown).isascii()


def test_layers_are_lit_and_lengths_arrive() -> None:
    """‖∂loss/∂scores‖ of probabilities p, 1 − p is √2 (1 − p)."""
    story, drawn = sheet("volumes", *TINY)
    first, last = (text(drawn.rows(story.frame(k))) for k in (1, story.total))
    assert sum(line.lstrip().startswith(">") for line in first) == 1
    scores = gv.run(TINY[0], **TINY[1])
    p = np.exp(-float(scores.values[scores.graph.output]))
    assert f"{2**0.5 * (1 - p):.3g}" in next(line for line in last if "fc " in line)
    assert not any(f"{2**0.5 * (1 - p):.3g}" in line for line in first)
