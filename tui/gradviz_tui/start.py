"""Starting the program: the first frame at once where possible, then Textual."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from gradviz.fonts.estimates import estimating
from gradviz.progress import silence
from gradviz_tui import config
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.terminal import (
    can_be_early,
    check_terminal,
    indexed_colours,
    keys_kept,
    shown_early,
)
from gradviz_tui.view import palette
from gradviz_tui.view.first_frame import FirstFrame, takes_long
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.opened import Coming, Opened
from gradviz_tui.walk.state import Walk
from gradviz_tui.walk.viewed import begun

if TYPE_CHECKING:
    from gradviz_tui.app import GradvizApp
    from gradviz_tui.walk.setup import Setup

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
    with keys_kept(), estimating():
        return _started(host, coming, title, k, settings or config.load())


def _started(host: Host, coming: Coming | None, title: str, k: int, settings: Settings) -> str:
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
    if walk.outer is not None or settings.theme == palette.TERMINAL or not can_be_early():
        return _show(host, walk, settings)
    first = FirstFrame(
        walk,
        shutil.get_terminal_size(),
        theme=settings.theme,
        ascii=settings.ascii,
        indexed=indexed_colours(),
    )
    with shown_early(first.text()):
        return _show(host, walk, settings, first)


def train(host: Host, setup: Setup, settings: Settings) -> tuple[str, int]:
    """Train a network in the terminal; returns the command that begins it again, and how many
    passes were saved where `setup.output` says.

    Raises GradvizError without a terminal, for what does not fit, and where nothing can be saved.
    """
    from gradviz_tui.walk.playground import Playground

    check_terminal()
    if setup.output:
        from gradviz.trace.saved_runs import check_path

        check_path(Path(setup.output))
    app = _program(host, None, settings, ground=Playground(setup))
    left, ground = _ran(app), app.ground
    if not setup.output or ground is None or not ground.running.done:
        return left, 0
    ground.save(setup.output)
    return left, ground.running.done


def in_thread(run: Callable[[], Opened]) -> Future[Opened]:
    """The future result of a function; its thread does not keep the program alive."""
    coming: Future[Opened] = Future()

    def work() -> None:
        try:
            coming.set_result(run())
        except BaseException as error:  # noqa: BLE001 - raised again by result()
            coming.set_exception(error)

    Thread(target=copy_context().run, args=(work,), daemon=True).start()
    return coming


def _show(
    host: Host,
    walk: Walk | None,
    settings: Settings,
    first: FirstFrame | None = None,
    waiting: tuple[str, Future[Opened], int] | None = None,
    viewed: Inside | None = None,
) -> str:
    app = _program(host, walk, settings, first=first, viewed=viewed)
    if waiting is not None:
        app.wait_for(*waiting)
    return _ran(app)


def _program(host: Host, walk: Walk | None, settings: Settings, **more: Any) -> GradvizApp:
    from gradviz_tui.app import GradvizApp  # loads Textual

    return GradvizApp(host, walk, settings=settings, **more)


def _ran(app: GradvizApp) -> str:
    """What is left when the program has ended. Raises the error that ended it."""
    with silence():
        left = app.run() or ""
    if app.failure is not None:
        raise app.failure
    return left
