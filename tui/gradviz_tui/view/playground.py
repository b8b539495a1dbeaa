"""The panes of the playground: the network, the plane of its data, the losses, the settings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from gradviz.arrays.digits import number
from gradviz.export.reports.canvas import Canvas
from gradviz.export.reports.text import Line
from gradviz.layout.grid import cells, cut, fit, wrap
from gradviz.scene.colours import mixed
from gradviz.scene.themes import THEMES
from gradviz.trace.plots import Span
from gradviz_tui.view.half_blocks import HALF, RAMP
from gradviz_tui.view.panes import fitted, merged
from gradviz_tui.walk.playground import Row, Seen

MUTED, VALUE, HOT, HEADING, KEY = "muted", "value", "hot", "heading", "key"
SERIES: Final = ("a", "b", "c", "ink")
"""The colours of the classes, by their names in a theme."""
SIGNS: Final = "●■▲◆"
PLAIN_SIGNS, PLAIN_MISSED = "ox+*", "OX#%"
FIELDS: Final = ".-:="
"""The field of each class without colours."""
LEVELS: Final = 4
TINT: Final = 0.45
"""The part of a class's colour in the strongest level of its field."""
FAINT: Final = 0.12
"""Weights smaller than this part of the largest are not drawn."""
UNITS: Final = ((6, 3), (4, 2), (2, 1))
"""The columns and rows that a unit may have."""
SIDE, GAP = 25, 2


class Parts(NamedTuple):
    """The columns of the network, the plane and the side, 0 for one that has no room; the rows that
    they share, those of the plane, which is a square, and those of the words.
    """

    network: int
    plane: int
    side: int
    rows: int
    square: int
    words: int


def parts(width: int, height: int) -> Parts:
    """Divide a screen: the plane is a square of half blocks, the network takes what is left."""
    words = 4 if height >= 28 else 3
    rows = max(1, height - words - 3)
    side = SIDE if width >= 56 else 0
    room = width - 2 - (side + GAP if side else 0)
    plane = 2 * max(1, min(rows - 1, room // 2 if width < 76 else width // 5))
    network = room - plane - GAP
    return Parts(
        network if network >= 16 else 0, plane, side, rows, min(rows - 1, plane // 2), words
    )


class Look(NamedTuple):
    """How it is drawn: the theme, and whether without colours and in ASCII."""

    theme: str
    plain: bool
    ascii: bool


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


# --- the plane


def plane(seen: Seen, width: int, height: int, look: Look) -> list[Line]:
    """The fields of the classes in half blocks, and the samples in them."""
    if seen.field is None or seen.spans is None:
        text = "The data have no plane of two features and classes; there is only the loss to see."
        return [[(line, MUTED)] for line in wrap(text, width)]
    rows = height - 1
    grid = _fields(seen, width, rows, look)
    across, up = seen.spans
    for missed in (False, True):
        for dot in seen.dots:
            if dot.right == missed:
                continue
            x = int((dot.x - across.low) / across.length * width)
            y = int((up.high - dot.y) / up.length * rows)
            if 0 <= y < rows and 0 <= x < width:
                grid[y][x] = _sample(dot.label, missed, grid[y][x], look)
    return [*map(merged, grid), _key(seen, width, look)]


def _fields(seen: Seen, width: int, rows: int, look: Look) -> list[Line]:
    assert seen.field is not None
    best, share = seen.field
    high, wide = best.shape
    js = [int((x + 0.5) * wide / width) for x in range(width)]
    found: list[Line] = []
    for y in range(rows):
        pair = [int((2 * y + half + 0.5) * high / (2 * rows)) for half in (0, 1)]
        line: Line = []
        for j in js:
            if look.plain:
                line.append((FIELDS[int(best[pair[0], j]) % LEVELS], MUTED))
            else:
                a, b = (
                    tint(look.theme, int(best[i, j]), math.ceil(float(share[i, j]) * LEVELS))
                    for i in pair
                )
                line.append((HALF, f"points {a} {b}"))
        found.append(line)
    return found


def tint(theme: str, label: int, level: int) -> str:
    """The colour of a class's field, at a level from 0 to `LEVELS`."""
    colours = THEMES[theme].colours
    return mixed(colours[SERIES[label % len(SERIES)]], colours["ground"], TINT * level / LEVELS)


def _sample(label: int, missed: bool, under: tuple[str, str], look: Look) -> tuple[str, str]:
    if look.plain:
        signs = PLAIN_MISSED if missed else PLAIN_SIGNS
        return signs[label % len(signs)], "hot" if missed else "plain"
    colours = THEMES[look.theme].colours
    own = colours["hot" if missed else SERIES[label % len(SERIES)]]
    return SIGNS[label % len(SIGNS)], f"points {own} {under[1].split(' ')[1]}"


def _key(seen: Seen, width: int, look: Look) -> Line:
    """What the signs of the classes mean."""
    line: Line = []
    missed = False
    for label, name in enumerate(seen.names):
        sign = (PLAIN_SIGNS if look.plain else SIGNS)[label % 4]
        role = "plain"
        if not look.plain:
            colours = THEMES[look.theme].colours
            role = f"points {colours[SERIES[label % len(SERIES)]]} {colours['ground']}"
        line += [(f"{sign} ", role), (f"{cut(name, 10)} ", "plain")]
        missed |= any(not dot.right for dot in seen.dots)
    if missed:
        line.append(("OX missed" if look.plain else "missed", HOT))
    room, made = width, []
    for text, role in line:
        if cells(text) > room:
            break
        made.append((text, role))
        room -= cells(text)
    return made


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
    known = [v for v in seen.losses if math.isfinite(v)]
    if len(known) < 2:
        return [[("loss: nothing yet", MUTED)], *([[]] * (rows - 1))]
    scaled = math.log10 if min(known) > 0 else float
    high, low = max(known), min(known)
    left = 7
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


def means(losses: Sequence[float], columns: int) -> list[tuple[float, float]]:
    """The losses by pass, neighbours averaged where there are more than two a column."""
    size = max(1, len(losses) // (2 * columns))
    found = []
    for i in range(0, len(losses), size):
        group = losses[i : i + size]
        found.append((i + 1 + (len(group) - 1) / 2, sum(group) / len(group)))
    return found


# --- the words


def words(seen: Seen, width: int) -> list[Line]:
    """What this is, and what Enter does."""
    if seen.stopped and seen.k == seen.done:
        said = f"Training stopped: {seen.stopped}. e changes a setting."
    elif not seen.k:
        said = "No pass is done: the weights are as they were drawn. → does a pass, Space plays."
    else:
        loss = number(seen.losses[seen.k - 1], 4)
        said = (
            f"After pass {seen.k:,}: it began with the loss {loss} of its samples, and moved every"
            " weight against its gradient."
        )
        said += f" Enter walks through pass {seen.k:,}: forward, backward, update."
    return [[(line, "plain")] for line in wrap(said, width)]


def header(seen: Seen, title: str, width: int, playing: str) -> Line:
    """What is trained on what, and how far it is."""
    epoch = (max(seen.k, 1) - 1) // seen.epoch + 1
    right = f"pass {seen.k:,}"
    right += f" of {seen.done:,}" if seen.k != seen.done else ""
    right += f"  epoch {epoch:,}" if seen.k else ""
    right = f"{playing}  {right}" if playing else right
    room = max(0, width - cells(right) - 3)
    return [(fit(title, room), HEADING), ("   ", ""), (right, HOT)]
