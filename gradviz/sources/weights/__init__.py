"""Reading parameters from files and writing them: one file per format.

A module of this folder that declares `WEIGHTS` is a format; adding a format is adding a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gradviz import plugins
from gradviz.errors import FileError, ValueInputError
from gradviz.files import as_path, read_whole, write_whole
from gradviz.graph.graph import Graph
from gradviz.networks.weights import matched, parameters


@dataclass(frozen=True)
class WeightFormat:
    """A file format for named arrays.

    suffix  how the names of its files end.
    read    `(data, where)`: the arrays by name; raises FileError naming `where`, the file.
    write   the bytes of a file of these arrays; the same arrays give the same bytes.
    """

    suffix: str
    read: Callable[[bytes, str], dict[str, Any]]
    write: Callable[[Mapping[str, Any]], bytes]


@cache
def every() -> Mapping[str, WeightFormat]:
    """Every format by its suffix."""
    return {form.suffix: form for form in plugins.declared(__name__, "WEIGHTS")}


def load_weights(path: str | Path, graph: Graph) -> dict[str, Any]:
    """The values of a graph's parameters from a .npz or .safetensors file, for `gv.run`'s `values`.

    The names in a file are those of the parameters, possibly with `.` or `/` for `_` and `weight`
    or `bias` for `w` or `b`: `conv1.weight` is `conv1_w`. Running statistics may be in the file
    too. Raises FileError for a file that cannot be read, UnknownNameError if its names do not match
    the graph's, and ShapeError if its shapes do not.
    """
    path = as_path(path)
    form = _of(path)
    return matched(graph, form.read(read_whole(path), str(path)), path)


def save_weights(path: str | Path, values: Any) -> None:
    """Write parameters to a .npz or .safetensors file.

    `values` are arrays by name, or a trace, whose parameters are written. Raises FileError for
    another suffix or a file that cannot be written, and ValueInputError for a value that is not an
    array of numbers.
    """
    import numpy as np

    path = as_path(path)
    arrays = {}
    for name, value in _given(values).items():
        arrays[name] = np.asarray(
            value.get() if hasattr(value, "get") and hasattr(value, "device") else value
        )
        if arrays[name].dtype.kind not in "fiub":
            raise ValueInputError(f"{name} is not an array of numbers", got=f"{value!r:.60}")
    write_whole(path, _of(path).write(arrays))


def _given(values: Any) -> Mapping[str, Any]:
    if isinstance(values, Mapping):
        return values
    if hasattr(values, "graph") and hasattr(values, "values"):
        return {n.name: values.values[n.id] for n in parameters(values.graph)}
    raise ValueInputError(
        "these are not weights", expected="arrays by name, or a trace", got=type(values).__name__
    )


def _of(path: Path) -> WeightFormat:
    """The format of a file, by its suffix. Raises FileError."""
    suffix = path.suffix.lower()
    if suffix in every():
        return every()[suffix]
    raise FileError(
        f"{path.name} is not a weights file",
        where=str(path),
        expected=f"a {' or '.join(every())} file",
        got=path.suffix or "no suffix",
    )
