"""The story of W · x + b = s: the sentence and the formula of each step."""

from __future__ import annotations

import math
from collections.abc import Collection

from gradviz.arrays.digits import DIGITS
from gradviz.story.derived import DerivedFrame, DerivedStory, Lit
from gradviz.story.languages import say
from gradviz.story.languages.counting import count
from gradviz.story.matrix.formulas import MatrixFormulas
from gradviz.story.matrix.paths import entries, lit
from gradviz.story.matrix.sentences import MatrixWords
from gradviz.trace.matrix import Kind, MatrixStep, MatrixTrace, Place
from gradviz.trace.paths import BETWEEN
from gradviz.trace.ways import Spot


class MatrixFrame(DerivedFrame[MatrixStep]):
    """The walk after `number` steps."""

    story: MatrixStory
    walk: MatrixTrace

    @property
    def place(self) -> Place | None:
        """What the step is about."""
        return self.walk.places[self.number - 1] if self.is_at_work else None

    def knows(self, kind: Kind, index: int | None = None, sample: int = 0) -> bool:
        """Whether a number is known by now: s_i (`row`), a gradient of W, b or x."""
        since = self.walk.since(kind, index, sample)
        return since is not None and since <= self.number

    @property
    def knows_upstream(self) -> bool:
        """Whether the backward pass has brought u."""
        return self.phase == "backward" and self.walk.equation.upstream is not None

    @property
    def focus(self) -> int | None:
        """The node at work: that of s, or what receives its gradient."""
        place, eq = self.place, self.walk.equation
        if place is None:
            return None
        nodes = {"row": eq.sums, "weights": eq.matrix, "bias": eq.offset, "inputs": eq.column}
        return nodes[place.kind]

    @property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        step = self.step
        if step is None:
            return False
        brought = (step.total, step.result, *(t.product for t in step.terms))
        return not all(math.isfinite(v) for v in brought if v is not None)


class MatrixStory(DerivedStory[MatrixFrame]):
    """Tells one walk over a product; the counterpart of `gradviz.story.frame.Story`."""

    FRAME = MatrixFrame
    walk: MatrixTrace

    def __init__(self, walk: MatrixTrace, digits: int = DIGITS) -> None:
        super().__init__(walk, digits)
        self.formulas = MatrixFormulas(walk, self.rules)
        self.words = MatrixWords(walk, self.formulas)

    def lit(self, paths: str) -> Lit:
        """The paths that `x_1..s_2..L` means. Raises what `gradviz.story.matrix.paths.lit` does."""
        return lit(self.walk, self.formulas, paths)

    def spots(self, word: str) -> Collection[Spot]:
        """The entries that a name or a path such as `x_1..s_2` means. Raises what `lit` does."""
        if BETWEEN not in word:
            return entries(self.walk, self.formulas, word)
        found = self.lit(word)
        weights = {("W", to[1], at[1]) for at, to in found.hops if (at[0], to[0]) == ("x", "s")}
        return found.spots | weights

    def steps_along(self, path: str) -> list[int]:
        """The steps along a path such as `x_1..s_2`: of the rows, columns and weights on it. Raises
        what `lit` does.
        """
        spots = self.lit(path).spots
        arrays = {"row": "s", "inputs": "x", "weights": "W", "bias": "b"}

        def is_on(place: Place) -> bool:
            array = arrays[place.kind]
            own = (at for name, *at in spots if name == array)
            if place.at is None or array == "b":
                return any(True for _ in own)
            return any(at[0] == place.at and (array == "W" or at[1] == place.sample) for at in own)

        return [k for k, place in enumerate(self.walk.places, 1) if is_on(place)]

    @property
    def title(self) -> str:
        """`W · x + b, 3×4`."""
        f, (rows, columns) = self.formulas, self.walk.shape
        bias = "" if self.walk.equation.bias is None else f" + {f.plain(f.offset)}"
        title = f"{f.matrix_text} · {f.column_text}{bias}, {rows:,}×{columns:,}"
        if self.walk.batch == 1:
            return title
        return say("{title}, a batch of {batch}", title=title, batch=count(self.walk.batch))
