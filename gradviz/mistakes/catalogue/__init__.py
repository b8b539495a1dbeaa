"""What students get wrong, one declaration a mistake; one file a family, found when first asked
for.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.mistakes.mistake import Mistake


@cache
def every() -> tuple[Mistake, ...]:
    """All of them, family by family, in the order of their declaration."""
    found: list[Mistake] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        found += import_module(f"{__name__}.{module}").MISTAKES
    return tuple(found)


@cache
def about(subject: str) -> tuple[Mistake, ...]:
    """Those of one subject."""
    return tuple(m for m in every() if m.about == subject)


def get(name: str) -> Mistake:
    """The mistake of this name. Raises UnknownNameError with the nearest one."""
    known = {m.name: m for m in every()}
    if name not in known:
        raise UnknownNameError(
            f"there is no misconception {name!r}", hint=did_you_mean(name, known)
        )
    return known[name]
