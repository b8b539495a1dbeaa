"""Data sets: one file each, which declares `SET`; and what is typed or kept in a file.

A data set is asked for by its name and options, `ring,count=300,noise=0.1`; as an array whose last
column is the target, `[[0, 0, 0], [0, 1, 1]]`; or as a file, `points.csv` or `points.npz`. To add
one, add a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from gradviz import plugins
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.sources import EVERYTHING, Allowed
from gradviz.trace.run import Data

FILES: Final = (".csv", ".tsv", ".npz")
COMMON: Final = {"test": 0}
"""The options that every data set takes: so many samples, or a share of them, are held out."""
MOST: Final = 1_000_000
"""Samples that a data set makes at most."""


@dataclass(frozen=True)
class Set:
    """A data set.

    summary  what it is, in a few words, for lists.
    make     the data, given a generator of random numbers and the options by name.
    options  name -> default: `count`, `noise` and the like.
    source   where it comes from, for data that were collected.
    """

    summary: str
    make: Callable[..., Data]
    options: Mapping[str, float] = field(default_factory=dict)
    source: str = ""


def names() -> list[str]:
    """The names of the data sets, without loading them."""
    return plugins.names(__name__)


def get(name: str) -> Set:
    """The data set of that name. Raises UnknownNameError."""
    if name not in names():
        raise UnknownNameError(
            f"there is no data set {name!r:.60}",
            expected=f"{', '.join(names())}, a {' or '.join(FILES)} file, or an array",
            hint=did_you_mean(str(name), names()),
        )
    found: Set = plugins.entry(__name__, name).SET
    return found


def is_file(text: str) -> bool:
    """Whether data as typed name a file."""
    return Path(_pieces(text.strip().removeprefix("@"))[0]).suffix.lower() in FILES


def read(given: Any, seed: int = 0, allowed: Allowed = EVERYTHING) -> Data:
    """The data that are asked for, as typed or as Python has them: `Data`, an array whose last
    column is the target, or a pair of features and targets.

    seed     from which toy sets are drawn, and by which samples are held out.
    allowed  whether files may be read.

    Raises UnknownNameError, ValueInputError, ShapeError, FileError and ParseError.
    """
    from gradviz.learn import reading

    if isinstance(given, Data):
        return given
    if not isinstance(given, str):
        return reading.from_arrays(given)
    text = given.strip().removeprefix("@")
    if text.startswith("["):
        return reading.from_text(text)
    name, *pieces = _pieces(text)
    if is_file(name):
        if not allowed.files:
            raise ValueInputError(
                "these data are read from a file, which is not allowed here",
                expected=", ".join(names()),
                got=f"{name!r:.60}",
            )
        options = _options(name, pieces, {"target": "", **COMMON})
        found = reading.from_file(Path(name), str(options["target"]))
    else:
        made = get(name)
        options = _options(name, pieces, {**made.options, **COMMON})
        own = {k: v for k, v in options.items() if k not in COMMON}
        found = replace(made.make(reading.generator(seed), **own), name=name, source=made.source)
    return reading.split(found, float(options["test"]), seed)


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in text.split(",")]


def _options(name: str, pieces: list[str], known: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a data set, checked."""
    found = dict(known)
    for piece in pieces:
        key, equals, value = (part.strip() for part in piece.partition("="))
        if key not in known or not equals:
            raise UnknownNameError(
                f"the data {name} have no option {key!r:.40}",
                expected=", ".join(f"{k}=…" for k in known),
                hint=did_you_mean(key, known),
            )
        found[key] = value if isinstance(known[key], str) else _number(key, value, known[key])
    return found


def _number(key: str, text: str, like: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    whole = isinstance(like, int) and key != "test"
    if not 0 <= value <= MOST or (whole and value != int(value)) or (key == "count" and value < 1):
        raise ValueInputError(
            f"{key} is not valid",
            expected=f"a whole number up to {MOST:,}" if whole else "a number from 0 on",
            got=text or "nothing",
        )
    return int(value) if whole else value
