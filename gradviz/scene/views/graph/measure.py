"""The form of a node's card: [contribution per operand | gate | trunk with value above, gradient
below].

A form is measured once, from everything that its card will ever hold, and never changes. Heights
are counted from the axis, the line on which the trunk lies, upwards (`above`) and downwards
(`below`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Final

from gradviz.graph.graph import Node
from gradviz.layout import text
from gradviz.layout.engines import Card
from gradviz.ops.op import say_shape
from gradviz.scene.blocks import SMALL, Block, wide
from gradviz.scene.typeset import SIZE, Setting
from gradviz.scene.views.graph.gates import WORD, Reading
from gradviz.scene.views.graph.notes import LEADING as LINE

GATE: Final = 30.0
SYMBOL: Final = 20.0
NAME: Final = 19.0
TAG: Final = 16.0
"""The size of an input's name where it is drawn again."""
LABEL: Final = 13.0
LONG: Final = 110.0
LEAST: Final = 14.0
"""A name that would be wider than LONG is set smaller, though not smaller than LEAST."""
TRUNK: Final = 34.0
BARE: Final = 16.0
"""The least width of a trunk, and of one that carries no number."""
CLEAR: Final = 6.0
"""The gap between a value and the trunk below it, and between the trunk and a gradient."""
OVER: Final = 6.2
"""The gap between a contribution and its wire."""
RING: Final = (3.0, 3.4)
"""The horizontal and vertical gap between a ring and what it surrounds."""
NOTE_GAP: Final = 5.0
LABEL_DROP: Final = 12.0
LEADING: Final = 16.0
CORNER: Final = 8.0
WIDEST_TITLE: Final = 160.0
"""Sizes of the card of a folded scope."""
PAIR: Final = 8.0
"""How far the two wires of a gate with two operands are from its middle."""
APPROACH: Final = 15.0
"""The least width of the part before a gate: an arrowhead and a level piece of wire."""


@dataclass(frozen=True, slots=True)
class Form:
    """A card's measures.

    left      the width of the part before the gate: contributions, or an input's name.
    gate      the width and height of the gate; 0 for inputs and constants.
    middle    the width of the gate's column, which also holds its label.
    trunk     the width of the part to the right of the gate.
    ports     the height of each operand's wire below the axis.
    radius    of the gate's corners.
    note      how far below the axis the note under the gradient stands.
    words     how far below the axis the first line of the user's words stands.
    """

    left: float
    gate: tuple[float, float]
    middle: float
    trunk: float
    above: float
    below: float
    ports: tuple[float, ...] = ()
    note: float = 0.0
    radius: float = GATE / 2
    words: float = 0.0

    @property
    def card(self) -> Card:
        """The card as the layout places it."""
        ports = tuple(self.above + port for port in self.ports)
        width = self.left + self.middle + self.trunk
        return Card(width, self.above + self.below, ports, self.above)

    def whole(self) -> Form:
        """The form in whole units, the axis in the middle of one: then wires between level ports
        are level.

        The height is odd, so that ports are whole units away from the middle of the card too.
        """
        above, below = ceil(self.above - 0.5), ceil(self.below - 0.5)
        return replace(
            self,
            left=ceil(self.left),
            middle=ceil(self.middle),
            trunk=ceil(self.trunk),
            above=above + 0.5,
            below=below + (above + below) % 2 + 0.5,
            ports=tuple(float(round(port)) for port in self.ports),
        )

    @property
    def label_baseline(self) -> float:
        """The baseline of the label under the gate."""
        return self.gate[1] / 2 + LABEL_DROP


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the card of a folded scope: its title, how the scopes joined in it differ, its
    output's shape, and how many parameters it has.
    """

    title: str
    lines: tuple[str, ...]

    @property
    def width(self) -> float:
        """The width of the card."""
        return max(wide(self.title, LABEL), *(wide(line, SMALL) for line in self.lines), 40.0) + 20

    @property
    def height(self) -> float:
        """The height of the card."""
        return 30 + LEADING * len(self.lines)

    @property
    def baselines(self) -> tuple[float, ...]:
        """Where the title and the lines stand, from the middle of the card."""
        first = -LEADING * len(self.lines) / 2 + text.cap_height(LABEL) / 2
        return tuple(first + LEADING * i for i in range(len(self.lines) + 1))


def sheet(node: Node, title: str) -> Sheet:
    """The card of a folded scope."""
    count, sizes = node.options["parameters"], node.options.get("sizes", "")
    shape = [line for line in (sizes, say_shape(node.shape) if node.shape else "") if line]
    learnt = [f"{count:,} parameter{'s' * (count != 1)}"] if count else []
    return Sheet(text.fit(title, LABEL, "bold", WIDEST_TITLE), (*shape, *learnt))


def of_leaf(
    name: Setting | None,
    blocks: Sequence[Block],
    gradients: Sequence[Block],
    notes: Sequence[str],
    size: float = NAME,
    words: Sequence[str] = (),
) -> Form:
    """The form of an input or a constant, with its name in a size, and words below it."""
    trunk, above, below, note = _trunk(blocks, gradients, notes)
    if name is None:
        return Form(0.0, (0.0, 0.0), 0.0, trunk, above, below, (), note).whole()
    size = name_size(name, size)
    scale, rise = size / SIZE, name_baseline(size)
    over = name.baseline * scale - rise
    under = (name.height - name.baseline) * scale + rise
    left = max(name.width * scale, _widest(words)) + 8
    first, under = _words(words, under)
    above, below = max(above, over), max(below, under)
    return Form(left, (0.0, 0.0), 0.0, trunk, above, below, (), note, words=first).whole()


def of_op(
    symbol: str | Reading,
    sheet: Sheet | None,
    label: Setting | None,
    contributions: Sequence[Block | None],
    values: Sequence[Block],
    gradients: Sequence[Block],
    notes: Sequence[str],
    words: Sequence[str] = (),
    swaps: bool = False,
) -> Form:
    """The form of an op's node, or of a folded scope's `sheet`; `contributions` has an entry for
    each operand. The user's own words stand below its label. Where its two wires may arrive in
    either order (`swaps`), it has room for both.

    All wires of a gate with a constant arrive at its middle.
    """
    trunk, above, below, note = _trunk(values, gradients, notes)
    ports = (0.0, 0.0) if isinstance(symbol, Reading) else _ports(contributions)
    height = GATE if len(ports) < 3 else max(GATE, ports[-1] - ports[0] + 24)
    width, radius = _gate_width(symbol), min(GATE, height) / 2
    if sheet is not None:
        width, height, radius = sheet.width, max(sheet.height, height), CORNER
    middle, bottom = width, height / 2 + 1.5
    if label is not None:
        scale = LABEL / SIZE
        middle = max(width, label.width * scale + 4)
        bottom = height / 2 + LABEL_DROP + (label.height - label.baseline) * scale + 1
    first, bottom = _words(words, bottom)
    middle = max(middle, _widest(words) + 4 if words else 0.0)
    held = [b for b in contributions if b is not None]
    left = max([b.width + 8 for b in held], default=APPROACH)
    for slot, block in enumerate(contributions):
        if block is not None:
            edge = OVER + block.height + 2
            for port in ports if swaps else ports[slot : slot + 1]:
                if hangs(ports, port):
                    below = max(below, port + edge)
                else:
                    above = max(above, edge - port)
    above, below = max(above, height / 2 + 1.5), max(below, bottom)
    return Form(
        max(left, APPROACH),
        (width, height),
        middle,
        trunk,
        above,
        below,
        ports,
        note,
        radius,
        first,
    ).whole()


def _widest(words: Sequence[str]) -> float:
    return max((wide(line, SMALL) for line in words), default=0.0)


def _words(words: Sequence[str], bottom: float) -> tuple[float, float]:
    """Where the first line of words below `bottom` stands, and where the last one ends."""
    if not words:
        return 0.0, bottom
    return bottom + LINE - 1, bottom + LINE * len(words) + 2


def of_stub(name: Setting | None, block: Block | None, words: str) -> Form:
    """The form of a wire that leads out of the picture: what its use brings back stands over it,
    then come its words and the name of what uses it.
    """
    scale = TAG / SIZE
    rise = name_baseline(TAG)
    over = name.baseline * scale - rise if name else text.cap_height(TAG)
    under = (name.height - name.baseline) * scale + rise if name else CLEAR
    held = OVER + block.height + 2 if block else 0.0
    left = max(block.width + 8 if block else 0.0, APPROACH)
    trunk = wide(words, TAG) + 8 + (name.width * scale if name else 0.0)
    above, below = max(over, held, CLEAR), max(under, CLEAR)
    return Form(left, (0.0, 0.0), 0.0, trunk, above, below, (0.0,)).whole()


def _gate_width(symbol: str | Reading) -> float:
    if isinstance(symbol, Reading):
        return max(GATE, sum(symbol.widths) + 16)
    return GATE if len(symbol) < 2 else max(GATE, wide(symbol, WORD) + 18)


def hangs(ports: Sequence[float], port: float) -> bool:
    """Whether a contribution stands below its wire, which arrives at a port: at the lower of two;
    all others stand above.
    """
    return len(ports) == 2 and port > 0


def name_size(name: Setting, size: float = NAME) -> float:
    """The size of an input's name: the one given, or less where it is long."""
    return min(size, max(LEAST, SIZE * LONG / name.width))


def name_baseline(size: float = NAME) -> float:
    """How far below the axis an input's name stands, so that its small letters lie on the axis."""
    return 0.215 * size


def _trunk(
    values: Sequence[Block], gradients: Sequence[Block], notes: Sequence[str]
) -> tuple[float, float, float, float]:
    """The trunk's width, how far what it carries reaches up and down, and where its note stands."""
    blocks = [*values, *gradients]
    widest = max([b.width + 2 * RING[0] + 2 for b in blocks], default=0.0)
    noted = max([wide(n, SMALL) + 4 for n in notes], default=0.0)
    above = max([CLEAR + b.height + RING[1] + 1 for b in values], default=CLEAR)
    below = max([CLEAR + b.height + RING[1] + 1 for b in gradients], default=CLEAR)
    tallest = max([b.height for b in gradients], default=0.0)
    note = CLEAR + tallest + NOTE_GAP + text.cap_height(SMALL)
    return max(TRUNK if blocks else BARE, widest, noted), above, note + 4 if notes else below, note


def _ports(contributions: Sequence[Block | None]) -> tuple[float, ...]:
    count = len(contributions)
    if count < 3:
        return ((), (0.0,), (-PAIR, PAIR))[count]
    places = [0.0]
    for block in contributions[1:]:
        places.append(places[-1] + max(20.0, block.height + OVER + 8 if block is not None else 0.0))
    middle = places[-1] / 2
    return tuple(place - middle for place in places)
