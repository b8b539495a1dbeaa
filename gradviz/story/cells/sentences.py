"""The sentences of windows: one per step, with rows and columns counted from 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from gradviz.ops.op import Shape, say_shape
from gradviz.story.cells.reasons import CellReasons
from gradviz.story.formulas import Rules
from gradviz.story.languages import listed, pattern, say
from gradviz.story.languages.counting import count
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.values import briefly
from gradviz.trace.cells import CellStep, CellTrace, Place

SUMS: Final = ("products", "mean")
"""The rules by which a window is a sum."""

PICKED: Final = (
    (
        pattern("{value} is the smallest of {count}."),
        pattern("{value} is the smallest of {count}; it occurs twice, and the first one counts."),
        pattern(
            "{value} is the smallest of {count}; it occurs {times} times, and the first one counts."
        ),
    ),
    (
        pattern("{value} is the largest of {count}."),
        pattern("{value} is the largest of {count}; it occurs twice, and the first one counts."),
        pattern(
            "{value} is the largest of {count}; it occurs {times} times, and the first one counts."
        ),
    ),
)
"""Of the smallest, and of the largest: by how often the winner is there."""
NAN: Final = (
    pattern("NaN counts as the smallest in this window, so its cell takes the gradient, {g}."),
    pattern("NaN counts as the largest in this window, so its cell takes the gradient, {g}."),
)
NAN_HERE: Final = (
    pattern("NaN counts as the smallest here, so its cell takes the gradient, {g}."),
    pattern("NaN counts as the largest here, so its cell takes the gradient, {g}."),
)
AGAIN: Final = (
    pattern(
        "{value} is the smallest in this window too, so it takes this gradient as well: overlapping"
        " windows add up."
    ),
    pattern(
        "{value} is the largest in this window too, so it takes this gradient as well: overlapping"
        " windows add up."
    ),
)
AGAIN_HERE: Final = (
    pattern(
        "{value} is the smallest here too, so it takes this gradient as well: overlapping windows"
        " add up."
    ),
    pattern(
        "{value} is the largest here too, so it takes this gradient as well: overlapping windows"
        " add up."
    ),
)
"""Of the smallest, and of the largest."""
ONLY: Final = (
    pattern("{value} is the only number in this window, so it takes the gradient, {g}."),
    pattern(
        "{value} is the only number in this window, so it takes the gradient as well: overlapping"
        " windows add up."
    ),
)
ONLY_HERE: Final = (
    pattern("{value} is the only number here, so it takes the gradient, {g}."),
    pattern(
        "{value} is the only number here, so it takes the gradient as well: overlapping windows add"
        " up."
    ),
)
"""Of a first window, and where windows overlap."""
TO_KERNEL: Final = (
    (
        pattern("Each weight receives the gradient {g} times the cell that it met here{more}."),
        pattern(
            "Each weight receives the gradient {g} times the cell that it met in this window{more}."
        ),
    ),
    (
        pattern("The weight receives the gradient {g} times the cell that it met here{more}."),
        pattern(
            "The weight receives the gradient {g} times the cell that it met in this window{more}."
        ),
    ),
)
"""Of several weights and of one: where nothing slides, and where a window does."""


class CellWords:
    """Says the steps of one walk."""

    def __init__(self, trace: CellTrace, rules: Rules) -> None:
        self.trace, self.rules, self.xp = trace, rules, trace.trace.xp
        self.op, self.options = trace.op, trace.row.options
        self.many = len(trace.row.inputs) > 1
        self.reasons = CellReasons(trace, rules)

    @cached_property
    def title(self) -> str:
        """`max pooling 3×3, stride 2`."""
        name = say(self.op.called)
        if self.op.window is None:
            is_product = self.trace.rule == "products" and self.op.channel_axis is None
            return say("{op} of {names}", op=name, names=self._list()) if is_product else name
        shapes = [self.trace.shape(slot) for slot in range(len(self.trace.row.inputs))]
        window = self.op.window(*shapes, **self.options)
        said = [f"{name} {say_shape(window.size)}"]
        if set(window.stride) != {1}:
            said.append(say("stride {steps}", steps=_by(window.stride)))
        if set(window.dilation) != {1}:
            said.append(say("dilation {steps}", steps=_by(window.dilation)))
        if any(map(any, window.padding)):
            said.append(say("padding {sides}", sides=_padding(window.padding)))
        if self.options.get("groups", 1) != 1:
            said.append(say("{count} groups", count=self.options["groups"]))
        return ", ".join(said)

    def _list(self) -> str:
        return listed(self.trace.name(slot) for slot in range(len(self.trace.row.inputs)))

    def heading(self, phase: str, slot: int | None) -> str:
        """`Backward through max pooling 3×3, stride 2`."""
        if phase == "forward":
            return say("Forward through {op}", op=self.title)
        if phase != "backward":
            return self.title
        if self.many and slot is not None:
            return say(
                "Backward through {op}, to {name}", op=self.title, name=self.trace.name(slot)
            )
        return say("Backward through {op}", op=self.title)

    def start(self) -> str:
        """The sentence before the first step."""
        cells = len(self.trace.places)
        made = say(
            "one cell of the output" if cells == 1 else "{cells} cells of the output, one by one",
            cells=cells,
        )
        if self.op.window is None:
            return say("The operands have their values; they will make {made}.", made=made)
        return say("The window has not begun to move: it will make {made}.", made=made)

    def progress(self, number: int) -> str:
        """`window 3 of 4`, or before the first `4 windows`; where none slides, of output cells."""
        slides, total = self.op.window is not None, len(self.trace.places)
        if not number:
            return say("{total:window}" if slides else "{total:cell}", total=count(total))
        return say(
            "window {number} of {total}" if slides else "cell {number} of {total}",
            number=number,
            total=total,
        )

    def say(self, step: CellStep) -> str:
        """The sentence of a step."""
        if reason := self.reasons.of(step):
            return reason.because
        return self._forward(step) if step.slot is None else self._backward(step, step.slot)

    def remedy(self, step: CellStep) -> str:
        """What people do about a step that brings NaN or an infinity; empty for others."""
        reason = self.reasons.of(step)
        return reason.remedy if reason else ""

    def note(self, step: CellStep, shown: int | None) -> str:
        """The cell that the formula is written out for, where a window reaches several."""
        if step.slot is None or shown is None or len(step.targets) < 2 or step.winner is not None:
            return ""
        cell = self.cell(step.slot, step.targets[shown])
        others = len(step.targets) - 1
        return written_out(cell, others)

    def shown(self, value: Any) -> str:
        """A number as it stands in a sentence."""
        return briefly(self.xp, value, "sentence", self.rules.digits)

    def cell(self, slot: int | None, place: Place) -> str:
        """A cell by its name: x₃₂."""
        return unicode.text(cell_name(self.trace, slot, place))

    def _total(self, step: CellStep) -> str:
        """The result; 0 where nothing but rounding is left of terms that cancel."""
        if self.trace.rule not in SUMS:
            return self.shown(step.result)
        terms = [self.xp.asarray(p) for p in (*step.parts, step.bias) if p is not None]
        total = self.rules.settled_sum(terms, self.xp.asarray(step.result))
        if total == step.result:
            return self.shown(total)
        return say("{value} but for rounding", value=self.shown(total))

    def _forward(self, step: CellStep) -> str:
        rule, result = self.trace.rule, self._total(step)
        there = [n for n in step.numbers[0] or () if n is not None]
        if rule == "products":
            return self._products(step, result)
        if rule in ("max", "min"):
            return self._picked(there, step.parts[step.winner or 0], result)
        if rule == "mean":
            if self._divisor(step) == 1:
                return say("A single number is its own mean: {value}.", value=result)
            return say(
                "{numbers} have the mean {value}.", numbers=self._numbers(step), value=result
            )
        if len(step.parts) == 1:
            return say(
                "The length of a single number is its absolute value: {value}.", value=result
            )
        return say(
            "The squares of the window's {count} numbers add up; their root, {value}, is the"
            " length.",
            count=len(step.parts),
            value=result,
        )

    def _picked(self, there: Sequence[Any], winner: Any, result: str) -> str:
        if len(there) == 1:
            return say("{value} is the only number here.", value=result)
        times = there.count(winner)
        return say(
            PICKED[self.trace.rule == "max"][min(times, 3) - 1],
            value=result,
            count=len(there),
            times=times,
        )

    def _divisor(self, step: CellStep) -> int:
        """What the sum of a window is divided by for its mean: padding counts unless the options
        say otherwise.
        """
        whole = self.options.get("count_include_pad", True)
        return len(step.parts) if whole else len(step.parts) - _padded(step)

    def _numbers(self, step: CellStep) -> str:
        """The numbers that a mean is taken of."""
        numbers, padded = len(step.parts), _padded(step)
        if padded and self._divisor(step) < numbers:
            return say("Without the padding, the window's {count} numbers", count=numbers - padded)
        return say(
            "The window's {count} numbers, {padded} of them padding,"
            if padded
            else "The window's {count} numbers",
            count=numbers,
            padded=padded,
        )

    def _products(self, step: CellStep, result: str) -> str:
        products = len(step.parts)
        told = {"cell": self.cell(None, step.place), "made": self._made(step, result)}
        if self.op.window is None and self._has_kernel:
            return say(
                "No input cell reaches {cell}: it is {made}."
                if not products
                else "One product of an input cell and a weight lands on {cell}{made}."
                if products == 1
                else "{products} products of an input cell and a weight land on {cell}, summed"
                "{made}.",
                products=products,
                **told,
            )
        if not products:
            return say("There is nothing to multiply: {cell} is {made}.", **told)
        if self.op.window is None:
            return say(
                "{meeting}: one product{made}."
                if products == 1
                else "{meeting}: {products} products, summed{made}.",
                meeting=self._meeting(step),
                products=products,
                **told,
            )
        return say(
            "The window at {where} meets {kernel}: one product{padding}{made}."
            if products == 1
            else "The window at {where} meets {kernel}: {products} products{padding},"
            " summed{made}.",
            where=self._where(step.place),
            kernel=self._kernel(step.place),
            products=products,
            padding=self._with_padding(step),
            **told,
        )

    def _made(self, step: CellStep, result: str) -> str:
        """What products make, at the end of a sentence; of none the bias alone."""
        if not step.parts:
            if step.bias is not None:
                return say("the bias, {value}", value=result)
            return "0" if self._has_kernel and self.op.window is None else result
        if step.bias is None:
            return f": {result}"
        return say(", plus the bias {bias}: {value}", bias=self.shown(step.bias), value=result)

    def _with_padding(self, step: CellStep) -> str:
        """How many products have padding."""
        padded, products = _padded(step), len(step.parts)
        if not padded:
            return ""
        if padded == products:
            return say(", with padding" if products == 1 else ", all with padding")
        return say(", {padded} with padding", padded=padded)

    def _kernel(self, place: Place) -> str:
        channels = self.trace.shape(1)[0]
        if channels == 1 or self.op.channel_axis is None:
            return say("the kernel")
        return say("kernel {number}", number=place[self.op.channel_axis] + 1)

    @property
    def _has_kernel(self) -> bool:
        return "kernel" in self.op.roles

    def _where(self, place: Place) -> str:
        """An output place in words, its rows and columns counted from 1."""
        channel = self.op.channel_axis
        axes = place[-2:] if channel is None else place[len(place) + channel + 1 :]
        if len(axes) == 1:
            return say("place {number}", number=axes[0] + 1)
        return say("row {row}, column {column}", row=axes[0] + 1, column=axes[1] + 1)

    def _meeting(self, step: CellStep) -> str:
        """`Row 1 of W meets column 2 of X`."""
        sides = [self._line(slot, step.cells[slot] or ()) for slot in (0, 1)]
        first = sides[0]
        if len(first.split()) > 1:
            first = f"{first[0].upper()}{first[1:]}"
        return say("{one} meets {other}", one=first, other=sides[1])

    def _line(self, slot: int, cells: tuple[Place | None, ...]) -> str:
        """`row 1 of W`, `column 2 of X`, the name of a vector, or that of a single cell."""
        name, shape = self.trace.name(slot), self.trace.shape(slot)
        first = next((c for c in cells if c is not None), None)
        if len(shape) < 2 or first is None:
            return name
        lengths = [len({c[axis] for c in cells if c is not None}) for axis in (-2, -1)]
        row = say("row {number} of {matrix}", number=first[-2] + 1, matrix=name)
        column = say("column {number} of {matrix}", number=first[-1] + 1, matrix=name)
        fits = {row: lengths == [1, shape[-1]], column: lengths == [shape[-2], 1]}
        lines = [row, column] if slot == 0 else [column, row]
        return next((line for line in lines if fits[line]), self.cell(slot, first))

    def _backward(self, step: CellStep, slot: int) -> str:
        rule, g = self.trace.rule, self.shown(step.upstream)
        if step.upstream == 0:
            return say(
                "The gradient that arrives at {cell} is 0, so this cell passes nothing on."
                if self.op.window is None
                else "The gradient that arrives at {cell} is 0, so this window passes nothing on.",
                cell=self.cell(None, step.place),
            )
        if not step.targets:
            return say("No cell of the input was met here, so none receives anything.")
        if rule == "products":
            return self._back_through_products(step, slot, g)
        if step.winner is not None:
            return self._back_to_winner(step, step.parts[step.winner], g)
        if rule == "mean":
            said = f"{self._shared(step, g)}."
        elif step.result == 0:
            return say(
                "The length is 0, where it has no slope: that is taken as 0, so nothing passes."
            )
        else:
            said = say(
                "The cell receives its share of the length, x / {length}, of the gradient {g}."
                if len(step.targets) == 1
                else "Each cell receives its share of the length, x / {length}, of the gradient"
                " {g}.",
                length=self.shown(step.result),
                g=g,
            )
        return f"{said} {say('Overlapping windows add up.')}" if _overlaps(step) else said

    def _shared(self, step: CellStep, g: str) -> str:
        """How a mean shares its gradient."""
        padded, divisor = _padded(step), self._divisor(step)
        if divisor == 1:
            return say("The only cell takes the whole gradient, {g}", g=g)
        cells = say("All {count} cells", count=len(step.parts))
        return say(
            "{cells} share the gradient equally: {g} / {divisor} each",
            cells=self._numbers(step) if padded else cells,
            g=g,
            divisor=divisor,
        )

    def _back_to_winner(self, step: CellStep, winner: Any, g: str) -> str:
        told = {"value": self.shown(winner), "g": g}
        slides, largest = self.op.window is not None, self.trace.rule == "max"
        if winner != winner:
            return say((NAN if slides else NAN_HERE)[largest], **told)
        if len(step.targets) == 1:
            return say((ONLY if slides else ONLY_HERE)[_overlaps(step)], **told)
        if any(b != 0 for b, t in zip(step.before, step.through, strict=True) if t != 0):
            return say((AGAIN if slides else AGAIN_HERE)[largest], **told)
        return say(
            "{value} won in this window, so it takes the window's gradient, {g}; the others get"
            " nothing."
            if slides
            else "{value} won here, so it takes its gradient, {g}; the others get nothing.",
            **told,
        )

    def _back_through_products(self, step: CellStep, slot: int, g: str) -> str:
        if slot > 1:
            return say(
                "The bias was added to this cell, so it takes its gradient unchanged: {g}.", g=g
            )
        if self._has_kernel:
            return self._back_to_kernel(step, g) if slot == 1 else self._back_to_input(step, g)
        more = say("; it adds to what came before") if _overlaps(step) else ""
        if len(step.targets) == 1:
            met = next(c for c in step.cells[1 - slot] or () if c is not None)
            return say(
                "{own} receives {g} times {other}, which it met{more}.",
                own=self.cell(slot, step.targets[0]),
                g=g,
                other=self.cell(1 - slot, met),
                more=more,
            )
        own, other = (self._line(s, step.cells[s] or ()) for s in (slot, 1 - slot))
        return say(
            "Each cell of {own} receives {g} times the cell of {other} that it met{more}.",
            own=own,
            g=g,
            other=other,
            more=more,
        )

    def _back_to_kernel(self, step: CellStep, g: str) -> str:
        slides = self.op.window is not None
        if _padded(step) == len(step.parts) == len(step.targets) == 1:
            return say("The weight met padding, which is 0, so it receives nothing.")
        if _padded(step) == len(step.parts):
            return say("Every weight met padding here, which is 0: none receives anything.")
        more = ""
        if slides and self._windows_of_a_kernel > 1:
            more = say(". All windows add up")
        elif not slides and _overlaps(step):
            more = say("; it adds to what came before")
        return say(TO_KERNEL[len(step.targets) == 1][slides], g=g, more=more)

    @property
    def _windows_of_a_kernel(self) -> int:
        """How many output cells one kernel makes."""
        channel = self.op.channel_axis
        return math.prod(self.trace.shape(None)[channel + 1 :]) if channel is not None else 1

    def _back_to_input(self, step: CellStep, g: str) -> str:
        overlap = _overlaps(step)
        if len(step.targets) == 1:
            return say(
                "The cell receives the gradient {g} times the weight that it met{more}.",
                g=g,
                more=say("; it adds to what came before") if overlap else "",
            )
        if not overlap:
            return say(
                "The gradient {g} goes back through the kernel: each cell receives it times the"
                " weight that it met.",
                g=g,
            )
        return say(
            "The gradient {g} goes back times the weight that each cell met; the products add up."
            if self.op.window is None
            else "The gradient {g} goes back times the weight that each cell met; where windows"
            " overlap, the products add up.",
            g=g,
        )


def written_out(cell: str, others: int) -> str:
    """What a formula is written out for, and how many others there are."""
    return say(
        "Written out for {cell}; the other cell follows in the same way."
        if others == 1
        else "Written out for {cell}; the other {others} cells follow in the same way.",
        cell=cell,
        others=others,
    )


def _padded(step: CellStep) -> int:
    """How many cells of a window are padding."""
    return sum(n is None for n in step.numbers[0] or ())


def _overlaps(step: CellStep) -> bool:
    """Whether a cell that receives had a gradient from earlier windows."""
    return any(before != 0 for before in step.before)


def cell_name(trace: CellTrace, slot: int | None, place: Place) -> Maths:
    """A cell as it is written: its array's name with the place, from 1, below it; leading axes of
    size 1 are left out.
    """
    shape = trace.shape(slot)
    array = M.name(trace.output if slot is None else trace.name(slot))
    letters = index(shape, place)
    return M.at(array, letters) if letters else array


def index(shape: Shape, place: Place) -> str:
    """The index of a place from 1: `32`, or `3,12` where an axis is longer than 9; empty for the
    only cell.
    """
    if max(shape, default=1) == 1:
        return ""
    first = 0
    while first < len(shape) - 2 and shape[first] == 1:
        first += 1
    kept = [str(i + 1) for i in place[first:]]
    return ("," if any(n > 9 for n in shape[first:]) else "").join(kept)


def _by(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else say_shape(values)


def _padding(pads: tuple[tuple[int, int], ...]) -> str:
    """`1`, `1×0` for rows and columns, or `0+1` where the sides differ."""
    each = [str(a) if a == b else f"{a}+{b}" for a, b in pads]
    return each[0] if len(set(each)) == 1 else "×".join(each)
