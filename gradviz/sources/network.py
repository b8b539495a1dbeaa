"""A named network or a pattern of layers: `net:lenet5`, `net:mlp:2-4-1`, `net:conv-relu-fc`."""

from gradviz.graph.graph import Graph
from gradviz.networks.catalogue import PREFIX
from gradviz.sources import Source


def read(text: str) -> Graph:
    """The graph of a network's text. Raises what `gradviz.networks.named.net` raises."""
    from gradviz.networks.named import net

    return net(text.strip())


SOURCE = Source("a network", read, prefix=PREFIX)
