"""The contents of one frame on a fixed layout: texts, active wires, labels, direction."""

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
"""Where arrowheads go: at the targets, at the sources, or nowhere."""

Run = tuple[str, str]
"""A stretch of a row with its role; the role of blank space is the empty string."""


@dataclass(frozen=True, slots=True)
class Face:
    """The content of a box: title, lines, and role (any name; HOT also makes the border heavy).

    `line_roles` gives the first lines their own roles; the others have the role of the box.
    `notes` appear in a quiet colour at the right end of the first lines. `title_role` is the role
    of the title, if it is not the box's. `mark` appears in the bottom border.
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
    """One frame. `active` wires are heavy and on top, each with its role; later ones cover others.

    `labels` go before the target port of their wire, in the room that the layout left for them; if
    wires share a port, only the last label shows. `lit` gives the wires of a box their own role.
    The `silent` boxes receive nothing, so no arrowhead points back at them.
    """

    faces: Mapping[int, Face] = field(default_factory=dict)
    active: Mapping[Wire, str] = field(default_factory=dict)
    labels: Mapping[Wire, str] = field(default_factory=dict)
    flow: Flow = "forward"
    lit: Mapping[int, str] = field(default_factory=dict)
    silent: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """The boxes and the labels in which two frames may differ."""

    boxes: Collection[int]
    labels: Collection[Wire]
