"""Mistakes in measuring a derivative by differences.

The arguments are the two losses and the step h.
"""

from gradviz.mistakes.mistake import Mistake

MISTAKES = (
    Mistake(
        "half-the-distance",
        "You divided by h: the two points are 2h apart.",
        formula=lambda above, below, distance, h: (above - below) / h if distance != h else None,
        about="difference",
    ),
    Mistake(
        "twice-the-distance",
        "You divided by 2h: the two points are only h apart.",
        formula=lambda above, below, distance, h: (
            (above - below) / (2 * h) if distance == h else None
        ),
        about="difference",
    ),
    Mistake(
        "difference-not-divided",
        "This is the difference between the losses: the slope is that divided by the distance.",
        formula=lambda above, below, distance, h: above - below,
        about="difference",
    ),
    Mistake(
        "difference-turned",
        "You subtracted the wrong way round: the loss at the larger point comes first.",
        formula=lambda above, below, distance, h: (below - above) / distance,
        about="difference",
    ),
    Mistake(
        "difference-times-distance",
        "You multiplied by the distance: the slope is the difference divided by the distance.",
        formula=lambda above, below, distance, h: (above - below) * distance,
        about="difference",
    ),
)
