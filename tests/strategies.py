"""Random graphs with values, for tests of everything that walks a graph or a trace.

    @given(runs())
    def test_something(sample: Sample) -> None:
        trace = sample.run()

A graph grows op by op from inputs and constants; every operand is drawn from all nodes so far, so
values branch, inputs are used twice or never, and `x*x` happens. The output is the last node,
summed to a scalar.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from gradviz.engine.run import run
from gradviz.errors import ShapeError
from gradviz.graph.builder import Builder
from gradviz.graph.graph import INPUT, Graph, shape_of
from gradviz.ops.op import Shape
from gradviz.ops.registry import get
from gradviz.trace import Trace

SCALARS: tuple[Shape, ...] = ((),)
SHAPES: tuple[Shape, ...] = ((), (), (3,), (2, 3), (2, 1))
"""They broadcast against one another in most combinations."""

RATIONAL = ("add", "sub", "mul", "neg", "square", "maximum", "minimum", "relu", "abs")
"""Ops that take fractions to fractions and have a value everywhere."""

SMOOTH = ("add", "sub", "mul", "neg", "square", "sin", "tanh", "sigmoid", "softplus")
"""Ops that are differentiable everywhere."""

REDUCTIONS = ("sum", "mean", "max", "prod")
ANY = (
    *dict.fromkeys((*RATIONAL, *SMOOTH)),
    "div",
    "exp",
    "sqrt",
    "log",
    "where",
    "stack",
    *REDUCTIONS,
)
"""All kinds of ops; values may overflow or leave a domain, as floats do."""

MODEST = st.integers(-16, 16).map(lambda n: n / 4)
"""Quarters from −4 to 4: few digits, with ties, zeros and exact fractions among them."""

WILD = (
    st.floats(width=32)
    | MODEST
    | st.sampled_from([0.0, -0.0, math.inf, -math.inf, math.nan, 1e-310, 1e300])
)
"""Any float at all."""

FRACTIONS = st.builds(Fraction, st.integers(-12, 12), st.integers(1, 6))


@dataclass(frozen=True)
class Sample:
    """A graph, a value for each of its inputs (nested lists), and the inputs to differentiate
    for.
    """

    graph: Graph
    values: Mapping[str, Any]
    wrt: tuple[str, ...]

    def run(self, **options: Any) -> Trace:
        """The trace of the sample; `options` as for `gradviz.run`."""
        return run(self.graph, values=self.values, **({"wrt": self.wrt} | options))


@st.composite
def arrays(draw: st.DrawFn, shape: Shape, elements: st.SearchStrategy[Any]) -> Any:
    """Nested lists of a shape; a bare element for the shape ()."""
    if not shape:
        return draw(elements)
    return [draw(arrays(shape[1:], elements)) for _ in range(shape[0])]


@st.composite
def runs(
    draw: st.DrawFn,
    *,
    ops: Sequence[str] = ANY,
    shapes: Sequence[Shape] = SHAPES,
    elements: st.SearchStrategy[Any] = MODEST,
    most: int = 8,
) -> Sample:
    """Samples of 1 to 3 inputs and up to `most` applications of `ops`, to arrays of `shapes`."""
    builder = Builder()
    values: dict[str, Any] = {}
    known: list[tuple[int, Shape]] = []
    for name in "xyz"[: draw(st.integers(1, 3))]:
        shape = draw(st.sampled_from(shapes))
        values[name] = draw(arrays(shape, elements))
        known.append((builder.input(name), shape))
    if draw(st.booleans()):
        shape = draw(st.sampled_from(shapes))
        known.append((builder.constant(draw(arrays(shape, elements))), shape))
    for k in range(draw(st.integers(1, most))):
        grown = _grow(draw, builder, draw(st.sampled_from(ops)), known)
        if grown and draw(st.integers(0, 3)) == 0:
            builder.name(grown[0], f"h{k}")
        known += [grown] if grown else []
    output, shape = known[-1]
    if shape:
        output = builder.apply("sum", [output], get("sum").options)
    wrt = [name for name in values if draw(st.integers(0, 4))] or list(values)
    return Sample(builder.graph(output), values, tuple(wrt))


def _is_condition(builder: Builder, node: int) -> bool:
    row = builder._rows[node]
    return not row.is_leaf and get(row.op).is_condition


def _grow(
    draw: st.DrawFn, builder: Builder, name: str, known: list[tuple[int, Shape]]
) -> tuple[int, Shape] | None:
    """A new node over drawn ones, with its shape; None where their shapes do not fit."""
    op = get(name)
    count = draw(st.integers(1, 3)) if op.variadic else len(op.inputs)
    operands = [draw(st.sampled_from(known)) for _ in range(count)]
    if op.logical and all(_is_condition(builder, node) for node, _ in operands):
        return None
    options = dict(op.options)
    if "axis" in options and not op.variadic:
        rank = len(operands[0][1])
        options["axis"] = draw(st.sampled_from([None, *range(-rank, rank), tuple(range(rank))]))
        options["keepdims"] = draw(st.booleans())
    try:
        shape = tuple(op.shape(*(s for _, s in operands), **options))
        if (
            name == "where"
        ):  # a number as a condition means whether it is not 0; a comparison is the rule
            node, condition = operands[0]
            other = draw(st.sampled_from([n for n, s in known if s in ((), condition)]))
            operands[0] = builder.apply("greater", [node, other]), condition
    except ShapeError:
        return None
    return builder.apply(name, [node for node, _ in operands], options), shape


@st.composite
def scoped_runs(draw: st.DrawFn, **options: Any) -> Sample:
    """Samples whose nodes lie in random scopes, up to three deep; some inputs are parameters."""
    sample = draw(runs(**({"most": 14} | options)))
    path, nodes = st.lists(st.sampled_from("ab"), max_size=3).map("/".join), []
    here = draw(path)
    for node in sample.graph.nodes:
        here = (
            draw(path) if draw(st.integers(0, 2)) == 0 else here
        )  # neighbours often share their scope
        row = replace(node, scope=here)
        if node.op == INPUT and draw(st.booleans()):
            shape = list(shape_of(sample.values[node.name]))
            row = replace(row, options={"shape": shape, "init": {"kind": "constant", "value": 0}})
        nodes.append(row)
    return Sample(Graph(nodes, sample.graph.output), sample.values, sample.wrt)
