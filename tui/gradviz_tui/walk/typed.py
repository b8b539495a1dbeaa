"""What is typed to open a source: several lines made one, and values for what still needs them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.graph.graph import Node
from gradviz.networks.loss import LABEL
from gradviz.sources import EVERYTHING, Allowed, read, values

PROMPTS: Final = ("$ ", ">>> ", "... ", "% ")
"""What stands before a line that was copied from a terminal."""
VALUES: Final = re.compile(
    r"(?:\w+=(?:[-+]?\d*\.?\d+(?:e[-+]?\d+)?(?:/\d+)?|\[.*\]|@\S+|[a-z]+:\S+)(?:\s+|$))+"
)
"""A line of nothing but NAME=VALUE words."""
COMMAND: Final = re.compile(r"gradviz\s+[a-z]+\s+")
DATA: Final = "--data"
VECTOR: Final = "[1,2]"
MATRIX: Final = "[[1,2],[3,4]]"


def one_line(text: str) -> str:
    """Several lines as one: statements after `;`, the rest of an open bracket and the values of
    inputs after a space. A prompt before a line, and `gradviz show` before the first, are left out.
    """
    lines = [_bare(line) for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        return ""
    lines[0] = COMMAND.sub("", lines[0], count=1) if COMMAND.match(lines[0]) else lines[0]
    last = len(lines)
    while last > 1 and VALUES.fullmatch(lines[last - 1].rstrip("\\").strip()):
        last -= 1
    made, joined = "", ""
    for number, line in enumerate(lines):
        goes_on = line.endswith("\\")
        line = line.rstrip("\\").strip()
        between = " " if joined or number >= last or _depth(made) > 0 else "; "
        made = f"{made.rstrip(';')}{between}{line}" if made else line
        joined = "\\" if goes_on else ""
    return made


def _bare(line: str) -> str:
    line = line.strip()
    return next((line[len(p) :].strip() for p in PROMPTS if line.startswith(p)), line)


def _depth(text: str) -> int:
    """How many brackets are open at its end."""
    return sum((c in "([{") - (c in ")]}") for c in text)


def missing(words: Sequence[str], allowed: Allowed = EVERYTHING) -> dict[str, str]:
    """The inputs of a source that have no value yet, each with one to offer: small whole numbers
    where they fit, else small arrays; random ones for a network. Empty for what cannot be read:
    opening it says why.
    """
    if DATA in words:
        return {}  # what is trained takes its inputs from there
    given = dict(word.partition("=")[::2] for word in words[1:])
    try:
        graph = read(words[0], allowed)
    except (GradvizError, OSError, IndexError):
        return {}
    if not isinstance(graph, gv.Graph):
        return {}
    asked = [row for row in graph.required if row.name not in given]
    if not asked:
        return {}
    offers = [{row.name: offer(n, row) for n, row in enumerate(asked)} for offer in OFFERS]
    return next((o for o in offers if _fits(graph, given | o, allowed)), offers[0])


def _declared(n: int, row: Node) -> str:
    if row.name == LABEL:
        return "0"
    return "random:1" if row.options.get("shape") else str(2 + n)


def _vectors(n: int, row: Node) -> str:
    return VECTOR


def _by_letter(n: int, row: Node) -> str:
    return MATRIX if row.name[0].isupper() else VECTOR


OFFERS: Final[tuple[Callable[[int, Node], str], ...]] = (_declared, _by_letter, _vectors)


def _fits(graph: gv.Graph, texts: Mapping[str, str], allowed: Allowed) -> bool:
    """Whether these values go through the graph."""
    from gradviz.engine.run import bind_graph

    shapes = {row.name: row.options.get("shape") for row in graph.inputs}
    try:
        known: dict[str, Any] = {
            name: values.read(text, name, shapes.get(name), allowed).value
            for name, text in texts.items()
        }
        bind_graph(graph, known)
    except (GradvizError, OSError):
        return False
    return True


def places(line: str, names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the values of these names stand in a typed line."""
    for name in names:
        for found in re.finditer(rf"(?:^|\s){re.escape(name)}=(\S+)", line):
            yield found.span(1)
