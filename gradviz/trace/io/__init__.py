"""Traces as JSON and as files: `Trace.to_json`, `from_json`, `save` and `load`.

This package knows a trace only by its parts, `Recorded`, and builds one with the class it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from gradviz.graph.graph import Graph
from gradviz.trace.step import Recording, Step
from gradviz.trace.updates import Updates

SCHEMA: Final = "gradviz.trace/1"


class Recorded(Protocol):
    """The parts of a trace that are written; see `gradviz.trace.Trace`."""

    graph: Graph
    values: Sequence[Any]
    gradients: Sequence[Any]
    wrt: tuple[int, ...]
    backend: str
    dtype: str
    note: str
    recording: Recording
    updates: Updates | None

    @property
    def xp(self) -> Any:
        """The array namespace of the values."""

    @property
    def seeds(self) -> Sequence[Any]:
        """The gradients that the backward pass starts from, one for each output."""

    @property
    def steps(self) -> Sequence[Step]:
        """Every step in order."""

    def with_updates(self, updates: Updates) -> Any:
        """The same, followed by these updates."""


Made = TypeVar("Made", bound=Recorded)
"""The class that a trace is read into; it is called as `gradviz.trace.Trace` is."""


class Beside(Protocol):
    """Where large arrays go that do not stand in the text."""

    def store(self, value: Any, key: str) -> dict[str, str] | None:
        """What stands for an array in the text, offered with the key that it would have; None if it
        stands there itself.
        """

    def sha256(self) -> str:
        """The digest of the file with all arrays that were taken; empty if there are none."""


class Parts(NamedTuple):
    """The parts of a document that differ between its two forms, as JSON; `source` is text."""

    source: str
    nodes: str
    values: str
    gradients: str
    seeds: str
    steps: str
