"""What is trained in the playground and how, as it was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from gradviz import shell
from gradviz.arrays.digits import number
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.learn import data as sets
from gradviz.learn.live import Live, live
from gradviz.sources import EVERYTHING, NOTHING, Allowed, as_graph
from gradviz.trace.run import Data
from gradviz_tui.walk.descent import read_rate

SIZES: Final = re.compile(r":(\d+)((?:-\d+)*)-(\d+)(?=,|$)")
"""Sizes of layers in the name of a network: inputs, hidden layers, outputs."""
ACTIVATION: Final = re.compile(r",activation=([^,]*)")
PLAIN: Final = "sgd"
"""The optimiser whose whole rule is w − rate · gradient."""


@dataclass(frozen=True)
class Setup:
    """What is trained and how, as it was typed; empty or None for what is usual.

    output   where the run is saved when the program ends; nowhere by default.
    allowed  what sources and data may do.
    samples  what was read from a file already, for a visitor who may read none.
    """

    source: str
    data: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    lr: float | None = None
    optimizer: str = "sgd"
    batch: int | None = None
    seed: int = 0
    output: str = ""
    allowed: Allowed = EVERYTHING
    samples: Data | None = None

    @property
    def is_plain(self) -> bool:
        """Whether a weight moves by its rate times its gradient, and by nothing else."""
        return self.optimizer.strip() == PLAIN

    def begin(self) -> Live:
        """Its parameters as they are first drawn. Raises GradvizError for what does not fit."""
        samples = self.samples
        if samples is None and self.data:
            samples = sets.read(self.data, self.seed, self.allowed)
        return live(
            as_graph(self.source, allowed=self.allowed),
            samples,
            given=self.given,
            lr=self.lr,
            optimizer=self.optimizer,
            batch=self.batch,
            seed=self.seed,
        )

    def lines(self, running: Live) -> dict[str, str]:
        """What can be changed, by name, as it is now."""
        found = {"rate": number(running.rate, 6)}
        if self.source.startswith("net:"):
            act = ACTIVATION.search(self.source)
            found["activation"] = act[1] if act else "relu"
        if sizes := SIZES.search(self.source):
            found["layers"] = sizes[2][1:]
        found["data"] = self.data or getattr(running.run.data, "name", "")
        found["optimizer"] = self.optimizer
        found["batch"] = str(running.run.batch)
        found["seed"] = str(self.seed)
        return found

    def changed(self, name: str, text: str) -> Setup:
        """With another setting. Raises UnknownNameError, and ValueInputError for a bad number."""
        if name == "rate":
            return replace(self, lr=read_rate(text))
        if name == "activation":
            bare = ACTIVATION.sub("", self.source)
            return replace(self, source=f"{bare},activation={text}")
        if name == "layers":
            if not re.fullmatch(r"(\d+(-\d+)*)?", text):
                raise ValueInputError(
                    "these are no layers", expected="sizes, such as 4 or 4-4", got=text[:40]
                )
            hidden = f"-{text}" if text else ""
            source = SIZES.sub(rf":\g<1>{hidden}-\g<3>", self.source)
            return replace(self, source=source)
        if name in ("batch", "seed"):
            if not text.isdecimal() or len(text) > 9:
                raise ValueInputError(
                    f"{name} is not valid", expected="a whole number", got=text[:40] or "nothing"
                )
            whole = int(text)
            return replace(self, batch=whole) if name == "batch" else replace(self, seed=whole)
        if name == "data":
            return replace(self, data=text, samples=None)
        if name == "optimizer":
            return replace(self, optimizer=text)
        known = ("rate", "activation", "layers", "data", "optimizer", "batch", "seed")
        raise UnknownNameError(
            f"there is no setting {name!r:.40}",
            expected=", ".join(known),
            hint=did_you_mean(name, known),
        )

    def for_visitors(self) -> Setup:
        """The same for a visitor, who reads no other files and sees no names of files.

        Raises what reading raises.
        """
        made = replace(self, output="", allowed=NOTHING)
        if not sets.is_file(self.data):
            return made
        samples = sets.read(self.data, self.seed, self.allowed)
        return replace(made, data=samples.name, samples=samples)

    def words(self) -> tuple[str, ...]:
        """What follows `gradviz tui` to begin it again, without what is saved at the end."""
        words = [self.source, *self.values]
        usual = {f.name: f.default for f in fields(self)}
        for name in ("data", "lr", "optimizer", "batch", "seed"):
            value = getattr(self, name)
            if value != usual[name] or name == "data":
                words += [f"--{name}", str(value)]
        return tuple(words)

    def command(self) -> str:
        """What to type to begin it again."""
        saving = ["-o", self.output] if self.output else []
        return shell.line(["gradviz", "tui", *self.words(), *saving])
