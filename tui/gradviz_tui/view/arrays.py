"""An array as lines: numbers where they fit, a heatmap where they do not, channel by channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradviz.arrays.digits import number, plain_minus
from gradviz.export.reports.text import Line
from gradviz.story.frame import Story
from gradviz.story.values import flat
from gradviz_tui.view.half_blocks import RAMP, finite, heat_lines

LEVELS = 64
LEGEND_DIGITS = 3
LEAST_WITH_LEGEND = 5
"""From more rows than this one is left for the legend of a heatmap."""


def channels(shape: Sequence[int]) -> int:
    """How many pictures an array holds: all axes but the last two."""
    count = 1
    for n in shape[:-2]:
        count *= n
    return count


def array_lines(
    story: Story, value: Any, width: int, height: int, *, channel: int = 0, plain: bool = False
) -> list[Line]:
    """One channel of an array in so many lines: its numbers, else a heatmap of two cells an
    element, else a smaller one.

    The heatmap runs from the most negative to the most positive number in view, 0 in its middle.
    `plain` says that there are no colours and no half blocks.
    """
    shape = tuple(story.trace.xp.shape(value))
    for n in _place(channel, shape[:-2]):
        value = value[n]
    seen = (
        value[: height + 1, : width + 1]
        if len(shape) > 1
        else value[: height * width + 1]
        if shape
        else value
    )
    rows = _rows(story.trace.xp.plain(seen), shape)
    if not rows or not rows[0]:
        return [[("empty", "muted")]]
    texts = [[plain_minus(number(v, story.rules.digits)) for v in row] for row in rows]
    wide = max(len(t) for row in texts for t in row)
    if len(shape) == 1:
        rows, texts = (
            _wrapped(rows[0], max(1, width // (wide + 1))),
            _wrapped(texts[0], max(1, width // (wide + 1))),
        )
    if len(rows) <= height and len(rows[0]) * (wide + 1) <= width:
        return [_number_row(row, texts[y], wide, rows) for y, row in enumerate(rows)]
    if height <= LEAST_WITH_LEGEND:
        return _heat(story, value, rows, width, height, plain)[0]
    drawn, largest = _heat(story, value, rows, width, height - 1, plain)
    return [*drawn, legend(largest, width, plain=plain)]


def _heat(
    story: Story, value: Any, rows: list[list[Any]], width: int, height: int, plain: bool
) -> tuple[list[Line], float]:
    """An array as a heatmap, made smaller where there is too little room; and the largest size of a
    number in it.
    """
    shape = tuple(story.trace.xp.shape(value))
    if len(shape) > 1 and (shape[-2] > height or shape[-1] * 2 > width):
        return heat_lines(story.trace.xp, value, width, height, levels=LEVELS, plain=plain)
    whole = shape[-2] if len(shape) > 1 else -(-shape[0] // max(1, width // 2))
    drawn = rows if len(shape) != 1 else _wrapped(flat(rows), max(1, width // 2))
    return _heatmap(drawn, width, height, whole), largest_in(drawn)


def _wrapped(row: list[Any], count: int) -> list[list[Any]]:
    """A long row as several."""
    return [row[i : i + count] for i in range(0, len(row), count)]


def _rows(plain: Any, shape: tuple[int, ...]) -> list[list[Any]]:
    if not shape:
        return [[plain]]
    if len(shape) == 1:
        return [list(plain)]
    return [list(row) for row in plain]


def _place(channel: int, sizes: tuple[int, ...]) -> list[int]:
    """The indices of a channel, the first axis first."""
    found = []
    for size in reversed(sizes):
        found.append(channel % size)
        channel //= size
    return found[::-1]


def _number_row(row: list[Any], texts: list[str], wide: int, rows: list[list[Any]]) -> Line:
    largest = largest_in(rows)
    return [
        (text.rjust(wide) + " ", heat_role(v, largest)) for v, text in zip(row, texts, strict=True)
    ]


def _heatmap(rows: list[list[Any]], width: int, height: int, whole: int) -> list[Line]:
    largest = largest_in(rows)
    cell = 2 if len(rows[0]) * 2 <= width else 1
    lines: list[Line] = []
    for row in rows[: height - (len(rows) > height)]:
        fits = width // cell
        line: Line = []
        for v in row[: fits - (len(row) > fits)]:
            role = heat_role(v, largest)
            if line and line[-1][1] == role:
                line[-1] = (line[-1][0] + " " * cell, role)
            else:
                line.append((" " * cell, role))
        lines.append([*line, ("…", "muted")] if len(row) > fits else line)
    if len(rows) > height:
        lines.append([(f"… {whole - height + 1} more rows", "muted")])
    return lines


def largest_in(rows: list[list[Any]]) -> float:
    """The largest size of a finite number in some rows."""
    return max((abs(finite(v)) for v in flat(rows)), default=0.0)


def legend(largest: float, width: int, *, plain: bool = False) -> Line:
    """What the colours of a heatmap mean: `-2.5 ▇▇▇▇▇ 2.5`; without colours, the darkest sign."""
    end = plain_minus(number(largest, LEGEND_DIGITS))
    if plain:
        return [(f"{RAMP[1]} near 0, {RAMP[-1]} {end} or -{end}", "muted")]
    swatches = [("  ", f"heat {level}") for level in range(-LEVELS, LEVELS + 1, LEVELS // 2)]
    found: Line = [(f"-{end} ", "muted"), *swatches, (f" {end}", "muted")]
    middle = ", 0 in the middle"
    fits = sum(len(text) for text, _ in found) + len(middle) <= width
    return [*found, (middle, "muted")] if fits else found


def heat_role(value: Any, largest: float) -> str:
    """The role of a number among numbers up to `largest`."""
    return f"heat {round(LEVELS * finite(value) / largest) if largest else 0}"
