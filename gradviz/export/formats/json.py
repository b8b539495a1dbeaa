"""JSON: the trace itself, as `Trace.save` writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gradviz.export.drawing import Drawing
from gradviz.export.formats import Format
from gradviz.files import Data
from gradviz.trace.io import SCHEMA
from gradviz.trace.io.files import contents


class TraceFile(Format):
    """The format of saved traces; large arrays go to an `.npz` next to the file."""

    def files(self, drawing: Drawing, frames: Sequence[int], path: Path) -> Mapping[Path, Data]:
        """The trace, and its arrays if they are large."""
        assert drawing.walk is not None
        return contents(drawing.walk.trace, path)


def _write(drawing: Drawing, frames: Sequence[int]) -> str:
    assert drawing.walk is not None
    return drawing.walk.trace.to_json() + "\n"


FORMAT = TraceFile(
    suffixes=(".json",),
    holds="run",
    draws=(),
    write=_write,
    is_ours=lambda data: data.startswith(f'{{"schema": "{SCHEMA}"'.encode()),
    bare=False,
    inside=False,
)
