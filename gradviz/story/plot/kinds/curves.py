"""Curves told: the slope at a point, where it jumps, between what it lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

from gradviz.graph.expression import inputs
from gradviz.graph.graph import INPUT
from gradviz.graph.symbols import Symbols
from gradviz.story.formula import Formula
from gradviz.story.languages import pattern, say
from gradviz.story.languages.counting import count as number_of
from gradviz.story.maths import M
from gradviz.story.maths.of_graph import of_expression, of_graph
from gradviz.story.maths.tree import Maths
from gradviz.story.plot.kinds import PLURALS, listed, said
from gradviz.trace.io.plain import named
from gradviz.trace.plots.curves import Curve, Curves, Kink

MOST_KINKS: Final = 2
BOUNDED: Final = 1e6
"""A slope beyond this is not given as the largest."""

FAR: Final = {
    "0": pattern("hardly at all"),
    "1": pattern("just as far"),
    "−1": pattern("just as far the other way"),
}
"""How far the value moves, by the slope."""
COUNTED: Final = {
    "minimum": pattern("{count:minimum|minima}"),
    "maximum": pattern("{count:maximum|maxima}"),
    "saddle": pattern("{count:saddle|saddles}"),
}
EXTREMES: Final = {
    "minimum": pattern("a minimum of {value} at {variable} = {x}"),
    "maximum": pattern("a maximum of {value} at {variable} = {x}"),
    "saddle": pattern("a saddle of {value} at {variable} = {x}"),
}
"""Several of a kind, and one."""


class CurvesTeller:
    """The words of a plot of curves."""

    def __init__(self, content: Curves, digits: int) -> None:
        self.content, self.digits = content, digits

    def said(self, value: float) -> str:
        """A number in a sentence."""
        return said(value, self.digits)

    @property
    def variable(self) -> str:
        """The name of the variable."""
        return self.content.curves[0].variable

    @property
    def alone(self) -> Curve | None:
        """The curve, if there is only one."""
        curves = self.content.curves
        return curves[0] if len(curves) == 1 else None

    def name(self, curve: Curve) -> str:
        """What a curve is called: as its formula does where its source is long."""
        short = curve is not self.alone or len(curve.name) <= LONGEST
        return curve.name if short or self.formula is None else "f"

    @property
    def at(self) -> float | None:
        """The point that is told."""
        point = self.content.curves[0].at
        return None if point is None else point.x

    @property
    def heading(self) -> str:
        """The family, the function, or how many functions."""
        if self.content.title:
            return self.content.title
        if self.alone is not None:
            return self.alone.name if len(self.alone.name) <= LONGEST else say("Curve")
        return say("{count} functions", count=len(self.content.curves))

    @property
    def subtitle(self) -> str:
        """What the curves show."""
        if self.content.subtitle:
            return self.content.subtitle
        if self.alone is None:
            return say("of {variable}, each with its slope", variable=self.variable)
        return say("as a function of {variable}, with its slope", variable=self.variable)

    @cached_property
    def sentence(self) -> str:
        """The slopes at the point, or where they jump, or between what they lie."""
        if self.alone is None:
            return self._several()
        return self._at(self.alone) if self.alone.at is not None else self._whole(self.alone)

    def kink_at(self, curve: Curve) -> Kink | None:
        """The kink at the point that is told."""
        return next((k for k in curve.kinks if curve.at and k.x == curve.at.x), None)

    def _at(self, curve: Curve) -> str:
        point, kink = curve.at, self.kink_at(curve)
        assert point is not None
        where = f"{self.variable} = {self.said(point.x)}"
        if kink is not None and kink.jumps:
            left, right = (self.said(side.value) for side in (kink.left, kink.right))
            return say(
                "At {where} the value jumps from {left} to {right}: there is no slope.",
                where=where,
                left=left,
                right=right,
            )
        if kink is not None:
            left, right = (self.said(side.slope) for side in (kink.left, kink.right))
            return say(
                "At {where} the slope is {left} on the left and {right} on the right: there is no"
                " derivative, and {slope} is taken.",
                where=where,
                left=left,
                right=right,
                slope=self.said(point.slope),
            )
        told = {"where": where, "value": self.said(point.value), "slope": self.said(point.slope)}
        if not math.isfinite(point.slope):
            return say("At {where} the value is {value}, and there is no slope.", **told)
        return say(
            "At {where} the value is {value} and the slope {slope}: a small step of {variable}"
            " moves the value {far}.",
            variable=self.variable,
            far=self._far(told["slope"]),
            **told,
        )

    @staticmethod
    def _far(slope: str) -> str:
        """How far the value moves, compared with the step."""
        return say(FAR.get(slope, "{slope} times as far"), slope=slope)

    def _whole(self, curve: Curve) -> str:
        if curve.kinks:
            told = [self._kink(k) for k in curve.kinks[:MOST_KINKS]]
            more = len(curve.kinks) - len(told)
            rest = say(", and at {count} more places", count=more) if more else ""
            words = f"{'; '.join(told)}{rest}."
            return words[0].upper() + words[1:]
        if curve.extremes:
            return self._extremes(curve)
        slopes = [s.slope for piece in curve.pieces for s in piece if not math.isnan(s.slope)]
        low, high = min(slopes, default=math.nan), max(slopes, default=math.nan)
        first, last = (self._end(p.x) for p in (curve.pieces[0][0], curve.pieces[-1][-1]))
        known = {
            "variable": self.variable,
            "first": first,
            "last": last,
            "low": self.said(low),
            "high": self.said(high),
        }
        if slopes and self.said(low) == self.said(high):
            return say(
                "From {variable} = {first} to {last} the slope is {low} everywhere.", **known
            )
        if not slopes or (low < -BOUNDED and high > BOUNDED):
            return say(
                "From {variable} = {first} to {last} the slope takes every size and either sign.",
                **known,
            )
        if high > BOUNDED:
            return say(
                "From {variable} = {first} to {last} the slope is never below {low} and grows"
                " without bound.",
                **known,
            )
        if low < -BOUNDED:
            return say(
                "From {variable} = {first} to {last} the slope is never above {high} and falls"
                " without bound.",
                **known,
            )
        return say(
            "From {variable} = {first} to {last} the slope lies between {low} and {high}.", **known
        )

    def _extremes(self, curve: Curve) -> str:
        """The minima and maxima, or how many there are."""
        found = curve.extremes
        if len(found) > MOST_TOLD:
            counts = [(k, sum(e.kind == k for e in found)) for k in PLURALS]
            told = listed([say(COUNTED[k], count=number_of(n)) for k, n in counts if n])
            return say("In this range the slope changes its sign at {extremes}.", extremes=told)
        told = listed(
            [
                say(
                    EXTREMES[e.kind],
                    value=self.said(e.value),
                    variable=self.variable,
                    x=self.said(e.x),
                )
                for e in found
            ]
        )
        told = f"{told[0].upper()}{told[1:]}"
        return say("{extremes}: there the slope changes its sign.", extremes=told)

    def _end(self, x: float) -> str:
        """An end of the curve, right beside which it may begin to be defined."""
        return self.said(0.0 if abs(x) < 1e-9 * self.content.span.length else x)

    def _kink(self, kink: Kink) -> str:
        if not kink.jumps and min(abs(kink.left.slope), abs(kink.right.slope)) > BOUNDED:
            return say(
                "at {variable} = {x} the slope is beyond all bounds",
                variable=self.variable,
                x=self.said(kink.x),
            )
        sides = (kink.left.value, kink.right.value), (kink.left.slope, kink.right.slope)
        left, right = sides[0] if kink.jumps else sides[1]
        return say(
            "at {variable} = {x} the value jumps from {left} to {right}"
            if kink.jumps
            else "at {variable} = {x} the slope jumps from {left} to {right}",
            variable=self.variable,
            x=self.said(kink.x),
            left=self.said(left),
            right=self.said(right),
        )

    def _several(self) -> str:
        if self.at is None:
            return self._steepest()
        slopes = {c.name: c.at.slope for c in self.content.curves if c.at is not None}
        finite = {name: s for name, s in slopes.items() if math.isfinite(s)}
        where = f"{self.variable} = {self.said(self.at)}"
        if not finite:
            return say("At {where} none of them has a slope.", where=where)
        low, high = min(finite.values()), max(finite.values())
        if self.said(low) == self.said(high):
            return say(
                "At {where} the slope of each is {slope}.", where=where, slope=self.said(low)
            )
        return say(
            "At {where} the slope is lowest for {flat}, {low}, and highest for {steep}, {high}.",
            where=where,
            flat=self._with(finite, low),
            low=self.said(low),
            steep=self._with(finite, high),
            high=self.said(high),
        )

    def _with(self, slopes: dict[str, float], value: float) -> str:
        """The names of the functions whose slope is written like this one."""
        return listed([n for n, s in slopes.items() if self.said(s) == self.said(value)])

    def _steepest(self) -> str:
        names: list[str] = []
        for curve in self.content.curves:
            slopes = [s.slope for piece in curve.pieces for s in piece if math.isfinite(s.slope)]
            if slopes and max(map(abs, slopes)) < BOUNDED:
                low, high = (self.said(v) for v in (min(slopes), max(slopes)))
                span = low if low == high else say("{low} to {high}", low=low, high=high)
                names.append(f"{curve.name} {span}")
        first, last = (self.said(v) for v in self.content.span)
        told = {"variable": self.variable, "first": first, "last": last}
        if not names or len(names) > MOST_TOLD:
            return say("From {variable} = {first} to {last}: each function, and its slope.", **told)
        return say(
            "Slopes from {variable} = {first} to {last}: {slopes}.", slopes="; ".join(names), **told
        )

    @property
    def note(self) -> str:
        """Nothing further."""
        return ""

    @cached_property
    def formula(self) -> Formula | None:
        """The function, if there is only one and it is short enough to be read."""
        if self.alone is None:
            return None
        rule = self.written(self.alone)
        if rule is None:
            return None
        spelt = self.spelt(self.alone)
        return Formula(M.name("f"), "=", rule, None, None if spelt == rule else spelt)

    def written(self, curve: Curve) -> Maths | None:
        """A function as mathematics; None for one that is too long."""
        if len(curve.trace.graph.nodes) > LARGEST:
            return None
        return of_graph(curve.trace.graph)

    def spelt(self, curve: Curve) -> Maths | None:
        """The same, a function that is a single op in the simpler ops it stands for."""
        graph = curve.trace.graph
        node = graph.nodes[graph.output]
        if node.is_leaf or len(graph.nodes) > len(node.inputs) + 1:
            return self.written(curve)
        op = graph.op(node)
        if op.expand is None or any(graph.nodes[i].op != INPUT for i in node.inputs):
            return self.written(curve)
        leaves = inputs([graph.nodes[i].name for i in node.inputs])
        made = op.expanded(Symbols(), *leaves, **node.options)
        return of_expression(made, {id(leaf): M.name(leaf.name) for leaf in leaves})

    @property
    def alt(self) -> str:
        """Each curve: its ends, its kinks, and its slope at the point."""
        return " ".join(self._described(curve) for curve in self.content.curves)

    def _described(self, curve: Curve) -> str:
        first, last = curve.pieces[0][0], curve.pieces[-1][-1]
        told = [
            say(
                "{name}: from {first} at {begin} to {last} at {end}",
                name=curve.name,
                first=self.said(first.value),
                begin=self.said(first.x),
                last=self.said(last.value),
                end=self.said(last.x),
            )
        ]
        told += [self._kink(k) for k in curve.kinks[: MOST_KINKS + 2]]
        told += [
            say(
                "{kind} {value} at {x}",
                kind=say(e.kind),
                value=self.said(e.value),
                x=self.said(e.x),
            )
            for e in curve.extremes[:MOST_TOLD]
        ]
        if curve.at is not None:
            point = curve.at
            told.append(
                say(
                    "at {x} value {value}, slope {slope}",
                    x=self.said(point.x),
                    value=self.said(point.value),
                    slope=self.said(point.slope),
                )
            )
        return "; ".join(told) + "."

    def data(self) -> dict[str, Any]:
        """Every sample of each curve: [x, value, slope]."""
        span, heights = self.content.span, self.content.heights
        return {
            "variable": self.variable,
            "range": list(span),
            "heights": None if heights is None else list(heights),
            "curves": [_curve(curve) for curve in self.content.curves],
        }


LONGEST: Final = 40
"""A longer source is no heading."""
LARGEST: Final = 24
"""A function of more nodes is not written out."""
MOST_TOLD: Final = 4


def _curve(curve: Curve) -> dict[str, Any]:
    def side(numbers: Sequence[float]) -> Any:
        return named(list(numbers))

    return {
        "name": curve.name,
        "source": curve.source,
        "at": None if curve.at is None else side(curve.at),
        "extremes": [{"kind": e.kind, "x": e.x, "value": e.value} for e in curve.extremes],
        "kinks": [
            {
                "x": k.x,
                "left": side(k.left[1:]),
                "right": side(k.right[1:]),
                "here": side((k.value, k.slope)),
            }
            for k in curve.kinks
        ],
        "pieces": [[side(s) for s in piece] for piece in curve.pieces],
    }


TELLER: Final = CurvesTeller
