"""Frames as overlays: each line of a picture once, with the slides that show it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple


class Drawn(NamedTuple):
    """An item of a scene as it is drawn."""

    id: str
    code: str


@dataclass
class Row:
    """What is drawn, and on which slides, from 1."""

    drawn: Drawn
    slides: list[int] = field(default_factory=list)


def overlaid(frames: Iterable[Sequence[Drawn]]) -> list[Row]:
    """The items of all frames, in an order in which each frame has its own, from back to front.

    An item stands once for all the frames in which it looks the same; where it looks different,
    its forms stand next to each other, if their order allows it.
    """
    rows: list[Row] = []
    for slide, frame in enumerate(frames, 1):
        rows = _with_frame(rows, frame, slide)
    return rows


def _with_frame(rows: list[Row], frame: Sequence[Drawn], slide: int) -> list[Row]:
    """The rows with those of a further frame, in its order."""
    known = {row.drawn: at for at, row in enumerate(rows)}
    kept = set(_rising([known[drawn] for drawn in frame if drawn in known]))
    found: list[Row] = []
    at = 0
    for drawn in frame:
        place = known.get(drawn)
        if place in kept and place is not None:
            found += rows[at:place]
            at = place + 1
            rows[place].slides.append(slide)
            found.append(rows[place])
            continue
        while at < len(rows) and rows[at].drawn.id == drawn.id and at not in kept:
            found.append(rows[at])
            at += 1
        found.append(Row(drawn, [slide]))
    return found + rows[at:]


def _rising(places: Sequence[int]) -> Iterator[int]:
    """A longest rising subsequence, by patience sorting (Schensted 1961)."""
    ends: list[int] = []
    last: list[int] = []
    before: dict[int, int] = {}
    for place in places:
        pile = bisect_left(ends, place)
        ends[pile : pile + 1] = [place]
        last[pile : pile + 1] = [place]
        if pile:
            before[place] = last[pile - 1]
    at = ends[-1] if ends else None
    while at is not None:
        yield at
        at = before.get(at)


def blocks(rows: Iterable[Row], slides: int) -> Iterator[tuple[str, list[Drawn]]]:
    """Neighbours that the same slides show, with these as Beamer names them; empty for all."""
    for shown, group in groupby(rows, key=lambda row: row.slides):
        yield spec(shown, slides), [row.drawn for row in group]


def spec(shown: Sequence[int], slides: int) -> str:
    """Slides as Beamer names them: `2,4-6,9-`; empty for all of them."""
    if len(shown) == slides:
        return ""
    runs: list[list[int]] = []
    for slide in shown:
        if runs and runs[-1][1] == slide - 1:
            runs[-1][1] = slide
        else:
            runs.append([slide, slide])
    return ",".join(_run(first, last, slides) for first, last in runs)


def _run(first: int, last: int, slides: int) -> str:
    if last == slides and first < last:
        return f"{first}-"
    return f"{first}" if first == last else f"{first}-{last}"
