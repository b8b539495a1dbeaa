"""From an identity to its question, again and again the same."""

from __future__ import annotations

from gradviz.errors import GradvizError, ValueInputError
from gradviz.exam import kinds
from gradviz.exam.question.identity import Identity
from gradviz.exam.question.nice import UnfitError
from gradviz.exam.question.question import Question

ATTEMPTS = 4000


class GenerationError(GradvizError, RuntimeError):
    """A kind that finds no fit question."""


def question(kind: str, level: int = 1, seed: int | str = 0, student: str = "") -> Question:
    """The question of a kind, level, seed and student: the same ingredients, the same question.

    Raises UnknownNameError or ValueInputError for a kind or level that does not exist, or a seed
    that is none.
    """
    if type(level) is not int:
        raise ValueInputError(
            f"the level of {kind} is no level",
            expected="a whole number, such as 1",
            got=repr(level)[:40],
        )
    if isinstance(seed, bool) or not isinstance(seed, int | str):
        raise ValueInputError(
            f"the seed of {kind} is no seed",
            expected="a whole number or a text",
            got=repr(seed)[:40],
        )
    return generate(Identity(kind, level, str(seed), student))


def generate(identity: Identity) -> Question:
    """The question of an identity.

    Raises as `question`, and GenerationError where no draw is fit.
    """
    kind = kinds.get(identity.kind, identity.level)
    for attempt in range(ATTEMPTS):
        try:
            return Question(identity, kind.generate(identity.stream(attempt), identity.level))
        except UnfitError:
            continue
    raise GenerationError(
        f"no draw makes a fit question of the kind {identity.kind}",
        where=f"level {identity.level}, seed {identity.seed}",
        got=f"{ATTEMPTS} attempts",
        hint="another seed; and please report this",
    )
