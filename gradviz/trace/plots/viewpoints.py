"""The three viewpoints of a linear classifier as plain data: formula, plane, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from gradviz.trace.plots.plane import Pane
from gradviz.trace.trace import Trace


class ScoreRow(NamedTuple):
    """A row of W with what it makes of the point: its class, its weights, its bias, its score."""

    place: int
    weights: tuple[float, ...]
    bias: float
    score: float


class Arrow(NamedTuple):
    """A row of W in the plane: its direction, from where its score is 0."""

    start: tuple[float, float]
    end: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pictures:
    """The rows of a matrix as images of rows and columns, each with its name."""

    weights: str
    size: tuple[int, int]
    names: tuple[str, ...]
    images: tuple[tuple[tuple[float, ...], ...], ...]


@dataclass(frozen=True, slots=True)
class Viewpoints:
    """A linear classifier seen three ways.

    symbols   what W, x, b and the scores are called; b is empty without a bias.
    flipped   whether a row of W, as it is called here, is a column of the matrix: s = x W + b.
    classes   the names of all classes.
    point     x, and `label` its class; None where that is not known.
    rows      those that are shown, of all `classes`: the highest scores.
    plane     the fields of these rows, the lines where their scores are 0, and samples. Of more
              than two inputs it is a cut through the point along two of them (`across`).
    arrows    the rows in it, to one scale.
    pictures  the rows as images, of this classifier or another; None where they are no images.
    level     the score at which a single one changes sides; 0 for several.
    data, when  the samples and the pass, as they are told; may be empty.
    """

    form: ClassVar = "viewpoints"

    symbols: tuple[str, str, str, str]
    flipped: bool
    classes: tuple[str, ...]
    point: tuple[float, ...]
    label: int | None
    rows: tuple[ScoreRow, ...]
    plane: Pane
    across: tuple[int, int]
    arrows: tuple[Arrow | None, ...]
    pictures: Pictures | None
    data: str
    when: str
    trace: Trace
    level: float = 0.0

    @property
    def is_cut(self) -> bool:
        """Whether the plane leaves the other inputs as they are at the point."""
        return len(self.point) > 2

    @property
    def at(self) -> tuple[float, float]:
        """The point in the plane."""
        i, j = self.across
        return self.point[i], self.point[j]

    @property
    def highest(self) -> ScoreRow | None:
        """The row with the highest score; of a single row, this where it is above the level."""
        if len(self.rows) == 1:
            return self.rows[0] if self.rows[0].score > self.level else None
        return max(self.rows, key=lambda row: row.score)
