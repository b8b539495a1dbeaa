"""What somebody claims: numbers with the digits they are written with, and what they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import isfinite, nan
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.errors import ParseError, ShapeError, ValueInputError
from gradviz.mistakes.edits import NOTHING, Edit, Results
from gradviz.mistakes.working import Worked, Working
from gradviz.ops.op import say_shape
from gradviz.trace.findings import Claim, Kind, Quantity, Written

NUMBER = re.compile(
    r"[-+−]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+−]?\d+)?(?:\s*/\s*\d+(?:\.\d+)?)?\s*%?|[_?]"
)
CELL = re.compile(r"^(?P<name>.*?)\s*\[(?P<index>[\d,\s]+)\]$")
MOVED = re.compile(r"^(?P<output>[^()]+)\((?P<what>[^()]+?)\s*(?P<sign>[-+−])\s*h\)$")
KINDS: Mapping[str, Kind] = {"new": "update", "slope": "slope"}
EXAMPLES = "L=1.6688, dW[0,1]=0.5, f=[0.416, -0.118], new W[0,0]=0.36, slope W[0,0]=0.5, f->x=3"
EXACT = 12
"""A fraction has as many decimals."""
MOST_CLAIMS = 10_000
MOST_NEAR = 16
"""For more claims at once, nothing is known without working again."""
SLACK = 1e-9
"""Floats stand for the writer's decimals; relative to a number, or in units of its last place."""


def written(text: str) -> Written:
    """A number as it is written. Raises ParseError for anything else."""
    plain = text.strip().replace("−", "-")
    if plain in ("_", "?") or NUMBER.fullmatch(plain) is None:
        raise ParseError("this is not a number", expected="digits, such as -1.6688", got=text[:60])
    percent = plain.endswith("%")
    plain = plain.rstrip("%").strip()
    upper, _, lower = plain.partition("/")
    mantissa, _, exponent = upper.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    value = float(upper)
    if lower:
        if not float(lower):
            raise ParseError("this divides by 0", got=text[:60])
        value, decimals = value / float(lower), EXACT
    if percent:
        value, decimals = value / 100, decimals + 2
    if not isfinite(value) or abs(decimals) > 300:
        raise ParseError("this number is too large", got=text[:60])
    return Written(value, decimals, text.strip())


def fits(number: Written, result: float, *, cut: bool = False) -> bool:
    """Whether a result, rounded half up to the decimals of a number or cut off there, is it."""
    if not isfinite(result):
        return False
    slack = SLACK * max(number.unit, abs(number.value) * 1e-3)
    if not cut:
        return abs(result - number.value) <= number.unit / 2 + slack
    beyond = abs(result) - abs(number.value)
    same_side = result * number.value > 0 or not number.value
    return same_side and -slack <= beyond < number.unit - slack


def all_near(claims: Sequence[Claim], results: Sequence[float]) -> bool:
    """Whether results that are known about may give every digit of the claims."""
    return all(
        abs(r - c.written.value) <= 1.01 * c.written.unit + 1e-6 * abs(c.written.value)
        for c, r in zip(claims, results, strict=True)
    )


def all_fit(claims: Sequence[Claim], results: Sequence[float], *, cut: bool = False) -> bool:
    """Whether results give every digit of the claims."""
    return all(fits(c.written, r, cut=cut) for c, r in zip(claims, results, strict=True))


def printed(claims: Sequence[Claim], results: Sequence[float]) -> tuple[int, ...] | None:
    """Results in units of the claims' last places; None for what is not finite."""
    try:
        return tuple(round(r / c.written.unit) for c, r in zip(claims, results, strict=True))
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Asked:
    """Claims about a working, and all that a mistake may want to know about them.

    lr, h   the learning rate of a step of descent, and the step of a difference.
    before  what was claimed before, from which somebody may have gone on.
    """

    working: Working
    claims: tuple[Claim, ...]
    lr: float | None = None
    h: float | None = None
    before: Edit = NOTHING

    @cached_property
    def quantities(self) -> frozenset[Quantity]:
        """What the numbers belong to."""
        return frozenset(c.of for c in self.claims)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Their kinds."""
        return frozenset(of.kind for of in self.quantities)

    @cached_property
    def only(self) -> Quantity | None:
        """The quantity that all claims are about, if there is but one."""
        return next(iter(self.quantities)) if len(self.quantities) == 1 else None

    @cached_property
    def is_backward(self) -> bool:
        """Whether a gradient is asked for."""
        return bool(self.kinds & {"gradient", "contribution", "update"})

    @cached_property
    def is_numerical(self) -> bool:
        """Whether a slope is measured by differences."""
        return bool(self.kinds & {"slope", "moved"})

    @cached_property
    def needed(self) -> frozenset[int]:
        """The nodes whose gradients the claimed ones are computed from."""
        found = set()
        for of in self.quantities:
            if of.kind in ("gradient", "update"):
                found.add(of.node)
            elif of.kind == "contribution" and of.target is not None:
                found |= {of.node, of.target}
        return self.working.needed(found)

    @cached_property
    def values(self) -> frozenset[int]:
        """The nodes whose values matter to a claim about values."""
        found = {of.node for of in self.quantities if of.kind in ("value", "update")}
        if self.is_numerical or self.is_backward:
            found.add(self.working.graph.output)
        return frozenset().union(*(self.working.above[i] for i in found))

    @cached_property
    def decimals(self) -> frozenset[int]:
        """How many decimals the numbers have."""
        return frozenset(c.written.decimals for c in self.claims)

    @cached_property
    def true(self) -> Results:
        """The right numbers."""
        return results(self, self.working.truth, NOTHING)

    def near(self, use: Use, brought: Any) -> Results | None:
        """About what the claims come to where an edge alone brings something else; None where that
        is not known without working again.
        """
        known = self.before is NOTHING and self.kinds <= {"gradient", "update"}
        if not known or len(self.claims) > MOST_NEAR:
            return None
        if np.shape(brought) != np.shape(use.contribution):
            return None
        with np.errstate(all="ignore"):
            return self._weighted(brought - use.contribution, use.edge.source)

    def _weighted(self, change: Any, source: int) -> Results:
        found = []
        for claim, true in zip(self.claims, self.true, strict=True):
            moves = self.working.sensitivity(claim.of.node, claim.place)[source]
            by = 0.0 if moves is None else float((moves * change).sum())
            found.append(true + by * (-(self.lr or 0.0) if claim.of.kind == "update" else 1.0))
        return tuple(found)

    def give(self, edit: Edit) -> Results:
        """What a working with these changes gives for each claim."""
        whole = edit if self.before is NOTHING else self.before | edit
        found = results(self, self.working.work(whole, self.needed), whole)
        return found if edit.written is None else edit.written(found)


# Reading.
def read(working: Working, texts: Sequence[str]) -> tuple[Claim, ...]:
    """Claims such as `L=1.6688`, `dW[0,1]=0.5` or `f=[0.416, -0.118, 1.167]`.

    Raises ParseError, UnknownNameError, ValueInputError and ShapeError, naming the claim.
    """
    found = tuple(claim for text in texts for claim in _read(working, text))
    if not found:
        raise ValueInputError("no number is claimed", expected=f"claims such as {EXAMPLES}")
    seen: set[tuple[Quantity, tuple[int, ...]]] = set()
    for claim in found:
        if (claim.of, claim.place) in seen:
            raise ValueInputError(
                f"{claim.name} is claimed twice",
                expected="one number for each",
                got=claim.written.text,
            )
        seen.add((claim.of, claim.place))
    if len(found) > MOST_CLAIMS:
        raise ValueInputError(
            "too many numbers are claimed", expected=f"at most {MOST_CLAIMS:,}", got=len(found)
        )
    return found


def _read(working: Working, text: str) -> list[Claim]:
    if not isinstance(text, str):
        raise ValueInputError(
            "a claim is a text", expected=f"such as {EXAMPLES}", got=f"{text!r:.60}"
        )
    what, equals, numbers = (part.strip() for part in text.partition("="))
    if not equals or not what or not numbers:
        raise ParseError(
            "this is not a claim", expected=f"NAME=NUMBER, such as {EXAMPLES}", got=text[:80]
        )
    of, place = _quantity(working, what)
    shape = tuple(working.xp.shape(working.truth.values[of.node]))
    if place is not None and (
        len(place) != len(shape) or any(i >= n for i, n in zip(place, shape, strict=True))
    ):
        size = say_shape(shape) if shape else "one number"
        raise ShapeError(
            f"there is no element {what}", expected=f"indices from 0 within {size}", got=what
        )
    places = [place] if place is not None else list(product(*map(range, shape)))
    words = _numbers(numbers)
    if len(words) != len(places):
        raise ShapeError(
            f"{what} has {len(places):,} number{'s' * (len(places) != 1)}",
            expected="a number for each, or _ for those not claimed",
            got=f"{len(words):,} in {text:.60}",
        )
    known = [(p, written(w)) for p, w in zip(places, words, strict=True) if w not in "_?"]
    whole = _padded([w for _, w in known])
    return [
        Claim(of, p, number, _named(what, p, len(places)))
        for (p, _), number in zip(known, whole, strict=True)
    ]


def _padded(numbers: Sequence[Written]) -> list[Written]:
    """The numbers of an array, in which programs drop zeros at the end: one with fewer significant
    digits than the one with most decimals has as many decimals as that.
    """
    longest = max(numbers, key=lambda w: w.decimals, default=None)
    if longest is None:
        return []
    return [
        w._replace(decimals=longest.decimals) if _significant(w) < _significant(longest) else w
        for w in numbers
    ]


def _significant(number: Written) -> int:
    """How many digits a number has after its leading zeros."""
    mantissa = number.text.lower().replace("−", "-").partition("e")[0]
    return len("".join(c for c in mantissa if c.isdigit()).lstrip("0"))


def _numbers(text: str) -> list[str]:
    rest = NUMBER.sub(" ", text)
    if rest.strip(" \t\n[](),;") or text.count("[") != text.count("]"):
        raise ParseError(
            "these are not numbers", expected="a number, or numbers in brackets", got=text[:80]
        )
    return [m.group().strip() for m in NUMBER.finditer(text)]


def _named(what: str, place: tuple[int, ...], count: int) -> str:
    return what if count == 1 else f"{what}[{', '.join(map(str, place))}]"


def _quantity(working: Working, what: str) -> tuple[Quantity, tuple[int, ...] | None]:
    """What a name stands for: the node here, and the index."""
    kind: Kind = "value"
    name, sign = what, 1
    first, _, rest = what.partition(" ")
    if first in KINDS and rest:
        kind, name = KINDS[first], rest.strip()
    elif moved := MOVED.match(what):
        kind, name, sign = "moved", moved["what"].strip(), 1 if moved["sign"] == "+" else -1
    place = None
    if cell := CELL.match(name):
        name = cell["name"].strip()
        place = tuple(int(i) for i in cell["index"].split(",") if i.strip())
    upper, arrow, lower = name.replace("→", "->").partition("->")
    if arrow:
        target, node = _find(working, upper.strip(), what), _find(working, lower.strip(), what)
        return _contribution(working, node, target, what), place
    found = _gradient_name(working, name) if kind == "value" else None
    if found is not None:
        return Quantity("gradient", _differentiated(working, found, what)), place
    node = _find(working, name, what)
    if kind in ("update", "slope", "moved"):
        _require_input(working, node, what)
    if kind == "update":
        _differentiated(working, node, what)
    return Quantity(kind, node, sign=sign), place


def _gradient_name(working: Working, name: str) -> int | None:
    """The node whose gradient `dW`, `∂W` or `dL/dW` is, unless a node has that name itself."""
    ids = working.trace.graph._ids
    if name in ids:
        return None
    wanted = name.partition("/")[2] or name
    if wanted[:1] in ("d", "∂") and wanted[1:].strip() in ids:
        return _find(working, wanted[1:].strip(), name)
    return None


def _find(working: Working, name: str, what: str) -> int:
    node = working.trace.graph.find(name)
    if node not in working.inner:
        raise ValueInputError(
            f"nothing that leads to the output uses {name}",
            expected="a number of this run",
            got=what,
        )
    return working.inner[node]


def _differentiated(working: Working, node: int, what: str) -> int:
    if working.truth.gradients[node] is None:
        raise ValueInputError(
            f"{what} is no gradient of this run",
            expected="an input, or a node on the way from an input to a single output",
            got=working.trace.note,
            hint="end with a single number, such as sum(…), or give --upstream",
        )
    return node


def _contribution(working: Working, node: int, target: int, what: str) -> Quantity:
    if not any(e.source == node and e.target == target for e in working.truth.contributions):
        raise ValueInputError(
            f"{what} is no step of the backward pass",
            expected="a node, ->, and one of its operands that has a gradient",
        )
    return Quantity("contribution", node, target)


def _require_input(working: Working, node: int, what: str) -> None:
    if not working.graph.nodes[node].is_leaf:
        raise ValueInputError(
            f"{what} is computed, so it is not changed by itself", expected="the name of an input"
        )


def check_settings(claims: Sequence[Claim], lr: float | None, h: float | None) -> None:
    """Raise ValueInputError where a claim needs a learning rate or a step that is not given."""
    kinds = {claim.of.kind: claim.name for claim in reversed(claims)}
    for setting, name, needs in ((lr, "lr", ("update",)), (h, "h", ("slope", "moved"))):
        wrong = setting is not None and not (isfinite(setting) and setting > 0)
        if wrong:
            raise ValueInputError(
                f"{name} must be a number above 0", expected=f"{name}=0.1", got=setting
            )
        told = next((kinds[k] for k in needs if k in kinds), None)
        if told and setting is None:
            what = "the learning rate" if name == "lr" else "how much is added"
            raise ValueInputError(
                f"{told} depends on {name}, {what}", expected=f"--{name} NUMBER", got="none"
            )


# The numbers of a working.
def results(asked: Asked, worked: Worked, edit: Edit) -> Results:
    """What a working gives for each claim; NaN for an element that it lacks."""
    arrays: dict[Quantity, Any] = {}
    found = []
    for claim in asked.claims:
        if claim.of not in arrays:
            arrays[claim.of] = np.asarray(_array(asked, claim.of, worked, edit))
        array = arrays[claim.of]
        inside = array.ndim == len(claim.place) and all(
            i < n for i, n in zip(claim.place, array.shape, strict=True)
        )
        found.append(float(array[claim.place]) if inside else nan)
    return tuple(found)


def _array(asked: Asked, of: Quantity, worked: Worked, edit: Edit) -> Any:
    if of.kind == "value":
        return worked.values[of.node]
    if of.kind == "gradient":
        return worked.gradients[of.node]
    if of.kind == "contribution":
        edges = (e for e in worked.contributions if (e.source, e.target) == (of.node, of.target))
        return sum(worked.contributions[e] for e in edges)
    if of.kind == "update":
        step = edit.step or descent
        return step(worked.values[of.node], asked.lr, worked.gradients[of.node])
    return _differences(asked, of, worked, edit)


def descent(w: Any, lr: Any, direction: Any) -> Any:
    """One step of gradient descent."""
    return w - lr * direction


def _differences(asked: Asked, of: Quantity, worked: Worked, edit: Edit) -> Any:
    """L(W ± h) for the claimed elements, or the slopes there."""
    working, numerical, h = asked.working, edit.numerical, asked.h or 0.0
    output = working.graph.output
    if numerical is not None and numerical.output is not None:
        output = numerical.output
    start = np.array(working.truth.values[of.node], float)
    found = np.full(start.shape, nan)
    places = {c.place for c in asked.claims if c.of == of}
    elsewhere = NOTHING if numerical is not None and numerical.base_only else edit
    write = (numerical and numerical.loss) or (lambda loss: loss)

    def loss(place: tuple[int, ...], sign: int) -> Any:
        known = numerical.moved.get((of.node, place, sign)) if numerical else None
        if known is not None and of.kind == "slope":
            return known
        moved = start.copy()
        for other in np.ndindex(start.shape) if numerical and numerical.kept else ():
            if other == place:
                break
            moved[other] += sign * h
        by = h if numerical is None or numerical.nudge is None else numerical.nudge(start[place], h)
        if numerical is not None and numerical.together:
            moved += sign * by
        else:
            moved[place] += sign * by
        return write(working.forward(elsewhere, {of.node: working.xp.asarray(moved)})[output])

    here = numerical.base if numerical and numerical.base is not None else None
    base = write(worked.values[output]) if here is None else here
    for place in places:
        if of.kind == "moved":
            found[place] = loss(place, of.sign)
            continue
        both = numerical is not None and numerical.sides == 2
        below = loss(place, -1) if both else base
        distance = 2 * h if both else h
        above = loss(place, 1)
        quotient = (numerical and numerical.slope) or _quotient
        slope = quotient(above=above, below=below, distance=distance, h=h)
        found[place] = nan if slope is None else slope
    return found


def _quotient(above: Any, below: Any, distance: Any, h: Any) -> Any:
    return (above - below) / distance


def groups(claims: Sequence[Claim]) -> Iterator[tuple[Claim, ...]]:
    """Claims about one quantity, in the order in which they were first made."""
    order: dict[Quantity, list[Claim]] = {}
    for claim in claims:
        order.setdefault(claim.of, []).append(claim)
    yield from map(tuple, order.values())
