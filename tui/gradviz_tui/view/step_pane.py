"""The step in words and numbers: its sentence, its equation, and how a gradient adds up.

Where there is little room the numbers put in give way first, then what the rest repeats; the rule
and the result stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
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


class StepText:
    """What is said of a step in so many columns: worked out once, for any number of rows.

    remark  why the result does not follow exactly.
    adds    how a contribution adds up.
    """

    def __init__(
        self, frame: WalkFrame, remark: str, adds: Adds, width: int, *, ascii: bool = False
    ) -> None:
        self.frame, self.adds = frame, adds
        self.room = Room(max(1, width), ascii)
        role = WARNING if frame.strange else "plain"
        self.said = self._wrapped(frame.sentence, role)
        self.noted = self._wrapped(remark, MUTED)
        self._bodies_of = cache(self._bodies)

    @classmethod
    def of_graph(cls, frame: Frame, width: int, *, ascii: bool = False) -> StepText:
        """Of a step of a walk over a graph."""
        adds = _adds(frame, Room(max(1, width), ascii))
        return cls(frame, frame.remark, adds, width, ascii=ascii)

    @classmethod
    def of_view(cls, frame: WalkFrame, width: int, *, ascii: bool = False) -> StepText:
        """Of a step of another view: the sentence, the formula and the note."""
        return cls(frame, frame.note, NO_ADDS, width, ascii=ascii)

    def _bodies(self, filled: bool, told: bool, notes: bool) -> tuple[list[Line], ...]:
        """The equations, one part below the other; and beside each other."""
        formula, room = self.frame.formula, self.room
        if formula is None:
            return ()
        stacked = _stacked(formula, room, filled, told, notes)
        found = () if stacked is None else (stacked,)
        if told:
            return found
        shown = [f if filled else replace(f, filled=None) for f in chain(formula)]
        beside = [room.beside(f) for f in shown]
        if not all(beside):
            return found
        pairs = zip(beside, shown, strict=True)
        return (*found, [line for lines, f in pairs for line in _noted(lines, f, room, notes)])

    def _wrapped(self, text: str, role: str) -> list[Line]:
        return [[(line, role)] for line in wrap(self.room.said(text), self.room.width)]

    def lines(self, height: int, most: int | None = None) -> list[Line]:
        """The step in so many rows, or in `most` where it does not fit those whole."""
        most = max(height, most or height, 0)
        if self.frame.formula is None:
            return _finished([*(self.said or [[("", "plain")]]), *self.noted], most)
        brief = [WHOLE._replace(adds="brief")] if self.adds.repeats else []
        tries = [(level, height) for level in (WHOLE, *brief)]
        tries += [(level, most) for level in (*brief, WHOLE, *LESS)]
        for level, limit in tries:
            added = {"full": self.adds.full, "brief": self.adds.brief, "": []}[level.adds]
            for body in self._bodies_of(level.filled, level.told, level.notes):
                lines = [*self.said, *body, *added, *(self.noted if level.remark else [])]
                if len(lines) <= limit:
                    return _finished(lines, limit)
        return _finished(_least(self.said, self.frame.formula, self.room, most), most)


def _stacked(
    formula: Formula, room: Room, filled: bool, told: bool, notes: bool
) -> list[Line] | None:
    """The rule, the numbers put in and the result; None where the numbers are too wide."""
    lines: list[Line] = []
    for one in chain(formula):
        rule = room.written(one.rule, f"{unicode.text(one.left)} {one.sign} ")
        lines += _noted(rule, one, room, notes)
        if one.filled is not None and filled:
            numbers = room.whole(one.filled, "= ")
            if numbers is None:
                return None
            lines += [[(line, HOT)] for line in numbers]
        elif one.filled is not None and told:
            gap = room.said("= …")
            lines.append([(gap, HOT), (cut(f"   {ELSEWHERE}", room.width - cells(gap)), MUTED)])
        if one.result is not None:
            lines += [[(line, HOT)] for line in room.written(one.result, f"{one.equals} ")]
    return lines


def _noted(lines: Sequence[str], formula: Formula, room: Room, below: bool) -> list[Line]:
    """Lines of an equation, and behind the first, or else below, what is said of it."""
    found: list[Line] = [[(line, HOT)] for line in lines]
    notes = room.said(",  ".join(formula.notes))
    if not notes or not found:
        return found
    if cells(lines[0]) + cells(notes) + 4 <= room.width:
        found[0].append((f"    {notes}", MUTED))
    elif below:
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
