"""Names of classes, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gradviz.errors import ValueInputError
from gradviz.files import clean_line

LONGEST: Final = 30


def check(classes: Sequence[str]) -> None:
    """Raise ValueInputError for a name that is empty, too long, not on one line or used twice."""
    for name in classes:
        if not name or clean_line(name) != name or len(name) > LONGEST:
            raise ValueInputError(
                "a class cannot be called that",
                expected=f"a name of 1 to {LONGEST} characters on one line",
                got=f"{name!r:.60}" + (f", {len(name):,} characters" if len(name) > 60 else ""),
            )
        if classes.count(name) > 1:
            raise ValueInputError(
                f"two classes are called {name}", expected="a name for each class of its own"
            )
