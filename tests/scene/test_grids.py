"""Grids of numbers side by side."""

from __future__ import annotations

import numpy as np

from gradviz.scene.model import Text
from gradviz.scene.views.cells.grids import Grid, grids


def test_numbers_stand_in_their_cells_row_by_row() -> None:
    items, width, height = grids(
        [
            Grid("input x", np.array([[1.0, -2.5], [3.0, 4.0]]), "value"),
            Grid("kernel w", np.array([7.0, 8.0]), "gradient"),
        ],
        10,
        20,
    )
    texts = {item.id: item for item in items if isinstance(item, Text)}
    assert [texts[f"grid-0-{i}-{j}"].text for i in (0, 1) for j in (0, 1)] == [
        "1",
        "−2.5",
        "3",
        "4",
    ]
    assert [texts[f"grid-1-0-{j}"].text for j in (0, 1)] == ["7", "8"] and texts[
        "grid-1-0-0"
    ].role == "gradient"
    assert (
        texts["grid-0-heading"].text == "input x" and texts["grid-0-0-0"].y < texts["grid-0-1-0"].y
    )
    assert all(10 <= t.x <= 10 + width and 20 <= t.y <= 20 + height for t in texts.values())
    assert texts["grid-0-0-1"].x < texts["grid-1-0-0"].x
