"""Driving the program without a terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot

from gradviz_tui.app import GradvizApp
from tests.tui.samples import screen_text
from tests.tui.terminal import HANGS

Script = Callable[[Pilot[str]], Awaitable[None]]


def drive(program: GradvizApp, script: Script, size: tuple[int, int] = (100, 30)) -> Any:
    """Run the program through a script and return its result."""

    async def run() -> None:
        async with program.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await script(pilot)

    asyncio.run(run())
    return program.return_value


async def settled(pilot: Pilot[str], done: Callable[[], bool], what: str = "") -> None:
    """Wait for something that is worked out in a thread."""
    end = time.monotonic() + HANGS
    while time.monotonic() < end:
        if done():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    raise AssertionError(f"never happened: {what}\n{screen_text(pilot.app)}")  # type: ignore[arg-type]


async def type_line(pilot: Pilot[str], text: str, *, clear: bool = True) -> None:
    """Type a line over what stands there, and Enter."""
    from textual.widgets import Input

    line = pilot.app.screen.query_one(Input)
    if clear:
        line.value = ""
    line.insert_text_at_cursor(text)
    await pilot.press("enter")
    await pilot.pause()
