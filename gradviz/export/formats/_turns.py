"""Pictures that take turns in one place, every element written once with the pictures that show it.

What moves are `set` elements (SVG 1.1, 19.2.7), between whose moments a browser has nothing to do.
The static state is in attributes, for programs that play nothing: what the last picture does not
show is not displayed; people who ask for little motion, and paper, see it too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, groupby
from typing import Any, Final

from gradviz.export.formats._times import times

APART: Final = 1 << 256
"""How far apart the places of neighbours are, so that hundreds find room between two of them."""

RESTS: Final = "gradviz-rests"
GONE: Final = "gradviz-gone"
"""What the last picture shows, and what it does not."""

Body = tuple[list[str], str]
"""Elements, and their CSS."""


@dataclass(slots=True, eq=False)
class _Element:
    """An element, its place in the drawing order with what follows there, and the pictures that
    show it, in order.
    """

    id: str
    text: str
    place: int
    after: _Element | None = None
    shown: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Merged:
    """The elements of `count` pictures in an order in which each picture finds its own."""

    elements: tuple[_Element, ...]
    count: int

    def groups(self) -> Iterator[tuple[list[range], list[str], list[str]]]:
        """Neighbours that the same pictures show: the stretches of these, the elements, and the
        elements without ids. An id stands once: on what the last picture shows, or else on the
        first element that has it.
        """
        owners: dict[str, _Element] = {}
        for element in sorted(self.elements, key=lambda e: e.shown[-1] < self.count - 1):
            owners.setdefault(element.id, element)
        for shown, found in groupby(self.elements, key=lambda e: e.shown):
            elements = list(found)
            nameless = [e.text.replace(f' id="{e.id}"', "", 1) for e in elements]
            named = [
                e.text if owners[e.id] is e else bare
                for e, bare in zip(elements, nameless, strict=True)
            ]
            yield _stretches(shown), named, nameless


def merged(pictures: Iterable[Sequence[tuple[str, str]]]) -> Merged:
    """The ids and elements of pictures, merged. An element stands twice only where two pictures
    draw it in different orders.
    """
    first = _Element("", "", 0, after=_Element("", "", APART))
    known: dict[str, _Element] = {}
    count = 0
    for count, picture in enumerate(pictures, 1):
        at = first
        for name, text in picture:
            element = known.get(text)
            if element is None or element.place <= at.place:
                element = known[text] = _inserted(name, text, at, first)
            element.shown.append(count - 1)
            at = element
    return Merged(tuple(_in_order(first))[1:-1], count)


def _inserted(name: str, text: str, at: _Element, first: _Element) -> _Element:
    """A new element after another one."""
    assert at.after is not None
    if at.after.place - at.place < 2:
        for number, element in enumerate(_in_order(first)):
            element.place = number * APART
    made = at.after = _Element(name, text, (at.place + at.after.place) // 2, at.after)
    return made


def _in_order(first: _Element | None) -> Iterator[_Element]:
    while first is not None:
        yield first
        first = first.after


def _stretches(shown: Sequence[int]) -> list[range]:
    """Ascending numbers as ranges without gaps."""
    found: list[range] = []
    for k in shown:
        if found and found[-1].stop == k:
            found[-1] = range(found[-1].start, k + 1)
        else:
            found.append(range(k, k + 1))
    return found


def in_browsers(name: str) -> str:
    """A selector of a class for browsers alone. Other programs may heed rules without the condition
    that stands around them, but cannot read this selector.
    """
    return f".{name}:not(#_)"


AGAIN: Final = "10ms"
"""Between the end of a round and the next: no clock can start itself, so two start each other."""
STILL: Final = (
    "@media print,(prefers-reduced-motion:reduce){"
    f"{in_browsers(RESTS)}{{display:inline!important}}"
    f"{in_browsers(GONE)}{{display:none!important}}}}"
)
"""Rules that are stronger than any animation."""


def animated(pictures: Merged, seconds: float) -> Body:
    """The pictures one after another, in a loop: a clock that starts again and again, by which
    elements appear and disappear.
    """
    lengths = times(pictures.count, seconds)
    starts = [0, *(round(1000 * length) for length in accumulate(lengths))]  # in milliseconds
    groups = list(pictures.groups())
    clock = _clock(groups, seconds)
    body = [
        '<rect display="none">',
        f'<set id="{clock}" attributeName="x" to="0" begin="0s;{clock}_again.end"'
        f' dur="{starts[-1]}ms"/>',
        f'<set id="{clock}_again" attributeName="x" to="0" begin="{clock}.end" dur="{AGAIN}"/>',
        "</rect>",
    ]
    for stretches, elements, _ in groups:
        if stretches == [range(pictures.count)]:
            body += elements
            continue
        rests = stretches[-1].stop == pictures.count
        changes = _gaps(stretches) if rests else stretches
        state = "none" if rests else "inline"
        sets = [
            f'<set attributeName="display" to="{state}" begin="{clock}.begin+{starts[r.start]}ms"'
            f' dur="{starts[r.stop] - starts[r.start]}ms"/>'
            for r in changes
        ]
        head = f'<g class="{RESTS}">' if rests else f'<g class="{GONE}" display="none">'
        body += [head, *sets, *elements, "</g>"]
    return body, STILL


def _clock(groups: Sequence[Any], seconds: float) -> str:
    """The id of the clock of these pictures, of which a page may hold several."""
    key = hashlib.sha256(f"{seconds} {groups}".encode()).hexdigest()
    return f"gradviz_{key[:8]}"


def _gaps(stretches: Sequence[range]) -> list[range]:
    """What lies before and between stretches."""
    found, at = [], 0
    for stretch in stretches:
        if stretch.start > at:
            found.append(range(at, stretch.start))
        at = stretch.stop
    return found


def in_fragments(pictures: Merged) -> Body:
    """The pictures as fragments of a slide of reveal.js: each step of the slide shows the next.

    What appears later is a fragment, and what disappears is inside one that fades out.
    """
    body = []
    for stretches, named, nameless in pictures.groups():
        for stretch in stretches:
            shown = named if stretch is stretches[-1] else nameless
            if stretch.stop < pictures.count:
                out = _fragment("fragment fade-out", stretch.stop, ' visibility="hidden"')
                shown = [out, *shown, "</g>"]
            if stretch.start:
                shown = [_fragment("fragment", stretch.start), *shown, "</g>"]
            body += shown
    return body, ""


def _fragment(classes: str, index: int, further: str = "") -> str:
    return f'<g class="{classes}" data-fragment-index="{index}"{further}>'
