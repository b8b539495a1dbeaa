"""The pictures of W · x + b = s: laid out once, then a scene for every step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import ClassVar, Final

from gradviz.layout.curves import Point
from gradviz.scene.derived import DerivedPictures, Quantity
from gradviz.scene.framing import SLIDE, Framing
from gradviz.scene.model import Item
from gradviz.scene.views.matrix import quantities
from gradviz.scene.views.matrix.draw import MatrixDrawing
from gradviz.scene.views.matrix.place import NUMBER, MatrixLayout
from gradviz.story.languages import pattern, say
from gradviz.story.matrix.frames import MatrixFrame, MatrixStory
from gradviz.trace.ways import Spot


class MatrixPictures(DerivedPictures):
    """Scenes of one walk over a product."""

    options: ClassVar = ("hide", "answers", "spotlight", "paths")
    NUMBER: ClassVar = NUMBER
    LEGENDS: ClassVar = (
        ("value", pattern("value")),
        ("ink", pattern("weight")),
        ("gradient", pattern("gradient below")),
        ("hot", pattern("this step")),
    )
    REMEDY: ClassVar = pattern(
        "draw a smaller matrix or fewer digits, or a poster with --slide none"
    )

    def __init__(
        self,
        story: MatrixStory,
        framing: Framing = SLIDE,
        *,
        hide: Sequence[str] = (),
        answers: bool = False,
        spotlight: Sequence[str] = (),
        paths: str | None = None,
    ) -> None:
        marks = {"hide": hide, "spotlight": spotlight}
        super().__init__(story, framing, answers=answers, paths=paths, **marks)
        self.layout = MatrixLayout(story)

    def items(self, frame: MatrixFrame, corner: Point) -> Iterable[Item]:
        """What is drawn of a frame, from this corner on."""
        return MatrixDrawing(self.layout, frame, corner).items()

    def shown(self, key: str) -> Iterable[Quantity]:
        """The numbers of the graph that the text of this key shows."""
        return quantities.shown(self.story.walk, key)

    def is_lit(self, key: str, spot: Collection[Spot]) -> bool:
        """Whether what bears this key belongs to numbers in the light."""
        return quantities.is_lit(key, spot)

    def concerned(self, frame: MatrixFrame) -> set[Quantity]:
        """The numbers of the graph that the words of a frame tell."""
        return quantities.concerned(frame)

    def told(self, frame: MatrixFrame) -> str:
        """What is known of x and of s."""
        f, walk = self.story.formulas, frame.walk
        samples = [(n, walk.equation.samples[n]) for n in self.layout.drawn(walk.samples)]
        known = [
            f"{f.text('s', i, n)} {self.layout.said(sample.scores[i])}"
            for n, sample in samples
            for i in self.layout.drawn(walk.rows)
            if frame.knows("row", i, n)
        ]
        inputs = [
            f"{f.text('x', j, n)} {self.layout.said(sample.inputs[j], f.shown)}"
            for n, sample in samples
            for j in self.layout.drawn(walk.columns)
        ]
        return say(
            "Of {column}: {inputs}; of {sums}: {known}." if known else "Of {column}: {inputs}.",
            column=f.column,
            inputs=", ".join(inputs),
            sums=f.sums,
            known=", ".join(known),
        )


PICTURES: Final = MatrixPictures
