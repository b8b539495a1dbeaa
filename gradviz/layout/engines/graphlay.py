"""graphlay: a layered layout engine in Rust, the second one that comes with gradviz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import metadata
from importlib.util import find_spec
from typing import Any, Final

from gradviz.layout.curves import Box, Point, rounded
from gradviz.layout.detour import columns
from gradviz.layout.engines.engine import Answer, Card, Choice, Engine, FailureError, Request

PACKAGE: Final = "graphlay"
LANE: Final = 10.0
"""The distance between parallel wires."""
BEND: Final = 20.0
STUB: Final = 24.0
"""How far a wire runs horizontally at its ends: room for an arrow."""


def installed() -> list[Engine]:
    """The engine, if its package is installed."""
    return [Engine(PACKAGE, _place, _version, package=PACKAGE)] if find_spec(PACKAGE) else []


CHOICES: Final = (Choice(PACKAGE, 20, installed, f"the package {PACKAGE}"),)


def _version() -> str:
    return f"{PACKAGE} {metadata.version(PACKAGE)}"


def _place(request: Request) -> Answer:
    # Imported here: a picture that Graphviz lays out does not need it.
    import graphlay

    holders = request.holders
    wired = {end for source, target, _ in request.wires for end in (holders[source], target)}
    keys = sorted(wired)
    graph = graphlay.Graph()
    for key in keys:
        card = request.cards[key]
        rank = "first" if key in request.first else "last" if key in request.last else "free"
        graph.node(key, width=card.width, height=card.height, rank=rank)
    for source, target, slot in request.wires:
        card, end = request.cards[holders[source]], request.cards[target]
        graph.edge(
            holders[source],
            target,
            source_port=_port("right", card.leaves(source), card),
            target_port=_port("left", end.ports[slot], end),
        )
    options = {
        "spacing": {
            "layer_gap": request.channel,
            "node_gap": request.gap,
            "dummy_gap": request.gap / 2,
            "isolated_gap": request.gap,
            "stub": STUB,
        },
        "routing": {"lane_gap": LANE, "bundle_parallel": False},
    }
    try:
        layout = graphlay.layout(graph, options=options)
    except graphlay.GraphlayError as error:
        raise FailureError(str(error)) from None
    boxes = {
        key: _box(node, request.cards[key]) for key, node in zip(keys, layout.nodes, strict=True)
    }
    _check(boxes, request)
    boxes |= _alone(sorted(set(request.cards) - wired), request, boxes)
    # Between neighbouring columns a curve is easier to follow than graphlay's corners.
    wires = {
        wire: rounded([Point(p["x"], p["y"]) for p in edge["points"]], BEND)
        for wire, edge in zip(request.wires, layout.edges, strict=True)
        if edge["kind"] != "direct"
    }
    return Answer(boxes, wires)


def _check(boxes: Mapping[int, Box], request: Request) -> None:
    """Raise FailureError if a wire has no channel to run in."""
    column_of = {box: i for i, column in enumerate(columns(boxes.values())) for box in column.cards}
    holders = request.holders
    for source, target, _ in request.wires:
        if column_of[boxes[holders[source]]] >= column_of[boxes[target]]:
            raise FailureError("it put a card into the column of its input")


def _alone(keys: Sequence[int], request: Request, boxes: Mapping[int, Box]) -> dict[int, Box]:
    """Cards without a wire, in a separate column on the left; graphlay's grid of them would reach
    across the channels.
    """
    left = min((box.x for box in boxes.values()), default=0.0) - request.channel
    found, y = {}, min((box.y for box in boxes.values()), default=0.0)
    for key in keys:
        card = request.cards[key]
        found[key] = Box(left - card.width, y, card.width, card.height)
        y += card.height + request.gap
    return found


def _port(side: str, height: float, card: Card) -> dict[str, Any]:
    """A place on a card's edge; graphlay counts from −1 at the top to 1 at the bottom."""
    return {"offset": {"side": side, "t": 2 * height / max(card.height, 1e-9) - 1}}


def _box(node: dict[str, Any], card: Card) -> Box:
    x, y = node["center"]["x"], node["center"]["y"]
    return Box(x - card.width / 2, y - card.height / 2, card.width, card.height)
