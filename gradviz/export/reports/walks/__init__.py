"""A walk as text: every step, in lines for the terminal.

A kind of walk (`gradviz.trace.walks`) is written by the module of that name here, which declares
`lines(story, steps, width, *, ascii)` and `OPTIONS`, the names of its other options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradviz import plugins
from gradviz.arrays.digits import DIGITS
from gradviz.export.reports.text import WIDTH, Line
from gradviz.story import walks
from gradviz.story.maths.ascii import to_ascii
from gradviz.trace.walks import Walk


def lines(
    walk: Walk,
    *,
    steps: Sequence[int] | None = None,
    width: int = WIDTH,
    digits: int = DIGITS,
    ascii: bool = False,
    **options: bool,
) -> Iterator[Line]:
    """The lines of a walk, each a list of (text, role), made one by one.

    steps    the steps to write, counted from 1; all by default.
    width    columns to fill.
    digits   the least number of significant digits.
    ascii    use ASCII characters only, except in names.
    options  further options of the kind of walk, see `options`.
    """
    made = plugins.entry(__name__, walk.kind).lines
    found = made(walks.of(walk, digits), steps, width, ascii=ascii, **options)
    yield from (
        ([(to_ascii(text), role) for text, role in line] for line in found) if ascii else found
    )


def options(kind: str) -> tuple[str, ...]:
    """The further options of a report on a kind of walk."""
    return tuple(plugins.entry(__name__, kind).OPTIONS)
