"""Mathematics as a small tree, and the notation of which ops and questions make it.

An op says how it is written in the terms of `Notation`: `lambda m, a, b: m.add(a, b)`. Every kind
of piece is declared in `KINDS`, and each writer has an entry for each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from gradviz.ops.op import Shape, say_shape
from gradviz.story.languages import arranged, translated
from gradviz.story.maths.names import split

ATOM, POWER, PRODUCT, TOTAL, NEGATIVE, SUM, RELATION = 90, 80, 70, 65, 60, 50, 40
LETTERS = "ijklmn"
Role = Literal["", "value", "gradient", "hot"]
Painter = Callable[[str, str], str]
"""`paint(role, source)`: the source of a number in the colour of its role."""


def unpainted(role: str, source: str) -> str:
    """The source as it is."""
    return source


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of piece.

    parts       the pieces it is made of, in order; a name that begins with * takes any number.
    text        the meaning of its text, if it has one.
    level       how tightly it binds; the greater, the tighter. Numbers bind as they look.
    arithmetic  whether a reader can follow it by hand where its parts are numbers.
    """

    parts: str = ""
    text: str = ""
    level: int = ATOM
    arithmetic: bool = False


KINDS: dict[str, Kind] = {
    "name": Kind(text="a variable"),
    "number": Kind(text="the number as it is shown", arithmetic=True),
    "phrase": Kind(text="words"),
    "grid": Kind("*rows", arithmetic=True),
    "row": Kind("*numbers", arithmetic=True),
    "add": Kind("a b", level=SUM, arithmetic=True),
    "sub": Kind("a b", level=SUM, arithmetic=True),
    "mul": Kind("a b", "the sign, one of names.PRODUCTS", PRODUCT, arithmetic=True),
    "div": Kind("a b", level=PRODUCT, arithmetic=True),
    "over": Kind("a b", level=PRODUCT, arithmetic=True),
    "product": Kind("a b", level=PRODUCT, arithmetic=True),
    "neg": Kind("x", level=NEGATIVE, arithmetic=True),
    "pow": Kind("base exponent", level=POWER, arithmetic=True),
    "root": Kind("x"),
    "bars": Kind("x", "the bar, one of names.BARS"),
    "call": Kind("*arguments", "the function"),
    "relation": Kind("a b", "the sign, one of names.RELATIONS", RELATION),
    "iverson": Kind("condition"),
    "rounding": Kind("shown left", level=RELATION),
    "cases": Kind("condition a b", level=RELATION),
    "choice": Kind("*values and conditions, then the value elsewhere", level=RELATION),
    "total": Kind("x", "one of names.TOTALS", TOTAL, arithmetic=True),
    "transpose": Kind("x", level=POWER),
    "at": Kind("x", "index letters or digits"),
    "sum_over": Kind("body", "index letters", TOTAL),
    "sum_axes": Kind("body", "the axes as code names them; none for all", TOTAL, arithmetic=True),
    "subscript": Kind("x", "the index as it is written in text"),
    "said": Kind("*parts", "words, with {} for each part", RELATION, arithmetic=True),
    "given": Kind("body *definitions", level=RELATION),
    "partial": Kind("of by", level=PRODUCT),
    "differential": Kind("x"),
    "hat": Kind("x"),
}


@dataclass(frozen=True, slots=True)
class Maths:
    """A piece of mathematics.

    kind   a name in `KINDS`, which says what its parts and its text are.
    parts  the pieces it is made of.
    text   a name, a number, a letter, a symbol.
    level  how tightly it binds; a looser part inside a tighter whole is put in brackets.
    shape  the shape of the array it stands for; () for scalars.
    role   which number of a figure it repeats: a value, a gradient, or this step's.
    ref    what of the trace it shows, by the id that scenes have for it: `node-3`, `node-3-value`,
           `edge-0-3-1-contribution`; TURNED stands behind that of a matrix that is transposed.
           Pieces that differ in nothing else are equal.
    """

    kind: str
    parts: tuple[Maths, ...] = ()
    text: str = ""
    level: int = ATOM
    shape: Shape = ()
    role: Role = ""
    ref: str = field(default="", compare=False)


TURNED: Final = "-turned"


def _turned(x: Maths) -> str:
    """What a grid of numbers refers to, and that its order is another once it is transposed."""
    if not x.ref or len(x.parts) == 1 or len(x.parts[0].parts) == 1:
        return x.ref
    return x.ref.removesuffix(TURNED) if x.ref.endswith(TURNED) else x.ref + TURNED


class Notation:
    """The vocabulary for building formulas. Every method returns `Maths`."""

    letters = LETTERS
    """The index letters."""

    def name(self, text: str, shape: Shape = (), role: Role = "") -> Maths:
        """A variable."""
        return _piece("name", text=text, shape=shape, role=role)

    def number(self, value: Any, role: Role = "") -> Maths:
        """A number, given as a Python number or as the text to show."""
        text = value if isinstance(value, str) else str(value)
        level = (
            NEGATIVE
            if text.startswith(("-", "−"))
            else PRODUCT
            if "/" in text or "e" in text
            else ATOM
        )
        return Maths("number", text=text, level=level, role=role)

    def grid(
        self, rows: Sequence[Sequence[str | Maths]], role: Role = "", shape: Shape = ()
    ) -> Maths:
        """A matrix of numbers, given as the texts to show, or of exact values."""
        cells = ((self.number(v) if isinstance(v, str) else v for v in row) for row in rows)
        return _piece("grid", *(_piece("row", *row) for row in cells), role=role, shape=shape)

    def phrase(self, text: str, shape: Shape = ()) -> Maths:
        """Words inside a formula."""
        return _piece("phrase", text=text, shape=shape)

    def add(self, a: Maths, b: Maths) -> Maths:
        """a + b."""
        return _piece("add", a, b, shape=_wider(a, b))

    def sub(self, a: Maths, b: Maths) -> Maths:
        """a − b."""
        return _piece("sub", a, b, shape=_wider(a, b))

    def mul(self, a: Maths, b: Maths) -> Maths:
        """a · b, or a ⊙ b where both are arrays."""
        sign = "⊙" if a.shape and b.shape else "·"
        return _piece("mul", a, _set_apart(b), text=sign, shape=_wider(a, b))

    def div(self, a: Maths, b: Maths) -> Maths:
        """a over b."""
        return _piece("div", a, b, shape=_wider(a, b))

    def over(self, a: Maths, b: Maths) -> Maths:
        """a/b on one line, where a fraction would be too high."""
        return _piece("over", a, b, shape=_wider(a, b))

    def neg(self, x: Maths) -> Maths:
        """−x."""
        return _piece("neg", x, shape=x.shape)

    def pow(self, a: Maths, b: Maths) -> Maths:
        """a to the power of b."""
        return _piece("pow", a, b, shape=_wider(a, b))

    def root(self, x: Maths) -> Maths:
        """√x."""
        return _piece("root", x, shape=x.shape)

    def bars(self, x: Maths) -> Maths:
        """|x|."""
        return _piece("bars", x, text="|", shape=x.shape)

    def length(self, x: Maths) -> Maths:
        """‖x‖."""
        return _piece("bars", x, text="‖")

    def call(self, function: str, *args: Maths) -> Maths:
        """function(args…)."""
        return _piece("call", *args, text=function, shape=_wider(*args) if args else ())

    def relation(self, symbol: str, a: Maths, b: Maths) -> Maths:
        """a < b and its like."""
        return _piece("relation", a, b, text=symbol, shape=_wider(a, b))

    def rounding(self, shown: Maths, left: Maths) -> Maths:
        """What is shown for a sum whose terms cancel, and what rounding left of them."""
        return _piece("rounding", shown, left, shape=shown.shape)

    def iverson(self, condition: Maths) -> Maths:
        """[condition]: 1 where it holds, else 0."""
        if condition.kind == "iverson":
            return condition
        return _piece("iverson", condition, shape=condition.shape)

    def cases(self, condition: Maths, a: Maths, b: Maths) -> Maths:
        """a where the condition holds, else b; an Iverson bracket for 1 and 0."""
        if condition.kind == "iverson":
            (condition,) = condition.parts
        if (a.text, b.text) == ("1", "0"):
            return self.iverson(condition)
        if (a.text, b.text) == ("0", "1"):
            known = condition.kind == "relation"
            return self.iverson(
                replace(condition, text=OPPOSITE[condition.text])
                if known
                else self.call("not", condition)
            )
        return _piece("cases", condition, a, b, shape=_wider(condition, a, b))

    def choice(self, cases: list[tuple[Maths, Maths]], other: Maths) -> Maths:
        """The value of the first case (value, condition) whose condition holds, else another."""
        parts = [part for case in cases for part in case]
        return _piece("choice", *parts, other, shape=_wider(*parts, other)) if cases else other

    def both(self, a: Maths, b: Maths) -> Maths:
        """Two conditions at once: low < x < high where they meet in the middle, else a ∧ b."""
        if a.kind == b.kind == "relation" and a.parts[-1] == b.parts[0]:
            return replace(b, parts=(a, b.parts[1]), shape=_wider(a, b))
        return self.relation("∧", a, b)

    def total(self, kind: str, x: Maths) -> Maths:
        """sum, prod, max or min over the elements of x."""
        return _piece("total", x, text=kind)

    def product(self, a: Maths, b: Maths) -> Maths:
        """The matrix product a b, of the last two axes."""
        shape = (*a.shape[:-1], *b.shape[1:]) if a.shape and b.shape else ()
        if min(len(a.shape), len(b.shape)) > 1:
            lead = max(a.shape[:-2], b.shape[:-2], key=len)
            shape = (*lead, a.shape[-2], b.shape[-1])
        return _piece("product", a, b, shape=shape)

    def convolve(self, a: Maths, b: Maths) -> Maths:
        """a ∗ b, a convolution; in deep learning the second factor is not flipped."""
        return _piece("mul", a, b, text="∗")

    def dot(self, a: Maths, b: Maths) -> Maths:
        """The dot product a · b."""
        return _piece("mul", a, b, text="·")

    def transpose(self, x: Maths) -> Maths:
        """xᵀ, the last two axes changed over; a matrix of numbers is written transposed."""
        shape = (*x.shape[:-2], *reversed(x.shape[-2:]))
        if x.kind == "grid":
            turned = zip(*(row.parts for row in x.parts), strict=True)
            rows = tuple(_piece("row", *t) for t in turned)
            return replace(x, parts=rows, shape=shape, ref=_turned(x))
        return _piece("transpose", x, shape=shape)

    def column(self, x: Maths) -> Maths:
        """A vector as a column; a batch of vectors as a batch of columns."""
        if x.kind == "grid" and len(x.shape) > 1:
            return self.phrase("columns", (*x.shape, 1))
        if x.kind == "grid":
            x = self.transpose(x)
        return replace(x, shape=(*x.shape, 1)) if x.shape else x

    def row(self, x: Maths) -> Maths:
        """A vector as a row; a batch of vectors as a batch of rows."""
        if x.kind == "grid" and len(x.shape) > 1:
            return self.phrase("rows", (*x.shape[:-1], 1, x.shape[-1]))
        return replace(x, shape=(*x.shape[:-1], 1, x.shape[-1])) if x.shape else x

    def ones(self, x: Maths) -> Maths:
        """As many ones as x has elements."""
        if x.kind == "grid":
            return self.grid([["1"] * len(row.parts) for row in x.parts], shape=x.shape)
        return self.name("1", x.shape)

    def say(self, words: str, *parts: Maths, shape: Shape | None = None, **slots: object) -> Maths:
        """What is done to an array, in words: `say("{} padded by {sides}", u, sides=2)`."""
        text, order = arranged(words, slots)
        shape = parts[0].shape if shape is None else shape
        return _piece("said", *(parts[i] for i in order), text=text, shape=shape)

    def words(self, words: str, shape: Shape = ()) -> Maths:
        """Words of ours in place of a formula, in the reader's language."""
        return self.phrase(translated(words), shape)

    def reshaped(self, x: Maths, shape: Shape) -> Maths:
        """x reshaped to 2×3."""
        if x.shape == shape:
            return x
        return self.say(
            "{} as a scalar"
            if not shape
            else "{} as a vector of {size}"
            if len(shape) == 1
            else "{} reshaped to {size}",
            x,
            shape=shape,
            size=say_shape(shape),
        )

    def repeated(self, x: Maths, axes: tuple[int, ...], shape: Shape) -> Maths:
        """x repeated along the axes by which it has fewer elements than an array of this shape."""
        axes = tuple(a for a in axes if shape[a] != 1)
        if not axes:
            return self.reshaped(x, shape)
        return self.say("{} repeated along {axes}", x, shape=shape, axes=said_axes(axes))

    def where(self, x: Maths, condition: Maths) -> Maths:
        """x where a condition holds, else 0."""
        return self.say("{} where {}, else 0", x, condition, shape=condition.shape)

    def value(self, name: str, written: Maths) -> Maths:
        """A term that an op declares in `terms`, or one of its options: as it is written.

        Where numbers are put in, its number stands there.
        """
        return written

    def given(self, body: Maths, *definitions: Maths) -> Maths:
        """A formula, with what it needs defined after it."""
        return _piece("given", body, *definitions, shape=body.shape)

    def axes(self, axes: tuple[int, ...]) -> str:
        """Axes as code names them: `axis=0`."""
        return said_axes(axes)

    def indices(self, x: Maths) -> str:
        """One index letter for each axis of x; 1 for an axis of length 1."""
        return index_letters(x.shape)

    def at(self, x: Maths, letters: str) -> Maths:
        """The element of x at these index letters; x itself where there are none."""
        scalar = replace(x, shape=())
        return _piece("at", scalar, text=letters) if letters else scalar

    def element(self, array: Maths, numbers: Sequence[str]) -> Maths:
        """An element of a named array, as W₂₁, or W₂,₁₃ where a number is longer; in brackets where
        the name has an index of its own, as W₁[2, 1]. The array itself where there are no numbers.
        """
        if numbers and split(array.text)[1]:
            return self.place(array, numbers)
        return self.at(array, ("," if any(len(n) > 1 for n in numbers[1:]) else "").join(numbers))

    def sum_over(self, letters: str, body: Maths) -> Maths:
        """The sum of body over index letters."""
        return _piece("sum_over", body, text=letters)

    def sum_axes(self, axes: tuple[int, ...], body: Maths) -> Maths:
        """The sum of body along axes; over everything where there are none."""
        shape = tuple(n for a, n in enumerate(body.shape) if a not in axes) if axes else ()
        return _piece("sum_axes", body, text=said_axes(axes) if axes else "", shape=shape)

    def subscript(self, x: Maths, index: list[Any]) -> Maths:
        """x[index], as it is written in text."""
        return _piece("subscript", x, text=", ".join(map(str, index)))

    def place(self, x: Maths, index: Sequence[Any]) -> Maths:
        """x[index] as a place, not as what stands there."""
        return self.subscript(x, list(index))

    def part(self, x: Maths, index: Sequence[Any], shape: Shape) -> Maths:
        """x[index], an array of this shape; x itself where that is all of it."""
        return x if x.shape == shape else self.shaped(self.subscript(x, list(index)), shape)

    def shaped(self, x: Maths, shape: Shape) -> Maths:
        """x, said to have this shape."""
        return replace(x, shape=shape)

    def partial(self, of: str | Maths, by: Maths) -> Maths:
        """∂of/∂by, of a variable or of the one of that name."""
        above = self.name(of) if isinstance(of, str) else of
        return _piece("partial", above, by, shape=by.shape)

    def hat(self, x: Maths) -> Maths:
        """x̂: an estimate of x."""
        return _piece("hat", x, shape=x.shape)

    def differential(self, x: Maths) -> Maths:
        """dx: short for the gradient of x, where x is an array."""
        return _piece("differential", x, shape=x.shape)


M = Notation()
"""The notation that all callers share; it has no state."""

OPPOSITE = {">": "≤", "≥": "<", "<": "≥", "≤": ">", "=": "≠", "≠": "="}


def given(maths: Maths) -> tuple[Maths, ...]:
    """A formula and its definitions, if it has any."""
    return maths.parts if maths.kind == "given" else (maths,)


def index_letters(shape: Shape) -> str:
    """An index letter for each axis; 1 for an axis of length 1."""
    return "".join("1" if n == 1 else c for c, n in zip(LETTERS, shape, strict=False))


def said_axes(axes: tuple[int, ...]) -> str:
    """Axes as code names them: `axis=0`, `axis=(0, 2)`."""
    return f"axis={axes[0] if len(axes) == 1 else tuple(axes)}"


def _piece(kind: str, *parts: Maths, text: str = "", shape: Shape = (), role: Role = "") -> Maths:
    return Maths(kind, parts, text, KINDS[kind].level, shape, role)


def _set_apart(factor: Maths) -> Maths:
    """A factor that follows another: a negative number at its beginning is put in brackets."""
    if factor.kind == "mul":
        first = _set_apart(factor.parts[0])
        return replace(factor, parts=(first, *factor.parts[1:]))
    is_negative = factor.kind == "number" and factor.level == NEGATIVE
    return replace(factor, level=SUM) if is_negative else factor


def _wider(*parts: Maths) -> Shape:
    return max((p.shape for p in parts), key=len)
