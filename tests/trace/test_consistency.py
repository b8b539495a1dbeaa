"""Saved traces that contradict themselves: whatever is changed, it is refused, or what was read is
the true trace of its inputs. The oracle is the engine, which runs the graph that was read again.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.run import run
from gradviz.errors import TraceFormatError
from gradviz.graph.builder import Builder
from gradviz.ops import every
from gradviz.ops.op import Op
from gradviz.trace import Trace
from gradviz.trace.io import consistency
from gradviz.trace.io.consistency import check

RNG = np.random.default_rng(3)

TRACES: dict[str, Callable[[], Trace]] = {
    "scalars": lambda: run("(x*y + z) * maximum(y, z)", x=1.5, y=2, z=-1),
    "branch": lambda: run("x*x + sin(x)/x - x", x=0.7),
    "broadcast": lambda: run("sum(tanh(x*y + b))", x=[[1, 2, 3]], y=[[0.5], [-2]], b=0.25),
    "matrices": lambda: run("q = W @ x; sum(q**2)", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3]),
    "condition": lambda: run("sum(where(x > y, x*y, y))", x=[1.0, 2.0, -1.0], y=[0.5, 3.0, 4.0]),
    "labels": lambda: run("softmax_cross_entropy(s, label)", s=[1.0, 2.0, -1.0], label=2),
    "pooling": lambda: run("sum(maxpool2d(x, 2)**2)", x=RNG.normal(size=(1, 4, 4))),
    "convolution": lambda: run(
        "sum(conv2d(x, w)**2)", x=RNG.normal(size=(2, 5, 5)), w=RNG.normal(size=(3, 2, 3, 3))
    ),
    "float32": lambda: run("sum(exp(x)*y)", x=[0.1, 0.2, 0.7], y=3, dtype="float32"),
    "exact": lambda: run("x*y/3 + x**2", x="1/3", y=5, backend="exact"),
    "symbols": lambda: run("x*y + sin(x)", backend="exact"),
    "not finite": lambda: run("sum(x*y)", x=[1.0, np.inf, np.nan], y=[0.0, 0.0, 2.0]),
    "network": lambda: run(gv.net("mlp:2-3-2"), values={"x": [0.5, -1.0]}, label=1),
}


def contradicts(document: Any) -> TraceFormatError | None:
    """Why a document is refused; None if it is read, and a true trace of its inputs."""
    try:
        found = Trace.from_json(json.dumps(document))
    except TraceFormatError as error:
        return error
    names = [found.graph.nodes[i].name for i in found.wrt]
    again = run(
        found.graph,
        values={k: v for k, v in found.inputs().items() if str(v) != k},
        wrt=names,
        upstream=found.seed,
        backend=found.backend,
        **({"dtype": found.dtype} if found.backend != "exact" else {}),
    )
    for mine, other in ((found.values, again.values), (found.gradients, again.gradients)):
        for a, b in zip(mine, other, strict=True):
            assert (a is None) == (b is None)
            if a is not None:
                assert same(found, a, b)
    # Contributions may come in any order in which none comes too late.
    steps = {step.edge: step for step in again.steps}
    for one in found.steps:
        two = steps[one.edge]
        for name in ("upstream", "local", "contribution"):
            a, b = getattr(one, name), getattr(two, name)
            assert (a is None) == (b is None)
            assert a is None or same(found, a, b), (one, name, a, b)
    return None


def same(trace: Trace, a: Any, b: Any) -> bool:
    if trace.backend == "exact":
        return consistency.equal(trace.graph, a, b)
    close = 1e-4 if trace.dtype == "float32" else 1e-9
    return bool(np.allclose(a, b, rtol=close, atol=1e-14, equal_nan=True))


def numbers(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all numbers in values, gradients, seeds and steps."""
    rows = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in rows:
        if path == () and key not in ("values", "gradients", "seeds", "steps"):
            continue
        if isinstance(value, dict | list):
            yield from numbers(value, (*path, key))
        elif "summed" not in path and not (isinstance(value, str) and key == "kind"):
            yield (*path, key)


def changes(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value]
    if value is None:
        return [1.0, "0"]
    if isinstance(value, str) and value not in ("NaN", "Infinity", "-Infinity"):
        return [f"({value}) + 1", f"2*({value}) + 1/7", "0", "5/4"]
    if isinstance(value, str):
        return [1.0, "NaN" if value != "NaN" else "Infinity"]
    return [value + 1, -value or 3.0, value * (1 + 1e-6) + 1e-6, "NaN", "Infinity", 0, 1e200]


def mutants(document: Any, rng: random.Random, count: int) -> Iterator[tuple[Any, Any]]:
    """Documents with one to three numbers changed, or two steps exchanged or one left out."""
    places = list(numbers(document))
    for _ in range(count):
        made, told = copy.deepcopy(document), []
        if rng.random() < 0.15:
            i, j = rng.choices(range(len(made["steps"])), k=2)
            steps = made["steps"]
            steps[i], steps[j] = steps[j], steps[i]
            told.append(("exchanged", i, j))
            if rng.random() < 0.3:
                del steps[i]
        else:
            for place in rng.sample(places, rng.choice([1, 1, 1, 2, 3])):
                *path, last = place
                inner = made
                for key in path:
                    inner = inner[key]
                inner[last] = rng.choice(changes(inner[last]))
                told.append((place, inner[last]))
        yield told, made


@pytest.mark.parametrize("name", TRACES)
def test_changed_traces_are_refused_or_true(name: str) -> None:
    _mutate(name, count=25, seed=1)


@pytest.mark.proof
@pytest.mark.parametrize("name", TRACES)
def test_many_changed_traces_are_refused_or_true(name: str) -> None:
    _mutate(name, count=300 if name in ("exact", "symbols") else 4000, seed=2)


def _mutate(name: str, count: int, seed: int) -> None:
    document = json.loads(TRACES[name]().to_json())
    assert contradicts(document) is None
    refused = 0
    for told, made in mutants(document, random.Random(seed), count):
        try:
            error = contradicts(made)
        except AssertionError as wrong:
            raise AssertionError(told) from wrong
        refused += error is not None
    assert refused > count / 2


# One step of each kind, with the message
# ---------------------------------------------------------------------------------------------


def product(*path: Any) -> TraceFormatError:
    """The error for x*y at x = 5, y = 1, with one entry changed: 1 forward, 2 seed, 3 and 4."""
    *keys, last, value = path
    document: Any = json.loads(run("x*y", x=5, y=1).to_json())
    place = document
    for key in keys:
        place = place[key]
    place[last] = value
    found = contradicts(document)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("path", "step", "where", "expected", "got"),
    [
        (("values", "2", 7.0), 1, "steps[0], values.2", "5.0", "7.0"),
        (("steps", 2, "upstream", 2.0), 3, "steps[2].upstream", "1.0", "2.0"),
        (("steps", 2, "local", 2.0), 3, "steps[2].local", "1.0", "2.0"),
        (("steps", 2, "before", 3.0), 3, "steps[2].before", "0.0", "3.0"),
        (("steps", 2, "contribution", 3.0), 3, "steps[2].after", "3.0", "1.0"),
        (("steps", 3, "after", 7.0), 4, "steps[3].after", "5.0", "7.0"),
        (("gradients", "1", 7.0), 4, "gradients.1", "5.0", "7.0"),
        (("seeds", [2.0]), 2, "seeds[0]", "1.0", "2.0"),
    ],
)
def test_the_step_is_named_with_what_was_expected(
    path: Any, step: int, where: str, expected: str, got: str
) -> None:
    error = product(*path)
    assert f"this trace contradicts itself at step {step}: " in error.what
    assert error.where == where
    assert expected in error.expected
    assert error.got == got


def test_a_label_beyond_the_classes_contradicts_its_step() -> None:
    document = json.loads(TRACES["labels"]().to_json())
    document["values"]["1"] = 7
    error = contradicts(document)
    assert error is not None
    assert "at step 1: f = softmax_cross_entropy(…) cannot be computed" in error.what


# What must stay readable
# ---------------------------------------------------------------------------------------------


def sampled(op: Op) -> Iterator[Trace]:
    """A trace of each example of an op, at random numbers of its domain."""
    for shapes, options in op.examples or (((((3,),) * len(op.inputs)), {}),):
        builder = Builder()
        names = "xyzvwabc"[: len(shapes)]
        node = builder.apply(
            op.name, [builder.input(name) for name in names], dict(op.options) | dict(options)
        )
        values = {}
        for slot, (name, shape) in enumerate(zip(names, shapes, strict=True)):
            slot = 0 if op.variadic else slot
            low, high = op.domain[slot] if slot < len(op.domain) else (-2, 2)
            numbers = RNG.uniform(low, high, shape)
            values[name] = numbers if op.takes_number(slot) else np.full(shape, int(low))
        yield run(builder.graph(node), values=values, upstream=None)


@pytest.mark.parametrize("op", every(), ids=lambda op: op.name)
def test_every_op_agrees_with_its_own_traces(op: Op) -> None:
    for trace in sampled(op):
        check(trace, at_most=None)
        check(Trace.from_json(trace.to_json()), at_most=None)


@pytest.mark.parametrize(
    "trace",
    [
        lambda: run("sum(batchnorm(x, g, b)*x)", x=RNG.normal(size=(4, 3)), g=[1, 2, 3], b=[0] * 3),
        lambda: run("sum(dropout(x, 0.5, seed=3)*x)", x=RNG.normal(size=20)),
        lambda: run("sqrt(relu(x))", x=-1),
        lambda: run("maximum(0, x) + x", x=0),
        lambda: run("x/y", x=1e300, y=1e-300),
        lambda: run("a = x*1e16; a + 1 - a", x=1, dtype="float32"),
        lambda: run("sum(x) - sum(x*y)", x=[1e16, 1.0, -1e16], y=[1, 1, 1.0]),
    ],
)
def test_corners_stay_readable(trace: Callable[[], Trace]) -> None:
    found = trace()
    check(Trace.from_json(found.to_json()), at_most=None)


def test_products_of_an_earlier_edition_stay_readable() -> None:
    """∞ · 0 was NaN where a gradient is now selected."""
    document = json.loads(run("sqrt(x*y)", x=0.0, y=1).to_json())
    graph = document["graph"]["nodes"]
    assert [n["op"] for n in graph] == ["input", "input", "mul", "sqrt"]
    assert document["steps"][-1]["contribution"] == "NaN"
    assert contradicts(document) is None


# A sample, where everything would take too long
# ---------------------------------------------------------------------------------------------


def test_large_traces_are_checked_on_the_same_sample_each_time() -> None:
    trace = run("sum(exp(x)*y)", x=np.linspace(-1, 1, 200_000), y=2)
    looked: list[list[tuple[int, bool]]] = [[], []]
    for seen in looked:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                consistency._Audit,
                "check",
                lambda _, number, *, sampled, seen=seen: seen.append((number, sampled)),
            )
            check(trace)
    assert looked[0] == looked[1]
    assert (1, True) in looked[0]


def test_a_large_contradiction_is_found_in_the_sample_or_by_the_whole_check() -> None:
    x = np.linspace(-1, 1, 200_000)
    trace = run("sum(exp(x)*y)", x=x, y=2)
    spoilt = copy.copy(trace)
    spoilt.values = [*trace.values]
    spoilt.values[2] = np.exp(x) + 1e-3
    with pytest.raises(TraceFormatError, match=r"at step [128]: the"):
        check(spoilt)
    spoilt.values[2] = np.exp(x)
    spoilt.values[2][12345] = 7
    with pytest.raises(TraceFormatError, match=r"at step [12]: the value of"):
        check(spoilt, at_most=None)


# Exact numbers
# ---------------------------------------------------------------------------------------------

EXACT: list[tuple[str, dict[str, Any]]] = [
    ("x*y/3 + x**2", {"x": "1/3", "y": 5}),
    ("sqrt(x)*y + exp(x)*sin(y)", {"x": "1/3", "y": 5}),
    ("x*y + sin(x)", {}),
    ("sum(softmax(s)*s)", {"s": [1, 2, "1/3"]}),
    ("softmax_cross_entropy(s, 0)", {"s": [1, 2, 3]}),
    ("norm(x)*2", {"x": [1, 2, 3, "1/7"]}),
    ("sum(layernorm(x)*x)", {"x": [1, 2, 4]}),
    ("relu(x)*x", {"x": "2/7"}),
]


@pytest.mark.parametrize(("source", "values"), EXACT)
def test_exact_numbers_are_compared_exactly(source: str, values: dict[str, Any]) -> None:
    """A value that is wrong in its 25th digit, which no float shows, is refused with its step."""
    document = json.loads(run(source, values=values, backend="exact").to_json())
    assert contradicts(document) is None
    rows = document["graph"]["nodes"]
    changed = 0
    for node, value in document["values"].items():
        if isinstance(value, str) and rows[int(node)]["inputs"]:
            spoilt = copy.deepcopy(document)
            spoilt["values"][node] = f"({value}) + 1/10**25"
            error = contradicts(spoilt)
            assert error is not None and "contradicts itself at step" in error.what, node
            changed += 1
    for k, step in enumerate(document["steps"]):
        if step["kind"] == "contribute" and isinstance(step["contribution"], str):
            spoilt = copy.deepcopy(document)
            spoilt["steps"][k]["contribution"] = f"({step['contribution']})*(1 + 1/10**25)"
            error = contradicts(spoilt)
            assert error is not None and f"at step {k + 1}:" in error.what
            changed += 1
    assert changed


def test_a_false_contribution_that_adds_up_is_found_exactly() -> None:
    document = json.loads(run("x*y", x="1/3", y=7, backend="exact").to_json())
    step = next(s for s in document["steps"] if s["kind"] == "contribute")
    step["contribution"] = step["after"] = "7 + 1/10**30"
    source = str(step["edge"]["source"])
    document["gradients"][source] = step["after"]
    error = contradicts(document)
    assert error is not None and "contradicts itself at step" in error.what


def test_exact_numbers_of_too_many_digits_are_left_to_floats() -> None:
    """What would take longer than it may is not begun: the bound of exact arithmetic holds here."""
    document = json.loads(run("exp(x)*y", x=3, y=2, backend="exact").to_json())
    document["values"]["0"] = "10**900"
    document["values"]["2"] = "exp(10**900)"
    error = contradicts(document)
    assert error is not None
