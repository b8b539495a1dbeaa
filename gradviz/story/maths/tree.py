"""Mathematics as a small tree, written as LaTeX, as Unicode text and as typst by three writers.

An op says how it is written in the terms of `Notation`: `lambda m, a, b: m.add(a, b)`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from gradviz.ops.op import Shape

ATOM, POWER, PRODUCT, NEGATIVE, SUM, RELATION = 90, 80, 70, 60, 50, 40
LETTERS = "ijklmn"
Role = Literal["", "value", "gradient", "hot"]


@dataclass(frozen=True, slots=True)
class Maths:
    """A piece of mathematics.

    kind   what it is; the writers have an entry for each.
    parts  the pieces it is made of.
    text   a name, a number, a letter, a symbol.
    level  how tightly it binds; a looser part inside a tighter whole is put in brackets.
    shape  the shape of the array it stands for; () for scalars.
    role   which number of a figure it repeats: a value, a gradient, or this step's.
    """

    kind: str
    parts: tuple[Maths, ...] = ()
    text: str = ""
    level: int = ATOM
    shape: Shape = ()
    role: Role = ""


class Notation:
    """The words of which formulas are made. Every method returns `Maths`."""

    def name(self, text: str, shape: Shape = (), role: Role = "") -> Maths:
        """A variable."""
        return Maths("name", text=text, shape=shape, role=role)

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

    def grid(self, rows: list[list[str]], role: Role = "", shape: Shape = ()) -> Maths:
        """A matrix of numbers, given as the texts to show."""
        return Maths(
            "grid",
            tuple(Maths("row", tuple(map(self.number, row))) for row in rows),
            role=role,
            shape=shape,
        )

    def phrase(self, text: str, shape: Shape = ()) -> Maths:
        """Words inside a formula."""
        return Maths("phrase", text=text, shape=shape)

    def add(self, a: Maths, b: Maths) -> Maths:
        """a + b."""
        return Maths("add", (a, b), level=SUM, shape=_wider(a, b))

    def sub(self, a: Maths, b: Maths) -> Maths:
        """a − b."""
        return Maths("sub", (a, b), level=SUM, shape=_wider(a, b))

    def mul(self, a: Maths, b: Maths) -> Maths:
        """a · b, or a ⊙ b where both are arrays."""
        return Maths("mul", (a, b), "⊙" if a.shape and b.shape else "·", PRODUCT, _wider(a, b))

    def div(self, a: Maths, b: Maths) -> Maths:
        """a over b."""
        return Maths("div", (a, b), level=PRODUCT, shape=_wider(a, b))

    def neg(self, x: Maths) -> Maths:
        """−x."""
        return Maths("neg", (x,), level=NEGATIVE, shape=x.shape)

    def pow(self, a: Maths, b: Maths) -> Maths:
        """a to the power of b."""
        return Maths("pow", (a, b), level=POWER, shape=_wider(a, b))

    def root(self, x: Maths) -> Maths:
        """√x."""
        return Maths("root", (x,), shape=x.shape)

    def bars(self, x: Maths) -> Maths:
        """|x|."""
        return Maths("bars", (x,), "|", shape=x.shape)

    def length(self, x: Maths) -> Maths:
        """‖x‖."""
        return Maths("bars", (x,), "‖")

    def call(self, function: str, *args: Maths) -> Maths:
        """function(args…)."""
        return Maths("call", args, function, shape=_wider(*args) if args else ())

    def relation(self, symbol: str, a: Maths, b: Maths) -> Maths:
        """a < b and its like."""
        return Maths("relation", (a, b), symbol, RELATION, _wider(a, b))

    def iverson(self, condition: Maths) -> Maths:
        """[condition]: 1 where it holds, else 0."""
        return Maths("iverson", (condition,), shape=condition.shape)

    def cases(self, condition: Maths, a: Maths, b: Maths) -> Maths:
        """a where the condition holds, else b; an Iverson bracket for 1 and 0."""
        if (a.text, b.text) == ("1", "0"):
            return self.iverson(condition)
        if (a.text, b.text) == ("0", "1"):
            known = condition.kind == "relation"
            return self.iverson(
                replace(condition, text=OPPOSITE[condition.text])
                if known
                else self.call("not", condition)
            )
        return Maths("cases", (condition, a, b), level=RELATION, shape=_wider(condition, a, b))

    def total(self, kind: str, x: Maths) -> Maths:
        """sum, prod, max or min over the elements of x."""
        return Maths("total", (x,), kind, PRODUCT)

    def product(self, a: Maths, b: Maths) -> Maths:
        """The matrix product a b."""
        shape = (*a.shape[:-1], *b.shape[1:]) if a.shape and b.shape else ()
        return Maths("product", (a, b), level=PRODUCT, shape=shape)

    def convolve(self, a: Maths, b: Maths) -> Maths:
        """a ∗ b, a convolution; in deep learning the second factor is not turned round."""
        return Maths("mul", (a, b), "∗", PRODUCT)

    def dot(self, a: Maths, b: Maths) -> Maths:
        """The dot product a · b."""
        return Maths("mul", (a, b), "·", PRODUCT)

    def transpose(self, x: Maths) -> Maths:
        """xᵀ; a matrix of numbers is turned."""
        if x.kind == "grid":
            turned = zip(*(row.parts for row in x.parts), strict=True)
            return replace(
                x, parts=tuple(Maths("row", t) for t in turned), shape=tuple(reversed(x.shape))
            )
        return Maths("transpose", (x,), level=POWER, shape=tuple(reversed(x.shape)))

    def column(self, x: Maths) -> Maths:
        """A vector as a column."""
        if x.kind == "grid" and len(x.shape) == 1:
            x = self.transpose(x)
        return replace(x, shape=(*x.shape, 1)) if len(x.shape) == 1 else x

    def row(self, x: Maths) -> Maths:
        """A vector as a row."""
        return replace(x, shape=(1, *x.shape)) if len(x.shape) == 1 else x

    def ones(self, x: Maths) -> Maths:
        """As many ones as x has elements."""
        if x.kind == "grid":
            return self.grid([["1"] * len(row.parts) for row in x.parts], shape=x.shape)
        return Maths("name", text="1", shape=x.shape)

    def winner(self, x: Maths, name: str) -> Maths:
        """1 at the winning element of x, 0 elsewhere."""
        return replace(
            self.iverson(self.relation("=", x, self.phrase(f"first {name}"))), shape=x.shape
        )

    def indices(self, x: Maths) -> str:
        """One index letter for each axis of x."""
        return LETTERS[: len(x.shape)]

    def at(self, x: Maths, letters: str) -> Maths:
        """The element of x at these index letters; x itself where there are none."""
        return Maths("at", (replace(x, shape=()),), letters) if letters else replace(x, shape=())

    def sum_over(self, letters: str, body: Maths) -> Maths:
        """The sum of body over index letters."""
        return Maths("sum_over", (body,), letters, PRODUCT)

    def sum_axes(self, axes: tuple[int, ...], body: Maths) -> Maths:
        """The sum of body along axes; over everything where there are none."""
        return Maths("sum_axes", (body,), " ".join(map(str, axes)), PRODUCT)

    def subscript(self, x: Maths, index: list[Any]) -> Maths:
        """x[index], as it is written in text."""
        return Maths("subscript", (x,), ", ".join(map(str, index)))

    def partial(self, of: str, by: Maths) -> Maths:
        """∂of/∂by."""
        return Maths("partial", (self.name(of), by), shape=by.shape, level=PRODUCT)

    def differential(self, x: Maths) -> Maths:
        """dx: short for the gradient of x, where x is an array."""
        return Maths("differential", (x,), shape=x.shape)


OPPOSITE = {">": "≤", "≥": "<", "<": "≥", "≤": ">", "=": "≠", "≠": "="}


def _wider(*parts: Maths) -> Shape:
    return max((p.shape for p in parts), key=len)
