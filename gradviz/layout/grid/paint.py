"""What one frame shows on a layout that does not change: texts, active wires, labels, and the
direction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gradviz.layout.grid.model import Wire

HOT = "hot"
"""The role of a box with a heavy border."""
WIRE = "wire"
"""The role of a wire that is not active."""
LABEL = "label"
"""The role of a label on a wire."""
NOTE = "note"
"""The role of a note in a box."""

Flow = Literal["forward", "backward", "none"]
"""Where arrowheads stand: at the targets, at the sources, or nowhere."""

Run = tuple[str, str]
"""A stretch of a row with its role; the role of blank ground is the empty string."""


@dataclass(frozen=True, slots=True)
class Face:
    """What a box shows: its title, its lines, and its role (any name; HOT also makes the border
    heavy).

    `line_roles` gives the first lines roles of their own; the others have the role of the box.
    `notes` stand calmly at the right end of the first lines. `title_role` is the title's, where it
    is not the box's. `mark` stands in the bottom border.
    """

    title: str = ""
    lines: tuple[str, ...] = ()
    role: str = "plain"
    line_roles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    title_role: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Paint:
    """One frame. `active` wires are heavy and on top, each with its role; later ones cover earlier
    ones.

    `labels` stand before the target port of their wire, in the room that the layout left for them;
    of wires that share a port the last one shows. `lit` gives the wires of a box a role of their
    own.
    """

    faces: Mapping[int, Face] = field(default_factory=dict)
    active: Mapping[Wire, str] = field(default_factory=dict)
    labels: Mapping[Wire, str] = field(default_factory=dict)
    flow: Flow = "forward"
    lit: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """The boxes and the labels in which two frames may differ."""

    boxes: Collection[int]
    labels: Collection[Wire]
