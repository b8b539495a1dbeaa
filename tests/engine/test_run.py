"""Running forward and backward: numbers worked out by hand, replays, and slips in the arguments."""

import math
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

import gradviz as gv
from gradviz.engine.run import chosen, prepare
from gradviz.errors import (
    BackendError,
    DomainError,
    ExpressionError,
    GradvizError,
    ShapeError,
    UnknownNameError,
    ValueInputError,
)

x, y, z = gv.inputs("x y z")


def test_the_example_of_the_design() -> None:
    """f = max(xy + z, 0) at (−3, 5, 2) is closed; f = xy + z has the gradients y, x, 1."""
    trace = gv.run(x * y + z, x=-3, y=5, z=2)
    assert trace.value(trace.graph.output) == -13
    assert trace.result() == {"x": 5, "y": -3, "z": 1}
    closed = gv.run(np.maximum(x * y + z, 0), x=-3, y=5, z=2)
    assert closed.value(closed.graph.output) == 0
    assert closed.result() == {"x": 0, "y": 0, "z": 0}


def test_text_python_and_graph_are_one() -> None:
    text = gv.run("(x*y + z) * max(y, z)", x=1.5, y=2, z=-1)
    python = gv.run((x * y + z) * np.maximum(y, z), x=1.5, y=2, z=-1)
    graph = gv.run(gv.parse("(x*y + z) * max(y, z)"), values={"x": 1.5, "y": 2, "z": -1})
    assert text.result() == python.result() == graph.result() == {"x": 4, "y": 5, "z": 2}
    assert [s.edge for s in text.steps] == [s.edge for s in python.steps]


@pytest.mark.parametrize(
    ("expression", "gradient", "contributions"),
    [(x * x, 6, [3, 3]), (x - x, 0, [1, -1]), (x / x, 0, [1 / 3, -1 / 3]), (x + x, 2, [1, 1]),
     (x**x, 27 * (1 + math.log(3)), [27, 27 * math.log(3)]), (np.maximum(x, x), 1, [1, 0])],
)  # fmt: skip
def test_a_value_used_twice_has_two_edges(
    expression: Any, gradient: float, contributions: list[float]
) -> None:
    trace = gv.run(expression, x=3)
    assert trace.gradient("x") == pytest.approx(gradient)
    steps = trace.contributions("x")
    assert [s.edge.slot for s in steps if s.edge] == [0, 1]
    assert [s.contribution for s in steps] == pytest.approx(contributions)
    assert len(trace.graph.edges) == 2


def test_wrt_chooses_what_is_followed() -> None:
    trace = gv.run((x * y + z) * np.maximum(y, z), x=1.5, y=2, z=-1, wrt="x")
    assert trace.result() == {"x": 4}
    assert [s.kind for s in trace.steps].count("contribute") == 3  # ×, +, × only
    assert trace.gradients[trace.graph.find("y")] is None
    with pytest.raises(UnknownNameError, match="no gradient"):
        trace.gradient("y")
    for given in ("x, z", "x z", ["z", "x"], [x, z], [2, 0]):
        assert gv.run(x * y + z, x=2, y=3, z=4, wrt=given).result() == {"x": 3, "z": 1}
    assert gv.run(x * y, x=2, y=3, wrt=[]).result() == {}


@pytest.mark.parametrize("wrong", ["w", "x w", [x * y], [3], [7], "", None])
def test_wrt_that_is_no_input(wrong: Any) -> None:
    f = x * y + z
    if not wrong:
        assert set(gv.run(f, x=1, y=1, z=1, wrt=wrong).result()) == (
            set() if wrong == "" else {"x", "y", "z"}
        )
        return
    with pytest.raises(UnknownNameError):
        gv.run(f, x=1, y=1, z=1, wrt=wrong)


def test_wrt_that_is_an_intermediate_is_refused() -> None:
    q = x * y
    with pytest.raises(UnknownNameError, match="not an input"):
        gv.run(q + z, x=1, y=1, z=1, wrt=[q])


def test_an_unused_input_has_the_gradient_zero() -> None:
    trace = gv.run("x; y*2", x=[1, 2], y=3)
    assert trace.gradient("x").tolist() == [0, 0]
    assert trace.gradient("y") == 2
    assert trace.contributions("x") == ()


def test_a_comparison_passes_no_gradient() -> None:
    trace = gv.run((x > 0) * y, x=2, y=3)
    assert trace.result() == {"x": 0, "y": 1}
    assert trace.value(trace.graph.find(3)) == True  # noqa: E712 # x, y, 0, then the comparison


@pytest.mark.parametrize("backend", ["numpy", "exact"])
def test_conditions_count_as_one_and_zero(backend: str) -> None:
    """1·(x>0) + (y>0) is 2; −1·(x>0) is −1; (x>0)·x is ReLU."""
    assert gv.run(1 * (x > 0) + (y > 0) + z, x=1, y=1, z=0, backend=backend).values[-1] == 2
    assert gv.run(-1 * (x > 0) * y, x=1, y=5, backend=backend).values[-1] == -5
    assert gv.run((x > 0) * x, x=3, backend=backend).gradient("x") == 1
    assert gv.run((x > 0) * x, x=-3, backend=backend).gradient("x") == 0
    assert gv.run(np.sum(x > 0) * y, x=[1, -1, 2], y=1, backend=backend).gradient("y") == 2
    assert gv.run(gv.where((x > 0) < 0.5, y, z), x=1, y=2, z=3, backend=backend).result() == {
        "x": 0,
        "y": 0,
        "z": 1,
    }
    assert gv.run(x * y, x=True, y=True).values[-1].dtype == "float64"


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("(x > 0) + (y > 0)", "1*a + 1*b counts"),
        ("x * ((x > 0) - (y > 0))", "a != b"),
        ("x * -(x > 0)", "1 - a is 'not'"),
        ("(x > 0) @ (y > 0)", "(1*a) @ b counts"),
        ("dot(x > 0, y > 0)", "dot(1*a, b) counts"),
        ("(x > 0)[0] + (x > 0)[1]", "1*a + 1*b counts"),
        ("(x > 0).T @ reshape(y > 0, 2)", "(1*a) @ b counts"),
        ("sum(stack(x > 0, y > 0) - flatten(x > 0))", "a != b"),
    ],
)
def test_arithmetic_that_others_read_as_logic_is_refused(text: str, instead: str) -> None:
    """NumPy: True + True is True, True − True and −True raise, a product of booleans is or-and."""
    with pytest.raises(ValueInputError) as caught:
        gv.run(text, x=[1, 2], y=[3, 4])
    assert instead in caught.value.hint and "^" in str(caught.value)


def test_products_of_conditions_are_both_readings_at_once() -> None:
    """True · True is True and 1 · 1 is 1, so nothing has to be refused."""
    trace = gv.run("sum((x > 0) * (x > 1) * x)", x=[-1, 1, 2])
    assert trace.gradient("x").tolist() == [0, 0, 1]


def test_a_condition_alone_has_no_backward_pass() -> None:
    trace = gv.run(x > y, x=1, y=2)
    assert not trace.has_backward and len(trace) == 1
    assert "condition" in trace.note
    with pytest.raises(UnknownNameError, match="no gradient"):
        trace.gradient("x")


def test_upstream_and_outputs_that_are_no_scalar() -> None:
    forward = gv.run(x * 2, x=[1, 2])
    assert not forward.has_backward and forward.result() == {}
    assert "(2,)" in forward.note and "sum(…)" in forward.note and "upstream" in forward.note
    trace = gv.run(x * 2, x=[1, 2], upstream=[10, 100])
    assert trace.gradient("x").tolist() == [20, 200]
    assert gv.run(x * y, x=2, y=3, upstream=-1).result() == {"x": -3, "y": -2}
    assert gv.run(x * 2, x=[5]).gradient("x").tolist() == [2]  # one element is scalar enough
    with pytest.raises(ShapeError, match="does not fit the output"):
        gv.run(x * 2, x=[1, 2], upstream=[1, 2, 3])


@pytest.mark.parametrize(
    ("shapes", "summed"),
    [
        (((2, 3), (3,)), (0,)),
        (((2, 3), (2, 1)), (1,)),
        (((2, 3), ()), (0, 1)),
        (((2, 3), (1, 3)), (0,)),
        (((2, 3), (2, 3)), ()),
    ],
)
def test_a_broadcast_input_receives_the_sum(shapes: Any, summed: tuple[int, ...]) -> None:
    a, b = (np.arange(1.0, 1 + math.prod(s)).reshape(s) for s in shapes)
    g = np.arange(1.0, 7).reshape(2, 3)
    trace = gv.run(x * y, x=a, y=b, upstream=g)
    np.testing.assert_array_equal(trace.gradient("x"), g * b)
    np.testing.assert_array_equal(trace.gradient("y"), (g * a).sum(axis=summed).reshape(b.shape))
    (step,) = trace.contributions("y")
    assert step.summed == summed
    assert step.upstream.shape == step.local.shape == (2, 3)
    assert np.shape(step.contribution) == np.shape(step.before) == np.shape(step.after) == shapes[1]


def test_matrices_by_their_rule() -> None:
    """dA = G Bᵀ and dB = Aᵀ G."""
    rng = np.random.default_rng(3)
    a, b, g = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(2, 4))
    trace = gv.run(x @ y, x=a, y=b, upstream=g)
    np.testing.assert_allclose(trace.gradient("x"), g @ b.T)
    np.testing.assert_allclose(trace.gradient("y"), a.T @ g)
    assert all(s.local is None for s in trace.steps if s.kind == "contribute")


def test_a_scalar_vjp_shows_its_local_gradient() -> None:
    (step,) = gv.run(gv.norm(x) * 3, x=-2).contributions("x")
    assert (step.local, step.upstream, step.contribution) == (-1, 3, -3)


class TestExact:
    """Fractions, surds and symbols."""

    def test_fractions(self) -> None:
        trace = gv.run(x / y + 0.1, x=Fraction(1, 3), y=7, backend="exact")
        assert trace.value(trace.graph.output) == sp.Rational(1, 21) + sp.Rational(1, 10)
        assert trace.result() == {"x": sp.Rational(1, 7), "y": sp.Rational(-1, 147)}

    def test_surds(self) -> None:
        trace = gv.run(np.sqrt(x) * gv.sigmoid(y), x=2, y=0, backend="exact")
        assert trace.result() == {"x": sp.sqrt(2) / 8, "y": sp.sqrt(2) / 4}

    def test_symbols(self) -> None:
        trace = gv.run(np.sin(x * y), backend="exact")
        a, b = sp.Symbol("x", real=True), sp.Symbol("y", real=True)
        assert trace.result() == {"x": b * sp.cos(a * b), "y": a * sp.cos(a * b)}

    def test_undecided_cases_stay_cases(self) -> None:
        a = sp.Symbol("x", real=True)
        assert gv.run(gv.relu(x), backend="exact").gradient("x") == sp.Piecewise(
            (1, a > 0), (0, True)
        )

    def test_some_values_missing(self) -> None:
        with pytest.raises(ValueInputError, match="no value for y"):
            gv.run(x * y, x=1, backend="exact")

    @pytest.mark.parametrize(
        ("expression", "at", "op", "got"),
        [
            (np.log(x), -1, "log", "I*pi"),
            (1 / x, 0, "div", "infinity"),
            (np.sqrt(x), -1, "sqrt", "I"),
            (np.log(x), 0, "log", "infinity"),
            (x / x, 0, "div", "0/0"),
            (x ** (1 / 2), -4, "pow", "2*I"),
            (np.sqrt(x), 0, "the gradient of sqrt", "infinity"),
            (x**0.5, 0, "the gradient of pow", "infinity"),
        ],
    )
    def test_no_real_value(self, expression: Any, at: float, op: str, got: str) -> None:
        with pytest.raises(DomainError, match=f"^{op} has no real, finite value") as caught:
            gv.run(expression, x=at, backend="exact")
        assert got in caught.value.got

    @pytest.mark.parametrize("at", [math.nan, math.inf, "NaN", "-Infinity"])
    def test_no_number_goes_in(self, at: Any) -> None:
        with pytest.raises(GradvizError):
            gv.run(x + 1, x=at, backend="exact")

    def test_whole_numbers_in_arrays_stay_exact(self) -> None:
        given = np.array([1, 2], dtype=object)
        assert gv.run(x / 3, x=given, backend="exact", upstream=[1, 1]).values[-1].tolist() == [
            sp.Rational(1, 3),
            sp.Rational(2, 3),
        ]


@pytest.mark.parametrize(
    ("expression", "at", "value", "gradient"),
    [
        (np.log(x), -1, math.nan, -1),
        (1 / x, 0, math.inf, -math.inf),
        (np.sqrt(x), 0, 0, math.inf),
        (np.exp(x) * 0, 1000, math.nan, math.nan),
        (x + 1, math.inf, math.inf, 1),
        (x * 0, math.nan, math.nan, 0),
    ],
)
def test_floats_go_on_with_infinity_and_nan(
    expression: Any, at: float, value: float, gradient: float
) -> None:
    trace = gv.run(expression, x=at)
    np.testing.assert_equal(float(trace.value(trace.graph.output)), value)
    np.testing.assert_equal(float(trace.gradient("x")), gradient)


@pytest.mark.parametrize("dtype", ["float32", np.float32, np.dtype("float32")])
def test_float32_stays_float32(dtype: Any) -> None:
    f = np.sum(gv.gelu(x @ y) + gv.leaky_relu(z, 0.1) * 2.5 + gv.elu(z) + gv.erf(z)) / 3
    trace = gv.run(f, x=np.ones((2, 2)), y=[[0.1, 0.2], [0.3, 0.4]], z=0.5, dtype=dtype)
    assert trace.dtype == "float32"
    assert {v.dtype.name for v in trace.values} == {"float32"}
    assert {g.dtype.name for g in trace.gradients if g is not None} == {"float32"}
    for step in trace.steps[trace.seed_step :]:
        kinds = {
            np.asarray(v).dtype.name
            for v in (step.upstream, step.contribution, step.before, step.after)
        }
        assert kinds == {"float32"}


def test_what_the_caller_changes_later_changes_no_trace() -> None:
    given, large = np.ones(3), np.ones(100)
    f = np.sum(x * x) + np.sum(large * 2 * y)
    trace = gv.run(f, x=given, y=1)
    given[0], large[0] = 99, 99
    assert trace.value("x").tolist() == [1, 1, 1]
    assert gv.run(f, x=given, y=1).gradient("y") == 200


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ({"x": 1}, ValueInputError, "no value for y"),
        ({}, ValueInputError, "no value for x and y"),
        ({"x": 1, "y": 2, "w": 3}, ValueInputError, "no input called 'w'"),
        ({"x": 1, "y": 2, "bakend": "numpy"}, ValueInputError, "did you mean backend"),
        ({"x": 1, "y": 2, "backend": "numpi"}, UnknownNameError, "did you mean numpy"),
        ({"x": 1, "y": 2, "dtype": "float16"}, UnknownNameError, "no dtype 'float16'"),
        ({"x": 1, "y": 2, "dtype": float}, UnknownNameError, "did you mean float64"),
        ({"x": 1, "values": {"x": 1, "y": 2}}, ValueInputError, "x is given twice"),
        ({"values": [1, 2]}, ValueInputError, "dictionary"),
        ({"x": None, "y": 2}, ValueInputError, "the value of x"),
        ({"x": [[1], [1, 2]], "y": 2}, ValueInputError, "the value of x"),
        ({"x": 1j, "y": 2}, ValueInputError, "real numbers"),
        ({"x": 10**400, "y": 2}, ValueInputError, "too large"),
        ({"x": [1, 2], "y": [1, 2, 3]}, ShapeError, "do not fit mul"),
    ],
)  # fmt: skip
def test_slips_are_answered(arguments: dict[str, Any], kind: type[Exception], says: str) -> None:
    with pytest.raises(kind) as caught:
        gv.run(x * y, **arguments)
    assert says in str(caught.value)


def test_inputs_whose_names_clash_with_options() -> None:
    values, backend = gv.inputs("values backend")
    trace = gv.run(values * backend, values={"values": 2, "backend": 3})
    assert trace.result() == {"values": 3, "backend": 2}


@pytest.mark.parametrize("source", [None, 5, [1], object])
def test_what_cannot_run(source: Any) -> None:
    with pytest.raises(ValueInputError, match="not something that gradviz can run"):
        gv.run(source)


def test_cupy_without_a_gpu_says_what_is_missing() -> None:
    try:
        import cupy
    except ImportError:
        cupy = None
    if cupy is not None and cupy.is_available():
        assert gv.run(x * y, x=2, y=3, backend="cupy").gradient("x") == 3
        return
    with pytest.raises(BackendError, match="cupy") as caught:
        gv.run(x, x=1, backend="cupy")
    assert "leave --backend out" in str(caught.value)


def test_a_chain_of_100000_nodes() -> None:
    """Growing, collecting, running, seeking: nothing recurses."""
    f = x
    for _ in range(100_000):
        f = f + 1
    trace = gv.run(f, x=5)
    assert trace.value(trace.graph.output) == 100_005
    assert trace.gradient("x") == 1
    assert len(trace) == 200_001
    assert trace.step(200_001).edge.source == trace.graph.find("x")
    del f


@pytest.mark.parametrize(
    "code",
    ["import gradviz", "import gradviz as gv; gv.inputs('x y'); (gv.inputs('x')[0] + 1) * 2"],
)
def test_importing_is_light(code: str) -> None:
    heavy = ["numpy", "sympy", "textual", "rich", "PIL"]
    report = f"{code}; import sys; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_prepared_run_knows_its_steps_before_it_is_computed() -> None:
    """x*y + z has four edges: two into the sum, two into the product."""
    ready = prepare("x*y + z", values={"x": -3, "y": 5, "z": 2})
    assert ready.edges is not None and len(ready.edges) == 4
    assert ready.edges == ready.trace().recording.edges
    assert ready.trace().gradient("x") == 5
    forward_only = prepare("x*y", values={"x": [1, 2], "y": 3})
    assert forward_only.edges is None and "forward pass only" in forward_only.note
    with pytest.raises(ShapeError, match="upstream"):
        prepare("x*y", values={"x": [1, 2], "y": 3}, upstream=[1, 2, 3])
    with pytest.raises(ValueInputError, match="not exact"):
        prepare("net:mlp:2-2-1", values={"x": [1, 0]}, backend="exact")


def test_which_options_of_a_run_were_chosen() -> None:
    usual = {"values": {}, "wrt": None, "upstream": None, "backend": "numpy", "dtype": "float64"}
    assert chosen(usual) == []
    asked = {"values": {"x": 1}, "wrt": "x", "upstream": np.ones(2), "dtype": np.float32}
    assert chosen(usual | asked | {"backend": "exact"}) == [*usual]


class Tensor:
    """What gradviz asks of a tensor of PyTorch that records gradients."""

    def __init__(self, values: Any, recording: bool = True) -> None:
        self.values, self.recording, self.shape = values, recording, np.shape(values)

    def detach(self) -> "Tensor":
        return Tensor(self.values, recording=False)

    def cpu(self) -> "Tensor":
        return self

    def numpy(self) -> Any:
        if self.recording:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.values is None:
            raise TypeError("can't convert Sparse layout tensor to numpy.")
        return np.array(self.values)

    def __array__(self, *args: Any, **options: Any) -> Any:
        return self.numpy()


def test_a_tensor_that_records_gradients_is_a_value_and_a_constant() -> None:
    assert gv.run("sum(x*2)", x=Tensor([1.0, 2.0])).gradient("x").tolist() == [2, 2]
    (x,) = gv.inputs("x")
    assert gv.run(gv.sum(x * Tensor([3.0, 4.0])), x=1).gradient("x") == 7
    with pytest.raises(ValueInputError, match="this tensor cannot become an array"):
        gv.run("sum(x)", x=Tensor(None))
    with pytest.raises(ExpressionError, match="this tensor cannot become an array"):
        x * Tensor(None)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: gv.run("x", x=1, wrt=3.5), "not a node"),
        (lambda: gv.run("x", x=1, backend=3), "no backend 3"),
        (lambda: gv.run("x", x=1, backend=[]), "no backend"),
        (lambda: gv.run("x", x=1, dtype=[]), "no dtype"),
        (lambda: gv.run("x", values={1: 2}), "no input called 1"),
        (lambda: gv.run("x", x=len), "the value of x"),
        (lambda: gv.run("x", x=None), "the value of x"),
        (lambda: gv.run("x", x={1}), "the value of x"),
        (lambda: gv.inputs(3), "made from their names"),
        (lambda: gv.inputs(None), "made from their names"),
        (lambda: gv.run("x", x=1).step("a"), "no step a"),
        (lambda: gv.run("x*x", x=1).step(1.5), "no step 1.5"),
        (lambda: gv.frame(None, 1), "only a run has frames"),
        (lambda: gv.Trace.from_json(None), "read from JSON"),
        (lambda: gv.Trace.load(3), "named by its path"),
        (lambda: gv.run("x", x=1).save(None), "named by its path"),
        (lambda: gv.render(gv.run("x", x=1), None), "named by its path"),
        (lambda: gv.load_weights(3, gv.net("xor")), "named by its path"),
        (lambda: gv.save_weights(3, {}), "named by its path"),
        (lambda: gv.exam.read(3), "named by its path"),
        (lambda: gv.exam.grade(3, "x"), "only a question"),
        (lambda: gv.exam.make(3, [], "pdf", "papers"), "made from an exam"),
    ],
)
def test_arguments_of_the_wrong_type_are_refused_by_us(ask: Any, says: str) -> None:
    with pytest.raises(GradvizError) as caught:
        ask()
    assert says in str(caught.value)
