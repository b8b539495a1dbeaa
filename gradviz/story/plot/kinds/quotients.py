"""The error of the numerical gradient told: the best h of each way, and how good it is."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from gradviz.story.formula import Formula
from gradviz.story.maths import M, unicode
from gradviz.story.plot.kinds import SUPERSCRIPTS, said
from gradviz.trace.plots.quotients import Quotients, Series


class QuotientsTeller:
    """The words of a plot of errors against h."""

    def __init__(self, content: Quotients, digits: int) -> None:
        self.content, self.digits = content, digits

    @property
    def heading(self) -> str:
        """What is drawn."""
        return "Numerical gradient"

    @property
    def subtitle(self) -> str:
        """Of which number."""
        c = self.content
        element = unicode.name(indexed(c.variable))
        return f"how far the quotient for ∂{c.output}/∂{element} is off, against h"

    def power(self, value: float) -> str:
        """A small number in one digit and a power of ten: 7·10⁻⁹, 10⁻⁸, 0.1."""
        mantissa, _, exponent = f"{value:.0e}".partition("e")
        if int(exponent) in (0, -1):
            return f"{value:.1g}"
        times = "" if mantissa == "1" else f"{mantissa}·"
        return f"{times}10{str(int(exponent)).translate(SUPERSCRIPTS)}"

    @cached_property
    def sentence(self) -> str:
        """The best h to one side and to both."""
        first, second, *_ = self.content.series
        return (
            "Too large an h bends away from the slope, too small an h drowns in rounding: best is"
            f" {self.power(first.best.h)} to one side, {self.power(second.best.h)} to both."
        )

    @property
    def note(self) -> str:
        """How good the best is."""
        first, second, *_ = self.content.series
        exact = said(self.content.exact, self.digits)
        return (
            f"The slope by backpropagation is {exact}; relative errors at best"
            f" {self.power(first.best.error)} and {self.power(second.best.error)}."
        )

    @cached_property
    def formula(self) -> Formula:
        """The quotient to one side."""
        c = self.content
        x, h = M.name(indexed(c.variable)), M.name("h")
        over = M.sub(M.call(c.output, M.add(x, h)), M.call(c.output, x))
        return Formula(M.partial(c.output, x), "≈", M.div(over, h), None, None)

    @property
    def alt(self) -> str:
        """The best of each way."""
        told = (
            f"{s.name}: best h {self.power(s.best.h)}, error {self.power(s.best.error)}"
            for s in self.content.series
        )
        return "Relative error against h, both on logarithmic axes. " + "; ".join(told) + "."

    def data(self) -> dict[str, Any]:
        """Every measured error: [h, error]."""
        c = self.content
        return {
            "variable": c.variable,
            "output": c.output,
            "at": c.at,
            "gradient": c.exact,
            "series": [_series(s) for s in c.series],
        }


def indexed(variable: str) -> str:
    """An element of an array as mathematics writes it, counted from 1: W_12 for W[0, 1]."""
    name, _, place = variable.partition("[")
    indices = [int(k) + 1 for k in place.rstrip("]").split(",")] if place else []
    separator = "" if all(k < 10 for k in indices) else ","
    return f"{name}_{separator.join(map(str, indices))}" if indices else name


def _series(series: Series) -> dict[str, Any]:
    return {
        "name": series.name,
        "best": list(series.best),
        "measured": [list(q) for q in series.measured],
        "typical": [list(q) for q in series.typical],
    }


TELLER: Final = QuotientsTeller
