"""The drawings of plots, one file for each kind of content; each declares `draw`.

`draw(teller, corner, width, height)` gives the items of a figure of this size from this corner on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from gradviz import plugins
from gradviz.scene.model import Item
from gradviz.trace.plots import Content

Draw = Callable[..., Iterable[Item]]


def drawer(content: Content) -> Draw:
    """What draws a content."""
    found: Any = plugins.entry(__name__, content.form).draw
    return cast(Draw, found)
