"""Building a graph in Python: expressions that operators and NumPy's functions combine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from numbers import Real
from typing import Any, NoReturn

from gradviz.arrays import detached
from gradviz.calls import answering
from gradviz.errors import ExpressionError, GradvizError, UnknownNameError, ValueInputError
from gradviz.files import clean_line
from gradviz.graph.graph import CONSTANT, INPUT, LEAVES, Graph, Node
from gradviz.graph.text.grammar import RESERVED
from gradviz.ops.op import Op
from gradviz.ops.registry import by_numpy_name, by_operator, declared, get
from gradviz.shown import Shown


def graph_of(output: Expression) -> Graph:
    """The graph that ends in `output`, its nodes in the order in which operands are written.

    Raises ValueInputError if two different inputs or named nodes share a name.
    """
    inputs, constants, others = _in_order(output)
    rows = inputs + others
    _refuse_shared_names(rows)
    place = dict(zip(rows, range(len(rows)), strict=True))
    at = place.__getitem__
    args: list[tuple[int, ...]] = [()] * len(inputs)
    args += [tuple(map(at, row.inputs)) for row in others]
    names = [row.op for row in rows]
    known = declared(set(names).difference(LEAVES))
    ops = tuple(map(known.get, names))
    having = {op for op in known.values() if op.options}
    settings = {i: rows[i].options for i, op in enumerate(ops) if op in having} if having else {}
    graph = Graph.of_columns(partial(_node, rows, args), ops, args, place[output], built_from=rows)
    graph.__dict__.update(
        input_names=tuple([clean_line(row.name) for row in inputs]),
        input_options=tuple([row.options for row in inputs]),
        constants=[(place[row], row.options["value"]) for row in constants],
        settings=settings,
        kinds=frozenset(known.values()),
    )
    return graph


def _node(rows: list[Expression], args: list[tuple[int, ...]], i: int) -> Node:
    row = rows[i]
    return Node(i, row.op, args[i], row.options, clean_line(row.name), clean_line(row.scope))


def _refuse_shared_names(rows: list[Expression]) -> None:
    named = [row.name for row in rows if row.name]
    if len(set(named)) < len(named):
        twice = next(name for name, count in Counter(named).items() if count > 1)
        raise ValueInputError(
            f"two different nodes are called {twice!r}", expected="a name for one node only"
        )


def _in_order(output: Expression) -> tuple[list[Expression], list[Expression], list[Expression]]:
    """The inputs, the constants, and everything but the inputs: operands first, in slot order.

    Iterative, so that long chains work; every use of an expression is looked at once.
    """
    inputs: list[Expression] = []
    constants: list[Expression] = []
    others: list[Expression] = []
    seen = {output}
    waiting = [output]
    operands = [iter(output.inputs)]
    while waiting:
        for row in operands[-1]:
            if row not in seen:
                seen.add(row)
                if row.inputs:
                    waiting.append(row)
                    operands.append(iter(row.inputs))
                    break
                if row.op == INPUT:
                    inputs.append(row)
                else:
                    constants.append(row)
                    others.append(row)
        else:
            operands.pop()
            others.append(waiting.pop())
    if output.op == INPUT:
        return [output], [], []
    return inputs, [output] if output.op == CONSTANT else constants, others


def postorder(
    output: Expression, done: Callable[[Expression], bool] | None = None
) -> Iterator[Expression]:
    """Every expression once, operands first, in slot order. Iterative, so that long chains work.

    Expressions for which `done` is true are skipped, and so is everything that only they need.
    """
    seen: set[int] = set()
    stack: list[tuple[Expression, bool]] = [(output, False)]
    while stack:
        expression, ready = stack.pop()
        if id(expression) in seen or (done and done(expression)):
            continue
        if ready or not expression.inputs:
            seen.add(id(expression))
            yield expression
            continue
        stack.append((expression, True))
        stack.extend((i, False) for i in reversed(expression.inputs))


_SCOPE: ContextVar[str] = ContextVar("scope", default="")
NO_OPTIONS: Mapping[str, Any] = {}


def _operators(operator: str) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """The methods for an operator of two operands, as it stands and reflected. What most graphs
    are made of, expressions and plain numbers, is recognised first.
    """
    name = by_operator(operator).name

    def method(self: Expression, other: Any) -> Any:
        kind = other.__class__
        if kind is Expression:
            return Expression(name, (self, other))
        if kind is float or kind is int:
            return Expression(name, (self, Expression(CONSTANT, (), {"value": other})))
        return apply(operator, self, other)

    def reflected(self: Expression, other: Any) -> Any:
        return apply(operator, other, self)

    return method, reflected


@answering("Expression", "named")
class Expression(Shown):
    """An input, a constant, or an op applied to expressions. Immutable, except for its name.

    Operators and NumPy's functions make new ones; two are the same only if they are the same object
    (comparisons build conditions, so `==` does not compare). It belongs to the scope in which it is
    made.
    """

    __slots__ = ("__weakref__", "_shape", "inputs", "name", "op", "options", "scope")
    _shape: tuple[int, ...]  # set by `gradviz.networks.parameters.shape` once it is known

    def __init__(
        self,
        op: str,
        inputs: tuple[Expression, ...] = (),
        options: Mapping[str, Any] | None = None,
        name: str = "",
        scope: str | None = None,
    ) -> None:
        self.op, self.inputs, self.options = op, inputs, options or NO_OPTIONS
        self.name, self.scope = name, _SCOPE.get() if scope is None else scope

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        from gradviz.graph.text.writer import write

        text = write(graph_of(self))
        return f"<gradviz {text if len(text) < 80 else text[:77] + '…'}>"

    def named(self, name: str) -> Expression:
        """The same expression under a name, which traces and figures use."""
        return Expression(self.op, self.inputs, self.options, checked_name(name), self.scope)

    # Operators, and their reflected forms.
    __add__, __radd__ = _operators("+")
    __sub__, __rsub__ = _operators("-")
    __mul__, __rmul__ = _operators("*")
    __truediv__, __rtruediv__ = _operators("/")
    __matmul__, __rmatmul__ = _operators("@")

    def __pow__(self, other: Any, modulus: Any = None) -> Any:
        if modulus is not None:
            raise _no_operator("pow of three", INSTEAD["%"])
        return apply("**", self, other)

    def __rpow__(self, other: Any) -> Any:
        return apply("**", other, self)

    def __neg__(self) -> Any:
        return apply("-x", self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return call("abs", self)

    def __lt__(self, other: Any) -> Any:
        return apply("<", self, other)

    def __le__(self, other: Any) -> Any:
        return apply("<=", self, other)

    def __gt__(self, other: Any) -> Any:
        return apply(">", self, other)

    def __ge__(self, other: Any) -> Any:
        return apply(">=", self, other)

    def __eq__(self, other: Any) -> Any:
        return apply("==", self, other)

    def __ne__(self, other: Any) -> Any:
        return apply("!=", self, other)

    def __getitem__(self, index: Any) -> Expression:
        from gradviz.ops.shaping import encode_index

        if isinstance(index, Expression):
            raise ExpressionError(
                "an index is a plain number, not an expression",
                expected="x[2], x[1:3], x[-1]",
                got=f"x[{index!r}]",
                hint="gv.run(…) gives it a value; FILE.py::loss(y=2) gives a function its index",
            )
        return Expression(by_operator("x[]").name, (self,), {"index": encode_index(index)})

    # Methods of arrays.
    @property
    def T(self) -> Expression:
        """The transpose."""
        return Expression(by_operator("x.T").name, (self,), {"axes": None})

    def reshape(self, *shape: Any, **options: Any) -> Expression:
        """The same elements, row by row, in another shape."""
        if options.pop("order", "C") != "C":
            raise ExpressionError(
                "reshape reads the elements row by row only",
                expected='no order, or order="C"',
                hint="x.T.reshape(3, 2).T reads the elements of x column by column into (2, 3)",
            )
        if shape:
            options = {"shape": shape[0] if len(shape) == 1 else shape, **options}
        return call("reshape", self, **options)

    def transpose(self, *axes: Any, **options: Any) -> Expression:
        """The axes reversed, or in a new order."""
        if axes:
            options = {"axes": axes[0] if len(axes) == 1 else axes, **options}
        return call("transpose", self, **options)

    def __getattr__(self, name: str) -> Callable[..., Expression]:
        """Every other op as a method: `x.sum(axis=0)`, `x.relu()`, `x.dot(y)`."""
        op = None if name.startswith("_") else by_numpy_name(name)
        if op is None:
            raise AttributeError(
                f"an expression has no {name!r}" + (f": {ADVICE[name]}" if name in ADVICE else "")
            )
        return partial(call, op, self)

    # NumPy's functions.
    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            extra = f".{method}" if method != "__call__" else f" with {', '.join(options)}"
            raise ExpressionError(
                f"np.{ufunc.__name__}{extra} cannot build a graph", hint="call it without them"
            )
        return from_numpy(ufunc.__name__, args, {})

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return from_numpy(function.__name__, *_in_our_order(function, args, options))

    # What only numbers can do.
    def __bool__(self) -> NoReturn:
        raise _no_number("has no truth value", "gv.where(condition, a, b) chooses inside the graph")

    def __float__(self) -> NoReturn:
        raise _no_number("is not a number yet", "gv.run(…) gives it a value")

    __int__ = __complex__ = __index__ = __float__

    def __array__(self, *args: Any, **options: Any) -> NoReturn:
        raise _no_number(
            "is not an array yet",
            "use NumPy's functions on it (np.exp(x), np.sum(x)), gv.stack to join several,"
            " gv.run(…) for its value",
        )

    def __iter__(self) -> NoReturn:
        raise _no_number("has no length yet", "take its elements one by one: x[0], x[1]")

    def __format__(self, form: str) -> str:
        if form:
            raise _no_number("is not a number yet", "gv.run(…) gives it a value")
        return repr(self)

    def __round__(self, digits: int | None = None) -> NoReturn:
        raise _no_operator("round", INSTEAD["//"])

    __floor__ = __ceil__ = __trunc__ = __round__

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise ExpressionError(
            "an expression cannot be changed: it only describes a computation",
            hint="gv.put(x, value, index=[2]) makes a new one, as gv.where(condition, a, b) does",
        )

    def __delitem__(self, index: Any) -> NoReturn:
        self[index] = None

    def __contains__(self, value: Any) -> NoReturn:
        raise _no_number("has no elements yet", "gv.run(…) gives it a value")

    __len__ = __iter__


SHAPES = "shapes are known once the graph is bound: gv.run(…).graph"
ADVICE = {
    **dict.fromkeys(("shape", "size", "ndim"), SHAPES),
    **dict.fromkeys(("dtype", "astype"), 'a run has one type: gv.run(…, dtype="float32")'),
    **dict.fromkeys(("item", "tolist", "numpy"), "gv.run(…) gives it a value"),
    "backward": "gv.run(…) runs the backward pass too",
}
"""What to do instead of asking an expression for an attribute of arrays."""

INSTEAD = {
    "%": "no op takes remainders, which jump: reduce fixed numbers before they enter the graph",
    "//": "divide with /; no op rounds, since the slope of rounding is 0 wherever there is one",
    "&": "a * b is 1 where both conditions hold",
    "|": "gv.maximum(a, b) is 1 where one of the conditions holds",
    "^": "** is the power; a != b holds where exactly one of two conditions does",
    "~": "1 - a is 1 where the condition a does not hold",
    "<<": "x * 2**n",
    ">>": "x / 2**n",
    "divmod": "divide with /",
}
"""Python's operators that no op stands for, and what to write instead."""


def _no_operator(operator: str, hint: str) -> ExpressionError:
    return ExpressionError(f"an expression has no {operator}", hint=hint)


def _lacking(operator: str) -> Callable[..., NoReturn]:
    def refuse(*operands: Any) -> NoReturn:
        raise _no_operator(operator, INSTEAD[operator])

    return refuse


for _operator, _name in (
    ("%", "mod"), ("//", "floordiv"), ("&", "and"), ("|", "or"), ("^", "xor"), ("<<", "lshift"),
    (">>", "rshift"), ("divmod", "divmod"),
):  # fmt: skip
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(Expression, _method, _lacking(_operator))
setattr(Expression, "__invert__", _lacking("~"))  # noqa: B010 - as the others


def _no_number(what: str, hint: str) -> ExpressionError:
    return ExpressionError(f"an expression {what}: it only describes a computation", hint=hint)


def checked_name(name: str) -> str:
    """The name, if a graph can use it. Raises ValueInputError otherwise."""
    if not isinstance(name, str) or not name.isidentifier() or name in RESERVED:
        raise ValueInputError(
            "not a name for an input", expected="a word such as x or w1", got=f"{name!r:.60}"
        )
    return name


@contextmanager
def watched(made: Callable[[Expression], None]) -> Iterator[None]:
    """A context in which `made` sees every new expression. Other threads are seen too."""
    plain = Expression.__init__

    def init(self: Expression, *args: Any, **options: Any) -> None:
        plain(self, *args, **options)
        made(self)

    Expression.__init__ = init  # type: ignore[method-assign]
    try:
        yield
    finally:
        Expression.__init__ = plain  # type: ignore[method-assign]


@contextmanager
def scope(name: str) -> Iterator[str]:
    """A context: nodes built inside belong to the scope of this name. Gives the whole path.

    `with gv.scope("block1"), gv.scope("conv2"):` makes nodes in the scope `block1/conv2`. Raises
    ValueInputError for a name that is empty or contains a slash.
    """
    if not isinstance(name, str) or not name.strip() or "/" in name:
        raise ValueInputError(
            "not a name for a scope", expected="a word such as conv1", got=f"{name!r:.60}"
        )
    outer = _SCOPE.get()
    path = f"{outer}/{name}" if outer else name
    token = _SCOPE.set(path)
    try:
        yield path
    finally:
        _SCOPE.reset(token)


def current_scope() -> str:
    """The path of the current scope; empty outside all scopes."""
    return _SCOPE.get()


def inputs(names: str | Iterable[str]) -> tuple[Expression, ...]:
    """The inputs of these names, always as a tuple.

    `names` is a text of names separated by spaces or commas, or a sequence of names. Raises
    ValueInputError for an invalid name, or a name given twice.
    """
    if not isinstance(names, Iterable):
        raise ValueInputError(
            "inputs are made from their names",
            expected='names such as "x y z"',
            got=f"{names!r:.60}",
        )
    words = names.replace(",", " ").split() if isinstance(names, str) else list(names)
    if not words:
        raise ValueInputError("no names given", expected='names such as "x y z"')
    made = tuple([Expression(INPUT, name=checked_name(word)) for word in words])
    if len(set(words)) < len(words):
        twice = next(word for word, count in Counter(words).items() if count > 1)
        raise ValueInputError(f"the name {twice!r} is given twice", expected="different names")
    return made


def is_operand(value: Any) -> bool:
    """Whether a value is part of a graph rather than a plain option."""
    return isinstance(value, Expression)


def constant(value: Any) -> Expression:
    """A constant from a number, nested lists or an array; an expression unchanged.

    A list that holds expressions becomes a `stack` of them. Raises ValueInputError for anything
    else.
    """
    if isinstance(value, Expression):
        return value
    if isinstance(value, list | tuple) and any(map(_holds_expression, value)):
        return Expression(by_operator("[]").name, tuple(map(constant, value)), {"axis": 0})
    value = detached(value)
    if hasattr(value, "dtype"):
        if value.dtype.kind not in "fiub":
            raise ValueInputError("a graph holds real numbers", got=f"an array of {value.dtype}")
        return Expression(
            CONSTANT, (), {"value": value.tolist() if value.size <= 64 else value.copy()}
        )
    if _is_plain(value):
        return Expression(CONSTANT, (), {"value": value})
    raise ValueInputError(
        "this cannot be part of a graph", expected="numbers or arrays", got=f"{value!r:.60}"
    )


def _is_plain(value: Any) -> bool:
    """Whether a value is a real number or nested lists of real numbers."""
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return isinstance(value, Real) or hasattr(value, "numerator") or hasattr(value, "tolist")


def _holds_expression(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_expression, value))
    return isinstance(value, Expression)


OWN = (Expression, int, float, complex, str, bytes, dict, set, type(None))
"""Expressions and Python's own values, which, like arrays, know nothing of expressions."""


def apply(operator: str, *operands: Any) -> Any:
    """An operator's node; NotImplemented for objects that may know what to do with an expression.

    Raises ValueInputError for lists that no graph can hold, ExpressionError for text and the like.
    """
    try:
        return Expression(by_operator(operator).name, tuple(map(constant, operands)))
    except ValueInputError as error:
        if any(isinstance(o, list | tuple) for o in operands):
            raise  # otherwise Python would try to repeat the list
        ours = all(isinstance(o, OWN) or hasattr(o, "shape") for o in operands)
        if operator in ("==", "!=") or not ours:
            return NotImplemented
        raise ExpressionError(
            error.what, expected=error.expected, got=error.got, hint=error.hint
        ) from None


def call(op: str | Op, *args: Any, **options: Any) -> Expression:
    """An op applied as a function, its arguments sorted by its declaration."""
    declared = get(op) if isinstance(op, str) else op
    if declared.variadic and len(args) > 0 and isinstance(args[0], list | tuple):
        if len(args) > 1 + len(declared.options):
            got = f"{len(args)} arguments"
            raise ValueInputError(
                f"too many arguments for {declared.name}", expected=declared.signature(), got=got
            )
        options = dict(zip(declared.options, args[1:], strict=False)) | options
        args = tuple(args[0])
    operands, chosen = declared.bind(args, options, is_operand)
    return Expression(declared.name, tuple(map(constant, operands)), chosen)


def _in_our_order(
    function: Any, args: Any, options: Mapping[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The arguments of a NumPy call, options by name, since NumPy's order differs from ours."""
    import inspect

    op = by_numpy_name(function.__name__)
    if op is None:
        return args, dict(options)
    operands = 1 if op.variadic else len(op.inputs)
    try:
        names = list(inspect.signature(function).parameters)[operands : len(args)]
    except ValueError:  # some of NumPy's compiled functions have no signature
        return args, dict(options)
    named = dict(zip(names, args[operands:], strict=True)) | dict(options)
    # ord=None, out=None, dtype=None have no effect.
    known = {*op.inputs, *op.options, *op.aliases}
    return args[:operands], {k: v for k, v in named.items() if k in known or v is not None}


def from_numpy(name: str, args: Any, options: Mapping[str, Any]) -> Expression:
    """The node that stands for a call of NumPy's function of this name.

    Raises UnknownNameError for a function that gradviz has no op for.
    """
    if name == "positive":
        return constant(args[0])
    op = by_numpy_name(name)
    if op is None:
        raise UnknownNameError(
            f"gradviz has no op for np.{name}",
            hint="write it in simpler ops; `gradviz list ops` shows all of them",
        )
    try:
        return call(op, *args, **options)
    except GradvizError as error:
        error.where = error.where or f"np.{name}"
        raise
