"""The story of a walk over W · x + b = s, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.story.matrix.frames import MatrixFrame, MatrixStory
from gradviz.trace.io.plain import encode

STORY: Final = MatrixStory


def data(story: MatrixStory, steps: Sequence[int]) -> dict[str, Any]:
    """Some steps of a walk as JSON-ready data; rows and columns are counted from 0."""
    walk, f = story.walk, story.formulas
    return {
        "source": walk.source,
        "view": walk.kind,
        "title": story.title,
        "names": {
            "matrix": f.matrix_text,
            "column": f.column,
            "bias": None if walk.equation.bias is None else f.offset,
            "sums": f.sums,
        },
        "shape": list(walk.shape),
        "label": walk.label,
        "labels": list(walk.labels),
        "batch": walk.batch,
        "classes": list(walk.classes),
        "total": len(walk),
        "steps": [_step(story.frame(k)) for k in steps],
    }


def _step(frame: MatrixFrame) -> dict[str, Any]:
    """One step.

    step, phase, trace_step  its number, and the step of the trace that it belongs to.
    kind                 row, weights, bias or inputs; `index` is its row, or column of inputs,
                         `sample` the column of X that it is about.
    element              of a batch's weights the column whose sum over it is told, else null.
    terms                the products: the index, the two factors, and their product.
    sum, bias, result    of the products, what is added, and what comes out; null without any.
    """
    step, formula, xp = frame.step, frame.formula, frame.walk.trace.xp
    assert step is not None and formula is not None

    def plain(value: float | None) -> Any:
        return None if value is None else encode(xp, xp.asarray(value))

    return {
        "step": step.number,
        "phase": frame.phase,
        "trace_step": frame.trace_step,
        "kind": step.place.kind,
        "index": step.place.at,
        "sample": step.place.sample,
        "element": step.element,
        "terms": [
            {
                "index": t.at,
                "first": plain(t.first),
                "second": plain(t.second),
                "product": plain(t.product),
            }
            for t in step.terms
        ],
        "sum": plain(step.total),
        "bias": plain(step.bias),
        "result": plain(step.result),
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": {
            "latex": list(formula.latex),
            "unicode": list(formula.unicode),
            "typst": list(formula.typst),
        },
        "strange": frame.strange,
    }
