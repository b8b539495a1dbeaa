"""A real terminal for the real program: a pty, what came out of it, and a screen to read."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Any

HANGS = 300.0
"""Seconds after which a test gives up: no machine that works is so slow."""
SYNC = b"\x1b[?2026$p"
MOVE = re.compile(r"\x1b\[(\d*);?(\d*)H|\x1b\[[0-9;?<>$=]*[a-zA-Z]|\x1b\][^\x07]*\x07|\x1b[=>78]")


class Grid:
    """What stands on a screen: enough of a terminal for what Textual writes."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[int, str]] = {}
        self._at, self._rest = (1, 1), ""

    def write(self, text: str) -> None:
        """Take what a program writes to a terminal."""
        self._rest += text

    def __str__(self) -> str:
        rest, at = self._rest, 0
        cut = rest.rfind("\x1b")
        stop = len(rest) if cut < 0 or MOVE.match(rest, cut) else cut
        while at < stop:
            found = MOVE.match(rest, at)
            if found:
                if found[0].endswith("H"):
                    self._at = int(found[1] or 1), int(found[2] or 1)
                elif found[0] == "\x1b[2J":
                    self.rows = {}
                at = found.end()
                continue
            row, column = self._at
            char = rest[at]
            if char == "\r":
                self._at = row, 1
            elif char == "\n":
                self._at = row + 1, column
            else:
                self.rows.setdefault(row, {})[column] = char
                self._at = row, column + 1
            at += 1
        self._rest = rest[stop:]
        return "\n".join(
            "".join(cells.get(c, " ") for c in range(1, max(cells) + 1)).rstrip()
            for _, cells in sorted(self.rows.items())
        )


class Terminal:
    """`gradviz` with some words on a pty of its own."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self.out = b""
        self._grid, self._decode = Grid(), codecs.getincrementaldecoder("utf-8")("replace").decode
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)  # a parent in the background may ignore them
            if cwd:
                os.chdir(cwd)
            given = {
                k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")
            }
            command = [sys.executable, "-m", "gradviz.cli.main", *words]
            os.execvpe(
                command[0],
                command,
                {**given, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})},
            )
        self.before = termios.tcgetattr(self.fd)

    def read(self, seconds: float) -> bool:
        """Take what comes within a time; says whether anything did."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other end is closed
            return False
        if SYNC in data:
            os.write(self.fd, b"\x1b[?2026;2$y")
        self.out += data
        self._grid.write(self._decode(data))
        return bool(data)

    def until(self, text: str, seconds: float = HANGS) -> str:
        """Wait until a text stands on the screen."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(0.05)
            if text in self.screen:
                return self.screen
        raise AssertionError(f"{text!r} never came:\n{self.screen}")

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.fd, keys.encode())

    def resize(self, width: int, height: int) -> None:
        """Change the window."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    @property
    def screen(self) -> str:
        """What stands on the screen."""
        return str(self._grid)

    def end(self, seconds: float = HANGS) -> int:
        """Wait for the program to end; returns its exit status (negative: the signal that killed
        it).
        """
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.read(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.read(0.02):
                    pass
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
        raise AssertionError(f"it never ended:\n{self.screen}")

    @property
    def is_sane(self) -> bool:
        """Whether the terminal was left as it was: no alternate screen, a cursor, no mouse reports,
        echo.
        """
        text = self.out
        pairs = [
            (b"\x1b[?1049h", b"\x1b[?1049l"),
            (b"\x1b[?25l", b"\x1b[?25h"),
            (b"\x1b[?1000h", b"\x1b[?1000l"),
        ]
        left = all(text.rfind(off) > text.rfind(on) for on, off in pairs if on in text)
        return left and termios.tcgetattr(self.fd)[:4] == self.before[:4]

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.fd >= 0:
            os.close(self.fd)
