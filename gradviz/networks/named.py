"""Networks as text: `net:NAME`, `net:NAME:ARGUMENT`, `net:PATTERN`, and options after commas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from gradviz.errors import ParseError, Span, UnknownNameError, ValueInputError, did_you_mean
from gradviz.graph.expression import graph_of
from gradviz.graph.graph import INPUT, Graph, Node
from gradviz.networks import catalogue, pattern
from gradviz.networks.catalogue import PREFIX, Network
from gradviz.networks.initialisers import seed_of
from gradviz.networks.loss import LABEL, SINGLE, outputs, with_loss

COMMON = {"seed": 0, "loss": ""}
"""The options that every network takes."""


class Wanted(NamedTuple):
    """A request for a network, read from its text."""

    network: Network
    arguments: tuple[Any, ...]
    options: dict[str, Any]


def net(name: str, /, **options: Any) -> Graph:
    """The graph of a named network, or of a pattern: `net("alexnet", classes=10)`,
    `net("mlp:2-4-4-1,seed=3")`.

    Every network takes `seed`, from which all its parameters are sampled, and `loss`, the op that
    compares its scores with an input `label`; without a loss its output is the scores. `loss=yes`
    is the network's usual loss, or the squared error for a single output. The other options are the
    network's own, see `gradviz list networks`. Nothing is allocated before a run. Raises
    UnknownNameError, ParseError for a pattern that does not parse, and ValueInputError, also for
    an option that would change nothing.
    """
    if not isinstance(name, str):
        raise ValueInputError(
            "a network is given by its name", expected='such as "lenet5"', got=f"{name!r:.60}"
        )
    text = name if name.startswith(PREFIX) else PREFIX + name
    wanted = _read(text, options)
    own = {k: v for k, v in wanted.options.items() if k not in COMMON}
    written = ",".join([text, *(f"{k}={catalogue.write(wanted.options[k])}" for k in options)])
    built = graph_of(wanted.network.build(*wanted.arguments, **own))
    _check_used(text, wanted)
    graph = Graph(built.nodes, built.output, written)
    if "seed" in wanted.options:
        _check_random(text, graph)
    graph = seeded(graph, wanted.options.get("seed", 0))
    loss = wanted.options.get("loss", "")
    if loss in ("yes", "True"):
        loss = _usual_loss(graph, wanted.network)
        if not loss:
            raise ValueInputError(
                f"net:{wanted.network.name} has no usual loss",
                expected="the name of a loss, such as loss=squared_error",
                got=text,
            )
    return with_loss(graph, loss) if loss else graph


def _check_used(text: str, wanted: Wanted) -> None:
    """Raise ValueInputError for an option that would change nothing."""
    argument = wanted.arguments[0] if wanted.arguments else None
    for option in wanted.options:
        if option not in COMMON and (lacking := wanted.network.lacks(argument, option)):
            raise ValueInputError(
                f"the option {option!r} would change nothing here",
                expected=f"a network with {lacking}",
                got=text,
            )


def _check_random(text: str, graph: Graph) -> None:
    """Raise ValueInputError where there is nothing that a seed could change."""
    if not any("seed" in n.options or "seed" in n.options.get("init", {}) for n in graph.nodes):
        raise ValueInputError(
            "the option 'seed' would change nothing here",
            expected="a network with random parameters, or with dropout",
            got=text,
        )


def with_usual_loss(graph: Graph) -> Graph:
    """A named network followed by its usual loss, which takes a `label`.

    Any other graph, and one that already has a label, is returned unchanged.
    """
    if not graph.source.startswith(PREFIX) or any(n.name == LABEL for n in graph.nodes):
        return graph
    loss = _usual_loss(graph, _read(graph.source).network)
    return with_loss(graph, loss) if loss else graph


def usual_data(graph: Graph) -> str:
    """The data set that a named network learns where none is named; empty for any other graph."""
    return _read(graph.source).network.data if graph.source.startswith(PREFIX) else ""


def note_on_loss(graph: Graph) -> str:
    """What to say of the loss that `with_usual_loss` would add, where it is not the network's
    own; "" for nothing.
    """
    if not graph.source.startswith(PREFIX) or any(n.name == LABEL for n in graph.nodes):
        return ""
    network = _read(graph.source).network
    if _usual_loss(graph, network) == network.loss:
        return ""
    return "the network has one output, so its loss is the squared error, (output - label)^2"


def _usual_loss(graph: Graph, network: Network) -> str:
    """The loss of a network: with one output there are no classes, and it is the squared error."""
    return SINGLE if network.loss and outputs(graph) == 1 else network.loss


def seeded(graph: Graph, seed: int) -> Graph:
    """The graph with this seed in every initialiser and every dropout.

    Raises ValueInputError for an invalid seed.
    """
    if seed < 0:
        raise ValueInputError("not a seed", expected="a whole number from 0 on", got=seed)
    return Graph([_seeded(n, seed) for n in graph.nodes], graph.output, graph.source)


def _seeded(node: Node, seed: int) -> Node:
    init = node.options.get("init", {}) if node.op == INPUT else {}
    if "seed" in init:
        return replace(node, options={**node.options, "init": {**init, "seed": seed}})
    if "seed" in node.options:
        return replace(node, options={**node.options, "seed": seed_of(node.scope, seed)})
    return node


def _read(text: str, more: Mapping[str, Any] | None = None) -> Wanted:
    """The network, its arguments and its options, both from Python and from the text."""
    head, *pieces = _split(text[len(PREFIX) :])
    network, arguments = _network(text, head)
    known = {**network.options, **COMMON}
    found: dict[str, Any] = {}
    for key, value in [*(_option(text, piece) for piece in pieces), *(more or {}).items()]:
        if key not in known:
            hint = did_you_mean(key, known)
            raise UnknownNameError(
                f"net:{network.name} has no option {key!r:.40}",
                expected=", ".join(known),
                hint=hint,
            )
        if key in found:
            raise ValueInputError(
                f"the option {key!r} is given twice", expected="one value for each option", got=text
            )
        found[key] = catalogue.read(key, value, known[key])
    return Wanted(network, arguments, found)


def _network(text: str, head: str) -> tuple[Network, tuple[Any, ...]]:
    name, colon, argument = head.partition(":")
    if name not in catalogue.every() and pattern.looks_like_one(head):
        return PATTERN, (pattern.parse(text, len(PREFIX), len(PREFIX) + len(head)),)
    network = catalogue.get(name)
    if colon and not network.argument:
        raise ValueInputError(f"net:{name} takes no sizes", expected=network.usage(), got=text)
    if network.argument and not argument:
        raise ValueInputError(
            f"net:{name} needs its {network.argument}", expected=f"net:{name}:2-4-4-1", got=text
        )
    return network, (argument,) if colon else ()


PATTERN = Network(
    "PATTERN",
    "layers as the lectures write them: [(conv-relu)*2-pool]*3-(fc-relu)*2-softmax",
    "CS231n; Deep Learning Tutorial",
    "softmax_cross_entropy",
    pattern.build,
    pattern.lacks,
)


def _split(text: str) -> list[str]:
    """The name or pattern, and the options: the pieces between commas outside all brackets."""
    return re.split(r",(?![^(\[]*[)\]])", text)


def _option(text: str, piece: str) -> tuple[str, str]:
    key, equals, value = (part.strip() for part in piece.partition("="))
    if not (key.isidentifier() and equals and value):
        at = text.index("," + piece) + 1
        layer = key.lower() in pattern.WORDS
        raise ParseError(
            f"{piece.strip() or 'nothing'} is not an option",
            where=(text, Span(at, at + max(1, len(piece)))),
            expected="NAME=VALUE after each comma, such as classes=10",
            hint=f"layers are joined by a minus: -{key.lower()}" if layer else "",
        )
    return key, value
