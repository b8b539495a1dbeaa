"""The story of a transposed convolution stamp by stamp, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.story.stamps.frames import StampFrame, StampStory
from gradviz.trace.io.plain import encode

STORY: Final = StampStory


def data(story: StampStory, steps: Sequence[int]) -> dict[str, Any]:
    """Some stamps as JSON-ready data; places are counted from 0."""
    walk = story.walk
    return {
        "source": walk.source,
        "view": walk.kind,
        "title": story.title,
        "node": walk.node,
        "names": list(walk.names),
        "total": len(walk),
        "steps": [_step(story.frame(k)) for k in steps],
    }


def _step(frame: StampFrame) -> dict[str, Any]:
    """One stamp: the `cell` of the input and its `value`, and for each cell of the kernel, row by
    row, the `product`, the `target` in the output (null beyond its edge), and what stands there
    `before` (null for nothing) and `after`.
    """
    step, formula, xp = frame.step, frame.formula, frame.walk.trace.xp
    assert step is not None and formula is not None

    def plain(value: float | None) -> Any:
        return None if value is None else encode(xp, xp.asarray(value))

    return {
        "step": step.number,
        "phase": frame.phase,
        "trace_step": frame.trace_step,
        "channel": step.place.channel,
        "cell": list(step.place.cell),
        "value": plain(step.value),
        "stamp": [
            [
                {
                    "weight": plain(one.weight),
                    "product": plain(one.product),
                    "target": None if one.target is None else list(one.target),
                    "before": plain(one.before),
                    "after": plain(one.after),
                }
                for one in row
            ]
            for row in step.rows
        ],
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": {
            "latex": list(formula.latex),
            "unicode": list(formula.unicode),
            "typst": list(formula.typst),
        },
        "strange": frame.strange,
    }
