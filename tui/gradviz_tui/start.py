"""Starting the program: the first frame at once where possible, then Textual."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TYPE_CHECKING

from gradviz.progress import silence
from gradviz_tui import config
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.terminal import can_be_early, check_terminal, indexed_colours, shown_early
from gradviz_tui.view import palette
from gradviz_tui.view.first_frame import FirstFrame, takes_long
from gradviz_tui.walk.opened import Coming, Opened
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.viewed import Viewed, begun

if TYPE_CHECKING:
    from gradviz_tui.walk.playground import Playground, Setup

PATIENCE = 0.4
"""Seconds to wait for a long run before the program starts without it."""


def start(
    host: Host,
    coming: Coming | None = None,
    *,
    title: str = "",
    k: int = 0,
    settings: Settings | None = None,
) -> str:
    """Run the program on `coming`; returns the command that reopens where the user was.

    Long runs continue in a thread while the program says so. Raises GradvizError without a
    terminal, and what the run raises.
    """
    check_terminal()
    settings = settings if settings is not None else config.load()
    if coming is None:
        return _show(host, None, settings)
    if takes_long(coming.graph):
        run = in_thread(coming.run)
        if not wait([run], PATIENCE).done:
            return _show(host, None, settings, waiting=(title, run, k))
        opened = run.result()
    else:
        opened = coming.run()
    walk, viewed = begun(opened, k)
    if viewed is not None:
        return _show(host, walk, settings, viewed=viewed)
    if settings.theme == palette.TERMINAL or not can_be_early():
        return _show(host, walk, settings)
    first = FirstFrame(walk, theme=settings.theme, ascii=settings.ascii, indexed=indexed_colours())
    with shown_early(first.text(*shutil.get_terminal_size())):
        return _show(host, walk, settings, first)


def train(host: Host, setup: Setup, settings: Settings) -> str:
    """Train a network in the terminal; returns the command that begins it again.

    Raises GradvizError without a terminal, and for what does not fit.
    """
    from gradviz_tui.walk.playground import Playground

    check_terminal()
    ground = Playground(setup)
    return _show(host, None, settings, ground=ground)


def in_thread(run: Callable[[], Opened]) -> Future[Opened]:
    """The future result of a function; its thread does not keep the program alive."""
    coming: Future[Opened] = Future()

    def work() -> None:
        try:
            coming.set_result(run())
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            coming.set_exception(error)

    Thread(target=work, daemon=True).start()
    return coming


def _show(
    host: Host,
    walk: Walk | None,
    settings: Settings,
    first: FirstFrame | None = None,
    waiting: tuple[str, Future[Opened], int] | None = None,
    viewed: Viewed | None = None,
    ground: Playground | None = None,
) -> str:
    from gradviz_tui.app import GradvizApp  # loads Textual

    app = GradvizApp(host, walk, viewed=viewed, settings=settings, first=first, ground=ground)
    if waiting is not None:
        app.wait_for(*waiting)
    with silence():
        left = app.run() or ""
    if app.failure is not None:
        raise app.failure
    return left
