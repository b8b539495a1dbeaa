"""A saved trace: a `.json` file, or any file whose suffix no other kind claims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gradviz.sources import Source

if TYPE_CHECKING:
    from gradviz.trace import Trace


def read(text: str) -> Trace:
    """The trace in a file. Raises FileError or TraceFormatError."""
    from gradviz.trace import Trace

    return Trace.load(text)


def files(text: str) -> tuple[Path, ...]:
    """The file and the one next to it that holds its large arrays."""
    from gradviz.trace.io.files import arrays_path

    return Path(text), arrays_path(text)


SOURCE = Source(
    "a saved trace", read, suffixes=(".json",), is_any_file=True, reads_files=True, files=files
)
