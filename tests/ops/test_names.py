"""Nothing but its declaration knows an op by its name: under another name it is told, drawn, walked
and counted alike.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.export.reports.text import plain
from gradviz.export.reports.walks import lines
from gradviz.graph.builder import Builder
from gradviz.graph.graph import Graph
from gradviz.graph.text.parser import parse
from gradviz.graph.text.writer import write
from gradviz.networks.summary import summarise
from gradviz.ops import Op, every, registry
from gradviz.ops.op import Shape
from gradviz.scene.views.cells.pictures import CellPictures
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story import walks
from gradviz.story.cells.frames import CellStory
from gradviz.story.frame import Story
from tests.sampled import sampled

OPS = list(every())
OTHER = "quux"
"""The other name; no text of gradviz holds it."""


def renamed(op: Op, monkeypatch: pytest.MonkeyPatch) -> Op:
    """The op under another name; how it is written and said by default was its name, and stays.

    Both are in the table: what asks for the first by its name gets another op.
    """

    def by_name(m: Any, *operands: Any, **options: Any) -> Any:
        given = {k: v for k, v in options.items() if v != op.options.get(k)}
        return m.call(op.name, *operands, *(m.phrase(f"{k}={v}") for k, v in given.items()))

    other = dataclasses.replace(
        op, name=OTHER, glyph=op.symbol, spoken=op.called, written=op.written or by_name
    )
    monkeypatch.setitem(registry._OPS, OTHER, other)
    if op.operator:
        monkeypatch.setitem(registry._OPERATORS, op.operator, other)
    return other


def numbers(op: Op, slot: int, shape: Shape) -> Any:
    """Numbers of the op's domain, no two alike; the ends of it for labels and indices."""
    low, high = op.domain[0 if op.variadic else slot]
    count = math.prod(shape)
    if not op.takes_number(slot):
        return np.where(np.arange(count) % 2, int(high), int(low)).reshape(shape)
    spread = np.random.default_rng(slot).permutation(count) + 1.0
    return np.round(low + (high - low) * spread / (count + 1), 3).reshape(shape)


def graph_of(op: Op, shapes: tuple[Shape, ...], options: Mapping[str, Any]) -> Graph:
    """The op on inputs, its value used by a factor and then summed, so that a gradient arrives."""
    builder = Builder()
    operands = [builder.input(f"v{i}", shape=list(shape)) for i, shape in enumerate(shapes)]
    value = builder.apply(op.name, operands, {**op.options, **options}, name="y")
    scaled = builder.apply("mul", [value, builder.input("k", shape=[])])
    return builder.graph(builder.apply("sum", [scaled], registry.get("sum").options, name="f"))


def everything(op: Op, shapes: tuple[Shape, ...], options: Any) -> dict[str, Any]:
    """All that is told and drawn of a run of the op, and of the walk over its cells."""
    graph = graph_of(op, shapes, options)
    values = {f"v{i}": numbers(op, i, shape) for i, shape in enumerate(shapes)}
    trace = gv.run(graph, values={**values, "k": 2.0})
    found = {
        "text": write(graph),
        "again": write(parse(write(graph))),
        "walk": list(plain(lines(trace, width=100))),
        "story": walks.data(trace),
        "dot": gv.to_dot(trace).source,
        "picture": repr(Pictures(Story(trace)).scene(len(trace))),
        "summary": summarise(graph).data(),
        "trace": trace.to_json(),
    }
    assert gv.Trace.from_json(found["trace"]).to_json() == found["trace"]
    if op.combine:
        cells = gv.cells(trace, "y")
        pictures = CellPictures(CellStory(cells))
        found["cells"] = walks.data(cells)
        found["grids"] = [repr(pictures.scene(k)) for k in (0, 1, len(cells))]
    return found


def as_text(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1)


@sampled("op", OPS, few=25, ids=lambda op: op.name)
def test_under_another_name_all_is_as_before(op: Op, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = op.examples or ((((2, 3),) * len(op.inputs), {}),)
    most = max(examples, key=lambda example: len(example[0][0]))  # channels, where it has any
    before = everything(op, *most)
    after = everything(renamed(op, monkeypatch), *most)
    if OTHER in as_text(after["story"]):  # "u sent back through quux": its letters are drawn
        del before["picture"]
    for part in before:
        assert as_text(after[part]).replace(OTHER, op.name) == as_text(before[part]), part


def test_a_pool_under_another_name_walks_all_its_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = renamed(registry.get("global_maxpool2d"), monkeypatch)
    trace = gv.run(parse(f"y = {pool.name}(x); sum(y)"), x=np.arange(18.0).reshape(2, 3, 3))
    # an output cell for each of two channels, forward and back
    assert [step.place[0] for step in gv.cells(trace, "y")] == [0, 1, 0, 1]
