"""How a gradient adds up: the effect of one contribution, and the sum at a branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from gradviz.story.digits import Enough
from gradviz.story.formula import REMARKS
from gradviz.story.formulas import Rules
from gradviz.story.languages import say
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.values import ROOMS

MOST_TERMS: Final = 8
"""A sum of more terms than this is not written out."""


@dataclass(frozen=True, slots=True)
class Accumulation:
    """The effect of a contribution on a gradient: before + contribution → after.

    left          the gradient's name: dx, or that of a cell.
    before, contribution, after
                  three arrays of the shape of the value whose gradient it is.
    written       `before + contribution → after` as shown, with enough digits to follow the sum by
                  hand.
    """

    left: Maths
    before: Any
    contribution: Any
    after: Any
    written: Maths


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a branch's sum.

    step   the number of the step that brings it.
    via    the name of the use that it comes back through.
    value  the contribution, None while it is still to come.
    """

    step: int
    via: str
    value: Any


@dataclass(frozen=True, slots=True)
class Branch:
    """The gradient of a value that is used several times: the sum of what every use brings back.

    left     the gradient's name: dx.
    of       how many terms the sum has, of which `arrived` are in.
    terms    all of them in the order in which they come; () where there are more than MOST_TERMS.
    total    the sum of those that are in, None before the first.
    written  `2 + 3 = 5` as it is shown, with as many digits as it takes to follow it by hand; None
             before the sum is complete, for arrays, and for more than MOST_TERMS terms.
    """

    left: Maths
    of: int
    arrived: int
    terms: tuple[Term, ...]
    total: Any
    written: Maths | None = None

    @property
    def is_complete(self) -> bool:
        """Whether all terms are in."""
        return self.arrived == self.of

    @property
    def progress(self) -> str:
        """`2 of 3` until all terms are in."""
        return progress(self.arrived, self.of)

    @property
    def said(self) -> str:
        """How far the sum has come: `2 of 3`, then `Σ 1 + 6 + 6 = 13` or `Σ of 9: complete`."""
        if not self.is_complete:
            return self.progress
        if self.written is None:
            return say("Σ of {of}: complete", of=self.of)
        return f"Σ {unicode.text(self.written)}"

    @property
    def remark(self) -> str:
        """Why the total does not follow exactly from the numbers shown; usually empty."""
        return "" if self.written is None else remark(self.written)

    @property
    def note(self) -> str:
        """The same under the gradient in a picture: `2 of 3`, then `Σ 1 + 6 + 6` or `Σ of 9`."""
        if not self.is_complete:
            return self.progress
        said = f"Σ {unicode.text(self.written.parts[0])}" if self.written is not None else ""
        return said if 0 < len(said) <= ROOMS["box"].longest else self.count

    @property
    def count(self) -> str:
        """The same without the terms: `2 of 3`, then `Σ of 9`."""
        return say("Σ of {of}", of=self.of) if self.is_complete else self.progress


def so_far(rules: Rules, branch: Branch, longest: int) -> str:
    """The terms that are in, as they add up: `Σ 0.209 + 0.248`. Empty for arrays, for a single
    term, and where they are too many or take more than `longest` characters.
    """
    arrived = [term.value for term in branch.terms if term.value is not None]
    if len(arrived) < 2 or rules.trace.xp.shape(branch.total) != ():
        return ""
    said = f"Σ {unicode.text(_sum(rules, arrived, branch.total, '=').parts[0])}"
    return said if len(said) <= longest else ""


def remark(written: Maths) -> str:
    """What is said of the sign of a sum; usually empty."""
    return say(REMARKS["≈"]) if written.text == "≈" else ""


def progress(arrived: int, of: int) -> str:
    """`2 of 3` while some, but not all, of several contributions are in; else the empty string."""
    if of < 2 or not 0 < arrived < of:
        return ""
    return say("{arrived} of {of}", arrived=arrived, of=of)


def accumulation(
    rules: Rules, left: Maths, before: Any, contribution: Any, after: Any, *, column: bool = False
) -> Accumulation:
    """The effect of a contribution on the gradient named `left`; vectors as columns on request."""
    written = _sum(rules, [before, contribution], after, "→", column=column)
    return Accumulation(left, before, contribution, after, written)


def _sum(
    rules: Rules,
    terms: Sequence[Any],
    total: Any,
    sign: str,
    raw: Any = None,
    *,
    column: bool = False,
) -> Maths:
    """`2 + 3 = 5`, with as many digits as it takes to follow it by hand, ≈ where too many."""
    settled = rules.settled_sum(terms, total)
    found = rules.hand.total(terms, settled)
    if settled is not total:  # what is left lies beyond the digits shown
        found = Enough(rules.digits)
    shown = [rules.shown(t, "", found.digits) for t in terms]
    result = rules.rounding(settled, total if raw is None else raw, "")
    if column:
        *shown, result = map(M.column, [*shown, result])
    added = reduce(M.add, shown)
    return M.relation(sign if found.holds else "≈", added, result)


def branch(rules: Rules, node: int, step: int) -> Branch | None:
    """The sum of a node's contributions after `step` steps; None where there are fewer than two."""
    trace, of = rules.trace, rules.trace.uses(node)
    if of < 2:
        return None
    arrived, total = trace.contributions_by(node, step), trace.gradient_by(node, step)
    terms = tuple(
        Term(s.number, rules.labels[s.node], s.contribution if s.number <= step else None)
        for s in (trace.contributions(node) if of <= MOST_TERMS else ())
    )
    written = None
    if terms and arrived == of and rules.graph.nodes[node].shape == ():
        raw = rules.recorded.gradient_by(node, step)
        written = _sum(rules, [t.value for t in terms], total, "=", raw)
    return Branch(M.differential(rules.label(node)), of, arrived, terms, total, written)
