"""What the classes are called that a classifier tells apart, in its pictures and sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from gradviz.errors import ValueInputError
from gradviz.files import clean_line
from gradviz.graph.graph import Graph
from gradviz.trace.matrix import MatrixTrace
from gradviz.trace.neurons import UnitTrace
from gradviz.trace.walks import Walk

Subject = TypeVar("Subject", bound=Walk | Graph)

LONGEST: Final = 30


def called(subject: Subject, classes: Iterable[str]) -> Subject:
    """A walk with names for its classes: the rows of s, or the units of the last layer.

    Raises ValueInputError for another kind of walk, for a name that is too long or used twice, and
    where there are more or fewer names than classes.
    """
    classes = tuple(classes)
    if not classes:
        return subject
    if not isinstance(subject, MatrixTrace | UnitTrace):
        raise ValueInputError(
            "classes are the rows of a matrix, or the units of a last layer",
            expected="view matrix or neurons",
            got=f"classes {','.join(classes):.60}",
        )
    what = "rows" if isinstance(subject, MatrixTrace) else "output units"
    if len(classes) != subject.outputs:
        raise ValueInputError(
            f"there are {subject.outputs:,} {what} and {len(classes):,} names of classes",
            expected=f"a name for each of the {subject.outputs:,} {what}",
            got=f"classes {','.join(classes):.60}",
        )
    for name in classes:
        if clean_line(name) != name or len(name) > LONGEST:
            raise ValueInputError(
                "a class cannot be called that",
                expected=f"a name of 1 to {LONGEST} characters on one line",
                got=f"{name!r:.60}" + (f", {len(name):,} characters" if len(name) > 60 else ""),
            )
        if classes.count(name) > 1:
            raise ValueInputError(
                f"two classes are called {name}", expected="a name for each class of its own"
            )
    return subject.with_classes(classes)  # type: ignore[return-value]
