"""The options of a drawing: how it looks, which frames are wanted, and which scopes are folded.

To add an option, add a field: the command line, `gv.render`, help and the formats that respect
its group follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from gradviz.arrays.digits import DIGITS
from gradviz.errors import ValueInputError
from gradviz.options import check, every, option

Group = Literal["colours", "size", "dots", "numbers", "graph"]
"""What an option changes: a format respects the options of what it draws. `graph` is how nodes and
wires are drawn; figures of cells have neither.
"""

Edges = Literal["plain", "magnitude"]
Every = Literal["step", "node"]


def _themes() -> str:
    from gradviz.scene.themes import THEMES

    return f"A theme: {', '.join(THEMES)}, or the path of a theme file."


def _engines() -> str:
    from gradviz.layout.engines import NAMES

    return f"The layout engine: {', '.join(NAMES)}, or a path."


@dataclass(frozen=True)
class Look:
    """How a drawing looks. Raises ValueInputError for values that are not allowed."""

    theme: str = option("light", _themes, metavar="NAME", of="colours")
    width: float | None = option(
        None, "Width of a frame; in columns for .txt.", metavar="PIXELS", of="size", above=0
    )
    scale: float = option(2.0, "Pixels per unit, for .png.", metavar="FACTOR", of="dots", above=0)
    digits: int = option(DIGITS, "Significant digits.", of="numbers", least=1, most=17)
    engine: str = option("auto", _engines, metavar="NAME", of="graph")
    images: Iterable[str] = option(
        (), "Draw this input as an image.", spelt="--image", metavar="NAME", of="graph"
    )
    edges: Edges = option(
        "plain",
        "Draw wires alike, or as thick as the gradient they carry.",
        of="graph",
        refuses="unknown way of drawing wires",
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", tuple(self.images))
        check(self)

    @classmethod
    def of(cls, *groups: str) -> list[str]:
        """The names of the options of these groups."""
        return [option.name for option in every(cls) if option.of in groups]


USUAL: Final = Look()


@dataclass(frozen=True)
class Frames:
    """Which frames are wanted. Without a choice, a file of one frame shows the last step, and
    several frames show all of them. Raises ValueInputError for choices that exclude each other.
    """

    step: int | None = option(None, "Only step K; 0 shows just the inputs.", metavar="K")
    steps: str | Iterable[int] | None = option(
        None, "Only these steps: all, 3-9, 3- or 1,4-6.", metavar="A-B"
    )
    every: Every = option(
        "step",
        "One frame per step, or one per node.",
        refuses="a frame is drawn for every step or for every node",
    )

    def __post_init__(self) -> None:
        check(self)
        if self.step is not None and (self.steps is not None or self.every != "step"):
            raise ValueInputError(
                "step asks for one frame, steps and every ask for several", expected="one of them"
            )

    @property
    def chosen(self) -> bool:
        """Whether anything was asked for."""
        return self.step is not None or self.steps is not None or self.every != "step"


@dataclass(frozen=True)
class Folding:
    """Which scopes are folded, as `gradviz.graph.fold.plan.plan` takes it; by default none."""

    depth: int | None = option(
        None, "Fold scopes: 1 shows each top-level scope as one card, 2 opens these.", metavar="N"
    )
    expand: Iterable[str] = option((), "Keep a scope open, such as block1/conv2.", metavar="PATH")
    repeats: bool = option(
        False, "Join equal scopes in a chain into one card: block ×3.", spelt="--fold-repeats"
    )

    def __post_init__(self) -> None:
        expand = (self.expand,) if isinstance(self.expand, str) else tuple(self.expand)
        object.__setattr__(self, "expand", expand)

    def __bool__(self) -> bool:
        return self != NOTHING


NOTHING = Folding()
