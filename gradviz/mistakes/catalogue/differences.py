"""Mistakes in measuring a derivative by differences.

The arguments are the two losses and the step h.
"""

from collections.abc import Iterator

from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit, Numerical
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import computed, value_of
from gradviz.trace.findings import At, Place


def _kept(asked: Asked) -> Iterator[Made]:
    if asked.is_numerical:
        yield Made(Edit(numerical=Numerical(kept=True)))


def _other_output(asked: Asked) -> Iterator[Made]:
    if "slope" in asked.kinds:
        for node in computed(asked):
            if node.id != asked.working.graph.output and not value_of(asked, node).shape:
                edit = Edit(numerical=Numerical(output=node.id))
                bits = 0.0 if node.name else 2.0
                kind = "named" if node.name else ""
                yield Made(edit, Place(), bits, {"node": At(node.id)}, kind=kind)


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
        "another-output-measured",
        about="working",
        places=_other_output,
        says="the slope of {node} was measured, not that of the output",
        bits=4.0,
    ),
    Mistake(
        "central-difference",
        about="working",
        places=_central,
        says="the difference was taken to both sides",
        bits=3.0,
    ),
)
