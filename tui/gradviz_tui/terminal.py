"""What this terminal can do, and showing the first frame before Textual is loaded."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from gradviz import shell
from gradviz.errors import GradvizError

POOR_TERMINALS = ("linux", "ansi", "vt100", "vt220", "screen", "xterm", "rxvt", "cygwin")
"""Values of TERM that promise no more than 16 colours."""
WEB = "textual.drivers.web_driver:WebDriver"
"""What textual-serve sets for the program that it runs without a terminal."""
ALTERNATE, ORDINARY = "\x1b[?1049h", "\x1b[?1049l"
"""Switch to the alternate screen, and back."""
HIDDEN, VISIBLE = "\x1b[?25l", "\x1b[?25h"
"""Hide and show the cursor."""
NO_REPORTS = "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1004l\x1b[?2004l"
"""Turn off reports of mouse, focus and pasting."""


def in_browser() -> bool:
    """Whether the program is served to a browser, so that a visitor is at the keys."""
    return os.environ.get("TEXTUAL_DRIVER") == WEB


def check_terminal(words: Sequence[str] = ()) -> None:
    """Raise GradvizError if there is neither a terminal to draw in nor a browser.

    `words` are those of the command line; the hint names a command that needs no terminal.
    """
    if in_browser():
        return
    show = f"gradviz show {shell.line(words) if words else 'SOURCE NAME=VALUE …'}"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        what = "standard output" if sys.stdin.isatty() else "standard input"
        raise GradvizError(
            f"not a terminal: {what} is redirected",
            expected="an interactive terminal",
            hint=f"{show} writes the same steps as text",
        )
    if os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        raise GradvizError(
            "this terminal cannot position text",
            expected="a terminal that can move the cursor",
            got=f"TERM={os.environ.get('TERM', '')}",
            hint=f"{show} writes the same steps as text",
        )


def reduced_motion() -> bool:
    """Whether the user wants nothing on the screen to move by itself."""
    return os.environ.get("GRADVIZ_REDUCED_MOTION", "0") not in ("", "0")


def true_colours() -> bool:
    """Whether the terminal says that it shows every colour."""
    return os.environ.get("COLORTERM", "") in ("truecolor", "24bit")


def plain_colours() -> bool:
    """Whether only the terminal's own colours are available, or the user wants none."""
    if os.environ.get("NO_COLOR"):
        return True
    term = os.environ.get("TERM", "")
    rich = true_colours() or in_browser() or "256" in term or "direct" in term
    return not rich and term.split("-")[0] in POOR_TERMINALS


def indexed_colours() -> bool:
    """Whether the terminal has 256 colours by number."""
    return not true_colours() and os.environ.get("TERM", "").rpartition("-")[2] in (
        "256color",
        "kitty",
    )


def can_be_early() -> bool:
    """Whether a frame can be shown here before Textual is loaded."""
    colours = (true_colours() or indexed_colours()) and not plain_colours()
    early = os.name == "posix" and colours and "TEXTUAL_DRIVER" not in os.environ
    return early and sys.__stderr__ is not None and sys.__stderr__.isatty()


@contextmanager
def keys_kept() -> Iterator[None]:
    """Keep keys that are typed before the program is up: Enter as Enter, and none of them echoed.

    Ctrl+C still interrupts.
    """
    if os.name != "posix" or in_browser() or sys.__stdin__ is None:
        yield
        return
    import termios

    keyboard = sys.__stdin__.fileno()
    before = termios.tcgetattr(keyboard)
    taken, given, control, local, *rest = before
    local &= ~(termios.ECHO | termios.ICANON)
    try:
        termios.tcsetattr(
            keyboard, termios.TCSANOW, [taken & ~termios.ICRNL, given, control, local, *rest]
        )
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSANOW, before)


@contextmanager
def shown_early(text: str) -> Iterator[None]:
    """Show text on the alternate screen while the program loads; typed keys are kept for it.

    The program takes over the screen as it is, and restores it. If an exception or a signal ends
    it before that, the terminal is restored here.
    """
    import termios

    assert sys.__stdin__ is not None and sys.__stderr__ is not None
    keyboard, screen = sys.__stdin__.fileno(), sys.__stderr__
    before = termios.tcgetattr(keyboard)
    ended = signal.signal(signal.SIGTERM, _end)
    try:
        termios.tcsetattr(keyboard, termios.TCSANOW, _silent(termios, before))
        screen.write(ALTERNATE + HIDDEN + text)
        screen.flush()
        yield
    except BaseException:
        screen.write(NO_REPORTS + ORDINARY + VISIBLE)
        screen.flush()
        raise
    finally:
        signal.signal(signal.SIGTERM, ended)
        termios.tcsetattr(keyboard, termios.TCSANOW, before)


def _end(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


def _silent(termios: Any, before: list[Any]) -> list[Any]:
    """Terminal settings as Textual sets them: raw keys, no echo, no signals."""
    taken, given, control, local, *rest = before
    taken &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    local &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    return [taken, given, control, local, *rest]
