"""The story of a numerical gradient, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.story.differences.frames import DifferenceFrame, DifferenceStory
from gradviz.trace.io.plain import named

STORY: Final = DifferenceStory


def data(story: DifferenceStory, steps: Sequence[int]) -> dict[str, Any]:
    """Some entries as JSON-ready data; rows and columns are counted from 0."""
    walk = story.walk
    return {
        "source": walk.source,
        "view": walk.kind,
        "title": story.title,
        "input": walk.name,
        "shape": list(walk.shape),
        "h": walk.h,
        "sides": walk.sides,
        "total": len(walk),
        "steps": [_step(story.frame(k)) for k in steps],
    }


def _step(frame: DifferenceFrame) -> dict[str, Any]:
    step, formula = frame.step, frame.formula
    assert step is not None and formula is not None
    return {
        "step": step.number,
        "trace_step": frame.trace_step,
        "entry": list(step.place),
        "value": step.value,
        "moved": step.moved,
        **dict(zip(("from", "to", "quotient", "gradient"), named(list(step[4:])), strict=True)),
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": {
            "latex": list(formula.latex),
            "unicode": list(formula.unicode),
            "typst": list(formula.typst),
        },
    }
