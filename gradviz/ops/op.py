"""The declaration of an operation: facts that all of gradviz reads, stated once per op."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

from gradviz.arrays.namespace import ArrayNamespace, Value
from gradviz.errors import GradvizError, ShapeError, UnknownNameError, ValueInputError, did_you_mean

Shape = tuple[int, ...]
Namespace: TypeAlias = ArrayNamespace
"""The `xp` of formulas."""
Array: TypeAlias = Value
"""The values that formulas compute on."""
GraphNamespace: TypeAlias = Any
"""The `xp` of `expand`, which has every op under its name: `gradviz.graph.symbols.Symbols`."""
Notation: TypeAlias = Any
"""The builder of written mathematics, the `m` of formulas; see `gradviz.story.maths.tree`."""
Maths: TypeAlias = Any
"""A piece of written mathematics."""
Formula = Callable[..., Any]
Route: TypeAlias = tuple[tuple[Formula, ...], int | str]
"""The conditions that must all hold, and the factor of the upstream gradient where they do."""
Routes: TypeAlias = tuple[Route, ...]
ShapeRule = Callable[..., Shape]
# Ops annotate options with Any where these come straight from a call, before the shape rule.
Examples = tuple[tuple[tuple[Shape, ...], Mapping[str, Any]], ...]

LARGEST = sys.float_info.max
REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "required"})()
"""The default of an option that must be given."""


class Told(NamedTuple):
    """A fact in words: an English pattern, and what its placeholders stand for: texts, or several
    facts that are listed.
    """

    pattern: str
    slots: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Op:
    """One kind of operation with one output.

    Every formula takes `xp` first, the array namespace of the backend in use (the contract is
    `gradviz.arrays.namespace`), so that one declaration serves floats, exact numbers, symbols and
    the graph itself.

    name      its name in text, Python and JSON.
    inputs    the operands' names; `("*xs",)` takes any number of them.
    optional  how many of them, counted from the end, may be omitted; formulas are then called
              without them.
    summary   one line for `gradviz list ops`.
    forward   `(xp, *inputs, **options)`: the output.
    shape     `(*shapes, **options)`: the output's shape, or a ShapeError.
    options   name -> default value, in order.
    plain     option name -> a function that gives a value's plain form, for an option whose values
              are written in several ways; it raises GradvizError for anything else.
    local     one `(xp, y, *inputs, **options)` per input: the elementwise local gradient in the
              output's shape (or one that broadcasts to it). None where the input takes no gradient.
    vjp       one `(xp, g, y, *inputs, **options)` per input: the contribution, in the input's
              shape, of the upstream gradient `g`. None where the input takes no gradient. For
              `*xs` one function with an extra `slot`.
    stretches  `(*shapes, **options)`: per operand of `*xs` the slice of the output that it fills,
              for a rule that takes its own as `stretch` where the caller found them all at once.
    routes    per input an ordered list of (conditions, factor), for an elementwise op that passes
              the upstream gradient on or does not: the first whose conditions all hold,
              `(xp, y, *inputs, **options)` each, selects it times the factor, which is 1, −1, 0
              or the name of an option; where none does, 0 passes. None where the input takes no
              gradient. Exactly one of `local`, `vjp` and `routes` is given.
    fixed_routes  the same for an input that meets a fixed one (`gradviz.graph.Graph.fixed`), where
              ties are then decided differently; `routes` by default.
    tied      `(xp, y, *inputs, **options)`: which elements of the output sit at a tie or a kink,
              where sentences speak of them.
    glyph     the text in the gate of a drawing; the name by default.
    with_constant  per operand how the gate of a drawing reads with an unnamed number in its place,
              as `×{c}` or `x^{c}`; "" where the number keeps a card of its own. Of an op with one
              operand, how the result itself reads in another's gate, as `√{c}`.
    written   `(m, *inputs, **options)`: how it is written in mathematics, in the terms of `m`
              (`gradviz.story.maths.tree`); a call of its name by default.
    rule      per input `(m, g, y, *inputs, **options)`: the contribution in matrix form, for an op
              that declares `vjp`. For `*xs` one function with an extra `slot`.
    index     the same per index instead of in matrix form; operands come with their shapes. Where
              `rule` gives None for these shapes, it stands in its place.
    terms     name -> `(xp, g, y, *inputs, **options)`: the numbers of what a rule calls
              `m.value(name, …)`, such as a softmax or a mean.
    words     patterns for the sentence of a step, see `gradviz.story.sentences`.
    facts     name -> `(xp, y, *inputs, **options)`: further numbers or texts that its patterns
              refer to. A number that another follows from comes as (number, formula, result) and is
              shown with the digits that this takes.
    case      `(slot, y, *inputs, **options)`: which of the patterns applies to scalars; "" for
              none.
    setting   `(*shapes, **options)`: which of the patterns applies, by the operands' shapes and the
              options, such as "batch"; "" for the usual one.
    domain    per input the interval in which tests sample it.
    outside   `(*inputs, **options)` for single numbers, none of them NaN: whether it has no real
              value there, as the logarithm of −1.
    takes     what it takes instead, in words: "numbers above 0".
    pole      `(*inputs, **options)` for single numbers: whether its value or a slope is infinite
              there, as 1/x at 0.
    deciding  the operand that `outside` and `pole` are about; the first by default.
    pieces    `(xp, *inputs, **options)`: integers naming the smooth piece in use; it is not
              differentiable where they change. None for a smooth op.
    ties      who wins a tie, and the slope at a kink, in words.
    numpy     its names in NumPy.
    aliases   NumPy's names of its options, where they differ.
    examples  shapes and options of sample calls for the registry-wide test: ((shapes…), options).
    expand    `(xp, *inputs, **options)` on the graph's own namespace (`gradviz.graph.symbols`): the
              same value in simpler ops, for an op that can be stepped into.
    window    `(*shapes, **options)`: the `gradviz.ops.windows.window.Window` that slides over the
              last axes of the first input.
    cells     `(place, *shapes, **options)`: which cells feed the output cell at `place`: per input
              a list of places, or None in the list for a cell of padding.
    combine   how these cells become one number: "products" (cell times cell, summed), "max", "min",
              "mean" or "norm". Empty for an op that cannot be stepped into cell by cell.
    cancels   whether such an op adds these cells up all the same, so that terms may cancel;
              `averages`: whether it divides the sum by their number.
    work      `(output shape, *shapes, **options)`: how many multiply-adds it takes.
    hidden    it appears only in folded graphs: neither listed nor callable, and nothing is computed
              with it.

    Nothing outside a declaration asks for an op by its name. What other code has to know is
    declared here:

    spoken    its name in headings and sentences, such as "max pooling"; its name by default.
    operator  how it is written other than as a call: "+" between its operands, "-x" for a minus
              before its only one, "x[]" for a subscript, "x.T" for the transpose, "[]" for a list
              of its operands.
    habits    its names in other libraries; errors about them suggest its name here.
    several   the op of two operands that a call with several stands for: max(a, b) is "maximum".
    roles     what each operand is to the op, where others ask for it, else "": the "input" that a
              "kernel" or a window slides over, and the "bias" added at the end; the "row" and the
              "column" that a vector stands for in a matrix product; the "condition" that chooses;
              the "exponent"; the "label", which takes a gradient only where it holds `shares`.
    exponents  the options that are exponents of powers of the first operand.
    misleads  `(*shapes, **options)`: a GradvizError where a call of these shapes fits but would
              teach something false, such as a loss that is always 0; else None. A run refuses such
              a call; a saved trace of one can still be read.
    logical   what to write instead where all operands are conditions, for an op that others read
              as logic there; such a run is refused.
    moves     its output consists of elements of its operands, so that what is made of conditions
              alone is one too.
    shares    `(*shapes, **options)`: whether the label holds a share for each class, which may be
              any real number, rather than the number of a class.
    channel_axis  the output's channel axis, counted from the end; after it come the axes along
              which a window moves. None for an op without channels.
    commutes  whether its two operands may be exchanged: a picture lets their wires arrive in the
              order in which they do not cross.
    in_place  each element of the output depends only on elements of the first input at the same
              row and column, so that receptive fields do not change. Elementwise ops need not
              declare it.
    absorbs   the op that a loss applies to its scores itself, so that it is omitted at the end of
              a network.
    degree    `(*degrees)`: the degree of its value as a polynomial, from those of its operands.
              None for an op that no symbolic answer of an exam may use.
    """

    name: str
    inputs: tuple[str, ...]
    summary: str
    forward: Formula
    shape: ShapeRule
    optional: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    plain: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    local: tuple[Formula | None, ...] | None = None
    vjp: tuple[Formula | None, ...] | None = None
    routes: tuple[Routes | None, ...] | None = None
    fixed_routes: tuple[Routes | None, ...] | None = None
    tied: Formula | None = None
    glyph: str = ""
    with_constant: tuple[str, ...] = ()
    written: Formula | None = None
    rule: tuple[Formula | None, ...] = ()
    index: tuple[Formula | None, ...] = ()
    terms: Mapping[str, Formula] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Formula] = field(default_factory=dict)
    case: Callable[..., str] | None = None
    setting: Callable[..., str] | None = None
    domain: tuple[tuple[float, float], ...] = ()
    outside: Callable[..., bool] | None = None
    takes: str = ""
    pole: Callable[..., bool] | None = None
    deciding: int = 0
    pieces: Formula | None = None
    ties: str = ""
    numpy: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    examples: Examples = ()
    expand: Formula | None = None
    window: Formula | None = None
    cells: Formula | None = None
    combine: str = ""
    cancels: bool = False
    averages: bool = False
    work: Callable[..., int] | None = None
    hidden: bool = False
    spoken: str = ""
    operator: str = ""
    habits: tuple[str, ...] = ()
    several: str = ""
    roles: tuple[str, ...] = ()
    stretches: Callable[..., Sequence[slice]] | None = None
    shares: Callable[..., bool] | None = None
    misleads: Callable[..., GradvizError | None] | None = None
    logical: str = ""
    moves: bool = False
    exponents: tuple[str, ...] = ()
    channel_axis: int | None = None
    commutes: bool = False
    in_place: bool = False
    absorbs: str = ""
    degree: Callable[..., int] | None = None

    @property
    def variadic(self) -> bool:
        """Whether the op takes any number of operands."""
        return self.inputs[0].startswith("*")

    @property
    def required(self) -> int:
        """The least number of operands of a call."""
        return len(self.inputs) - self.optional

    @property
    def elementwise(self) -> bool:
        """Whether its gradients are declared element by element (`local` or `routes`)."""
        return self.vjp is None

    @property
    def symbol(self) -> str:
        """The text in its gate."""
        return self.glyph or self.name

    @property
    def called(self) -> str:
        """Its name in headings and sentences."""
        return self.spoken or self.name

    @property
    def in_prose(self) -> str:
        """The same with its article: `the convolution`, or the bare name of a function."""
        return f"the {self.spoken}" if self.spoken else self.name

    def role(self, slot: int) -> str:
        """The role of the operand at `slot`; "" if none is declared."""
        return self.roles[slot] if slot < len(self.roles) else ""

    @property
    def backward(self) -> tuple[Any, ...]:
        """What is declared for each operand: the op's `local`, `vjp` or `routes`."""
        return self.local or self.vjp or self.routes or ()

    def differentiable(self, slot: int) -> bool:
        """Whether the operand at `slot` has a gradient, a label's shares included."""
        return self.backward[0 if self.variadic else slot] is not None

    def has_gradient(self, slot: int, shapes: Sequence[Shape], options: Mapping[str, Any]) -> bool:
        """Whether the operand at `slot` of a call with these shapes has a gradient."""
        if self.shares is not None and self.may_be_label(slot):
            return self.shares(*shapes, **options)
        return self.differentiable(slot)

    def may_be_label(self, slot: int) -> bool:
        """Whether the operand at `slot` is a label that may also hold shares."""
        return self.shares is not None and self.role(slot) == "label"

    def written_rule(self, slot: int, m: Notation, *pieces: Maths, **options: Any) -> Maths | None:
        """The declared `rule` of an operand over pieces of mathematics: the upstream gradient, the
        value, the operands.

        None where the op declares none for these shapes.
        """
        declared = self.rule[0 if self.variadic else slot] if self.rule else None
        if declared is None:
            return None
        extra = {"slot": slot} if self.variadic else {}
        return declared(m, *pieces, **options, **extra)

    def rule_for(self, slot: int) -> Formula:
        """The op's `local` or `vjp` for the operand at `slot`.

        Raises LookupError if it takes no gradient, or is routed.
        """
        rule = self.backward[0 if self.variadic else slot]
        if rule is None or self.routes is not None:
            raise LookupError(f"operand {slot} of {self.name} has no such rule")
        return rule  # type: ignore[no-any-return]

    def routes_for(self, slot: int, *, fixed: bool = False) -> Routes:
        """The routes of the operand at `slot`; `fixed` if it meets a fixed operand.

        Raises LookupError if it has none.
        """
        declared = self.fixed_routes if fixed and self.fixed_routes else self.routes
        routes = declared[slot] if declared else None
        if routes is None:
            raise LookupError(f"operand {slot} of {self.name} is not routed")
        return routes

    def cells_at(self, place: Shape, *shapes: Shape, **options: Any) -> Any:
        """Which cells feed the output cell at `place`, see `cells`.

        Raises LookupError where the op declares none.
        """
        if self.cells is None:
            raise LookupError(f"{self.name} declares no cells")
        return self.cells(place, *shapes, **options)

    def expanded(self, xp: GraphNamespace, *inputs: Array, **options: Any) -> Array:
        """The same value in simpler ops, see `expand`.

        Raises LookupError where the op declares none.
        """
        if self.expand is None:
            raise LookupError(f"{self.name} declares no simpler ops")
        return self.expand(xp, *inputs, **options)

    @property
    def is_condition(self) -> bool:
        """Whether no operand receives a gradient, as in a comparison."""
        return all(rule is None for rule in self.backward)

    def takes_number(self, slot: int) -> bool:
        """Whether the operand at `slot` is computed with, unlike a condition, a label or an
        index.
        """
        if self.may_be_label(slot):
            return False
        return self.differentiable(slot) or self.is_condition

    def signature(self) -> str:
        """The op as it is called: `sum(x, axis=None, keepdims=False)`."""
        options = [k if v is REQUIRED else f"{k}={v!r}" for k, v in self.options.items()]
        operands = [
            f"{name}=None" if i >= self.required else name for i, name in enumerate(self.inputs)
        ]
        return f"{self.name}({', '.join([*operands, *options])})"

    def bind(
        self, args: Sequence[Any], named: Mapping[str, Any], is_operand: Callable[[Any], bool]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Sort a call's arguments into operands and options.

        Operands come first, options may follow by position or by name; for a variadic op options go
        by name only. `is_operand` tells a part of the graph from a plain value: no option may be
        one. Raises ValueInputError or UnknownNameError, naming the op's signature.
        """
        slots = () if self.variadic else self.inputs
        given = self._by_name([*slots, *self.options], args, named)
        for slot in slots[self.required :]:
            if given.get(slot, 0) is None:
                del given[slot]
        operands = list(args) if self.variadic else [given[s] for s in slots if s in given]
        lacking = [
            s
            for i, s in enumerate(slots)
            if s not in given and i < max(self.required, len(operands))
        ]
        if lacking or not operands:
            what = f"{self.name} lacks {' and '.join(lacking or ['operands'])}"
            raise self._misfit(what, f"{len(args)} arguments")
        return operands, self._options(given, is_operand, f"{len(args)} arguments")

    def _by_name(
        self, known: Sequence[str], args: Sequence[Any], named: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The arguments of a call by name, without the operands of a variadic op."""
        if not self.variadic and len(args) > len(known):
            raise self._misfit(f"{self.name} takes at most {len(known)} arguments", len(args))
        given = dict(zip(known, args, strict=False)) if not self.variadic else {}
        for key, value in {self.aliases.get(k, k): v for k, v in named.items()}.items():
            if key not in known:
                hint = did_you_mean(key, known) or f"the call is {self.signature()}"
                raise UnknownNameError(f"{self.name} has no argument {key!r}", hint=hint)
            if key in given:
                raise self._misfit(f"{self.name} got its argument {key!r} twice", key)
            given[key] = value
        return given

    def _options(
        self, given: Mapping[str, Any], is_operand: Callable[[Any], bool], got: str
    ) -> dict[str, Any]:
        options = {k: given.get(k, default) for k, default in self.options.items()}
        for key, value in options.items():
            if value is REQUIRED:
                raise self._misfit(f"{self.name} lacks its option {key!r}", got)
            if is_operand(value):
                wants = (
                    "is True or False"
                    if isinstance(self.options[key], bool)
                    else "must be a plain value"
                )
                raise self._misfit(f"the option {key!r} of {self.name} {wants}", "an expression")
            options[key] = self.plain_option(key, value)
        return options

    def plain_option(self, key: str, value: Any) -> Any:
        """An option as a plain Python value: numbers, text, None, and lists of these.

        A bool stays a bool and a number a number. Whether it fits the operands is for the shape
        rule to say. Raises ValueInputError for a value of the wrong type, or a number that no float
        can hold.
        """
        value = value.tolist() if hasattr(value, "tolist") else value
        if key in self.plain:
            return self.plain[key](value)
        default = self.options[key]
        for number in _numbers(value):
            if number != number or LARGEST < abs(number) != inf:
                raise self._misfit(
                    f"the option {key!r} of {self.name} is not a number that floats can hold",
                    f"{key}={value!r:.40}",
                )
        if isinstance(default, bool) and not isinstance(value, bool):
            raise self._misfit(
                f"the option {key!r} of {self.name} is True or False", f"{value!r:.40}"
            )
        if isinstance(default, float) and not is_number(value):
            raise self._misfit(f"the option {key!r} of {self.name} is a number", f"{value!r:.40}")
        return value

    def _misfit(self, what: str, got: object) -> ValueInputError:
        return ValueInputError(what, expected=self.signature(), got=got)

    def misshapen(self, expected: str, got: str, hint: str = "") -> ShapeError:
        """The ShapeError of this op."""
        return ShapeError(f"shapes do not fit {self.name}", expected=expected, got=got, hint=hint)


def _numbers(value: Any) -> Iterator[Any]:
    """Every number in nested lists."""
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _numbers(inner)
    elif is_number(value):
        yield value


def is_number(value: Any) -> bool:
    """Whether a value is one of Python's real numbers."""
    return isinstance(value, Real) and not isinstance(value, bool)


def say_shape(shape: Shape) -> str:
    """A shape in words: `scalar`, `3`, `2×4`."""
    return "×".join(map(str, shape)) if shape else "scalar"


def say_shapes(shapes: Sequence[Shape]) -> str:
    """Several shapes as NumPy writes them: `(2, 3) and (4,)`."""
    return " and ".join(str(tuple(s)) for s in shapes)
