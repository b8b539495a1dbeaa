"""A training run as a plain value: its data, its losses, and the parameters at some of its passes.

A run is a trace of passes: `gradviz.learn.replay` opens any of them as a trace, bit for bit as it
was. Passes are counted from 1; pass k begins with what the k − 1 updates before it left.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gradviz.graph.graph import Graph
from gradviz.shown import Shown

COLUMN: Final = ":column"
"""Behind a feed: the vector is given as a column, so that it meets an output of the shape n×1."""


@dataclass(frozen=True, eq=False)
class Data:
    """Samples to learn from; their first axis counts them.

    name     what it is called.
    x        the features of each sample, (n, …); `t` its target, (n,) or (n, m); None without one.
             Targets that are whole numbers of `classes` are classes.
    classes  the names of the classes; empty where the target is a number.
    columns  the names of the columns of x, where they have any; `target` that of t.
    test_x, test_t  samples held out, of the same form; None without any.
    source   where it comes from.
    """

    name: str
    x: Any
    t: Any = None
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    target: str = ""
    test_x: Any = None
    test_t: Any = None
    source: str = ""

    def __len__(self) -> int:
        """The number of samples to learn from."""
        return len(self.x)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one sample's features."""
        return tuple(self.x.shape[1:])

    def part(self, feed: str, *, test: bool = False) -> Any:
        """The rows that an input takes: `x`, `t`, or a column of x by its name; `t:column` as a
        column, `x:1x8x8` with the features of each sample in this shape.
        """
        x, t = (self.test_x, self.test_t) if test else (self.x, self.t)
        name, _, form = feed.partition(":")
        found = x if name == "x" else t if name == "t" else x[:, self.columns.index(name)]
        if not form:
            return found
        if feed.endswith(COLUMN):
            return found[:, None]
        return found.reshape(len(found), *map(int, form.split("x")))


@dataclass(eq=False)
class Kept:
    """The parameters and the optimiser's state, as vectors, after so many updates.

    at       the numbers of updates, ascending, from 0 on.
    weights  a row for each, of all parameters one after the other; `state` likewise, by name.
    """

    at: list[int]
    weights: Any
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False, kw_only=True)
class Run(Shown):
    """A training run.

    graph     what is minimised: its output is the loss of the samples fed. Without shapes.
    output    the node that predicts, which the loss compares with the target; None for a source
              that is minimised as it is.
    trained   the names of the parameters, in the order of the vectors; `shapes` their shapes.
    fixed     the values of all other inputs that the data do not feed.
    data      the samples; None for a source without any. `feeds`: what each input takes of them.
    settings  how it was trained: optimizer, lr, schedule, l1, l2, clip_value, clip_norm, batch,
              passes (as many as were asked for), seed; the seed gives the order of samples;
              rates: (passes done, rate) for every change of lr on the way, if there were any.
    losses    the loss of its samples as each pass begins, one for every pass that was done.
    kept      the parameters at some of them, the first and the last among them.
    stopped   why it ended before all passes were done; empty for one that did not.
    notes     what was decided for the user: a loss, redrawn weights.
    """

    graph: Graph
    output: int | None
    trained: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...]]
    fixed: Mapping[str, Any]
    data: Data | None
    feeds: Mapping[str, str]
    settings: Mapping[str, Any]
    losses: Any
    kept: Kept
    stopped: str = ""
    notes: Sequence[str] = ()

    @property
    def passes(self) -> int:
        """The number of passes that were done."""
        return len(self.losses)

    @property
    def diverged(self) -> bool:
        """Whether it ended at a number that is not finite."""
        last = self.kept.weights[-1]
        return not bool((abs(self.losses[-1:]) < math.inf).all() and (abs(last) < math.inf).all())

    @property
    def source(self) -> str:
        """The text of the graph."""
        return self.graph.source

    @property
    def batch(self) -> int:
        """Samples in a pass; 0 without data."""
        return int(self.settings["batch"])

    def __len__(self) -> int:
        """The number of passes that were done."""
        return self.passes

    def __repr__(self) -> str:
        last = f", loss {float(self.losses[-1]):.4g}" if self.passes else ""
        return f"<Run of {self.source[:40]!r}: {self.passes:,} passes{last}>"

    def apart(self, vector: Any) -> dict[str, Any]:
        """A vector of all parameters as arrays by name, which share its memory."""
        found, start = {}, 0
        for name in self.trained:
            shape = self.shapes[name]
            size = 1
            for n in shape:
                size *= n
            found[name] = vector[start : start + size].reshape(shape)
            start += size
        return found
