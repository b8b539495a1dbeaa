"""The sentences of W · x + b = s: what a row adds up, and what the backward pass brings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gradviz.arrays.digits import typeset
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count, spelt
from gradviz.story.matrix.formulas import MatrixFormulas
from gradviz.trace.matrix import MatrixStep, MatrixTrace, Slot

NAMED: Final = {"W": "matrix", "x": "column", "b": "offset"}

STARTS: Final = {
    (False, False): pattern("The {rows:row} of {matrix} will meet {column} one by one."),
    (False, True): pattern(
        "The {rows:row} of {matrix} will meet {column} one by one, and {bias} will be added."
    ),
    (True, False): pattern(
        "The {rows:row} of {matrix} will meet the {columns:column} of {column} one by one."
    ),
    (True, True): pattern(
        "The {rows:row} of {matrix} will meet the {columns:column} of {column} one by one, and"
        " {bias} will be added."
    ),
}
"""By whether there is a batch, and a bias."""
MET_ONE: Final = (
    pattern("{row} meets {column}: the product is {total}, which is {name}."),
    pattern(
        "{row} meets {column}: the product is {total}; with the bias {bias}, {name} is {result}."
    ),
)
MET_SEVERAL: Final = (
    pattern("{row} meets {column}: {products:product} add up to {total}, which is {name}."),
    pattern(
        "{row} meets {column}: {products:product} add up to {total}; with the bias {bias}, {name}"
        " is {result}."
    ),
)
"""Of one product, and of several: without a bias, and with one."""
BIAS: Final = (
    pattern("{bias} is added, so it receives {upstream} as it is."),
    pattern("{bias} is subtracted, so it receives {upstream} with its sign turned."),
)
BIAS_ONE: Final = (
    pattern("{bias} is added in every row, so it receives the sum of {upstream}: {value}."),
    pattern("{bias} is subtracted in every row, so it receives the sum of {upstream}: {value}."),
)
BIAS_BATCH: Final = (
    pattern(
        "{bias} is added in every column, so its gradient is a sum over the batch of {batch}, the"
        " columns of {upstream} added up."
    ),
    pattern(
        "{bias} is subtracted in every column, so its gradient is a sum over the batch of {batch},"
        " the columns of {upstream} added up."
    ),
)
BIAS_ONE_BATCH: Final = (
    pattern(
        "{bias} is added in every column, so its gradient is a sum over the batch of {batch}, all"
        " of {upstream} added up: {value}."
    ),
    pattern(
        "{bias} is subtracted in every column, so its gradient is a sum over the batch of {batch},"
        " all of {upstream} added up: {value}."
    ),
)
"""A bias that is added, and one that is subtracted; `ONE`: of a single number for all rows."""


class MatrixWords:
    """Says the steps of one walk."""

    def __init__(self, walk: MatrixTrace, formulas: MatrixFormulas) -> None:
        self.walk, self.formulas = walk, formulas

    def start(self) -> str:
        """The sentence before the first step."""
        f = self.formulas
        return say(
            STARTS[self.walk.batch > 1, self.walk.equation.bias is not None],
            rows=spelt(self.walk.shape[0]),
            matrix=f.matrix_text,
            columns=spelt(self.walk.batch),
            column=f.column_text,
            bias=f.plain(f.offset),
        )

    def at_rest(self, backward: bool) -> str:
        """The sentence when a pass is complete."""
        f = self.formulas
        if backward:
            made = f"{f.upstream} = ∂{f.rules.loss}/∂{f.plain(f.sums)}"
            return say("All gradients have arrived, each computed from {made}.", made=made)
        return say(
            "Every row has met every column of {column}: {sums} is complete."
            if self.walk.batch > 1
            else "Every row has met {column}: {sums} is complete.",
            column=f.column_text,
            sums=f.sums_text,
        )

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
        return say(
            "The {others:other column} that {others.word:is|are} not drawn {others.word:does|do}"
            " the same."
            if is_column
            else "The {others:other row} that {others.word:is|are} not drawn {others.word:does|do}"
            " the same.",
            others=spelt(hidden),
        )

    def _samples(self, step: MatrixStep) -> str:
        """What happens to the samples that are not drawn."""
        slots, kind = self.walk.samples, step.place.kind
        hidden = sum(len(slot) for slot in slots if isinstance(slot, range))
        ends = {"row": self.walk.rows, "inputs": self.walk.columns}
        if not hidden or kind not in ends or step.place.sample != _last(slots):
            return ""
        if step.place.at != _last(ends[kind]):
            return ""
        return say(
            "The {samples:sample} that {samples.word:is|are} not drawn {samples.word:does|do} the"
            " same.",
            samples=spelt(hidden),
        )

    def _besides(self, step: MatrixStep) -> str:
        key = {"weights": "W", "bias": "b", "inputs": "x"}.get(step.place.kind, "")
        if key not in self.walk.equation.elsewhere:
            return ""
        name = self.formulas.plain(getattr(self.formulas, NAMED[key]))
        return say(
            "{name} is used elsewhere too; this is what it receives from this product.", name=name
        )

    def _row(self, step: MatrixStep) -> str:
        f, i = self.formulas, step.place.at or 0
        assert step.total is not None and step.result is not None
        total = f.said(f.settled(step.total, [t.product for t in step.terms]))
        bias = [] if step.bias is None else [step.bias]
        result = f.said(f.settled(step.result, [*(t.product for t in step.terms), *bias]))
        name = f.text("s", i, step.place.sample) + self._class(i)
        products, known = len(step.terms), step.bias is not None
        return say(
            (MET_ONE if products == 1 else MET_SEVERAL)[known],
            row=self._row_named(i),
            column=self._met(step.place.sample),
            products=spelt(products),
            total=total,
            bias="" if step.bias is None else f.said(step.bias),
            name=name,
            result=result,
        )

    def _met(self, sample: int) -> str:
        """x, or the column of X that is a sample."""
        name = self.formulas.column_text
        if self.walk.batch == 1:
            return name
        return say("column {number} of {matrix}", number=sample + 1, matrix=name)

    def _class(self, i: int) -> str:
        """The class that a row is about, after its name."""
        return f" ({self.walk.classes[i]})" if self.walk.classes else ""

    def _row_named(self, i: int) -> str:
        if self.walk.shape[0] == 1:
            return say("The row of {matrix}", matrix=self.formulas.matrix_text)
        return say("Row {number} of {matrix}", number=i + 1, matrix=self.formulas.matrix_text)

    def _weights(self, step: MatrixStep) -> str:
        f, i = self.formulas, step.place.at or 0
        if step.element is not None:
            return self._summed(i)
        u = self.walk.equation.upstream
        assert u is not None
        name, x = f.text("u", i), f.plain(f.column)
        return say(
            "{row} met {x}, so its gradient is {x} times {name} = {value}: a row of {upstream}"
            " {x}ᵀ.",
            row=self._row_named(i),
            x=x,
            name=f"{name}{self._class(i)}",
            value=f.said(u[i]),
            upstream=f.upstream,
        )

    def _summed(self, i: int) -> str:
        f = self.formulas
        return say(
            "{row} met every column of {x}, so its gradient is a sum over the batch of {batch}: row"
            " {number} of {u} times the columns of {x}.",
            row=self._row_named(i),
            x=f.column_text,
            batch=count(self.walk.batch),
            number=i + 1,
            u=f.upstream_text,
        )

    def _bias(self, step: MatrixStep) -> str:
        f, eq = self.formulas, self.walk.equation
        minus = eq.sign < 0
        told = {
            "bias": f.plain(f.offset),
            "batch": count(self.walk.batch),
            "upstream": f"{'−' * minus}{f.upstream_text if self.walk.batch > 1 else f.upstream}",
            "value": "" if step.result is None else f.said(step.result),
        }
        if self.walk.batch > 1:
            return say((BIAS_BATCH if step.result is None else BIAS_ONE_BATCH)[minus], **told)
        if step.result is not None:
            return say(BIAS_ONE[minus], **told)
        return say(BIAS[minus], **told | {"upstream": f.upstream})

    def _inputs(self, step: MatrixStep) -> str:
        f, j = self.formulas, step.place.at or 0
        assert step.result is not None
        total = f.said(f.settled(step.result, [t.product for t in step.terms]))
        u = f.upstream
        if self.walk.batch > 1:
            column = step.place.sample + 1
            u = say("column {number} of {matrix}", number=column, matrix=f.upstream_text)
        return say(
            "{name} met the column of {matrix}, so its gradient is that column times {u}, added up:"
            " {total}."
            if self.walk.shape[1] == 1
            else "{name} met column {number} of {matrix}, so its gradient is that column times {u},"
            " added up: {total}.",
            name=f.text("x", j, step.place.sample),
            number=j + 1,
            matrix=f.matrix_text,
            u=u,
            total=total,
        )


def _last(slots: Sequence[Slot]) -> int:
    """The last index that is drawn."""
    return max(slot for slot in slots if isinstance(slot, int))
