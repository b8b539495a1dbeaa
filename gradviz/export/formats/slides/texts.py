"""The texts of a scene as text boxes: those of the page, those in gates, those that go on."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from gradviz.export.formats.slides.marks import Body, Paragraph, Run
from gradviz.export.formats.slides.places import STILL, around
from gradviz.export.formats.slides.shapes import TextBox
from gradviz.export.formats.slides.wires import first
from gradviz.fonts import Weight
from gradviz.layout import text as measured
from gradviz.layout.curves import Box, Point
from gradviz.scene.model import Item, Rect, Scene, Text
from gradviz.scene.themes import Theme

SHARES: Final = {"start": 0.0, "middle": 0.5, "end": 1.0}
LEADING: Final = 1.2
"""The height of a line in a text box, as a share of the size of its letters."""
RISE: Final = (measured.ascent(1.0) - measured.descent(1.0)) / 2
"""How far the middle of a line is above its baseline, as such a share; about the same in any font,
so that texts are put by their middles.
"""
CLOSE: Final = 0.1
"""How far apart texts that touch may be, as a share of their size."""
SLACK: Final = 18.0
"""More room for a title, which some programs break into lines if it is as wide as its box."""
TITLE: Final = ("header-phase", "header-step")
SENTENCE: Final = re.compile(r"sentence-\d+|note(-\d+)?")
AWAY: Final = 40.0
"""How far above a slide without a head its title stands, for who cannot see it."""

Inscribed = dict[str, tuple[Body, list[Text]]]
"""The text of a gate by the gate's id, and the texts that it is made of."""


class Texts:
    """Makes text boxes, in the colours of a theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._gates: dict[tuple[str, float, float], str | None] = {}
        self._among: tuple[str, ...] = ()

    def box(self, item: Text, alt: str) -> TextBox:
        """One text by itself."""
        box = self._extent(item)
        body = Body((Paragraph(((self._run(item, item.text),),)),), item.anchor)
        return TextBox(item.id, alt, box, box, body, Point(item.x, item.y))

    def _run(self, item: Text, words: str, raised: bool = False, size: float = 0.0) -> Run:
        look = self.theme.looks[item.role]
        is_sign = words == item.text and unicodedata.category(words[0]) == "Sm" and not words[1:]
        bold = _is_bold(look.weight or item.weight) or (is_sign and item.weight == "medium")
        return Run(words, size or item.size, self.theme.colour(look.fill), bold, raised)

    def _extent(self, item: Text) -> Box:
        """The room of a text in our own font."""
        look = self.theme.looks[item.role]
        bold = _is_bold(look.weight or item.weight)
        width = measured.width(item.text, item.size, "bold" if bold else "medium")
        tall = LEADING * item.size
        middle = item.y - RISE * item.size
        return Box(item.x - SHARES[item.anchor] * width, middle - tall / 2, width, tall)

    # Texts that go on in another look.

    def chained(self, items: Sequence[Item]) -> tuple[list[Item], dict[str, list[Text]]]:
        """The items without the texts that go on from others, and those with what follows them."""
        kept, chains = list[Item](), dict[str, list[Text]]()
        chain, end = list[Text](), 0.0
        for item in items:
            if not isinstance(item, Text) or item.anchor != "start" or not item.text.strip():
                kept.append(item)
                continue
            level = bool(chain) and (chain[0].y, chain[0].size) == (item.y, item.size)
            if level and abs(item.x - end) < CLOSE * item.size:
                chain.append(item)
                chains[chain[0].id] = chain
            else:
                kept.append(item)
                chain = [item]
            weight = self.theme.looks[item.role].weight or item.weight
            end = item.x + measured.width(item.text, item.size, weight)
        return kept, chains

    def chain(self, texts: Sequence[Text]) -> TextBox:
        """Texts one after the other as one."""
        first_ = texts[0]
        box = around(map(self._extent, texts))
        runs = tuple(self._run(item, item.text) for item in texts)
        said = "".join(item.text for item in texts)
        body = Body((Paragraph((runs,)),), "start")
        return TextBox(first_.id, said, box, box, body, Point(first_.x, first_.y))

    # The texts of a page.

    def title(self, scene: Scene, texts: Sequence[Text]) -> TextBox:
        """What stands at the left of the head; out of sight on a slide without a head."""
        if not texts:
            box = Box(0.0, -AWAY, scene.width, LEADING * 12)
            run = Run(scene.title, 12.0, self.theme.colour("ink"))
            body = Body((Paragraph(((run,),)),), "start")
            return TextBox("title", scene.title, box, box, body, Point(0, 0), is_title=True)
        head = texts[0]
        runs = [self._run(head, head.text)]
        for before, item in pairwise(texts):
            gap = self._extent(item).x - self._extent(before).right
            space = self._run(item, " ")
            room = gap - measured.width(" ", item.size, "medium")
            runs += [replace(space, apart=room), self._run(item, item.text)]
        box = around(map(self._extent, texts))
        box = Box(box.x, box.y, box.w + SLACK, box.h)
        body = Body((Paragraph((tuple(runs),)),), "start")
        said = " ".join(item.text for item in texts)
        return TextBox(head.id, said, box, box, body, Point(head.x, head.y), is_title=True)

    def sentence(self, texts: Sequence[Text]) -> TextBox:
        """The sentence and its note as one text."""
        box = around(map(self._extent, texts))
        groups: dict[bool, list[Text]] = defaultdict(list)
        for item in texts:
            groups[item.id.startswith("note")].append(item)
        leading = texts[1].y - texts[0].y if len(texts) > 1 else 0.0
        paragraphs = [
            Paragraph(tuple((self._run(t, t.text),) for t in group), leading)
            for _, group in sorted(groups.items())
        ]
        said, at = " ".join(t.text for t in texts), Point(texts[0].x, texts[0].y)
        return TextBox("sentence", said, box, box, Body(tuple(paragraphs), "start"), at)

    # The texts in gates.

    def inscribed(self, scene: Scene, texts: Sequence[Text]) -> Inscribed:
        """The text of every gate whose texts stand in its middle, and those texts."""
        gates = {i.id: i for i in scene.items if isinstance(i, Rect) and first(i.role) == "gate"}
        if self._among != (among := tuple(gates)):
            self._among, self._gates = among, {}
        found = defaultdict[str, list[Text]](list)
        for item in texts if gates else ():
            key = item.id, item.x, item.y
            if key not in self._gates:
                self._gates[key] = next((k for k, g in gates.items() if _holds(g, item)), None)
            if (gate := self._gates[key]) is not None:
                found[gate].append(item)
        bodies = {key: self._inside(gates[key], group) for key, group in found.items()}
        return {key: (body, found[key]) for key, body in bodies.items() if body is not None}

    def _inside(self, gate: Rect, texts: Sequence[Text]) -> Body | None:
        """Texts as one in the middle of a gate; None where they stand otherwise."""
        lines = _lines(texts)
        middle = gate.x + gate.width / 2
        paragraphs, before = [], 0.0
        for base, line in lines:
            box = around(map(self._extent, line))
            if abs(box.x + box.w / 2 - middle) > STILL:
                return None
            leading = base.y - before if before else 0.0
            paragraphs.append(Paragraph((tuple(self._runs(base, line)),), leading))
            before = base.y
        (top, _), (bottom, _) = lines[0], lines[-1]
        centre = (top.y - RISE * top.size + bottom.y - RISE * bottom.size) / 2
        lower = 2 * (centre - gate.y - gate.height / 2)
        return Body(tuple(paragraphs), "middle", (0.0, max(lower, 0.0), 0.0, max(-lower, 0.0)))

    def _runs(self, base: Text, line: Sequence[Text]) -> Iterator[Run]:
        boxes = [self._extent(item) for item in line]
        gaps = [False, *(b.x - a.right > 0.15 * base.size for a, b in pairwise(boxes))]
        for item, gap in zip(line, gaps, strict=True):
            raised = item.y < base.y - 0.1 * base.size
            run = self._run(item, " " * gap + item.text, raised, base.size if raised else 0.0)
            yield replace(run, bold=False) if len(line) > 1 else run


def _is_bold(weight: Weight) -> bool:
    return weight in ("semibold", "bold")


def _holds(gate: Rect, item: Text) -> bool:
    inside = gate.x <= item.x <= gate.x + gate.width
    return inside and gate.y <= item.y - item.size / 3 <= gate.y + gate.height


def _lines(texts: Sequence[Text]) -> list[tuple[Text, list[Text]]]:
    """Texts in lines from the top, each with the one that gives its baseline."""
    lines: list[list[Text]] = []
    for item in sorted(texts, key=lambda t: -t.y):
        line = lines[-1] if lines else []
        if line and line[0].y - item.y < 0.6 * line[0].size:
            line.append(item)
        else:
            lines.append([item])
    return [
        (max(line, key=lambda t: (t.size, t.y)), sorted(line, key=_left))
        for line in reversed(lines)
    ]


def _left(item: Text) -> float:
    """What texts of one line are sorted by."""
    return item.x - SHARES[item.anchor]
