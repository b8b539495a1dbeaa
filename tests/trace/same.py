"""Whether two traces answer everything alike, and whether one comes back from its text."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from gradviz.graph.graph import labels
from gradviz.trace import Step, Trace

ARRAYS = ("upstream", "local", "contribution", "before", "after")


def alike(a: Any, b: Any) -> bool:
    """Equal bit for bit: type, dtype, shape and elements.

    A NaN equals every other, −0 does not equal 0.
    """
    if a is None or b is None:
        return a is b
    if type(a) is not type(b):
        return False
    if not hasattr(a, "dtype"):
        return bool(a == b)
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype == object:
        return bool(a.tolist() == b.tolist())
    if a.dtype.kind == "f":
        return bool(np.array_equal(a, b, equal_nan=True)) and bool(
            np.array_equal(np.signbit(a) & ~np.isnan(a), np.signbit(b) & ~np.isnan(b))
        )
    return bool(np.array_equal(a, b))


def same_step(a: Step, b: Step) -> bool:
    """Whether two steps are alike in every field."""
    plain = (a.number, a.kind, a.node, a.edge, a.summed) == (
        b.number,
        b.kind,
        b.node,
        b.edge,
        b.summed,
    )
    return plain and all(alike(getattr(a, name), getattr(b, name)) for name in ARRAYS)


def assert_same(a: Trace, b: Trace) -> None:
    """Every accessor of `a` answers as that of `b`."""
    assert (a.backend, a.dtype, a.note, a.wrt, a.has_backward) == (
        b.backend,
        b.dtype,
        b.note,
        b.wrt,
        b.has_backward,
    )
    assert (len(a), a.seed_step, a.forward_nodes) == (len(b), b.seed_step, b.forward_nodes)
    assert labels(a.graph) == labels(b.graph)
    assert a.graph.output == b.graph.output
    facts = [[(n.op, n.inputs, n.name, n.scope, n.shape) for n in t.graph.nodes] for t in (a, b)]
    assert facts[0] == facts[1]
    assert alike(a.seed, b.seed)
    for node in range(len(a.graph.nodes)):
        assert alike(a.values[node], b.values[node])
        assert alike(a.value(node), b.value(node))
        assert alike(a.gradients[node], b.gradients[node])
        assert a.uses(node) == b.uses(node)
        assert a.known_since(node) == b.known_since(node)
        for step in range(len(a) + 1):
            assert a.contributions_by(node, step) == b.contributions_by(node, step)
            assert alike(a.gradient_by(node, step), b.gradient_by(node, step))
        for mine, other in zip(a.contributions(node), b.contributions(node), strict=True):
            assert same_step(mine, other)
    for mine, other in zip(a.steps, b.steps, strict=True):
        assert same_step(mine, other), (mine, other)
        if mine.edge:
            assert a.summed(mine.edge) == b.summed(mine.edge)
    assert list(a.result()) == list(b.result())
    assert list(a.inputs()) == list(b.inputs())


def strict(text: str) -> Any:
    """The document, read as strictly as the standard says: no NaN and no Infinity."""

    def refuse(name: str) -> Any:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def round_trip(trace: Trace) -> dict[str, Any]:
    """Write, read, compare, write again; returns the document."""
    text = trace.to_json()
    again = Trace.from_json(text)
    assert_same(again, trace)
    assert again.to_json() == text
    assert_same(Trace.from_json(text.encode()), again)
    document: dict[str, Any] = strict(text)
    return document
