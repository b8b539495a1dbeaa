"""The core in 200 lines against the real engine, on the same expressions and numbers."""

import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from examples import core_in_200_lines as core
from gradviz.graph.graph import labels

LEAVES = st.sampled_from(["x", "y", "z", "2", "0.5"])
POSITIVE = st.sampled_from([0.25, 0.5, 1.0, 1.5, 3.0])


def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Expressions with one op more; logarithms and quotients of what is positive only."""
    pair = st.tuples(smaller, smaller)
    return st.one_of(
        pair.flatmap(lambda ab: st.sampled_from("+-*").map(lambda op: f"({ab[0]} {op} {ab[1]})")),
        pair.map(lambda ab: f"({ab[0]} / exp({ab[1]}))"),
        pair.map(lambda ab: f"maximum({ab[0]}, {ab[1]})"),
        smaller.map(lambda a: f"log(exp(tanh({a})))"),
    )


@given(st.recursive(LEAVES, larger, max_leaves=8), POSITIVE, POSITIVE, POSITIVE)
def test_every_value_and_contribution_is_the_engine_s(
    text: str, x: float, y: float, z: float
) -> None:
    nodes = core.parse(text)
    used = {node.name for node in nodes if node.op == "input"}
    values = {k: v for k, v in {"x": x, "y": y, "z": z}.items() if k in used}
    if not values or nodes[-1].op not in core.OPS:
        return
    try:
        small = core.run(nodes, **values)
    except OverflowError:
        return
    if any(n.op == "maximum" and len({small.values[i] for i in n.inputs}) == 1 for n in nodes):
        return  # who wins a tie depends on more than the small core knows
    real = gv.run(text, **values)
    name, theirs = core.labels(nodes), labels(real.graph)
    ids = {label: node for node, label in theirs.items()}
    for i, node in enumerate(nodes):
        if node.op in core.OPS:
            assert small.values[i] == pytest.approx(float(real.value(ids[name[i]])), rel=1e-12)
    for node in used:
        assert small.gradients[name.index(node)] == pytest.approx(float(real.gradient(node)))
    steps = [step for step in real.steps if step.edge is not None]
    assert [(theirs[e.source], theirs[e.target], e.slot) for step in steps if (e := step.edge)] == [
        (name[s.source], name[s.target], s.slot) for s in small.steps
    ]
    for ours, step in zip(small.steps, steps, strict=True):
        for part in ("upstream", "local", "contribution", "before", "after"):
            expected = float(getattr(step, part))
            assert getattr(ours, part) == pytest.approx(expected, rel=1e-12, abs=1e-300), part


def test_the_lecture_s_circuit_in_words_and_as_a_picture() -> None:
    """CS231n's x·y + z with x = -3, y = 5, z = 2: ∂f/∂x = 5, ∂f/∂y = -3, ∂f/∂z = 1."""
    words = ["x*y + z", "x=-3", "y=5", "z=2"]
    done = subprocess.run(
        [sys.executable, core.__file__, *words], capture_output=True, encoding="utf-8", check=True
    )
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:5] == [
        "f: + -13 ∂ 1",
        "├─ a: * -15 ∂ 1",
        "│ ├─ x -3 ∂ 5",
        "│ └─ y 5 ∂ -3",
        "└─ z 2 ∂ 1",
    ]
    assert "∂f/∂y ← ∂f/∂a · ∂a/∂y = 1 · (-3) = -3" in lines


def test_a_branch_adds_up() -> None:
    """f = x·x at 3: each use brings 3, together 6, as (x²)' = 2x says."""
    trace = core.run(core.parse("x*x"), x=3.0)
    assert [(s.before, s.after) for s in trace.steps] == [(0, 3), (3, 6)]
    assert "  Gradients add: 3 + 3 → 6" in core.story(trace)


def test_it_is_not_longer_than_it_says() -> None:
    assert len(Path(core.__file__).read_text(encoding="utf-8").splitlines()) <= 200


def test_what_it_does_not_know() -> None:
    with pytest.raises(SystemExit, match=r"not understood: x \*\* 2"):
        core.parse("x**2")


def test_its_slopes_are_those_of_a_difference() -> None:
    h = 1e-6
    for name, op in core.OPS.items():
        inputs = [1.3, 0.7][: len(op.local)]
        for slot, rule in enumerate(op.local):
            up, down = list(inputs), list(inputs)
            up[slot] += h
            down[slot] -= h
            measured = (op.forward(*up) - op.forward(*down)) / (2 * h)
            assert math.isclose(rule(op.forward(*inputs), *inputs), measured, rel_tol=1e-8), name
