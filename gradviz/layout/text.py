"""The width of a text: in the shipped fonts, which have no kerning, the sum of its advances; in
another font, which a text that they cannot draw is taken from, what shaping it gives.

Sizes and widths are in user units (pixels at natural size). A text is measured in the characters
that renderers look up (`fonts.spelt`), where combining marks add no width. Characters that no font
here can draw are refused, because a viewer would take them from a font of unknown width or drop
them.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final, NamedTuple

from gradviz import fonts
from gradviz.fonts import Weight, estimates, others
from gradviz.fonts.others import Run

ELLIPSIS = "…"
OPENING: Final = frozenset("（「『【〔《〈［｛“‘เแโใไເແໂໃໄ")
CLOSING: Final = frozenset(
    "）」』】〕》〉］｝”’、。，．・：；！？ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
    "ะาำๅๆฯ"
    "ະາຳ"
)
"""Characters that no line ends with, or begins with, in Chinese, Japanese, Thai and Lao."""
SIGNS: Final = frozenset("=·*/@-%")
"""Signs of formulas beside those of Unicode's category for them."""
UNSPACED: Final = ("HIRAGANA", "KATAKANA", "CJK", "IDEOGRAPHIC", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts without spaces between words, by the names of their characters."""


class Placed(NamedTuple):
    """A run of a text and how far its left end is from that of the text."""

    run: Run
    left: float
    width: float


def width(text: str, size: float, weight: Weight = "regular") -> float:
    """The width of a line of text. Raises ValueInputError for characters that no font can draw,
    except where widths are estimated.
    """
    advances = _advances(weight)
    try:
        return sum(map(advances.__getitem__, fonts.spelt(text))) * size
    except KeyError:
        if estimates.are_wanted() and missing(text):
            return estimates.width(text) * size
        return sum(_width(run, weight) for run in others.runs(text)) * size


def missing(text: str) -> str:
    """The characters of `text` that no font here can draw, each once, in order of appearance."""
    return "".join(dict.fromkeys(others.missing(text)))


def placed(text: str, size: float, weight: Weight) -> list[Placed]:
    """The runs of a line of text, in the order in which they are read.

    The line runs from left to right. Words of the other direction are read from the right as a
    whole, with spaces, punctuation and numbers between them; letters and the signs of formulas part
    them. Raises ValueInputError for characters that no font can draw.
    """
    runs = others.runs(text)
    lefts, left = {}, 0.0
    for i, turned in _in_sight(runs):
        lefts[i] = (runs[i]._replace(text=_turned(runs[i].text)) if turned else runs[i]), left
        left += _width(runs[i], weight) * size
    return [Placed(*lefts[i], _width(run, weight) * size) for i, run in enumerate(runs)]


def _in_sight(runs: tuple[Run, ...]) -> list[tuple[int, bool]]:
    """The numbers of the runs from left to right, and which of them are read with their signs
    turned: those between words of the other direction, and around them if there is nothing else.
    """
    if len(runs) == 1:
        return [(0, False)]
    alone = all(run.right_to_left or _joins(run.text) for run in runs)
    found: list[tuple[int, bool]] = []
    turned: list[int] = []
    between: list[int] = []
    for i, run in enumerate(runs):
        if run.right_to_left or alone:
            turned += [*between, i]
            between = []
        elif turned and _joins(run.text):
            between.append(i)
        else:
            found += [*_backwards(runs, turned), *((k, False) for k in [*between, i])]
            turned, between = [], []
    return [*found, *_backwards(runs, turned), *((k, False) for k in between)]


def _backwards(runs: tuple[Run, ...], turned: list[int]) -> list[tuple[int, bool]]:
    return [(i, not runs[i].right_to_left) for i in reversed(turned)]


def _joins(text: str) -> bool:
    """Whether what is between words of the other direction is read as part of them."""
    return not any(unicodedata.category(c)[0] == "L" or c in SIGNS for c in text) and not any(
        unicodedata.category(c) == "Sm" for c in text
    )


def _turned(text: str) -> str:
    """Signs as they are seen from the right, brackets turned; numbers stay as they are."""
    parts = re.findall(r"\d(?:[\d.,]*\d)?|.", text, re.DOTALL)
    return "".join(others.MIRRORED.get(part, part) for part in reversed(parts))


def _width(run: Run, weight: Weight) -> float:
    """The width of a run as a share of the font size."""
    if run.family is None:
        return sum(map(_advances(weight).__getitem__, run.text))
    return run.family.shaped(run.text, weight).width


def fit(text: str, size: float, weight: Weight, max_width: float) -> str:
    """`text`, shortened with an ellipsis if it is wider than `max_width`.

    The result is never wider than `max_width`: it is empty if not even the ellipsis fits.
    """
    if width(text, size, weight) <= max_width:
        return text
    advances = _advances(weight)
    room = max_width / size - advances[ELLIPSIS]
    if room < 0:
        return ""
    spelling = fonts.spelt(text)
    if not advances.keys() >= set(spelling):
        return _fit_clusters(spelling, size, weight, room * size)
    kept, used = 0, 0.0  # a mark has no advance, so it stays with its letter
    for position, character in enumerate(spelling):
        used += advances[character]
        if used > room:
            break
        kept = position + 1
    return spelling[:kept].rstrip() + ELLIPSIS


def _fit_clusters(text: str, size: float, weight: Weight, room: float) -> str:
    """As many characters, each with its marks, as fit the room, and an ellipsis."""
    parts = others.clusters(text)
    fits, too_many = 0, len(parts)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if width("".join(parts[:middle]), size, weight) <= room:
            fits = middle
        else:
            too_many = middle
    return "".join(parts[:fits]).rstrip() + ELLIPSIS


@functools.lru_cache(maxsize=4096)
def breakable(word: str) -> tuple[str, ...]:
    """The parts of a word, between which a line may end; one, but in scripts without spaces."""
    if word.isascii():
        return (word,)
    parts, loose = [""], False
    for cluster in others.clusters(word):
        free = unicodedata.name(cluster[0], "").startswith(UNSPACED)
        closes = cluster[0] in CLOSING
        if parts[-1] and (free or loose) and not closes and parts[-1][-1] not in OPENING:
            parts.append("")
        parts[-1] += cluster
        loose = loose if closes else free
    return tuple(parts)


def ascent(size: float) -> float:
    """How far the font reaches above the baseline, marks included."""
    return size * fonts.metrics()["ascent"] / fonts.metrics()["unitsPerEm"]


def descent(size: float) -> float:
    """How far the font reaches below the baseline, as a positive number."""
    return size * fonts.metrics()["descent"] / fonts.metrics()["unitsPerEm"]


def height(size: float) -> float:
    """The height of a line: ascent and descent."""
    return ascent(size) + descent(size)


def cap_height(size: float) -> float:
    """The height of a capital or a digit; a baseline half of it below the middle centres a text."""
    return size * fonts.metrics()["capHeight"] / fonts.metrics()["unitsPerEm"]


def x_height(size: float) -> float:
    """The height of a lower-case letter without an ascender."""
    return size * fonts.metrics()["xHeight"] / fonts.metrics()["unitsPerEm"]


@functools.cache
def _advances(weight: Weight) -> dict[str, float]:
    """Each character's advance as a share of the font size."""
    fonts.path(weight)
    table = fonts.metrics()
    return {
        c: units / table["unitsPerEm"]
        for c, units in zip(table["characters"], table[weight], strict=True)
    }
