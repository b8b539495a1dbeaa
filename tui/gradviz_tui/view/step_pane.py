"""The step in words and numbers: its sentence, its equation, and how a gradient adds up.

Where there is little room the numbers put in give way first, then what the rest repeats; the rule
and the result stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import Line
from gradviz.layout.grid import cells, cut, wrap
from gradviz.story.formula import Formula
from gradviz.story.frame import Frame
from gradviz.story.maths import unicode
from gradviz.story.walks import WalkFrame
from gradviz_tui.view.equations import Room, chain, sized
from gradviz_tui.view.panes import GRADIENT, HOT, MUTED, WARNING

ELSEWHERE: Final = "numbers: in a larger window"


class Adds(NamedTuple):
    """How a contribution adds up: in full, in a few words, and whether the words are enough, since
    the equation shows the number already.
    """

    full: list[Line]
    brief: list[Line]
    repeats: bool


NO_ADDS: Final = Adds([], [], False)


class Level(NamedTuple):
    """What is shown of a step.

    filled   the numbers put in; `told` says where they are if they are not shown.
    adds     how the contribution adds up: "full", "brief" or nothing.
    notes    the shapes of a product and the definitions, also where they need a line of their own.
    remark   why the result does not follow exactly.
    """

    filled: bool = True
    told: bool = False
    adds: str = "full"
    notes: bool = True
    remark: bool = True


WHOLE: Final = Level()
LESS: Final = (
    Level(filled=False, told=True),
    Level(filled=False, told=True, adds="brief"),
    Level(filled=False, adds="brief"),
    Level(filled=False, adds="brief", notes=False),
    Level(filled=False, adds="brief", notes=False, remark=False),
    Level(filled=False, adds="", notes=False, remark=False),
)


def step_lines(
    frame: Frame, width: int, height: int, most: int | None = None, *, ascii: bool = False
) -> list[Line]:
    """The step in so many rows, or in `most` where it does not fit those whole."""
    return _lines(frame, frame.remark, _adds(frame, Room(width, ascii)), width, height, most, ascii)


def view_lines(
    frame: WalkFrame, width: int, height: int, most: int | None = None, *, ascii: bool = False
) -> list[Line]:
    """The sentence, the formula and the note of a step of another view."""
    return _lines(frame, frame.note, NO_ADDS, width, height, most, ascii)


def _lines(
    frame: WalkFrame,
    remark: str,
    adds: Adds,
    width: int,
    height: int,
    most: int | None,
    ascii: bool,
) -> list[Line]:
    room = Room(max(1, width), ascii)
    role = WARNING if frame.strange else "plain"
    said: list[Line] = [[(line, role)] for line in wrap(room.said(frame.sentence), room.width)]
    noted: list[Line] = [[(line, MUTED)] for line in wrap(room.said(remark), room.width)]
    formula, most = frame.formula, max(height, most or height, 0)
    if formula is None:
        return _finished([*(said or [[("", role)]]), *noted], most)
    brief = [WHOLE._replace(adds="brief")] if adds.repeats else []
    tries = [(level, height) for level in (WHOLE, *brief)]
    tries += [(level, most) for level in (*brief, WHOLE, *LESS)]
    for level, limit in tries:
        added = {"full": adds.full, "brief": adds.brief, "": []}[level.adds]
        for body in _bodies(formula, room, level):
            lines = [*said, *body, *added, *(noted if level.remark else [])]
            if len(lines) <= limit:
                return _finished(lines, limit)
    return _finished(_least(said, formula, room, most), most)


def _bodies(formula: Formula, room: Room, level: Level) -> Iterator[list[Line]]:
    """The equations, one part below the other, else beside each other."""
    stacked = _stacked(formula, room, level)
    if stacked is not None:
        yield stacked
    if not level.told:
        shown = [f if level.filled else replace(f, filled=None) for f in chain(formula)]
        beside = [room.beside(f) for f in shown]
        if all(beside):
            yield [
                line
                for lines, f in zip(beside, shown, strict=True)
                for line in _noted(lines, f, room, level)
            ]


def _stacked(formula: Formula, room: Room, level: Level) -> list[Line] | None:
    """The rule, the numbers put in and the result; None where the numbers are too wide."""
    lines: list[Line] = []
    for one in chain(formula):
        rule = room.written(one.rule, f"{unicode.text(one.left)} {one.sign} ")
        lines += _noted(rule, one, room, level)
        if one.filled is not None and level.filled:
            filled = room.whole(one.filled, "= ")
            if filled is None:
                return None
            lines += [[(line, HOT)] for line in filled]
        elif one.filled is not None and level.told:
            gap = room.said("= …")
            lines.append([(gap, HOT), (cut(f"   {ELSEWHERE}", room.width - cells(gap)), MUTED)])
        if one.result is not None:
            lines += [[(line, HOT)] for line in room.written(one.result, f"{one.equals} ")]
    return lines


def _noted(lines: Sequence[str], formula: Formula, room: Room, level: Level) -> list[Line]:
    """Lines of an equation, and behind or below the first what is said of it."""
    found: list[Line] = [[(line, HOT)] for line in lines]
    notes = room.said(",  ".join(formula.notes))
    if not notes or not found:
        return found
    if cells(lines[0]) + cells(notes) + 4 <= room.width:
        found[0].append((f"    {notes}", MUTED))
    elif level.notes:
        found += [[(line, MUTED)] for line in wrap(notes, room.width)]
    return found


def _adds(frame: Frame, room: Room) -> Adds:
    """`before + contribution → after`; at a branch also "1 of 3" or the sum."""
    added, branch = frame.accumulation, frame.branch
    if added is None:
        return NO_ADDS
    left = unicode.text(added.left)
    first = branch is None or branch.arrived == 1
    full: list[Line] = [[(line, GRADIENT)] for line in room.written(added.written, f"{left}: ")]
    if branch is None:
        words = "its only contribution"
    else:
        words = "the first contribution" if first else "a contribution is added"
        said = room.said(branch.said)
        if sum(cells(text) for text, _ in full[0]) + cells(said) + 4 <= room.width:
            full[0].append((f"    {said}", MUTED))
        else:
            full += [[(line, MUTED)] for line in wrap(said, room.width)]
    brief: list[Line] = [[(line, GRADIENT)] for line in wrap(f"{left}: {words}", room.width)]
    if branch is not None:
        brief[-1].append((f"  {branch.progress or 'Σ complete'}", MUTED))
    needed = len(unicode.write(added.written).lines)
    return Adds(
        brief if first and len(full) > needed + (branch is not None) else full, brief, first
    )


def _least(said: list[Line], formula: Formula, room: Room, height: int) -> list[Line]:
    """The rule and the result in the last room there is; before them what fits of the sentence."""
    last = chain(formula)[-1]
    ends = replace(last, filled=None)
    if (
        last.result is not None
        and last.filled is None
        and not room.holds(room.beside(ends), height)
    ):
        ends = replace(ends, result=sized(last.result))
    lines = room.beside(ends)
    if not lines or len(lines) > height:
        small = replace(ends, rule=sized(ends.rule), result=ends.result and sized(ends.result))
        lines = room.beside(small) or [
            *room.written(small.rule, f"{unicode.text(last.left)} {last.sign} "),
            *(room.written(small.result, f"{last.equals} ") if small.result else []),
        ]
    body: list[Line] = [[(line, HOT)] for line in lines]
    if len(body) > height:
        return said
    return [*_shortened(said, height - len(body), room), *body]


def _shortened(said: list[Line], most: int, room: Room) -> list[Line]:
    """The first lines of a sentence, with an ellipsis where others follow."""
    if len(said) <= most or not most:
        return said[:most]
    *kept, last = said[:most]
    text, role = last[0]
    gap = "..." if room.ascii else "…"
    return [*kept, [(cut(text, max(1, room.width - cells(gap) - 1)) + " " + gap, role)]]


def _finished(lines: list[Line], height: int) -> list[Line]:
    return [[(plain_minus(text), role) for text, role in line] for line in lines[: max(0, height)]]
