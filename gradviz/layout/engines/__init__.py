"""Layout engines, and which of them places a graph.

They are tried in this order: the Graphviz named by the environment variable GRADVIZ_DOT, the one
bundled with gradviz (the package graphviz-pure), graphlay, a `dot` on PATH, and gradviz's own
columns, which need nothing. Positions differ between engines, never between runs of one.

A module of this folder that declares `CHOICES` offers engines; adding one is adding a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from gradviz import plugins
from gradviz.errors import LayoutError
from gradviz.layout.engines import graphviz
from gradviz.layout.engines.engine import (
    Answer,
    Card,
    Choice,
    Engine,
    FailureError,
    LayoutTimeoutError,
    Request,
    Wire,
    holders,
)
from gradviz.progress import Progress

__all__ = [
    "Answer",
    "Card",
    "Engine",
    "LayoutTimeoutError",
    "Request",
    "Wire",
    "found",
    "holders",
    "place",
]

CHOICES: Final[Sequence[Choice]] = sorted(
    chain.from_iterable(plugins.declared(__name__, "CHOICES")), key=lambda choice: choice.turn
)
NAMES = ("auto", *(choice.name for choice in CHOICES))
"""The values of `--engine`, besides the path of a Graphviz `dot`."""


def found() -> list[Engine]:
    """The engines of this machine, in the order in which they are tried."""
    return list(_chain("auto"))


def place(request: Request, engine: str = "auto") -> tuple[Answer, Engine, list[str]]:
    """The positions, the engine that found them, and the messages of engines that failed before it.

    `engine` is one of NAMES or the path of an executable; "auto" tries each in turn. Raises
    LayoutError, which names each engine and its message, or its subclass LayoutTimeoutError if one
    of them ran out of time. After a timeout only external programs are tried, so that which graphs
    are too large depends on the speed of the machine no more than it must.
    """
    failures: list[str] = []
    late = False
    for candidate in _chain(engine):
        if late and not candidate.path:
            continue
        try:
            with Progress(f"placing {len(request.cards):,} cards"):
                return candidate.place(request), candidate, failures
        except FailureError as failure:
            late = late or failure.timed_out
            where = f" ({candidate.path})" if candidate.path else ""
            failures.append(f"{candidate.name}{where}: {failure}")
    if not failures:
        raise LayoutError(
            "this layout engine is not available", expected=_expected(engine), hint=graphviz.HINT
        )
    kind = LayoutTimeoutError if late else LayoutError
    raise kind(
        "no layout engine could lay out the graph", got="\n".join(failures), hint=graphviz.HINT
    )


def _chain(choice: str) -> Iterator[Engine]:
    """The engines to try for a choice, without those that are not installed."""
    if choice not in NAMES:
        yield graphviz.at(choice)
        return
    setting = graphviz.setting() if choice in ("auto", "system") else []
    yield from setting
    if choice == "system" and setting:
        return
    for known in CHOICES:
        if choice in ("auto", known.name):
            yield from known.found()


def _expected(choice: str) -> str:
    return next((known.needs for known in CHOICES if known.name == choice), "")
