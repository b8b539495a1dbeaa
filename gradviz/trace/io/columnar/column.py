"""One column of a document, as an array of the right type and length."""

from __future__ import annotations

from typing import Any

from gradviz.errors import TraceFormatError
from gradviz.trace.io.plain import Decoder


class Columns:
    """Reads columns, which stand in the text or in the `.npz`."""

    def __init__(self, decode: Decoder) -> None:
        self.decode, self.xp = decode, decode.xp

    def numbers(self, data: Any, count: int, where: str) -> Any:
        """Floats of the trace's type. Raises TraceFormatError."""
        found = self.decode(data, (count,), where)
        if found.dtype.kind != "f":
            raise _of_wrong_type(where, "floats", found)
        return found

    def doubles(self, data: Any, count: int, where: str) -> Any:
        """Floats of 64 bits, as constants are. Raises TraceFormatError."""
        found = self.decode(data, (count,), where, as_is=True)
        if count and found.dtype != "float64":
            raise _of_wrong_type(where, "floats", found)
        return found

    def ids(self, data: Any, count: int, where: str) -> Any:
        """Whole numbers that are not negative. Raises TraceFormatError."""
        found = self.integers(data, count, where)
        if count and found.min() < 0:
            raise TraceFormatError("a number is negative", where=where, got=found.min())
        return found

    def integers(self, data: Any, count: int, where: str) -> Any:
        """Whole numbers. Raises TraceFormatError."""
        import numpy as np

        found = self.decode(data, (count,), where, as_is=True)
        if count and not (found.dtype.kind in "iu" and np.can_cast(found.dtype, np.int64)):
            raise _of_wrong_type(where, "whole numbers", found)
        return found.astype(np.int64)


def _of_wrong_type(where: str, expected: str, found: Any) -> TraceFormatError:
    return TraceFormatError(
        "a column holds entries of the wrong type", where=where, expected=expected, got=found.dtype
    )
