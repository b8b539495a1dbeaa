"""The story of the updates of a pass, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.story.descent.frames import UpdateFrame, UpdateStory
from gradviz.trace.io.plain import encode, named

STORY: Final = UpdateStory


def data(story: UpdateStory, steps: Sequence[int]) -> dict[str, Any]:
    """The updates of a pass as JSON-ready data; elements are counted from 0."""
    updates = story.walk.trace.updates
    assert updates is not None
    before, after, promised = named([updates.before, updates.after, updates.promised])
    return {
        "source": story.walk.source,
        "view": story.walk.kind,
        "title": story.title,
        "optimizer": updates.rule.name,
        "pass": updates.number,
        "passes": updates.passes,
        "loss": {"before": before, "after": after, "promised": promised},
        "history": named([[k, v] for k, v in updates.history]),
        "total": len(story.walk),
        "steps": [_step(story.frame(k)) for k in steps],
    }


def _step(frame: UpdateFrame) -> dict[str, Any]:
    step, formula, xp = frame.step, frame.formula, frame.walk.trace.xp
    assert step is not None and step.update is not None and formula is not None

    def kept(state: Any) -> dict[str, Any]:
        return {name: encode(xp, value) for name, value in state.items()}

    return {
        "step": frame.number,
        "phase": frame.phase,
        "trace_step": frame.trace_step,
        "parameter": frame.story.rules.labels[step.node],
        "element": list(frame.place.element),
        "before": encode(xp, step.before),
        "gradient": encode(xp, frame.walk.trace.gradients[step.node]),
        "after": encode(xp, step.after),
        "state": {"before": kept(step.update.state_before), "after": kept(step.update.state_after)},
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": {
            "latex": list(formula.latex),
            "unicode": list(formula.unicode),
            "typst": list(formula.typst),
        },
        "strange": frame.strange,
    }
