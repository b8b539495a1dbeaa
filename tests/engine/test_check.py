"""Gradients checked three ways; expected numbers are worked out by hand."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from gradviz.engine.check.check import MOST, Check
from gradviz.engine.check.slopes import SAMPLE, sampled
from gradviz.errors import BackendError, ShapeError, UnknownNameError, ValueInputError
from gradviz.graph.graph import Edge
from gradviz.graph.work import work_of_pass
from gradviz.ops import get

x, y, z = gv.inputs("x y z")
CIRCUIT = (x * y + z) * np.maximum(y, z)


def test_a_circuit_agrees_three_ways() -> None:
    """d/dx = 2·2, d/dy = 1.5·2 + 2, d/dz = 2 at (1.5, 2, −1): the worked example of the design."""
    found = gv.check(CIRCUIT, x=1.5, y=2, z=-1)
    assert found.ok
    for name, slope in {"x": 4, "y": 5, "z": 2}.items():
        row = found[name]
        assert (row.verdict, row.ours, row.exact[()], row.kinks) == ("agrees", slope, slope, ())
        assert row.measured == pytest.approx(slope, rel=1e-9)
        assert row.error < 1e-9
        assert row.path_sum == slope


def test_the_paths_write_out_the_chain_rule() -> None:
    found = gv.check(CIRCUIT, x=1.5, y=2, z=-1)
    product, maximum = found["y"].paths or ()
    assert [(e.target, e.slot) for e in product.edges] == [(3, 1), (4, 0), (6, 0)]
    assert (product.locals, product.product) == ((1.5, 1, 2), 3)
    assert [(e.target, e.slot) for e in maximum.edges] == [(5, 0), (6, 1)]
    assert (maximum.locals, maximum.product) == ((1, 2), 2)


def test_both_edges_of_a_square_are_paths() -> None:
    row = gv.check(x * x, x=3)["x"]
    assert [p.edges for p in row.paths or ()] == [(Edge(0, 1, 0),), (Edge(0, 1, 1),)]
    assert row.path_sum == 6


def test_paths_are_counted_before_they_are_walked() -> None:
    """2⁶ paths are written out, 2⁷ are not; 2¹⁰⁰ must not be tried."""
    doubled = x
    for k in range(1, 101):
        doubled = doubled + doubled
        if k in (6, 7, 100):
            row = gv.check(doubled, x=1)["x"]
            assert row.verdict == "agrees"
            assert (len(row.paths) if row.paths else 0) == (64 if k == 6 else 0)
            assert (row.paths is None) == any("paths, more than 64" in note for note in row.notes)
            assert k != 6 or row.path_sum == 64


def test_the_upstream_gradient_multiplies_every_path() -> None:
    row = gv.check(x * y, x=2, y=5, upstream=10)["x"]
    assert (row.ours, row.path_sum, row.exact[()]) == (50, 50, 50)
    assert row.measured == pytest.approx(50)


def test_the_output_itself_and_an_unused_input() -> None:
    alone = gv.check(x, x=7)["x"]
    assert (alone.path_sum, alone.exact[()], alone.verdict) == (1, 1, "agrees")
    unused = gv.check(gv.where(True, y, x * 0 + 1), x=7, y=2)["x"]
    assert (unused.path_sum, unused.ours, unused.verdict) == (0, 0, "agrees")


@pytest.mark.parametrize(
    ("expression", "at", "left", "right", "op"),
    [
        (gv.relu(x), 0, "0", "1", "relu"),
        (abs(x), 0, "-1", "1", "abs"),
        (np.maximum(x, 3), 3, "0", "1", "maximum"),
        (np.clip(x, -1, 1), 1, "1", "0", "clip"),
        (gv.leaky_relu(x, 0.25), 0, "0.25", "1", "leaky_relu"),
        (gv.elu(x, 0.5), 0, "0.5", "1", "elu"),
        (np.where(x > 2, x, 4), 2, "0", "a jump", "greater"),
        (np.linalg.norm(x), 0, "-1", "1", "norm"),
    ],
)
def test_a_kink_is_named_and_no_failure(
    expression: Any, at: float, left: str, right: str, op: str
) -> None:
    found = gv.check(expression, x=at)
    row = found["x"]
    assert (row.verdict, found.ok, found.differs) == ("no derivative here", True, False)
    ours = f"{float(row.ours):g}"
    assert row.kinks[0].startswith(
        f"x: no derivative here (left {left}, right {right}); we use {ours} by convention ({op}: "
    )
    beside = gv.check(expression, x=at + 1e-6)["x"]
    assert (beside.verdict, beside.kinks) == ("agrees", ())


def test_elu_has_no_kink_where_its_slopes_meet() -> None:
    assert gv.check(gv.elu(x), x=0)["x"].verdict == "agrees"


def test_elements_on_a_kink_are_counted() -> None:
    row = gv.check(np.sum(gv.relu(x)), x=[0, 1, 0, 0, -2, 0])["x"]
    assert row.verdict == "no derivative here"
    assert row.kinks[0].startswith(
        "x[0], x[2], x[3] and 1 more: no derivative here (left 0, right 1); we use 0 by convention"
    )
    np.testing.assert_allclose(row.left, [0, 1, 0, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(row.right, [1, 1, 1, 1, 0, 1], atol=1e-9)


def test_of_several_kinks_the_node_is_named() -> None:
    (sentence,) = gv.check(gv.relu(x) + gv.relu(x - 1), x=1)["x"].kinks
    assert "relu (c)" in sentence  # a is relu(x), b the difference


def test_kinks_that_cancel_are_wrong_and_the_reason_is_given() -> None:
    """relu(x) − relu(−x) is x: the classic failure of automatic differentiation."""
    found = gv.check(gv.relu(x) - gv.relu(-x), x=0)
    row = found["x"]
    assert (row.verdict, found.ok, found.differs) == ("differs", False, True)
    assert row.notes[0] == (
        "x: the slopes from the left and from the right are both 1, so the derivative is 1, not 0"
    )
    assert "each relu" in row.notes[1]


def test_a_kink_of_an_op_that_is_none_of_the_function_is_said_to_be_smooth() -> None:
    row = gv.check(np.linalg.norm(x) ** 2, x=[0, 0, 0])["x"]
    assert row.verdict == "agrees" and row.exact.tolist() == [0, 0, 0]
    assert "norm changes its formula here, but the slopes" in row.kinks[0]


def test_nan_from_a_branch_not_taken_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function is x at negative numbers, so both derivatives are 1."""
    op = get("sqrt")
    monkeypatch.setattr("gradviz.engine.check.proof.TERMS", 0)
    right = op.local
    object.__setattr__(op, "local", (lambda xp, y, x: y * np.nan,))
    try:
        row = gv.check(np.sum(np.sqrt(x) * y), x=[1, 4], y=[1, 0])["x"]
    finally:
        object.__setattr__(op, "local", right)
    assert row.verdict == "differs"
    assert any("the NaN arises in the backward step of sqrt" in note for note in row.notes)


def test_a_one_sided_edge_is_said() -> None:
    row = gv.check(x**1.5, x=0)["x"]
    assert row.verdict == "agrees"
    assert any("not defined to the left, so the slope from the right" in n for n in row.notes)


@pytest.mark.parametrize("backend", ["numpy", "exact"])
@pytest.mark.parametrize(
    "wrong", [lambda xp, y, x: 3 * x, lambda xp, y, x: 2 * x + 1e-4, lambda xp, y, x: 0]
)
def test_a_wrong_rule_differs(wrong: Any, backend: str) -> None:
    op = get("square")
    right = op.local
    object.__setattr__(op, "local", (wrong,))
    try:
        found = gv.check(np.sum(np.square(x) * y), x=[1, 2], y=[3, 4], backend=backend)
    finally:
        object.__setattr__(op, "local", right)
    assert not found.ok
    assert [row.verdict for row in found.rows] == ["differs", "agrees"]
    assert found["x"].error > 1e-6


@pytest.mark.parametrize(
    ("name", "at", "wrong"),
    [
        ("elu", -40, lambda xp, y, x, alpha: 0 * x),
        ("sigmoid", -60, lambda xp, y, x: 0 * x),
        ("exp", -100, lambda xp, y, x: 1.001 * y),
        ("log", 1e100, lambda xp, y, x: 0 * x),
    ],
)
def test_a_wrong_rule_differs_however_small_the_slope(name: str, at: float, wrong: Any) -> None:
    """e^−40, e^−60, e^−100 and 10^−100 are no 0."""
    op = get(name)
    right = op.local
    assert gv.check(f"{name}(x)", x=at)["x"].verdict == "agrees"
    object.__setattr__(op, "local", (wrong,))
    try:
        assert gv.check(f"{name}(x)", x=at)["x"].verdict == "differs"
    finally:
        object.__setattr__(op, "local", right)


def test_a_gradient_that_cancels_agrees_but_for_rounding() -> None:
    """d(ax − bx)/dx with a = 0.1 + 0.2 and b = 0.3 is 5.6e−17 in floats."""
    assert gv.check("x*(a + c) - x*b", x=1.5, a=0.1, c=0.2, b=0.3)["x"].verdict == "agrees"


def test_what_where_does_not_choose_brings_nan_and_the_remedy_is_said() -> None:
    """As in PyTorch; with a safe argument the gradient is the 1 that both slopes say."""
    row = gv.check("sum(where(x > 0, sqrt(x), x))", x=[-1, -4])["x"]
    assert row.verdict == "differs"
    assert any("sqrt(where(condition, x, 1))" in note for note in row.notes)
    safe = gv.check("sum(where(x > 0, sqrt(where(x > 0, x, 1)), x))", x=[-1, -4])["x"]
    assert (safe.verdict, safe.ours.tolist()) == ("agrees", [1, 1])


def test_a_wrong_rule_differs_by_measurement_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradviz.engine.check.proof.TERMS", 0)
    op = get("square")
    right = op.local
    object.__setattr__(op, "local", (lambda xp, y, x: 2 * x + x / 1000,))
    try:
        row = gv.check(np.square(x), x=3)["x"]
    finally:
        object.__setattr__(op, "local", right)
    assert row.exact is None and "too large" in row.notes[-1]
    assert row.verdict == "differs"
    assert row.error == pytest.approx(1 / 2001, rel=1e-3)  # 0.001x over 2.001x


@pytest.mark.parametrize(
    ("expression", "at", "verdict", "what"),
    [
        (np.log(x), -1, "not defined here", "log at f is NaN, so f is not defined here"),
        (np.log(x), 0, "not defined here", "log at f is -∞ (a pole), so f is not defined here"),
        (1 / x, 0, "not defined here", "div at f is ∞ (a pole), so f is not defined here"),
        (np.exp(x), 1000, "cannot be measured", "exp at f is ∞: too large for a float"),
        (x + 1, math.nan, "not defined here", "x is NaN, so f has no value here"),
        (x * 2, -math.inf, "not defined here", "x is -∞, so f has no value here"),
    ],
)
def test_where_there_is_no_value_the_reason_is_said(
    expression: Any, at: float, verdict: str, what: str
) -> None:
    found = gv.check(expression, x=at)
    assert found["x"].verdict == verdict and not found.ok and not found.differs
    assert any(note.startswith(what) for note in found["x"].notes)
    assert what in str(found)


def test_a_vertical_slope_is_no_derivative() -> None:
    row = gv.check(np.sqrt(x), x=0)["x"]
    assert row.ours == math.inf and row.verdict == "no derivative here"
    assert row.kinks[0].endswith("(left not defined, right ∞); the rule gives ∞")


@pytest.mark.parametrize(
    ("expression", "at", "slope"),
    [
        (np.log(x), 1e-6, 1e6),
        (1 / x, 1e-5, -1e10),
        (np.sqrt(x), 1e-8, 5e3),
        (np.exp(-1 / x), 0.05, 400 * math.exp(-20)),
        (np.sin(100 * x), 1, 100 * math.cos(100)),
        (x * 1e-9, 2, 1e-9),
        (x**3, 1e6, 3e12),
        (x - x, 5, 0),
    ],
)
def test_steep_and_tiny_slopes_agree(expression: Any, at: float, slope: float) -> None:
    row = gv.check(expression, x=at)["x"]
    assert row.verdict == "agrees"
    assert float(row.ours) == pytest.approx(slope)
    assert float(row.measured) == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_drowned_differences_decide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gv.check(1e16 + x, x=1)["x"].verdict == "agrees"  # by sympy
    monkeypatch.setattr("gradviz.engine.check.proof.TERMS", 0)
    row = gv.check(1e16 + x, x=1)["x"]
    assert row.verdict == "cannot be measured"
    assert any("the differences are lost in rounding" in note for note in row.notes)


def test_large_inputs_are_sampled_and_say_so() -> None:
    row = gv.check(np.sum(np.sin(x)), x=np.linspace(0, 1, 300).reshape(3, 100))["x"]
    assert "20 of 300 elements were moved, evenly spread" in row.notes
    assert np.isfinite(row.measured).sum() == SAMPLE
    places = np.isfinite(row.measured)
    np.testing.assert_allclose(
        row.measured[places], np.cos(np.linspace(0, 1, 300).reshape(3, 100))[places], rtol=1e-7
    )
    assert places[0, 0] and places[2, 99]


@given(st.lists(st.integers(0, 9), max_size=3).map(tuple))
def test_samples_are_different_elements(shape: tuple[int, ...]) -> None:
    places = sampled(shape)
    assert len(set(places)) == len(places) == min(math.prod(shape), SAMPLE)
    assert all(0 <= i < n for place in places for i, n in zip(place, shape, strict=True))


def test_arrays_agree_with_sympy() -> None:
    found = gv.check(np.sum((x @ y) ** 2), x=[[1, 2], [3, 4]], y=[1, -1])
    assert found.ok and found["x"].notes == () and found["x"].paths is None
    # f = Σ (xᵢ·y)², so ∂f/∂x = 2 (x y) yᵀ and x y = (−1, −1).
    assert found["x"].exact.tolist() == [[-2, 2], [-2, 2]]
    assert found["y"].exact.tolist() == [-8, -12]


def test_upstream_for_an_output_that_is_no_scalar() -> None:
    with pytest.raises(ShapeError, match="no gradient to check") as caught:
        gv.check(x * 2, x=[1, 2])
    assert "make a scalar of it" in str(caught.value)
    row = gv.check(x**2, x=[1, 2], upstream=[1, 10])["x"]
    assert row.verdict == "agrees" and row.exact.tolist() == [2, 40]


def test_float32_is_held_to_its_own_precision() -> None:
    row = gv.check(gv.sigmoid(x * y), x=0.1, y=3, dtype="float32")["x"]
    assert row.ours.dtype == "float32"
    assert row.verdict == "agrees" and 1e-9 < row.error < 1e-5


def test_exact_backend() -> None:
    row = gv.check(np.sqrt(x) * y, x=2, y=3, backend="exact")["x"]
    assert str(row.ours) == str(row.exact) == "3*sqrt(2)/4"
    assert row.verdict == "agrees"
    with pytest.raises(ValueInputError, match="no value for x"):
        gv.check(x, backend="exact")


def test_a_condition_is_moved_and_proved_flat() -> None:
    row = gv.check(gv.where(z, x, y), x=1, y=2, z=True)["z"]
    assert row.verdict == "agrees" and row.ours == 0 == row.measured
    assert row.notes == ()


def test_wrt_chooses_rows_and_slips_are_answered() -> None:
    found = gv.check(x * y, x=1, y=2, wrt="y")
    assert [row.name for row in found.rows] == ["y"] and isinstance(found, Check)
    with pytest.raises(UnknownNameError, match="no node called 'f_'"):
        gv.check(x * y, x=1, y=2)["f_"]
    with pytest.raises(ValueInputError, match="no value for y"):
        gv.check(x * y, x=1)
    with pytest.raises(ValueInputError, match="did you mean dtype"):
        gv.check(x * y, x=1, y=2, dtyp="float32")


def test_a_long_chain_is_checked() -> None:
    f = x
    for _ in range(3000):
        f = f * 1.0001
    row = gv.check(f, x=2)["x"]
    assert row.verdict == "agrees"
    assert (row.exact, row.notes) == (
        None,
        ("the whole expression is too large for an exact derivative",),
    )
    assert float(row.path_sum) == pytest.approx(1.0001**3000)


def test_a_check_that_takes_too_long_is_refused_with_the_inputs_that_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two sums and two products of single numbers: a node takes 1,000 operations and its 3 numbers,
    a pass 4,012, and 4 passes each of 4 inputs 64,192; 40,000 are enough for two inputs.
    """
    text, given = "a*b + c*d + 1", {"a": 1, "b": 2, "c": 3, "d": 4}
    monkeypatch.setattr("gradviz.engine.check.check.MOST", 40_000)
    with monkeypatch.context() as before, pytest.raises(BackendError) as caught:
        before.setattr(
            "gradviz.engine.run.Compiled.trace", lambda *_, **__: pytest.fail("it was started")
        )
        gv.check(text, **given)
    assert str(caught.value) == (
        "checking 4 inputs needs about 64,192 operations, at most 40,000 are done:"
        " the first 2, chosen with wrt, fit"
    )
    assert gv.check(text, wrt=["a", "b"], **given).ok
    with pytest.raises(BackendError, match="checking 3 inputs"):
        gv.check(text, wrt=["a", "b", "c"], **given)


def test_networks_that_people_check_are_not_refused() -> None:
    """At ten thousand million operations a second, AlexNet takes two minutes."""
    graph = gv.net("alexnet").bind({})
    assert 20 * len(graph.inputs) * 4 * work_of_pass(graph) < MOST


SUMS: dict[str, tuple[str, dict[str, Any]]] = {
    "matmul": ("q = W @ x; sum(q**2)", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]}),
    "softmax": ("y = softmax(z); -log(y[1])", {"z": [1.0, 2, 0.5]}),
    "two uses": ("sum(tanh(x)*x)", {"x": [1.0, -2]}),
    "twice in one node": ("sum(x*x)", {"x": [1.0, -2]}),
    "broadcast": ("h = x + b; sum(h*h)", {"x": [[1.0, 2], [3, 4]], "b": 1.0}),
    "selection": ("sum(relu(x)*[1,2,3])", {"x": [1.0, -2, 3]}),
    "assignment": ("y = x**2; y[1] = 0; sum(y*y)", {"x": [1.0, 2]}),
    "an array as output": ("W @ x", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]}),
    "exact": ("q = W @ x; sum(q**2)", {"W": [[1, 2], [3, 4]], "x": [5, 6]}),
}


@pytest.mark.parametrize("name", SUMS)
def test_the_terms_of_an_element_add_up_to_its_gradient(name: str) -> None:
    """Each local derivative is the slope of the node's own element, measured on its operands."""
    text, given = SUMS[name]
    options: dict[str, Any] = {"backend": "exact"} if name == "exact" else {}
    if name == "an array as output":
        options["upstream"] = [2, -1]
    found = gv.check(text, values=given, **options)
    graph = found.trace.graph
    for row in found.rows:
        assert len(row.sums) == np.size(given[row.name])
        for total in row.sums:
            added = sum(float(t.product) for t in total.terms)
            assert added == pytest.approx(float(row.ours[total.place]), abs=1e-12)
            for term in total.terms:
                assert graph.nodes[term.edge.source].name == row.name
                upstream = found.trace.gradients[term.edge.target][term.through]
                assert term.upstream == upstream and term.product == upstream * term.local


def test_the_lectures_sum_over_k() -> None:
    """CSCI 566: ∂f/∂x₁ = 0.76 · 0.4 + 0.58 · 0.7, of ∂f/∂q = 2q = (0.76, 0.58) and W."""
    text, given = SUMS["matmul"]
    first, second = gv.check(text, values=given)["x"].sums
    told = [(t.through, float(t.upstream), float(t.local)) for t in first.terms + second.terms]
    wanted = [((0,), 0.76, 0.4), ((1,), 0.58, 0.7), ((0,), 0.76, 0.6), ((1,), 0.58, -0.2)]
    for (place, *numbers), (at, *expected) in zip(told, wanted, strict=True):
        assert place == at and numbers == pytest.approx(expected)


def test_sums_are_not_written_out_for_what_is_large_or_scalar() -> None:
    assert gv.check("x*x + x", x=2)["x"].sums == ()
    assert gv.check("sum(x**2)", x=[1.0] * 5)["x"].sums == ()
    assert gv.check("sum(W @ x)", W=np.ones((9, 2)), x=[1.0, 2])["x"].sums == ()
