"""A saved trace or training run: a `.json` file, or any file whose suffix no other kind claims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gradviz.files import read_start
from gradviz.sources import Source

if TYPE_CHECKING:
    from gradviz.trace import Trace
    from gradviz.trace.run import Run

START = 200
"""Bytes of a file by which a run is told from a trace."""


def read(text: str) -> Trace | Run:
    """The trace or the run in a file. Raises FileError or TraceFormatError."""
    from gradviz.trace import Trace

    if _is_run(Path(text)):
        from gradviz.trace.run import Run
        from gradviz.trace.saved_runs import load

        return load(Path(text), Run)
    return Trace.load(text)


def _is_run(path: Path) -> bool:
    """Whether a regular file begins as a run; a pipe must not be waited for."""
    try:
        return b'"schema": "gradviz.run/' in read_start(path, START)
    except (OSError, ValueError):  # whoever reads it says what is wrong
        return False


def files(text: str) -> tuple[Path, ...]:
    """The file and the one next to it that holds its large arrays."""
    from gradviz.trace.io.files import arrays_path

    return Path(text), arrays_path(text)


SOURCE = Source(
    "a saved trace", read, suffixes=(".json",), is_any_file=True, reads_files=True, files=files
)
