"""Parameters from files and into files: NumPy's .npz, and .safetensors."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradviz.errors import FileError, ShapeError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.files import read_whole, write_whole
from gradviz.graph.graph import Graph, Node
from gradviz.networks import safetensors
from gradviz.ops.op import say_shape

SHORT = {
    "weight": "w",
    "bias": "b",
    "running_mean": "mean",
    "running_var": "var",
    "gamma": "g",
    "beta": "b",
}
"""What other libraries call the parameters of a layer, as the last word of a name."""


def load_weights(path: str | Path, graph: Graph) -> dict[str, Any]:
    """The values of a graph's parameters from a .npz or .safetensors file: `gv.run(graph,
    values=…)` takes them.

    A file's names are those of the parameters, or those with `.` or `/` for `_` and `weight` or
    `bias` for `w` or `b`: `conv1.weight` is `conv1_w`. Running statistics may be there too. Raises
    FileError for a file that cannot be read, UnknownNameError where its names are not the graph's,
    and ShapeError where its shapes are not.
    """
    path = Path(path)
    found = _read(path)
    wanted = {n.name: n for n in graph.inputs if "init" in n.options}
    named = {_own_name(name, wanted): (name, array) for name, array in found.items()}
    _check_names(path, graph, wanted, named)
    wrong = [
        f"{name}: {say_shape(tuple(wanted[name].options['shape']))}, not"
        f" {say_shape(tuple(array.shape))}"
        for name, (_, array) in named.items()
        if tuple(array.shape) != tuple(wanted[name].options["shape"])
    ]
    if wrong:
        raise ShapeError(
            f"{len(wrong)} of {len(named)} weights in {path.name} have the wrong size",
            where=str(path),
            expected="the shapes of the network's parameters",
            got=_few(wrong, "; "),
            hint="these may be the weights of another network, or of one with other options",
        )
    return {name: array for name, (_, array) in named.items()}


def save_weights(path: str | Path, values: Any) -> None:
    """Write parameters to a .npz or .safetensors file: `values` are arrays by name, or a trace,
    whose parameters they are.

    Raises FileError for another suffix, or a file that cannot be written, and ValueInputError for
    what is no array of numbers.
    """
    import numpy as np

    path = Path(path)
    arrays = {}
    for name, value in _given(values).items():
        arrays[name] = np.asarray(
            value.get() if hasattr(value, "get") and hasattr(value, "device") else value
        )
        if arrays[name].dtype.kind not in "fiub":
            raise ValueInputError(f"{name} is no array of numbers", got=f"{value!r:.60}")
    if path.suffix.lower() == ".safetensors":
        write_whole(path, safetensors.write(arrays))
    elif path.suffix.lower() == ".npz":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            for name, array in arrays.items():
                # A fixed date: the same weights give the same bytes.
                with file.open(
                    zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True
                ) as entry:
                    np.lib.format.write_array(entry, array, allow_pickle=False)
        write_whole(path, buffer.getvalue())
    else:
        raise _suffix(path)


def _given(values: Any) -> Mapping[str, Any]:
    if isinstance(values, Mapping):
        return values
    if hasattr(values, "graph") and hasattr(values, "values"):
        return {n.name: values.values[n.id] for n in values.graph.inputs if "init" in n.options}
    raise ValueInputError(
        "these are no weights", expected="arrays by name, or a trace", got=type(values).__name__
    )


def _read(path: Path) -> dict[str, Any]:
    suffix = path.suffix.lower()
    if suffix not in (".npz", ".safetensors"):
        raise _suffix(path)
    data = read_whole(path)
    if suffix == ".safetensors":
        return safetensors.read(data, str(path))
    import numpy as np

    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except (
        ValueError,
        OSError,
        EOFError,
        KeyError,
        AttributeError,
        TypeError,
        zipfile.BadZipFile,
    ) as error:
        raise FileError(
            f"{path.name} is no file of weights",
            where=str(path),
            expected="a .npz, as numpy.savez writes it",
            got=error,
        ) from None
    strange = [name for name, array in found.items() if array.dtype.kind not in "fiub"]
    if strange:
        raise FileError(
            f"{path.name} holds what is no number",
            where=str(path),
            got=f"{strange[0]}: {found[strange[0]].dtype}",
        )
    return found


def _suffix(path: Path) -> FileError:
    return FileError(
        f"{path.name} is no file of weights",
        where=str(path),
        expected="a .npz or .safetensors file",
        got=path.suffix or "no suffix",
    )


def _own_name(name: str, wanted: Mapping[str, Node]) -> str:
    """A file's name for a parameter as the graph's, where it is one in another spelling."""
    if name in wanted:
        return name
    words = [w for w in re.split(r"[./]", name) if w]
    short = "_".join([*words[:-1], SHORT.get(words[-1], words[-1])]) if words else name
    return short if short in wanted else name


def _check_names(
    path: Path, graph: Graph, wanted: Mapping[str, Node], named: Mapping[str, Any]
) -> None:
    needed = [n.name for n in graph.parameters]
    missing, extra = [n for n in needed if n not in named], [n for n in named if n not in wanted]
    if not missing and not extra:
        return
    parts = [f"lacks {_few([_said(wanted[n]) for n in missing])}"] if missing else []
    if extra:
        parts.append(
            "has "
            + _few([f"{n} ({say_shape(tuple(named[n][1].shape))})" for n in extra])
            + ", which it does not know"
        )
    raise UnknownNameError(
        f"{path.name} does not hold the network's weights",
        where=str(path),
        expected=(
            f"{len(needed)} parameters: {_few([_said(wanted[n]) for n in needed])}"
            if needed
            else "a network with parameters"
        ),
        got=f"a file that {' and '.join(parts)}",
        hint=did_you_mean(extra[0], missing) if extra else "",
    )


def _said(node: Node) -> str:
    return f"{node.name} ({say_shape(tuple(node.options['shape']))})"


def _few(items: list[str], joint: str = ", ", most: int = 6) -> str:
    """The first of many."""
    return joint.join(items[:most]) + (
        f"{joint}and {len(items) - most} more" if len(items) > most else ""
    )
