"""Whatever stands for a graph, networks by their text included."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from gradviz.graph import sources
from gradviz.graph.graph import Graph

PREFIX = "net:"
LABEL = "label"


def as_graph(source: Any, given: Container[str] = ()) -> Graph:
    """The graph of a text, a network's text, a Python expression or a graph.

    A classifying network gets its loss by itself where a `label` is among the names `given`. Raises
    what `gradviz.networks.named.net` and `gradviz.graph.sources.as_graph` raise.
    """
    is_net = isinstance(source, str) and source.lstrip().startswith(PREFIX)
    if not is_net and LABEL not in given:
        return sources.as_graph(source)
    from gradviz.networks.loss import with_loss
    from gradviz.networks.named import net, usual_loss

    graph = net(source.strip()) if is_net else sources.as_graph(source)
    if (
        LABEL in given
        and graph.source.startswith(PREFIX)
        and all(n.name != LABEL for n in graph.nodes)
    ):
        loss = usual_loss(graph.source)
        return with_loss(graph, loss) if loss else graph
    return graph
