"""Ways to minimise one loss, side by side: by chance, in one step, and down the gradient.

A word names a way with its options in order: `random:500`, `lstsq`, `numerical:0.1`, `gd:0.1`,
`sgd:0.1`, `adam:0.2`. To add one, add a function to `WAYS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine.curves.descents import rule
from gradviz.engine.run import run
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.learn import data as sets
from gradviz.learn.objective import Objective
from gradviz.learn.problem import problem
from gradviz.networks.named import usual_data
from gradviz.progress import each
from gradviz.trace.plots import Plot
from gradviz.trace.plots.ways import Spent, Way, Ways

ALL: Final = ("random", "lstsq", "numerical", "gd", "sgd", "adam")
MOST: Final = 8
"""Ways that can be told apart in one picture."""
POINTS: Final = 400
"""Steps of a way that are kept."""
LONGEST: Final = 200_000
"""Passes that one way may take."""
WORK: Final = 5e9
"""Products of a parameter and a sample that it may take, some seconds."""
LARGEST_SYSTEM: Final = 500
"""Parameters that least squares finds at most."""
TRIES: Final = 500
STEPS: Final = 60
RATE: Final = 0.1
BATCH: Final = 10
TINY: Final = 1e-6
"""How far a slope may be from that of a quadratic function, relative to the largest."""


class UnsuitableError(Exception):
    """A way that a loss does not have, and why."""


class Asked(NamedTuple):
    """A way with its options, and what all ways share."""

    word: str
    options: tuple[str, ...]
    loss: Objective
    steps: int
    seed: int

    def number(self, place: int, usual: float, what: str) -> float:
        """An option, a number above 0. Raises ValueInputError for another."""
        if place >= len(self.options):
            return usual
        text = self.options[place]
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not 0 < found < math.inf:
            raise ValueInputError(
                f"{text!r:.40} is no {what}", expected="a number above 0", got=f"{self.word:.60}"
            )
        return found

    def at_most(self, count: int) -> None:
        """Raise ValueInputError for more options than there are."""
        if len(self.options) > count:
            raise ValueInputError(
                f"{self.word.partition(':')[0]} has fewer options than that",
                expected=f"at most {count}",
                got=f"{self.word:.60}",
            )

    def affordable(self, passes: float) -> None:
        """Raise UnsuitableError for a way that takes too many passes."""
        most = int(min(LONGEST, WORK / (self.loss.count * self.loss.size)))
        if passes > most:
            raise UnsuitableError(
                f"{self.word:.60} would take {passes:,.0f} passes through the source, which has"
                f" {self.loss.size:,} parameters: more than {most:,}"
            )


class Begun(NamedTuple):
    """A way to go: its name, its settings in words, how many steps it takes, and these: after each
    the parameters, the evaluations and gradients so far, and the loss where the step knows it.
    """

    name: str
    how: str
    total: int
    steps: Iterator[tuple[Any, float, float, float | None]]


def ways(
    source: Any,
    data: Any = None,
    values: Mapping[str, Any] | None = None,
    asked: str | Sequence[str] = "all",
    *,
    over: str | Sequence[str] | None = None,
    steps: int = STEPS,
    seed: int = 0,
) -> Plot:
    """Ways to minimise a loss, from the same start, each of which tells what it cost.

    source, data, values  what is to be learnt, as in `gv.learn`.
    asked  words such as "random:500,lstsq,gd:0.1", or "all".
    over   the parameters to find; by default all that `gv.learn` would train.
    steps  of those ways that take steps down the gradient.
    seed   draws random parameters, toy data and the order of samples.

    Raises ValueInputError, UnknownNameError, ShapeError and what `gv.run` raises.
    """
    words = _words(asked)
    for name, given in (("steps", steps), ("seed", seed)):
        if isinstance(given, bool) or not isinstance(given, int) or given < (name == "steps"):
            raise ValueInputError(
                f"{name} is not valid",
                expected=f"a whole number from {int(name == 'steps')} on",
                got=f"{given!r:.40}",
            )
    if data is None:
        data = usual_data(source) or None
    samples = None if data is None else sets.read(data, seed)
    found = problem(source, samples, dict(values or {}), over or None, seed=seed)
    loss = Objective(found, 0 if samples is None else _batch(len(samples)), seed)
    gone, left_out = [], []
    for word in words:
        try:
            gone.append(_begun(word, loss, steps, seed))
        except UnsuitableError as why:
            if list(words) != list(ALL):
                raise ValueInputError(
                    str(why), expected="another way, or fewer steps", got=word
                ) from None
            left_out.append(str(why))
    names = _names(gone)
    content = Ways(
        tuple(_go(loss, begun, name) for begun, name in zip(gone, names, strict=True)),
        loss.size,
        0 if samples is None else len(samples),
        "" if samples is None else samples.name,
        (*found.notes, *left_out),
        run(found.graph, values=loss.inputs(loss.start)),
    )
    return Plot(content)


def _batch(count: int) -> int:
    """Samples in a batch: one at a time where there are few."""
    return BATCH if count > BATCH else 1


def _words(asked: str | Sequence[str]) -> list[str]:
    texts = asked.split(",") if isinstance(asked, str) else list(asked)
    words = [word.strip().lower() for word in texts if word.strip()]
    if words == ["all"]:
        return list(ALL)
    if not 0 < len(words) <= MOST:
        raise ValueInputError(
            f"{len(words)} ways cannot be told apart in one picture" if words else "no way to go",
            expected=f"1 to {MOST} of {', '.join(ALL)} or another optimizer, or all",
        )
    return words


def _begun(word: str, loss: Objective, steps: int, seed: int) -> Begun:
    name, *options = (part.strip() for part in word.split(":"))
    asked = Asked(word, tuple(options), loss, steps, seed)
    make = WAYS.get(name)
    if make is not None:
        return make(asked)
    try:
        return _optimiser(asked)
    except UnknownNameError as error:
        raise UnknownNameError(
            f"there is no way to minimise called {name!r:.40}",
            expected=", ".join(ALL) + " or another optimizer",
            hint=did_you_mean(name, [*ALL, *(error.expected or "").split(", ")]),
        ) from None


def _names(gone: Sequence[Begun]) -> list[str]:
    """Names that tell the ways apart, with their settings where two are of one kind."""
    short = [begun.name for begun in gone]
    found = [f"{b.name}, {b.how}" if short.count(b.name) > 1 else b.name for b in gone]
    if len(set(found)) < len(found):
        raise ValueInputError("two ways would be the same", expected="ways with other settings")
    return found


def _go(loss: Objective, begun: Begun, name: str) -> Way:
    """All steps of a way. What the picture needs and the way does not is not counted."""
    w, seconds = loss.start, 0.0
    done = [Spent(0.0, 0.0, loss.value(w))]
    kept = {1, *np.linspace(1, begun.total, min(begun.total, POINTS)).round().astype(int)}
    steps, diverged = begun.steps, False
    for k in each(name, range(1, begun.total + 1)):
        started = perf_counter()
        with np.errstate(all="ignore"):
            w, evaluations, gradients, known = next(steps)
            seconds += perf_counter() - started
            if not np.isfinite(w).all():
                diverged = True
            elif k in kept:
                value = loss.value(w) if known is None else known
                done.append(Spent(evaluations, gradients, value))
                diverged = not math.isfinite(value)
        if diverged:
            break
    if diverged and math.isfinite(done[-1].loss):
        done.append(Spent(evaluations, gradients, math.inf))
    found = tuple((n, np.asarray(v).tolist()) for n, v in loss.apart(w).items())
    return Way(name, begun.how, tuple(done), seconds, found, diverged)


def _random(asked: Asked) -> Begun:
    """Parameters drawn from a normal distribution about 0; the best so far is kept."""
    asked.at_most(2)
    tries, spread = asked.number(0, TRIES, "number of tries"), asked.number(1, 1.0, "spread")
    if tries != int(tries):
        raise ValueInputError("tries are counted", expected="a whole number", got=asked.word)
    asked.affordable(tries)
    draw = np.random.Generator(np.random.PCG64(asked.seed))

    def steps() -> Iterator[tuple[Any, float, float, float]]:
        best, least = asked.loss.start, math.inf
        for k in range(1, int(tries) + 1):
            w = spread * draw.standard_normal(asked.loss.size)
            value = asked.loss.value(w)
            if value < least:
                best, least = w, value
            yield best, k, 0, least

    return Begun("random search", f"spread {spread:g}", int(tries), steps())


def _least_squares(asked: Asked) -> Begun:
    """The parameters at which the slopes of a quadratic loss are 0, by one linear system.

    The slopes at 0 and at each unit vector give the system Hw = −g, for squared errors of a linear
    model the normal equations 2XᵀXw = 2Xᵀy; of several solutions the shortest is taken.
    """
    asked.at_most(0)
    loss, n = asked.loss, asked.loss.size
    if n > LARGEST_SYSTEM:
        raise UnsuitableError(
            f"a linear system of {n:,} parameters is too large, more than {LARGEST_SYSTEM:,}"
        )
    said = "least squares needs a loss that is quadratic in its parameters; this one is not"
    if not _quadratic(loss):
        raise UnsuitableError(said)

    def steps() -> Iterator[tuple[Any, float, float, None]]:
        yield _solved(loss), n + 2, n + 2, None

    return Begun("least squares", "one linear system", 1, steps())


def _solved(loss: Objective) -> Any:
    """The shortest vector at which the slopes of a quadratic loss are 0, or nearest to 0."""
    at_zero = loss.gradient(np.zeros(loss.size))[1]
    hessian = np.array([loss.gradient(unit)[1] - at_zero for unit in np.eye(loss.size)])
    w = np.linalg.lstsq(hessian, -at_zero, rcond=None)[0]
    left = loss.gradient(w)[1]  # Once more from there: the rounding of H is taken back.
    return w - np.linalg.lstsq(hessian, left, rcond=None)[0]


def _quadratic(loss: Objective) -> bool:
    """Whether the slope is a linear function of the parameters that never bends down, tested along
    random directions and past the solution, and is 0 there.
    """
    draw = np.random.Generator(np.random.PCG64(1))
    with np.errstate(all="ignore"):
        at_zero = loss.gradient(np.zeros(loss.size))[1]
        for _ in range(3):
            way = draw.standard_normal(loss.size)
            if not _straight(loss, way, at_zero):
                return False
        found = _solved(loss)
        size = max(np.abs(at_zero).max(), np.abs(loss.gradient(found + way)[1]).max())
        at_rest = np.abs(loss.gradient(found)[1]).max() <= TINY * size
        return bool(at_rest and _straight(loss, found, at_zero))


def _straight(loss: Objective, way: Any, at_zero: Any) -> bool:
    """Whether the slopes along a way through 0 change evenly, and not against it."""
    moved = [loss.gradient(far * way)[1] - at_zero for far in (1.0, -1.0, 3.0)]
    size = max(np.abs(moved).max(), np.abs(at_zero).max())
    off = np.abs(moved[0] + moved[1]).max() + np.abs(3 * moved[0] - moved[2]).max()
    return bool(off <= TINY * size and way @ moved[0] >= -TINY * size)


def _numerical(asked: Asked) -> Begun:
    """Gradient descent on slopes that are differences of losses, one parameter after the other."""
    asked.at_most(2)
    rate, h = asked.number(0, RATE, "rate"), asked.number(1, 1e-5, "step h")
    loss, n = asked.loss, asked.loss.size
    asked.affordable(2.0 * n * asked.steps)

    def steps() -> Iterator[tuple[Any, float, float, None]]:
        w = loss.start
        for k in range(1, asked.steps + 1):
            w = w - rate * _differences(loss, w, h)
            yield w, 2 * n * k, 0, None

    return Begun(
        "numerical gradient", f"rate {rate:g}, h {h:g}".replace("e-0", "e-"), asked.steps, steps()
    )


def _differences(loss: Objective, w: Any, h: float) -> Any:
    """Each slope as the difference of two losses."""
    found = np.empty(loss.size)
    for k in range(loss.size):
        above, below = w.copy(), w.copy()
        above[k] += h
        below[k] -= h
        found[k] = (loss.value(above) - loss.value(below)) / (2 * h)
    return found


def _stochastic(asked: Asked) -> Begun:
    """Gradient descent on one batch of samples after the other."""
    if not asked.loss.batch:
        raise UnsuitableError("SGD needs samples to take batches of: --data")
    return _optimiser(asked, batches=True)


def _optimiser(asked: Asked, *, batches: bool = False) -> Begun:
    found = rule(asked.word)
    if found.options[0][1] == 0:
        raise ValueInputError("a rate of 0 goes nowhere", expected="a rate above 0", got=asked.word)
    asked.affordable(2.0 * asked.steps)
    loss, options, xp = asked.loss, dict(found.options), for_backend()

    def steps() -> Iterator[tuple[Any, float, float, None]]:
        w, state, seen = loss.start, None, 0
        for k in range(1, asked.steps + 1):
            _, slopes = loss.gradient(w, k if batches else None)
            w, state = found.optimiser.step(xp, w, slopes, options, state, k)
            seen += loss.samples(k) if batches else loss.count
            yield w, seen / loss.count, seen / loss.count, None

    said = [f"{name.replace('lr', 'rate')} {value:g}" for name, value in found.options]
    if batches:
        said.append("a sample at a time" if loss.batch == 1 else f"batches of {loss.batch}")
    return Begun("SGD" if batches else found.name, ", ".join(said), asked.steps, steps())


WAYS: Final[Mapping[str, Callable[[Asked], Begun]]] = {
    "random": _random,
    "lstsq": _least_squares,
    "numerical": _numerical,
    "sgd": _stochastic,
}
