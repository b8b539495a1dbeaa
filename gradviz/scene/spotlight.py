"""A spotlight: what it leaves dark steps back, and stays where it is and legible."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gradviz.scene.model import Cells, Image, Item, Maths, Path, Text

BACK: Final = "back"
KINDS: Final = (
    "wire", "arrow", "gate", "dot", "ring", "scope", "entry", "arc", "tie", "window",
)  # fmt: skip
"""The first words of the roles of shapes that have a look for the dark."""
OTHERS: Final = {"arc casing": "arc casing", "arc band": "arc casing", "window tint": "plate"}
"""Roles of the same first words that become another: what lies behind lines and in cells."""
LESS: Final = 3
"""How many times paler heatmaps become."""


def back(item: Item) -> Item:
    """An item of which a spotlight takes no notice: in grey, thin and pale."""
    if isinstance(item, Text | Maths):
        return replace(item, role=BACK)
    if isinstance(item, Image):
        return item
    if isinstance(item, Cells):
        levels = tuple(tuple(map(_paler, row)) for row in item.levels)
        return replace(item, levels=levels)
    kind = item.role.split(" ", 1)[0]
    if kind in KINDS:
        item = replace(item, role=OTHERS.get(item.role, f"{kind} {BACK}"))
    return replace(item, width=None) if isinstance(item, Path) and item.width else item


def _paler(level: int | None) -> int | None:
    return level if level is None else int(level / LESS)
