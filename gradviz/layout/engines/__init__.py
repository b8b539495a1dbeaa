"""Layout engines, and which of them places a graph.

They are tried in this order: the Graphviz that the environment variable GRADVIZ_DOT names, the one
bundled with gradviz (the package graphviz-pure), graphlay, a `dot` on PATH, and gradviz's own
columns, which need nothing. Positions differ between engines, never between runs of one.
"""

from __future__ import annotations

from collections.abc import Iterator

from gradviz.errors import LayoutError
from gradviz.layout.engines import graphlay, graphviz, own
from gradviz.layout.engines.engine import (
    Answer,
    Card,
    Engine,
    FailureError,
    LayoutTimeoutError,
    Request,
    Wire,
)

__all__ = ["Answer", "Card", "Engine", "LayoutTimeoutError", "Request", "Wire", "found", "place"]

NAMES = ("auto", "bundled", "graphlay", "system", "own")
"""What `--engine` takes, beside the path of a Graphviz `dot`."""


def found() -> list[Engine]:
    """The engines of this machine, in the order in which they are tried."""
    return list(_chain("auto"))


def place(request: Request, engine: str = "auto") -> tuple[Answer, Engine, list[str]]:
    """Where everything stands, the engine that placed it, and what engines before it said.

    `engine` is one of NAMES or the path of an executable; "auto" tries each in turn. Raises
    LayoutError, which names each engine and what it said, and its kind LayoutTimeoutError if one
    of them ran out of time. Then only programs step in, so that what is too large a graph does not
    depend on how fast a machine is any more than it must.
    """
    failures: list[str] = []
    late = False
    for candidate in _chain(engine):
        if late and not candidate.path:
            continue
        try:
            return candidate.place(request), candidate, failures
        except FailureError as failure:
            late = late or failure.timed_out
            where = f" ({candidate.path})" if candidate.path else ""
            failures.append(f"{candidate.name}{where}: {failure}")
    if not failures:
        raise LayoutError(
            "there is no such layout engine here", expected=_expected(engine), hint=graphviz.HINT
        )
    kind = LayoutTimeoutError if late else LayoutError
    raise kind(
        "no layout engine could lay out the graph", got="\n".join(failures), hint=graphviz.HINT
    )


def _chain(choice: str) -> Iterator[Engine]:
    """The engines to try for a choice; what is not here is left out."""
    if choice not in NAMES:
        yield graphviz.at(choice)
        return
    setting = graphviz.setting()
    if choice in ("auto", "system"):
        yield from setting
    if choice in ("auto", "bundled"):
        yield from graphviz.bundled()
    if choice in ("auto", "graphlay"):
        yield from graphlay.installed()
    if choice == "auto" or (choice == "system" and not setting):
        yield from graphviz.system()
    if choice in ("auto", "own"):
        yield own.ENGINE


def _expected(choice: str) -> str:
    packages = {"bundled": graphviz.PACKAGE, "graphlay": graphlay.PACKAGE}
    return f"the package {packages[choice]}" if choice in packages else "dot on PATH"
