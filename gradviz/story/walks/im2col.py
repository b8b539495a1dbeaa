"""The story of a convolution as a product of matrices, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from gradviz.story.cells.frames import CellStory
from gradviz.story.cells.sentences import CellWords
from gradviz.story.walks import cells
from gradviz.trace.cells import CellStep
from gradviz.trace.im2col import ColumnTrace


class ColumnWords(CellWords):
    """Says the steps of one walk: a row of W meets a column of X."""

    trace: ColumnTrace

    @property
    def title(self) -> str:  # type: ignore[override]
        """`convolution 3×3, padding 1, as a matrix product`."""
        return f"{super().title} as a matrix product"

    def start(self) -> str:
        """The sentence before the first step."""
        windows = self.trace.windows
        each = "One window is" if windows == 1 else f"Each of {windows} windows is"
        kernels = "the kernel" if self.trace.shape(1)[0] == 1 else "each kernel"
        return (
            f"{each} stretched into a column of {self.trace.length} cells, {kernels} into a row of"
            " the same length."
        )

    def _forward(self, step: CellStep) -> str:
        kernel, window = self.trace.at(step.place)
        bias = f", plus the bias {self.shown(step.bias)}" if step.bias is not None else ""
        count = len(step.parts)
        products = "one product" if count == 1 else f"{count} products, summed"
        return (
            f"{self._row(kernel)} meets column {window + 1}, the window at"
            f" {self._where(step.place)}: {products}{bias}: {self._total(step)}."
        )

    def _row(self, kernel: int) -> str:
        return "The kernel" if self.trace.shape(1)[0] == 1 else f"Kernel {kernel + 1}"

    def _backward(self, step: CellStep, slot: int) -> str:
        kernel, window = self.trace.at(step.place)
        g, own = self.shown(step.upstream), self._row(kernel)
        if step.upstream == 0 or slot > 1:
            return super()._backward(step, slot)
        if slot == 1:
            more = ". All columns add up" if self.trace.windows > 1 else ""
            return f"{own} met column {window + 1}, so its row receives {g} times it{more}."
        row = own[0].lower() + own[1:]
        return (
            f"Column {window + 1} met {row}, so it receives {g} times its row; the cells go back to"
            " where they were copied from."
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
