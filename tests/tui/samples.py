"""What the tests of the terminal program open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradviz as gv
from gradviz.cli.arguments import typed_words
from gradviz.cli.commands.tui import open_words
from gradviz.cli.opening import open_source
from gradviz.errors import GradvizError
from gradviz_tui.app import GradvizApp
from gradviz_tui.config import Settings
from gradviz_tui.host import Host, Offer
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk

MARK = ("(x*y + z) * maximum(y, z)", "x=1.5", "y=2", "z=-1")
FORK = ("x*y + max(y, z) + 3*y", "x=2", "y=1", "z=4")
NORM = ("q = W @ x; sum(q**2)", "W=[[0.4,0.6],[0.7,-0.2]]", "x=[0.5,0.3]")


def opened(words: Sequence[str] = MARK, **options: Any) -> Opened:
    if "--against" in words:
        return open_words(words)
    return open_source(words[0], words[1:], **options)


def walk(words: Sequence[str] = MARK, k: int = 0) -> Walk:
    return Walk(opened(words)).at(k)


def walk_of(trace: gv.Trace) -> Walk:
    return Walk(Opened(trace.source, {}, trace))


def app(
    words: Sequence[str] | None = MARK, k: int = 0, settings: Settings | None = None
) -> GradvizApp:
    """The program without a terminal, which keeps no settings."""
    offers = (
        Offer("circuit", "a lecture", "the first circuit", ("x*y + z", "x=-3", "y=5", "z=2")),
    )
    made = GradvizApp(
        Host(open_words, typed_words, offers),
        None if words is None else walk(words, k),
        settings=settings or Settings(),
    )
    made.saving = False
    return made


def walking(program: GradvizApp) -> WalkScreen:
    return next(s for s in program.screen_stack if isinstance(s, WalkScreen))


def screen_text(program: GradvizApp) -> str:
    """What stands on the screen."""
    strips = program.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


__all__ = [
    "FORK",
    "MARK",
    "NORM",
    "GradvizError",
    "app",
    "opened",
    "screen_text",
    "walk",
    "walk_of",
    "walking",
]
