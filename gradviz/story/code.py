"""The code of a graph with what a step works on: whole lines, and the part of a line."""

from __future__ import annotations

from dataclasses import dataclass

from gradviz.graph.code import Code, Place
from gradviz.graph.graph import Graph
from gradviz.trace.walks import Walk


@dataclass(frozen=True, slots=True)
class Lit:
    """The code at a step. `place` is what the step works on; None before the first step, and where
    no line made it.
    """

    code: Code
    place: Place | None

    def on(self, number: int) -> bool:
        """Whether a line is lit."""
        return self.place is not None and self.place.line <= number <= self.place.last_line

    def parts(self, number: int, text: str) -> tuple[str, str, str]:
        """A line in three: what the step works on, and what is before and behind it."""
        if self.place is None or not self.on(number):
            return text, "", ""
        first, stop = 0, len(text)
        if number == self.place.line:
            first = self.place.column
        if number == self.place.last_line:
            stop = self.place.last_column
        return text[:first], text[first:stop], text[stop:]

    def window(self, most: int) -> tuple[tuple[int, str], ...]:
        """At most so many lines, those that are lit among them."""
        lines = self.code.lines
        if len(lines) <= most:
            return lines
        at = next((k for k, (number, _) in enumerate(lines) if self.on(number)), 0)
        start = max(0, min(at - most // 2, len(lines) - most))
        return lines[start : start + most]


def is_listed(graph: Graph) -> bool:
    """Whether the code is shown unasked: a function of a file, or a text of several lines."""
    code = graph.code
    return code is not None and bool(code.name or "\n" in graph.source.strip())


def lit(walk: Walk, number: int) -> Lit | None:
    """The code at a step of a walk; None for a graph whose code is not known or a single line."""
    trace = walk.trace
    code = trace.graph.code
    if code is None:
        return None
    at = walk.trace_step(number)
    if not at:
        return Lit(code, None)
    step = trace.step(at)
    node = step.edge.target if step.edge is not None else step.node
    return Lit(code, code.places.get(node) if step.kind != "update" else None)
