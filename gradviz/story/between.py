"""Paths between the numbers of a view, given by the ends that their user typed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from gradviz.arrays.digits import number
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.story.maths import M
from gradviz.story.maths.tree import Maths
from gradviz.story.paths import Along, ByHand, Line
from gradviz.trace.paths import BETWEEN
from gradviz.trace.trace import Trace
from gradviz.trace.ways import MOST_HOPS, Hop, Spot, Ways, product, ways

Stop = Collection[Spot]
MOST_NAMED: Final = 12
_PLAIN: Final = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", "01234567890123456789", "_[](),^{}⁽⁾ ")


def bare(name: str) -> str:
    """A name without the ways of writing its indices: x_1, x[1] and x₁ are x1."""
    return name.translate(_PLAIN)


def stops(text: str, known: Mapping[str, Stop], trace: Trace, what: str) -> list[Stop]:
    """The numbers that each name of `x_1..h_2..L` stands for.

    known  names of what may be passed; several numbers may have one name, such as those of a layer.
    what   a word for one of them.

    Raises ValueInputError for a text of another form and for a run without gradients;
    UnknownNameError for a name that does not exist.
    """
    names = [name.strip() for name in text.split(BETWEEN)]
    if len(names) < 2 or not all(names):
        first, *_, last = known  # an entry of the first array, and what is differentiated
        raise ValueInputError(
            "a path is given by its ends", expected=f"{first}{BETWEEN}{last}", got=f"{text!r:.60}"
        )
    if not trace.has_backward:
        raise ValueInputError(
            "no gradient goes along a path of a forward pass only",
            expected="a run with a backward pass",
            got=trace.note or f"path {text:.60}",
        )
    return called(names, known, what, f"path {text:.60}")


def called(names: Sequence[str], known: Mapping[str, Stop], what: str, got: str) -> list[Stop]:
    """The numbers that each name stands for. Raises UnknownNameError for one that stands for none.

    got  the words in which the names were given.
    """
    written = {bare(name): name for name in [*known][::-1]}
    for name in names:
        if name not in known and bare(name) not in written:
            listed = sorted(known, key=lambda name: len(known[name]) == 1)
            more = [", …"] if len(listed) > MOST_NAMED else []
            raise UnknownNameError(
                f"there is no {what} {name!r:.60} in this view",
                expected=", ".join(listed[:MOST_NAMED]) + "".join(more),
                got=got,
                hint=did_you_mean(bare(name), written) if len(listed) < 1000 else "",
            )
    return [known[name] if name in known else known[written[bare(name)]] for name in names]


def found(hops: Sequence[Hop], passed: Sequence[Stop], text: str) -> Ways:
    """The paths through these stops.

    Raises ValueInputError where no path leads, and for more hops than are followed.
    """
    if len(hops) > MOST_HOPS:
        raise ValueInputError(
            "too many paths lead there to be followed",
            expected=f"at most {MOST_HOPS:,} arcs",
            got=f"path {text:.60}",
            hint="name a unit of each layer, such as x_1..h_1..s_1",
        )
    made = ways(hops, passed)
    if not made.count:
        names = text.split(BETWEEN)
        turned = BETWEEN.join(name.strip() for name in reversed(names))
        leads = ways(hops, passed[::-1]).count
        raise ValueInputError(
            f"no gradient goes along a path {text.strip():.60}",
            expected="a number, then one that is computed from it",
            got=f"path {text:.60}",
            hint=f"{turned:.60}" if leads else "",
        )
    return made


def along(
    made: Ways,
    passed: Sequence[Stop],
    names: Sequence[str],
    *,
    text: Callable[[Spot], str],
    maths: Callable[[Spot], Maths],
    symbols: Callable[[Hop], Sequence[Maths]],
    whole: bool,
    digits: int,
) -> dict[str, Any]:
    """How these paths are told: the words of `gradviz.story.paths.Along`.

    names    the first and the last stop as they were asked for, for stops of several numbers.
    text     a number in a sentence; `maths`: in a formula.
    symbols  the factors of a hop's local gradient.
    whole    whether no other path leads from the first to the last.
    """
    lines = [
        Line(
            [text(way[0].source), *(text(hop.target) for hop in way)],
            [piece for hop in way for piece in symbols(hop)],
            None if product(way) is None else [v for hop in way for v in hop.factors or ()],
            product(way),
        )
        for way in made.listed
    ]
    source, target = (
        text(next(iter(stop))) if len(stop) == 1 else name
        for stop, name in zip((passed[0], passed[-1]), names, strict=True)
    )

    def shown(value: float, role: Any = "", more: int | None = None) -> Maths:
        made = M.number(number(value, more or digits))
        return Maths(made.kind, made.parts, made.text, made.level, (), role)

    hand = ByHand(lines, made.total, digits)
    first, last = (next(iter(stop)) for stop in (passed[0], passed[-1]))
    left = M.partial(maths(last), maths(first))
    sign = "=" if whole and len(passed) == 2 else "←"
    return Along(
        source,
        target,
        left,
        sign,
        made.count,
        lines,
        made.total,
        shown,
        digits,
        hand.follows,
        hand.adds,
    ).words()
