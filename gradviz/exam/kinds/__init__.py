"""The kinds of questions, one file per kind in this folder, and the question of an identity.

The same identity always gives the same question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from gradviz import plugins
from gradviz.errors import GradvizError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.exam.question.identity import Identity
from gradviz.exam.question.question import Draft, Question
from gradviz.exam.question.short_numbers import UnfitError
from gradviz.exam.stream import Stream

ATTEMPTS = 4000


class GenerationError(GradvizError, RuntimeError):
    """Raised when a kind finds no suitable question."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of question.

    generate  `(stream, level)`: a draft; raises `gradviz.exam.question.short_numbers.UnfitError`
              to be called again with another stream.
    """

    name: str
    title: str
    generate: Callable[[Stream, int], Draft]
    levels: tuple[int, ...] = (1, 2, 3)


@cache
def every() -> Mapping[str, Kind]:
    """All kinds by name."""
    found = plugins.declared(__name__, "KIND")
    return {kind.name: kind for kind in sorted(found, key=lambda k: k.name)}


def get(name: str, level: int | None = None) -> Kind:
    """The kind with this name.

    Raises UnknownNameError for an unknown name and ValueInputError for a level it does not have.
    """
    known = every()
    if name not in known:
        raise UnknownNameError(
            f"there is no kind of question {name!r:.60}",
            expected=", ".join(known),
            hint=did_you_mean(str(name), known),
        )
    kind = known[name]
    if level is not None and level not in kind.levels:
        raise ValueInputError(
            f"{name} has no level {level}",
            expected=f"one of {', '.join(map(str, kind.levels))}",
            got=level,
        )
    return kind


def question(kind: str, level: int = 1, seed: int | str = 0, student: str = "") -> Question:
    """The question of a kind, level, seed and student: the same ingredients, the same question.

    Raises UnknownNameError for an unknown kind and ValueInputError for a level that the kind does
    not have, or a seed that is not a whole number or a string.
    """
    if type(level) is not int:
        raise ValueInputError(
            f"the level of {kind} is not a whole number",
            expected="a whole number, such as 1",
            got=repr(level)[:40],
        )
    if isinstance(seed, bool) or not isinstance(seed, int | str):
        raise ValueInputError(
            f"the seed of {kind} is not a whole number or a string",
            expected='a whole number or a string, such as 7 or "midterm"',
            got=repr(seed)[:40],
        )
    return generate(Identity(kind, level, str(seed), student))


def generate(identity: Identity) -> Question:
    """The question of an identity.

    Raises what `question` raises, and GenerationError if no attempt gives a suitable question.
    """
    kind = get(identity.kind, identity.level)
    for attempt in range(ATTEMPTS):
        try:
            return Question(identity, kind.generate(identity.stream(attempt), identity.level))
        except UnfitError:
            continue
    raise GenerationError(
        f"no attempt gave a suitable question of the kind {identity.kind}",
        where=f"level {identity.level}, seed {identity.seed}",
        got=f"{ATTEMPTS} attempts",
        hint="try another seed, and please report this",
    )
