"""Every op of the table is proved, measured and compared, whatever it is: a new op needs no test of
its own.
"""

import itertools
import math
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy as sp

from gradviz.arrays import for_backend
from gradviz.errors import GradvizError
from gradviz.ops import Op, every
from gradviz.ops.op import REQUIRED
from tests.ops.backward import elementwise
from tests.sampled import sampled

OPS = list(every())
BROADCASTS = {
    1: [((),), ((3,),), ((2, 2),)],
    2: [((), ()), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 2)), ((2, 2), ())],
    3: [((), (), ()), ((2, 1), (3,), ()), ((2, 2), (2, 2), (2,))],
}
POOL = [(), (1,), (2,), (3,), (2, 3), (3, 2), (1, 3), (2, 2, 3)]
XP = for_backend("numpy", "float64")
EXACT = for_backend("exact")


class Case(NamedTuple):
    op: Op
    shapes: tuple[tuple[int, ...], ...]
    options: dict[str, Any]

    def __str__(self) -> str:
        given = ",".join(f"{k}={v}" for k, v in self.options.items())
        return f"{self.op.name}{list(self.shapes)}{given}".replace(" ", "")


def cases(op: Op) -> Iterator[Case]:
    usual = dict(op.options)
    for shapes, options in op.examples:
        yield Case(op, shapes, usual | dict(options))
    if op.elementwise:
        needed = dict(op.examples[0][1]) if REQUIRED in usual.values() else {}
        for shapes in BROADCASTS[len(op.inputs)]:
            yield Case(op, shapes, usual | needed)


CASES = [case for op in OPS for case in cases(op)]
SMOOTH = [case for case in CASES if not case.op.is_condition]


def named(case: Case) -> str:
    return str(case)


def takes_gradient(case: Case, slot: int) -> bool:
    return case.op.has_gradient(slot, case.shapes, case.options)


def exact_point(case: Case, seed: int) -> list[np.ndarray]:
    """Fractions inside the op's domain; one of its ends for conditions, labels and indices."""
    rng = random.Random(f"{case} {seed}")
    point = []
    for slot, shape in enumerate(case.shapes):
        low, high = case.op.domain[0 if case.op.variadic else slot]
        size = math.prod(shape)
        if takes_gradient(case, slot) or case.op.is_condition:
            numbers = [
                Fraction(rng.randint(math.ceil(low * 16), math.floor(high * 16)), 16)
                for _ in range(size)
            ]
            numbers = [n + Fraction(k, 160) for k, n in enumerate(numbers)]  # no ties
        else:
            numbers = [Fraction(rng.choice((int(low), int(high)))) for _ in range(size)]
        array = np.empty(size, dtype=object)
        array[:] = numbers
        point.append(array.reshape(shape))
    return point


def off_the_kinks(case: Case, point: list[np.ndarray], reach: float) -> bool:
    """Whether one smooth piece holds in a whole neighbourhood of the point."""
    if case.op.pieces is None:
        return True
    here = floats(point)
    seen = set()
    for signs in neighbours(case, sum(p.size for p in here)):
        moves = np.array(signs, dtype=float) * reach
        moved, at = [], 0
        for slot, p in enumerate(here):
            step = moves[at : at + p.size].reshape(p.shape)
            moved.append(p + step if takes_gradient(case, slot) else p)
            at += p.size
        seen.add(np.asarray(case.op.pieces(XP, *moved, **case.options)).tobytes())
    return len(seen) == 1


def neighbours(case: Case, size: int) -> Iterator[list[int]]:
    """Directions around a point: where every element moves, some up, some down."""
    rng = random.Random(str(case))
    yield [0] * size
    for _ in range(20):
        yield [rng.choice((-1, 1)) for _ in range(size)]


def floats(point: list[np.ndarray]) -> list[np.ndarray]:
    return [np.array([float(v) for v in p.flat]).reshape(p.shape) for p in point]


def a_point(case: Case, seed: int = 0) -> list[np.ndarray]:
    return next(
        p
        for p in (exact_point(case, seed * 100 + k) for k in range(100))
        if off_the_kinks(case, p, 1e-3)
    )


def contribution(
    op: Op, xp: Any, slot: int, g: Any, y: Any, inputs: list[Any], options: dict[str, Any]
) -> Any:
    """upstream × local, summed where the input was broadcast; or the op's own VJP."""
    if op.vjp is not None:
        extra = {"slot": slot} if op.variadic else {}
        return op.vjp[0 if op.variadic else slot](xp, g, y, *inputs, **options, **extra)
    brought = elementwise(op, slot, xp, g, y, *inputs, **options)
    full = np.broadcast_to(np.asarray(brought, dtype=getattr(g, "dtype", None)), np.shape(g))
    shape = np.shape(inputs[slot])
    lead = full.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(
        lead + i for i, n in enumerate(shape) if n == 1 and full.shape[lead + i] != 1
    )
    return np.asarray(np.sum(full, axis=axes)).reshape(shape)


def symbols(case: Case) -> list[np.ndarray]:
    """A symbol for each element that takes a gradient, positive where the domain is."""
    arrays = []
    for slot, shape in enumerate(case.shapes):
        low, _ = case.op.domain[0 if case.op.variadic else slot]
        array = np.empty(shape, dtype=object)
        for place in np.ndindex(shape):
            name = f"s{slot}_" + "_".join(map(str, place))
            array[place] = sp.Symbol(name, positive=True) if low > 0 else sp.Symbol(name, real=True)
        arrays.append(array)
    return arrays


def values_at(point: list[np.ndarray], arrays: list[np.ndarray]) -> dict[Any, Any]:
    return {
        s: sp.Rational(v.numerator, v.denominator)
        for p, a in zip(point, arrays, strict=True)
        for s, v in zip(a.flat, p.flat, strict=True)
    }


@sampled("case", SMOOTH, few=110, ids=named)
def test_the_rule_is_proved_against_sympy(case: Case) -> None:
    """Our contribution equals the derivative that sympy takes of the forward formula, contracted
    with g.
    """
    op, options = case.op, {k: EXACT.number(v) for k, v in case.options.items()}
    arrays = symbols(case)
    points = [a_point(case, seed) for seed in range(3)]
    inputs = [
        a if takes_gradient(case, slot) else EXACT.asindex(points[0][slot])
        for slot, a in enumerate(arrays)
    ]
    y = EXACT.asarray(op.forward(EXACT, *inputs, **options))
    rng = random.Random(op.name)
    g = EXACT.asarray(
        np.array([Fraction(rng.randint(1, 9), 7) for _ in range(y.size)], dtype=object).reshape(
            y.shape
        )
    )
    total = sum(a * b for a, b in zip(g.flat, y.flat, strict=True))
    for slot in filter(lambda s: takes_gradient(case, s), range(len(arrays))):
        ours = EXACT.asarray(contribution(op, EXACT, slot, g, y, inputs, options))
        assert ours.shape == case.shapes[slot]
        for rule, symbol in zip(ours.flat, arrays[slot].flat, strict=True):
            difference = rule - sp.diff(total, symbol)
            if y.size == 1 and op.pieces is None and sp.simplify(difference) == 0:
                continue
            for point in points:
                at = values_at(point, arrays)
                assert abs(sp.N(difference.subs(at), 50)) < sp.Float("1e-45"), (
                    rule,
                    sp.diff(total, symbol),
                    at,
                )


@pytest.mark.parametrize("case", SMOOTH, ids=named)
def test_the_gradient_agrees_with_differences_in_a_random_direction(case: Case) -> None:
    op, options, h = case.op, case.options, 1e-5
    rng = np.random.default_rng(sum(map(ord, str(case))))
    for seed in range(2):
        x = floats(a_point(case, seed))
        move = [
            rng.normal(size=p.shape) / 3 if takes_gradient(case, s) else np.zeros(p.shape)
            for s, p in enumerate(x)
        ]
        y = np.asarray(op.forward(XP, *x, **options))
        g = rng.normal(size=y.shape)

        def along(step: float, x: Any = x, move: Any = move, g: Any = g) -> float:
            moved = [p + step * m if m.any() else p for p, m in zip(x, move, strict=True)]
            return float(np.sum(g * op.forward(XP, *moved, **options)))

        measured = (along(h) - along(-h)) / (2 * h)
        ours = sum(
            float(np.sum(contribution(op, XP, slot, g, y, x, options) * move[slot]))
            for slot in range(len(x))
            if takes_gradient(case, slot)
        )
        assert ours == pytest.approx(measured, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if not all(takes_gradient(c, slot) for slot in range(len(c.shapes)))],
    ids=named,
)
def test_an_operand_without_a_gradient_has_none(case: Case) -> None:
    """Whatever its declaration says: it refuses numbers that are not whole, or the value stays as
    it is when it moves. Elsewhere the value may jump, so each element is moved both ways.
    """
    op, rng = case.op, np.random.default_rng(len(str(case)))
    for slot in range(len(case.shapes)):
        if takes_gradient(case, slot):
            continue
        x = floats(a_point(case))
        low, high = op.domain[0 if op.variadic else slot]
        x[slot] = rng.uniform(low, high, case.shapes[slot])
        try:
            with XP.quiet():
                here = op.forward(XP, *x, **case.options)
        except GradvizError:
            continue
        for place in np.ndindex(case.shapes[slot]):
            for step in (1e-9, -1e-9):
                moved = [*x]
                moved[slot] = x[slot].copy()
                moved[slot][place] += step
                with XP.quiet():
                    there = op.forward(XP, *moved, **case.options)
                assert np.array_equal(there, here), (slot, place)


def _flat_from(x: Any, start: int) -> Any:
    """PyTorch's flatten(start_dim), in NumPy's terms."""
    kept = x.shape[:start] if -x.ndim <= start < x.ndim else np.zeros(x.shape)[(0,) * (x.ndim + 1)]
    return x.reshape(*kept, int(np.prod(x.shape[len(kept) :])))


REFERENCE = {
    "add": np.add,
    "matmul": np.matmul,
    "dot": np.dot,
    "where": np.where,
    "sum": np.sum,
    "mean": np.mean,
    "max": np.max,
    "min": np.min,
    "prod": np.prod,
    "norm": lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims)),
    "reshape": np.reshape,
    "transpose": np.transpose,
    "flip": lambda x, axes: np.flip(x, axes),
    "flatten": lambda x, start: x.reshape(-1) if start == 0 else _flat_from(x, start),
    "append": lambda x, value: np.concatenate([x, np.full((*x.shape[:-1], 1), value)], -1),
    "concatenate": lambda *xs, axis: np.concatenate(xs, axis),
    "stack": lambda *xs, axis: np.stack(xs, axis),
    "put": lambda x, value, index: _put(x, value, index),
    "index": lambda x, index: x[
        eval("np.s_[" + ",".join(map(str, index)).replace("newaxis", "None") + "]")
    ],
}


def _put(x: Any, value: Any, index: Any) -> Any:
    """x[index] = value; ValueError where NumPy would repeat the value along an axis."""
    found = np.array(x)
    at = eval("np.s_[" + ",".join(map(str, index)).replace("newaxis", "None") + "]")
    try:
        if np.ndim(value) and np.shape(value) != np.shape(found[at]):
            raise ValueError
    except IndexError:
        raise ValueError from None
    found[at] = value
    return found


def numpy_of(op: Op) -> Any:
    """NumPy's own function for an op; any elementwise one stands for those that NumPy lacks."""
    if op.name in REFERENCE:
        return REFERENCE[op.name]
    return lambda *xs, **_: np.broadcast_arrays(*xs)[0]


def attempts(op: Op) -> Iterator[Case]:
    """All small shapes, fitting and not, with every sample of options."""
    samples = [dict(o) for _, o in op.examples] or [{}]
    unique = [o for i, o in enumerate(samples) if o not in samples[:i]]
    counts = (1, 2, 3) if op.variadic else range(op.required, min(len(op.inputs), 3) + 1)
    for count, options in itertools.product(counts, unique):
        for shapes in itertools.product(POOL, repeat=count):
            yield Case(op, shapes, dict(op.options) | options)


def has_reference(op: Op) -> bool:
    return op.elementwise or op.name in REFERENCE or bool(op.numpy)


@pytest.mark.parametrize("op", [op for op in OPS if has_reference(op)], ids=lambda op: op.name)
def test_the_shape_rule_is_numpys_and_names_its_misfits(op: Op) -> None:
    """For all small shapes: NumPy's shape where NumPy computes, a ShapeError exactly where it
    raises.
    """
    fits = misfits = 0
    for case in attempts(op):
        if case.shapes == ((),) and case.options.get("axis") in (0, -1):
            continue  # NumPy lets a scalar pass for an array of one axis here; we do not
        try:
            expected = np.shape(numpy_of(op)(*(np.ones(s) for s in case.shapes), **case.options))
        except (ValueError, IndexError):
            misfits += 1
            with pytest.raises(GradvizError) as caught:
                op.shape(*case.shapes, **case.options)
            assert op.name in str(caught.value) and caught.value.expected and caught.value.got, str(
                case
            )
        else:
            fits += 1
            assert op.shape(*case.shapes, **case.options) == expected, str(case)
            if not op.is_condition and op.name not in ("clip", "where"):
                assert (
                    np.shape(op.forward(XP, *(np.ones(s) for s in case.shapes), **case.options))
                    == expected
                )
    assert fits > 2
    assert misfits > 2 or len(op.inputs) == 1


@pytest.mark.parametrize("op", [op for op in OPS if not has_reference(op)], ids=lambda op: op.name)
def test_the_shape_rule_is_what_forward_computes_and_names_its_misfits(op: Op) -> None:
    """For ops that NumPy does not have: all small shapes that the rule takes are computed, in its
    shape.
    """
    fits = misfits = 0
    for case in attempts(op):
        try:
            expected = op.shape(*case.shapes, **case.options)
        except GradvizError as error:
            misfits += 1
            assert op.name in str(error) and error.expected and error.got, str(case)
            continue
        fits += 1
        x = [
            np.ones(s) if takes_gradient(case, slot) else np.full(s, int(op.domain[slot][0]))
            for slot, s in enumerate(case.shapes)
        ]
        with XP.quiet():
            assert np.shape(op.forward(XP, *x, **case.options)) == expected, str(case)
    for case in cases(op):
        fits += 1
        y = op.forward(XP, *floats(a_point(case)), **case.options)
        assert op.shape(*case.shapes, **case.options) == np.shape(y), str(case)
    assert fits > 1
    assert misfits or op.required in (1, 4)  # four operands or more are tried in tests of their own


@pytest.mark.parametrize("op", [op for op in OPS if op.numpy], ids=lambda op: op.name)
def test_numpys_names_mean_the_same(op: Op) -> None:
    """Every NumPy name of an op is a NumPy function that computes the same."""
    case = next(cases(op))
    x = floats(a_point(case))
    ours = op.forward(XP, *x, **case.options)
    back = {
        ours_name: theirs
        for theirs, ours_name in op.aliases.items()
        if theirs in ("a_min", "a_max")
    }
    for name in op.numpy:
        function = getattr(np, name, None) or getattr(np.linalg, name)
        options = {back.get(k, k): v for k, v in case.options.items() if v != op.options[k]}
        if op.variadic:
            theirs = function(x, **options)
        elif op.name == "reshape":
            theirs = function(*x, options["shape"])
        else:
            theirs = function(*x, **options)
        np.testing.assert_allclose(ours, theirs, rtol=1e-14)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_fact_is_declared(op: Op) -> None:
    assert op.summary and not op.summary.endswith(".") and "\n" not in op.summary
    assert op.signature().startswith(op.name + "(")
    assert len(op.domain) == len(op.inputs)
    assert all(low < high for low, high in op.domain)
    assert op.elementwise or op.examples, "an op with a vjp needs sample calls"
    kinds = {pattern.split()[0] for pattern in op.words}
    assert kinds <= {"forward", "backward"} and "forward" in kinds
    if not op.is_condition:
        assert "backward" in kinds
    assert all(text.strip() for text in op.words.values())
    if op.pieces is not None:
        assert op.ties, "who has kinks says what holds at them"
    for slot in range(len(op.inputs)):
        if op.differentiable(slot):
            keys = [k for k in op.words if k.startswith(("backward", f"backward {slot}"))]
            assert keys, "every operand's gradient has its reason"


def test_names_are_given_once() -> None:
    names = [op.name for op in OPS]
    numpy = [name for op in OPS for name in op.numpy]
    assert len(set(names)) == len(names)
    assert len(set(numpy)) == len(numpy)
