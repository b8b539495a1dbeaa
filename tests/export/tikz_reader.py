"""Reads what the TikZ formats write, by rules of its own: which commands each slide shows."""

from __future__ import annotations

import re
from dataclasses import dataclass

BODY = re.compile(r"\\begin\{tikzpicture\}.*?\n(.*?)\\end\{tikzpicture\}", re.DOTALL)
ONLY = re.compile(r"\\only<([\d,-]+)>\{")
NAME = re.compile(r"(?:\\node|\\coordinate|coordinate)(?:\[.*?\])? \(([^)]*)\)")
PLACE = re.compile(r"\((-?[\d.]+),(-?[\d.]+)\)")


@dataclass(frozen=True)
class Command:
    """One command of a picture, and the slides that show it; None for all."""

    code: str
    slides: frozenset[int] | None

    @property
    def name(self) -> str:
        found = NAME.search(self.code)
        return found[1] if found else ""

    @property
    def place(self) -> tuple[float, float]:
        """The first place in the command."""
        found = PLACE.search(self.code.partition(") at ")[2] or self.code)
        assert found, self.code
        return float(found[1]), float(found[2])

    def is_on(self, slide: int) -> bool:
        return self.slides is None or slide in self.slides


def slides_of(spec: str, last: int) -> frozenset[int]:
    """`2,4-6,9-`, as Beamer's manual defines it."""
    found: set[int] = set()
    for part in spec.split(","):
        first, dash, end = part.partition("-")
        found |= set(range(int(first), (int(end) if end else last if dash else int(first)) + 1))
    return frozenset(found)


def commands(text: str, last: int = 1) -> list[Command]:
    """The commands of the picture in a file, in drawing order, without the bounding box."""
    body = BODY.search(text)
    assert body, "there is one picture"
    found: list[Command] = []
    slides: frozenset[int] | None = None
    waiting = ""
    for line in body[1].splitlines():
        if opened := ONLY.match(line):
            slides, line = slides_of(opened[1], last), line[opened.end() :]
            if line.endswith("}"):
                found.append(Command(line[:-1], slides))
                slides = None
            continue
        if line == "}":
            slides = None
            continue
        waiting += f" {line.strip()}" if waiting else line.strip()
        if waiting.endswith(";") or re.search(r"; %[^;]*$", waiting):
            found.append(Command(waiting, slides))
            waiting = ""
    assert not waiting, waiting
    return [c for c in found if not c.code.startswith("\\useasboundingbox")]


def balanced(text: str) -> bool:
    """Whether braces close in order; escaped ones and remarks do not count."""
    depth = 0
    for line in text.splitlines():
        code = re.sub(r"(?<!\\)((?:\\\\)*)%.*", r"\1", line)
        for brace in re.findall(r"\\.|[{}]", code):
            depth += {"{": 1, "}": -1}.get(brace, 0)
            if depth < 0:
                return False
    return depth == 0
