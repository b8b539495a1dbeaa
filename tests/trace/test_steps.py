"""The steps of a run: their order, what each carries, and the state after any of them."""

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import gradviz as gv
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.graph.graph import Edge
from gradviz.trace import Trace
from tests.strategies import FRACTIONS, RATIONAL, SCALARS, Sample, runs

x, y, z = gv.inputs("x y z")
CIRCUIT = (x * y + z) * np.maximum(y, z)


def test_the_circuit_of_the_lecture_step_by_step() -> None:
    """13 steps, worked out by hand; step 12 is x ← 2·2 = 4 from the ×."""
    trace = gv.run(CIRCUIT, x=1.5, y=2, z=-1)
    # Nodes: 0 x, 1 y, 2 z, 3 xy = 3, 4 xy + z = 2, 5 max(y, z) = 2, 6 the product = 4.
    assert [trace.values[i] for i in range(3, 7)] == [3, 2, 2, 4]
    assert [(s.number, s.kind, s.node) for s in trace.steps[:5]] == [
        (1, "forward", 3),
        (2, "forward", 4),
        (3, "forward", 5),
        (4, "forward", 6),
        (5, "seed", 6),
    ]
    backward = [
        (tuple(s.edge), s.upstream, s.local, s.contribution, s.before, s.after)
        for s in trace.steps[5:]
    ]
    assert backward == [
        ((4, 6, 0), 1, 2, 2, 0, 2),
        ((5, 6, 1), 1, 2, 2, 0, 2),
        ((3, 4, 0), 2, 1, 2, 0, 2),
        ((2, 4, 1), 2, 1, 2, 0, 2),
        ((1, 5, 0), 2, 1, 2, 0, 2),
        ((2, 5, 1), 2, 0, 0, 2, 2),
        ((0, 3, 0), 2, 2, 4, 0, 4),
        ((1, 3, 1), 2, 1.5, 3, 2, 5),
    ]
    assert len(trace) == 13 and trace.step(12).edge == Edge(0, 3, 0)
    assert all(s.summed == () for s in trace.steps)


def has_gradient(trace: Trace, node: Any, slot: int) -> bool:
    shapes = [trace.graph.nodes[i].shape for i in node.inputs]
    return trace.graph.op(node).has_gradient(slot, shapes, node.options)


def replayed_order(trace: Trace) -> list[Edge]:
    """The rule of the design, written down once more: consumer counts, first ready first, slots in
    order.
    """
    nodes = trace.graph.nodes
    leads_back = {i: i in trace.wrt for i in range(len(nodes))}
    for n in nodes:
        if not n.is_leaf:
            leads_back[n.id] = any(
                leads_back[s] and has_gradient(trace, n, k) for k, s in enumerate(n.inputs)
            )
    used = {
        (s, n.id, k)
        for n in nodes
        if not n.is_leaf
        for k, s in enumerate(n.inputs)
        if leads_back[s] and has_gradient(trace, n, k)
    }
    reached = {trace.graph.output}
    for n in reversed(nodes):
        if n.id in reached:
            reached |= {s for s, t, _ in used if t == n.id}
    used = {e for e in used if e[1] in reached}
    missing = Counter(s for s, _, _ in used)
    queue, order = [trace.graph.output], []
    for target in queue:
        for slot, source in enumerate(nodes[target].inputs):
            if (source, target, slot) in used:
                order.append(Edge(source, target, slot))
                missing[source] -= 1
                if missing[source] == 0:
                    queue.append(source)
    return order


@given(runs())
def test_the_order_follows_the_rule(sample: Sample) -> None:
    trace = sample.run()
    assert [s.edge for s in trace.steps if s.kind == "contribute"] == replayed_order(trace)
    forward = [s.node for s in trace.steps if s.kind == "forward"]
    assert forward == [n.id for n in trace.graph.nodes if not n.is_leaf] == sorted(forward)
    assert [s.number for s in trace.steps] == list(range(1, len(trace) + 1))


def tangent(sample: Sample, wrt: str) -> tuple[Fraction, Fraction]:
    """Value and derivative by forward mode, in Python's fractions: another algorithm than ours."""
    known: list[tuple[Fraction, Fraction]] = []
    for n in sample.graph.nodes:
        a, b = ([known[i] for i in n.inputs] + [(Fraction(0), Fraction(0))] * 2)[:2]
        (u, du), (v, dv) = a, b
        if n.op == "input":
            known.append((Fraction(sample.values[n.name]), Fraction(n.name == wrt)))
        elif n.op == "constant":
            known.append((Fraction(n.options["value"]), Fraction(0)))
        else:
            known.append(
                {
                    "add": lambda u=u, v=v, du=du, dv=dv: (u + v, du + dv),
                    "sub": lambda u=u, v=v, du=du, dv=dv: (u - v, du - dv),
                    "mul": lambda u=u, v=v, du=du, dv=dv: (u * v, du * v + u * dv),
                    "neg": lambda u=u, du=du: (-u, -du),
                    "square": lambda u=u, du=du: (u * u, 2 * u * du),
                    "maximum": lambda a=a, b=b: a if a[0] >= b[0] else b,
                    "minimum": lambda a=a, b=b: a if a[0] <= b[0] else b,
                    "relu": lambda a=a: a if a[0] > 0 else (Fraction(0), Fraction(0)),
                    "abs": lambda u=u, du=du: (abs(u), du * ((u > 0) - (u < 0))),
                }[n.op]()
            )
    return known[sample.graph.output]


@settings(max_examples=60)
@given(runs(ops=RATIONAL, shapes=SCALARS, elements=FRACTIONS))
def test_gradients_equal_forward_mode_in_fractions(sample: Sample) -> None:
    trace = sample.run(backend="exact")
    for name in sample.wrt:
        value, slope = tangent(sample, name)
        assert trace.value(trace.graph.output) == value
        assert trace.gradient(name) == slope


def same(a: Any, b: Any) -> bool:
    return bool(
        np.array_equal(np.asarray(a, dtype=float), np.asarray(b, dtype=float), equal_nan=True)
    )


@given(runs())
def test_any_step_can_be_sought(sample: Sample) -> None:
    """Replaying the contributions gives what `gradient_by` and `contributions_by` say at every
    step.
    """
    trace = sample.run()
    so_far: dict[int, Any] = {}
    counts: Counter[int] = Counter()
    for k in range(len(trace) + 1):
        if k:
            step = trace.step(k)
            if step.kind == "seed":
                so_far[step.node] = trace.seed
            elif step.edge is not None:
                source = step.edge.source
                zero = np.zeros(np.shape(step.contribution))
                assert same(step.before, so_far.get(source, zero))
                so_far[source] = step.after
                counts[source] += 1
        for node in range(len(trace.graph.nodes)):
            found = trace.gradient_by(node, k)
            assert (found is None) == (node not in so_far)
            assert found is None or same(found, so_far[node])
            assert trace.contributions_by(node, k) == counts[node]
    for node, gradient in so_far.items():
        assert same(gradient, trace.gradients[node])
        assert trace.uses(node) == counts[node]


@given(runs())
def test_contributions_add_up(sample: Sample) -> None:
    """Each `after` is `before` plus the contribution; the last one is the gradient; the next
    `before` is it.
    """
    trace = sample.run()
    with np.errstate(all="ignore"):
        for node in range(len(trace.graph.nodes)):
            steps = trace.contributions(node)
            for which, step in enumerate(steps):
                assert same(
                    step.after, step.before + step.contribution if which else step.contribution
                )
                assert which == 0 or same(step.before, steps[which - 1].after)
                assert trace.step_of(step.edge) == step.number
                shape = trace.graph.nodes[node].shape
                assert (
                    np.shape(step.contribution)
                    == np.shape(step.before)
                    == np.shape(step.after)
                    == shape
                )
                assert np.shape(step.upstream) == trace.graph.nodes[step.edge.target].shape
            if steps and node != trace.graph.output:
                assert same(steps[-1].after, trace.gradients[node])


@given(runs())
def test_elementwise_contributions_are_upstream_times_local(sample: Sample) -> None:
    trace = sample.run()
    with np.errstate(all="ignore"):
        for step in trace.steps[trace.seed_step :]:
            if trace.graph.op(step.edge.target).elementwise:
                product = step.upstream * step.local
                if trace.graph.routes(step.edge) is not None:
                    product = np.where(step.local == 0, 0, product)
                product = np.asarray(np.sum(product, axis=step.summed))
                assert same(product.reshape(np.shape(step.contribution)), step.contribution)
                assert np.shape(step.local) == trace.graph.nodes[step.edge.target].shape
            elif np.shape(step.upstream) == () == np.shape(step.contribution):
                assert same(step.upstream * step.local, step.contribution)
            else:
                assert step.local is None


def test_the_only_contribution_shares_its_array() -> None:
    trace = gv.run(np.sum(x * 2), x=np.ones(5))
    (step,) = trace.contributions("x")
    assert step.after is step.contribution is trace.gradients[0]


def test_steps_are_a_sequence() -> None:
    steps = gv.run(CIRCUIT, x=1.5, y=2, z=-1).steps
    assert len(steps) == 13
    assert steps[-1].number == 13 and [s.number for s in steps[11:]] == [12, 13]
    assert [s.number for s in steps] == list(range(1, 14))
    with pytest.raises(IndexError):
        steps[13]


@pytest.mark.parametrize("number", [0, -1, 14])
def test_there_is_no_such_step(number: int) -> None:
    with pytest.raises(ValueInputError, match="1 to 13"):
        gv.run(CIRCUIT, x=1.5, y=2, z=-1).step(number)


def test_nodes_are_asked_for_by_name_id_node_or_expression() -> None:
    q = (x * y).named("q")
    trace = gv.run(q + z, x=2, y=3, z=4)
    for key in ("q", 3, trace.graph.nodes[3], q):
        assert trace.value(key) == 6 and trace.gradient(key) == 1
    assert trace.known_since(3) == 1 and trace.known_since(0) == 0
    with pytest.raises(UnknownNameError, match="no node 9"):
        trace.value(9)
    with pytest.raises(UnknownNameError, match="'p'"):
        trace.value("p")
    with pytest.raises(UnknownNameError, match="not a node of the graph"):
        trace.value(x * y)
