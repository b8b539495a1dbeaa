"""Training line by line, for screen readers: words are typed, and what a pass did is said."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from gradviz.arrays.digits import number
from gradviz.errors import GradvizError, ValueInputError
from gradviz.story.maths.words import say
from gradviz_tui.commanded import command
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.playground import Film, Playground, Seen

PROMPT: Final = "next, run, back, change, walk, help or quit: "
MOST: Final = 1_000_000
"""Passes that one line may ask for."""
SHORT: Final = {"": "next", "n": "next", "b": "back", "q": "quit", "exit": "quit", "?": "help"}

Write = Callable[[str], object]


class Trainer:
    """A student who trains by ear.

    walk  walks through a pass, line by line.
    """

    def __init__(
        self,
        ground: Playground,
        read: Callable[[str], str],
        write: Write,
        walk: Callable[[Opened], object],
        refuse: Callable[[GradvizError], object],
    ) -> None:
        self.ground, self.read, self.write = ground, read, write
        self.walk, self.refuse = walk, refuse
        self.k = 0
        self.left = False
        self._sized()

    def _sized(self) -> None:
        """Nothing is drawn, so next to nothing is worked out for pictures."""
        self.ground.grid, self.ground.film = (1, 1), Film(1, 1, 1)

    def run(self) -> str:
        """Read and answer until the student leaves; the command that begins the training again."""
        self.write(f"Training {say(self.ground.setup.source)} on {self._data()}.")
        self._settings("")
        self.tell()
        while not self.left:
            self.answer(self.read(PROMPT))
        return f"{self.ground.setup.command()} --plain"

    def _data(self) -> str:
        data = self.ground.running.run.data
        assert data is not None
        return f"{self.ground.setup.data or data.name}, {len(data)} samples"

    def tell(self) -> None:
        """Say the network as it is after pass k."""
        for line in said(self.ground.seen(self.k)):
            self.write(say(line))

    def answer(self, line: str) -> None:
        """Do what was typed; what is wrong with it is said."""
        try:
            name, rest = command(line, WORDS, SHORT)
            WORDS[name][2](self, rest)
        except GradvizError as error:
            self.refuse(error)

    # --- what can be typed

    def _next(self, rest: str) -> None:
        self._go_on(1)

    def _run(self, rest: str) -> None:
        self._go_on(_count(rest, 100))

    def _go_on(self, passes: int) -> None:
        """Passes that were done already, then new ones."""
        done = self.ground.running.done
        missing = self.k + passes - done
        if missing > 0:
            for _ in self.ground.passes(missing, 0, lambda: True):
                pass
        reached = self.ground.running.done
        if reached == self.k:
            self.write(f"Training has ended: {self.ground.running.stopped or 'no pass is left'}.")
            return
        self.k = min(self.k + passes, reached)
        self.tell()

    def _back(self, rest: str) -> None:
        self.k = max(0, self.k - _count(rest, 1))
        self.tell()

    def _go(self, rest: str) -> None:
        k = _count(rest, 0)
        if k > self.ground.running.done:
            raise ValueInputError(
                f"pass {k} was not done yet", expected=f"0 to {self.ground.running.done}, or run"
            )
        self.k = k
        self.tell()

    def _repeat(self, rest: str) -> None:
        self.tell()

    def _change(self, rest: str) -> None:
        name, _, text = rest.replace("=", " ", 1).partition(" ")
        before = self.ground
        self.ground = before.with_setting(name, text.strip())
        self._sized()
        if self.ground.running is not before.running:
            self.k = 0
            self.write("Training begins anew.")
        self._settings("")
        self.tell()

    def _settings(self, rest: str) -> None:
        lines = self.ground.setup.lines(self.ground.running)
        told = (f"{name} {value or 'none'}" for name, value in lines.items())
        self.write(say(f"{'; '.join(told)}."))

    def _walk(self, rest: str) -> None:
        k = _count(rest, self.k)
        if not 1 <= k <= self.ground.running.done:
            raise ValueInputError("there is no such pass to walk through", expected="next first")
        self.walk(self.ground.opened(k))
        self.write("Back in training.")

    def _save(self, rest: str) -> None:
        self.write(f"Saved {self.ground.save(rest)}.")

    def _help(self, rest: str) -> None:
        for name, (takes, says, _) in WORDS.items():
            self.write(f"{name}{f', then {takes}' if takes else ''}: {says}.")

    def _quit(self, rest: str) -> None:
        self.left = True


WORDS: Final[dict[str, tuple[str, str, Callable[[Trainer, str], None]]]] = {
    "next": ("", "the next pass; Enter alone does the same", Trainer._next),
    "run": ("a number", "so many passes at once, 100 without a number", Trainer._run),
    "back": ("a number", "so many passes back, one without a number", Trainer._back),
    "go": ("the number of a pass", "the network after that pass", Trainer._go),
    "repeat": ("", "the same pass once more", Trainer._repeat),
    "change": (
        "a setting and its value",
        "another setting, such as change rate 0.1",
        Trainer._change,
    ),
    "settings": ("", "what can be changed, as it is now", Trainer._settings),
    "walk": ("", "the steps of this pass, line by line; quit comes back", Trainer._walk),
    "save": ("a file", "the run, to be opened later", Trainer._save),
    "help": ("", "this list", Trainer._help),
    "quit": ("", "leave", Trainer._quit),
}
"""What can be typed: what follows it, what it does, and how; in the order of help."""


def _count(text: str, usual: int) -> int:
    """A whole number. Raises ValueInputError."""
    if not text:
        return usual
    if not text.isdecimal() or not text.isascii() or int(text[:9]) > MOST or len(text) > 9:
        raise ValueInputError(
            "this is not a number of passes", expected=f"a whole number to {MOST:,}", got=text[:40]
        )
    return int(text)


def said(seen: Seen) -> list[str]:
    """What can be said of a network after a pass."""
    at = f"Pass {seen.k} of {seen.done} done" if seen.k else "Before the first pass"
    lines = [f"{at}: the loss is {number(seen.loss, 4)}{_before(seen)}."]
    if seen.right is not None:
        held = "" if seen.test is None else f"; of those held out {number(100 * seen.test, 3)} %"
        lines.append(f"Of the samples {number(100 * seen.right, 3)} % are right{held}.")
    if seen.moved is not None:
        name, before, gradient, after, rate = seen.moved
        rule = "" if math.isnan(rate) else f", and {number(rate, 4)} times that was subtracted"
        lines.append(
            f"{name} went from {number(before, 6)} to {number(after, 6)}: its gradient was"
            f" {number(gradient, 4)}{rule}."
        )
    if seen.stopped and seen.k == seen.done:
        lines.append(f"Training has ended: {seen.stopped}.")
    return lines


def _before(seen: Seen) -> str:
    """The loss that this pass began with, of its own samples."""
    if not seen.k:
        return ""
    return f"; before this pass its batch had {number(float(seen.losses[seen.k - 1]), 4)}"
