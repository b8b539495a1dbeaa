"""What the classes are called that a classifier tells apart, in its pictures and sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from gradviz.errors import ValueInputError
from gradviz.graph.graph import Graph
from gradviz.trace.classes import check
from gradviz.trace.matrix import MatrixTrace
from gradviz.trace.neurons import UnitTrace
from gradviz.trace.panels import PanelWalk
from gradviz.trace.walks import Walk

Subject = TypeVar("Subject", bound=Walk | Graph)


def called(subject: Subject, classes: Iterable[str]) -> Subject:
    """A walk with names for its classes: the rows of s, or the units of the last layer.

    Raises ValueInputError for another kind of walk, for a name that is too long or used twice, and
    where there are more or fewer names than classes.
    """
    classes = tuple(classes)
    if not classes:
        return subject
    if isinstance(subject, PanelWalk):
        return subject.each(lambda walk: called(walk, classes))  # type: ignore[return-value]
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
    check(classes)
    return subject.with_classes(classes)  # type: ignore[return-value]
