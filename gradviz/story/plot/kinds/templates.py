"""Templates told: what a picture of weights means, and how well the scores do."""

from __future__ import annotations

from typing import Any, Final

from gradviz.story.formula import Formula
from gradviz.story.languages import pattern
from gradviz.story.maths import unicode
from gradviz.story.plot.kinds import said
from gradviz.trace.plots.templates import Templates

DIGITS: Final = 3


class TemplatesTeller:
    """The words of templates."""

    heading = pattern("Templates")
    formula: Formula | None = None

    def __init__(self, content: Templates, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A number in the picture."""
        return said(value, min(DIGITS, self.digits))

    @property
    def subtitle(self) -> str:
        """The matrix, its size, and the pass."""
        rows, columns = self.content.size
        what = "kernels" if self.content.kernels else "rows"
        found = (
            f"the {len(self.content.images)} {what} of {self.weights} as {rows}×{columns} pictures"
        )
        return f"{found}, {self.content.when}" if self.content.when else found

    @property
    def weights(self) -> str:
        """The name of the matrix, as it is typeset."""
        return unicode.name(self.content.weights)

    @property
    def largest(self) -> float:
        """The largest weight, by its size: the strongest colour."""
        return max(abs(v) for image in self.content.images for row in image for v in row)

    @property
    def sentence(self) -> str:
        """What the pictures mean."""
        if self.content.kernels:
            return (
                "A cell of a map is how well the window under it agrees with the kernel, pixel by"
                " pixel: a bright pixel raises it where the weight is positive and lowers it where"
                " it is negative."
            )
        return (
            f"A score is how well {unicode.name(self.content.input)} agrees with a row of"
            f" {self.weights}, pixel by pixel: a bright pixel raises it where the weight is"
            " positive and lowers it where it is negative."
        )

    @property
    def note(self) -> str:
        """How many samples get their class."""
        if self.content.scored is None:
            return ""
        right, count, held_out = self.content.scored
        word = "held-out " if held_out else ""
        return (
            f"{right:,} of {count:,} {word}samples are right, {self.said(100 * right / count)} %."
        )

    @property
    def alt(self) -> str:
        """Of each unit the pixels with the largest and the smallest weight."""
        told = []
        for name, image in zip(self.content.names, self.content.images, strict=True):
            cells = [(v, i + 1, j + 1) for i, row in enumerate(image) for j, v in enumerate(row)]
            high, low = max(cells), min(cells)
            told.append(
                f"{name}: most {self.said(high[0])} in row {high[1]}, column {high[2]},"
                f" least {self.said(low[0])} in row {low[1]}, column {low[2]}"
            )
        return "; ".join(told) + "."

    def data(self) -> dict[str, Any]:
        """Every weight."""
        content = self.content
        return {
            "source": content.trace.source,
            "weights": content.weights,
            "input": content.input,
            "names": list(content.names),
            "images": [[list(row) for row in image] for image in content.images],
            "scored": None if content.scored is None else list(content.scored),
        }


TELLER: Final = TemplatesTeller
