"""Every op of the table on every array namespace: what the contract promises is all that it uses,
and all of them find the same numbers.

A new op that asks for what one of them lacks fails here, under its name.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.arrays.code import NAMES, Code, Term, number
from gradviz.arrays.exact import as_float
from gradviz.arrays.javascript.namespace import JavaScript
from gradviz.arrays.namespace import ArrayNamespace, Backend, ScalarNamespace, functions
from gradviz.arrays.rationals import Rationals
from gradviz.arrays.scalars import Floats
from gradviz.cli.main import run
from gradviz.errors import DomainError
from gradviz.graph.expression import constant, graph_of
from gradviz.graph.symbols import Symbols
from gradviz.ops import Op, every, get, registry
from tests.ops.backward import local
from tests.ops.test_registry import CASES, Case, a_point, cases, contribution, named, takes_gradient

ROOMS = {
    "Floats": (Floats(), ScalarNamespace),
    "Code": (Code(), ScalarNamespace),
    "Symbols": (Symbols(), ScalarNamespace),
    "float64": (for_backend("numpy", "float64"), Backend),
    "float32": (for_backend("numpy", "float32"), Backend),
    "exact": (for_backend("exact"), Backend),
    "rationals": (Rationals(), Backend),
    "JavaScript": (JavaScript(), Backend),
}
SCALAR = {*functions(ScalarNamespace), "name", "pi"}
ARRAY = {*functions(ArrayNamespace), "name", "pi", "module", "is_fast", "is_symbolic"}
EXPAND = SCALAR | {name for name in vars(Symbols) if name[0] != "_"} | {op.name for op in every()}
WITHIN = {"float64": 1e-12, "float32": 2e-5, "rationals": 1e-14, "Floats": 1e-12, "Code": 1e-12}


class Promised:
    """A namespace that has only what the contract promises; the rest fails under the op's name."""

    def __init__(self, xp: Any, names: set[str], op: Op) -> None:
        self._xp, self._names, self._op = xp, names, op

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            pytest.fail(f"{self._op.name} uses xp.{name}, which is not in the contract")
        return getattr(self._xp, name)


@pytest.mark.parametrize(("xp", "tier"), ROOMS.values(), ids=ROOMS)
def test_every_namespace_has_what_its_tier_promises(xp: Any, tier: type) -> None:
    assert all(callable(getattr(xp, name)) for name in functions(tier))
    assert isinstance(xp.name, str) and xp.pi is not None


@pytest.mark.parametrize("case", CASES, ids=named)
def test_all_namespaces_agree(case: Case) -> None:
    """Values and contributions, against exact numbers."""
    agree(case)


def agree(case: Case) -> None:
    """Hold the namespaces that the case applies to against exact numbers."""
    expected = on_arrays(case, ROOMS["exact"][0])
    found = {name: on_arrays(case, ROOMS[name][0]) for name in ("float64", "float32")}
    try:
        found["rationals"] = on_arrays(case, ROOMS["rationals"][0])
    except DomainError as error:  # sines, arcs and erf; any other is a fault
        assert "is not supported on fractions" in str(error)
    if case.op.elementwise and not any(case.shapes):
        found["Floats"] = on_floats(case)
        found["Code"] = on_code(case)
        assert_close(case, "the graph", on_the_graph(case), expected, 1e-12)
    for name, results in found.items():
        assert_close(case, name, results, expected, WITHIN[name])


def assert_close(case: Case, name: str, found: Any, expected: Any, within: float) -> None:
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(
            ours, theirs, rtol=within, atol=within / 10, err_msg=f"{case.op.name} on {name}"
        )


def on_arrays(case: Case, xp: Any) -> list[Any]:
    """The value and every contribution of upstream gradients 1, 2, 3, …, as floats."""
    op, options = case.op, {k: xp.number(v) for k, v in case.options.items()}
    x = [
        xp.asreal(given) if takes_gradient(case, slot) or op.is_condition else xp.asindex(given)
        for slot, given in enumerate(a_point(case))
    ]
    promised = Promised(xp, SCALAR if op.elementwise else ARRAY, op)
    with xp.quiet():
        y = xp.asarray(op.forward(promised, *x, **options))
        shape = xp.shape(y)
        if not op.is_condition and xp.name == "numpy":
            assert y.dtype == xp.dtype
        g = xp.asarray(np.arange(1, y.size + 1).reshape(shape) if shape else 1)
        return [as_floats(y)] + [
            as_floats(xp.asarray(contribution(op, promised, slot, g, y, x, options)))
            for slot in range(len(x))
            if takes_gradient(case, slot)
        ]


def as_floats(value: Any) -> Any:
    """An array of floats from whatever a namespace computes on; a condition is 1 or 0."""
    array = np.asarray(value, dtype=object)
    return np.array(
        [
            as_float(v)
            if isinstance(v, sp.Expr)
            else float(bool(v) if v in (sp.true, sp.false) else v)
            for v in array.flat
        ]
    ).reshape(array.shape)


def scalars(case: Case) -> list[float]:
    return [float(p[()]) for p in a_point(case)]


def rules(op: Op) -> Iterator[Callable[..., Any]]:
    slots = (slot for slot in range(len(op.inputs)) if op.differentiable(slot))
    return (partial(local, op, slot) for slot in slots)


def on_floats(case: Case) -> list[Any]:
    """The value and the local gradients, which are the contributions of the upstream gradient 1."""
    xp, x = Promised(ROOMS["Floats"][0], SCALAR, case.op), scalars(case)
    y = case.op.forward(xp, *x, **case.options)
    return [float(v) for v in (y, *(rule(xp, y, *x, **case.options) for rule in rules(case.op)))]


def on_code(case: Case) -> list[Any]:
    """Likewise, by running the Python that the formulas write."""
    xp, x = Promised(ROOMS["Code"][0], SCALAR, case.op), scalars(case)
    terms = [Term(f"x{i}") for i in range(len(x))]
    known = NAMES | {f"x{i}": v for i, v in enumerate(x)}

    def run(written: Any) -> float:
        text = written.text if isinstance(written, Term) else number(written).text
        return float(eval(text, dict(known)))

    known["y"] = run(case.op.forward(xp, *terms, **case.options))
    return [known["y"]] + [
        run(rule(xp, Term("y"), *terms, **case.options)) for rule in rules(case.op)
    ]


def on_the_graph(case: Case) -> list[Any]:
    """Likewise, by running the graphs that the formulas build."""
    xp, x = Promised(ROOMS["Symbols"][0], SCALAR, case.op), scalars(case)
    *inputs, y = gv.inputs([*(f"x{i}" for i in range(len(x))), "y"])
    values = {e.name: v for e, v in zip(inputs, x, strict=True)}

    def run(built: Any) -> float:
        graph = graph_of(constant(built))
        trace = gv.run(graph, values={n.name: values[n.name] for n in graph.inputs})
        return float(trace.value(graph.output))

    values["y"] = run(case.op.forward(xp, *inputs, **case.options))
    return [values["y"]] + [run(rule(xp, y, *inputs, **case.options)) for rule in rules(case.op)]


@pytest.mark.parametrize("case", [c for c in CASES if c.op.expand is not None], ids=named)
def test_the_inside_of_an_op_agrees_with_it(case: Case) -> None:
    """Run forward and backward, the simpler ops of `expand` give its value and contributions."""
    op, backend = case.op, ROOMS["float64"][0]
    given = {f"x{i}": backend.asarray(v) for i, v in enumerate(a_point(case))}
    inside = Promised(Symbols(given, backend), EXPAND, op)
    graph = graph_of(constant(op.expand(inside, *gv.inputs(list(given)), **case.options)))
    expected, *contributions = on_arrays(case, ROOMS["exact"][0])
    upstream = np.arange(1.0, expected.size + 1).reshape(expected.shape)
    used = {n.name: given[n.name] for n in graph.inputs}
    trace = gv.run(graph, values=used, upstream=upstream)
    assert_close(case, "its inside", [trace.value(graph.output)], [expected], 1e-12)
    slots = [f"x{i}" for i in range(len(given)) if takes_gradient(case, i)]
    for name, theirs in zip(slots, contributions, strict=True):
        if name in used:
            assert_close(case, name, [trace.gradient(name)], [theirs], 1e-11)


def asked_names() -> Iterator[tuple[str, str, str]]:
    """Every `xp.name` in the declarations and the kernels: file, line and name."""
    root = Path(gv.__file__).parent
    for path in sorted([*root.glob("ops/**/*.py"), *root.glob("arrays/kernels/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            asked = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            if asked and node.value.id == "xp":
                yield path.name, f"line {node.lineno}", node.attr


def test_no_branch_of_a_formula_asks_for_more() -> None:
    """Also where no sample call leads."""
    assert [asked for asked in asked_names() if asked[2] not in ARRAY | EXPAND] == []


# Ops that are tried.
RELU = get("relu")
OUTSIDE = {
    "cube_root": {"forward": lambda xp, x: xp.cbrt(x)},
    "steep": {"local": (lambda xp, y, x: xp.heaviside(x, 0),)},
    "whole_array": {"forward": lambda xp, x: x * xp.winner(x)},
}


def elementwise(name: str, **fields: Any) -> Op:
    usual = {"name": name, "pieces": None, "tied": None, "case": None, "domain": ((1, 2),)}
    usual |= {"routes": None} if "local" in fields else {}
    return replace(RELU, **(usual | fields))


@pytest.mark.parametrize("name", OUTSIDE)
def test_an_op_outside_the_contract_fails_under_its_name(name: str) -> None:
    """`winner` is in the contract, but of arrays: single numbers do not have it."""
    op = elementwise(name, **OUTSIDE[name])
    with pytest.raises(pytest.fail.Exception, match=f"{name} uses xp[.]"):
        for case in cases(op):
            agree(case)


@pytest.mark.parametrize("backend", ["numpy", "exact"])
@pytest.mark.parametrize("value", ["x=2", "x=[2,3]"])
@pytest.mark.parametrize("name", ["cube_root", "steep"])
def test_a_user_sees_one_message(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    backend: str,
) -> None:
    monkeypatch.setitem(registry._OPS, name, elementwise(name, **OUTSIDE[name]))
    status = run(["show", f"sum({name}(x))", value, "--backend", backend])
    out, err = capsys.readouterr()
    asked = {"cube_root": "cbrt", "steep": "heaviside"}[name]
    assert (status, out) == (1, "")
    assert err.startswith(f"gradviz: a formula uses xp.{asked}, which array namespaces")
    assert "of test_namespaces.py" in err and "Traceback" not in err


HARD_SIGMOID = {
    "quotient": (lambda xp, x: x / 6, lambda xp, y, x: xp.asarray(1) / 6),
    "asarray": (
        lambda xp, x: xp.asarray(Fraction(1, 6)) * x,
        lambda xp, y, x: xp.asarray(Fraction(1, 6)),
    ),
    "fraction": (lambda xp, x: x * Fraction(1, 6), lambda xp, y, x: Fraction(1, 6)),
}
"""How a sixth of x, and its slope, may be written."""


def hard_sigmoid(spelling: str) -> Op:
    """x/6 + 1/2, but no less than 0 and no more than 1."""
    part, slope = HARD_SIGMOID[spelling]
    half = Fraction(1, 2)
    return elementwise(
        "hard_sigmoid",
        forward=lambda xp, x: xp.minimum(xp.maximum(part(xp, x) + half, 0), 1),
        local=(lambda xp, y, x: xp.where(xp.less(xp.abs(x), 3), slope(xp, y, x), 0),),
        domain=((-2, 2),),
    )


@pytest.mark.parametrize("spelling", HARD_SIGMOID)
def test_a_constant_that_is_not_whole_goes_everywhere(spelling: str) -> None:
    for case in cases(hard_sigmoid(spelling)):
        agree(case)


@pytest.mark.parametrize("spelling", HARD_SIGMOID)
@pytest.mark.parametrize("extra", [[], ["--dtype", "float32"], ["--backend", "exact"]])
def test_such_a_constant_is_shown(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    spelling: str,
    extra: list[str],
) -> None:
    """1.5/6 + 1/2 is 3/4, with the slope 1/6; at 4 it is 1, with the slope 0."""
    monkeypatch.setitem(registry._OPS, "hard_sigmoid", hard_sigmoid(spelling))
    value, slope = ("3/4", "1/6") if "exact" in extra else ("0.75", "0.1667")
    assert run(["show", "hard_sigmoid(x)", "x=3/2", *extra]) == 0
    assert capsys.readouterr().out.endswith(f"f = {value}\ndx = {slope}\n")
    total = "7/4" if "exact" in extra else "1.75"
    assert run(["show", "sum(hard_sigmoid(x))", "x=[3/2, 4]", *extra]) == 0
    assert capsys.readouterr().out.endswith(f"f = {total}\ndx = [{slope}, 0]\n")
