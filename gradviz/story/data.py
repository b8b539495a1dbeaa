"""The story of a trace as plain data, for whoever renders it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradviz.arrays.digits import DIGITS
from gradviz.story.frame import Frame, Story
from gradviz.trace import Trace
from gradviz.trace.io.plain import encode


def story_data(
    trace: Trace, steps: Sequence[int] | None = None, digits: int = DIGITS
) -> dict[str, Any]:
    """Sentences and formulas of every step (or of those asked for), and the result, as JSON-ready
    data.
    """
    story = Story(trace, digits)
    numbers = range(1, len(trace) + 1) if steps is None else steps
    return {
        "source": trace.source,
        "labels": {str(node): label for node, label in sorted(story.labels.items())},
        "total": len(trace),
        "steps": [step_data(story.frame(k)) for k in numbers],
        "value": encode(trace.xp, trace.values[trace.graph.output]),
        "gradients": {name: encode(trace.xp, g) for name, g in trace.result().items()},
        "note": trace.note,
    }


def step_data(frame: Frame) -> dict[str, Any]:
    """One step: its phase, sentence and formula in three notations."""
    formula = frame.formula
    edge = frame.edge
    return {
        "step": frame.number,
        "phase": frame.phase,
        "node": frame.focus,
        "edge": edge._asdict() if edge is not None else None,
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": (
            formula
            and {
                "latex": list(formula.latex),
                "unicode": list(formula.unicode),
                "typst": list(formula.typst),
            }
        ),
        "shapes": formula.shapes if formula else "",
        "strange": frame.strange,
    }
