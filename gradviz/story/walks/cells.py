"""The story of a walk over cells, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.progress import each
from gradviz.story.cells.frames import CellFrame, CellStory
from gradviz.trace.cells import foresee
from gradviz.trace.io.plain import encode

STORY: Final = CellStory


def data(story: CellStory, steps: Sequence[int]) -> dict[str, Any]:
    """Some steps of a walk as JSON-ready data; places are full indices, counted from 0."""
    walk = story.walk
    foresee(walk, steps)
    return {
        "source": walk.source,
        "node": walk.output,
        "op": walk.row.op,
        "title": story.title,
        "operands": [walk.name(slot) for slot in range(len(walk.row.inputs))],
        "total": len(walk),
        "steps": [_step(story.frame(k)) for k in each("steps told", steps)],
    }


def _step(frame: CellFrame) -> dict[str, Any]:
    step, formula, xp = frame.step, frame.formula, frame.walk.trace.xp
    assert step is not None and formula is not None

    def plain(values: Any) -> Any:
        return [None if v is None else encode(xp, v) for v in values]

    found: dict[str, Any] = {
        "step": step.number,
        "phase": frame.phase,
        "window": step.window,
        "of": step.of,
        "place": list(step.place),
        "cells": [
            None if c is None else [None if p is None else list(p) for p in c] for c in step.cells
        ],
        "numbers": [None if n is None else plain(n) for n in step.numbers],
        "parts": plain(step.parts),
        "winner": step.winner,
        "bias": plain([step.bias])[0],
        "result": plain([step.result])[0],
    }
    if step.slot is not None:
        found |= {
            "to": frame.walk.name(step.slot),
            "upstream": plain([step.upstream])[0],
            "targets": [list(t) for t in step.targets],
            "through": plain(step.through),
            "contributions": plain(step.contributions),
            "before": plain(step.before),
            "after": plain(step.after),
        }
    return found | {
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": {
            "latex": list(formula.latex),
            "unicode": list(formula.unicode),
            "typst": list(formula.typst),
        },
        "strange": frame.strange,
    }
