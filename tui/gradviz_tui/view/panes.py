"""The panes' contents as lines of (text, role): pure functions of a frame and a size."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import accumulate, takewhile

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number
from gradviz.export.reports.code import line as line_of_code
from gradviz.export.reports.text import Line
from gradviz.layout import grid
from gradviz.layout.grid import cut, wrap
from gradviz.story.code import is_listed, lit, source_parts
from gradviz.story.frame import PHASES, Frame, Story
from gradviz.story.keys import EVERY, Hint
from gradviz.story.languages import say
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.values import briefly
from gradviz.story.walks import WalkFrame
from gradviz.trace import Trace
from gradviz.trace.walks import Walk
from gradviz_tui.walk import moves
from gradviz_tui.walk.checking import Checked
from gradviz_tui.walk.opened import Descended, Opened
from gradviz_tui.walk.rivals import Counterpart

HOT, MUTED, VALUE, GRADIENT, HEADING, WARNING = (
    "hot",
    "muted",
    "value",
    "gradient",
    "heading",
    "warning",
)
PLAIN = str.maketrans({"…": ">", "›": ">", "↑": "up", "↓": "down", "▒": "#", "∗": "*"})
"""ASCII replacements for the program's own symbols."""
ARROWS = {"→": "right", "←": "left", "↓": "down", "↑": "up"}
"""Keys in ASCII."""
PASSES: Hint = ("{ }", "pass")
"""The keys of passes, shown where there are any."""
WIDE = 60
"""The columns from which a header has room for the loss before and after a step of descent."""


def header(
    frame: WalkFrame,
    title: Line,
    width: int,
    trail: Sequence[str] = (),
    playing: str = "",
    at_pass: str = "",
) -> Line:
    """What is open, the nodes stepped into, and the position in the walk, after that in the run."""
    where = at_pass + say("step {number} of {total}", number=frame.number, total=frame.total)
    right = f"{say(PHASES[frame.phase].short)}  {where}"
    if playing:
        right = f"{playing}  {right}"
    room = width - len(right) - 3
    if room < 8:
        return [(where[:width].ljust(width), HEADING)]
    left = clipped([*title, *((f" › {name}", HEADING) for name in trail)], room)
    return [*left, ("   ", ""), (right, HOT if frame.strange else MUTED)]


def title_of(walk: Walk, number: int, title: str, width: int) -> Line:
    """The source with what a step works on lit; of code with several lines the line of that."""
    graph = walk.trace.graph
    found = lit(walk, number) if is_listed(graph) else None
    if found is not None and found.place is not None:
        return line_of_code(found, width)
    parts = source_parts(walk, number)
    if found is not None or "".join(parts).strip() != title or not parts[1].strip():
        return [(title, HEADING)]
    return [(text, role) for text, role in zip(parts, (HEADING, HOT, HEADING), strict=True) if text]


def clipped(line: Line, width: int) -> Line:
    """A line cut or padded to so many cells; what is lit stays in view."""
    whole = [(char, role) for text, role in line for char in text]
    lit_at = [i for i, (_, role) in enumerate(whole) if role == HOT]
    if not lit_at or sum(grid.cells(char) for char, _ in whole[: lit_at[-1] + 1]) < width:
        return fitted(line, width)
    start = max(0, min(lit_at[0] - 1, lit_at[-1] + 3 - width))
    return fitted(merged([("…", MUTED), *whole[start + 1 :]]), width)


def passing(trace: Trace, ascii: bool = False) -> str:
    """`pass 237 of 800 · ` before the step of a pass of a training run; empty for what is none."""
    if trace.updates is None:
        return ""
    return f"pass {trace.updates.number:,} of {trace.updates.passes:,}{', ' if ascii else ' · '}"


def fall(descent: Descended | None, width: int, ascii: bool = False) -> str:
    """What a step of descent did to the loss, where a header has room for it."""
    if descent is None or width < WIDE:
        return ""
    return f"loss {said_fall(descent, ascii)}"


def said_fall(descent: Descended, ascii: bool = False) -> str:
    """The loss before and after, `0.2285 → 0.061`, in as many digits as tell them apart."""
    before, after = descent.before, descent.after
    digits = 4
    while digits < 9 and before != after and number(before, digits) == number(after, digits):
        digits += 1
    arrow = "->" if ascii else "→"
    return f"{number(before, digits)} {arrow} {number(after, digits)}"


def rival_hint(rival: Opened | None, width: int) -> str:
    """The key that switches to the other run, where a header has room for it."""
    return f"r {cut(rival.name, 24)}" if rival is not None and width >= WIDE else ""


def rival_lines(rival: Counterpart, width: int) -> list[Line]:
    """The value and the gradient of a node in the run that this one is compared with."""
    lines: list[Line] = [[(cut(f"in {rival.name}", width), MUTED)]]
    for what, value, role in (
        ("value", rival.value, VALUE),
        ("gradient", rival.gradient, GRADIENT),
    ):
        if value is not None:
            text = briefly(rival.trace.xp, value, "panel")
            lines.append([(f"  {what} ", MUTED), (cut(text, width - len(what) - 3), role)])
    return lines if len(lines) > 1 else [[(cut(f"in {rival.name}: not known yet", width), MUTED)]]


def middle(rows: Sequence[Line], width: int, height: int, across: int | None = None) -> list[Line]:
    """Rows of so many columns in the middle of a pane; the longest row's where it is not said."""
    across = max(map(_length, rows), default=0) if across is None else across
    left, above = max(0, (width - across) // 2), max(0, (height - len(rows)) // 2)
    return [*([[]] * above), *([(" " * left, ""), *row] for row in rows)]


def too_small(size: tuple[int, int], least: tuple[int, int], width: int) -> list[Line]:
    """What is said in a window that has no room for anything."""
    text = f"{size[0]}×{size[1]} is too small: gradviz needs {least[0]}×{least[1]}"
    step = max(1, width)
    return [[(text[i : i + step], WARNING)] for i in range(0, len(text), step)]


def _length(line: Line) -> int:
    return sum(grid.cells(text) for text, _ in line)


def footer(
    width: int, ascii: bool = False, withheld: Container[str] = (), passes: bool = False
) -> Line:
    """The footer of a walk over a graph, or over a pass of a run: as many keys as fit; help and
    quit always, at the end.
    """
    hints = [key.graph for key in EVERY if key.graph and key.action not in withheld]
    hints = [PASSES, *hints] if passes else hints
    return hints_that_fit(hints, width, ascii)


def hints_that_fit(hints: Sequence[Hint], width: int, ascii: bool = False) -> Line:
    """As many hints as fit; the last two always."""
    if ascii:
        hints = [(" ".join(ARROWS.get(k, k) for k in key.split()), words) for key, words in hints]
    last, rest = list(hints[-2:]), list(hints[:-2])
    room = width - sum(map(_room, last))
    fitting = takewhile(lambda taken: taken <= room, accumulate(map(_room, rest)))
    return hint_line([*rest[: len(list(fitting))], *last])


def _room(hint: Hint) -> int:
    return sum(len(say(text)) for text in hint) + 3


def hint_line(hints: Iterable[Hint]) -> Line:
    """Keys and words of a footer as a line."""
    return [
        part
        for key, words in filter(None, hints)
        for part in ((f" {key} ", "key"), (f"{say(words)} ", MUTED))
    ]


def scrubber(frame: Frame, width: int, stops: Sequence[int] = (), ascii: bool = False) -> Line:
    """The whole run as a line: forward, the loss, backward, breakpoints, and where we are."""
    trace = frame.trace
    turn = moves.loss(trace) if trace.has_backward else None
    return track(frame.number, len(trace), turn, width, stops, ascii)


def track(
    number: int,
    total: int,
    turn: int | None,
    width: int,
    stops: Sequence[int] = (),
    ascii: bool = False,
) -> Line:
    """So many steps as a line, with the one at which the backward pass begins, if any."""
    if width < 3 or not total:
        return [(" " * max(0, width), "")]
    done, ahead, here, mark, stop = (
        ("=", "-", "O", "^", "*") if ascii else ("━", "─", "●", "◆", "▪")
    )
    at, turned = (
        cell_of(number, total, width),
        cell_of(total if turn is None else turn, total, width),
    )
    cells = [
        (done, "fore" if x <= turned else "back") if x < at else (ahead, "ahead")
        for x in range(width)
    ]
    if turn is not None:
        cells[turned] = (mark, "back" if turned <= at else MUTED)
    for k in stops:
        cells[cell_of(k, total, width)] = (stop, WARNING)
    cells[at] = (here, HOT)
    return merged(cells)


def cell_of(k: int, total: int, width: int) -> int:
    """The column of the scrubber at which a step stands."""
    return round(k * (width - 1) / max(1, total))


def step_at(x: int, total: int, width: int) -> int:
    """The step that stands at a column of the scrubber."""
    return round(min(max(x, 0), width - 1) * total / max(1, width - 1))


def fitted(line: Line, width: int, *, ascii: bool = False) -> Line:
    """A line cut or padded to exactly this many cells."""
    made: Line = []
    for text, role in line:
        shown = to_ascii(text.translate(PLAIN)) if ascii else text
        shown = grid.fit(shown, min(width, grid.cells(shown)), cut=">" if ascii else "…")
        made += [(shown, role)] if shown else []
        width -= grid.cells(shown)
    return [*made, (" " * width, "")] if width else made


def merged(cells: Sequence[tuple[str, str]]) -> Line:
    """Cells with neighbours of the same role merged into one piece."""
    line: Line = []
    for text, role in cells:
        if line and line[-1][1] == role:
            line[-1] = (line[-1][0] + text, role)
        else:
            line.append((text, role))
    return line


def beside(left: Line, width: int, right: Line) -> Line:
    """Two lines side by side, the left one padded to a width."""
    taken = sum(grid.cells(text) for text, _ in left)
    return [*left, (" " * max(1, width + 2 - taken), ""), *right]


def check_lines(story: Story, found: Checked, width: int) -> list[Line]:
    """The measured and the exact gradient, and the verdict."""
    marks = {"agrees": "good", "no derivative here": MUTED}
    measured = briefly(for_backend(), found.measured, "panel", story.rules.digits)
    exact = "" if found.exact is None else briefly(for_backend("exact"), found.exact, "panel")
    text = f"measured {measured}" + (f", exact {exact}" if exact else "")
    lines: list[Line] = [[(line, "plain")] for line in wrap(text, width)]
    verdict = (found.verdict, marks.get(found.verdict, WARNING))
    if _length(lines[-1]) + len(found.verdict) + 1 > width:
        return [*lines, [verdict]]
    return [*lines[:-1], [*lines[-1], (" ", ""), verdict]]
