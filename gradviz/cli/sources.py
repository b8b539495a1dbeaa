"""From the words of the command line to a trace."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradviz.cli.arguments import assignments
from gradviz.errors import FileError, ParseError, UnknownNameError, ValueInputError
from gradviz.graph.graph import Graph
from gradviz.graph.parser import parse
from gradviz.trace import Trace

LARGEST_TEXT = 200_000


def read_source(source: str) -> Graph | Trace:
    """The graph of an expression (or of standard input, for `-`), or a saved trace."""
    if source == "-":
        return parse(sys.stdin.read(LARGEST_TEXT + 1))
    if source.startswith("net:"):
        raise UnknownNameError(
            f"there is no network {source[4:]!r}", expected="an expression or a saved trace", got=source
        )
    # Unlike Path.is_file, this takes any text, however long, for an answer of no.
    if source.lower().endswith(".json") or os.path.isfile(source):  # noqa: PTH113
        return Trace.load(source)
    return parse(source)


def run_source(
    source: str, values: Sequence[str], wrt: Sequence[str], upstream: str | None, backend: str, dtype: str
) -> Trace:
    """Run SOURCE on its values, or load the saved trace that it names."""
    graph = read_source(source)
    if isinstance(graph, Trace):
        if values or wrt or upstream is not None or backend != "numpy" or dtype != "float64":
            raise ValueInputError(
                "a saved trace has its values already",
                expected="the trace alone, without NAME=VALUE, --wrt, --upstream, --backend or --dtype",
                hint=f"run its expression again: {graph.source!r}" if graph.source else "",
            )
        return graph
    from gradviz.engine.run import run

    return run(
        graph, values=read_values(assignments(values)), wrt=names(wrt), upstream=upstream, backend=backend, dtype=dtype
    )


def names(wrt: Sequence[str]) -> str | None:
    """`--wrt`, given once or several times, as one text; None for all inputs."""
    return ",".join(wrt) if wrt else None


def read_values(given: Mapping[str, str]) -> dict[str, Any]:
    """Every VALUE: `@file` and `random:SEED` are read here, all other text by the engine."""
    return {name: _value(name, text) for name, text in given.items()}


def _value(name: str, text: str) -> Any:
    if text.startswith("@"):
        return _from_file(name, Path(text[1:]))
    if text.startswith("random:"):
        return _random(name, text)
    if not text:
        raise ParseError(f"the value of {name} is empty", expected=f"a number or an array, as in {name}=3")
    return text


def _from_file(name: str, path: Path) -> Any:
    import numpy as np

    readers: dict[str, Callable[[], Any]] = {".npy": lambda: np.load(path, allow_pickle=False), ".csv": lambda: np.loadtxt(path, delimiter=",")}
    if path.suffix.lower() not in readers:
        raise FileError(
            f"the value of {name} cannot be read from {path.name}", expected="a .npy or .csv file", got=path.suffix
        )
    try:
        return readers[path.suffix.lower()]()
    except OSError as error:
        raise FileError(f"cannot read the value of {name}", where=str(path), got=error.strerror or error) from None
    except ValueError as error:
        raise FileError(
            f"the value of {name} is unreadable", where=str(path), expected="an array of numbers", got=error
        ) from None


def _random(name: str, text: str) -> Any:
    """Numbers from the standard normal distribution; the same seed and shape give the same ones."""
    import numpy as np

    _, seed, *shape = text.split(":")
    try:
        sizes = tuple(int(n) for n in shape[0].split("x")) if shape else ()
        if len(shape) > 1 or min(sizes, default=1) < 0:
            raise ValueError
        return np.random.default_rng(int(seed)).standard_normal(sizes)
    except (ValueError, OverflowError):
        raise ValueInputError(
            f"the value of {name} cannot be drawn", expected="random:SEED or random:SEED:2x3", got=text
        ) from None
