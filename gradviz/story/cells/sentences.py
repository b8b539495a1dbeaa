"""The sentences of windows: one per step, with rows and columns counted from 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from gradviz.ops.op import Shape, say_shape
from gradviz.story.cells.reasons import CellReasons
from gradviz.story.formulas import Rules
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.values import briefly
from gradviz.trace.cells import CellStep, CellTrace, Place

SUMS: Final = ("products", "mean")
"""The rules by which a window is a sum."""


class CellWords:
    """Says the steps of one walk."""

    def __init__(self, trace: CellTrace, rules: Rules) -> None:
        self.trace, self.rules, self.xp = trace, rules, trace.trace.xp
        self.op, self.options = trace.op, trace.row.options
        self.many = len(trace.row.inputs) > 1
        self.reasons = CellReasons(trace, rules)

    @cached_property
    def unit(self) -> str:
        """The unit that is counted: windows, or output cells."""
        return "window" if self.op.window is not None else "cell"

    @cached_property
    def title(self) -> str:
        """`max pooling 3×3, stride 2`."""
        name = self.op.called
        if self.op.window is None:
            is_product = self.trace.rule == "products" and self.op.channel_axis is None
            return f"{name} of {self._list()}" if is_product else name
        shapes = [self.trace.shape(slot) for slot in range(len(self.trace.row.inputs))]
        window = self.op.window(*shapes, **self.options)
        said = [f"{name} {say_shape(window.size)}"]
        for word, values, usual in (("stride", window.stride, 1), ("dilation", window.dilation, 1)):
            if set(values) != {usual}:
                said.append(f"{word} {_by(values)}")
        if any(map(any, window.padding)):
            said.append(f"padding {_padding(window.padding)}")
        if self.options.get("groups", 1) != 1:
            said.append(f"{self.options['groups']} groups")
        return ", ".join(said)

    def _list(self) -> str:
        *names, last = [self.trace.name(slot) for slot in range(len(self.trace.row.inputs))]
        return f"{', '.join(names)} and {last}"

    def heading(self, phase: str, slot: int | None) -> str:
        """`Backward through max pooling 3×3, stride 2`."""
        if phase != "backward":
            return f"{'Forward through ' if phase == 'forward' else ''}{self.title}"
        to = f", to {self.trace.name(slot)}" if self.many and slot is not None else ""
        return f"Backward through {self.title}{to}"

    def start(self) -> str:
        """The sentence before the first step."""
        count = len(self.trace.places)
        made = (
            "one cell of the output" if count == 1 else f"{count} cells of the output, one by one"
        )
        return (
            f"The {self.unit} has not begun to move: it will make {made}."
            if self.op.window is not None
            else (f"The operands have their values; they will make {made}.")
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
        return (
            f"Written out for {cell}; the other {'cell' if others == 1 else f'{others} cells'}"
            " follow in the same way."
        )

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
        return self.shown(total) + (" but for rounding" if total != step.result else "")

    def _forward(self, step: CellStep) -> str:
        rule, result, count = self.trace.rule, self._total(step), len(step.parts)
        there = [n for n in step.numbers[0] or () if n is not None]
        if rule == "products":
            return self._products(step, result)
        if rule in ("max", "min"):
            return self._picked(there, step.parts[step.winner or 0], result)
        if rule == "mean":
            if self._divisor(step) == 1:
                return f"A single number is its own mean: {result}."
            return f"{self._numbers(step)} have the mean {result}."
        if count == 1:
            return f"The length of a single number is its absolute value: {result}."
        return (
            f"The squares of the window's {count} numbers add up; their root, {result}, is the"
            " length."
        )

    def _picked(self, there: Sequence[Any], winner: Any, result: str) -> str:
        if len(there) == 1:
            return f"{result} is the only number here."
        twice = there.count(winner)
        tie = "" if twice < 2 else f"; it occurs {_times(twice)}, and the first one counts"
        return f"{result} is the {self._best} of {len(there)}{tie}."

    @property
    def _best(self) -> str:
        return "largest" if self.trace.rule == "max" else "smallest"

    def _divisor(self, step: CellStep) -> int:
        """What the sum of a window is divided by for its mean: padding counts unless the options
        say otherwise.
        """
        whole = self.options.get("count_include_pad", True)
        return len(step.parts) if whole else len(step.parts) - _padded(step)

    def _numbers(self, step: CellStep) -> str:
        """The numbers that a mean is taken of."""
        count, padded = len(step.parts), _padded(step)
        if padded and self._divisor(step) < count:
            return f"Without the padding, the window's {count - padded} numbers"
        return f"The window's {count} numbers{f', {padded} of them padding,' if padded else ''}"

    def _products(self, step: CellStep, result: str) -> str:
        count = len(step.parts)
        bias = f", plus the bias {self.shown(step.bias)}" if step.bias is not None else ""
        products = "one product" if count == 1 else f"{count} products"
        summed = ", summed" if count > 1 else ""
        if self.op.window is None and self._has_kernel:
            cell = self.cell(None, step.place)
            if not count:
                made = "0" if step.bias is None else f"the bias, {result}"
                return f"No input cell reaches {cell}: it is {made}."
            land = "lands" if count == 1 else "land"
            return (
                f"{products.capitalize()} of an input cell and a weight {land} on"
                f" {cell}{summed}{bias}: {result}."
            )
        if not count:
            made = result if step.bias is None else f"the bias, {result}"
            return f"There is nothing to multiply: {self.cell(None, step.place)} is {made}."
        if self.op.window is None:
            return f"{self._meeting(step)}: {products}{summed}{bias}: {result}."
        padded = _padded(step)
        among = f", {'all' if 1 < count == padded else padded} with padding" if padded else ""
        among = ", with padding" if padded == count == 1 else among
        return (
            f"The window at {self._where(step.place)} meets {self._kernel(step.place)}:"
            f" {products}{among}{summed}{bias}: {result}."
        )

    def _kernel(self, place: Place) -> str:
        channels = self.trace.shape(1)[0]
        if channels == 1 or self.op.channel_axis is None:
            return "the kernel"
        return f"kernel {place[self.op.channel_axis] + 1}"

    @property
    def _has_kernel(self) -> bool:
        return "kernel" in self.op.roles

    def _where(self, place: Place) -> str:
        """An output place in words, its rows and columns counted from 1."""
        channel = self.op.channel_axis
        axes = place[-2:] if channel is None else place[len(place) + channel + 1 :]
        if len(axes) == 1:
            return f"place {axes[0] + 1}"
        return f"row {axes[0] + 1}, column {axes[1] + 1}"

    def _meeting(self, step: CellStep) -> str:
        """`Row 1 of W meets column 2 of X`."""
        sides = [self._line(slot, step.cells[slot] or ()) for slot in (0, 1)]
        return (
            f"{sides[0][0].upper() if len(sides[0].split()) > 1 else sides[0][0]}{sides[0][1:]}"
            f" meets {sides[1]}"
        )

    def _line(self, slot: int, cells: tuple[Place | None, ...]) -> str:
        """`row 1 of W`, `column 2 of X`, the name of a vector, or that of a single cell."""
        name, shape = self.trace.name(slot), self.trace.shape(slot)
        first = next((c for c in cells if c is not None), None)
        if len(shape) < 2 or first is None:
            return name
        lengths = [len({c[axis] for c in cells if c is not None}) for axis in (-2, -1)]
        row, column = f"row {first[-2] + 1} of {name}", f"column {first[-1] + 1} of {name}"
        fits = {row: lengths == [1, shape[-1]], column: lengths == [shape[-2], 1]}
        lines = [row, column] if slot == 0 else [column, row]
        return next((line for line in lines if fits[line]), self.cell(slot, first))

    def _backward(self, step: CellStep, slot: int) -> str:
        rule, g = self.trace.rule, self.shown(step.upstream)
        if step.upstream == 0:
            return (
                f"The gradient that arrives at {self.cell(None, step.place)} is 0, so this"
                f" {self.unit} passes nothing on."
            )
        if not step.targets:
            return "No cell of the input was met here, so none receives anything."
        if rule == "products":
            return self._back_through_products(step, slot, g)
        if step.winner is not None:
            return self._back_to_winner(step, step.parts[step.winner], g)
        if rule == "mean":
            said = f"{self._shared(step, g)}."
        elif step.result == 0:
            return "The length is 0, where it has no slope: that is taken as 0, so nothing passes."
        else:
            who = "The cell" if len(step.targets) == 1 else "Each cell"
            said = (
                f"{who} receives its share of the length, x / {self.shown(step.result)}, of the"
                f" gradient {g}."
            )
        return f"{said} Overlapping windows add up." if _overlaps(step) else said

    def _shared(self, step: CellStep, g: str) -> str:
        """How a mean shares its gradient."""
        count, padded, divisor = len(step.parts), _padded(step), self._divisor(step)
        if divisor == 1:
            return f"The only cell takes the whole gradient, {g}"
        who = self._numbers(step) if padded else f"All {count} cells"
        return f"{who} share the gradient equally: {g} / {divisor} each"

    def _back_to_winner(self, step: CellStep, winner: Any, g: str) -> str:
        won, here = self.shown(winner), "in this window" if self.unit == "window" else "here"
        if winner != winner:
            return f"NaN counts as the {self._best} {here}, so its cell takes the gradient, {g}."
        if len(step.targets) == 1:
            again = " as well: overlapping windows add up" if _overlaps(step) else f", {g}"
            return f"{won} is the only number {here}, so it takes the gradient{again}."
        if any(b != 0 for b, t in zip(step.before, step.through, strict=True) if t != 0):
            return (
                f"{won} is the {self._best} {here} too, so it takes this gradient as well:"
                " overlapping windows add up."
            )
        whose = "the window's" if self.unit == "window" else "its"
        return f"{won} won {here}, so it takes {whose} gradient, {g}; the others get nothing."

    def _back_through_products(self, step: CellStep, slot: int, g: str) -> str:
        if slot > 1:
            return f"The bias was added to this cell, so it takes its gradient unchanged: {g}."
        if self._has_kernel:
            return self._back_to_kernel(step, g) if slot == 1 else self._back_to_input(step, g)
        more = "; it adds to what came before" if _overlaps(step) else ""
        if len(step.targets) == 1:
            met = next(c for c in step.cells[1 - slot] or () if c is not None)
            own, other = self.cell(slot, step.targets[0]), self.cell(1 - slot, met)
            return f"{own} receives {g} times {other}, which it met{more}."
        own, other = (self._line(s, step.cells[s] or ()) for s in (slot, 1 - slot))
        return f"Each cell of {own} receives {g} times the cell of {other} that it met{more}."

    def _back_to_kernel(self, step: CellStep, g: str) -> str:
        slides = self.op.window is not None
        if _padded(step) == len(step.parts) == len(step.targets) == 1:
            return "The weight met padding, which is 0, so it receives nothing."
        if _padded(step) == len(step.parts):
            return "Every weight met padding here, which is 0: none receives anything."
        who = "The weight" if len(step.targets) == 1 else "Each weight"
        said = (
            f"{who} receives the gradient {g} times the cell that it met"
            f" {'in this window' if slides else 'here'}"
        )
        if slides:
            return f"{said}. All windows add up." if self._windows_of_a_kernel > 1 else f"{said}."
        return f"{said}; it adds to what came before." if _overlaps(step) else f"{said}."

    @property
    def _windows_of_a_kernel(self) -> int:
        """How many output cells one kernel makes."""
        channel = self.op.channel_axis
        return math.prod(self.trace.shape(None)[channel + 1 :]) if channel is not None else 1

    def _back_to_input(self, step: CellStep, g: str) -> str:
        overlap = _overlaps(step)
        if len(step.targets) == 1:
            more = "; it adds to what came before" if overlap else ""
            return f"The cell receives the gradient {g} times the weight that it met{more}."
        if overlap:
            where = (
                "where windows overlap, the products" if self.unit == "window" else "the products"
            )
            return (
                f"The gradient {g} goes back times the weight that each cell met; {where} add up."
            )
        return (
            f"The gradient {g} goes back through the kernel: each cell receives it times the weight"
            " that it met."
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


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"
