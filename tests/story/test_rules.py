"""Every rule that an op declares, read as it is written, gives the contribution that the engine
records: in matrix form, by index, and with its numbers put in.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.graph.expression import call
from gradviz.ops import Op, every
from gradviz.ops.op import REQUIRED
from gradviz.story.formula import Formula
from gradviz.story.frame import Story
from gradviz.story.maths import Maths, unicode
from tests.ops.test_registry import Case
from tests.ops.test_registry import cases as declared_cases
from tests.sampled import sampled
from tests.story.evaluation import Reader

SHAPES = [(), (1,), (3,), (2, 1), (1, 3), (2, 3), (1, 2, 1), (2, 1, 3)]
"""Shapes with axes of length 1 in every position."""
LABELS = {"labels": "classes", "ids": "rows", "y": "signs", "condition": "conditions"}

AXES: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((3,), {"axis": 0}),
    ((3,), {"axis": 0, "keepdims": True}),
    ((2, 3), {"axis": 1}),
    ((2, 3), {"axis": (0, 1), "keepdims": True}),
    ((1, 3), {"axis": 0}),
    ((2, 1), {"axis": 1}),
    ((2, 3, 2), {"axis": 1}),
    ((2, 3, 2), {"axis": (0, 2), "keepdims": True}),
    ((2, 1, 3), {"axis": (1, 2)}),
]
REDUCTIONS = ("sum", "mean", "max", "min", "prod", "norm", "logsumexp")
PAIRS = [((3,), (3,)), ((1,), (1,)), ((2, 3), (2, 3)), ((3, 1), (3, 1)), ((2, 2, 3), (2, 2, 3))]
LOSSES = (
    "mse", "squared_error", "l1", "huber", "hinge", "squared_hinge", "sigmoid_cross_entropy",
    "l2", "kl",
)  # fmt: skip
SCORES = [((3,), ()), ((2, 3), (2,)), ((1, 3), (1,))]
FURTHER: dict[str, list[tuple[tuple[tuple[int, ...], ...], dict[str, Any]]]] = {
    **{name: [((shape,), options) for shape, options in AXES] for name in REDUCTIONS},
    **{
        name: [(pair, {"reduction": r}) for pair in PAIRS for r in ("mean", "sum", "none")]
        for name in LOSSES
    },
    **{
        name: [(pair, {"reduction": r}) for pair in SCORES for r in ("mean", "sum", "none")]
        for name in ("softmax_cross_entropy", "nll", "multiclass_hinge")
    },
    "matmul": [
        (((1, 3), (3, 1)), {}), (((1,), (1,)), {}), (((2, 1, 3), (3,)), {}),
        (((3,), (2, 3, 1)), {}), (((1, 2, 3), (2, 3, 2)), {}), (((2, 2, 3), (1, 3, 2)), {}),
        (((2, 1, 1, 2), (3, 2, 1)), {}), (((2, 3), (4, 3, 2)), {}), (((4, 2, 3), (3, 2)), {}),
    ],
    "dot": [
        (((2, 1), (1,)), {}), (((2, 3), (3, 1)), {}), (((2, 3), ()), {}),
        (((2, 3), (2, 3, 2)), {}),
    ],
    "linear": [(((2, 2, 3), (2, 3), (2,)), {}), (((1, 3), (1, 3), (1,)), {}), (((1,), (2, 1)), {})],
    "reshape": [(((2, 3),), {"shape": (3, 1, 2)}), (((),), {"shape": (1, 1)})],
    "transpose": [
        (((2, 3, 2),), {}), (((2, 1, 3),), {"axes": (2, 0, 1)}), (((2, 3),), {"axes": (0, 1)}),
        (((2, 3, 2),), {"axes": (0, 2, 1)}),
    ],
    "index": [
        (((2, 3),), {"index": [0]}), (((2, 3),), {"index": [":", 1]}),
        (((3, 2),), {"index": [[1, 0, 1], ":"]}), (((3, 2),), {"index": ["newaxis", "...", 1]}),
        (((3,),), {"index": ["1:"]}), (((2, 3),), {"index": ["...", "newaxis"]}),
    ],
    "concatenate": [
        (((2, 1), (2, 3)), {"axis": 1}), (((1, 2), (3, 2)), {"axis": 0}),
        (((3,),), {}),
    ],
    "stack": [(((2, 3), (2, 3)), {"axis": -1}), (((), (), ()), {})],
    "softmax": [(((2, 3),), {"axis": 0}), (((2, 1, 3),), {"axis": 1}), (((3, 1),), {})],
    "log_softmax": [(((2, 3),), {"axis": 0}), (((2, 1, 3),), {"axis": -1})],
    "layernorm": [
        (((3,), (3,)), {}), (((2, 3), (3,), (3,)), {"eps": 0.5}), (((2, 2, 3), (2, 3), (2, 3)), {}),
        (((2, 2, 3), (3,)), {}), (((2, 1, 3), (1, 3)), {}),
    ],
    "batchnorm": [
        (((3, 2), (2,), (2,)), {}), (((2, 2, 3), (2,), (2,)), {"eps": 0.5}),
        (((2, 2, 2, 1), (2,)), {}), (((2, 2, 3), (2,), (2,), (2,), (2,)), {}),
        (((2, 3, 2), (2,), (2,), (2,), (2,)), {"axis": -3}), (((3, 1), (1,), (1,)), {}),
    ],
    "attention": [(((3, 2), (4, 2), (4, 3)), {}), (((2, 3, 2), (2, 2, 2), (2, 2, 1)), {})],
    "rnn": [
        (((3, 2), (2,), (2, 2), (2, 2), (2,)), {"states": True}),
        (((3, 1), (1,), (1, 1), (1, 1), (1,)), {}),
    ],
    "multiclass_hinge": [
        (pair, {"margin": 0.75, "power": power, "reduction": r})
        for pair in SCORES for power in (1, 2) for r in ("mean", "none")
    ],
    "conv2d": [
        (((1, 5, 5), (1, 1, 3, 3)), {}), (((2, 5, 4), (3, 2, 2, 2), (3,)), {"padding": 1}),
        (((2, 2, 6, 5), (2, 2, 2, 3), (2,)), {"stride": (2, 3), "padding": (1, 0)}),
        (((1, 6, 6), (1, 1, 2, 2)), {"dilation": 2, "stride": 3}),
        (((1, 4, 4), (1, 1, 2, 2)), {"padding": 2}),
        (((1, 3, 4), (2, 1, 2, 2)), {"padding": "same"}),
        (((4, 4, 4), (2, 2, 3, 3)), {"groups": 2, "stride": 2}),
    ],
    "conv1d": [
        (((2, 7), (2, 2, 3), (2,)), {"stride": 3}),
        (((1, 1, 5), (1, 1, 2)), {"padding": 3}),
    ],
    "conv_transpose2d": [
        (((1, 2, 2), (1, 1, 2, 2)), {}), (((2, 2, 3), (2, 1, 3, 2), (1,)), {"stride": 2}),
        (((1, 2, 2, 2), (2, 2, 3, 3), (2,)), {"stride": 3, "padding": 1, "output_padding": 2}),
        (((1, 3, 3), (1, 1, 2, 2)), {"dilation": 2, "padding": 1}),
        (((2, 2, 2), (2, 1, 2, 2)), {"groups": 2}),
    ],
    **{
        name: [
            (((4, 5),), {"size": 2}), (((2, 5, 5),), {"size": 3, "stride": 2}),
            (((1, 2, 4, 4),), {"size": (2, 1), "stride": (1, 2)}),
            (((3, 3),), {"size": 2, "padding": 1, "stride": 2}),
        ]
        for name in ("maxpool2d", "minpool2d", "avgpool2d", "l2pool2d")
    },
    "local_response_norm": [(((5, 1, 2),), {"size": 4, "alpha": 0.7, "beta": 0.6, "k": 1.5})],
    "maxout": [(((2, 6),), {"pieces": 3})],
    "embedding": [(((3, 2), (2, 2)), {}), (((4, 1), (5,)), {})],
    "append": [(((2, 2, 3),), {})],
    "pad2d": [(((2, 2, 3),), {"width": ((1, 0), (2, 1))})],
    "dropout": [(((4,),), {"p": 0.3}), (((2, 2),), {"p": 0.0})],
    "l1_penalty": [(((3,),), {"strength": 0.1234567})],
    "l2_penalty": [(((3,),), {"strength": 0.1234567})],
    "elastic_net": [(((3,),), {"l1": 0.1234567, "l2": 2.5})],
    "huber": [(((3,), (3,)), {"delta": 0.1234567})],
}  # fmt: skip


def fits(op: Op, shapes: tuple[tuple[int, ...], ...], options: dict[str, Any]) -> bool:
    try:
        op.shape(*shapes, **options)
    except gv.GradvizError:
        return False
    return True


def cases(op: Op) -> Iterator[Case]:
    """The op's own examples; for elementwise ops all shapes beside each other; and the further."""
    yield from declared_cases(op)
    usual = dict(op.options)
    if op.elementwise:
        needed = dict(op.examples[0][1]) if REQUIRED in usual.values() else {}
        for shapes in itertools.product(SHAPES, repeat=min(len(op.inputs), 2)):
            shapes = (*shapes, (3,)) if len(op.inputs) == 3 else shapes
            if fits(op, shapes, usual | needed):
                yield Case(op, shapes, usual | needed)
    for shapes, options in FURTHER.get(op.name, []):
        yield Case(op, shapes, usual | options)
    if op.name == "softmax_cross_entropy":
        for shape, reduction in itertools.product([(3,), (2, 3), (1, 3)], ("mean", "sum", "none")):
            yield Case(op, (shape, shape), usual | {"reduction": reduction})


OPS = [op for op in every() if not op.is_condition and not op.hidden]
BY_NAME = {str(case): case for op in OPS for case in cases(op)}


def point(case: Case, seed: int = 0) -> list[np.ndarray]:
    """Operands of unequal scales, inside the op's domain; shares that do not sum to 1."""
    rng = np.random.default_rng([*str(case).encode(), seed])
    found = []
    for slot, shape in enumerate(case.shapes):
        low, high = case.op.domain[0 if case.op.variadic else slot]
        if not case.op.variadic and not case.op.has_gradient(slot, case.shapes, case.options):
            ends = rng.integers(0, 2, shape) * (high - low) + low
            found.append(ends.astype(bool) if case.op.role(slot) == "condition" else ends)
            continue
        found.append(low + (high - low) * rng.random(shape) ** (1 + slot))
    return [np.asarray(v) for v in found]


def traced(case: Case) -> gv.Trace:
    """The op alone, with an upstream gradient of unequal numbers."""
    names = [f"x{i}" for i in range(len(case.shapes))] if case.op.variadic else case.op.inputs
    values = dict(zip(names, point(case), strict=False))
    expression = call(case.op, *gv.inputs(" ".join(values)), **case.options)
    shape = case.op.shape(*case.shapes, **case.options)
    upstream = np.random.default_rng(len(str(case))).uniform(0.5, 3, shape)
    return gv.run(expression, values=values, upstream=upstream)


class Functions:
    """What an op's rules call by name, written out cell by cell."""

    def __init__(self, case: Case, values: dict[str, Any], u: Any, y: Any) -> None:
        self.case, self.values, self.u, self.y = case, values, u, y
        self.x = next(iter(values.values()))
        self.axis = case.options.get("axis", -1)

    @property
    def named(self) -> dict[str, Any]:
        return {
            "softmax": self.softmax, "mean": self.mean, "var": self.var, "onehot": self.onehot,
            "others": self.others, "window": self.window, "seen": self.seen, "dilate": self.dilate,
            "flip": self.flip, "axes": self.axes,
            "∗": self.convolve, "transpose": self.transpose,
        }  # fmt: skip

    def flip(self, w: Any, *options: str) -> Any:
        """A kernel turned around, or what the op itself says."""
        if self.case.op.name == "flip":
            return np.flip(w, self.case.options["axes"])
        return w[(..., *[slice(None, None, -1)] * self.axes())]

    def axes(self) -> int:
        return 1 if self.case.op.name == "conv1d" else 2

    def softmax(self, s: Any, said: str = "") -> Any:
        axis = eval(said.removeprefix("axis=")) if said else -1
        raised = np.exp(s)
        return raised / raised.sum(axis=axis, keepdims=True)

    def over(self) -> tuple[int, ...]:
        rank = self.x.ndim
        if self.case.op.name == "layernorm":
            return tuple(range(rank - self.values.get("g", np.zeros(1)).ndim, rank))
        return tuple(a for a in range(rank) if a != self.axis % rank)

    def mean(self, x: Any) -> Any:
        return np.mean(x, axis=self.over(), keepdims=True)

    def var(self, x: Any) -> Any:
        return np.mean((x - self.mean(x)) ** 2, axis=self.over(), keepdims=True)

    def onehot(self, labels: Any) -> Any:
        return np.eye(self.x.shape[-1])[np.asarray(labels, dtype=int)]

    def others(self, x: Any) -> Any:
        axis, found = self.case.options["axis"], np.empty(x.shape)
        gone = range(x.ndim) if axis is None else [a % x.ndim for a in np.atleast_1d(axis)]
        for place in np.ndindex(x.shape):
            alike = [
                q for q in np.ndindex(x.shape)
                if q != place and all(q[a] == place[a] for a in range(x.ndim) if a not in gone)
            ]  # fmt: skip
            found[place] = math.prod(x[q] for q in alike)
        return found

    def _channels(self, x: Any, before: int, after: int) -> Any:
        found, count = np.zeros(x.shape), x.shape[-3]
        for c in range(count):
            for d in range(max(c - before, 0), min(c + after, count - 1) + 1):
                found[..., c, :, :] += x[..., d, :, :]
        return found

    def window(self, x: Any) -> Any:
        size = self.case.options["size"]
        return self._channels(x, size // 2, (size - 1) // 2)

    def seen(self, x: Any) -> Any:
        size = self.case.options["size"]
        return self._channels(x, (size - 1) // 2, size // 2)

    def dilate(self, x: Any, said: str) -> Any:
        apart = eval(said)
        apart = (apart,) * self.axes() if isinstance(apart, int) else apart
        sizes = x.shape[x.ndim - self.axes() :]
        wide = [(n - 1) * d + 1 for n, d in zip(sizes, apart, strict=True)]
        found = np.zeros((*x.shape[: x.ndim - self.axes()], *wide))
        found[(..., *(slice(None, None, d) for d in apart))] = x
        return found

    def transpose(self, x: Any, said: str = "") -> Any:
        return np.transpose(x, eval(said.removeprefix("axes=")) if said else None)

    def windows(self, sizes: tuple[int, ...]) -> Iterator[tuple[Any, list[Any]]]:
        o = self.case.options
        pair = [np.broadcast_to(np.array(v), 2) for v in (
            o["size"], o["size"] if o["stride"] is None else o["stride"], o["padding"],
            o.get("dilation", 1),
        )]  # fmt: skip
        size, stride, pad, apart = pair
        out = [
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, p, d, k, s in zip(sizes, pad, apart, size, stride, strict=True)
        ]
        for place in np.ndindex(*out):
            cells = []
            for tap in np.ndindex(*size):
                cell = tuple(
                    int(i * s - p + t * d)
                    for i, s, p, t, d in zip(place, stride, pad, tap, apart, strict=True)
                )
                cells.append(
                    cell if all(0 <= c < n for c, n in zip(cell, sizes, strict=True)) else None
                )
            yield place, cells

    def convolve(self, a: Any, b: Any) -> Any:
        """The sum over what both have in common: the channels of the output for the input, the
        samples for the kernel.
        """
        groups, axes = self.case.options["groups"], self.axes()
        a = a if a.ndim == axes + 2 else a[None]
        turned = (self.case.op.name == "conv_transpose2d") != (self.slot == "forward")
        x, w = self.values["x"], self.values["w"]
        x4, u4 = (v if v.ndim == axes + 2 else v[None] for v in (x, self.u))
        if self.slot == 1:
            b = b if b.ndim == axes + 2 else b[None]
            found = np.zeros((*w.shape[:2], *self._out(a, b)))
            for i, j in np.ndindex(*w.shape[:2]):
                group = i // (w.shape[0] // groups)
                ca, cb = (i // (w.shape[0] // groups) * w.shape[1] + j, i)
                assert group < groups
                for n in range(len(x4)):
                    found[i, j] += slide(a[n, ca], b[n, cb])
            return found
        made = (self.y if self.slot == "forward" else x).shape[-axes - 1]
        found = np.zeros((len(a), made, *self._out(a, b)))
        for n, i, j in itertools.product(range(len(a)), range(w.shape[0]), range(w.shape[1])):
            group = i // (w.shape[0] // groups)
            other = group * w.shape[1] + j
            source, target = (other, i) if turned else (i, other)
            found[n, target] += slide(a[n, source], b[i, j])
        assert u4.ndim == axes + 2
        return found if x.ndim == axes + 2 else found[0]

    def _out(self, a: Any, b: Any) -> list[int]:
        return [n - k + 1 for n, k in zip(a.shape[2:], b.shape[2:], strict=True)]

    slot: int | str = 0


def slide(a: Any, b: Any) -> Any:
    """b slides over a where it fits, and multiplies."""
    found = np.zeros([n - k + 1 for n, k in zip(a.shape, b.shape, strict=True)])
    for place in np.ndindex(found.shape):
        under = tuple(slice(i, i + k) for i, k in zip(place, b.shape, strict=True))
        found[place] = np.sum(a[under] * b)
    return found


def through_time(values: dict[str, Any], u: Any, states: bool) -> tuple[Any, Any]:
    """δ and the states before each step of a recurrent layer, by plain backpropagation."""
    x, h, wx, wh = (values[n] for n in ("x", "h", "wx", "wh"))
    found, steps = [h], len(x)
    for t in range(steps):
        found.append(np.tanh(x[t] @ wx + found[-1] @ wh + values.get("b", 0)))
    delta, after = np.zeros((steps, len(h))), np.zeros(len(h))
    for t in reversed(range(steps)):
        arriving = after + (u[t] if states else (u if t == steps - 1 else 0))
        delta[t] = arriving * (1 - found[t + 1] ** 2)
        after = delta[t] @ wh.T
    return delta, np.array(found[:-1])


def reader(story: Story, step: gv.Step, case: Case) -> Reader:
    """A reader who knows the operands' names, the options, and the upstream gradient."""
    trace, labels = story.trace, story.labels
    values = {labels[n.id]: np.asarray(trace.values[n.id], dtype=float) for n in trace.graph.nodes}
    inputs = {n: v for n, v in values.items() if n != labels[trace.graph.output]}
    u, y = np.asarray(step.upstream, dtype=float), np.asarray(trace.values[step.node], dtype=float)
    functions = Functions(case, inputs, u, y)
    functions.slot = step.edge.slot
    names = {**case.options, **values, story.rules.upstream: u, f"∂{labels[step.node]}": u}
    if case.op.name == "batchnorm":
        lead = inputs["x"].ndim - 1 - case.options["axis"] % inputs["x"].ndim
        for name in inputs.keys() - {"x"}:
            names[name] = values[name].reshape(-1, *[1] * lead)
    if case.op.name == "rnn":
        names["δ"], names["H"] = through_time(inputs, u, case.options["states"])
    if case.op.name == "dropout":
        names["mask"] = y != 0
    if "size" in case.options and "stride" in case.options:
        counts = np.zeros(y.shape[-2:])
        for place, cells in functions.windows(inputs["x"].shape[-2:]):
            counts[place] = sum(c is not None for c in cells)
        names["n"] = np.broadcast_to(counts, y.shape)
    return Reader(names, functions.named, functions.windows)


@cache
def told(case: str) -> list[tuple[Case, Story, gv.Step, Formula]]:
    story = Story(traced(BY_NAME[case]))
    steps = [step for step in story.trace.steps if step.kind == "contribute"]
    formulas = [story.frame(step.number).formula for step in steps]
    return [(BY_NAME[case], story, s, f) for s, f in zip(steps, formulas, strict=True) if f]


def contributions(op: Op) -> Iterator[tuple[Case, Story, gv.Step, Formula]]:
    """Every contribution of the op's cases, with its formula."""
    for name, case in BY_NAME.items():
        if case.op is op:
            yield from told(name)


def close(found: Any, step: gv.Step, within: float = 1e-11) -> bool:
    """Whether a number for each element, or one for all, is the contribution."""
    wanted = np.asarray(step.contribution, dtype=float)
    if np.size(found) == wanted.size:
        found = np.reshape(found, wanted.shape)
    assert np.shape(found) in ((), wanted.shape), "another shape"
    return bool(np.allclose(found, wanted, rtol=1e-9, atol=within))


@sampled("op", OPS, few=40, ids=lambda op: op.name)
def test_a_rule_gives_the_contribution(op: Op) -> None:
    seen = 0
    for case, story, step, formula in contributions(op):
        read = reader(story, step, case)
        read.define(formula.where)
        seen += 1
        if formula.left.parts[1].kind == "at":
            continue  # it stands in index form: read below
        assert close(read(formula.rule), step), (str(case), formula.unicode)
    assert seen


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_an_index_rule_gives_the_contribution(op: Op) -> None:
    for case, story, step, formula in contributions(op):
        if formula.index is None:
            continue
        read, found = reader(story, step, case), np.zeros(np.shape(step.contribution))
        read.define(formula.where)
        left = story.rules.index_left(step).parts[1]
        letters = left.text if left.kind == "at" else ""
        own = letters[len(letters) - found.ndim :] if found.ndim else ""
        for place in np.ndindex(found.shape):
            read.letters = {c: i + 1 for c, i in zip(own, place, strict=True) if c != "1"}
            found[place] = read(formula.index)
        assert close(found, step), (str(case), unicode.text(formula.index))


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_the_numbers_put_in_give_the_contribution(op: Op) -> None:
    """Within what four digits leave of it."""
    for case, story, step, formula in contributions(op):
        if formula.filled is None:
            continue
        wanted = np.asarray(step.contribution, dtype=float)
        read = reader(story, step, case)
        read.names = {"x": read.names.get("x")}  # the groups of maxout are found in x itself
        near = 5e-3 * max(1.0, float(np.max(np.abs(wanted), initial=0)))
        assert close(read(formula.filled), step, near), (str(case), formula.unicode)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_no_rule_is_circular(op: Op) -> None:
    """On the right stands no derivative but the upstream gradient, ∂L/∂ of the op's value."""
    for case, story, step, formula in contributions(op):
        output = story.labels[step.node]
        for part in (formula.rule, formula.filled, *formula.where):
            for piece in pieces(part) if part is not None else ():
                if piece.kind in ("partial", "differential"):
                    assert piece.parts[-1].text == output, (str(case), formula.unicode)


def pieces(maths: Maths) -> Iterator[Maths]:
    yield maths
    for part in maths.parts:
        yield from pieces(part)


@pytest.mark.parametrize("name", ["conv1d", "conv2d", "conv_transpose2d"])
def test_a_convolution_is_written_with_its_padding_and_steps(name: str) -> None:
    for case in (c for c in BY_NAME.values() if c.op.name == name):
        story = Story(traced(case))
        step = next(s for s in story.trace.steps if s.kind == "contribute")
        written = story.rules.forward(step.node).rule
        read, value = reader(story, step, case), np.asarray(story.trace.values[step.node])
        read.functions["∗"].__self__.slot = "forward"
        if written.kind == "add":
            bias = read(written.parts[1]).reshape(-1, *[1] * read.functions["axes"]())
            found = read(written.parts[0]) + bias
        else:
            found = read(written)
        assert np.allclose(found.reshape(value.shape), value, rtol=1e-9), str(case)


@pytest.mark.parametrize(
    ("source", "values", "first"),
    [
        # W2, W3: rules that were wrong beside right numbers.
        (
            "sum(layernorm(x, g))",
            {"x": [1.0, 2, 4], "g": [1.0, 2, 1]},
            "∂f/∂x ← (u ⊙ g − mean(u ⊙ g) − x̂ ⊙ mean(u ⊙ g ⊙ x̂))/√(var(x) + eps)",
        ),
        (
            "softmax_cross_entropy(s, y)",
            {"s": [0.0, 0], "y": [1.0, 1]},
            "∂f/∂s ← u · (softmax(s) · (Σ y) − y)",
        ),
        (
            "l2(x, y)",
            {"x": [[3.0, 4], [0, 1]], "y": [[0.0, 0], [0, 0]]},
            "∂f/∂x ← u/2 · ((x − y)/√(Σ[axis=1] (x − y)²))",
        ),
        # Circular ones, and words where there were no rules.
        ("sigmoid_cross_entropy(s, t)", {"s": 0.5, "t": 1}, "∂f/∂s ← ∂f/∂f · (σ(s) − t)"),
        ("huber(p, t)", {"p": 3, "t": 1}, "∂f/∂p ← ∂f/∂f · clip(p − t, −delta, delta)"),
        ("x[0]*x[1]", {"x": [2.0, 3]}, "∂f/∂x ← u at x[0], zeros elsewhere"),
        ("sum(flatten(x))", {"x": [[2.0, 3]]}, "∂f/∂x ← u reshaped to 1×2"),
        ("x**-1", {"x": 2}, "∂f/∂x ← ∂f/∂f · (−1) · x⁻²"),
        ("x**0.5", {"x": 4}, "∂f/∂x ← ∂f/∂f · 0.5 · x^(−0.5)"),
    ],
)
def test_a_rule_as_it_is_written(source: str, values: dict[str, Any], first: str) -> None:
    story = Story(gv.run(source, values=values))
    steps = [s for s in story.trace.steps if s.kind == "contribute"]
    told = [story.frame(s.number).formula.unicode[0] for s in steps]
    assert first in told


@pytest.mark.parametrize(
    ("value", "said"),
    [(2, "a = [x > 0] = [2 > 0] = 1"), ([2, -1], "a = [x > 0] = [[2  −1] > 0] = [1  0]")],
)
def test_a_bracket_stands_around_conditions_only(value: Any, said: str) -> None:
    """Of a number the value is not written as [1]."""
    frames = list(Story(gv.run("where(x > 0, 1, 0)", x=value)))
    condition, chosen = (" ".join(f.formula.unicode) for f in frames[:2])
    assert condition == said
    assert chosen == f"f = [a] = {said.rpartition('= ')[2]}"


def test_an_exponent_beyond_the_floats() -> None:
    """The power rule keeps n − 1 where n is too large to be worked out in decimals."""
    trace = gv.run("x**n", x=1, n=10**400, backend="exact", wrt="x")
    formula = gv.frame(trace, len(trace.steps)).formula
    assert trace.gradient("x") == 10**400
    assert "− 1" in unicode.text(formula.filled)
