"""The terminal program on a real pty: from a key to the last byte drawn, against two plain ways.

    python benchmarks/terminal.py

`one Static` puts the whole picture into one widget and redraws it at every step; `a widget a
node` has a widget for every box and draws no wires at all. All run on the same graphs, in the same
window, in the same run, and start from bytecode, as an installed program does. `first` is when
boxes appear on the screen, `ready` the last byte of the start.
"""

from __future__ import annotations

import fcntl
import os
import pty
import random
import select
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator

WINDOW = (120, 40)
KEYS, ROUNDS, STARTS = 60, 3, 3
QUIET = 0.06
"""After this many seconds without a byte, a frame counts as complete."""


def source(size: int) -> str:
    """A graph of about `size` nodes in which values branch."""
    rng = random.Random(size)
    names, lines = ["x", "s"], ["s = x*x"]
    for k in range(size - 2):
        lines.append(f"n{k} = {names[-1]} {rng.choice('+*-')} {rng.choice(names[-6:])}")
        names.append(f"n{k}")
    return "; ".join([*lines, names[-1]])


FOLDER = tempfile.gettempdir() + "/gradviz-benchmark"
ENVIRONMENT = {
    **{
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "NO_COLOR")
    },
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "GRADVIZ_CONFIG": FOLDER,
    "PYTHONPYCACHEPREFIX": FOLDER,
}
BOX = "╭─".encode()


class Screen:
    """A program on its own pty."""

    def __init__(self, command: list[str]) -> None:
        self.first, self.began = 0.0, time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", WINDOW[1], WINDOW[0], 0, 0))
            os.execvpe(command[0], command, ENVIRONMENT)

    def last_byte(self, since: float, quiet: float = QUIET, wait: float = 60) -> float:
        """Seconds from `since` to the last byte before it is quiet; waits for a first one.

        Notes the first box.
        """
        last, patience = since, wait
        while select.select([self.fd], [], [], patience)[0]:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:  # the program has ended
                break
            last, patience = time.perf_counter(), quiet
            if not self.first and BOX in data:
                self.first = last - since
            if b"\x1b[?2026$p" in data:
                os.write(self.fd, b"\x1b[?2026;2$y")
        return last - since

    def press(self, keys: bytes, wait: float = 0.15) -> float:
        """Milliseconds from these keys to the last byte drawn; 0 if nothing is."""
        now = time.perf_counter()
        os.write(self.fd, keys)
        return 1000 * self.last_byte(now, wait=wait)

    def close(self) -> None:
        os.write(self.fd, b"q")
        self.last_byte(time.perf_counter(), 0.2, 0.5)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def start(command: list[str]) -> tuple[Screen, float, float]:
    """A program with its first frame drawn, and the milliseconds to its first box and last byte."""
    screen = Screen(command)
    ready = screen.last_byte(screen.began, quiet=0.5)
    return screen, 1000 * (screen.first or ready), 1000 * ready


def measure(command: list[str]) -> dict[str, float]:
    """Keys, a burst of keys and scrolling, on one start of a program."""
    screen, _, _ = start(command)
    keys = sorted(drawn(screen.press(b"l", wait=1) for _ in range(KEYS)))
    burst = screen.press(b"h" * KEYS, wait=20)
    scrolls = sorted(drawn(screen.press(b"L" if n < 20 else b"H") for n in range(40)))
    screen.close()
    return {
        "p50": keys[len(keys) // 2],
        "p95": keys[int(len(keys) * 0.95)],
        "burst": burst,
        "scroll": scrolls[int(len(scrolls) * 0.99)] if scrolls else 0.0,
    }


def drawn(times: Iterator[float]) -> list[float]:
    return [t for t in times if t > 0]


def peer(kind: str, size: int) -> None:
    """The same steps drawn in a plain way."""
    from textual.app import App, ComposeResult
    from textual.containers import ScrollableContainer
    from textual.widgets import Static

    import gradviz as gv
    from gradviz.scene.characters import CharacterScene
    from gradviz.story.frame import Story

    story = Story(gv.run(source(size), x=0.3))
    scene = CharacterScene(story)

    class Plain(App[None]):
        BINDINGS = [
            ("l", "go(1)"),
            ("h", "go(-1)"),
            ("L", "pan(15)"),
            ("H", "pan(-15)"),
            ("q", "quit"),
        ]
        CSS = "Static { width: auto; height: auto; } #all { layers: a; }"

        def compose(self) -> ComposeResult:
            self.k = 0
            with ScrollableContainer(id="all"):
                if kind == "static":
                    yield Static("", markup=False, id="picture")
                else:
                    for node, box in scene.layout.boxes.items():
                        made = Static("", markup=False, id=f"n{node}")
                        made.styles.position, made.styles.offset = "absolute", (box.x, box.y)
                        yield made

        def on_mount(self) -> None:
            self.query_one("#all").focus()
            self.draw()

        def draw(self) -> None:
            frame = story.frame(self.k)
            if kind == "static":
                self.query_one("#picture", Static).update(scene.canvas(frame).text())
                return
            for node in scene.layout.boxes:
                face = scene.face(frame, node)
                self.query_one(f"#n{node}", Static).update("\n".join([face.title, *face.lines]))

        def action_go(self, by: int) -> None:
            self.k = min(max(self.k + by, 0), len(story.trace))
            self.draw()

        def action_pan(self, by: int) -> None:
            self.query_one("#all").scroll_relative(x=by, animate=False)

    Plain().run()


def main() -> None:
    """Print the table."""
    me = [sys.executable, __file__]
    ours = [sys.executable, "-m", "gradviz.cli.main", "tui"]
    print(
        f"{'nodes':>6} {'':<15} {'first ms':>9} {'ready':>7} {'key p50':>8} {'p95':>7}"
        f" {'60 keys':>8} {'scroll p99':>11} {'key ratio':>10}"
    )
    for size in (12, 63, 200, 2000):
        commands = {"gradviz": [*ours, source(size), "x=0.3"]}
        if size <= 200:
            commands |= {
                "one Static": [*me, "static", str(size)],
                "a widget a node": [*me, "widgets", str(size)],
            }
        starts: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(
            STARTS + 1
        ):  # in turns, so that a busy moment meets all; the first ones compile
            for name, command in commands.items():
                screen, *times = start(command)
                screen.close()
                starts[name].append((times[0], times[1]))
        base = 0.0
        for name, command in commands.items():
            first, ready = (
                statistics.median(column) for column in zip(*starts[name][1:], strict=True)
            )
            rounds = [measure(command) for _ in range(ROUNDS if name == "gradviz" else 2)]
            best = {what: min(r[what] for r in rounds) for what in rounds[0]}
            base = base or best["p50"]
            print(
                f"{size:>6} {name:<15} {first:>9.0f} {ready:>7.0f} {best['p50']:>8.1f}"
                f" {best['p95']:>7.1f} {best['burst']:>8.0f} {best['scroll']:>11.1f}"
                f" {best['p50'] / base:>9.1f}x"
            )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        peer(sys.argv[1], int(sys.argv[2]))
    else:
        main()
