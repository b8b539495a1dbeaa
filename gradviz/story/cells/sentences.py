"""The sentences of windows: one per step, with rows and columns counted from 1."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from gradviz.ops.op import Shape, say_shape
from gradviz.story.formulas import Rules
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.values import briefly
from gradviz.trace.cells import CellStep, CellTrace, Place


class CellWords:
    """Says the steps of one walk."""

    def __init__(self, trace: CellTrace, rules: Rules) -> None:
        self.trace, self.rules, self.xp = trace, rules, trace.trace.xp
        self.op, self.options = trace.op, trace.row.options
        self.many = len(trace.row.inputs) > 1

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
        if step.slot is None:
            if not self.xp.finite(step.result):
                return (
                    f"{self._where(step.place)} comes out as {self.shown(step.result)}: NaN or"
                    " infinity is in it."
                )
            return self._forward(step)
        if not all(self.xp.finite(v) for v in step.contributions):
            return (
                f"{self.trace.name(step.slot)} receives NaN or infinity here: its gradient means"
                " nothing from now on."
            )
        return self._backward(step)

    def note(self, step: CellStep, shown: int | None) -> str:
        """The cell that the formula is written out for, where a window reaches several."""
        if step.slot is None or shown is None or len(step.targets) < 2 or step.winner is not None:
            return ""
        cell = self.cell(step.slot, step.targets[shown])
        others = len(step.targets) - 1
        return (
            f"Written out for {cell}; the other {'cell' if others == 1 else f'{others} cells'}"
            " likewise."
        )

    def shown(self, value: Any) -> str:
        """A number as it stands in a sentence."""
        return briefly(self.xp, value, "sentence", self.rules.digits)

    def cell(self, slot: int | None, place: Place) -> str:
        """A cell by its name: x₃₂."""
        return unicode.text(cell_name(self.trace, slot, place))

    def _forward(self, step: CellStep) -> str:
        result, count = self.shown(step.result), len(step.parts)
        rule = self.trace.rule
        if rule == "products":
            return self._products(step)
        if rule in ("max", "min"):
            word = "largest" if rule == "max" else "smallest"
            there = [p for p in step.parts if p is not None]
            twice = there.count(step.parts[step.winner or 0]) if step.winner is not None else 1
            tie = (
                "" if twice < 2 else f"; it is there {_times(twice)}, and the first of them counts"
            )
            return f"{result} is the {word} of {len(there)}{tie}."
        if rule == "mean":
            padded = sum(n is None for n in step.numbers[0] or ())
            among = f", {padded} of them padding," if padded else ""
            return f"The window's {count} numbers{among} have the mean {result}."
        if rule == "norm":
            return (
                f"The squares of the window's {count} numbers add up; their root, {result}, is the"
                " length."
            )
        return f"The window's {count} numbers add up to {result}."

    def _products(self, step: CellStep) -> str:
        count, result = len(step.parts), self.shown(step.result)
        bias = f", plus the bias {self.shown(step.bias)}" if step.bias is not None else ""
        products = f"{count} product{'s' * (count != 1)}"
        summed = ", summed" if count > 1 else ""
        if self.op.window is None and self._has_kernel:
            return (
                f"{products} of an input cell and a weight land on"
                f" {self.cell(None, step.place)}{summed}{bias}: {result}."
            )
        if self.op.window is None:
            return f"{self._meeting(step)}: {products}{summed}{bias}: {result}."
        padded = sum(n is None for n in step.numbers[0] or ())
        among = f", {padded} with padding" if padded else ""
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
        if not axes:
            return "the one output cell"
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
        """`row 1 of W`, `column 2 of X`, or the name of a vector."""
        name, shape = self.trace.name(slot), self.trace.shape(slot)
        first = next((c for c in cells if c is not None), None)
        if len(shape) < 2 or first is None:
            return name
        is_row = len({c[-2] for c in cells if c is not None}) == 1 and (len(cells) > 1 or slot == 0)
        return f"row {first[-2] + 1} of {name}" if is_row else f"column {first[-1] + 1} of {name}"

    def _backward(self, step: CellStep) -> str:
        rule, g = self.trace.rule, self.shown(step.upstream)
        if step.upstream == 0:
            return (
                f"The gradient that arrives at {self.cell(None, step.place)} is 0, so this"
                f" {self.unit} passes nothing on."
            )
        overlap = any(v != 0 for v in step.before)
        if rule == "products":
            return self._back_through_products(step, g, overlap)
        count = len(step.parts)
        if step.winner is not None:
            kind = "largest" if rule == "max" else "smallest"
            won = self.shown(step.parts[step.winner])
            if any(b != 0 for b, t in zip(step.before, step.through, strict=True) if t != 0):
                return (
                    f"{won} is the {kind} in this window too, so it takes this gradient as well: "
                    "overlapping windows add up."
                )
            return (
                f"{won} won in this window, so it takes the window's gradient, {g}; the others get"
                " nothing."
            )
        more = " Overlapping windows add up." if overlap else ""
        if rule == "mean":
            share = "the gradient" if count == 1 else f"the gradient equally: {g} / {count} each"
            return f"All {count} cells share {share}.{more}"
        if rule == "norm":
            return (
                f"Each cell receives its share of the length, x / {self.shown(step.result)}, of the"
                f" gradient {g}.{more}"
            )
        return f"Each of the window's cells counted once, so each receives the gradient {g}.{more}"

    def _back_through_products(self, step: CellStep, g: str, overlap: bool) -> str:
        slot = step.slot or 0
        if slot > 1:
            return (
                "The bias was added to every output cell, so it takes the gradient of each"
                f" unchanged: here {g}."
            )
        if not self._has_kernel:
            own, other = (self._line(s, step.cells[s] or ()) for s in (slot, 1 - slot))
            more = "; it adds up with what came before" if overlap else ""
            return f"Each cell of {own} receives {g} times the cell of {other} that it met{more}."
        if slot == 1:
            more = ". All windows add up." if step.of > 1 else "."
            return (
                f"Each weight receives the gradient {g} times the cell that it met in this"
                f" window{more}"
            )
        if overlap:
            return (
                f"The gradient {g} goes back times the weight that each cell met; where windows"
                " overlap, parts add up."
            )
        return (
            f"The gradient {g} goes back through the kernel: each cell receives it times the weight"
            " that it met."
        )


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
