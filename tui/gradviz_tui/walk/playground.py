"""A network in training: its settings, its passes, and what can be seen of it after each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.engine.inside import views
from gradviz.engine.run import Compiled
from gradviz.errors import GradvizError, ValueInputError
from gradviz.learn.problem import predictor
from gradviz.learn.scores import classes, middle
from gradviz.learn.training import compiled_of, way_down
from gradviz.trace.plots import Span
from gradviz_tui.walk.opened import Opened, Passes
from gradviz_tui.walk.setup import Setup

PACES: Final = (1, 4, 16, 64, 256, 1024)
"""Passes a second while playing."""
FRAME: Final = 1 / 30
"""Seconds between two pictures, at least."""
LONGEST_FRAME: Final = 0.25
MARGIN: Final = 0.08
MOST_DOTS: Final = 1_000
MOST_STILLS: Final = 500


Field = tuple[Any, Any]
"""The class that leads at each point of a grid, (rows, columns), from above, and by how much."""


class Film(NamedTuple):
    """How many pictures of passes have room side by side, their columns and rows of points."""

    room: int
    columns: int
    rows: int


class Dot(NamedTuple):
    """A sample in the plane: its class, and whether the network says so."""

    x: float
    y: float
    label: int
    right: bool


class Row(NamedTuple):
    """A layer: the weights of each unit to the layer before (none for the inputs), the names of its
    units, and what each says over the plane, row by row from above; None without a plane.
    """

    weights: tuple[tuple[float, ...], ...]
    names: tuple[str, ...]
    maps: Any


class Moved(NamedTuple):
    """How one weight moved in a pass: its name, its numbers, and the rate; nan for one that is not
    the whole rule, as the optimiser keeps a state.
    """

    name: str
    before: float
    gradient: float
    after: float
    rate: float


class Still(NamedTuple):
    """A small picture of the plane after pass k, as `Seen.field`; None without a plane."""

    k: int
    field: Field | None


@dataclass(frozen=True, eq=False)
class Seen:
    """What can be seen after pass k.

    layers   the inputs, then every layer; empty for what is no chain of layers, `why` says so.
    field    the class that leads at each point of a grid, (rows, columns), from above, and by how
             much, 0 to 1; None for data that do not lie in a plane.
    spans    what the grid covers, across and up.
    losses   of every pass that was done.
    moved    how one weight moved in pass k; None before the first pass.
    stills   pictures of every `gap`-th pass that was done, and of this one, last; the line of
             passes ends at pass `horizon`.
    loss     on all samples; `right` the share whose class is right, None for numbers.
    test     the same share of the samples held out; None without any.
    """

    k: int
    done: int
    epoch: int
    layers: tuple[Row, ...]
    why: str
    field: Field | None
    spans: tuple[Span, Span] | None
    dots: tuple[Dot, ...]
    names: tuple[str, ...]
    losses: Any
    moved: Moved | None
    stills: tuple[Still, ...]
    gap: int
    horizon: int
    loss: float
    right: float | None
    test: float | None
    stopped: str


class Playground:
    """A network in training. `grid` is the columns and rows of points that its plane is drawn with,
    `film` what stands on the line of its passes; `took` the seconds of a pass, lately.

    Only one thread may train at a time; the others may look.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup, self.grid, self.film = setup, (44, 44), Film(9, 6, 6)
        self.took = math.inf
        self._frame = FRAME
        self.running = setup.begin()
        self._look()

    def _look(self) -> None:
        """Find what does not change from pass to pass."""
        run = self.running.run
        if run.data is None or run.output is None:
            raise ValueInputError(
                "the playground needs samples", expected="--data, such as ring, xor or points.csv"
            )
        graph = predictor(run.graph, run.output)
        self._says = Compiled(graph)
        self._inputs = {node.name for node in graph.inputs}
        self._feeds = {n: f for n, f in run.feeds.items() if n in self._inputs}
        self._plane = run.data.shape == (2,) and bool(run.data.classes)
        self._spans = self._found_spans() if self._plane else None
        self._stills: dict[tuple[int, Film], Field] = {}

    def _found_spans(self) -> tuple[Span, Span]:
        data = self.running.run.data
        assert data is not None
        found = []
        for i in (0, 1):
            low, high = float(data.x[:, i].min()), float(data.x[:, i].max())
            room = MARGIN * (high - low) or 1.0
            found.append(Span(low - room, high + room))
        return found[0], found[1]

    # --- training

    def passes(self, count: int | None, pace: float, going: Callable[[], bool]) -> Iterator[None]:
        """Do passes, and yield whenever there is something to show: after the last one, and at most
        every `FRAME` seconds, or less often where `rest_for` asks for that.

        count  how many; None for on and on.
        pace   passes a second at most; 0 for no bound.
        going  whether to go on; asked after every pass.
        """
        began = shown = monotonic()
        made, held = 0, self.running
        while going() and (count is None or made < count):
            if pace and made / pace > monotonic() - began:
                wait(min(FRAME, made / pace - (monotonic() - began)))
                if made / pace > monotonic() - began:
                    continue
            before = monotonic()
            more = held.step()
            self.took = monotonic() - before
            made += 1
            if not more:
                break
            if monotonic() - shown >= self._frame:
                yield
                shown = monotonic()
        yield

    def rest_for(self, seconds: float) -> None:
        """From now on let so much time pass between two pictures."""
        self._frame = min(max(FRAME, seconds), LONGEST_FRAME)

    def with_setting(self, name: str, text: str) -> Playground:
        """This one at another rate, going on from here; or one that begins anew, with another
        setting, or because training had stopped. Raises GradvizError for what does not fit.
        """
        setup = self.setup.changed(name, text)
        made = copy(self)
        made.setup = setup
        if name == "rate" and setup.lr is not None and not self.running.stopped:
            self.running.change_rate(setup.lr)
        else:
            made.running = setup.begin()
            made._look()
        return made

    def opened(self, k: int) -> Opened:
        """Pass k, to be walked through."""
        return Opened(
            self.setup.source,
            {},
            self.running.trace(k),
            passes=Passes(self.running.trace, self.running.done),
            unsaid="it is a pass of a training run that was not saved",
        )

    def save(self, text: str) -> str:
        """Write the run to a file of this name, and return the name.

        Raises ValueInputError before the first pass, and FileError.
        """
        if not self.running.done:
            raise ValueInputError("there is no pass to save yet", expected="one pass at least")
        if not text.strip():
            raise ValueInputError("the file has no name", expected="a name such as run.json")
        path = Path(text.strip()).expanduser()
        self.running.saved().save(path)
        return str(path)

    # --- looking

    def seen(self, k: int | None = None) -> Seen:
        """What can be seen after pass k; by default after the last one that was done."""
        held = self.running
        k = held.done if k is None else k
        run, data = held.run, held.run.data
        assert data is not None
        weights = {**run.fixed, **held.weights(k)}
        own = {n: v for n, v in weights.items() if n in self._inputs}
        with np.errstate(all="ignore"):
            loss = float(compiled_of(run).value(values=weights | self._fed(data.x, data.t)))
            said = self._said(own, data.x)
            guessed = classes(run, said) if data.classes else None
            right = None if guessed is None else float(np.mean(guessed == data.t))
            test = None
            if guessed is not None and data.test_x is not None:
                found = classes(run, self._said(own, data.test_x))
                test = float(np.mean(found == data.test_t))
            field, trace = self._field(own, *self.grid)
            layers, why = self._layers(own, trace)
            film = self.film
            gap, horizon = ticks(held.done, film.room)
            stills = [self._still(i, film) for i in range(0, held.done + 1, gap) if i != k]
            stills.append(self._still(k, film))
        return Seen(
            k,
            held.done,
            held.epoch,
            layers,
            why,
            field,
            self._spans,
            () if guessed is None or not self._plane else dots(data, guessed),
            data.classes,
            np.array(held.losses[: held.done]),
            self._moved(k) if k else None,
            tuple(stills),
            gap,
            horizon,
            loss,
            right,
            test,
            held.stopped,
        )

    def _fed(self, x: Any, t: Any = None) -> dict[str, Any]:
        run = self.running.run
        assert run.data is not None
        there = replace(run.data, x=x, t=t)
        feeds = run.feeds if t is not None else self._feeds
        return {name: there.part(feed) for name, feed in feeds.items()}

    def _said(self, own: Mapping[str, Any], x: Any) -> Any:
        return np.asarray(self._says.value(values={**own, **self._fed(x)}))

    def _moved(self, k: int) -> Moved:
        """How the first weight of the last parameter moved."""
        run = self.running.run
        before, gradients, after = self.running.moved(k)
        name = next((n for n in reversed(run.trained) if before[n].ndim > 1), run.trained[-1])
        w, g, new = (float(part[name].ravel()[0]) for part in (before, gradients, after))
        index = ", ".join("1" * before[name].ndim)
        rate = way_down(run.settings, k).options["lr"] if self.setup.is_plain else math.nan
        return Moved(f"{name}[{index}]" if index else name, w, g, new, rate)

    def _still(self, k: int, film: Film) -> Still:
        """The picture of a pass, made once."""
        if self._spans is None:
            return Still(k, None)
        if (k, film) not in self._stills:
            weights = {**self.running.run.fixed, **self.running.weights(k)}
            own = {n: v for n, v in weights.items() if n in self._inputs}
            found, _ = self._field(own, film.columns, film.rows)
            assert found is not None
            if len(self._stills) > MOST_STILLS:
                self._stills.clear()
            self._stills[k, film] = found
        return Still(k, self._stills[k, film])

    def _field(self, own: Mapping[str, Any], columns: int, rows: int) -> tuple[Field | None, Any]:
        """The class that leads at each point of a grid and by how much, and the trace of all."""
        if self._spans is None:
            return None, None
        across, up = self._spans
        xs = across.low + (np.arange(columns) + 0.5) * across.length / columns
        ys = up.high - (np.arange(rows) + 0.5) * up.length / rows
        points = np.stack([g.ravel() for g in np.meshgrid(xs, ys)], axis=1)
        trace = self._says.trace(values={**own, **self._fed(points)})
        said = np.asarray(trace.values[trace.graph.output], dtype=float)
        said = said.reshape(len(points), -1)
        if said.shape[1] == 1:
            level = middle(self.running.run)
            lead, best = said[:, 0] - level, (said[:, 0] > level).astype(int)
            share = np.minimum(1.0, np.abs(lead) / (level or 1.0))
        else:
            ordered = np.sort(said, axis=1)
            best, share = said.argmax(axis=1), np.tanh((ordered[:, -1] - ordered[:, -2]) / 2)
        share = np.nan_to_num(share)
        return (best.reshape(rows, columns), share.reshape(rows, columns)), trace

    def _layers(self, own: Mapping[str, Any], plane: Any) -> tuple[tuple[Row, ...], str]:
        """The layers of the network with their weights as they are."""
        data = self.running.run.data
        assert data is not None
        one = self._says.trace(values={**own, **self._fed(data.x[0])})
        try:
            found = views.walk(one, "neurons").layers  # type: ignore[attr-defined]
        except GradvizError as error:
            return (), error.what
        made = []
        for i, layer in enumerate(found):
            names = layer.names
            if not i and len(data.columns) == layer.size:
                names = data.columns
            elif i == len(found) - 1 and len(data.classes) == layer.size:
                names = data.classes
            maps = None
            if plane is not None and not layer.nodes:
                values = np.asarray(plane.values[layer.node], dtype=float)
                columns, rows = self.grid
                maps = values.reshape(rows, columns, -1) if values.size else None
            made.append(Row(tuple(layer.weights), tuple(names), maps))
        return tuple(made), ""


def ticks(done: int, count: int) -> tuple[int, int]:
    """Every how many passes a line of passes has a tick, 1, 2, 5, 10, …, at most `count` of them
    and all passes on the line, and the pass at its end.
    """
    gap, room = 1, max(1, count - 1)
    while gap * room < done:
        lead = int(str(gap)[0])
        gap = gap * 5 // 2 if lead == 2 else gap * 2
    return gap, gap * room


def dots(data: Any, guessed: Any) -> tuple[Dot, ...]:
    """Samples in the plane, not too many."""
    gap = -(-len(data) // MOST_DOTS)
    pairs = zip(data.x[::gap].tolist(), data.t[::gap].tolist(), guessed[::gap], strict=True)
    return tuple(Dot(x, y, int(t), bool(t == g)) for (x, y), t, g in pairs)


def wait(seconds: float) -> None:
    """Let others work meanwhile."""
    from time import sleep

    sleep(max(0.0, seconds))
