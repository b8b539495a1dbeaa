"""The story of a walk over units, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.story.neurons.frames import UnitFrame, UnitStory
from gradviz.trace.io.plain import encode

STORY: Final = UnitStory


def data(story: UnitStory, steps: Sequence[int]) -> dict[str, Any]:
    """Some steps of a walk as JSON-ready data; layers and units are counted from 0, and layer 0 is
    that of the inputs.
    """
    walk = story.walk
    return {
        "source": walk.source,
        "view": walk.kind,
        "title": story.title,
        "layers": [
            {
                "names": [story.names.text(k, unit) for unit in range(layer.size)],
                "activation": story.formulas.bends[k],
                "node": layer.node,
            }
            for k, layer in enumerate(walk.layers)
        ],
        "total": len(walk),
        "steps": [_step(story.frame(k)) for k in steps],
    }


def _step(frame: UnitFrame) -> dict[str, Any]:
    """One step.

    step, phase, trace_step  its number, and the step of the trace that it belongs to.
    kind             unit, loss, delta, weights or inputs; `layer` and `unit` say where.
    terms            the arcs that are added up: the unit at the other end, the weight, what it
                     meets, and their product; of weights the input, δ, and their product.
    bias, sum, value, gradient, slope, delta, rest  the numbers of the unit; null where there is
                     none.
    """
    step, formula, xp = frame.step, frame.formula, frame.walk.trace.xp
    assert step is not None and formula is not None

    def plain(value: float | None) -> Any:
        return None if value is None else encode(xp, xp.asarray(value))

    names = ("weight", "met", "product")
    return {
        "step": step.number,
        "phase": frame.phase,
        "trace_step": frame.trace_step,
        "kind": step.place.kind,
        "layer": step.place.layer,
        "unit": step.unit,
        "terms": [
            {"unit": t.unit, **{name: plain(getattr(t, name)) for name in names}}
            for t in step.terms
        ],
        **{
            name: plain(getattr(step, name))
            for name in ("bias", "sum", "value", "gradient", "slope", "delta", "rest")
        },
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": {
            "latex": list(formula.latex),
            "unicode": list(formula.unicode),
            "typst": list(formula.typst),
        },
        "strange": frame.strange,
    }
