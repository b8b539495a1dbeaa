"""The story of a walk over cells as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradviz.arrays.digits import DIGITS
from gradviz.story.cells.frames import CellFrame, CellStory
from gradviz.trace.cells import CellTrace
from gradviz.trace.io.plain import encode


def cell_data(
    trace: CellTrace, steps: Sequence[int] | None = None, digits: int = DIGITS
) -> dict[str, Any]:
    """Every step of a walk (or those asked for) as JSON-ready data; places are full indices,
    counted from 0.
    """
    story = CellStory(trace, digits)
    numbers = range(1, len(trace) + 1) if steps is None else steps
    return {
        "source": trace.trace.source,
        "node": trace.output,
        "op": trace.row.op,
        "title": story.title,
        "operands": [trace.name(slot) for slot in range(len(trace.row.inputs))],
        "total": len(trace),
        "steps": [_step(story.frame(k)) for k in numbers],
    }


def _step(frame: CellFrame) -> dict[str, Any]:
    step, formula, xp = frame.step, frame.formula, frame.trace.trace.xp
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
            "to": frame.trace.name(step.slot),
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
