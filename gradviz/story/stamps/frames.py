"""The story of a transposed convolution stamp by stamp: the sentence and the formula of each."""

from __future__ import annotations

import math

from gradviz.arrays import for_backend
from gradviz.arrays.digits import DIGITS, is_rounding, number, typeset
from gradviz.ops.op import say_shape
from gradviz.story.cells.sentences import index
from gradviz.story.derived import DerivedFrame, DerivedStory
from gradviz.story.digits import enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.maths import M, unicode
from gradviz.story.maths.tree import Maths
from gradviz.story.sums import apart, ended, equals
from gradviz.trace.cells import Place
from gradviz.trace.stamps import Imprint, Stamp, StampStep, StampTrace


class StampFrame(DerivedFrame[StampStep]):
    """The walk after `number` steps."""

    story: StampStory
    walk: StampTrace

    @property
    def place(self) -> Stamp | None:
        """What the step is about."""
        return self.walk.places[self.number - 1] if self.is_at_work else None

    @property
    def heading(self) -> str:
        """`Forward through transposed convolution 3×3, stamp by stamp`."""
        return self.story.heading

    @property
    def progress(self) -> str:
        """`stamp 3 of 12`."""
        if self.moment:
            return ""
        return f"stamp {self.number} of {self.total}" if self.number else f"{self.total} stamps"

    @property
    def focus(self) -> int | None:
        """The node at work."""
        return self.walk.node if self.number else None

    @property
    def strange(self) -> bool:
        """Whether this step brought a NaN or an infinity."""
        step = self.step
        return step is not None and not all(math.isfinite(i.after or 0) for i in step.imprints)


class StampStory(DerivedStory[StampFrame]):
    """Tells one walk over stamps; the counterpart of `gradviz.story.frame.Story`."""

    FRAME = StampFrame
    walk: StampTrace

    def __init__(self, walk: StampTrace, digits: int = DIGITS) -> None:
        super().__init__(walk, digits)
        self.rules = Rules(walk.trace, digits)
        self.digits, self.xp = digits, for_backend()
        self.words = self.formulas = self

    @property
    def title(self) -> str:
        """`transposed convolution 3×3, stride 2, stamp by stamp`."""
        row = self.walk.trace.graph.nodes[self.walk.node]
        op = self.walk.trace.graph.op(self.walk.node)
        said = [f"{op.called} {say_shape(self.walk.shape(1)[-2:])}"]
        for word, usual in (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1)):
            given = row.options.get(word, usual)
            if given not in (usual, (usual, usual), [usual, usual]):
                pair = given if isinstance(given, int) else "×".join(map(str, given))
                said.append(f"{word} {pair}")
        return ", ".join([*said, "stamp by stamp"])

    @property
    def heading(self) -> str:
        """The heading of every frame."""
        return f"{self.title[0].upper()}{self.title[1:]}"

    @property
    def headings(self) -> list[str]:
        """The same."""
        return [self.heading]

    @property
    def longest_progress(self) -> str:
        """The longest `progress` of a frame."""
        return f"stamp {self.total} of {self.total}"

    def said(self, value: float) -> str:
        """A number in a sentence."""
        return typeset(number(value, self.digits))

    def cell(self, slot: int, place: Place) -> str:
        """A cell in a sentence: x₁₂; of the output for −1."""
        return unicode.text(self.maths(slot, place))

    def maths(self, slot: int, place: Place) -> Maths:
        """The same in a formula."""
        array, letters = M.name(self.walk.names[slot]), index(self.walk.shape(slot), place)
        return M.at(array, letters) if letters else array

    # Words.

    def start(self) -> str:
        """Before the first stamp."""
        x, w, *_, y = self.walk.names
        begins = ""
        if len(self.walk.operands) > 2:
            begins = f"; every cell of {y} begins with the bias {self.walk.names[2]}"
        return f"Each cell of {x} will stamp {w}, times itself, onto {y}{begins}."

    def at_rest(self, final: bool) -> str:
        """With all stamps on the output."""
        return (
            f"All {self.total} stamps are on {self.walk.names[-1]}; where they overlap they add up."
        )

    def say(self, step: StampStep) -> str:
        """What a stamp does."""
        w, y = self.walk.names[1], self.walk.names[-1]
        who = f"{self.cell(0, step.place.cell)} = {self.said(step.value)}"
        if not step.imprints:
            return f"{who} stamps {w}, but all of it is beyond the edge of {y}."
        over = sum(one.before is not None for one in step.imprints)
        onto = f"{who} stamps {w} times {self.said(step.value)} onto {self._where(step)}"
        if not over:
            return f"{onto}."
        if len(self.walk.operands) > 2:
            return f"{onto} and adds it to what stands there."
        if over == len(step.imprints):
            return f"{onto}, where every cell was stamped before: the stamps add up."
        cells = "one cell" if over == 1 else f"{over} cells"
        was = "was" if over == 1 else "were"
        return f"{onto}; {cells} there {was} stamped before, and the stamps add up."

    def _where(self, step: StampStep) -> str:
        """`rows 1 to 3, columns 3 to 5 of y`."""
        places = [one.target for one in step.imprints if one.target is not None]
        said = []
        for axis, word in ((-2, "row"), (-1, "column")):
            found = sorted({place[axis] + 1 for place in places})
            first, last = found[0], found[-1]
            gap = found[1] - found[0] if len(found) > 1 else 1
            if first == last:
                said.append(f"{word} {first}")
            elif gap > 1:
                said.append(f"{word}s {', '.join(map(str, found[:-1]))} and {last}")
            else:
                said.append(f"{word}s {first} to {last}")
        return f"{', '.join(said)} of {self.walk.names[-1]}"

    def note(self, step: StampStep) -> str:
        """What is cut off, and what the formula is written out for."""
        told = []
        if step.dropped:
            one = step.dropped == 1
            told.append(
                f"{'One cell' if one else f'{step.dropped} cells'} of the stamp"
                f" {'is' if one else 'are'} beyond the edge and dropped."
            )
        others = len(step.imprints) - 1
        if others > 0:
            shown = self.shown(step)
            assert shown is not None and shown.target is not None
            told.append(
                f"Written out for {self.cell(-1, shown.target)}; the other"
                f" {'cell' if others == 1 else f'{others} cells'} follow in the same way."
            )
        return " ".join(told)

    def shown(self, step: StampStep) -> Imprint | None:
        """The cell that a formula is written out for: one where stamps overlap, or the first that
        is not 0.
        """
        found = step.imprints
        over = [one for one in found if one.before is not None and one.product != 0]
        some = [one for one in found if one.product != 0]
        return next(iter([*over, *some, *found]), None)

    def of(self, step: StampStep) -> Formula:
        """The sum at one cell of the output."""
        one = self.shown(step)
        if one is None or one.target is None or one.after is None:
            zero = M.number("0")
            return Formula(self.maths(0, step.place.cell), "→", zero, None, None)
        parts = [step.value, one.weight]
        parts += [] if one.before is None else [one.before]
        after = one.after
        dtype = self.walk.trace.dtype
        if is_rounding(after, [one.product, one.before or 0.0], dtype):
            after = 0.0
        given = [self.xp.asarray(v) for v in parts]
        found = enough(
            given, self.xp.asarray(after), lambda a, b, c=0: a * b + c, self.xp, self.digits
        )
        first, second = (M.number(number(v, found.digits), "value") for v in parts[:2])
        made = M.mul(first, apart(second))
        if one.before is not None:
            before = M.number(number(one.before, found.digits), "value")
            made = M.add(before, apart(made))
        result = M.number(number(after, self.digits), "hot")
        told = Formula(
            self.maths(-1, one.target), "←", made, None, result, digits=found.digits,
            equals=equals(found),
        )  # fmt: skip
        terms = [(step.value, one.weight), *([] if one.before is None else [(one.before,)])]
        return ended(told, terms, one.after, dtype)
