"""Numbers that a picture hides, so that students can fill them in.

Everything else stands where it stands in the picture with all numbers. Where answers follow, a
picture that asks for the numbers that are new in it stands before the one that has them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Final, NamedTuple

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.files import same_name
from gradviz.graph.graph import Graph
from gradviz.scene.blocks import SMALL, Block, Grid
from gradviz.scene.model import Item, Rect, Text
from gradviz.story.frame import Frame, Story, retold
from gradviz.story.languages import pattern, say, translated
from gradviz.story.moments import Moment
from gradviz.story.own import is_own, usual

KINDS: Final = {"values": "value", "gradients": "gradient"}
BOX: Final = (34.0, 17.0)
"""The size of a box for a number."""
TASK: Final = pattern("Fill in the boxes.")

THESE: Final = pattern("What are these numbers?")
THIS_NUMBER: Final = pattern("What is this number?")
THIS: Final = {
    "value": pattern("What is the value of {name}?"),
    "gradient": pattern("What is the gradient of {name}?"),
}
SO_FAR: Final = pattern("What is the gradient of {name} so far?")
"""What a picture asks whose answer follows."""

Size = tuple[float, float]
Hidden = frozenset[tuple[int, str]]
"""The hidden numbers: nodes, each with value or gradient."""


class Asked(NamedTuple):
    """A frame with a question or, once answered, the same with its numbers.

    k       the step, or a moment.
    before  the frame that was shown before; what is known there is not asked again.
    """

    k: int | Moment
    before: int | Moment | None = None
    answered: bool = False


Shown = int | Moment | Asked
"""How a frame is asked for: by its step, by its moment, or with a question."""


def moment_of(shown: Any) -> Any:
    """The step or the moment of what is shown."""
    return shown.k if isinstance(shown, Asked) else shown


def known_before(shown: Any) -> int:
    """The last step whose numbers a question does not ask for; 0 for what is no question."""
    return shown.before if isinstance(shown, Asked) and isinstance(shown.before, int) else 0


def is_question(shown: Any) -> bool:
    """Whether what is shown is a question without its answer."""
    return isinstance(shown, Asked) and not shown.answered


def hidden(
    graph: Graph, labels: dict[int, str], words: Iterable[str], *, given: bool = True
) -> Hidden:
    """What words ask to hide: `values`, `gradients`, a node, or one number of it as `x:gradient`.

    given  whether `values` are those of inputs and constants too.

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
            asked = (n for n in graph.nodes if given or not n.is_leaf or word != "values")
            found |= {(node.id, KINDS[word]) for node in asked}
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


class Curtain:
    """What hides numbers in the frames of a graph.

    words    what is hidden, as `hidden` takes it.
    answers  whether every frame has its numbers, but for one that is `Asked`.
    shown    the nodes that stand in the picture; by default all of them.

    Raises what `hidden` raises.
    """

    def __init__(
        self,
        story: Story,
        words: Iterable[str] = (),
        answers: bool = False,
        shown: Collection[int] | None = None,
    ) -> None:
        self.story, self.answers = story, answers
        found = hidden(story.trace.graph, story.labels, words, given=not answers)
        self.all = frozenset(n for n in found if shown is None or n[0] in shown)

    def without(self, shown: Shown) -> Hidden:
        """The numbers that a picture leaves out."""
        if not isinstance(shown, Asked):
            return frozenset() if self.answers else self.all
        if shown.answered:
            return frozenset()
        frame = self.story.frame(shown.k)
        before = None if shown.before is None else self.story.frame(shown.before)
        return frozenset(number for number in self.all if _is_new(frame, before, *number))

    def told(self, frame: Frame, shown: Shown) -> Frame:
        """A frame as it is told: with a question, with its answer, with nothing that is hidden."""
        without = self.without(shown)
        if not isinstance(shown, Asked):
            return discreet(frame, without)
        if shown.answered:
            return usual(frame)
        asked = question(frame, without)
        return retold(discreet(frame, without), sentence=asked, note="", strange=False)


def _is_new(frame: Frame, before: Frame | None, node: int, kind: str) -> bool:
    """Whether a frame shows a number that the one before did not."""
    now, then = frame.node(node), before.node(node) if before is not None else None
    if kind == "gradient":
        return now.gradient is not None and (
            then is None or then.gradient is None or then.arrived != now.arrived
        )
    updated = frame.phase == "update" and frame.focus == node
    return now.state != "unknown" and (then is None or then.state == "unknown" or updated)


def question(frame: Frame, asked: Hidden) -> str:
    """What is asked, unless the user asks in words of their own."""
    if is_own(frame):
        return frame.sentence
    (node, kind), *others = sorted(asked)
    if others or node not in frame.story.labels:
        return translated(THESE)
    partial = kind == "gradient" and frame.node(node).state == "partial"
    return say(SO_FAR if partial else THIS[kind], name=frame.story.labels[node])


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
    told = frame.sentence if is_own(frame) else TASK
    silent = {"accumulation": None, "branch": None}
    return retold(frame, sentence=told, note="", formula=formula, strange=False, **silent)


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
