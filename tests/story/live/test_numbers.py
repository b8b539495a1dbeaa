"""Numbers as text: what a page writes, against what Python writes."""

from __future__ import annotations

import math
import random
import sys
from importlib import resources
from typing import Any

import pytest

from gradviz.arrays import digits
from tests.javascript import called, needs_node

NUMBERS = resources.files("gradviz.story.live").joinpath("numbers.js").read_text("utf-8")


def floats(count: int) -> list[float]:
    """Typed and computed, large and small, halfway between two decimals, beside powers of ten."""
    rng = random.Random(7)
    found = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 2.2e-308, 1.7976931348623157e308]
    for power in range(-12, 23):
        ten = 10.0**power
        found += [ten, math.nextafter(ten, 0), math.nextafter(ten, math.inf), ten / 3, 2.5 * ten]
        found += [ten * 9.9995, ten * 9.99949999]
    found += [k / 2**n for n in range(12) for k in (1, 3, 5, 7, 123, 625, 12345, 9999999)]
    found += [p / q for q in (3, 6, 7, 9, 11, 13, 17, 999) for p in (1, 2, 5, 100, 998)]
    makers = (
        lambda: rng.uniform(-10, 10),
        lambda: float(rng.randint(-(10**8), 10**8)),
        lambda: round(rng.uniform(-50, 50), rng.randint(1, 4)),
        lambda: rng.uniform(-1, 1) * 10.0 ** rng.randint(-320, 308),
        lambda: rng.choice((-1, 1)) * rng.randint(1, 2**20) / 2 ** rng.randint(1, 20),
        lambda: math.ldexp(rng.random(), rng.randint(-1080, 1023)),
        lambda: float(rng.randint(1, 10**17)),
    )
    return found + [rng.choice(makers)() for _ in range(count)]


def fractions(count: int) -> list[float]:
    """Short fractions and some that are a little too long, and the floats beside them."""
    rng = random.Random(11)
    found = [p / q for p in (1, 998, 999, 1000) for q in (2, 998, 999, 1000)]
    found += [rng.randint(-1010, 1010) / rng.randint(1, 1010) for _ in range(count)]
    return found + [math.nextafter(v, rng.choice((-math.inf, math.inf))) for v in found]


def python(value: float) -> list[Any]:
    """What is said of one number in every setting."""
    finite = math.isfinite(value)
    return [
        *(digits.number(value, n) for n in SETTINGS),
        digits.typed(value),
        digits.typeset(digits.number(value)),
        digits.is_computed(value),
        digits.named_by(value) if finite and value else 0,
        *(digits.rounded(value, n) if finite else 0 for n in (1, 4, 9)),
    ]


SETTINGS = (1, 2, 3, 4, 5, 6, 9, 12, 17)
JAVASCRIPT = f"""(()=>{{{NUMBERS}
return (v,fractions)=>{{writesFractions=fractions;return f(v)}};
function f(v){{const finite=Number.isFinite(v);return [...{list(SETTINGS)}.map(n=>number(v,n)),
typed(v),typeset(number(v)),isComputed(v),finite&&v?namedBy(v):0,
...[1,4,9].map(n=>finite?rounded(v,n):0)]}}}})()"""
WAYS = pytest.mark.parametrize("way", ["digits", "fractions"])


@needs_node
@WAYS
@pytest.mark.parametrize("count", [300, pytest.param(30_000, marks=pytest.mark.proof)])
def test_a_page_writes_numbers_as_python_does(count: int, way: digits.Numbers) -> None:
    numbers = floats(count) + fractions(count)
    (found,) = called([(JAVASCRIPT, [[v, way == "fractions"] for v in numbers])])
    with digits.writing(way):
        for value, ours in zip(numbers, found, strict=True):
            assert ours == python(value), value


@needs_node
@WAYS
@pytest.mark.parametrize("count", [300, pytest.param(30_000, marks=pytest.mark.proof)])
def test_a_page_rounds_as_a_reader_does(count: int, way: digits.Numbers) -> None:
    """Also what ends halfway, or within a billionth of it. Nobody is asked about numbers so near to
    0 that floats have few digits themselves.
    """
    rng = random.Random(3)
    cases = []
    with digits.writing(way):
        for shown in floats(count) + fractions(count):
            if 0 < abs(shown) < sys.float_info.min:
                continue
            unit = float(digits.unit(shown, 4)) if math.isfinite(shown) else 1.0
            text = digits.rounded(shown, 4) if math.isfinite(shown) else shown
            off = rng.choice((0, 0.3, 0.5, 0.5 + 2e-9, 0.5 - 2e-9, 0.6, -0.5)) * unit
            if way == "fractions" and unit < 1e-9 * abs(shown):
                off = rng.choice((0, 1e-14, -1e-14, 1e-11, -1e-11)) * shown
            cases.append((text + off if math.isfinite(shown) else 1.0, shown, 4))
        set_ = f"writesFractions={str(way == 'fractions').lower()};"
        text = f"(()=>{{{NUMBERS}{set_}return (v,s,n)=>[roundsTo(v,s,n),roundsTo(v,s,n,false)]}})()"
        (found,) = called([(text, cases)])
        for (value, shown, count_), ours in zip(cases, found, strict=True):
            theirs = [digits.rounds_to(value, shown, count_, ties=t) for t in (True, False)]
            assert ours == theirs, (value, shown)
