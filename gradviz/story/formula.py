"""The formula of a step in three lines: the general rule, the numbers put in, the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from gradviz.story import latex, typst, unicode
from gradviz.story.notation import Maths
from gradviz.story.numbers import DIGITS
from gradviz.story.typst import Painter
from gradviz.story.unicode import Block

ARITHMETIC = {"grid", "row", "number", "mul", "div", "product", "add", "sub", "neg", "pow", "total", "sum_axes"}


@dataclass(frozen=True)
class Formula:
    """What a step computes: `left` = or ← `rule` = `filled` = `result`.

    `filled` is None where the numbers are too many to put in, `result` where the rule says it already. `shapes` says the shapes of the factors of a
    rule in matrix form. `index` is the rule element by element, for arrays. `digits` is the least number of
    digits with which the numbers put in give the result by hand.
    """

    left: Maths
    sign: str
    rule: Maths
    filled: Maths | None
    result: Maths | None
    shapes: str = ""
    index: Maths | None = None
    digits: int = DIGITS

    def _written(self, write: Callable[[Maths], str], signs: dict[str, str]) -> tuple[str, ...]:
        lines = [f"{write(self.left)} {signs[self.sign]} {write(self.rule)}"]
        parts = [p for p in (self.filled, self.result) if p is not None]
        return tuple(lines + [f"= {write(p)}" for p in parts])

    @cached_property
    def latex(self) -> tuple[str, ...]:
        """The lines as LaTeX, without dollar signs."""
        return self._written(latex.write, {"=": "=", "←": r"\leftarrow"})

    @cached_property
    def unicode(self) -> tuple[str, ...]:
        """The lines as text; a matrix makes a line several lines high."""
        blocks = [unicode.write(self.left) + f" {self.sign} " + unicode.write(self.rule)]
        blocks += ["= " + unicode.write(p) for p in (self.filled, self.result) if p is not None]
        return tuple(b.flat for b in blocks)

    @cached_property
    def block(self) -> Block:
        """The formula on one line (of several rows, with matrices)."""
        block = unicode.write(self.left) + f" {self.sign} " + unicode.write(self.rule)
        for part in (self.filled, self.result):
            if part is not None:
                block = block + " = " + unicode.write(part)
        return block

    @cached_property
    def typst(self) -> tuple[str, ...]:
        """The lines as typst maths, without dollar signs."""
        return self.painted(lambda role, source: source)

    def painted(self, paint: Painter) -> tuple[str, ...]:
        """The lines as typst maths, each number painted in the colour of its role."""
        return self._written(lambda m: typst.write(m, paint), {"=": "=", "←": "arrow.l"})


def is_arithmetic(maths: Maths) -> bool:
    """Whether a formula holds numbers and arithmetic only, so that a reader can follow it by hand."""
    stack = [maths]
    while stack:
        piece = stack.pop()
        if piece.kind not in ARITHMETIC and not (piece.kind == "name" and piece.text in ("e", "π")):
            return False
        stack.extend(piece.parts)
    return True
