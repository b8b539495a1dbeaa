"""What is found out about numbers that somebody claims: the mistakes that lead to them, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Final, Literal, NamedTuple

from gradviz.graph.graph import Edge
from gradviz.shown import Shown
from gradviz.trace.trace import Trace

Kind = Literal["value", "gradient", "contribution", "update", "slope", "moved"]
Verdict = Literal["right", "follows", "explained", "likely", "too-few-digits", "unexplained"]

SCHEMA: Final = "gradviz.findings/1"
"""The format of findings as plain data; it only ever grows."""


class Written(NamedTuple):
    """A number as somebody wrote it.

    value, decimals  the number, and how many digits it has after the point.
    text             as it stands there.
    """

    value: float
    decimals: int
    text: str

    @property
    def unit(self) -> float:
        """One unit in its last place."""
        return 10.0**-self.decimals


class Quantity(NamedTuple):
    """What a number belongs to.

    kind  the value or the gradient of `node`; what `target` contributes to its gradient; its value
          after a step of gradient descent; its slope by differences; or the output with h added to
          one element ("moved"), or taken from it where `sign` is −1.
    """

    kind: Kind
    node: int
    target: int | None = None
    sign: int = 1


class Claim(NamedTuple):
    """A written number for one element of a quantity; `name` is how it was asked for."""

    of: Quantity
    place: tuple[int, ...]
    written: Written
    name: str


class At(NamedTuple):
    """A node, an element of it, or its gradient, as a sentence is to name it."""

    node: int
    cell: tuple[int, ...] = ()
    inside: str = ""
    gradient: bool = False


class Place(NamedTuple):
    """Where a mistake is made; all fields empty if everywhere, or in what is written down.

    node    the node that is computed wrongly, or that passes its gradient back wrongly.
    edge    the edge that a wrong contribution takes.
    cell    the element that alone is wrong.
    inside  what is wrong inside of a composite node: the op there.
    back    the mistake is made on the way back.
    """

    node: int | None = None
    edge: Edge | None = None
    cell: tuple[int, ...] = ()
    inside: str = ""
    back: bool = False


@dataclass(frozen=True, slots=True)
class Slip:
    """One mistake, made at one place.

    mistake  its name in the catalogue, of `family`.
    pattern  a clause about what was done, in which `details` are to be filled in.
    right    what is right instead; may be empty.
    step     the step of the trace in which it is made; None if it is made in none.
    says     the clause filled in, with its place; empty until it is told.
    """

    mistake: str
    family: str
    place: Place
    pattern: str
    right: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    step: int | None = None
    says: str = ""

    def data(self) -> dict[str, Any]:
        """As plain data."""
        place = self.place
        where = {
            "node": place.node,
            "edge": None if place.edge is None else place.edge._asdict(),
            "cell": list(place.cell),
            "inside": place.inside,
            "backward": place.back,
        }
        return {
            "mistake": self.mistake,
            "family": self.family,
            "place": None if place.node is None else where,
            "step": self.step,
            "says": self.says,
            "right": self.right,
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Slips that together give the claimed numbers, digit for digit.

    bits   how much it takes to say them: rare mistakes, and those with many places, take more.
    gives  what they give, before it is written with the digits of the claims.
    cut    whether the numbers were then cut off, not rounded.
    """

    slips: tuple[Slip, ...]
    bits: float
    gives: tuple[float, ...]
    cut: bool = False

    def data(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "slips": [slip.data() for slip in self.slips],
            "bits": round(self.bits, 3),
            "gives": [_plain(g) for g in self.gives],
            "cut": self.cut,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """What is found out about the claims on one quantity.

    true      the right numbers.
    verdict   right; follows, from the numbers claimed before; explained, likely or too-few-digits,
              by how much the digits can prove; unexplained.
    best      the explanation that takes the fewest bits, `others` those that take hardly more.
    chance    the share of numbers as wrong as these that an explanation as simple would fit.
    cut       right, but cut off where rounding is usual.
    tried     how many slips were tried.
    wrong     the places in `claims` of those that are not right.
    says      sentences about it; empty until it is told.
    """

    claims: tuple[Claim, ...]
    true: tuple[float, ...]
    verdict: Verdict
    best: Explanation | None = None
    others: tuple[Explanation, ...] = ()
    chance: float = 0.0
    cut: bool = False
    tried: int = 0
    wrong: tuple[int, ...] = ()
    says: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether every number is right."""
        return self.verdict == "right"

    @property
    def step(self) -> int | None:
        """The step of the trace in which the first slip is made."""
        slips = () if self.best is None else self.best.slips
        return next((slip.step for slip in slips if slip.step is not None), None)

    @property
    def cause(self) -> str:
        """What was done, and if the digits cannot prove it, that; empty until it is told."""
        unsure = self.verdict in ("likely", "too-few-digits")
        return " ".join(self.says[1:2] + (self.says[-1:] if unsure else ()))

    def data(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "claims": [
                {"name": c.name, "kind": c.of.kind, "place": list(c.place), "text": c.written.text}
                for c in self.claims
            ],
            "wrong": list(self.wrong),
            "true": [_plain(t) for t in self.true],
            "verdict": self.verdict,
            "cut": self.cut,
            "chance": self.chance,
            "says": list(self.says),
            "best": None if self.best is None else self.best.data(),
            "others": [other.data() for other in self.others],
            "tried": self.tried,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Diagnosis(Shown):
    """All findings about one run.

    together  one explanation for all numbers at once, where it is simpler than one for each.
    verdict   of all numbers, `chance` accordingly.
    """

    trace: Trace
    findings: Sequence[Finding]
    together: Finding | None
    verdict: Verdict
    chance: float

    @property
    def is_right(self) -> bool:
        """Whether every number is right."""
        return self.verdict == "right"

    @property
    def says(self) -> str:
        """All sentences, a line for each finding; empty until it is told."""
        found = [*self.findings, *([self.together] if self.together is not None else [])]
        return "\n".join(" ".join(finding.says) for finding in found)

    @property
    def told(self) -> Finding | None:
        """The finding that a picture shows: the first with a slip at a step, else the first that is
        not right.
        """
        wrong = [f for f in (*self.findings, self.together) if f is not None and not f.is_right]
        at_steps = (f for f in wrong if f.step is not None)
        return next(at_steps, wrong[0] if wrong else None)

    def data(self) -> dict[str, Any]:
        """As plain data, in the format `gradviz.findings/1`."""
        return {
            "schema": SCHEMA,
            "source": self.trace.source,
            "verdict": self.verdict,
            "chance": self.chance,
            "findings": [finding.data() for finding in self.findings],
            "together": None if self.together is None else self.together.data(),
        }

    def slips(self) -> tuple[Slip, ...]:
        """The slips that are named, in the order of the claims."""
        named = [self.together] if self.together is not None else list(self.findings)
        found = [slip for f in named if f.best is not None for slip in f.best.slips]
        return tuple(found)

    def __repr__(self) -> str:
        return f"<Diagnosis of {self.trace.source!r:.60}: {self.verdict}>"


def _plain(number: float) -> float | str:
    """A number as JSON has it; what JSON lacks as a saved trace writes it."""
    if isfinite(number):
        return number
    return "NaN" if number != number else "Infinity" if number > 0 else "-Infinity"
