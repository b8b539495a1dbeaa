"""Pictures are large enough for the back row, nothing in them overlaps, and nothing moves.

`scripts/legibility.py` measures; `make proofs` measures all its graphs, with every engine.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv
from gradviz.layout.curves import Point, rounded
from gradviz.scene.model import Path as Wire
from gradviz.scene.model import Polygon, Rect, Scene, Text

Limits = tuple[tuple[int, float, float], ...]
SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(scope="module")
def legibility() -> Iterator[Any]:
    sys.path.insert(0, str(SCRIPTS))
    try:
        import legibility

        yield legibility
    finally:
        sys.path.remove(str(SCRIPTS))


LEAST = {
    "circuit": 22, "readme": 22, "branches": 22, "neuron": 20, "norm-squared": 22, "softmax": 17,
    "hinge": 21, "neuron-written-out": 22, "skip-chain": 16.5, "three-layers": 12.5,
    "batchnorm": 10.7, "mlp-2-3-1": 10, "rnn": 8.5, "lstm": 9, "time-steps": 10, "blocks": 17,
    "attention": 8.5,
}  # fmt: skip
"""The least size in points of the numbers of lecture graphs."""


LEAST_BY_CARDS = (
    (8, 19.5, 21.5),
    (14, 15.5, 17),
    (18, 13.8, 14.5),
    (22, 11.8, 12.5),
    (30, 8.5, 10),
)
"""For random scalar graphs of at most so many cards the least size in points, and the median's."""
LEAST_OF_ARRAYS = ((8, 15.5, 16.5), (14, 9.2, 11), (20, 8.3, 9))
"""The same for graphs of 2×2 arrays, whose cards take the room of two to five numbers."""


def sound(measured: Any) -> bool:
    return not (measured.overlaps or measured.together or measured.moved)


@pytest.mark.parametrize("name", ["readme", "branches", "softmax", "neuron-written-out"])
def test_lecture_graphs_are_legible(legibility: Any, name: str) -> None:
    source, values = legibility.LECTURES[name]
    found = legibility.measured(name, gv.run(source, values=values), frames=3)
    assert found.points >= LEAST[name] and sound(found), found.line


def test_a_few_random_graphs_are_legible(legibility: Any) -> None:
    """One of each kind: real and whole numbers, long names, arrays."""
    for name, source, values in islice(legibility.small(), 4):
        found = legibility.measured(name, gv.run(source, values=values), frames=2)
        assert found.points >= 9 and sound(found), found.line


@pytest.mark.proof
def test_all_lecture_graphs_are_legible(legibility: Any) -> None:
    sizes = []
    for name, (source, values) in legibility.LECTURES.items():
        found = legibility.measured(name, gv.run(source, values=values), frames=12)
        assert found.points >= LEAST[name] and sound(found), found.line
        sizes.append(found.points)
    assert statistics.median(sizes) >= 17


def of(legibility: Any, graphs: Any, engine: str = "auto") -> list[Any]:
    return [
        legibility.measured(name, gv.run(source, values=values), engine, frames=4)
        for name, source, values in graphs
    ]


@pytest.mark.proof
def test_random_graphs_are_legible(legibility: Any) -> None:
    """Scalar graphs by how many cards they have; arrays by the size of their cards."""
    large = (graph for k, graph in enumerate(legibility.large()) if k % 8 < 4)  # all four kinds
    every = of(legibility, chain(legibility.small(), large))
    for found in every:
        assert sound(found), found.line
    assert statistics.median(m.points for m in every if m.name.startswith("small")) >= 16.5
    for limits, are_arrays in ((LEAST_BY_CARDS, False), (LEAST_OF_ARRAYS, True)):
        some = [m for m in every if (int(m.name.rpartition("-")[2]) % 4 == 3) == are_arrays]
        for most, least, median in limits:
            sizes = [m.points for m in some if _class(m.cards, limits) == most]
            assert min(sizes) >= least and statistics.median(sizes) >= median, (most, sizes)


@pytest.mark.proof
def test_random_graphs_in_scopes_are_sound(legibility: Any) -> None:
    """Wires are kept apart within each box, not yet across its edge: one graph may have a pair."""
    every = of(legibility, legibility.scoped())
    for found in every:
        assert not (found.overlaps or found.moved), found.line
    assert sum(bool(found.together) for found in every) <= 1


def test_folded_time_steps_are_sound(legibility: Any) -> None:
    """Wires that start further away pass the cards between."""
    source, values = legibility.LECTURES["time-steps"]
    found = legibility.measured("folded", gv.fold(gv.run(source, values=values), depth=1))
    assert sound(found), found.line


def _class(cards: int, limits: Limits) -> int:
    return next((most for most, _, _ in limits if cards <= most), 0)


@pytest.mark.proof
@pytest.mark.parametrize("engine", ["graphlay", "own"])
def test_with_every_engine_nothing_overlaps_or_moves(legibility: Any, engine: str) -> None:
    graphs = [(name, *graph) for name, graph in legibility.LECTURES.items()]
    for found in of(legibility, [*graphs, *islice(legibility.large(), 24)], engine):
        assert not (found.overlaps or found.moved), found.line


@pytest.mark.proof
def test_the_examples_and_the_zoo_are_sound(legibility: Any) -> None:
    for name, subject in legibility.subjects():
        if name.startswith(("example", "net:")):
            found = legibility.measured(name, subject, frames=4)
            assert sound(found), found.line


def scene(*items: Any) -> Scene:
    return Scene(200.0, 100.0, "", "", items)


def wire(key: str, *corners: Sequence[float]) -> Wire:
    return Wire(key, "wire", rounded([Point(*corner) for corner in corners]))


def test_what_is_measured_is_found(legibility: Any) -> None:
    """The measures themselves: one fault of each kind is found."""
    text = Text("node-1-value", "value", 50, 50, "2.5", 16)
    gate = Rect("node-2-gate", "gate", 40, 40, 30, 30)
    line = wire("edge-3-4-0-wire", (0, 45), (150, 45))
    head = Polygon("edge-5-6-0-arrow", "arrow", (Point(45, 45), Point(57, 40), Point(57, 50)))
    assert legibility.overlapping(scene(text, Text("b", "ink", 55, 50, "8", 16)))
    assert legibility.overlapping(scene(text, Rect("node-2-gate", "gate", 50, 40, 30, 30)))
    assert legibility.overlapping(scene(text, line))
    assert legibility.overlapping(scene(text, head))
    assert legibility.overlapping(scene(gate, line))
    assert legibility.overlapping(scene(Text("a", "ink", 199, 50, "wide", 16)))
    assert not legibility.overlapping(scene(text, wire("edge-3-4-0-wire", (0, 60), (150, 60))))
    beside = wire("edge-7-8-0-wire", (0, 46), (60, 46))
    assert legibility.together(scene(line, beside))
    assert not legibility.together(scene(line, wire("edge-3-8-0-wire", (0, 46), (60, 46))))
    assert not legibility.together(scene(line, wire("edge-7-8-0-wire", (0, 52), (60, 52))))
    moved = Text("node-1-value", "value", 51, 50, "2.5", 16)
    assert legibility.moved([scene(text), scene(moved)]) and not legibility.moved([scene(text)] * 2)
