"""Mistakes in measuring a derivative by differences.

The arguments are the two losses and the step h.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

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
        yield Made(Edit(numerical=Numerical(sides=2)), details={"how": ""})
        undivided = Numerical(sides=2, slope=partial(_over, 0.5))
        how = {"how": " and divided by h, though the points are 2h apart"}
        yield Made(Edit(numerical=undivided), bits=0.5, details=how)


def _all_nudged(asked: Asked) -> Iterator[Made]:
    large = any(value_of(asked, of.node).size > 1 for of in asked.quantities)
    if asked.is_numerical and large:
        yield Made(Edit(numerical=Numerical(together=True)))


def _other_step(asked: Asked) -> Iterator[Made]:
    for factor in (10.0, 0.1, 2.0, 0.5, 100.0, 0.01) if asked.h and asked.is_numerical else ():
        numerical = Numerical(nudge=partial(_scaled, factor), slope=partial(_over, factor))
        details = {"other": f"{factor * (asked.h or 0):g}", "h": f"{asked.h:g}"}
        yield Made(Edit(numerical=numerical), bits=float(factor > 10), details=details)


def _scaled(factor: float, number: float, h: float) -> float:
    return factor * h


def _over(factor: float, above: Any, below: Any, distance: Any, h: Any) -> Any:
    return (above - below) / (factor * distance)


def _other_nudge(asked: Asked) -> Iterator[Made]:
    ways: tuple[tuple[str, Callable[[float, float], float]], ...] = (
        ("h was added twice", lambda x, h: 2 * h),
        ("half of h was added", lambda x, h: h / 2),
        ("h times the number was added, not h", lambda x, h: x * h),
        ("ten times h was added", lambda x, h: 10 * h),
        ("a tenth of h was added", lambda x, h: h / 10),
    )
    for how, nudge in ways if asked.is_numerical else ():
        yield Made(Edit(numerical=Numerical(nudge=nudge)), details={"how": how})


def _other_side(asked: Asked) -> Iterator[Made]:
    """(L(W) − L(W − h))/h, and the same without turning the sign."""
    if "slope" in asked.kinds:
        for sign, how in ((-1.0, ""), (1.0, ", and the difference was not turned")):
            numerical = Numerical(
                nudge=lambda x, h: -h,
                slope=lambda above, below, distance, h, s=sign: s * (above - below) / distance,
            )
            yield Made(Edit(numerical=numerical), bits=1.5 * (sign > 0), details={"how": how})


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
        says="the difference was taken to both sides{how}",
        bits=3.0,
    ),
    Mistake(
        "all-nudged-at-once",
        about="working",
        places=_all_nudged,
        says="h was added to all elements at once",
        right="Only one element is nudged, the others stay.",
        bits=3.5,
    ),
    Mistake(
        "another-step",
        about="working",
        places=_other_step,
        says="h was taken as {other}, not as {h}",
        bits=3.5,
    ),
    Mistake(
        "another-nudge",
        about="working",
        places=_other_nudge,
        says="{how}, and divided by h",
        bits=3.5,
    ),
    Mistake(
        "difference-to-the-other-side",
        about="working",
        places=_other_side,
        says="h was subtracted, not added{how}",
        bits=3.0,
    ),
)
