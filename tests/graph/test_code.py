"""Where in a text each node comes from: lines are found again by the text they hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gradviz as gv
from gradviz import sources
from gradviz.errors import ParseError, ShapeError, TraceFormatError

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


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("y = x*2; y[1] = 0; sum(y*y)", {"y": [2, 4, 6], "y2": [2, 0, 6]}),
        ("y = x*2; y[1:] = x[0]; y[0] = 7; sum(y)", {"y2": [2, 1, 1], "y3": [7, 1, 1]}),
        ("y2 = x + 1; x[0] = 5; sum(x*y2)", {"y2": [2, 3, 4], "x2": [5, 2, 3]}),
        ("x2 = x + 1; x[0] = 5; sum(x*x2)", {"x2": [2, 3, 4], "x3": [5, 2, 3]}),
        ("block: x[[0, 2]] = [8, 9]", {"x2": [8, 2, 9]}),
    ],
)
def test_after_an_assignment_to_elements_a_name_stands_for_the_new_array(
    text: str, values: dict[str, list[int]]
) -> None:
    trace = gv.run(text, x=[1, 2, 3])
    for name, wanted in values.items():
        assert trace.value(name).tolist() == wanted


@pytest.mark.parametrize(
    "text",
    ["y = x[0] = 3", "x[0] = y = 3", "(x)[0] = 3", "x*2[0] = 1", "x[0][1] = 2", "sum(x[0] = 2)",
     "x[0] =", "x[] = 1", "x[0] = 3; x = 2"],
)  # fmt: skip
def test_other_assignments_to_elements_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        gv.parse(text)


@pytest.mark.parametrize(
    "text", ["x[5] = 1", "x[[0, 0]] = 1", "x[[0, -3]] = 1", "x[0] = [1, 2]", "x[0:2] = [1, 2, 3]"]
)
def test_places_that_are_not_there_or_taken_twice_are_refused(text: str) -> None:
    with pytest.raises(ShapeError, match="put"):
        gv.run(f"{text}; sum(x)", x=[1, 2, 3])
