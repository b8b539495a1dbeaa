"""The ways of optimisers over a surface, by the rules of `gradviz.engine.optimisers`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from gradviz.arrays import for_backend
from gradviz.engine.curves.cut import Cut
from gradviz.engine.optimisers import Optimiser, optimiser
from gradviz.errors import ValueInputError
from gradviz.trace.plots.surface import Descent, Place

SHORT: Final = {"gd": "sgd"}
SPOKEN: Final = {"sgd": "GD", "adam": "Adam"}
EXPECTED: Final = "an optimizer and its options in order, as in gd:0.1 or momentum:0.1:0.8"
USUAL_RATE: Final = 0.1
MOST: Final = 4
"""So many ways are told apart in one picture."""
FARTHEST: Final = 1e6


@dataclass(frozen=True, slots=True)
class Rule:
    """An optimiser with its options."""

    name: str
    optimiser: Optimiser
    options: tuple[tuple[str, float], ...]


def rules(text: str | Sequence[str]) -> list[Rule]:
    """The rules that a text names: `gd:0.1,momentum:0.1:0.8,adam:0.2`.

    Raises UnknownNameError for an optimiser that does not exist, ValueInputError for options that
    are no numbers above 0, too many of them, and more than MOST rules.
    """
    words = text.split(",") if isinstance(text, str) else list(text)
    found = [rule(word.strip()) for word in words if word.strip()]
    if not 0 < len(found) <= MOST:
        raise ValueInputError(
            f"{len(found)} paths cannot be told apart in one picture" if found else "no optimizer",
            expected=f"one to {MOST} optimizers: {EXPECTED}",
        )
    names = [rule.name for rule in found]
    again = [
        Rule(f"{r.name} {r.options[0][1]:g}" if names.count(r.name) > 1 else r.name, *_rest(r))
        for r in found
    ]
    if len({rule.name for rule in again}) < len(again):
        raise ValueInputError(
            "two paths would be the same", expected="optimizers with different rates"
        )
    return again


def _rest(rule: Rule) -> tuple[Optimiser, tuple[tuple[str, float], ...]]:
    return rule.optimiser, rule.options


def rule(word: str) -> Rule:
    """The rule that a word names: `momentum:0.1:0.8`. Raises what `rules` raises."""
    name, *given = (part.strip() for part in word.split(":"))
    found = optimiser(SHORT.get(name.lower(), name.lower()))
    if len(given) > len(found.options):
        raise ValueInputError(
            f"{name} has fewer options than that", expected=", ".join(found.options), got=word
        )
    numbers = [_number(part, word) for part in given] or [USUAL_RATE]
    options = tuple(zip(found.options, numbers, strict=False))
    return Rule(SPOKEN.get(found.name, found.name), found, options)


def _number(text: str, word: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found < math.inf:
        raise ValueInputError(
            f"{text!r:.40} is no rate of an optimizer", expected=EXPECTED, got=f"{word:.60}"
        )
    return found


def descend(cut: Cut, rule: Rule, start: tuple[float, float], steps: int) -> Descent:
    """So many steps of a rule from a start."""
    xp: Any = for_backend()
    options, state = dict(rule.options), None
    w = xp.asarray(np.array(start, dtype=float))
    places = [_place(cut, w)]
    for t in range(1, steps + 1):
        _, slopes = cut.at(*map(float, w))
        with np.errstate(all="ignore"):
            w, state = rule.optimiser.step(xp, w, xp.asarray(np.array(slopes)), options, state, t)
        place = _place(cut, w) if np.all(np.abs(w) < FARTHEST) else None
        if place is None or not math.isfinite(place.loss):
            return Descent(rule.name, rule.optimiser.name, rule.options, tuple(places), True)
        places.append(place)
    return Descent(rule.name, rule.optimiser.name, rule.options, tuple(places))


def _place(cut: Cut, w: Any) -> Place:
    x, y = map(float, w)
    return Place(x, y, cut.at(x, y)[0])
