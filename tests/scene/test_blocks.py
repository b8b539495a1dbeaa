"""What values look like inside a card."""

from __future__ import annotations

import itertools
import math

import pytest

from gradviz.arrays import for_backend
from gradviz.scene.blocks import CONTRIBUTION, MOST_CELLS, NUMBER, Grid, Heat, Number, heat
from gradviz.scene.model import LEVELS, Cells, Text
from gradviz.scene.views.graph.values import block

XP = for_backend("numpy")


def of(value):
    return XP.asarray(value)


def levels_of(value):
    (levels,) = heat(XP, of(value), ()).panels
    return levels


def test_numbers_have_proper_minus_signs_and_know_whether_they_are_finite():
    assert block(XP, of(-1.5), NUMBER, 4) == Number("−1.5", NUMBER)
    assert (
        not block(XP, of(math.nan), NUMBER, 4).finite
        and block(XP, of(-math.inf), NUMBER, 4).words == "−∞"
    )


def test_small_arrays_are_grids_a_vector_is_a_row():
    vector = block(XP, of([1.0, -2.0, math.nan]), NUMBER, 4)
    assert (
        isinstance(vector, Grid)
        and vector.rows == (("1", "−2", "NaN"),)
        and vector.invalid == {(0, 2)}
    )
    roles = [i.role for i in vector.draw("k", "value", "semibold", 0, 0) if isinstance(i, Text)]
    assert roles == ["value", "value", "warning"]


def test_the_numbers_of_a_grid_lie_within_its_size():
    matrix = block(XP, of([[1.0, -0.00012345], [1e-9, 123456.0]]), NUMBER, 4)
    items = matrix.draw("k", "value", "semibold", 50, 20)
    assert all(
        50 - matrix.width / 2 < i.x < 50 + matrix.width / 2 for i in items if isinstance(i, Text)
    )
    assert all(20 < i.y < 20 + matrix.height for i in items if isinstance(i, Text))


def test_a_heatmap_has_zero_in_the_middle_and_the_largest_number_at_an_end():
    levels = levels_of([[0.0, 4.0], [-2.0, math.nan]])
    assert levels == ((0, LEVELS), (-LEVELS // 2, None))
    assert levels_of([[0.0] * 6]) == ((0,) * 6,)


def test_large_arrays_are_averaged_down():
    rows = [[1.0 if j < 100 else -1.0 for j in range(200)] for _ in range(200)]
    levels = levels_of(rows)
    assert len(levels) == len(levels[0]) == MOST_CELLS
    assert {row[0] for row in levels} == {LEVELS} and {row[-1] for row in levels} == {-LEVELS}


def test_channels_stand_side_by_side():
    value = of([[[float(k)] * 7] * 6 for k in (1, 2, 3)])
    found = block(XP, value, NUMBER, 4)
    assert isinstance(found, Heat) and found.caption == ("3×6×7", "1 to 3")
    # The three share one scale: 1, 2 and 3 thirds of the largest.
    assert [{v for row in levels for v in row} for levels in found.panels] == [{3}, {5}, {LEVELS}]
    cells = [i for i in found.draw("k", "value", "semibold", 100, 0) if isinstance(i, Cells)]
    assert [i.id for i in cells] == ["k", "k-1", "k-2"]
    assert all(a.x + a.width < b.x for a, b in itertools.pairwise(cells))
    assert (
        cells[0].x >= 100 - found.width / 2
        and cells[-1].x + cells[-1].width <= 100 + found.width / 2
    )
    assert block(XP, value, CONTRIBUTION, 4, lines=0).caption == ()


@pytest.mark.parametrize(
    ("shape", "panels", "said"),
    [
        ((96, 8, 8), 4, "96×8×8, first 4 of 96"),
        ((2, 3, 8, 8), 3, "2×3×8×8, first 3 of 6"),
        ((9, 9), 1, "9×9"),
    ],
)
def test_of_many_channels_the_first_four_are_drawn(shape, panels, said):
    found = block(XP, XP.ones(shape), NUMBER, 4)
    assert len(found.panels) == panels and found.caption[0] == said


def test_numbers_that_are_not_finite_are_counted_and_left_out_of_the_range():
    value = of([[float(i + j) for j in range(60)] for i in range(60)])
    value[0][1], value[0][2] = math.inf, math.nan
    found = block(XP, value, NUMBER, 4)
    assert found.caption == ("60×60", "0 to 118, 2 not finite") and not found.finite


def test_an_empty_array_says_its_shape():
    assert block(XP, of([]), NUMBER, 4) == Number("0 numbers", NUMBER)


@pytest.mark.parametrize("shape", [(28, 28), (1, 9), (9, 1), (3, 1000), (7,)])
def test_a_heatmap_is_no_larger_than_its_side(shape):
    rows = [[float(j) for j in range(shape[-1])] for _ in range(shape[0])]
    found = heat(XP, of(rows if len(shape) == 2 else rows[0]), ())
    cells, *_ = found.draw("k", "value", "semibold", 0, 0)
    assert isinstance(cells, Cells)
    assert max(cells.width, cells.height) <= found.side and min(cells.width, cells.height) >= 8
