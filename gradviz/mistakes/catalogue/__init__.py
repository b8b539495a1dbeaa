"""The catalogue of mistakes: one declaration per mistake, one file per family, loaded on demand."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Mapping
from functools import cache
from importlib import import_module

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.mistakes.mistake import Mistake

OWN = "own"
"""The family of a mistake that is not in the catalogue."""


@cache
def families() -> Mapping[str, tuple[Mistake, ...]]:
    """The mistakes by the file that declares them, in the order of their declaration."""
    modules = sorted(m.name for m in pkgutil.iter_modules(__path__))
    return {name: tuple(import_module(f"{__name__}.{name}").MISTAKES) for name in modules}


@cache
def every() -> tuple[Mistake, ...]:
    """All mistakes, family by family, in the order of their declaration."""
    return tuple(mistake for family in families().values() for mistake in family)


@cache
def about(subject: str) -> tuple[Mistake, ...]:
    """The mistakes about one subject."""
    return tuple(m for m in every() if m.about == subject)


def get(name: str) -> Mistake:
    """The mistake with this name. Raises UnknownNameError with the closest match."""
    known = _by_name()
    if name not in known:
        raise UnknownNameError(
            f"there is no misconception {name!r}", hint=did_you_mean(name, known)
        )
    return known[name]


def family_of(mistake: Mistake) -> str:
    """The family of a mistake."""
    return _family_by_name().get(mistake.name, OWN)


def select(names: Collection[str]) -> tuple[Mistake, ...]:
    """The mistakes of some families, or single ones. Raises UnknownNameError."""
    known, found = families(), list[Mistake]()
    for name in names:
        if name in known:
            found += known[name]
        elif name in _by_name():
            found.append(_by_name()[name])
        else:
            raise UnknownNameError(
                f"there is no family of mistakes {name!r}",
                expected=", ".join(known),
                hint=did_you_mean(name, {**known, **_by_name()}),
            )
    return tuple(dict.fromkeys(found))


@cache
def _by_name() -> Mapping[str, Mistake]:
    return {m.name: m for m in every()}


@cache
def _family_by_name() -> Mapping[str, str]:
    return {m.name: name for name, family in families().items() for m in family}
