"""What was found out about claimed numbers, as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import HEADING, HOT, MUTED, WARNING, Line, wrapped
from gradviz.export.reports.walks.graph import heading, picture
from gradviz.layout.grid import wrap
from gradviz.story.frame import Story
from gradviz.story.maths.ascii import to_ascii
from gradviz.trace.findings import Diagnosis, Finding

MOST_DRAWN = 16
"""Nodes of a graph that is drawn below what is said of it."""
ROLES = {"right": "", "unexplained": WARNING, "follows": "", "explained": HOT, "likely": HOT}


def lines(found: Diagnosis, *, width: int, ascii: bool = False) -> Iterator[Line]:
    """The source; of every finding its sentences: right or not, the cause, how sure it is; and the
    step in which the first slip is made.
    """
    for line in _lines(found, width, ascii):
        shown = [(plain_minus(text), role) for text, role in line]
        yield [(to_ascii(text) if ascii else text, role) for text, role in shown]


def sentences(found: Diagnosis, *, width: int, ascii: bool = False) -> Iterator[Line]:
    """The sentences of every finding alone."""
    told = [*found.findings, *([found.together] if found.together is not None else [])]
    for finding in told:
        yield []
        for line in _finding(finding, width, HEADING):
            shown = [(plain_minus(text), role) for text, role in line]
            yield [(to_ascii(text) if ascii else text, role) for text, role in shown]


def _lines(found: Diagnosis, width: int, ascii: bool) -> Iterator[Line]:
    story, shown = Story(found.trace), found.told
    yield from heading(story, width)
    told = [*found.findings, *([found.together] if found.together is not None else [])]
    for finding in told:
        yield []
        yield from _finding(finding, width, HEADING)
    if shown is None or shown.step is None:
        return
    yield []
    if len(found.trace.graph.nodes) > MOST_DRAWN:
        yield from wrapped(f"-o FILE draws step {shown.step}.", width, MUTED)
    else:
        yield from wrapped(f"Step {shown.step}, as it is right:", width, MUTED)
        yield from picture(story, story.frame(shown.step), width, hot=True, ascii=ascii)


def _finding(finding: Finding, width: int, role: str) -> Iterator[Line]:
    first, *rest = finding.says
    yield from wrapped(first, width, role)
    for k, sentence in enumerate(rest):
        colour = ROLES.get(finding.verdict, MUTED) if not k else MUTED
        for line in wrap(sentence, max(20, width - 2)):
            yield [("  ", ""), (line, colour)]
