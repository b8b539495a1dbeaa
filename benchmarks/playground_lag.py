"""From a key to the changed screen where a network is trained, beside the keys of a walk.

    python benchmarks/playground_lag.py

Milliseconds of wall time, the median and the 95th percentile. `playing` is pressed while 1,024
passes a second are done in the thread; `stall` is how late the event loop is at most meanwhile.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable

from textual.events import Key
from textual.screen import Screen

from gradviz.cli.opening import open_source
from gradviz_tui.app import GradvizApp
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.screens.playground import PlaygroundScreen
from gradviz_tui.view.lines_widget import Lines
from gradviz_tui.walk.playground import PACES, Playground
from gradviz_tui.walk.setup import Setup
from gradviz_tui.walk.state import Walk

NETWORK, DATA = "net:mlp:2-4-4-2,activation=tanh", "ring"
SIGNS = {"space": " ", "less_than_sign": "<", "greater_than_sign": ">"}
KEYS, PASSES, EVERY = 60, 5_000, 0.002
HOST = Host(lambda words: open_source(words[0], words[1:]), lambda line: (line,))


def header(screen: Screen[None]) -> str:
    return "".join(text for text, _ in screen.query_one("#header", Lines)._shown[0])


async def pressed(app: GradvizApp, key: str, changed: Callable[[], bool]) -> float:
    """Milliseconds from a key to what it changes."""
    began = time.perf_counter()
    app.post_message(Key(key, SIGNS.get(key, key if len(key) == 1 else None)))
    while not changed():
        if time.perf_counter() - began > 20:
            raise TimeoutError(key)
        await asyncio.sleep(0.0005)
    return 1000 * (time.perf_counter() - began)


async def stepping(app: GradvizApp, key: str) -> list[float]:
    times = []
    for _ in range(KEYS):
        before = header(app.screen)
        times.append(await pressed(app, key, lambda b=before: header(app.screen) != b))
        await asyncio.sleep(0.01)
    return times


async def of_walk() -> dict[str, list[float]]:
    trace = open_source(NETWORK, ("x=[0.5,-1]", "label=1"))
    app = GradvizApp(HOST, Walk(trace), settings=Settings())
    app.saving = False
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.5)
        total = min(KEYS, app.screen.walk.total)
        times = [
            await pressed(app, "right", lambda k=k: f"step {k} of" in header(app.screen))
            for k in range(1, total + 1)
        ]
        return {"walk, a step": times}


async def of_training() -> dict[str, list[float]]:
    ground = Playground(Setup(NETWORK, DATA, lr=0.3))
    for _ in ground.passes(PASSES, 0, lambda: True):
        pass
    app = GradvizApp(HOST, settings=Settings(), ground=ground)
    app.saving = False
    found: dict[str, list[float]] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.5)
        screen = app.screen
        assert isinstance(screen, PlaygroundScreen)
        found["a pass on"] = await stepping(app, "right")
        found["a pass back"] = await stepping(app, "left")
        found["an epoch back"] = await stepping(app, "up")
        app.post_message(Key("G", "G"))
        await pilot.pause(0.5)
        screen._pace = PACES.index(1024)
        app.post_message(Key("space", " "))
        await pilot.pause(0.5)
        late: list[float] = []

        async def beat() -> None:
            while True:
                began = time.perf_counter()
                await asyncio.sleep(EVERY)
                late.append(1000 * (time.perf_counter() - began - EVERY))

        task = asyncio.create_task(beat())
        times = []
        for k in range(KEYS):
            pace = screen._pace
            key = ("less_than_sign", "greater_than_sign")[k % 2]
            times.append(await pressed(app, key, lambda p=pace: screen._pace != p))
            await asyncio.sleep(0.05)
        task.cancel()
        found["playing, a key"] = times
        found["playing, the loop"] = late
        times = []
        for _ in range(10):
            times.append(await pressed(app, "space", lambda: not screen.training))
            await asyncio.sleep(0.1)
            await pressed(app, "space", lambda: screen.training)
            await asyncio.sleep(0.1)
        found["playing, to a pause"] = times
        app.post_message(Key("space", " "))
        await pilot.pause(0.3)
    print(f"passes done: {screen.ground.running.done:,}")
    return found


def main() -> None:
    """Print the table."""
    found = asyncio.run(of_walk()) | asyncio.run(of_training())
    print(f"{'':<22}{'median':>8}{'p95':>8}{'most':>8}")
    for name, times in found.items():
        ordered = sorted(times)
        p95 = ordered[int(0.95 * (len(ordered) - 1))]
        print(f"{name:<22}{statistics.median(ordered):>8.1f}{p95:>8.1f}{ordered[-1]:>8.1f}")


if __name__ == "__main__":
    main()
