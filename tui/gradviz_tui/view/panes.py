"""The panes' contents as lines of (text, role): pure functions of a frame and a size."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import accumulate, takewhile
from typing import NamedTuple

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number, plain_minus
from gradviz.export.reports.code import line as line_of_code
from gradviz.export.reports.text import Line
from gradviz.export.reports.walks.graph import accumulation
from gradviz.layout import grid
from gradviz.layout.grid import cut, fit, ljust, rjust, widest, wrap
from gradviz.story.code import is_listed, lit
from gradviz.story.frame import PHASES, Frame, Story
from gradviz.story.keys import EVERY, Hint
from gradviz.story.maths import unicode
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.values import briefly
from gradviz.story.walks import WalkFrame
from gradviz.trace import Step, Trace
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
PENDING = "?"
"""A number that is still to come."""
PLAIN = str.maketrans({"…": ">", "›": ">", "↑": "up", "↓": "down", "▒": "#", "∗": "*"})
"""ASCII replacements for the program's own symbols."""
ARROWS = {"→": "right", "←": "left", "↓": "down"}
"""Keys in ASCII."""
PASSES: Hint = ("{ }", "pass")
"""The keys of passes, shown where there are any."""
WIDE = 60
"""The columns from which a header has room for the loss before and after a step of descent."""
MOST_ROWS = 40
"""The most paths of a branch that are shown; for others only their number is given."""


def header(
    frame: WalkFrame,
    title: str,
    width: int,
    trail: Sequence[str] = (),
    playing: str = "",
    at_pass: str = "",
) -> Line:
    """What is open, the nodes stepped into, and the position in the walk, after that in the run."""
    where = f"{at_pass}step {frame.number} of {frame.total}"
    right = f"{PHASES[frame.phase].short}  {where}"
    if playing:
        right = f"{playing}  {right}"
    left = " › ".join([title, *trail])
    room = width - len(right) - 3
    if room < 8:
        return [(where[:width].ljust(width), HEADING)]
    return [(fit(left, room), HEADING), ("   ", ""), (right, HOT if frame.strange else MUTED)]


def title_of(walk: Walk, number: int, title: str, width: int) -> str:
    """The line of code that a step works on, where the code has lines; else the title."""
    found = lit(walk, number) if is_listed(walk.trace.graph) else None
    if found is None or found.place is None:
        return title
    return "".join(text for text, _ in line_of_code(found, width))


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


def was_lines(old: Story, node: int, width: int) -> list[Line]:
    """The value of a node before the last change."""
    text = old.rules.alone(node, "panel", old.trace.values[node])
    return [[("was   ", MUTED), (cut(text, width - 6), MUTED)]]


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


def step_lines(frame: Frame, width: int, height: int) -> list[Line]:
    """The sentence, the formula (in three lines if they fit, else one), and the accumulation."""
    role = WARNING if frame.strange else "plain"
    lines: list[Line] = [[(line, role)] for line in wrap(frame.sentence, width) or [""]]
    formula = frame.formula
    if formula is None:
        return _cut(lines, height)
    adds = [list(line) for line in accumulation(frame, width)]
    adds += [[(line, MUTED)] for line in wrap(frame.remark, width)]
    room = height - len(lines) - len(adds)
    three = [line for part in formula.unicode for line in part.split("\n")]
    block = [line.rstrip() for line in formula.block.lines]
    fits_one = widest(block) <= width and len(block) <= room
    fits_three = len(three) <= room and widest(three) <= width
    shown = three if fits_three or not fits_one else block
    body = [[(cut(line.rstrip(), width), HOT)] for line in shown[: max(1, room)]]
    notes = ",  ".join(formula.notes if shown is block else formula.notes[:1])
    if notes and body and len(body[0][0][0]) + len(notes) + 4 <= width:
        body[0].append((f"    {notes}", MUTED))
    return _cut([*lines, *body, *adds], height)


def view_lines(frame: WalkFrame, width: int, height: int) -> list[Line]:
    """The sentence, the formula and the note of a step of another view."""
    role, formula = WARNING if frame.strange else "plain", frame.formula
    lines: list[Line] = [[(line, role)] for line in wrap(frame.sentence, width) or [""]]
    if formula is not None:
        block = [line.rstrip() for line in formula.block.lines]
        if widest(block) > width:
            block = [line for part in formula.unicode for line in part.split("\n")]
        lines += [[(fit(line.rstrip(), width), HOT)] for line in block]
    lines += [[(line, MUTED)] for line in wrap(frame.note, width)]
    return _cut(lines, height)


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


def _cut(lines: list[Line], height: int) -> list[Line]:
    return [[(plain_minus(text), role) for text, role in line] for line in lines[: max(0, height)]]


def node_lines(
    frame: Frame, node: int, width: int, height: int, also: Sequence[Line] = ()
) -> list[Line]:
    """A node: what it is, its value, then `also`, then the table of its gradient's paths."""
    story, trace = frame.story, frame.trace
    row, state = trace.graph.nodes[node], frame.node(node)
    name = story.labels.get(node, "a number")
    what = (
        "input" if row.op == "input" else "constant" if row.is_leaf else trace.graph.op(node).symbol
    )
    shape = " " + "×".join(map(str, row.shape)) if row.shape else ""
    head: Line = [(name, HEADING), (f"  {what}{shape}", MUTED)]
    known = state.value is not None
    value = story.rules.alone(node, "panel", state.value) if known else "not known yet"
    lines: list[Line] = [
        head,
        [("value ", MUTED), (cut(value, width - 6), VALUE if state.value is not None else MUTED)],
        *also,
    ]
    if not trace.has_backward:
        return _cut(lines, height)
    writes = trace.contributions(node)
    if not writes:
        return _cut([*lines, _no_writes(frame, node)], height)
    return _cut([*lines, *branch_rows(frame, node, width, height - len(lines))], height)


def _no_writes(frame: Frame, node: int) -> Line:
    trace = frame.trace
    if node == trace.graph.output:
        arrived = frame.number >= trace.seed_step
        return [
            ("gradient ", MUTED),
            (
                _short(frame.story, trace.seed) if arrived else f"{PENDING}  the pass starts here",
                GRADIENT if arrived else MUTED,
            ),
        ]
    return [("no gradient requested here", MUTED)]


def branch_rows(frame: Frame, node: int, width: int, height: int) -> list[Line]:
    """The branch sum: one row per path, upstream × local = contribution, and then the sum."""
    story, trace = frame.story, frame.trace
    writes = trace.contributions(node)
    table = [("via", "upstream", "local", "brings")]
    roles, times, equals = [MUTED], ["   "], [" = "]
    room = max(1, min(height - 2, MOST_ROWS))
    first = _window([s.number for s in writes], frame.number, room)
    for step in writes[first : first + room]:
        assert step.edge is not None
        done = step.number <= frame.number
        via = story.labels.get(step.edge.target, "") or trace.graph.op(step.edge.target).symbol
        product = _product(story, step)
        times.append(" in " if step.local is None and done else " × ")
        table.append((via, *(product[:3] if done else (PENDING,) * 3)))
        equals.append(f" {product.equals} " if done else " = ")
        roles.append(HOT if step.number == frame.number else GRADIENT if done else MUTED)
    sizes = [
        min(widest(column), max(5, (width - 6) // 4 + 3)) for column in zip(*table, strict=True)
    ]
    wide = max(map(len, times))
    lines: list[Line] = []
    for index, (cells, role) in enumerate(zip(table, roles, strict=True)):
        fitted = [
            rjust(cut(c, w), w) if i else ljust(cut(c, w), w)
            for i, (c, w) in enumerate(zip(cells, sizes, strict=True))
        ]
        gaps = ("   ",) * 3 if index == 0 else ("   ", times[index].center(wide), equals[index])
        text = fitted[0] + "".join(g + c for g, c in zip(gaps, fitted[1:], strict=True))
        lines.append([(cut(text, width), role)])
    lines.append(_sum_row(frame, node, width, hidden=len(writes) - len(table) + 1))
    return lines


class _Product(NamedTuple):
    """upstream × local = contribution, as a row of the table shows it."""

    upstream: str
    local: str
    contribution: str
    equals: str


def _product(story: Story, step: Step) -> _Product:
    """The product of a step, in enough digits to follow it by hand; or the rule that it obeys."""
    contribution = _short(story, step.contribution)
    if step.local is None:
        return _Product(_short(story, step.upstream), _rule(story, step), contribution, "=")
    found = story.rules.hand.elements(step)
    return _Product(
        _short(story, step.upstream, found.digits),
        _short(story, step.local, found.digits),
        contribution,
        "=" if found.holds else "≈",
    )


def _window(numbers: list[int], k: int, room: int) -> int:
    """The first row shown, so that the row of this step is visible."""
    here = next((i for i, n in enumerate(numbers) if n >= k), len(numbers) - 1)
    return max(0, min(here - room // 2, len(numbers) - room))


def _sum_row(frame: Frame, node: int, width: int, hidden: int) -> Line:
    state, name = frame.node(node), frame.story.labels.get(node, "")
    more = f"  ({hidden} more)" if hidden > 0 else ""
    if state.gradient is None:
        return [
            (f"d{name} = {PENDING}", MUTED),
            (f"  0 of {state.of or frame.trace.uses(node)}{more}", MUTED),
        ]
    done = state.arrived == state.of
    sign = "=" if done else "so far"
    text = cut(f"d{name} {sign} {_short(frame.story, state.gradient)}", width - 12)
    counted = "" if state.of < 2 else ("  Σ complete" if done else f"  {state.progress}")
    return [(text, GRADIENT if done else "plain"), (counted + more, MUTED)]


def _rule(story: Story, step: Step) -> str:
    """The rule of a contribution that is no product with a local gradient: `u xᵀ`."""
    formula = story.frame(step.number).formula
    return unicode.text(formula.rule) if formula is not None else ""


def _short(story: Story, value: object, digits: int | None = None) -> str:
    """A value in a cell of a table."""
    return briefly(story.trace.xp, value, "panel", digits or story.rules.digits)


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
        hints = [(ARROWS.get(key, key), words) for key, words in hints]
    last, rest = list(hints[-2:]), list(hints[:-2])
    room = width - sum(map(_room, last))
    fitting = takewhile(lambda taken: taken <= room, accumulate(map(_room, rest)))
    return hint_line([*rest[: len(list(fitting))], *last])


def _room(hint: Hint) -> int:
    return sum(map(len, hint)) + 3


def hint_line(hints: Iterable[Hint]) -> Line:
    """Keys and words of a footer as a line."""
    return [
        part
        for key, words in filter(None, hints)
        for part in ((f" {key} ", "key"), (f"{words} ", MUTED))
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
    return [
        [(cut(text, width - 9), "plain"), (f" {found.verdict}", marks.get(found.verdict, WARNING))]
    ]
