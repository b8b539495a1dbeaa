"""From the words of the command line to a trace."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradviz.cli.arguments import assignments
from gradviz.errors import FileError, ParseError, ValueInputError
from gradviz.graph.declared import declared_shape
from gradviz.graph.graph import Graph
from gradviz.graph.text.parser import parse
from gradviz.ops.op import Shape
from gradviz.trace import Trace

LARGEST_TEXT = 200_000


def read_source(source: str) -> Graph | Trace:
    """The graph of an expression (or of standard input, for `-`) or of a network, or a saved
    trace.
    """
    if source == "-":
        return parse(sys.stdin.read(LARGEST_TEXT + 1))
    if source.startswith("net:"):
        from gradviz.networks.named import net

        return net(source)
    # Unlike Path.is_file, this takes any text, however long, for an answer of no.
    if source.lower().endswith(".json") or os.path.isfile(source):  # noqa: PTH113
        return Trace.load(source)
    return parse(source)


def run_source(
    source: str,
    values: Sequence[str],
    wrt: Sequence[str],
    upstream: str | None,
    backend: str,
    dtype: str,
    weights: str | None = None,
) -> Trace:
    """Run SOURCE on its values, or load the saved trace that it names."""
    graph = read_source(source)
    if isinstance(graph, Trace):
        if (
            values
            or wrt
            or weights
            or upstream is not None
            or backend != "numpy"
            or dtype != "float64"
        ):
            raise ValueInputError(
                "a saved trace has its values already",
                expected=(
                    "the trace alone, without NAME=VALUE, --weights, --wrt, --upstream, --backend"
                    " or --dtype"
                ),
                hint=f"run its expression again: {graph.source!r}" if graph.source else "",
            )
        return graph
    from gradviz.engine.run import run

    given = all_values(graph, values, weights)
    return run(graph, values=given, wrt=names(wrt), upstream=upstream, backend=backend, dtype=dtype)


def bound_source(source: str, values: Sequence[str]) -> Graph:
    """The graph of SOURCE with its shapes, from those that it declares and from its values; nothing
    is run.
    """
    graph = read_source(source)
    if isinstance(graph, Trace):
        return graph.graph
    from gradviz.engine.run import bind_graph

    return bind_graph(graph, read_values(assignments(values), graph))


def names(wrt: Sequence[str]) -> str | None:
    """`--wrt`, given once or several times, as one text; None for all inputs."""
    return ",".join(wrt) if wrt else None


def all_values(graph: Graph, values: Sequence[str], weights: str | None) -> dict[str, Any]:
    """The parameters of a file of weights, and every NAME=VALUE, which comes before what the file
    says.
    """
    given = read_values(assignments(values), graph)
    if weights is None:
        return given
    from gradviz.networks.weights import load_weights

    return load_weights(weights, graph) | given


def read_values(given: Mapping[str, str], graph: Graph) -> dict[str, Any]:
    """Every VALUE: `@file`, `random:SEED` and `digit:3` are read here, all other text by the
    engine.

    An image takes the shape that its input declares; what that does to it is said on standard
    error.
    """
    shapes = {n.name: declared_shape(n.options) for n in graph.inputs}
    return {name: _value(name, text, shapes.get(name)) for name, text in given.items()}


def _value(name: str, text: str, shape: Shape | None) -> Any:
    if text.startswith("@"):
        return _from_file(name, Path(text[1:]), shape)
    if text.startswith("random:"):
        return _random(name, text, shape)
    if text.startswith("digit:"):
        from gradviz.networks.digits import from_text

        return _as_image(from_text(text), shape, text)
    if not text:
        raise ParseError(
            f"the value of {name} is empty", expected=f"a number or an array, as in {name}=3"
        )
    return text


def _as_image(image: Any, shape: Shape | None, name: str) -> Any:
    """An image in the declared shape; in its own where there is none."""
    if shape is None or image.shape == shape:
        return image
    from gradviz.networks.images import fit

    fitted = fit(image, shape, name)
    if fitted.words:
        sys.stderr.write(f"gradviz: note: {fitted.words}\n")
    return fitted.array


def _from_file(name: str, path: Path, shape: Shape | None) -> Any:
    import numpy as np

    from gradviz.networks import images

    if path.suffix.lower() in images.SUFFIXES:
        return _as_image(images.read(path), shape, path.name)
    readers: dict[str, Callable[[], Any]] = {
        ".npy": lambda: np.load(path, allow_pickle=False),
        ".csv": lambda: np.loadtxt(path, delimiter=","),
    }
    if path.suffix.lower() not in readers:
        raise FileError(
            f"the value of {name} cannot be read from {path.name}",
            expected="a .npy, .csv, .png or .jpg file",
            got=path.suffix,
        )
    try:
        return readers[path.suffix.lower()]()
    except OSError as error:
        raise FileError(
            f"cannot read the value of {name}", where=str(path), got=error.strerror or error
        ) from None
    except ValueError as error:
        raise FileError(
            f"the value of {name} is unreadable",
            where=str(path),
            expected="an array of numbers",
            got=error,
        ) from None


def _random(name: str, text: str, declared: Shape | None) -> Any:
    """Numbers from the standard normal distribution; the same seed and shape give the same ones.

    Without a shape it is the one that the input declares, or a scalar.
    """
    import numpy as np

    _, seed, *shape = text.split(":")
    try:
        sizes = tuple(int(n) for n in shape[0].split("x")) if shape else declared or ()
        if len(shape) > 1 or min(sizes, default=1) < 0:
            raise ValueError
        return np.random.default_rng(int(seed)).standard_normal(sizes)
    except (ValueError, OverflowError):
        raise ValueInputError(
            f"the value of {name} cannot be drawn",
            expected="random:SEED or random:SEED:2x3",
            got=text,
        ) from None
