"""Why a step of markers would bring NaN or an infinity, in every way in which it may."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, TypeAlias

from gradviz.arrays.digits import number
from gradviz.graph.graph import Edge
from gradviz.story.live.marked import MarkedWords
from gradviz.story.live.patterns import dressed
from gradviz.story.reasons import Met, Reason, Reasons

ORIGIN: Final = "⟬origin⟭"
"""Where the first such number came from, which only the numbers tell."""
FACTORS: Final = {"1.234e200": "⟬upstream⟭", "2.345e210": "⟬local⟭"}
"""Numbers whose product overflows, and what stands for them."""
UPSTREAM, LOCAL = map(float, FACTORS)
INFINITE: Final = (math.inf, -math.inf)
Way: TypeAlias = tuple[str, Callable[[MarkedWords], Reason | None]]


class _Reasons(Reasons):
    """Reasons over markers at one node, in which nodes are called by what they are to it: ⟬y⟭ is
    the node itself, ⟬x0⟭ its first operand. `bad` is the operand that is not finite.
    """

    def __init__(self, words: MarkedWords, node: int) -> None:
        super().__init__(words.rules)
        self.sign, self.bad, self.node = words.rules.sign, -1, node

    def _name(self, node: int) -> str:
        inputs = self.graph.nodes[self.node].inputs
        return "⟬y⟭" if node == self.node else f"⟬x{inputs.index(node)}⟭"

    origin = ORIGIN  # type: ignore[assignment]

    def _signed(self, value: float) -> str:
        return dressed(number(value, self.rules.digits), self.sign)

    def _bad_operand(self, node: int) -> int | None:
        return self.bad

    def _call(self, node: int, operands: Any) -> str:
        return super()._call(node, self.numbers(node))

    def numbers(self, node: int) -> tuple[float, ...]:
        """The operands of a node."""
        values = self.trace.values
        return tuple(self._plain(values[i])[0] for i in self.graph.nodes[node].inputs)

    def met(self, node: int, **other: Any) -> Met:
        """What meets at a node, with other numbers in places."""
        usual = {"operands": self.numbers(node), "value": 1.0}
        return Met(**{**usual, **other})


def forward(node: int, count: int) -> Iterator[Way]:
    """By kind what is said of a value that is not finite, of `count` operands."""
    for kind in ("outside", "no value"):
        yield kind, partial(_forward, node, kind, math.nan)
    for value in INFINITE:
        for kind in ("pole", "overflow"):
            yield f"{kind} {value}", partial(_forward, node, kind, value)
    yield from came_in(node, count)


def came_in(node: int, count: int) -> Iterator[Way]:
    """What is said where an operand is not finite, by whether the value is NaN, and its place."""
    for slot in range(count):
        for value in (math.nan, math.inf):
            yield f"came in {value} {slot}", partial(_came_in, node, slot, value)


def backward(edge: Edge, number: int, count: int) -> Iterator[Way]:
    """By kind what is said of a contribution that is not finite, or means nothing."""
    target = edge.target
    for value in (math.nan, math.inf):
        yield f"arrives {value}", partial(_arrives, target, value)
    for slot in range(count):
        yield f"operand {slot}", partial(_with_nan, number, target, slot)
    yield "no slope", partial(_no_slope, number, target)
    for u, local in [(0.0, x) for x in INFINITE] + [(x, 0.0) for x in INFINITE]:
        yield f"product {u} {local}", partial(_slope, number, target, "_of_product", (u, local))
    shapes: dict[str, Any] = {
        "unreal": {"local": math.nan},
        "undefined": {"local": math.nan, "operands": (0.0,) * count},
        "pole": {"local": math.inf, "value": math.nan},
        "steep": {"local": math.inf},
        "overflow": {"upstream": UPSTREAM, "local": LOCAL},
    }
    for kind, met in shapes.items():
        yield kind, partial(_met, number, target, met)
    yield from came_in(target, count)


def _forward(node: int, kind: Any, value: float, words: MarkedWords) -> Reason:
    reasons = _Reasons(words, node)
    return reasons._forward(node, [(kind, reasons.met(node, value=value))])


def _came_in(node: int, slot: int, value: float, words: MarkedWords) -> Reason:
    reasons = _Reasons(words, node)
    reasons.bad = words.graph.nodes[node].inputs[slot]
    return reasons._came_in(node, value)


def _arrives(target: int, value: float, words: MarkedWords) -> Reason:
    return _Reasons(words, target)._arrives(target, value)


def _with_nan(number: int, target: int, slot: int, words: MarkedWords) -> Reason | None:
    reasons = _Reasons(words, target)
    operands = list(reasons.numbers(target))
    operands[slot] = math.nan
    met = reasons.met(target, operands=tuple(operands), local=math.nan)
    return reasons._backward(words.trace.step(number), met)


def _no_slope(number: int, target: int, words: MarkedWords) -> Reason:
    reasons = _Reasons(words, target)
    return reasons._no_slope(words.trace.step(number), reasons.met(target))


def _slope(
    number: int, target: int, which: str, product: tuple[float, float], words: MarkedWords
) -> Reason:
    reasons = _Reasons(words, target)
    met = reasons.met(target, upstream=product[0], local=product[1])
    found: Reason = getattr(reasons, which)(words.trace.step(number), met)
    return found


def _met(number: int, target: int, other: Any, words: MarkedWords) -> Reason:
    reasons = _Reasons(words, target)
    return reasons._slope(words.trace.step(number), reasons.met(target, **other))


def said(give: Callable[[MarkedWords], Reason | None], words: MarkedWords) -> str:
    """What is said in a way, with what stands for the factors of a product."""
    reason = give(words)
    said = "" if reason is None else reason.because
    for text, stands in FACTORS.items():
        said = said.replace(text, stands)
    return said
