"""The sentences of W · x + b = s: what a row adds up, and what the backward pass brings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gradviz.arrays.digits import typeset
from gradviz.story.matrix.formulas import MatrixFormulas
from gradviz.story.neurons.sentences import counted
from gradviz.trace.matrix import MatrixStep, MatrixTrace, Slot

NAMED: Final = {"W": "matrix", "x": "column", "b": "offset"}


class MatrixWords:
    """Says the steps of one walk."""

    def __init__(self, walk: MatrixTrace, formulas: MatrixFormulas) -> None:
        self.walk, self.formulas = walk, formulas

    def start(self) -> str:
        """The sentence before the first step."""
        f = self.formulas
        rows = counted(self.walk.shape[0], "row")
        bias = "" if self.walk.equation.bias is None else f", and {f.plain(f.offset)} will be added"
        met = f.column_text
        if self.walk.batch > 1:
            met = f"the {counted(self.walk.batch, 'column')} of {met}"
        return f"The {rows} of {f.matrix_text} will meet {met} one by one{bias}."

    def at_rest(self, backward: bool) -> str:
        """The sentence when a pass is complete."""
        f = self.formulas
        if backward:
            made = f"{f.upstream} = ∂{f.rules.loss}/∂{f.plain(f.sums)}"
            return f"All gradients have arrived, each computed from {made}."
        met = "every column of " * (self.walk.batch > 1) + f.column_text
        return f"Every row has met {met}: {f.sums_text} is complete."

    def say(self, step: MatrixStep) -> str:
        """The sentence of a step."""
        told: dict[str, Callable[[MatrixStep], str]] = {
            "row": self._row,
            "weights": self._weights,
            "bias": self._bias,
            "inputs": self._inputs,
        }
        return typeset(told[step.place.kind](step))

    def note(self, step: MatrixStep) -> str:
        """What happens to rows and columns that are not drawn, and what arrives besides."""
        return " ".join(
            filter(None, (self._others(step), self._samples(step), self._besides(step)))
        )

    def _others(self, step: MatrixStep) -> str:
        if step.place.kind == "bias":
            return ""
        is_column = step.place.kind == "inputs"
        slots = self.walk.columns if is_column else self.walk.rows
        if step.place.sample != _last(self.walk.samples):
            return ""
        hidden = sum(len(slot) for slot in slots if isinstance(slot, range))
        if not hidden or step.place.at != _last(slots):
            return ""
        what = "other column" if is_column else "other row"
        does = "does" if hidden == 1 else "do"
        are = "is" if hidden == 1 else "are"
        return f"The {counted(hidden, what)} that {are} not drawn {does} the same."

    def _samples(self, step: MatrixStep) -> str:
        """What happens to the samples that are not drawn."""
        slots, kind = self.walk.samples, step.place.kind
        hidden = sum(len(slot) for slot in slots if isinstance(slot, range))
        ends = {"row": self.walk.rows, "inputs": self.walk.columns}
        if not hidden or kind not in ends or step.place.sample != _last(slots):
            return ""
        if step.place.at != _last(ends[kind]):
            return ""
        many = hidden > 1
        are, do = ("are", "do") if many else ("is", "does")
        return f"The {counted(hidden, 'sample')} that {are} not drawn {do} the same."

    def _besides(self, step: MatrixStep) -> str:
        key = {"weights": "W", "bias": "b", "inputs": "x"}.get(step.place.kind, "")
        if key not in self.walk.equation.elsewhere:
            return ""
        name = self.formulas.plain(getattr(self.formulas, NAMED[key]))
        return f"{name} is used elsewhere too; this is what it receives from this product."

    def _row(self, step: MatrixStep) -> str:
        f, i = self.formulas, step.place.at or 0
        assert step.total is not None and step.result is not None
        total = f.said(f.settled(step.total, [t.product for t in step.terms]))
        bias = [] if step.bias is None else [step.bias]
        result = f.said(f.settled(step.result, [*(t.product for t in step.terms), *bias]))
        name = f.text("s", i, step.place.sample) + self._class(i)
        lead = f"{self._row_named(i)} meets {self._met(step.place.sample)}"
        count = len(step.terms)
        if count == 1:
            made = f"the product is {total}"
        else:
            made = f"{counted(count, 'product')} add up to {total}"
        if step.bias is None:
            return f"{lead}: {made}, which is {name}."
        return f"{lead}: {made}; with the bias {f.said(step.bias)}, {name} is {result}."

    def _met(self, sample: int) -> str:
        """x, or the column of X that is a sample."""
        name = self.formulas.column_text
        return name if self.walk.batch == 1 else f"column {sample + 1} of {name}"

    def _class(self, i: int) -> str:
        """The class that a row is about, after its name."""
        return f" ({self.walk.classes[i]})" if self.walk.classes else ""

    def _row_named(self, i: int) -> str:
        if self.walk.shape[0] == 1:
            return f"The row of {self.formulas.matrix_text}"
        return f"Row {i + 1} of {self.formulas.matrix_text}"

    def _weights(self, step: MatrixStep) -> str:
        f, i = self.formulas, step.place.at or 0
        if step.element is not None:
            return self._summed(i)
        u = self.walk.equation.upstream
        assert u is not None
        name, x = f.text("u", i), f.plain(f.column)
        return (
            f"{self._row_named(i)} met {x}, so its gradient is {x} times"
            f" {name}{self._class(i)} = {f.said(u[i])}: a row of {f.upstream} {x}ᵀ."
        )

    def _summed(self, i: int) -> str:
        f = self.formulas
        u, x = f.upstream_text, f.column_text
        return (
            f"{self._row_named(i)} met every column of {x}, so its gradient is a sum over the batch"
            f" of {self.walk.batch:,}: row {i + 1} of {u} times the columns of {x}."
        )

    def _bias(self, step: MatrixStep) -> str:
        f, eq = self.formulas, self.walk.equation
        done, sign = ("subtracted", "−") if eq.sign < 0 else ("added", "")
        if self.walk.batch > 1:
            what, result = "the columns of", "."
            if step.result is not None:
                what, result = "all of", f": {f.said(step.result)}."
            return (
                f"{f.plain(f.offset)} is {done} in every column, so its gradient is a sum over the"
                f" batch of {self.walk.batch:,}, {what} {sign}{f.upstream_text} added up{result}"
            )
        if step.result is None:
            own = "with its sign turned" if sign else "as it is"
            return f"{f.plain(f.offset)} is {done}, so it receives {f.upstream} {own}."
        each = f"{f.plain(f.offset)} is {done} in every row, so it receives the sum of"
        return f"{each} {sign}{f.upstream}: {f.said(step.result)}."

    def _inputs(self, step: MatrixStep) -> str:
        f, j = self.formulas, step.place.at or 0
        assert step.result is not None
        total = f.said(f.settled(step.result, [t.product for t in step.terms]))
        which = "the column" if self.walk.shape[1] == 1 else f"column {j + 1}"
        name, u = f.text("x", j, step.place.sample), f.upstream
        if self.walk.batch > 1:
            u = f"column {step.place.sample + 1} of {f.upstream_text}"
        return (
            f"{name} met {which} of {f.matrix_text}, so its gradient is that column times"
            f" {u}, added up: {total}."
        )


def _last(slots: Sequence[Slot]) -> int:
    """The last index that is drawn."""
    return max(slot for slot in slots if isinstance(slot, int))
