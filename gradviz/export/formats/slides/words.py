"""What slides say in words: the alternative text of every shape, and the notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from gradviz.export.reports import plain
from gradviz.scene.model import Cells, Image, Item, Maths, Scene, Text
from gradviz.story.languages import say
from gradviz.story.maths import latex
from gradviz.story.walks import WalkFrame

NODE: Final = re.compile(r"node-(\d+)-(\w+)")
EDGE: Final = re.compile(r"edge-(\d+)-(\d+)-\d+-(\w+)")
STEP: Final = re.compile(r"progress-(\d+)")
FORMULA: Final = re.compile(r"formula-(\d+)")
SENTENCE: Final = re.compile(r"([ab]-)?(sentence-|note)")
"""Texts of the foot, or of that of a panel."""
KINDS: Final = {
    "wire": "wire",
    "arc": "connection",
    "tie": "connection",
    "gate": "gate",
    "dot": "branch",
    "ring": "ring",
    "casing": "gap where wires cross",
    "progress": "progress",
    "line": "line",
    "grid": "frame of a grid",
    "arrow": "arrowhead",
    "scope": "frame of a scope",
    "heat": "heatmap",
    "axis": "axis",
    "curve": "curve",
    "series": "curve",
    "face": "face of a volume",
    "side": "side of a volume",
}
"""What shapes are called, by the first word of their roles; others are called by their roles."""
PARTS: Final = {
    "value": "value of {}",
    "gradient": "gradient of {}",
    "contribution": "contribution to {}",
    "note": "how the gradient of {} adds up",
}


class Words:
    """The words of a deck; `labels` are what its nodes are called, where its shapes stand for
    nodes; `panels` are the names and the labels of the parts of its slides, by what their ids begin
    with.
    """

    def __init__(
        self,
        labels: Mapping[int, str],
        panels: Mapping[str, tuple[str, Mapping[int, str]]] = MappingProxyType({}),
    ) -> None:
        self.labels, self.panels = labels, panels

    def alt(self, item: Item, frame: WalkFrame | None) -> str:
        """What an item is, in words."""
        side, _, key = item.id.partition("-")
        if side in self.panels:
            name, labels = self.panels[side]
            said = Words(labels).alt(replace(item, id=key), frame)
            return said if isinstance(item, Maths) or key == "name" else f"{said}, panel {name}"
        if isinstance(item, Maths):
            return self._formula(item, frame)
        if isinstance(item, Cells):
            return f"heatmap of {len(item.levels)} rows and {len(item.levels[0])} columns"
        if isinstance(item, Image):
            return "image"
        subject = self._subject(item.id)
        if isinstance(item, Text):
            return f"{subject}: {item.text}" if subject and subject != item.text else item.text
        first, _, state = item.role.partition(" ")
        kind = KINDS.get(first, item.role)
        if found := STEP.fullmatch(item.id):
            return f"{kind}: step {found[1]}, {state}"
        if subject and not subject.startswith("from "):
            subject = f"around the {subject}" if first == "ring" else f"of {subject}"
        return f"{kind} {subject}".strip() + ", at work" * (state == "hot")

    def _subject(self, key: str) -> str:
        """The node or the edge that a shape belongs to."""
        if (found := NODE.match(key)) and int(found[1]) in self.labels:
            return PARTS.get(found[2], "{}").format(self.labels[int(found[1])])
        if found := EDGE.match(key):
            source, target = (self.labels.get(int(n), "a constant") for n in found.groups()[:2])
            if found[3] in PARTS:
                return PARTS[found[3]].format(source)
            return f"from {source} to {target}"
        return ""

    def _formula(self, item: Maths, frame: WalkFrame | None) -> str:
        """A formula as LaTeX."""
        written = getattr(item.source, "latex", None)
        if written is not None:
            return str(written())
        formula = frame.formula if frame is not None else None
        if (found := FORMULA.fullmatch(item.id)) and formula is not None:
            rest = formula.latex[int(found[1]) - 1 :]
            return (" ".join(rest) if found[1] == "1" else rest[0]) if rest else formula.words
        if (found := NODE.match(item.id)) and int(found[1]) in self.labels:
            return latex.name(self.labels[int(found[1])])
        return str(item.source)


def notes(scene: Scene, frame: WalkFrame | None, *, whole: bool = True) -> str:
    """What a lecturer says to a slide: its sentence, the formula, what it shows and, as a `whole`,
    the step in words.
    """
    said = [" ".join(i.text for i in scene.items if isinstance(i, Text) and SENTENCE.match(i.id))]
    if frame is not None:
        said += frame.formula.unicode if frame.formula is not None else ()
        said += [plain.step(frame, index=True)] if whole else []
    shown = scene.description
    if frame is not None:
        shown = shown.removeprefix(f"{frame.sentence} {frame.note}".strip()).strip()
    said.append(say("On the slide: {shown}", shown=shown))
    return "\n".join(line for line in said if line)
