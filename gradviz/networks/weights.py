"""Matching named arrays to the parameters of a graph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradviz.errors import ShapeError, UnknownNameError, did_you_mean
from gradviz.graph.graph import Graph, Node
from gradviz.ops.op import say_shape

SHORT = {
    "weight": "w",
    "bias": "b",
    "running_mean": "mean",
    "running_var": "var",
    "gamma": "g",
    "beta": "b",
}
"""Other libraries' names for the parameters of a layer, as the last word of a name."""


def parameters(graph: Graph) -> list[Node]:
    """The inputs that declare an initialiser: parameters and running statistics."""
    return [n for n in graph.inputs if "init" in n.options]


def matched(graph: Graph, found: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The arrays of a file, under the names of the parameters they belong to.

    Names may be spelled as in other libraries. Raises UnknownNameError if the names do not match
    the graph's, ShapeError if the shapes do not; messages call the file `path`.
    """
    wanted = {n.name: n for n in parameters(graph)}
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


def _own_name(name: str, wanted: Mapping[str, Node]) -> str:
    """The graph's name for a parameter that a file may spell differently."""
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
    """The first few of many."""
    return joint.join(items[:most]) + (
        f"{joint}and {len(items) - most} more" if len(items) > most else ""
    )
