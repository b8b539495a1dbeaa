"""A matrix or vector of numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gradviz.exam.answers.form import (
    LONGEST,
    RIGHT,
    Answer,
    Judgement,
    Mistake,
    UnreadableError,
    about,
    partly,
    wrong,
)
from gradviz.exam.answers.number import EXACT, numbers
from gradviz.exam.answers.typed import plainly
from gradviz.exam.text import Text, decimal, nested, numeral

Rows = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True, slots=True)
class WrongMatrix:
    """A wrong matrix produced by a known mistake, possibly in another shape."""

    rows: tuple[tuple[Fraction, ...], ...]
    misconception: str
    feedback: str
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Matrix(Answer):
    """A matrix of numbers by rows; a vector is one row."""

    name = "matrix"
    malformed = ("none", "[[1, 2], [3]]", "1 2; 3")

    rows: tuple[tuple[Fraction, ...], ...]
    tolerance: Fraction = EXACT
    wrong: tuple[WrongMatrix, ...] = ()
    is_vector: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of rows and columns of the key."""
        return shape(self.rows)

    @property
    def written(self) -> str:
        """`[1, 2]`, or `[[1, 2], [3, 4]]`."""
        return nested(self.rows[0] if self.is_vector else self.rows)

    @property
    def shown(self) -> Text:
        """The key as mathematics."""
        return self._said(self.rows)

    def _said(self, rows: Rows) -> Text:
        """Rows as mathematics; the only row of a vector as a vector."""
        return (numeral(rows[0] if self.is_vector and len(rows) == 1 else rows),)

    @property
    def hint(self) -> str:
        """How to write the vector or matrix."""
        if self.is_vector:
            return "a vector, such as [1, 2]"
        return "a matrix, such as [[1, 2], [3, 4]]"

    def mark(self, text: str) -> Judgement:
        """Right if every entry is; at most half the points if at least half of the entries are.

        Zeros in their place do not count for half the points: they also come from giving up.
        """
        rows = read(text)
        if self.is_vector and len(rows) > 1 and len(rows[0]) == 1:
            rows = (tuple(row[0] for row in rows),)  # a column counts as a row
        if self._is_near(rows, self.rows):
            return RIGHT
        for mistake in self.wrong:
            if self._is_near(rows, mistake.rows):
                return wrong(mistake)
        if shape(rows) != self.shape:
            expected = "×".join(map(str, self.shape))
            return wrong(says=f"The shape is {expected}: a gradient has the shape of its variable.")
        pairs = [pair for pair in _pairs(rows, self.rows) if any(pair)]
        hits = sum(abs(a - b) <= self.tolerance for a, b in pairs)
        if 2 * hits < len(pairs):
            return wrong()
        return partly(
            Fraction(hits, 2 * len(pairs)),
            f"{hits} of the {len(pairs)} entries that are not 0 are right.",
        )

    def _is_near(self, a: Rows, b: Rows) -> bool:
        same_shape = [len(row) for row in a] == [len(row) for row in b]
        return same_shape and all(abs(x - y) <= self.tolerance for x, y in _pairs(a, b))

    def wrong_texts(self) -> Iterator[str]:
        """Every mistake, and the key with every entry 1 too large."""
        yield from (nested(w.rows) for w in self.wrong)
        yield nested(tuple(tuple(v + 1 for v in row) for row in self.rows))

    def lazy_texts(self) -> Mapping[str, str]:
        """The same number in every entry."""
        return {
            habit: nested([[Fraction(n)] * len(row) for row in self.rows])
            for habit, n in Answer.lazy_texts(self).items()
        }

    def data(self) -> dict[str, Any]:
        """Key and mistakes by rows."""
        return {
            "form": "vector" if self.is_vector else "matrix",
            "key": _decimals(self.rows),
            "tolerance": decimal(self.tolerance),
            "wrong": [{"rows": _decimals(w.rows), **about(w)} for w in self.wrong],
        }

    def slips(self) -> Iterator[tuple[Text, Mistake]]:
        """Every mistake with its matrix."""
        return ((self._said(w.rows), w) for w in self.wrong)

    def clashes(self) -> Iterator[str]:
        """A mistake that makes no difference."""
        if self.rows in [w.rows for w in self.wrong]:
            yield "a mistake gives the key"


FORM = Matrix


def shape(rows: Rows) -> tuple[int, int]:
    """The numbers of rows and columns."""
    return len(rows), len(rows[0])


def _pairs(a: Rows, b: Rows) -> list[tuple[Fraction, Fraction]]:
    return [
        pair for left, right in zip(a, b, strict=True) for pair in zip(left, right, strict=True)
    ]


def _decimals(rows: Rows) -> list[list[str]]:
    return [[decimal(v) for v in row] for row in rows]


LABEL = re.compile(r"^(?=[^=:]*[^\W\d_])[^\[\]=:;,]{0,60}[=:]\s*(?=\S)")
WRAPPER = re.compile(r"(?:(?:np|numpy|torch|jnp|tf)\.)?(?:array|tensor|matrix|asarray|Matrix)\s*\(")
ENDING = re.compile(r"(?:,\s*dtype\s*=\s*[\w.]+\s*)?\)\s*$")
ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{\w*matrix\}|\\(?:begin|end)\s*\{array\}(?:\{\w*\})?")
QUOTIENT = re.compile(r"\(\s*\(?(-?[\d.]+)\)?\s*/\s*\(?(-?[\d.]+)\)?\s*\)")
NEGATIVE = re.compile(r"\(\s*(-[^(),;\s]+)\s*\)")
OPENED = str.maketrans("({⎡⎢⎣⎤⎥⎦", "[[      ") | str.maketrans(")}", "]]")


def read(text: str) -> Rows:
    """Rows: `[[1, 2], [3, 4]]`, in any brackets, as `np.array` or in LaTeX.

    Or split by `;` or newlines, numbers by tabs, spaces or `,`. Raises UnreadableError.
    """
    if len(text) > LONGEST:
        raise UnreadableError("this is not a matrix")
    if ENVIRONMENT.search(text):
        text = ENVIRONMENT.sub("", text).replace("\\\\", ";").replace("&", ", ")
    text = LABEL.sub("", plainly(text))
    if WRAPPER.match(text):
        text = ENDING.sub("", WRAPPER.sub("", text, count=1))
    text = QUOTIENT.sub(r"\1/\2", text)
    text = NEGATIVE.sub(r"\1", text).translate(OPENED).strip()
    if "\n" in text and "|" in text:  # tall brackets, line by line
        text = re.sub(r"[\[\]|]", " ", text)
    if text.startswith("["):
        body = re.sub(r"\]\s*[,;]?\s*\[", ";", text)
        if "]" in body.rstrip(" ],;") or "[" in body.lstrip(" ["):
            raise UnreadableError(f"{text!r:.40} is not a matrix")
        text = body.replace("[", "").replace("]", "")
    rows = [row for row in re.split(r"[;\n|]", text) if row.strip()]
    found = tuple(tuple(numbers(cell)[0] for cell in _cells(row)) for row in rows)
    if not found or not found[0] or len({len(row) for row in found}) != 1:
        raise UnreadableError("the rows of the matrix differ in length")
    return found


def _cells(row: str) -> list[str]:
    """The numbers of a row: split at commas if a space follows them or there are no spaces.

    Otherwise they are split at spaces.
    """
    row = row.strip().strip(",")
    if "\t" in row:
        return [cell for cell in re.split(r"\s*\t\s*", row) if cell]
    if re.search(r",\s", row):
        cells = re.split(r"\s*,\s+", row)
    else:
        cells = row.split() if " " in row else row.split(",")
    return [cell for cell in cells if cell]
