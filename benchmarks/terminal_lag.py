"""How long heavy work (AlexNet, folded, conv2 opened) blocks the terminal program's event loop.

    python benchmarks/terminal_lag.py

A task asks for its turn every 5 ms; its delay is the stall, and the longest stall is reported for
each part of the script. A key pressed at that moment waits that long.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from gradviz.cli.opening import open_source
from gradviz_tui.app import GradvizApp
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.screens.cells import CellScreen
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.walk.folding import CLOSED
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk

NETWORK = ("net:alexnet", "image=random:1", "label=3")
EVERY = 0.005


class Heart:
    """Measures the delay of its turns, by part."""

    def __init__(self) -> None:
        self.part, self.worst = "open", {}

    async def beat(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(EVERY)
            late = 1000 * (time.perf_counter() - began - EVERY)
            self.worst[self.part] = max(self.worst.get(self.part, 0.0), late)


async def until(done: Callable[[], object], patience: float = 60) -> None:
    limit = time.perf_counter() + patience
    while not done():
        if time.perf_counter() > limit:
            raise TimeoutError("it never came to an end")
        await asyncio.sleep(EVERY)


async def script(app: GradvizApp, heart: Heart) -> None:
    async with app.run_test(size=(140, 45)) as pilot:
        task = asyncio.create_task(heart.beat())
        screen = app.screen
        assert isinstance(screen, WalkScreen)
        await until(lambda: screen.graph.scene)
        heart.part = "every step on"
        await pilot.press(*["right"] * screen.walk.total)
        heart.part = "every step back"
        await pilot.press(*["left"] * screen.walk.total)
        heart.part = "open conv2"
        screen.move(screen.walk.select(screen.walk.trace.graph.find("conv2")))
        await pilot.press("enter")
        await until(lambda: screen.walk.folding.expand == ("conv2",) and not screen.laying_out)
        heart.part = "into its cells"
        conv = next(n.id for n in screen.walk.trace.graph.nodes if n.op == "conv2d")
        screen.move(screen.walk.select(conv))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, CellScreen) and app.screen.shown)
        cells = app.screen
        for part, keys in (
            ("windows forward", ["right"] * 30),
            ("and back", ["]", "right", "right", "]", "right"]),
        ):
            heart.part = part
            await pilot.press(*["right_square_bracket" if key == "]" else key for key in keys])
            await until(lambda: cells.shown == cells.cells.k and not cells.working)
        heart.part = "out, its arrays"
        await pilot.press("backspace", "a", "full_stop", "a")
        heart.part = "open all"
        await pilot.press("F")
        await until(lambda: not screen.walk.view.groups and not screen.laying_out)
        heart.part = "fold all"
        await pilot.press("F")
        await until(lambda: screen.walk.folding == CLOSED and not screen.laying_out)
        task.cancel()


def main() -> None:
    """Print the table."""
    began = time.perf_counter()
    opened: Opened = open_source(NETWORK[0], NETWORK[1:])
    print(f"the run itself, before the program: {time.perf_counter() - began:.1f} s")
    heart = Heart()
    app = GradvizApp(
        Host(lambda words: opened, lambda line: (line,)), Walk(opened), settings=Settings()
    )
    app.saving = False
    asyncio.run(script(app, heart))
    print(f"{'part':<18}{'longest stall, ms':>18}")
    for part, late in heart.worst.items():
        print(f"{part:<18}{late:>18.0f}")


if __name__ == "__main__":
    main()
