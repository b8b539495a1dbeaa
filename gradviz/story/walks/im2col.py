"""The story of a convolution as a product of matrices, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from gradviz.story.cells.frames import CellStory
from gradviz.story.cells.sentences import CellWords
from gradviz.story.languages import pattern, say
from gradviz.story.walks import cells
from gradviz.trace.cells import CellStep
from gradviz.trace.im2col import ColumnTrace

STARTS: Final = (
    (
        pattern(
            "One window is stretched into a column of {length} cells, the kernel into a row of the"
            " same length."
        ),
        pattern(
            "One window is stretched into a column of {length} cells, each kernel into a row of the"
            " same length."
        ),
    ),
    (
        pattern(
            "Each of {windows} windows is stretched into a column of {length} cells, the kernel"
            " into a row of the same length."
        ),
        pattern(
            "Each of {windows} windows is stretched into a column of {length} cells, each kernel"
            " into a row of the same length."
        ),
    ),
)
"""Of one window and of several: with one kernel, and with several."""


class ColumnWords(CellWords):
    """Says the steps of one walk: a row of W meets a column of X."""

    trace: ColumnTrace

    @property
    def title(self) -> str:  # type: ignore[override]
        """`convolution 3×3, padding 1, as a matrix product`."""
        return say("{title} as a matrix product", title=super().title)

    def start(self) -> str:
        """The sentence before the first step."""
        told = STARTS[self.trace.windows > 1][self.trace.shape(1)[0] > 1]
        return say(told, windows=self.trace.windows, length=self.trace.length)

    def _forward(self, step: CellStep) -> str:
        kernel, window = self.trace.at(step.place)
        products = len(step.parts)
        return say(
            "{row} meets column {column}, the window at {where}: one product{made}."
            if products == 1
            else "{row} meets column {column}, the window at {where}: {products} products,"
            " summed{made}.",
            row=self._row(kernel),
            column=window + 1,
            where=self._where(step.place),
            products=products,
            made=self._made(step, self._total(step)),
        )

    def _row(self, kernel: int) -> str:
        if self.trace.shape(1)[0] == 1:
            return say("The kernel")
        return say("Kernel {number}", number=kernel + 1)

    def _backward(self, step: CellStep, slot: int) -> str:
        kernel, window = self.trace.at(step.place)
        if step.upstream == 0 or slot > 1:
            return super()._backward(step, slot)
        told: dict[str, Any] = {"g": self.shown(step.upstream), "column": window + 1}
        if slot == 1:
            return say(
                "{row} met column {column}, so its row receives {g} times it. All columns add up."
                if self.trace.windows > 1
                else "{row} met column {column}, so its row receives {g} times it.",
                row=self._row(kernel),
                **told,
            )
        return say(
            "Column {column} met the kernel, so it receives {g} times its row; the cells go back to"
            " where they were copied from."
            if self.trace.shape(1)[0] == 1
            else "Column {column} met kernel {number}, so it receives {g} times its row; the cells"
            " go back to where they were copied from.",
            number=kernel + 1,
            **told,
        )


class ColumnStory(CellStory):
    """Tells one walk over a convolution as a product of matrices."""

    WORDS: ClassVar = ColumnWords
    walk: ColumnTrace


STORY: Final = ColumnStory


def data(story: ColumnStory, steps: Sequence[int]) -> dict[str, Any]:
    """Some steps of a walk as JSON-ready data, as for cells, and for each the `row` of the kernels
    and the `column` of the windows, counted from 0.
    """
    found = cells.data(story, steps)
    for step in found["steps"]:
        step["row"], step["column"] = story.walk.at(tuple(step["place"]))
    return {"view": story.walk.kind, "matrix": [story.walk.length, story.walk.windows], **found}
