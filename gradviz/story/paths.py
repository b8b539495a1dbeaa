"""The chain rule along paths: a sentence and a formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

from gradviz.arrays.digits import number, rounded, typeset
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.frame import Frame, Story, retold
from gradviz.story.languages import say
from gradviz.story.maths import M, unicode
from gradviz.story.maths.tree import Maths
from gradviz.trace.paths import Paths

MORE: Final = 3
"""So many further digits are shown where the factors would not give the product by hand."""
MOST_STOPS: Final = 8
"""A sentence names no more nodes of a path."""


@dataclass(frozen=True)
class Line:
    """One path as it is told: what it passes, and the local gradients along it, in letters and
    as numbers. Numbers are None where one of them is unknown.
    """

    stops: Sequence[str]
    symbols: Sequence[Maths]
    factors: Sequence[Any] | None
    product: Any


@dataclass(frozen=True)
class Along:
    """All paths between two ends, as they are told.

    left     ∂target/∂source; `sign`: = for all paths between them, else ←.
    lines    each path, if there are few; `count` says how many there are.
    total    the sum of their products; None where it is unknown.
    shown    a number as it is shown, with its role and its digits.
    follows  whether the factors, rounded to so many digits, give the total that is shown; `adds`:
             whether the products do.
    is_array whether the products are arrays, too long for a sentence.
    """

    source: str
    target: str
    left: Maths
    sign: str
    count: int
    lines: Sequence[Line]
    total: Any
    shown: Callable[..., Maths]
    digits: int
    follows: Callable[[int], bool]
    adds: Callable[[int], bool]
    is_array: bool = False

    def words(self) -> dict[str, Any]:
        """The sentence and the formula, as `retold` takes them."""
        formula = self._formula()
        return {"sentence": typeset(self._sentence(formula)), "formula": formula, "note": ""}

    def _sentence(self, formula: Formula | None) -> str:
        if self.count == 1:
            return self._single(formula)
        ends = {"source": self.source, "target": self.target, "count": f"{self.count:,}"}
        if self.total is None:
            return say(
                "{source} reaches {target} along {count} paths; what they bring adds up.", **ends
            )
        total = _said(self.shown(self.total))
        if self.is_array:
            return say(
                "{source} reaches {target} along {count} paths; their products add up.", **ends
            )
        if not self.lines:
            return say(
                "{source} reaches {target} along {count} paths; their products add up to {total}.",
                **ends,
                total=total,
            )
        digits = self._settled(self.adds)
        parts = [_said(self.shown(line.product, "", digits)) for line in self.lines]
        sum_ = " + ".join(f"({part})" if part.startswith("−") else part for part in parts[1:])
        sign = "=" if digits else "≈"
        return say(
            "{source} reaches {target} along {count} paths, whose products add up: {sum}.",
            **ends,
            sum=f"{parts[0]} + {sum_} {sign} {total}",
        )

    def _settled(self, holds: Callable[[int], bool]) -> int | None:
        """The least digits with which a reader gets the total that is shown; None without any."""
        tried = range(self.digits, self.digits + MORE)
        return next((d for d in tried if holds(d)), None)

    def _single(self, formula: Formula | None) -> str:
        (line,) = self.lines
        way = _passing(line.stops)
        if formula is None:
            return say(
                "Along {way} the gradient comes back from {target} to {source}.",
                way=way,
                target=self.target,
                source=self.source,
            )
        if len(line.symbols) == 1:
            slope = _said(formula.result or formula.rule)
            return say("Along {way} there is one local gradient, {slope}.", way=way, slope=slope)
        done, result = _said(formula.filled or formula.rule), _said(formula.result)
        if done == result:
            return say(
                "Along {way} the local gradients multiply to {product}.", way=way, product=done
            )
        return say(
            "Along {way} the local gradients multiply: {product}.",
            way=way,
            product=f"{done} {formula.equals} {result}",
        )

    def _formula(self) -> Formula | None:
        """∂f/∂x as the sum over paths of the products of local gradients along each."""
        if self.total is None or not self.lines:
            return None
        digits = self._settled(self.follows)
        shown = digits or self.digits
        result = self.shown(self.total, "hot")
        (line, *others) = self.lines
        if len(line.symbols) == 1 and not others:
            (symbol,) = line.symbols
            rule = result if symbol.kind == "partial" else symbol
            rest = None if symbol.kind == "partial" else result
            return Formula(self.left, self.sign, rule, None, rest)
        return Formula(
            self.left,
            self.sign,
            reduce(M.add, (_product(line.symbols) for line in self.lines)),
            reduce(M.add, (self._numbers(line, shown) for line in self.lines)),
            result,
            digits=shown,
            equals="=" if digits else "≈",
        )

    def numbers(self) -> list[tuple[list[str], str] | None]:
        """Of each path the local gradients and their product as texts; None for arrays, and where
        they are unknown.
        """
        digits = self._settled(self.follows) or self.digits
        return [None if self.is_array else self._texts(line, digits) for line in self.lines]

    def _texts(self, line: Line, digits: int) -> tuple[list[str], str] | None:
        if line.factors is None:
            return None
        *factors, product = (
            _said(self.shown(value, "", digits)) for value in (*line.factors, line.product)
        )
        return factors, product

    def sum(self) -> tuple[str, str]:
        """The sum of the products as a text, after its sign; empty where it is unknown."""
        if self.total is None or self.is_array:
            return "", ""
        return "=" if self._settled(self.adds) else "≈", _said(self.shown(self.total))

    def _numbers(self, line: Line, digits: int) -> Maths:
        assert line.factors is not None
        return _product([self.shown(factor, "gradient", digits) for factor in line.factors])


@dataclass(frozen=True)
class ByHand:
    """What a reader finds with numbers as they are shown.

    total  the sum of the products; None where it is unknown.
    ours   the digits of the sum.
    """

    lines: Sequence[Line]
    total: float | None
    ours: int

    def follows(self, digits: int) -> bool:
        """Whether factors of so many digits give the sum that is shown."""
        by_hand = 0.0
        for line in self.lines:
            by_hand += math.prod(rounded(factor, digits) for factor in line.factors or ())
        return self._gives(by_hand)

    def adds(self, digits: int) -> bool:
        """Whether products of so many digits give it."""
        return self._gives(sum(rounded(line.product, digits) for line in self.lines))

    def _gives(self, by_hand: float) -> bool:
        if self.total is None or not math.isfinite(self.total):
            return True
        return number(by_hand, self.ours) == number(self.total, self.ours)


def told(story: Story, paths: Paths) -> Frame:
    """The end of the run, where everything is known, told along some paths."""
    return retold(story.frame("final"), **along(story.rules, paths).words())


def along(rules: Rules, paths: Paths) -> Along:
    """Paths as they are told."""
    source, target = (rules.labels[node] for node in (paths.source, paths.target))
    lines = [
        Line(
            [rules.labels.get(node) or say("a constant") for node in way.nodes],
            [M.partial(_said(rules.label(e.target)), rules.label(e.source)) for e in way.edges],
            way.factors,
            way.product,
        )
        for way in paths.ways
    ]
    return Along(
        source,
        target,
        M.partial(target, rules.label(paths.source)),
        "=" if paths.is_all else "←",
        paths.count,
        lines,
        paths.total,
        rules.shown,
        rules.digits,
        *_by_hand(rules, lines, paths.total),
        is_array=bool(rules.graph.nodes[paths.source].shape),
    )


def _by_hand(
    rules: Rules, lines: Sequence[Line], total: Any
) -> tuple[Callable[[int], bool], Callable[[int], bool]]:
    """`follows` and `adds`. Exact numbers always do, and arrays are not worked out."""
    xp = rules.xp
    if xp.name == "exact" or total is None or xp.shape(total):
        return (lambda _: True), (lambda _: True)

    def plain(value: Any) -> float:
        return float(xp.plain(value))

    numbers = [
        replace(
            line,
            factors=None if line.factors is None else [plain(v) for v in line.factors],
            product=None if line.product is None else plain(line.product),
        )
        for line in lines
    ]
    found = ByHand(numbers, plain(total), rules.digits)
    return found.follows, found.adds


def _passing(stops: Sequence[str]) -> str:
    """The nodes of a path, those in the middle of a long one left out."""
    shown = [*stops]
    if len(shown) > MOST_STOPS:
        shown[3:-3] = ["…"]
    return " → ".join(shown)


def _said(maths: Maths | None) -> str:
    return unicode.text(maths) if maths is not None else ""


def _product(factors: Sequence[Maths]) -> Maths:
    return reduce(M.mul, factors)
