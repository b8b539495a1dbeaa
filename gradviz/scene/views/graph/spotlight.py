"""The spotlight on some nodes of a graph: they and the wires between them stay lit."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.files import same_name
from gradviz.graph.fold.groups import around
from gradviz.scene.model import Item
from gradviz.scene.spotlight import back
from gradviz.scene.views.graph.place import PlacedGraph
from gradviz.trace import Trace
from gradviz.trace.paths import BETWEEN, paths

PART: Final = re.compile(r"(?:node|edge)-(\d+)(?:-(\d+)-\d+)?")
"""The node, or the two ends of the wire, to which the id of an item says that it belongs."""
FRAME: Final = re.compile(r"scope-(\d+)")
"""The number of the scope whose frame or title it is."""

Spot = frozenset[int]
"""The nodes in the light."""


def spot(labels: Mapping[int, str], words: Iterable[str], trace: Trace | None) -> Spot:
    """The nodes that words mean: a name or label, or all nodes on the paths `x..f`.

    Raises UnknownNameError for a node that does not exist, ValueInputError for paths without a run,
    and what `gradviz.trace.paths.paths` raises.
    """
    by_label = {label: node for node, label in labels.items()}
    found = set[int]()
    for word in words:
        if BETWEEN in word:
            found |= _along(trace, word)
            continue
        name = same_name(word, by_label)
        if name not in by_label:
            raise UnknownNameError(
                f"nothing in the picture is called {word!r:.60}",
                expected=f"one of {', '.join(list(by_label)[:12])}, or a path such as x..f",
                got=f"spotlight {word:.60}",
                hint=did_you_mean(word, by_label),
            )
        found.add(by_label[name])
    return frozenset(found)


def _along(trace: Trace | None, word: str) -> set[int]:
    if trace is None:
        raise ValueInputError(
            "the paths between two nodes are known of a run",
            expected="names of nodes, or a value for every input",
            got=f"spotlight {word:.60}",
        )
    return {n for edge in paths(trace, word).edges for n in (edge.source, edge.target)}


def lit(items: Iterable[Item], placed: PlacedGraph, nodes: Collection[int]) -> Iterator[Item]:
    """The items of a graph, of which all that do not belong to these nodes, nor to a wire between
    two of them, step back.
    """
    homes = placed.scopes.homes
    open_ = {path for node in nodes for path in around(homes.get(node, ""))}
    scopes = [path in open_ for path in placed.frames]
    gates = {placed.host.get(node, node) for node in nodes}

    def is_lit(key: str) -> bool:
        if framed := FRAME.match(key):
            return scopes[int(framed[1])]
        if (found := PART.match(key)) is None:
            return False
        ends = [int(n) for n in found.groups() if n is not None]
        if key.startswith("edge"):
            return all(node in nodes for node in ends)
        return placed.host.get(ends[0], ends[0]) in gates

    return (item if is_lit(item.id) else back(item) for item in items)
