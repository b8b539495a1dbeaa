"""Mistakes in measuring a derivative by differences.

The arguments are the two losses and the step h.
"""

from collections.abc import Iterator

from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit, Numerical
from gradviz.mistakes.mistake import Made, Mistake


def _kept(asked: Asked) -> Iterator[Made]:
    if asked.is_numerical:
        yield Made(Edit(numerical=Numerical(kept=True)))


def _central(asked: Asked) -> Iterator[Made]:
    if "slope" in asked.kinds:
        yield Made(Edit(numerical=Numerical(sides=2)))


MISTAKES = (
    Mistake(
        "half-the-distance",
        "You divided by h: the two points are 2h apart.",
        formula=lambda above, below, distance, h: (above - below) / h if distance != h else None,
        about="difference",
        says="it was divided by h, though the points are 2h apart",
    ),
    Mistake(
        "twice-the-distance",
        "You divided by 2h: the two points are only h apart.",
        formula=lambda above, below, distance, h: (
            (above - below) / (2 * h) if distance == h else None
        ),
        about="difference",
        says="it was divided by 2h, though the points are h apart",
    ),
    Mistake(
        "difference-not-divided",
        "This is the difference between the losses: the slope is that divided by the distance.",
        formula=lambda above, below, distance, h: above - below,
        about="difference",
        says="the difference was not divided by h",
    ),
    Mistake(
        "difference-turned",
        "You subtracted the wrong way round: the loss at the larger point comes first.",
        formula=lambda above, below, distance, h: (below - above) / distance,
        about="difference",
        says="it was subtracted the wrong way round",
    ),
    Mistake(
        "difference-times-distance",
        "You multiplied by the distance: the slope is the difference divided by the distance.",
        formula=lambda above, below, distance, h: (above - below) * distance,
        about="difference",
        says="it was multiplied by h",
    ),
    Mistake(
        "step-kept",
        about="working",
        places=_kept,
        says="h was kept in the elements before, not taken back",
        right="Every element starts again from W itself.",
        bits=3.0,
    ),
    Mistake(
        "central-difference",
        about="working",
        places=_central,
        says="the difference was taken to both sides",
        bits=3.0,
    ),
)
