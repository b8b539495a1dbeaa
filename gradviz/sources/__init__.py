"""Sources, the things that can be run and shown: one file per kind of source.

A module of this folder that declares `SOURCE` is a kind; adding a kind is adding a file. `read`
takes a SOURCE as typed, `as_graph` a Python object. A kind that reads files or runs code says so,
and is refused where that is not allowed: in a deck, in a pool of questions, for a visitor.

For other rooms, besides what is offered here:

- claims
- tables
- values
- weights
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradviz import plugins
from gradviz.errors import ValueInputError
from gradviz.graph.graph import Graph
from gradviz.networks.loss import LABEL
from gradviz.progress import Progress

if TYPE_CHECKING:
    from gradviz.trace import Trace
    from gradviz.trace.run import Run


@dataclass(frozen=True, slots=True)
class Allowed:
    """What sources and values may do: read files (and standard input), run code."""

    files: bool = False
    code: bool = False


NOTHING = Allowed()
EVERYTHING = Allowed(files=True, code=True)


@dataclass(frozen=True)
class Source:
    """A kind of source.

    name         what messages call it, with its article.
    read         the graph, the trace or the training run of a SOURCE as typed.
    word         the whole SOURCE, for a kind that is always written the same way.
    prefix       what such a SOURCE begins with.
    suffixes     how the name of its file ends, before `::NAME` where something in it is named.
    is_text      whether it takes every text that no other kind takes.
    is_any_file  whether it takes a file with a suffix of no kind.
    reads_files  whether it reads files or standard input.
    runs_code    whether it runs user code.
    files        the files that it reads, which must not be overwritten.
    of_object    the graph of a Python object; None for an object of another kind.
    """

    name: str
    read: Callable[[str], Graph | Trace | Run] | None = None
    word: str = ""
    prefix: str = ""
    suffixes: tuple[str, ...] = ()
    is_text: bool = False
    is_any_file: bool = False
    reads_files: bool = False
    runs_code: bool = False
    files: Callable[[str], tuple[Path, ...]] = lambda text: ()
    of_object: Callable[[Any], Graph | None] = lambda value: None

    def claims(self, text: str) -> bool:
        """Whether a SOURCE looks like this kind."""
        if self.word:
            return text == self.word
        if self.prefix:
            return text.startswith(self.prefix)
        names = (text.lower(), text.lower().partition("::")[0])
        return any(name.endswith(suffix) for name in names for suffix in self.suffixes)


@cache
def every() -> tuple[Source, ...]:
    """Every kind of source, by module name."""
    return plugins.declared(__name__, "SOURCE")


def kind_of(text: str, allowed: Allowed = EVERYTHING) -> Source:
    """The kind of a SOURCE as typed. Raises ValueInputError for one that is not allowed."""
    kind = next((k for k in every() if k.claims(text.strip())), None)
    # Unlike Path.is_file, this answers False for any text, however long.
    if kind is None and allowed.files and os.path.isfile(text):  # noqa: PTH113
        kind = next(k for k in every() if k.is_any_file)
    kind = kind or next(k for k in every() if k.is_text)
    check_allowed(kind, text, allowed)
    return kind


def check_allowed(kind: Any, text: str, allowed: Allowed) -> None:
    """Raise ValueInputError for a kind of source or value that is not allowed."""
    does = "reads a file" if kind.reads_files and not allowed.files else ""
    does = "runs code" if kind.runs_code and not allowed.code else does
    if does:
        raise ValueInputError(
            f"{kind.name} {does}, which is not allowed here",
            expected="a source that can be read from its text alone",
            got=f"{text!r:.60}",
        )


def read(text: str, allowed: Allowed = EVERYTHING) -> Graph | Trace | Run:
    """The graph of a SOURCE as typed, or the saved trace or training run that it names.

    Raises what its kind raises, and ValueInputError for a kind that is not allowed.
    """
    kind = kind_of(text, allowed)
    assert kind.read is not None
    with Progress(f"reading {kind.name}"):
        return kind.read(text)


def files_of(text: str) -> tuple[Path, ...]:
    """The files that a SOURCE reads."""
    return kind_of(text).files(text)


def as_graph(source: Any, given: Container[str] = (), allowed: Allowed = NOTHING) -> Graph:
    """The graph of a text, a network's text, a Python expression or a graph.

    A classifying network gets its loss automatically if `label` is among the names `given`. Raises
    what the kind of the source raises, and ValueInputError for one of no kind or not allowed.
    """
    graph = source if isinstance(source, Graph) else _graph_of(source, allowed)
    if LABEL not in given:
        return graph
    from gradviz.networks.named import with_usual_loss

    return with_usual_loss(graph)


def _graph_of(source: Any, allowed: Allowed) -> Graph:
    if isinstance(source, str):
        found = read(source, allowed)
        if isinstance(found, Graph):
            return found
        raise ValueInputError(
            "a saved trace has its values already",
            expected="an expression or a network",
            got=f"{source!r:.60}",
            hint="gv.Trace.load(path) reads it",
        )
    for kind in every():
        graph = kind.of_object(source)
        if graph is not None:
            return graph
    raise ValueInputError(
        "not something that gradviz can run",
        expected="text, an expression built from gv.inputs, or a graph",
        got=type(source).__name__,
    )
