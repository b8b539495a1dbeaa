"""The formula of one step, and its writers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from gradviz.arrays.digits import DIGITS
from gradviz.story.languages import pattern, say, translated
from gradviz.story.maths import M, unicode, words
from gradviz.story.maths.names import QUAD, RELATIONS
from gradviz.story.maths.source import Piece, in_latex, in_typst
from gradviz.story.maths.tree import Maths
from gradviz.story.maths.unicode import Block


@dataclass(frozen=True)
class Formula:
    """The formula of a step: `left` = or ← `rule` = `filled` = `result`.

    `filled` is None where there are too many numbers to substitute, `result` where the rule already
    states it. `shapes` gives the shapes of the factors of a rule in matrix form. `index` is the
    rule element by element, for arrays. `digits` is the least number of digits with which the
    substituted numbers give the result by hand. `equals` stands before the result: ≈ where no such
    number is small enough, → where the result is a limit; `remark` then says so. `underflows` says
    that the result is 0 because floats hold nothing so small. `where` defines
    what the rule calls by a name of its own, such as the upstream gradient u. `then` is a second
    equation that goes on from the result of the first, `shorter` the same with less written out,
    for where there is little room.
    """

    left: Maths
    sign: str
    rule: Maths
    filled: Maths | None
    result: Maths | None
    shapes: str = ""
    index: Maths | None = None
    digits: int = DIGITS
    equals: str = "="
    where: tuple[Maths, ...] = ()
    then: Formula | None = None
    shorter: Formula | None = None
    underflows: bool = False

    @property
    def remark(self) -> str:
        """Why the result does not follow exactly from the numbers shown; usually empty."""
        after = self.then.remark if self.then is not None else ""
        return translated(UNDERFLOW if self.underflows else REMARKS[self.equals]) or after

    @property
    def _parts(self) -> list[tuple[str, Maths]]:
        """The parts after the left side, each with the sign before it."""
        found = [(self.sign, self.rule)]
        found += [] if self.filled is None else [("=", self.filled)]
        return found if self.result is None else [*found, (self.equals, self.result)]

    @property
    def parts(self) -> list[tuple[str, Maths]]:
        """The parts after the left side, each with the sign before it, and the definitions after
        the last.
        """
        *parts, (sign, last) = self._parts
        return [*parts, (sign, M.given(last, *self.where) if self.where else last)]

    @property
    def lines(self) -> tuple[tuple[Piece, ...], ...]:
        """The lines, in pieces: all but the first begin with a sign, or the space before a second
        equation.
        """
        first, *others = [(RELATIONS[sign], part) for sign, part in self.parts]
        lines: tuple[tuple[Piece, ...], ...] = ((self.left, *first), *others)
        if self.then is None:
            return lines
        after, *rest = self.then.lines
        return (*lines, (QUAD, *after), *rest)

    @cached_property
    def latex(self) -> tuple[str, ...]:
        """The lines as LaTeX, without dollar signs."""
        return tuple(map(in_latex, self.lines))

    @cached_property
    def unicode(self) -> tuple[str, ...]:
        """The lines as text; a matrix makes a line several lines high."""
        return self.alone if self.then is None else (*self.alone, *self.then.unicode)

    @cached_property
    def words(self) -> str:
        """The formula in words, on one line: `f equals x times y equals 2 times 3 equals 6`."""
        parts = [(sign, words.write(part)) for sign, part in self.parts]
        shown = [p for n, p in enumerate(parts) if n == 0 or p[1] != parts[n - 1][1]]
        said = " ".join(f"{words.word(sign)} {part}" for sign, part in shown)
        alone = f"{words.write(self.left)} {said}"
        return alone if self.then is None else f"{alone}; {self.then.words}"

    @cached_property
    def alone(self) -> tuple[str, ...]:
        """The lines as text of this equation alone."""
        first, *others = [f"{sign} " + unicode.write(part) for sign, part in self.parts]
        return tuple(b.flat for b in (unicode.write(self.left) + " " + first, *others))

    @cached_property
    def block(self) -> Block:
        """The formula on one line (of several rows, with matrices), without its definitions."""
        block = unicode.write(self.left)
        for sign, part in self._parts:
            block = block + f" {sign} " + unicode.write(part)
        return block

    @property
    def notes(self) -> tuple[str, ...]:
        """What is said beside the formula: the shapes of a matrix product, definitions."""
        told = [self.shapes] if "·" in self.shapes else []
        if self.where:
            told.append(f"{say('with')} " + ", ".join(map(unicode.text, self.where)))
        return tuple(told)

    @cached_property
    def typst(self) -> tuple[str, ...]:
        """The lines as typst maths, without dollar signs."""
        return tuple(map(in_typst, self.lines))

    @property
    def shortened(self) -> Formula:
        """The formula with long sums cut: their first two terms, an ellipsis, and the last term."""
        filled = self.filled and _shortened(self.filled)
        return replace(self, rule=_shortened(self.rule), filled=filled)

    @property
    def symbols(self) -> Formula:
        """The formula without the numbers put in and without the result."""
        return replace(self, filled=None, result=None)


SHORT: Final = 4
"""A sum of more terms is cut where there is little room."""


def _shortened(maths: Maths) -> Maths:
    """A sum of more than SHORT terms, cut."""
    chain, first = list[Maths](), maths
    while first.kind in ("add", "sub"):
        chain.append(first)
        first = first.parts[0]
    if len(chain) < SHORT:
        return maths
    cut = M.add(chain[-1], M.phrase("…"))
    return replace(chain[0], parts=(cut, chain[0].parts[1]))


UNDERFLOW: Final = pattern("≈ because floats hold no number so small: it becomes 0, by underflow.")
REMARKS: Final = {
    "=": "",
    "≈": pattern("≈ because the numbers shown are rounded."),
    "→": pattern("→ because the formula itself is not defined here: this is its limit."),
}
"""What is said of the sign before a result."""
