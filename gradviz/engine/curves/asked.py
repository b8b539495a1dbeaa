"""Ranges, heights and starts as they are asked for, in a text or as numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gradviz.engine.curves.cut import Cut
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.trace.plots import Span

RANGE: Final = re.compile(r"(?:([^\W\d][\w.]*(?:\[[\d, ]+\])?)\s*=)?\s*(\S+?)\s*\.\.\s*(\S+)")
RANGES: Final = "numbers from the lower to the higher: -6..6, or x=-6..6"

Ranges = str | Sequence[str] | Mapping[str, Any]


def listed(words: str | Sequence[str]) -> list[str]:
    """The parts of a text between commas that are outside brackets."""
    texts = [words] if isinstance(words, str) else list(words)
    parts = (p for text in texts for p in re.split(r",(?![^\[]*\]|[^(]*\))", text))
    return [part.strip() for part in parts if part.strip()]


def spans(given: Ranges, names: Sequence[str]) -> dict[str, Span]:
    """The spans of the variables that are given. Raises ValueInputError."""
    found: dict[str, Span] = {}
    if isinstance(given, Mapping):
        pairs = [(name, _span(*_ends(ends))) for name, ends in given.items()]
    else:
        texts = listed(given)
        pairs = [_range(text, names) for text in texts]
    for name, span in pairs:
        if name not in names:
            raise UnknownNameError(
                f"{name!r:.60} does not vary, so it has no range",
                expected=", ".join(names),
                hint=did_you_mean(name, names),
            )
        found[name] = span
    return found


def _range(text: str, names: Sequence[str]) -> tuple[str, Span]:
    parts = RANGE.fullmatch(text)
    if parts is None:
        raise ValueInputError("this is no range", expected=RANGES, got=f"{text:.60}")
    if parts[1] is None and len(names) > 1:
        raise ValueInputError(
            "a range of a surface names its variable",
            expected=f"{names[0]}=-4..4",
            got=f"{text:.60}",
        )
    return parts[1] or names[0], _span(parts[2], parts[3])


def _ends(given: Any) -> tuple[Any, Any]:
    if isinstance(given, str):
        parts = RANGE.fullmatch(given)
        if parts is not None and parts[1] is None:
            return parts[2], parts[3]
    else:
        try:
            low, high = given
        except (TypeError, ValueError):
            pass
        else:
            return low, high
    raise ValueInputError("this is no range", expected=RANGES, got=f"{given!r:.60}")


def _span(low: Any, high: Any) -> Span:
    """An interval. Raises ValueInputError for one that is empty, reversed or not finite."""
    said = f"{low}..{high}"
    try:
        span = Span(float(low), float(high))
    except (TypeError, ValueError):
        raise ValueInputError("this is no range", expected=RANGES, got=f"{said:.60}") from None
    if not (math.isfinite(span.low) and math.isfinite(span.high)):
        raise ValueInputError("a range has finite ends", expected=RANGES, got=said)
    if not span.low < span.high:
        what = "is empty" if span.low == span.high else "runs backwards"
        raise ValueInputError(f"the range {said} {what}", expected=RANGES, got=said)
    if span.length < 1e-9 * max(abs(span.low), abs(span.high)) or span.length > 1e15:
        raise ValueInputError(
            "the ends of this range cannot be told apart, or are too far apart",
            expected=RANGES,
            got=said,
        )
    return span


def height(given: str | Sequence[float] | None) -> Span | None:
    """The values that are shown; None for all. Raises ValueInputError."""
    return None if given is None else _span(*_ends(given))


def start_of(
    start: str | Mapping[str, float] | None, cut: Cut, names: Sequence[str]
) -> tuple[float, float] | None:
    """Where paths start: as asked, or at the values of the variables."""
    if start is None:
        if len(cut.given) < len(cut.variables):
            return None
        x, y = (cut.given[v] for v in cut.variables)
        return x, y
    pairs = (
        dict(start)
        if isinstance(start, Mapping)
        else {a.strip(): b for a, _, b in (word.partition("=") for word in listed(start))}
    )
    try:
        x, y = (float(pairs.pop(name)) for name in names)
    except (KeyError, TypeError, ValueError):
        x = y = math.nan
    if pairs or not math.isfinite(x + y):
        raise ValueInputError(
            "this is no start of a path",
            expected=f"a number for each variable: {names[0]}=1,{names[1]}=2",
            got=f"{start!r:.60}",
        )
    return x, y
