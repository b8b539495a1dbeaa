"""The updates after a pass as JSON, and back: each is worked out again when it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from gradviz.errors import GradvizError, TraceFormatError
from gradviz.graph.graph import Graph
from gradviz.trace.io.plain import NAMES, Decoder, compact, named
from gradviz.trace.io.schema import UpdateRow, UpdatesRow
from gradviz.trace.rules import GRADIENT, WEIGHT, Line, Rule, worked_out
from gradviz.trace.step import Step
from gradviz.trace.updates import Hidden, Update, Updates

NONE = Hidden("", None, None)
CLOSE = {"float64": 1e-9, "float32": 1e-4}
"""How far a new value may be from that of its rule, relative to the numbers it is made of."""
MOST_LINES, LONGEST = 100, 1000
"""A rule has at most so many lines, each of at most so many characters."""

Encode = Callable[[Any, str], Any]


def step_row(step: Step, encode: Encode) -> dict[str, Any]:
    """The row of an update step; `encode` gives a value as plain data, by its key."""
    update = step.update
    assert update is not None

    def kept(state: Mapping[str, Any], when: str) -> dict[str, Any]:
        return {k: encode(v, f"steps/{step.number}/{when}/{k}") for k, v in state.items()}

    key, hidden = f"steps/{step.number}", update.hidden
    inside = {} if hidden is None else {
        "name": hidden.name,
        "shape": list(step.before.shape),
        "gradient": encode(hidden.gradient, f"{key}/gradient"),
    }  # fmt: skip
    return {
        "kind": step.kind,
        "node": step.node,
        **inside,
        "before": encode(step.before, f"{key}/before"),
        "after": encode(step.after, f"{key}/after"),
        "state": {
            "before": kept(update.state_before, "state-before"),
            "after": kept(update.state_after, "state-after"),
        },
    }


def write(updates: Updates) -> str:
    """What all updates of a pass share, as JSON."""
    rule = updates.rule
    return compact(
        {
            "rule": {
                "name": rule.name,
                "words": rule.words,
                "lines": [list(line) for line in rule.lines],
                "numbers": named_values(rule.numbers),
                "symbols": dict(rule.symbols),
            },
            "loss": named([float(updates.before), float(updates.after)]),
            "promised": named([float(updates.promised)])[0],
            "pass": updates.number,
            "passes": updates.passes,
            "history": named([[k, float(v)] for k, v in updates.history]),
        }
    )


def named_values(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers by name, those that JSON lacks as text."""
    return {k: named([float(v)])[0] for k, v in numbers.items()}


def read(
    row: UpdatesRow | None,
    steps: list[UpdateRow],
    graph: Graph,
    values: list[Any],
    gradients: Mapping[int, Any],
    decode: Decoder,
    first: int,
) -> Updates | None:
    """The updates of a document, which agree with its values, its gradients and their rule.

    `first` is the index of the first update among all steps. Raises TraceFormatError.
    """
    if row is None and not steps:
        return None
    if row is None or not steps:
        raise TraceFormatError(
            "the trace has updates without their rule" if steps else "the updates are missing",
            where="updates" if steps else "steps",
            expected="update steps, and what they share under the key 'updates'",
        )
    rule = _rule(row)
    each: list[Update] = []
    for k, step in enumerate(steps, first):
        each.append(_update(step, f"steps[{k}]", rule, graph, values, gradients, decode))
        if sum(u.node == step.node and (u.hidden or NONE).name == step.name for u in each) > 1:
            raise TraceFormatError(f"node {step.node} is updated twice", where=f"steps[{k}]")
    before, after = (_number(v, "updates.loss") for v in row.loss)
    promised = _number(row.promised, "updates.promised")
    history = tuple((k, _number(v, "updates.history")) for k, v in row.history)
    return Updates(rule, tuple(each), before, after, promised, row.number, row.passes, history)


def _rule(row: UpdatesRow) -> Rule:
    if len(row.rule.lines) > MOST_LINES or any(
        len(line) != 2 or max(map(len, line)) > LONGEST for line in row.rule.lines
    ):
        raise TraceFormatError(
            "the rule of the updates is not one", where="updates.rule.lines", expected="short lines"
        )
    lines = tuple(Line(*line) for line in row.rule.lines)
    numbers = {k: _number(v, f"updates.rule.numbers.{k}") for k, v in row.rule.numbers.items()}
    return Rule(row.rule.name, row.rule.words, lines, numbers, dict(row.rule.symbols))


def _number(data: Any, where: str) -> float:
    found = NAMES.get(data) if isinstance(data, str) else data
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise TraceFormatError(
            "a value is not a number", where=where, expected="a number", got=f"{data!r:.40}"
        )
    return float(found)


def _update(
    row: UpdateRow,
    where: str,
    rule: Rule,
    graph: Graph,
    values: list[Any],
    gradients: Mapping[int, Any],
    decode: Decoder,
) -> Update:
    hidden = None
    if row.name:
        shape = tuple(row.shape)
        before = decode(row.before, shape, f"{where}.before")
        gradient = decode(row.gradient, shape, f"{where}.gradient")
        hidden = Hidden(row.name, before, gradient)
        fits = row.node < len(graph.nodes) and graph.op(row.node).hidden
    else:
        fits = row.node in {n.id for n in graph.inputs} and row.node in gradients
    if not fits:
        raise TraceFormatError(
            "an update is of a node that is no input with a gradient, and no folded scope",
            where=where,
            got=f"node {row.node}",
        )
    if hidden is None:
        shape, gradient = graph.nodes[row.node].shape or (), gradients[row.node]
        before = decode(row.before, shape, f"{where}.before")
        if decode.bits(before) != decode.bits(values[row.node]):
            raise TraceFormatError(
                "an update does not begin with the value of its parameter", where=f"{where}.before"
            )
    after = decode(row.after, shape, f"{where}.after")
    kept = [
        {k: decode(v, shape, f"{where}.state.{when}.{k}") for k, v in part.items()}
        for when, part in (("before", row.state.before), ("after", row.state.after))
    ]
    known = {**rule.numbers, **kept[0], WEIGHT: before, GRADIENT: gradient}
    try:
        found = worked_out(rule.lines, known, decode.xp)
        made = {WEIGHT: after, **kept[1]}
        wrong = [name for name, value in made.items() if not _agrees(found[name], value, decode.xp)]
    except (GradvizError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TraceFormatError(
            "the rule of the updates cannot be worked out", where=where, got=error
        ) from None
    if wrong:
        raise TraceFormatError(
            "an update does not follow from its rule",
            where=where,
            expected=f"what the lines give for {wrong[0]}",
            hint="make the trace again from its source",
        )
    return Update(row.node, after, kept[0], kept[1], hidden)


def _agrees(found: Any, value: Any, xp: Any) -> bool:
    if xp.name == "exact":
        return bool(xp.plain(found) == xp.plain(value))
    return all(
        math.isclose(a, b, rel_tol=CLOSE.get(xp.dtype, 1e-4), abs_tol=1e-12)
        or not (math.isfinite(a) and math.isfinite(b))
        for a, b in zip(_flat(xp.plain(xp.asarray(found))), _flat(xp.plain(value)), strict=True)
    )


def _flat(plain: Any) -> list[float]:
    return [v for row in plain for v in _flat(row)] if isinstance(plain, list) else [plain]
