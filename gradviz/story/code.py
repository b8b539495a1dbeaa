"""The code of a graph with what a step works on: whole lines, and the part of a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gradviz.graph.code import Code, Place
from gradviz.graph.graph import Graph
from gradviz.trace.walks import Walk

WHITESPACE: Final = re.compile(r"\s+")


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


def text_of(graph: Graph, node: int) -> str:
    """A node as it was written, on one line: `w*x + b`; empty where that is not known."""
    code, span = graph.code, graph.nodes[node].span
    place = code.places.get(node) if code is not None else None
    if code is not None and place is not None:
        found = [Lit(code, place).parts(n, text)[1] for n, text in code.lines]
        return " ".join(" ".join(found).split())
    if code is not None or span is None or span.stop > len(graph.source):
        return ""
    return " ".join(graph.source[span.start : span.stop].split())


def lit(walk: Walk, number: int) -> Lit | None:
    """The code at a step of a walk; None for a graph whose code is not known or a single line."""
    trace = walk.trace
    code = trace.graph.code
    if code is None:
        return None
    node = _worked_on(walk, number)
    return Lit(code, None if node is None else code.places.get(node))


def source_parts(walk: Walk, number: int) -> tuple[str, str, str]:
    """The source on one line in three: what a step works on, and what is before and behind it.

    Empty behind the first part where no step is at work, and where its place is not known.
    """
    graph = walk.trace.graph
    node = _worked_on(walk, number)
    span = None if node is None else graph.nodes[node].span
    if span is None or span.stop > len(graph.source):
        return _on_one_line(graph.source).strip(), "", ""
    before, hot = graph.source[: span.start], graph.source[span.start : span.stop]
    after = graph.source[span.stop :]
    return _on_one_line(before).lstrip(), _on_one_line(hot), _on_one_line(after).rstrip()


def _on_one_line(text: str) -> str:
    """A text with single blanks between its words, at its ends too where there are any."""
    return WHITESPACE.sub(" ", text)


def _worked_on(walk: Walk, number: int) -> int | None:
    """The node whose rule a step applies; None where no step of a pass is at work."""
    trace = walk.trace
    at = walk.trace_step(number)
    if not at:
        return None
    step = trace.step(at)
    if step.kind == "update":
        return None
    return step.edge.target if step.edge is not None else step.node
