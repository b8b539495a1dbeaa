"""A sweep with something done differently, by hand; without a change it is the ordinary one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from gradviz.arrays import for_backend
from gradviz.arrays.rationals import Rationals
from gradviz.engine.changes import Changes, Use
from gradviz.engine.program import Program
from gradviz.engine.scalars import ScalarProgram, program_of
from gradviz.graph.text.parser import parse
from tests.strategies import Sample, runs

NUMPY, EXACT = for_backend(), for_backend("exact")


def program(source: str, xp: Any = NUMPY, **shapes: tuple[int, ...]) -> Program:
    graph = parse(source)
    bound = graph.bind({n.name: shapes.get(n.name, ()) for n in graph.inputs})
    return program_of(bound, xp, [n.id for n in bound.inputs])


def swept(
    source: str, values: dict[str, Any], changes: Changes | None, xp: Any = NUMPY
) -> dict[str, Any]:
    """The output, and the gradient of every input by name."""
    arrays = {name: xp.asarray(value) for name, value in values.items()}
    made = program(source, xp, **{n: xp.shape(a) for n, a in arrays.items()})
    found = made.forward([arrays[n.name] for n in made.graph.inputs], changes)
    output = found[made.graph.output]
    gradients = made.backward(found, xp.ones(xp.shape(output)), changes)
    return {"": output} | {n.name: gradients[n.id] for n in made.graph.inputs}


@settings(max_examples=40, deadline=None)
@given(runs())
def test_no_change_is_the_ordinary_sweep(sample: Sample) -> None:
    """Number by number, for scalars on their own fast path too."""
    trace = sample.run()
    if not trace.has_backward:
        return
    made = program_of(trace.graph, trace.xp, trace.wrt)
    inputs = [trace.xp.asarray(trace.values[n.id]) for n in trace.graph.inputs]
    known = made.forward(inputs, Changes())
    gradients, recording = made.record(known, trace.seed, Changes())
    for found, expected in ((known, trace.values), (gradients, trace.gradients)):
        for a, b in zip(found, expected, strict=True):
            assert (a is None) == (b is None)
            assert a is None or np.array_equal(a, b, equal_nan=np.asarray(b).dtype.kind == "f")
    assert recording.edges == list(trace.recording.edges)


def test_scalars_are_interpreted_where_something_changes() -> None:
    assert isinstance(program("x*y + z"), ScalarProgram)


@pytest.mark.parametrize("xp", [NUMPY, EXACT, Rationals()], ids=["numpy", "exact", "rationals"])
def test_a_value_taken_for_another(xp: Any) -> None:
    """x*y + z at 2, 5, 1, with 7 in the place of 10: the output is 8, and no gradient knows."""
    changes = Changes(
        value=lambda node, operands, value: operands[0] + operands[1] if node.op == "mul" else None
    )
    found = swept("x*y + z", {"x": 2, "y": 5, "z": 1}, changes, xp)
    assert found == {"": 8, "x": 5, "y": 2, "z": 1}


def test_an_operand_read_wrongly_at_one_edge() -> None:
    """x*x at 3 with its second operand read as 10: forward 30; backward 10 through the first slot,
    3 through the second.
    """
    changes = Changes(operand=lambda edge, operand: 10 if edge.slot == 1 else None)
    assert swept("x*x", {"x": 3}, changes) == {"": 30, "x": 13}


def test_a_contribution_in_the_consumers_shape_is_summed() -> None:
    """sum((x + b)*g): b receives twice g's sum where + is said to pass twice its gradient."""

    def twice(use: Use) -> Any:
        return 2 * use.upstream if use.op.name == "add" else None

    values = {"x": [[1, 2], [3, 4]], "b": [0, 0], "g": [[1, 2], [3, 5]]}
    found = swept("sum((x + b)*g)", values, Changes(contribute=twice))
    assert found["b"].tolist() == [2 * (1 + 3), 2 * (2 + 5)]
    assert found["x"].tolist() == [[2, 4], [6, 10]]


def test_a_changed_contribution_is_passed_on() -> None:
    """(x*y)*z at 2, 7, 10, with the local gradient alone at every edge: x receives 7, whatever
    arrives.
    """
    changes = Changes(contribute=lambda use: use.local)
    assert swept("(x*y)*z", {"x": 2, "y": 7, "z": 10}, changes) == {
        "": 140,
        "x": 7,
        "y": 2,
        "z": 14,
    }


def test_an_accumulation_is_recorded_as_it_goes() -> None:
    """x*2 + x*3 + x*5 with products in the place of sums: x holds a product of 2, 3 and 5 in their
    order of arrival.
    """
    made = program("x*2 + x*3 + x*5", Rationals())
    changes = Changes(accumulate=lambda node, arrived: np.prod(arrived) if node.name else None)
    values = made.forward([Fraction(1)])
    gradients, recording = made.record(values, Fraction(1), changes)
    x = made.graph.find("x")
    rows = zip(recording.edges, recording.contribution, recording.after, strict=True)
    arrived = [(c, a) for edge, c, a in rows if edge.source == x]
    assert sorted(c for c, _ in arrived) == [2, 3, 5]
    first, second, third = (c for c, _ in arrived)
    assert [a for _, a in arrived] == [first, first * second, first * second * third]
    assert gradients[x] == 30


def test_what_is_reported_is_computed_with_by_nobody() -> None:
    """(x*y)*z at 2, 7, 10, all gradients written down twice as large: twice, not four times."""
    changes = Changes(report=lambda node, value, gradient: 2 * gradient)
    found = swept("(x*y)*z", {"x": 2, "y": 7, "z": 10}, changes)
    assert found == {"": 140, "x": 2 * 70, "y": 2 * 20, "z": 2 * 14}
    only_x = Changes(report=lambda node, value, gradient: value if node.name == "x" else None)
    assert swept("x*y", {"x": 2, "y": 7}, only_x) == {"": 14, "x": 2, "y": 2}
