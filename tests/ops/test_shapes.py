"""Shape rules equal NumPy's for any shapes; indices too."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.errors import GradvizError, ShapeError
from gradviz.ops import get
from gradviz.ops.shapes import (
    axes,
    broadcast,
    elementwise,
    kept,
    one_axis,
    reduction,
    summed_axes,
    whole_numbers,
)
from gradviz.ops.shaping import decode_index, encode_index

shapes = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@given(st.lists(shapes, min_size=1, max_size=4))
def test_broadcasting_is_numpys(given_shapes: list[tuple[int, ...]]) -> None:
    try:
        expected = np.broadcast_shapes(*given_shapes)
    except ValueError:
        with pytest.raises(ShapeError, match="do not fit add"):
            broadcast("add", *given_shapes)
    else:
        assert broadcast("add", *given_shapes) == expected == elementwise("add")(*given_shapes)


@given(st.lists(shapes, min_size=2, max_size=2))
def test_summed_axes_undo_broadcasting(pair: list[tuple[int, ...]]) -> None:
    """Summing ones over them and reshaping gives back each operand's shape, every element counted
    once.
    """
    try:
        wide = np.broadcast_shapes(*pair)
    except ValueError:
        return
    for narrow in pair:
        repeated = np.broadcast_to(np.ones(narrow), wide)
        summed = repeated.sum(axis=summed_axes(wide, narrow)).reshape(narrow)
        times = [n for i, n in enumerate(wide) if i in summed_axes(wide, narrow)]
        assert (summed == np.prod(times)).all()


@given(
    shapes,
    st.none() | st.integers(-5, 4) | st.lists(st.integers(-4, 3), max_size=3).map(tuple),
    st.booleans(),
)
def test_reductions_are_numpys(shape: tuple[int, ...], axis: Any, keepdims: bool) -> None:
    try:
        expected = np.sum(np.ones(shape), axis=axis, keepdims=keepdims).shape
    except ValueError:
        with pytest.raises(ShapeError, match="sum"):
            reduction("sum")(shape, axis=axis, keepdims=keepdims)
    else:
        if shape or not isinstance(
            axis, int
        ):  # NumPy reduces scalars along an axis that they do not have
            assert reduction("sum")(shape, axis=axis, keepdims=keepdims) == expected
            assert kept(shape, axis) == np.sum(np.ones(shape), axis=axis, keepdims=True).shape


@pytest.mark.parametrize("axis", [1.5, "0", True, None, (0,), [0, 1], 7])
def test_one_axis_is_one_whole_number(axis: Any) -> None:
    with pytest.raises(ShapeError, match="stack"):
        one_axis("stack", axis, 2)


@pytest.mark.parametrize("axis", [1.5, "0", True, (0, 0), (0, 1.0), 2, -3])
def test_axes_that_do_not_exist(axis: Any) -> None:
    with pytest.raises(ShapeError, match="sum") as caught:
        axes("sum", axis, 2)
    assert repr(axis) in caught.value.got


@pytest.mark.parametrize("value", [1.5, "23", (2, 3.0), (True,), None])
def test_sizes_are_whole_numbers(value: Any) -> None:
    with pytest.raises(ShapeError, match="reshape takes whole numbers"):
        whole_numbers("reshape", value)
    with pytest.raises(ShapeError, match="reshape"):
        get("reshape").shape((2, 3), shape=value)


@given(shapes, st.lists(st.integers(-2, 6), max_size=4).map(tuple))
def test_reshape_is_numpys(shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    op = get("reshape")
    if min(wanted, default=0) < -1:
        return  # NumPy reads -2 as -1
    try:
        expected = np.ones(shape).reshape(wanted).shape
    except ValueError:
        with pytest.raises(ShapeError, match="reshape"):
            op.shape(shape, shape=wanted)
    else:
        assert op.shape(shape, shape=wanted) == expected


@given(st.lists(st.integers(1, 3), max_size=3).map(tuple), st.lists(st.integers(-3, 3), max_size=3))
def test_transpose_is_numpys(shape: tuple[int, ...], order: list[int]) -> None:
    try:
        expected = np.ones(shape).transpose(order).shape if order or not shape else None
    except ValueError:
        with pytest.raises(ShapeError, match="transpose"):
            get("transpose").shape(shape, axes=tuple(order))
    else:
        if expected is not None:
            assert get("transpose").shape(shape, axes=tuple(order)) == expected


bounds = st.none() | st.integers(-4, 4)
slices = st.builds(slice, bounds, bounds, bounds)
plain = st.integers(-3, 3) | slices | st.just(...) | st.none()
with_list = st.tuples(
    st.lists(slices | st.none() | st.just(...), max_size=2),
    st.lists(st.integers(-3, 3), max_size=3),
    st.lists(slices | st.none(), max_size=2),
).map(lambda t: (*t[0], t[1], *t[2]))
indices = st.lists(plain, max_size=4).map(tuple) | with_list


@settings(max_examples=400)
@given(st.lists(st.integers(0, 4), max_size=3).map(tuple), indices)
def test_index_shapes_are_numpys(shape: tuple[int, ...], index: tuple[Any, ...]) -> None:
    op, encoded = get("index"), encode_index(index)
    ours = tuple(np.array(e, dtype=int) if isinstance(e, list) else e for e in index)
    x = np.arange(float(np.prod(shape))).reshape(shape)
    try:
        expected = x[ours]
    except (IndexError, ValueError):
        with pytest.raises(ShapeError, match="index"):
            op.shape(shape, index=encoded)
    else:
        assert op.shape(shape, index=encoded) == expected.shape
        assert np.array_equal(x[decode_index(encoded)], expected)


@given(indices)
def test_the_plain_form_of_an_index_keeps_it(index: tuple[Any, ...]) -> None:
    assert decode_index(encode_index(index)) == index


@pytest.mark.parametrize(
    "entry", [1.5, True, "a", np.float64(1), {1}, [0, True], slice(1.5), slice("a")]
)
def test_what_is_no_index(entry: Any) -> None:
    with pytest.raises(GradvizError, match="not a valid index"):
        encode_index(entry)


def test_numpys_integers_are_indices() -> None:
    assert encode_index((np.int64(2), np.array([0, 1]), slice(np.int8(1), None))) == [
        2,
        [0, 1],
        "1:",
    ]
