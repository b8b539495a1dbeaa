"""The graph's own namespace: the `xp` on which a formula builds expressions, not values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from gradviz.arrays.namespace import ScalarNamespace, keep_mask
from gradviz.errors import ValueInputError
from gradviz.graph.expression import Expression, call, constant
from gradviz.graph.graph import CONSTANT, INPUT, shape_of
from gradviz.ops.op import Shape
from gradviz.ops.registry import get

LEAST_SQUARE = {"float64": 2.0**-970, "float32": 2.0**-102}
"""Squares below these have neighbours that vanish, though they matter to a length."""
LARGEST_EXPONENT = 40
"""Exponentials of larger numbers swamp their neighbours in rounding, and soon overflow."""


class Symbols:
    """An array namespace whose values are expressions.

    That is enough to write a rule down. An op's `expand` may also ask for shapes, and for facts
    that depend on the recorded numbers: `given` holds the value of every input by name, as arrays
    of the namespace `xp`.
    """

    name = "graph"

    def __init__(self, given: Mapping[str, Any] | None = None, xp: Any = None) -> None:
        self._given, self._xp = dict(given or {}), xp
        self._taken = set(self._given)
        self._shapes: dict[int, tuple[Expression, Shape]] = {}

    @property
    def pi(self) -> Expression:
        """π."""
        return Expression(CONSTANT, (), {"value": "pi"})

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        return partial(call, get(name))

    def asarray(self, value: Any) -> Expression:
        """`value` as an expression."""
        return constant(value)

    def limit(self, value: Any, where: Any, instead: Any) -> Expression:
        """The written formula itself; its limits are implied."""
        return constant(value)

    def stable(
        self,
        written: Callable[..., Any],
        computed: Callable[..., Any],
        where: Callable[..., Any] | None = None,
        *operands: Any,
    ) -> Expression:
        """The formula as it is written."""
        return self.asarray(written(*operands))

    def erfc(self, x: Any) -> Expression:
        """1 − erf(x)."""
        return call("sub", constant(1), call("erf", x))

    def logaddexp(self, a: Any, b: Any) -> Expression:
        """log(exp(a) + exp(b))."""
        return call("log", call("exp", a) + call("exp", b))

    def named(self, name: str, expression: Expression) -> Expression:
        """The expression under a name, with underscores added if that name is taken."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return expression.named(name)

    def shape(self, value: Any) -> Shape:
        """The shape of an expression, from those of the inputs.

        Raises ValueInputError if an input's shape is not known, ShapeError if shapes do not fit.
        """
        known, todo = self._shapes, [constant(value)]
        output = todo[0]
        while todo:
            node = todo[-1]
            unknown = [i for i in node.inputs if id(i) not in known]
            if unknown and id(node) not in known:
                todo.extend(reversed(unknown))
                continue
            known.setdefault(id(node), (node, self._own_shape(node)))
            todo.pop()
        return known[id(output)][1]

    def _own_shape(self, node: Expression) -> Shape:
        """The shape of a node whose operands' shapes are known."""
        if node.op == CONSTANT:
            return shape_of(node.options["value"])
        if node.op != INPUT:
            return tuple(
                get(node.op).shape(*(self._shapes[id(i)][1] for i in node.inputs), **node.options)
            )
        if node.name in self._given:
            return tuple(self._xp.shape(self._given[node.name]))
        if "shape" not in node.options:
            raise ValueInputError(
                f"the shape of {node.name} is not known yet", hint="give its value"
            )
        return tuple(node.options["shape"])

    def one_hot(self, labels: Expression, count: int) -> Expression:
        """One row of conditions per label: which of the `count` classes it is."""
        column = labels[..., None] if self.shape(labels) else labels
        return call("equal", column, list(range(count)))

    def kept(self, x: Any, drop: Any, seed: int) -> Expression:
        """Which elements of x dropout keeps, 1 or 0, as a constant."""
        return constant(keep_mask(self.shape(x), drop, seed).astype(int))

    def extreme(self, x: Expression, bound: int = LARGEST_EXPONENT) -> bool:
        """Whether the recorded numbers of an input are too large for accurate exponentials."""
        recorded = self._recorded(x)
        return recorded is not None and bool((self._xp.abs(recorded) > bound).any())

    def touches(self, x: Expression, value: int) -> bool:
        """Whether a number of an expression of the recorded inputs is this one."""
        recorded = self._value(x)
        return recorded is not None and bool((recorded == value).any())

    def overflows(self, x: Expression) -> bool:
        """Whether an expression of the recorded inputs is infinite, or not a number."""
        recorded = self._value(x)
        return recorded is not None and not self._xp.finite(recorded)

    def scale(self, x: Expression, axis: Any, plus: float = 0) -> Expression | None:
        """What to divide an expression by so that its squares, summed along axes and added to
        `plus`, stay within a float's range: the largest absolute numbers along the axes, which stay
        as 1. None if no sum needs that.
        """
        recorded, xp = self._value(x), self._xp
        if recorded is None or xp.name == "exact" or not math.prod(xp.shape(recorded)):
            return None
        with xp.quiet():
            largest = xp.max(xp.abs(recorded), axis=axis, keepdims=True)
            squared = xp.sum(recorded * recorded, axis=axis, keepdims=True) + plus
        fits = xp.isfinite(squared) & (squared > LEAST_SQUARE[xp.dtype])
        needed = ~fits & (largest > 0) & xp.isfinite(largest)
        if not needed.any():
            return None
        return self.named("scale", constant(xp.plain(xp.where(needed, largest, 1))))

    def stabiliser(self, x: Expression, axis: Any) -> Any:
        """What softmax subtracts so that exp cannot overflow: a constant, or 0 if not needed."""
        if not self.extreme(x):
            return 0
        xp = self._xp
        largest = xp.max(self._recorded(x), axis=axis, keepdims=True)
        return self.named("shift", constant(xp.plain(largest)))

    def _value(self, x: Expression) -> Any:
        """The value of an expression of the recorded inputs; None if they are unknown."""
        if self._xp is None:
            return None
        known: dict[int, Any] = {}
        todo = [x]
        while todo:
            node = todo[-1]
            if node.op == CONSTANT:
                known[id(node)] = self._xp.asreal(node.options["value"])
            elif node.op == INPUT:
                if node.name not in self._given:
                    return None
                known[id(node)] = self._xp.asreal(self._given[node.name])
            elif unknown := [i for i in node.inputs if id(i) not in known]:
                todo.extend(unknown)
                continue
            else:
                options = {k: self._xp.number(v) for k, v in node.options.items()}
                operands = [known[id(i)] for i in node.inputs]
                with self._xp.quiet():
                    found = get(node.op).forward(self._xp, *operands, **options)
                known[id(node)] = self._xp.asarray(found)
            todo.pop()
        return known[id(x)]

    def _recorded(self, x: Expression) -> Any:
        """The recorded numbers of an input or a constant; None if they are unknown or exact."""
        if self._xp is None or self._xp.name == "exact":
            return None
        if x.op == CONSTANT:
            return self._xp.asreal(x.options["value"])
        return self._xp.asreal(self._given[x.name]) if x.name in self._given else None


if TYPE_CHECKING:
    _: ScalarNamespace = Symbols()
