"""Where in a text each node comes from: lines are found again by the text they hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gradviz as gv
from gradviz import sources
from gradviz.errors import TraceFormatError

TEXTS = [
    "a = x*y\nb = relu(a + 1)",
    "a = x*y; b = relu(a + 1)",
    "  a = x*y ;; \n\n  b = relu(a\n    + 1)  # last",
    "ж = x*y; b = l1(ж, 1, reduction='sum')",
    "step: a = x*y; step: b = tanh(-a)",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_place_of_a_node_holds_what_its_span_holds(text: str) -> None:
    graph = gv.parse(text)
    code = graph.code
    assert code is not None
    lines = dict(code.lines)
    for node in graph.nodes:
        assert node.span is not None
        wanted = graph.source[node.span.start : node.span.stop]
        place = code.places[node.id]
        rows = [lines[n] for n in range(place.line, place.last_line + 1)]
        rows[-1] = rows[-1][: place.last_column]
        rows[0] = rows[0][place.column :]
        assert " ".join(" ".join(rows).split()) == " ".join(wanted.replace(";", " ").split())


def test_statements_stand_on_lines_of_their_own() -> None:
    code = gv.parse("a = x*y; b = a + 1\nsum(b)").code
    assert code is not None
    assert code.lines == ((1, "a = x*y"), (2, "b = a + 1"), (3, "sum(b)")) and code.name == ""


@pytest.mark.parametrize("text", ["x*y + z", "x*y + z;", "\n f = x*y \n"])
def test_a_single_statement_has_no_code(text: str) -> None:
    assert gv.parse(text).code is None


def test_a_graph_keeps_its_code_when_it_is_bound_and_saved() -> None:
    trace = gv.run("a = x*y; b = a + 1", x=2, y=3)
    code = trace.graph.code
    assert code is not None and code == gv.parse("a = x*y; b = a + 1").code
    again = gv.Trace.from_json(trace.to_json())
    assert again.graph.code == code and again.to_json() == trace.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"lines": [[2, "a"], [1, "b"]]},
        {"lines": [[1, "a"], [1, "b"]]},
        {"places": {"0": [1, 0, 9, 1]}},
        {"places": {"99": [1, 0, 1, 1]}},
        {"places": {"x": [1, 0, 1, 1]}},
        {"places": {"0": [1, 0, 1]}},
        {"more": 1},
    ],
)
def test_code_that_does_not_fit_the_graph_is_refused(change: dict[str, object]) -> None:
    document = json.loads(gv.run("a = x*y; b = a + 1", x=2, y=3).to_json())
    document["graph"]["code"] |= change
    with pytest.raises(TraceFormatError):
        gv.Trace.from_json(json.dumps(document))


def test_a_training_run_keeps_the_code_of_its_graph(tmp_path: Path) -> None:
    source = "p = w*x + b; f = (p - t)**2"
    made = gv.learn(source, data=[[0, 1], [1, 3]], w=0, b=0, passes=2)
    made.save(tmp_path / "run.json")
    again = sources.read(str(tmp_path / "run.json"))
    code = again.graph.code  # type: ignore[union-attr]
    assert code is not None and [line for _, line in code.lines] == source.split("; ")
