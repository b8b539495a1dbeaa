"""The panes of the playground: the network, the plane of its data, the losses, the settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.arrays.digits import number
from gradviz.export.reports.canvas import Canvas
from gradviz.export.reports.text import Line
from gradviz.layout.grid import cells, cut, fit, wrap
from gradviz.trace.plots import Span
from gradviz_tui.view.half_blocks import HALF, RAMP
from gradviz_tui.view.panes import GRADIENT, HEADING, HOT, MUTED, VALUE, fitted, merged
from gradviz_tui.view.plane import Look, plane
from gradviz_tui.walk.playground import Moved, Row, Seen

FAINT: Final = 0.12
"""Weights smaller than this part of the largest are not drawn."""
UNITS: Final = ((6, 3), (4, 2), (2, 1))
"""The columns and rows that a unit may have."""
SIDE, GAP = 25, 2
STILLS: Final = ((36, (6, 3)), (28, (4, 2)))
"""The least rows of a screen for each size of the pictures on the line of passes."""
MOST_DIGITS: Final = 8
"""The most digits in which a weight is shown before and after a pass."""


class Parts(NamedTuple):
    """The columns of the network, the plane and the side, 0 for one that has no room; the rows that
    they share, those of the plane, which is a square, of the line of passes and of the words; and
    the columns and rows of a picture on that line, 0 without.
    """

    network: int
    plane: int
    side: int
    rows: int
    square: int
    line: int
    words: int
    still: tuple[int, int]


def parts(width: int, height: int) -> Parts:
    """Divide a screen: the plane is a square of half blocks, the network takes what is left."""
    words = 3
    still = next((size for least, size in STILLS if height >= least), (0, 0))
    line = still[1] + 2 if still[1] else 1
    rows = max(1, height - words - line - 2)
    side = SIDE if width >= 56 else 0
    room = width - 2 - (side + GAP if side else 0)
    plane = 2 * max(1, min(rows - 1, room // 2 if width < 76 else width // 5))
    network = room - plane - GAP
    return Parts(
        network if network >= 16 else 0, plane, side, rows, min(rows - 1, plane // 2), line, words,
        still,
    )  # fmt: skip


def picture(
    seen: Seen, settings: Mapping[str, str], size: tuple[int, int], look: Look
) -> list[Line]:
    """The network, the plane and the side, next to each other."""
    found = parts(*size)
    blocks = []
    if found.network:
        blocks.append((found.network, network(seen, found.network, found.rows, look)))
    blocks.append((found.plane, plane(seen, found.plane, found.square + 1, look)))
    if found.side:
        blocks.append((found.side, side(seen, settings, found.side, found.rows, look)))
    lines: list[Line] = []
    for y in range(found.rows):
        line: Line = [(" ", "")]
        for i, (width, block) in enumerate(blocks):
            row = block[y] if y < len(block) else []
            line += [(" " * GAP, "")] if i else []
            line += fitted(row, width, ascii=look.ascii)
        lines.append(line)
    return lines


# --- the network


class Unit(NamedTuple):
    """Where a unit stands: its left column, its upper row."""

    x: int
    y: int


def network(seen: Seen, width: int, height: int, look: Look) -> list[Line]:
    """Units by layer, each a small picture of what it says of the plane; weights as widths."""
    if not seen.layers:
        text = f"This is no network of layers: {seen.why}."
        return [[(line, MUTED)] for line in wrap(text, width)]
    rows = height - 1
    counts = [_count(layer) for layer in seen.layers]
    shape = _unit_size(counts, width, rows)
    places = _places(counts, shape, width, rows)
    largest = max(
        (abs(w) for layer in seen.layers for row in layer.weights for w in row if math.isfinite(w)),
        default=0.0,
    )
    canvas = Canvas(width, rows, Span(0, width), Span(0, rows), look.ascii)
    for before, after, layer in zip(places, places[1:], seen.layers[1:], strict=False):
        _arcs(canvas, before, after, layer, shape, largest or 1.0)
    grid = canvas.bare()
    for i, (layer, units) in enumerate(zip(seen.layers, places, strict=True)):
        _draw_units(grid, layer, units, shape, look)
        if i in (0, len(places) - 1):
            _draw_names(grid, layer, units, shape)
        if len(units) < counts[i]:
            _write(grid, units[-1].x, units[-1].y + shape[1], f"of {counts[i]}")
    dash = ("--", ". .") if look.ascii else ("━━", "╍╍")
    widest = number(largest, 3)
    caption: Line = [(f"{dash[0]} weight +  {dash[1]} -", VALUE), (f"  widest {widest}", MUTED)]
    return [*map(merged, grid), caption]


def _count(layer: Row) -> int:
    return (
        len(layer.weights)
        or len(layer.names)
        or (1 if layer.maps is None else int(layer.maps.shape[-1]))
    )


def _unit_size(counts: Sequence[int], width: int, rows: int) -> tuple[int, int]:
    for across, down in UNITS:
        if max(counts) * (down + 1) <= rows and len(counts) * (across + 4) <= width + 4:
            return across, down
    return UNITS[-1]


def _places(
    counts: Sequence[int], shape: tuple[int, int], width: int, rows: int
) -> list[list[Unit]]:
    """Where the units of every layer stand; of a layer that has no room, the first ones."""
    across, down = shape
    found = []
    for i, count in enumerate(counts):
        fits = min(count, max(1, rows // (down + 1)))
        pitch = min(rows / fits, down + 4)
        x = round(i * (width - across) / max(1, len(counts) - 1))
        top = rows / 2 - pitch * (fits - 1) / 2 - down / 2
        found.append([Unit(x, max(0, round(top + pitch * j - 0.25))) for j in range(fits)])
    return found


def _arcs(
    canvas: Canvas,
    before: Sequence[Unit],
    after: Sequence[Unit],
    layer: Row,
    shape: tuple[int, int],
    largest: float,
) -> None:
    """Weights as lines of one to three dots, the negative ones dashed; thick ones first."""
    arcs = [
        (layer.weights[j][i], a, b)
        for j, b in enumerate(after)
        for i, a in enumerate(before)
        if i < len(layer.weights[j])
    ]
    for w, a, b in sorted(arcs, key=lambda arc: -abs(arc[0])):
        share = abs(w) / largest
        if not FAINT <= share <= 1:
            continue
        up = canvas.rows
        start, end = up - a.y - shape[1] / 2, up - b.y - shape[1] / 2
        for k in range(1 + int(share > 1 / 3) + int(share > 2 / 3)):
            shift = (0, 0.25, -0.25)[k]
            ends = ((a.x + shape[0], start + shift), (b.x, end + shift))
            canvas.curve(ends, VALUE if w > 0 else "fore", dashed=w < 0)


def _draw_units(
    grid: list[Line], layer: Row, units: Sequence[Unit], shape: tuple[int, int], look: Look
) -> None:
    """Each unit's map of the plane, or a bare mark."""
    across, down = shape
    for j, unit in enumerate(units):
        for y in range(down):
            for x in range(across):
                if layer.maps is None:
                    sign = ("#" if look.ascii else "█", "wire")
                else:
                    sign = _heat(layer.maps[:, :, j], x, y, shape, look)
                _put(grid, unit.x + x, unit.y + y, sign)


def _heat(found: Any, x: int, y: int, shape: tuple[int, int], look: Look) -> tuple[str, str]:
    """A cell of a unit's map: what it says at the two points in it."""
    rows, columns = found.shape
    largest = float(abs(found).max()) or 1.0
    values = []
    for half in (0, 1):
        i = int((2 * y + half + 0.5) * rows / (2 * shape[1]))
        j = int((x + 0.5) * columns / shape[0])
        share = float(found[i, j]) / largest
        values.append(share if math.isfinite(share) else 0.0)
    if look.plain:
        mean = sum(values) / 2
        return RAMP[round(abs(mean) * (len(RAMP) - 1))], MUTED if mean < 0 else "plain"
    # Even levels: neighbours of one look are drawn as one piece.
    return HALF, f"heats {8 * round(8 * values[0])} {8 * round(8 * values[1])}"


def _draw_names(
    grid: list[Line], layer: Row, units: Sequence[Unit], shape: tuple[int, int]
) -> None:
    for name, unit in zip(layer.names, units, strict=False):
        _write(grid, unit.x, unit.y + shape[1], name)


def _write(grid: list[Line], x: int, y: int, text: str) -> None:
    """A text below a unit, moved to the left where it would leave the pane."""
    if not 0 <= y < len(grid):
        return
    text = cut(text, 10)
    x = max(0, min(x, len(grid[y]) - cells(text)))
    for k, sign in enumerate(text):
        _put(grid, x + k, y, (sign, HEADING))


def _put(grid: list[Line], x: int, y: int, piece: tuple[str, str]) -> None:
    if 0 <= y < len(grid) and 0 <= x < len(grid[y]):
        grid[y][x] = piece


# --- the losses and the settings


def side(
    seen: Seen, settings: Mapping[str, str], width: int, height: int, look: Look
) -> list[Line]:
    """The curve of the losses, the scores, and what can be changed."""
    table: list[Line] = [[(f"{name:<11}", MUTED), (cut(text, width - 11), "plain")]
                         for name, text in settings.items()]  # fmt: skip
    scores: list[Line] = [[("loss ", MUTED), (number(seen.loss, 4), VALUE)]]
    if seen.right is not None:
        said = f"{100 * seen.right:.3g} % right"
        said += "" if seen.test is None else f", test {100 * seen.test:.3g} %"
        scores.append([(said, "plain")])
    rows = height - len(table) - len(scores) - 2
    curve = loss_curve(seen, width, rows, look) if rows >= 3 else []
    found = [*curve, *scores, [], *table]
    return found[:height] if rows >= 0 else [*scores, *table][:height]


def loss_curve(seen: Seen, width: int, rows: int, look: Look) -> list[Line]:
    """The loss as each pass begins, on a scale of powers of ten where all are above 0."""
    known = seen.losses[np.isfinite(seen.losses)]
    if len(known) < 2:
        return [[("loss: nothing yet", MUTED)], *([[]] * (rows - 1))]
    high, low = float(known.max()), float(known.min())
    scaled: Callable[[float], float] = math.log10 if low > 0 else float
    left = 8
    top, bottom = scaled(high), scaled(low)
    bottom, top = (bottom - 0.5, top + 0.5) if top - bottom < 1e-9 else (bottom, top)
    count = len(seen.losses)
    canvas = Canvas(width - left, rows - 1, Span(1, max(2, count)), Span(bottom, top), look.ascii)
    canvas.curve([(k, scaled(v) if math.isfinite(v) else v) for k, v in means(seen.losses, width)],
                 VALUE)  # fmt: skip
    if 0 < seen.k <= count and math.isfinite(seen.losses[seen.k - 1]):
        canvas.mark(seen.k, scaled(seen.losses[seen.k - 1]), "O" if look.ascii else "◆", HOT)
    labels = {0: number(high, 3), rows - 2: number(low, 3)}
    lines = [
        [(f"{labels.get(i, ''):>{left - 1}} ", MUTED), *merged(line)]
        for i, line in enumerate(canvas.bare())
    ]
    below = fit(f"pass 1{f'{count:,}':>{max(1, width - left - 6)}}", width - left)
    return [*lines, [(" " * left, ""), (below, MUTED)]]


def means(losses: Any, columns: int) -> list[tuple[float, float]]:
    """The losses by pass, neighbours averaged where there are more than two a column."""
    count = len(losses)
    size = max(1, count // (2 * columns))
    starts = np.arange(0, count, size)
    sizes = np.minimum(size, count - starts)
    found = np.add.reduceat(losses, starts) / sizes
    return list(zip((starts + 1 + (sizes - 1) / 2).tolist(), found.tolist(), strict=True))


# --- the words


def words(seen: Seen, width: int) -> list[Line]:
    """What this is, how one weight moved, and what Enter does."""
    if seen.stopped and seen.k == seen.done:
        return _said(f"Training stopped: {seen.stopped}. e changes a setting.", width)
    if seen.moved is None:
        return _said(
            "No pass is done: the weights are as they were drawn. → does a pass, Space plays.",
            width,
        )
    loss = number(float(seen.losses[seen.k - 1]), 4)
    first = f"Pass {seen.k:,} began at loss {loss} and moved each weight against its gradient."
    last = f"Enter walks through pass {seen.k:,}: forward, backward, update."
    return [*_said(first, width), _moving(seen.moved), *_said(last, width)]


def _said(text: str, width: int) -> list[Line]:
    return [[(line, "plain")] for line in wrap(text, width)]


def _moving(moved: Moved) -> Line:
    """One weight's arithmetic, `W2[1, 1] ← 0.9231 - 0.3 · (-0.09682) = 0.9521`; of an optimiser
    that keeps a state only what came of it.
    """
    name, before, gradient, after, rate = moved
    if math.isnan(rate):
        return [
            (f"{name} ", "plain"),
            (number(before, 4), VALUE),
            (" became ", "plain"),
            (number(after, 4), HOT),
            ("; its gradient was ", "plain"),
            (number(gradient, 4), GRADIENT),
        ]
    shown, digits = number(gradient, 4), 4
    while digits < MOST_DIGITS and not _adds_up(before, gradient, after, rate, digits):
        digits += 1
    return [
        (f"{name} ← ", "plain"),
        (number(before, digits), VALUE),
        (f" - {number(rate, 6)} · ", "plain"),
        (f"({shown})" if gradient < 0 else shown, GRADIENT),
        (" = ", "plain"),
        (number(after, digits), HOT),
    ]


def _adds_up(before: float, gradient: float, after: float, rate: float, digits: int) -> bool:
    """Whether the numbers as they are shown give what is shown."""
    b, a = (float(number(v, digits)) for v in (before, after))
    g, r = float(number(gradient, 4)), float(number(rate, 6))
    return number(b - r * g, digits) == number(after, digits) and (a != b or after == before)


def header(seen: Seen, title: str, width: int, playing: str) -> Line:
    """What is trained on what, and how far it is."""
    epoch = (max(seen.k, 1) - 1) // seen.epoch + 1
    right = f"pass {seen.k:,}"
    right += f" of {seen.done:,}" if seen.k != seen.done else ""
    right += f"  epoch {epoch:,}" if seen.k else ""
    right = f"{playing}  {right}" if playing else right
    room = max(0, width - cells(right) - 3)
    return [(fit(title, room), HEADING), ("   ", ""), (right, HOT)]
