"""The way out where there is no backward pass: the output's numbers are added up to a loss."""

from __future__ import annotations

import re
from math import prod

from gradviz.errors import ValueInputError
from gradviz.graph.graph import labels
from gradviz.sources import kind_of
from gradviz_tui.walk.opened import MOST_TYPED, Opened, typed

ASSIGNED = re.compile(r"\s*(\w+)\s*=(?!=)")


def summed(text: str) -> str:
    """An expression whose last statement is summed: `q = W @ x; relu(q)` as
    `q = W @ x; sum(relu(q))`.
    """
    text = text.rstrip().rstrip(";")
    at = _last_statement(text)
    before, last = text[:at], text[at:]
    if found := ASSIGNED.match(last):
        return f"{text}; sum({found[1]})"
    lead = last[: len(last) - len(last.lstrip())]
    return f"{before}{lead}sum({last.strip()})"


def _last_statement(text: str) -> int:
    """Where the last statement begins."""
    depth, at = 0, 0
    for place, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char in ";\n" and depth == 0 and text[place + 1 :].strip():
            at = place + 1
    return at


def way_out(opened: Opened) -> tuple[tuple[str, ...], str]:
    """The words that open the same run with a backward pass, and what to call the change.

    Raises ValueInputError for a run that has one, and where a sum would not help.
    """
    trace = opened.trace
    shape = trace.graph.nodes[trace.graph.output].shape or ()
    if trace.has_backward:
        raise ValueInputError("There is a backward pass already.")
    if not shape:
        raise ValueInputError(trace.note or "There is no backward pass.")
    source, *rest = opened.words()
    if not kind_of(source).is_text:
        if prod(shape) > MOST_TYPED:
            raise ValueInputError("The output has too many numbers to be summed here.")
        ones = trace.xp.plain(trace.values[trace.graph.output] * 0 + 1)
        return (source, *rest, "--upstream", typed(ones)), f"--upstream {typed(ones)}"
    made = summed(source)
    return (made, *rest), made


def why_not(opened: Opened) -> str:
    """What is said where there is no backward pass; empty where there is one."""
    if opened.trace.has_backward:
        return ""
    trace = opened.trace
    try:
        _, change = way_out(opened)
    except ValueInputError as error:
        return f"No backward pass: {error.what}"
    output = trace.graph.output
    shape = "×".join(map(str, trace.graph.nodes[output].shape or ()))
    name = labels(trace.graph).get(output, "the output")
    return (
        f"No backward pass: {name} is an array of {shape} numbers, and gradients start from one."
        f" M sums it: {change:.60}"
    )
