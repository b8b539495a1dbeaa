"""What was found out about claimed numbers, as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import HEADING, HOT, MUTED, WARNING, Line, wrapped
from gradviz.export.reports.walks.graph import heading
from gradviz.layout.grid import wrap
from gradviz.story.frame import Story
from gradviz.story.maths.ascii import to_ascii
from gradviz.trace.findings import Diagnosis, Finding

ROLES = {"right": "", "unexplained": WARNING, "follows": "", "explained": HOT, "likely": HOT}


def lines(found: Diagnosis, *, width: int, ascii: bool = False) -> Iterator[Line]:
    """The source, and of every finding its sentences: right or not, the cause, how sure it is."""
    for line in _lines(found, width):
        shown = [(plain_minus(text), role) for text, role in line]
        yield [(to_ascii(text) if ascii else text, role) for text, role in shown]


def _lines(found: Diagnosis, width: int) -> Iterator[Line]:
    yield from heading(Story(found.trace), width)
    told = [*found.findings, *([found.together] if found.together is not None else [])]
    for finding in told:
        yield []
        yield from _finding(finding, width, HEADING)


def _finding(finding: Finding, width: int, role: str) -> Iterator[Line]:
    first, *rest = finding.says
    yield from wrapped(first, width, role)
    for k, sentence in enumerate(rest):
        colour = ROLES.get(finding.verdict, MUTED) if not k else MUTED
        for line in wrap(sentence, max(20, width - 2)):
            yield [("  ", ""), (line, colour)]
