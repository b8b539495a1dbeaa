"""The story of a walk over a graph, and as plain data for other renderers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gradviz.progress import each
from gradviz.story.code import lit
from gradviz.story.frame import Frame, Story
from gradviz.story.maths import Maths, latex, typst, unicode
from gradviz.story.values import is_written_out
from gradviz.trace import Trace
from gradviz.trace.io.plain import encode, named

STORY: Final = Story


def data(story: Story, steps: Sequence[int]) -> dict[str, Any]:
    """Sentences and formulas of some steps, and the result, as JSON-ready data."""
    trace = story.recorded
    return {
        "source": trace.source,
        "labels": {str(node): label for node, label in sorted(story.labels.items())},
        "total": len(trace),
        "steps": [_step(story.frame(k)) for k in each("steps told", steps)],
        "value": encode(trace.xp, trace.values[trace.graph.output]),
        "gradients": {name: encode(trace.xp, g) for name, g in trace.result().items()},
        "note": trace.note,
        **_code(trace),
    }


def _code(trace: Trace) -> dict[str, Any]:
    """The code of the graph where it is known: its name and its numbered lines."""
    code = trace.graph.code
    return {} if code is None else {"code": {"name": code.name, "lines": list(code.lines)}}


def _step(frame: Frame) -> dict[str, Any]:
    """One step.

    step, phase, node, edge  its number, and what is at work in it.
    sentence, note   in words; `note` is empty except at a branch whose sum is not complete.
    formula          its lines, each in three notations; null before the first step.
    shapes           the shapes of the factors of a matrix product: `2×1 · 1×2`.
    accumulation     null except for contributions: `before`, `contribution` and `after` of the
                     gradient of `node`, and before + contribution → after in three notations.
    branch           null except for contributions to a value that is used several times: the number
                     `of` terms of its gradient, how many have `arrived` and are `to_come`; its
                     `terms` in order, each with the step that brings it, what it comes back `via`,
                     and its value, null while it is to come; their `total` so far, what is `said`
                     of it, and once it is complete the sum in three notations. `terms` is null
                     where there are more than eight, `sum` for these and for arrays too.
    strange          whether NaN or an infinity came up.

    Numbers are as in a saved trace; arrays that no formula writes number by number are null.
    """
    formula, edge = frame.formula, frame.edge
    return {
        "step": frame.number,
        "phase": frame.phase,
        "node": frame.focus,
        "edge": edge._asdict() if edge is not None else None,
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": formula
        and {
            "latex": list(formula.latex),
            "unicode": list(formula.unicode),
            "typst": list(formula.typst),
        },
        "shapes": formula.shapes if formula else "",
        "accumulation": _accumulation_data(frame),
        "branch": _branch_data(frame),
        "strange": frame.strange,
        **_place(frame),
        **({"update": _update_data(frame)} if frame.phase == "update" else {}),
    }


def _place(frame: Frame) -> dict[str, Any]:
    """Where in the code the node at work comes from: line, column, last line, last column."""
    found = lit(frame.trace, frame.number)
    return {} if found is None else {"place": found.place and list(found.place)}


def _update_data(frame: Frame) -> dict[str, Any]:
    """The parameter's value before and after, likewise the optimiser's state; at the last update
    of a pass the loss before and after, and what the slope promised.
    """
    step, updates = frame.step, frame.trace.updates
    assert step is not None and step.update is not None and updates is not None

    def kept(state: Mapping[str, Any]) -> dict[str, Any]:
        return {name: _number(frame, value) for name, value in state.items()}

    found: dict[str, Any] = {
        "before": _number(frame, step.before),
        "after": _number(frame, step.after),
        "state": {"before": kept(step.update.state_before), "after": kept(step.update.state_after)},
    }
    if frame.number == frame.total:
        losses = [updates.before, updates.after, updates.promised]
        found |= dict(zip(("loss_before", "loss_after", "promised"), named(losses), strict=True))
    return found


def _accumulation_data(frame: Frame) -> dict[str, Any] | None:
    found, edge = frame.accumulation, frame.edge
    if found is None or edge is None:
        return None
    raw = frame.story.recorded.step(frame.number)
    return {
        "node": edge.source,
        "before": _number(frame, raw.before),
        "contribution": _number(frame, raw.contribution),
        "after": _number(frame, raw.after),
        **_notations(found.written),
    }


def _branch_data(frame: Frame) -> dict[str, Any] | None:
    found, edge = frame.branch, frame.edge
    if found is None or edge is None:
        return None
    recorded = frame.story.recorded
    terms = [
        {
            "step": term.step,
            "via": term.via,
            "value": _number(
                frame, None if term.value is None else recorded.step(term.step).contribution
            ),
        }
        for term in found.terms
    ]
    return {
        "node": edge.source,
        "of": found.of,
        "arrived": found.arrived,
        "to_come": found.of - found.arrived,
        "terms": terms or None,
        "total": _number(frame, recorded.gradient_by(edge.source, frame.number)),
        "said": found.said,
        "sum": found.written and _notations(found.written),
    }


def _number(frame: Frame, value: Any) -> Any:
    """A number or a small array, null if not known yet, or for a larger array."""
    xp = frame.trace.xp
    if value is None or not is_written_out(xp.shape(value), "formula"):
        return None
    return encode(xp, value)


def _notations(maths: Maths) -> dict[str, str]:
    return {
        "latex": latex.write(maths),
        "unicode": unicode.text(maths),
        "typst": typst.write(maths),
    }
