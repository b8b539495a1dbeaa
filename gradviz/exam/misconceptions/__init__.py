"""What students get wrong, one declaration a misconception; one file a family, found when first
asked for.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.exam.backward import Changed


@dataclass(frozen=True, slots=True)
class Misconception:
    """One mistake that people make.

    name      in lower case with hyphens.
    feedback  a sentence to the student: what was done, and what is right.
    rule      the changed backward rule, for mistakes in a backward pass.
    formula   the changed formula, for mistakes in the subject `about`; its arguments are those of
              the right one.
    about     the subject: "backward", or the name of a formula in `gradviz.exam.question.counting`.
    """

    name: str
    feedback: str
    rule: Changed | None = None
    formula: Callable[..., Any] | None = None
    about: str = "backward"


@cache
def every() -> tuple[Misconception, ...]:
    """All of them, family by family, in the order of their declaration."""
    found: list[Misconception] = []
    for module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
        found += import_module(f"{__name__}.{module}").MISCONCEPTIONS
    return tuple(found)


@cache
def about(subject: str) -> tuple[Misconception, ...]:
    """Those of one subject."""
    return tuple(m for m in every() if m.about == subject)


def get(name: str) -> Misconception:
    """The misconception of this name. Raises UnknownNameError with the nearest one."""
    known = {m.name: m for m in every()}
    if name not in known:
        raise UnknownNameError(
            f"there is no misconception {name!r}", hint=did_you_mean(name, known)
        )
    return known[name]
