"""Three viewpoints told: the numbers of one point, and which score is the highest."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Final, NamedTuple

from gradviz.arrays.digits import number, rounded
from gradviz.story.formula import Formula
from gradviz.story.languages import pattern
from gradviz.story.maths import M, unicode
from gradviz.story.plot.kinds import said
from gradviz.trace.io.plain import named
from gradviz.trace.plots.viewpoints import ScoreRow, Viewpoints

LEAST: Final = 3
DIGITS: Final = ((3, 4), (3, 3), (4, 4), (4, 3), (5, 4), (5, 3), (6, 4), (6, 3))
"""Significant digits of the factors and of the scores, the best first: the first with which every
score follows from what is written.
"""
SYMBOLS: Final = ("weights", "input", "bias", "scores")
TERMS: Final = 4
"""Products that are written out of a row; of longer ones the largest."""


Piece = tuple[str, str]
"""A text and its role."""


class Product(NamedTuple):
    """A product as it is written: a weight and what it meets."""

    weight: str
    met: str


class Worked(NamedTuple):
    """A score worked out: its products, what the others add up to (empty where there are none), the
    bias (empty without one), and the score; `is_exact` whether it follows from what is written.
    """

    products: tuple[Product, ...]
    rest: str
    left_out: int
    bias: str
    score: str
    is_exact: bool


class ViewpointsTeller:
    """The words of three viewpoints."""

    heading = pattern("Three viewpoints")
    every = 1

    def __init__(self, content: Viewpoints, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A number in the picture."""
        return said(value, min(LEAST, self.digits))

    @cached_property
    def numbers(self) -> tuple[int, int]:
        """The digits of factors and of scores, the same in all rows."""
        rows = self.content.rows
        exact = (d for d in DIGITS if all(self._worked(row, *d).is_exact for row in rows))
        return next(exact, DIGITS[0])

    def worked(self, row: ScoreRow, terms: int = TERMS) -> Worked:
        """A score worked out, with at most so many products."""
        return self._worked(row, *self.numbers, terms)

    def _worked(self, row: ScoreRow, digits: int, result: int, terms: int = TERMS) -> Worked:
        pairs = list(zip(row.weights, self.content.point, strict=True))
        order = sorted(range(len(pairs)), key=lambda k: -abs(pairs[k][0] * pairs[k][1]))
        kept = sorted(order[:terms])
        others = [k for k in range(len(pairs)) if k not in kept]
        rest = math.fsum(pairs[k][0] * pairs[k][1] for k in others)
        told = [(rounded(w, digits), rounded(x, digits)) for w, x in (pairs[k] for k in kept)]
        has_bias = bool(self.content.symbols[2])
        sums = [w * x for w, x in told]
        sums += [rounded(rest, digits)] if others else []
        sums += [rounded(row.bias, digits)] if has_bias else []
        score = number(row.score, result)
        return Worked(
            tuple(Product(said(w, digits), said(x, digits)) for w, x in told),
            said(rest, digits) if others else "",
            len(others),
            said(row.bias, digits) if has_bias else "",
            said(row.score, result),
            number(math.fsum(sums), result) == score,
        )

    def pieces(self, row: ScoreRow, terms: int = TERMS) -> list[list[Piece]]:
        """A score worked out in pieces between which a line may break: a product or a summand, its
        texts with their roles; the last is the score.
        """
        worked, found = self.worked(row, terms), list[list[Piece]]()
        for weight, met in worked.products:
            factor = f"({met})" if met.startswith("−") else met
            found.append([(_signed(weight, not found), "value"), (f" · {factor}", "ink")])
        if worked.rest:
            found.append(
                [(_signed(worked.rest), "muted"), (f" of {worked.left_out:,} more", "muted")]
            )
        if worked.bias:
            found.append([(_signed(worked.bias), "value")])
        sign = "=" if worked.is_exact else "≈"
        role = "hot" if row == self.content.highest else "value"
        return [*found, [(f"{sign} {worked.score}", role)]]

    def line(self, row: ScoreRow) -> str:
        """The same on a line."""
        return " ".join("".join(words for words, _ in piece) for piece in self.pieces(row))

    def name(self, row: ScoreRow) -> str:
        """The class of a row."""
        return self.content.classes[row.place]

    @property
    def symbols(self) -> tuple[str, str, str, str]:
        """W, x, b and the scores as they are typeset."""
        weights, point, bias, scores = map(unicode.name, self.content.symbols)
        return weights, point, bias, scores

    @property
    def level(self) -> str:
        """The score of the lines."""
        return self.said(self.content.level)

    @property
    def row(self) -> str:
        """`row of W`, or `column of W` where the matrix has a column for each class."""
        return f"{'column' if self.content.flipped else 'row'} of {self.symbols[0]}"

    @property
    def subtitle(self) -> str:
        """The classifier's size, and the pass."""
        content, (weights, *_) = self.content, self.symbols
        count, inputs = len(content.classes), len(content.point)
        told = f"{weights} of {count}×{inputs}"
        told = f"{told}, {content.data}" if content.data else told
        return f"{told}, {content.when}" if content.when else told

    @property
    def sentence(self) -> str:
        """What a score is, and which is the highest."""
        _, point, _, scores = self.symbols
        told = f"A score is how well {point} agrees with a {self.row}"
        row = self.content.highest
        if len(self.content.rows) == 1:
            sign = "above" if row is not None else "not above"
            return (
                f"{told}; the side of {self.level} it is on names the class: {scores} is {sign}"
                f" {self.level}."
            )
        assert row is not None
        score = said(row.score, self.numbers[1])
        first = f"{told}; the highest of them names the class: {self.name(row)}, {score}."
        label = self.content.label
        if label is None:
            return first
        is_right = label == row.place
        verdict = "as it should be" if is_right else f"but it is {self.content.classes[label]}"
        return f"{first[:-1]}, {verdict}."

    @property
    def note(self) -> str:
        """How to read the plane, and what is left out."""
        content = self.content
        field = "highest score" if len(content.rows) > 1 else f"side of {self.level}"
        told = [f"Line: score {self.level}; arrow: {self.row}; field: {field}."]
        if len(content.rows) < len(content.classes):
            shown, count = len(content.rows), len(content.classes)
            told.append(f"The {shown} highest of {count} scores are shown.")
        if content.is_cut:
            x, y = map(unicode.name, content.plane.variables)
            told.append(f"The plane varies {x} and {y}; the other inputs are held.")
        return " ".join(told)

    @cached_property
    def formula(self) -> Formula | None:
        """s = W x + b."""
        content = self.content
        weights, point, bias, scores = content.symbols
        count, inputs = len(content.classes), len(content.point)
        shape = (inputs, count) if content.flipped else (count, inputs)
        factors = M.name(weights, shape), M.name(point, (inputs,))
        product = M.product(*(factors[::-1] if content.flipped else factors))
        rule = M.add(product, M.name(bias, (count,))) if bias else product
        return Formula(M.name(scores, (count,)), "=", rule, None, None)

    @property
    def alt(self) -> str:
        """Each score with its numbers."""
        told = []
        for row in self.content.rows:
            weights = ", ".join(map(self.said, row.weights[:12]))
            told.append(
                f"{self.name(row)}: weights {weights}, score {said(row.score, self.numbers[1])}"
            )
        return "; ".join(told) + "."

    def data(self) -> dict[str, Any]:
        """The rows, the point, the lines and the pictures."""
        content = self.content
        pictures = content.pictures
        return {
            "source": content.trace.source,
            "symbols": dict(zip(SYMBOLS, content.symbols, strict=True)),
            "classes": list(content.classes),
            "point": list(content.point),
            "label": content.label,
            "rows": [
                {
                    "class": self.name(row),
                    "weights": list(row.weights),
                    "bias": row.bias,
                    "score": row.score,
                }
                for row in content.rows
            ],
            "plane": {
                "variables": list(content.plane.variables),
                "x": list(content.plane.xs),
                "y": list(content.plane.ys),
                "margins": named([[list(row) for row in grid] for grid in content.plane.margins]),
                "samples": [list(d) for d in content.plane.dots],
                "arrows": [arrow and list(map(list, arrow)) for arrow in content.arrows],
            },
            "pictures": None
            if pictures is None
            else {
                "weights": pictures.weights,
                "names": list(pictures.names),
                "images": [[list(row) for row in image] for image in pictures.images],
            },
        }


def _signed(words: str, first: bool = False) -> str:
    """A summand with the sign before it: `+ 2`, `− 3`; the first one as it is."""
    if first:
        return words
    return f"− {words[1:]}" if words.startswith("−") else f"+ {words}"


TELLER: Final = ViewpointsTeller
