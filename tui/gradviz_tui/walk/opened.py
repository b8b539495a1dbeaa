"""What is open: a source with its values as they were typed, and its run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import gradviz as gv
from gradviz import shell
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.export.look import Folding
from gradviz.graph.declared import declared_shape
from gradviz.graph.graph import INPUT
from gradviz.options import words as option_words
from gradviz.sources import EVERYTHING, Allowed, kind_of, values
from gradviz_tui.walk.folding import OPEN, begins_folded

MOST_TYPED = 100
"""Arrays with more numbers than this are not written out as text."""


class Descended(NamedTuple):
    """A step of descent that was taken: its rate, and the loss before and after it."""

    rate: float
    before: float
    after: float


class Passes(NamedTuple):
    """A training run, pass by pass: `opened` gives pass k, from 1, of so many."""

    opened: Callable[[int], gv.Trace]
    last: int


class Coming(NamedTuple):
    """A source whose arguments are right, and that is yet to be run.

    graph  its graph, with shapes.
    run    runs it.
    """

    graph: gv.Graph
    run: Callable[[], Opened]

    def for_visitors(self) -> Coming:
        """The same without the names of files in what is opened."""
        return self._replace(run=lambda: self.run().for_visitors())


@dataclass(frozen=True)
class Opened:
    """A run, and how to ask for it again.

    source   SOURCE as it was typed.
    values   the text of every VALUE that was given, by name.
    trace    the run.
    options  --wrt, --upstream, --backend and --dtype as they were given, without their dashes.
    folding  which scopes are folded to begin with.
    view     the view to begin with.
    classes  what the rows of a matrix, or the output neurons, are called in views that fit.
    descent  the step of descent that led here; None where none did.
    passes   the training run that it is a pass of; None for anything else.
    unsaid   why no command can open it; empty where one can.
    rival    the run that it is compared with; None where there is none.
    name     what tells it from that run.
    into     the nodes to step into to begin with, as `a/b`, and the step in each.
    """

    source: str
    values: Mapping[str, str]
    trace: gv.Trace
    options: Mapping[str, str] = field(default_factory=dict)
    folding: Folding = OPEN
    view: str = "graph"
    classes: tuple[str, ...] = ()
    descent: Descended | None = None
    passes: Passes | None = None
    unsaid: str = ""
    rival: Opened | None = None
    name: str = ""
    into: tuple[str, tuple[int, ...]] = ("", ())

    @cached_property
    def title(self) -> str:
        """The expression on one line, or what stands for it; the name of a run that is compared
        stands before it.
        """
        text = " ".join((self.trace.source or self.source).split())
        return f"{self.name}: {text}" if self.name and self.name != text else text

    @property
    def switched(self) -> Opened | None:
        """The run that it is compared with, which then is compared with this one."""
        return None if self.rival is None else replace(self.rival, rival=self)

    @property
    def number(self) -> int:
        """The number of the pass that it is; 0 for what is no pass, or was changed."""
        updates = self.trace.updates
        return 0 if updates is None else updates.number

    @property
    def has_next(self) -> bool:
        """Whether another pass follows."""
        return self.passes is not None and 0 < self.number < self.passes.last

    def beside(self, by: int) -> Opened:
        """A pass some further on, or back; the last or the first one where there are no more.

        Raises ValueInputError for what is no pass of a run that is at hand.
        """
        if self.passes is None:
            raise ValueInputError("This is no pass of a training run.")
        if not self.number:
            raise ValueInputError("This pass was changed; u undoes the change.")
        k = min(max(1, self.number + by), self.passes.last)
        if k == self.number:
            which = "last" if by > 0 else "first"
            raise ValueInputError(f"This is the {which} pass of the run.")
        return replace(self, trace=self.passes.opened(k), descent=None)

    def input_named(self, name: str) -> int:
        """The node of an input. Raises UnknownNameError with the nearest one."""
        found = {n.name: n.id for n in self.trace.graph.inputs}
        if name not in found:
            raise UnknownNameError(
                f"{name or 'this'} is not an input",
                expected=", ".join(found),
                hint=did_you_mean(name, found),
            )
        return found[name]

    def text_of(self, name: str) -> str:
        """An input's value as it was typed, or as it can be typed; empty for one too large for
        that.
        """
        if name in self.values:
            return self.values[name]
        if prod(self.trace.xp.shape(self.trace.values[self.input_named(name)])) > MOST_TYPED:
            return ""
        return typed(self.trace.xp.plain(self.trace.values[self.input_named(name)]))

    def edited(self, name: str, text: str, allowed: Allowed = EVERYTHING) -> Opened:
        """The same run with another value for one input.

        Raises ValueInputError for a value that is not allowed, and what `gv.run` raises.
        """
        shape = declared_shape(self.trace.graph.nodes[self.input_named(name)].options)
        value = values.read(text, name, shape, allowed).value
        return self.with_values({name: value}, {name: text})

    def with_values(self, changed: Mapping[str, Any], texts: Mapping[str, str]) -> Opened:
        """The same run with other values for some inputs, and as they would be typed.

        Raises what `gv.run` raises.
        """
        trace = self.trace
        given = {n.name: trace.values[n.id] for n in trace.graph.nodes if n.op == INPUT}
        everything = len(trace.wrt) == len(trace.graph.inputs) and "wrt" not in self.options
        wrt = [] if everything else [trace.graph.nodes[i].name for i in trace.wrt]
        plain_seed = not trace.has_backward or (
            trace.xp.shape(trace.seed) == () and trace.xp.plain(trace.seed) in (1.0, "1")
        )
        new = gv.run(
            trace.graph,
            values={**given, **changed},
            wrt=wrt or None,
            upstream=None if plain_seed else trace.seed,
            backend=trace.backend,
            dtype=trace.dtype if trace.backend != "exact" else "float64",
        )
        known = self.values or {
            n.name: t for n in trace.graph.inputs if (t := self.text_of(n.name))
        }
        return replace(
            self,
            source=trace.source or self.source,
            values={**known, **texts},
            trace=new,
            descent=None,
        )

    def for_visitors(self) -> Opened:
        """The same without the names of files, which only concern their owner."""
        hidden = kind_of(self.source).reads_files and not self.trace.source
        return replace(
            self,
            rival=None if self.rival is None else replace(self.rival, rival=None).for_visitors(),
            source="a saved trace" if hidden else self.trace.source or self.source,
            values={n: t for n, t in self.values.items() if values.file_of(t) is None},
            options={
                n: t
                for n, t in self.options.items()
                if n != "weights" and values.file_of(t) is None
            },
        )

    def words(self, folding: Folding | None = None, view: str | None = None) -> tuple[str, ...]:
        """What follows `gradviz tui` to open this, with these scopes folded and in this view; those
        of the beginning by default.
        """
        words = [self.source, *(f"{name}={text}" for name, text in self.values.items())]
        for name, text in self.options.items():
            words += [f"--{name}", text]
        if self.passes is not None and self.number:
            words += ["--pass", str(self.number)]
        folding = self.folding if folding is None else folding
        view = self.view if view is None else view
        words += ["--view", view] if view != "graph" else []
        if self.rival is not None:
            given = (f"{name}={text}" for name, text in self.rival.values.items())
            words += ["--against", " ".join([self.rival.source, *given])]
        words += ["--classes", ",".join(self.classes)] if self.classes else []
        return (
            *words,
            *(
                option_words(folding)
                or (["--depth", "0"] if begins_folded(self.trace.graph) else [])
            ),
        )

    def command(
        self,
        k: int,
        folding: Folding | None = None,
        view: str = "graph",
        *,
        into: str = "",
        steps: Sequence[int] = (),
    ) -> str:
        """What to type to be exactly here again, at these steps inside the nodes of a path; empty
        where nothing can be.
        """
        if self.unsaid:
            return ""
        inside = ["--into", into] if into else []
        at = "/".join(map(str, (k, *steps)))
        return shell.line(["gradviz", "tui", *self.words(folding, view), *inside, "--at", at])


def typed(plain: Any) -> str:
    """Nested lists of numbers as they can be typed, with every digit."""
    if isinstance(plain, list | tuple):
        return "[" + ",".join(map(typed, plain)) + "]"
    if isinstance(plain, bool | str):
        return str(plain)
    return repr(float(plain)).removesuffix(".0")
