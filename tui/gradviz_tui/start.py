"""Starting the program: the first frame at once where that can be, then Textual."""

from __future__ import annotations

import shutil

from gradviz_tui import config, palette
from gradviz_tui.config import Settings
from gradviz_tui.first import First
from gradviz_tui.host import Host
from gradviz_tui.keys import ACTIONS
from gradviz_tui.opened import Opened
from gradviz_tui.state import Walk
from gradviz_tui.terminal import can_be_early, check_terminal, shown_early


def start(host: Host, opened: Opened | None = None, *, k: int = 0, settings: Settings | None = None) -> str:
    """Run the program; returns the command that reopens where it was left. Raises GradvizError without a terminal."""
    check_terminal()
    settings = settings if settings is not None else config.load(actions=ACTIONS)
    walk = None if opened is None else Walk(opened).at(k)
    if walk is None or settings.theme == palette.TERMINAL or not can_be_early():
        return _run(host, walk, settings, None)
    first = First(walk, theme=settings.theme, ascii=settings.ascii)
    with shown_early(first.text(*shutil.get_terminal_size())):
        return _run(host, walk, settings, first)


def _run(host: Host, walk: Walk | None, settings: Settings, first: First | None) -> str:
    from gradviz_tui.app import GradvizApp  # loads Textual

    return GradvizApp(host, walk, settings=settings, first=first).run() or ""
