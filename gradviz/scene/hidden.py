"""Numbers that a picture hides, so that students can fill them in.

Everything else stands where it stands in the picture with all numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.files import same_name
from gradviz.graph.graph import Graph
from gradviz.scene.blocks import SMALL, Block, Grid
from gradviz.scene.model import Item, Rect, Text
from gradviz.story.frame import Frame, retold
from gradviz.story.languages import pattern

KINDS: Final = {"values": "value", "gradients": "gradient"}
BOX: Final = (34.0, 17.0)
"""The size of a box for a number."""
TASK: Final = pattern("Fill in the boxes.")

Size = tuple[float, float]
Hidden = frozenset[tuple[int, str]]
"""The hidden numbers: nodes, each with value or gradient."""


def hidden(graph: Graph, labels: dict[int, str], words: Iterable[str]) -> Hidden:
    """What words ask to hide: `values`, `gradients`, a node, or one number of it as `x:gradient`.

    Raises UnknownNameError for a name that no node has, and for a number that no node has.
    """
    by_label = {label: node for node, label in labels.items()}
    found = set[tuple[int, str]]()
    for word in words:
        name, colon, kind = word.rpartition(":")
        if colon and kind not in KINDS.values():
            raise UnknownNameError(
                f"a node has no {kind!r:.60} that can be hidden",
                expected=" or ".join(f"{name:.40}:{k}" for k in KINDS.values()),
                got=f"hide {word:.80}",
                hint=did_you_mean(kind, KINDS.values()),
            )
        if not colon and word in KINDS:
            found |= {(node.id, KINDS[word]) for node in graph.nodes}
            continue
        name = same_name(name if colon else word, by_label)
        if name not in by_label:
            raise UnknownNameError(
                f"nothing in the picture is called {name!r:.60}",
                expected=f"values, gradients, or one of {', '.join(list(by_label)[:12])}",
                got=f"hide {word:.80}",
                hint=did_you_mean(name, [*by_label, *KINDS]),
            )
        kinds = [kind] if colon else KINDS.values()
        found |= {(by_label[name], k) for k in kinds}
    return frozenset(found)


def discreet(frame: Frame, hidden: Hidden) -> Frame:
    """A frame whose words give no hidden number away: if its step uses or makes one, it has no
    sentence of its own, and its formula has symbols only.
    """
    if not hidden:
        return frame
    nodes = {node for node, _ in hidden}
    if frame.step is not None:
        operands = frame.trace.graph.args[frame.step.node] if frame.phase != "seed" else ()
        met = {frame.step.node, *operands}
        if not nodes & met and not (frame.edge and frame.edge.source in nodes):
            return frame
    elif frame.moment is None:
        return frame
    formula = frame.formula and replace(frame.formula, filled=None, result=None, equals="=")
    if formula is not None and formula.rule.kind in ("number", "grid"):
        formula = None
    return retold(frame, sentence=TASK, note="", formula=formula, strange=False)


def box(key: str, x: float, middle: float, letter: str = "?", size: Size = BOX) -> list[Item]:
    """An empty box about the point (x, middle), with its letter in it."""
    width, height = size
    corner = x - width / 2, middle - height / 2
    return [
        Rect(key, "ring", *corner, width, height, 3.0),
        Text(f"{key}-letter", "muted", x, middle + 3.5, letter, SMALL),
    ]


def blank(block: Block, key: str, x: float, top: float) -> list[Item]:
    """An empty box in the place of a block that is drawn at x and `top`; of a grid its cells."""
    if isinstance(block, Grid):
        items = block.draw(key, "muted", "regular", x, top)
        return [item for item in items if not isinstance(item, Text)]
    is_large = block.height > BOX[1]
    size = (block.width, block.height) if is_large else (BOX[0] - 4, BOX[1])
    return box(f"{key}-box", x, top + block.height / 2, size=size)
