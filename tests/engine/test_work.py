"""How much work the engine does, counted in calls, never in seconds: it grows in step with the
graph, and the hot paths stay below a committed baseline.

The baseline stands in `work.json` beside this file; `REGOLD=1` writes it anew.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.exam import cohort
from gradviz.exam.paper import spec
from gradviz.exam.paper.roster import Student
from gradviz.export.formats.svg import svg
from gradviz.export.reports import walks as reports
from gradviz.graph.text.writer import write
from gradviz.scene.themes import theme
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story import walks
from gradviz.story.frame import Story
from gradviz.trace import Trace
from tests.sampled import sampled

BASELINE = Path(__file__).with_name("work.json")
SLACK = 1.1
"""Python's versions differ in what they call."""


def calls(work: Callable[[], Any]) -> int:
    """How many functions of Python and C are called."""
    count = 0

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def star(size: int) -> Any:
    """One input with many uses."""
    (x,) = gv.inputs("x")
    total = x * 1.5
    for k in range(size):
        total = total + x * (0.5 + k / size)
    return total


def chain(size: int) -> Any:
    """One op after the other."""
    (x,) = gv.inputs("x")
    for _ in range(size):
        x = gv.tanh(x) * 1.01
    return x


def wide(size: int) -> Any:
    """A sum of many inputs."""
    first, *rest = gv.inputs([f"x{k}" for k in range(size)])
    for x in rest:
        first = first + x
    return first


def deep(size: int) -> Any:
    """Scopes within scopes."""
    (x,) = gv.inputs("x")
    with ExitStack() as scopes:
        for k in range(size):
            scopes.enter_context(gv.scope(f"s{k}"))
            x = x * 1.01
    return x


def layers(size: int) -> Any:
    """Scopes one after the other."""
    (x,) = gv.inputs("x")
    for k in range(size):
        with gv.scope(f"s{k}"):
            x = gv.tanh(x) * 1.01
    return x


def lattice(size: int) -> Any:
    """Every value is used twice, so that there are 2ⁿ paths."""
    a, b = gv.inputs("a b")
    for _ in range(size):
        a, b = a * b, a + b
    return a * b


def stack(size: int) -> Any:
    """An op with many operands, which are arrays."""
    return gv.sum(gv.stack(gv.inputs([f"x{k}" for k in range(size)])) * 2)


def concat(size: int) -> Any:
    """An op with many operands, which become one axis."""
    return gv.sum(gv.concatenate(gv.inputs([f"x{k}" for k in range(size)])) * 2)


def network(size: int) -> Any:
    """Arrays, one op after the other."""
    (x,) = gv.inputs("x")
    for _ in range(size):
        x = gv.tanh(x) * 1.01
    return gv.sum(x)


OF_ARRAYS = (stack, concat, network)


def values(source: Any, make: Any = None) -> dict[str, Any]:
    value = np.full(3, 0.3) if make in OF_ARRAYS else 0.3
    return dict.fromkeys([n.name for n in gv.compile(source).graph.inputs], value)


def seek(trace: Trace) -> None:
    for k in range(len(trace) + 1):
        for node in (0, trace.graph.output // 2, trace.graph.output):
            trace.gradient_by(node, k)
            trace.known_since(node)
    for edge in trace.recording.edges:
        trace.step_of(edge)


def frames(story: Story) -> None:
    for k in range(len(story.trace) + 1):
        frame = story.frame(k)
        assert frame.sentence is not None
        assert frame.formula is not None or k == 0


def work(make: Callable[[int], Any], size: int) -> dict[str, int]:
    """The calls of each thing that is done with a graph."""
    source = make(size)
    given = values(source, make)
    trace = gv.run(source, **given)
    program = gv.compile(source)
    program.trace(**given)
    story, text = Story(trace), write(trace.graph)
    name = trace.graph.inputs[0].name
    many = {k: np.stack([v] * 300) for k, v in given.items()}
    return {
        "build": calls(lambda: make(size)),
        "parse": calls(lambda: gv.parse(text)),
        "write": calls(lambda: write(trace.graph)),
        "run": calls(lambda: gv.run(source, **given)),
        "write out": calls(lambda: program.trace(**given)),
        "gradients": calls(lambda: gv.compile(source).gradients(**given)),
        "batch": 1 if make in OF_ARRAYS else calls(lambda: gv.compile(source).batch(**many)),
        "step": calls(lambda: list(trace.steps)),
        "seek": calls(lambda: seek(trace)),
        "tell": calls(lambda: Story(trace)),
        "frames": calls(lambda: frames(story)),
        "show": calls(lambda: list(reports.lines(trace, steps=None, width=100, digits=4))),
        "data": calls(lambda: walks.data(trace)),
        "dot": calls(lambda: gv.to_dot(trace)),
        "fold": calls(lambda: gv.fold(trace, depth=1)),
        "check": calls(lambda: gv.check(source, wrt=name, **given)),
        "save": calls(lambda: trace.to_json()),
    }


GROWING = (star, chain, wide, deep, layers, lattice, stack, concat, network)


QUADRATIC = {stack: ("write out", "show"), concat: ("write out",)}
"""What still is: a rule that is written out looks at every operand, once for each of them; wires
that lead to one gate are compared with each other.
"""


@sampled("make", GROWING, few=3)
def test_work_grows_in_step_with_the_graph(make: Callable[[int], Any]) -> None:
    once, twice = work(make, 40), work(make, 80)
    spared = QUADRATIC.get(make, ())
    grown = {what: twice[what] / once[what] for what in once if what not in spared}
    assert max(grown.values()) < 2.3, grown


@sampled("make", [star, chain, wide, deep, layers, lattice, network], few=3)
def test_loading_grows_in_step_too(make: Callable[[int], Any]) -> None:
    """Twice from a size on at which what is computed again is no longer negligible."""
    texts = [gv.run(s := make(n), **values(s, make)).to_json() for n in (80, 160)]
    once, twice = (calls(lambda t=t: Trace.from_json(t)) for t in texts)
    assert twice / once < 2.3


@sampled("make", [m for m in GROWING if "pictures" not in QUADRATIC.get(m, ())], few=3)
def test_pictures_grow_in_step_too(make: Callable[[int], Any]) -> None:
    """Three pictures of one layout. What a layout takes is bounded, see `gradviz.layout.work`."""

    def drawn(size: int) -> int:
        source = make(size)
        story = Story(gv.run(source, **values(source, make)))
        last, pictures = len(story.trace), Pictures(story)

        def draw() -> None:
            for k in (1, last // 2, last):
                svg(pictures.scene(k), theme("light"), embed_fonts=False)

        draw()  # letters and formulas are measured once
        return calls(draw)

    assert drawn(48) / drawn(24) < 2.3


@sampled("make", [star, chain, wide], few=1)
def test_parts_grow_in_step_too(
    make: Callable[[int], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradviz.engine.straight.LARGEST", 8)
    monkeypatch.setattr("gradviz.engine.straight.PART", 16)
    once, twice = work(make, 40), work(make, 80)
    assert twice["write out"] / once["write out"] < 2.3


def hot() -> dict[str, int]:
    """The calls of what is done often."""
    names = ["w0", "x0", "w1", "x1", "w2"]
    given = dict(zip(names, (2.0, -1.0, -3.0, -2.0, -3.0), strict=True))

    def neuron() -> Any:
        w0, x0, w1, x1, w2 = gv.inputs(names)
        return gv.sigmoid(w0 * x0 + w1 * x1 + w2)

    found = {}
    for name, make, inputs in (
        ("neuron", neuron, given),
        ("star", lambda: star(100), {"x": 0.3}),
        ("chain", lambda: chain(100), {"x": 0.3}),
    ):
        gv.run(make(), **inputs)  # what is done once for each kind of op
        program = gv.compile(make())
        for _ in range(2):
            program.trace(**inputs), program.gradients(**inputs), program.value(**inputs)
        source = make()
        found[f"{name}: build"] = calls(make)
        found[f"{name}: run"] = calls(lambda s=source, i=inputs: gv.run(s, **i))  # type: ignore[misc]
        found[f"{name}: replay, recorded"] = calls(lambda p=program, i=inputs: p.trace(**i))  # type: ignore[misc]
        found[f"{name}: replay, gradients"] = calls(lambda p=program, i=inputs: p.gradients(**i))  # type: ignore[misc]
        found[f"{name}: replay, value"] = calls(lambda p=program, i=inputs: p.value(**i))  # type: ignore[misc]
    return found | hot_paths()


def hot_paths() -> dict[str, int]:
    """The calls of one piece of work in each room, done for the second time."""
    text = " + ".join(f"tanh(a*{k}.5 - b)" for k in range(1, 21))
    single = {"a": 0.3, "b": -0.7}
    graph, trace = gv.parse(text), gv.run(text, **single)
    story, saved = Story(trace), trace.to_json()
    network = gv.parse("sum(tanh(V @ relu(W @ x + b))**2)")
    arrays = {"x": np.full(4, 0.5), "W": np.eye(3, 4), "b": np.zeros(3), "V": np.eye(2, 3)}
    shapes = {name: value.shape for name, value in arrays.items()}
    program, scalars = gv.compile(network), gv.compile(graph)
    many = {k: np.full(1000, v) for k, v in single.items()}
    asked = spec.parse('title = "Quiz"\n[[section]]\n[[section.question]]\nkind = "hinge"\n')
    found: dict[str, Callable[[], Any]] = {
        "parse": lambda: gv.parse(text),
        "bind": lambda: network.bind(shapes),
        "compile": lambda: gv.compile(gv.parse(text)),
        "run arrays": lambda: gv.run(network, **arrays),
        "record arrays": lambda: program.trace(**arrays),
        "replay arrays": lambda: program.gradients(**arrays),
        "batch": lambda: scalars.batch(**many),
        "save": trace.to_json,
        "load": lambda: Trace.from_json(saved),
        "tell a frame": lambda: (f := story.frame(60), f.sentence, f.formula),
        "exam paper": lambda: cohort.produce(asked, Student("s1"), "json"),
    }
    for done in found.values():
        for _ in range(3):
            done()
    return {name: calls(done) for name, done in found.items()}


def test_a_picture_takes_few_calls() -> None:
    """A further picture takes less than a thousand calls for each card: three times today's, so
    that pictures may become richer.
    """
    story = Story(gv.run(chain(12), x=0.3))
    pictures = Pictures(story)

    def draw() -> str:
        return svg(pictures.scene(20), theme("light"), embed_fonts=False)

    draw()
    assert calls(draw) < 1000 * len(story.trace.graph.nodes)


def test_hot_paths_stay_below_the_baseline() -> None:
    found = hot()
    if os.environ.get("REGOLD"):
        BASELINE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    assert found.keys() == baseline.keys()
    slower = {k: (n, baseline[k]) for k, n in found.items() if n > SLACK * baseline[k] + 2}
    assert not slower
