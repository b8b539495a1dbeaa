"""The geometry of windows, and every bad option of the ops that slide one."""

import itertools
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gradviz.arrays.kernels.windows import landings
from gradviz.errors import ShapeError
from gradviz.ops import get
from gradviz.ops.windows.window import Window, resolve

small = st.integers(1, 4)
axes = st.tuples(st.integers(1, 9), small, small, st.integers(0, 3), st.integers(0, 3), small)


def one_axis(size: int, stride: int, before: int, after: int, dilation: int) -> Window:
    return Window((size,), (stride,), ((before, after),), (dilation,))


@given(axes)
def test_a_window_sees_what_its_formula_says(drawn: tuple[int, ...]) -> None:
    """PyTorch's formula: place p meets cell p·stride − padding + t·dilation."""
    n, k, s, before, after, d = drawn
    window = one_axis(k, s, before, after, d)
    assume(window.span[0] <= n + before + after)
    (out,) = window.out((n,))
    for p in range(out):
        expected = [p * s - before + t * d for t in range(k)]
        assert window.places((p,), (n,)) == [(i,) if 0 <= i < n else None for i in expected]
    last, further = ((p * s - before + (k - 1) * d) for p in (out - 1, out))
    assert last < n + after <= further  # the last window fits, one more would not


@given(st.integers(1, 9), small, small)
def test_same_padding_keeps_the_size_and_puts_an_uneven_cell_at_the_end(
    n: int, k: int, d: int
) -> None:
    window = resolve("conv1d", "NCL", (n,), k, 1, "same", d)
    ((before, after),) = window.padding
    assert window.out((n,)) == (n,)
    assert after - before in (0, 1)


def test_two_axes_are_walked_row_by_row() -> None:
    window = Window((2, 2), (2, 1), ((1, 0), (0, 0)), (1, 2))
    assert window.span == (2, 3)
    assert window.out((3, 5)) == (2, 3)
    assert window.places((0, 1), (3, 5)) == [None, None, (0, 1), (0, 3)]
    assert window.places((1, 2), (3, 5)) == [(1, 2), (1, 4), (2, 2), (2, 4)]


@given(axes, axes, st.data())
def test_landings_are_the_meetings_that_no_padding_takes(
    rows: Any, columns: Any, data: Any
) -> None:
    sizes = rows[0], columns[0]
    pads = tuple((before, after) for _, _, _, before, after, _ in (rows, columns))
    window = Window((rows[1], columns[1]), (rows[2], columns[2]), pads, (rows[5], columns[5]))
    out = window.out(sizes)
    assume(min(out) > 0)
    start = data.draw(st.integers(0, out[0] - 1))
    lines = slice(start, data.draw(st.integers(start + 1, out[0])))
    taps = list(itertools.product(*map(range, window.size)))
    expected = {
        (place, tap, cell)
        for place in itertools.product(range(lines.start, lines.stop), range(out[1]))
        for tap, cell in zip(taps, window.places(place, sizes), strict=True)
        if cell is not None
    }
    found = []
    for tap, places, cells in landings(window, out, sizes, lines):
        walks = [
            [range(n)[part] for n, part in zip(of, parts, strict=True)]
            for of, parts in (((lines.stop - lines.start, out[1]), places), (sizes, cells))
        ]
        met = (itertools.product(*walk) for walk in walks)
        found += [((i + start, j), tap, cell) for (i, j), cell in zip(*met, strict=True)]
    assert len(found) == len(expected) and set(found) == expected


X, W, IMAGE = (2, 3, 6, 6), (4, 3, 3, 3), (3, 6, 6)
BAD: list[tuple[str, tuple[Any, ...], dict[str, Any], str, str]] = [
    ("conv2d", (X, W), {"stride": 0}, "stride", "stride=0"),
    ("conv2d", (X, W), {"padding": -1}, "padding", "padding=-1"),
    ("conv2d", (X, W), {"dilation": 0}, "dilation", "dilation=0"),
    ("conv2d", (X, W), {"stride": (1, 2, 3)}, "2 of them", "(1, 2, 3)"),
    ("conv2d", (X, W), {"stride": 1.5}, "whole number", "1.5"),
    ("conv2d", (X, W), {"stride": True}, "whole number", "True"),
    ("conv2d", (X, W), {"padding": "sane"}, '"same"', "'sane'"),
    ("conv2d", (X, W), {"padding": "same", "stride": 2}, "stride=1", "2×2"),
    ("conv2d", (X, (4, 3, 7, 3)), {}, "at most 6×6", "a window of 7×3"),
    (
        "conv2d",
        (X, (4, 3, 9, 3)),
        {"padding": 1},
        "at most 6×6 (8×8 with its padding)",
        "a window of 9×3",
    ),
    ("conv2d", (X, W), {"dilation": 3}, "at most 6×6", "a window of 7×7 with its dilation"),
    (
        "conv2d",
        (X, (4, 2, 3, 3)),
        {},
        "x in NCHW or CHW with 2 channels",
        "(2, 3, 6, 6) and (4, 2, 3, 3)",
    ),
    ("conv2d", ((2, 6, 6, 3), W), {}, "transpose", "(2, 6, 6, 3)"),
    ("conv2d", ((6, 6), W), {}, "x[newaxis, ...]", "(6, 6)"),
    ("conv2d", (X, (3, 3)), {}, "(out, in/groups, height, width)", "(3, 3)"),
    ("conv2d", (X, (4, 3, 0, 3)), {}, "no size 0", "(4, 3, 0, 3)"),
    ("conv2d", (X, W, (3,)), {}, "each of 4 output channels", "(3,)"),
    ("conv2d", (X, W), {"groups": 3}, "with 9 channels in 3 groups", "(4, 3, 3, 3)"),
    ("conv2d", (X, (4, 1, 3, 3)), {"groups": 3}, "divisor of the 4 output channels", "groups=3"),
    ("conv2d", (X, W), {"groups": 0}, "at least 1", "groups=0"),
    ("conv1d", ((3, 6), (4, 3, 7)), {}, "at most 6", "a window of 7"),
    ("conv1d", ((3, 6), (4, 3, 3)), {"stride": 0}, "a whole number of at least 1", "stride=0"),
    ("conv1d", ((3, 6), (4, 2, 3)), {}, "x in NCL or CL with 2 channels", "(3, 6)"),
    ("conv_transpose2d", (X, W), {}, "x in NCHW or CHW with 4 channels", "(4, 3, 3, 3)"),
    (
        "conv_transpose2d",
        (X, (3, 2, 3, 3)),
        {"output_padding": 1},
        "less than the stride",
        "output_padding=1",
    ),
    ("conv_transpose2d", ((3, 1, 1), (3, 2, 2, 2)), {"padding": 1}, "at least 1×1", "0×0"),
    (
        "conv_transpose2d",
        (X, (3, 2, 3, 3)),
        {"groups": 2},
        "divisor of the 3 input channels",
        "groups=2",
    ),
    ("maxpool2d", (IMAGE,), {"size": 2, "stride": 0}, "at least 1", "stride=0"),
    ("maxpool2d", (IMAGE,), {"size": 0}, "at least 1", "size=0"),
    ("maxpool2d", (IMAGE,), {"size": 7}, "at most 6×6", "7×7"),
    ("maxpool2d", (IMAGE,), {"size": 3, "padding": 2}, "at most half of 3×3", "padding=2"),
    ("maxpool2d", (IMAGE,), {"size": 3, "padding": -1}, "at least 0", "padding=-1"),
    ("maxpool2d", (IMAGE,), {"size": 2, "dilation": 0}, "at least 1", "dilation=0"),
    ("maxpool2d", ((6, 1),), {"size": 2, "padding": 1, "dilation": 2}, "less padding", "6×1"),
    ("minpool2d", ((6,),), {"size": 2}, "(…, H, W)", "(6,)"),
    ("avgpool2d", ((0, 4),), {"size": 2}, "at least one row", "(0, 4)"),
    ("avgpool2d", (IMAGE,), {"size": (2, 2, 2)}, "2 of them", "(2, 2, 2)"),
    ("l2pool2d", (IMAGE,), {"size": 9}, "at most 6×6", "9×9"),
    ("global_avgpool2d", ((6,),), {}, "(…, H, W)", "(6,)"),
    ("global_maxpool2d", ((3, 0),), {}, "at least one row", "(3, 0)"),
    ("pad2d", ((6,),), {"width": 1}, "(…, H, W)", "(6,)"),
    ("pad2d", (IMAGE,), {"width": -1}, "at least 0", "-1"),
    ("pad2d", (IMAGE,), {"width": (1, 2, 3)}, "((top, bottom), (left, right))", "(1, 2, 3)"),
    ("pad2d", (IMAGE,), {"width": 1, "value": "x"}, "a number", "'x'"),
]


@pytest.mark.parametrize(("name", "shapes", "options", "expected", "got"), BAD)
def test_bad_options_are_named(
    name: str, shapes: Any, options: dict[str, Any], expected: str, got: str
) -> None:
    op = get(name)
    with pytest.raises(ShapeError) as caught:
        op.shape(*shapes, **{**op.options, **options})
    message = str(caught.value)
    assert name in message
    assert expected in message
    assert got in message
    assert caught.value.expected
    assert caught.value.got


@pytest.mark.parametrize(
    ("name", "shapes", "options"),
    [("conv2d", (X, (4, 3, 7, 7)), {}), ("maxpool2d", (IMAGE,), {"size": 7})],
)
def test_a_window_that_does_not_fit_says_the_layout(name: str, shapes: Any, options: Any) -> None:
    op = get(name)
    with pytest.raises(ShapeError, match=r"NCHW|H, W"):
        op.shape(*shapes, **{**op.options, **options})
