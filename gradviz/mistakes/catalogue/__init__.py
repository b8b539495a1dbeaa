"""The catalogue of mistakes: one declaration per mistake, one file per family, loaded on demand."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.mistakes.mistake import Mistake


@cache
def every() -> tuple[Mistake, ...]:
    """All mistakes, family by family, in the order of their declaration."""
    found: list[Mistake] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        found += import_module(f"{__name__}.{module}").MISTAKES
    return tuple(found)


@cache
def about(subject: str) -> tuple[Mistake, ...]:
    """The mistakes about one subject."""
    return tuple(m for m in every() if m.about == subject)


def get(name: str) -> Mistake:
    """The mistake with this name. Raises UnknownNameError with the closest match."""
    known = {m.name: m for m in every()}
    if name not in known:
        raise UnknownNameError(
            f"there is no misconception {name!r}", hint=did_you_mean(name, known)
        )
    return known[name]
