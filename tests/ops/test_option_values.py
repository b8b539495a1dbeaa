"""Options of every op, given every kind of value, by Python, in text and in a saved trace: each
call works or is refused by gradviz itself.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import GradvizError, ShapeError, ValueInputError
from gradviz.ops import every
from gradviz.ops.op import REQUIRED, Op

SCRIPTS = Path(__file__).parents[2] / "scripts"
ROUTES = ("python_option", "text_option", "json_option")
OPS = [op for op in every() if op.options]


@pytest.fixture(scope="module")
def soak() -> Any:
    sys.path.insert(0, str(SCRIPTS))
    try:
        import soak

        yield soak
    finally:
        sys.path.remove(str(SCRIPTS))


def _wrong(soak: Any, op: Op, step: int) -> list[str]:
    """What goes wrong among every `step`-th of the calls."""
    from soak_kinds import KINDS
    from soak_text import OPTION_VALUES

    number, found = count(), []
    for sample in [dict(options) for _, options in op.examples[:1]] or [{}]:
        for option in op.options:
            for value in OPTION_VALUES:
                for route in ROUTES:
                    if next(number) % step:
                        continue
                    given = {k: repr(v) for k, v in sample.items()} | {option: value}
                    case = [op.name, "1", *(f"{k}={v}" for k, v in given.items())]
                    if wrong := soak.judge(KINDS[route].play, case):
                        found.append(f"{route} {case}: {wrong}")
    return found


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_strange_options_are_refused_by_us(soak: Any, op: Op) -> None:
    assert _wrong(soak, op, step=17) == []


@pytest.mark.proof
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_strange_option_is_refused_by_us(soak: Any, op: Op) -> None:
    assert _wrong(soak, op, step=1) == []


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("mean(x, [0, 1.5])", "axis=[0, 1.5]"),
        ("sum(x, axis=x)", "an expression"),
        ("flatten(x, start=[0, 1])", "start=[0, 1]"),
        ("maxout(x, 1.5)", "1.5"),
        ("leaky_relu(x, slope=None)", "None"),
        ("leaky_relu(x, slope=10**400)", "slope="),
        ("softmax(x, axis=None)", "axis=None"),
        ("index(x, .5)", "0.5"),
        ("index(x, [[[0]]])", "[[0]]"),
        ("x[" + "None, " * 64 + "None]", "67 axes"),
        ("conv2d(x, x, groups=[1])", "(2, 3)"),
    ],
)
def test_the_message_says_what_was_given(text: str, got: str) -> None:
    with pytest.raises(GradvizError) as caught:
        gv.run(text, x=[[1.0, 2, 3], [4, 5, 6]])
    assert got in str(caught.value)


def test_a_list_of_no_axes_reduces_nothing_as_in_numpy() -> None:
    assert gv.run("sum(mean(x, []))", x=[1, 2]).gradient("x").tolist() == [1, 1]
    assert gv.run("sum(max(x, axis=[0, 1]))", x=[[1, 2], [3, 4]]).value("f") == 4


def test_an_index_may_be_one_number() -> None:
    assert gv.run("index(x, 1)", x=[3, 5]).value("f") == 5


def test_nan_is_no_option() -> None:
    (x,) = gv.inputs("x")
    with pytest.raises(ValueInputError, match="not a number that floats can hold"):
        gv.huber(x, 1, delta=float("nan"))


def test_more_axes_than_an_array_can_have_are_refused() -> None:
    (x,) = gv.inputs("x")
    assert gv.run(x[(None,) * 64], x=1).graph.nodes[-1].shape == (1,) * 64
    with pytest.raises(ShapeError, match="at most 64 axes"):
        gv.run(x[(None,) * 65], x=1)


@pytest.mark.parametrize("op", [op for op in every() if op.aliases], ids=lambda op: op.name)
def test_an_argument_may_be_called_as_in_numpy(op: Op) -> None:
    """Operands by an alias are operands in text too, options stay plain values."""
    for alias, name in op.aliases.items():
        if name not in op.inputs:
            continue
        given = [f"{alias if operand == name else operand}=1" for operand in op.inputs]
        needed = [f"{key}=1" for key, value in op.options.items() if value is REQUIRED]
        graph = gv.parse(f"{op.name}({', '.join([*given, *needed])})")
        assert len(graph.nodes[graph.output].inputs) == len(op.inputs)


def test_an_operand_by_an_alias_is_computed_with() -> None:
    made = gv.run("attention(x, y, value=[[3]])", x=[[1]], y=[[1]])
    assert made.value("f").tolist() == [[3]]
