"""The line of a step: in the report, as data, in pictures, in the header of the terminal."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

import gradviz as gv
from gradviz.cli.main import run
from gradviz.engine.inside.views import view as made
from gradviz.errors import ValueInputError
from gradviz.export.look import USUAL
from gradviz.export.reports.code import line, listing
from gradviz.export.reports.text import plain
from gradviz.graph.code import Code, Place
from gradviz.scene.framing import Framing, Slide
from gradviz.scene.model import Rect, Text
from gradviz.scene.views import pictures
from gradviz.story import walks
from gradviz.story.code import Lit, lit
from gradviz.trace import Trace
from gradviz_tui.view.panes import title_of
from tests.scene.boxes import boxes

STATEMENTS = "a = x*y; b = sigmoid(a + 1); L = (b - t)**2"
GIVEN = {"x": 1, "y": 2, "t": 1}
ON = [1, 2, 2, 3, 3, 3, 3, 3, 2, 2, 1, 1]
"""The statement of each step, forwards and back: ×, +, σ, −, ², the seed, and each contribution."""


def lines_of(trace: gv.Trace) -> list[int]:
    found = (lit(trace, k) for k in range(1, len(trace) + 1))
    return [at.place.line for at in found if at is not None and at.place is not None]


def test_each_step_lights_the_line_whose_rule_it_applies() -> None:
    trace = gv.run(STATEMENTS, wrt=["x", "y", "t"], **GIVEN)
    nodes = [s.edge.target if s.edge else s.node for s in trace.steps]
    parts = STATEMENTS.split(";")
    wanted = [next(k for k, s in enumerate(parts, 1) if n in of(trace, s)) for n in nodes]
    assert lines_of(trace) == wanted and wanted[:6] == ON[:6]


def of(trace: gv.Trace, statement: str) -> set[int]:
    """The nodes of a statement, by their place in the text."""
    text = trace.graph.source
    start = text.index(statement)
    spans = {n.id: n.span for n in trace.graph.nodes}
    return {i for i, s in spans.items() if s and start <= s.start < start + len(statement)}


def test_before_the_first_step_nothing_is_lit() -> None:
    found = lit(gv.run(STATEMENTS, **GIVEN), 0)
    assert found is not None and found.place is None
    assert not any(text.startswith(">") for text in plain(listing(found, 80)))


def test_a_line_in_parts() -> None:
    found = Lit(Code(((7, "  q = W @ x"), (8, "  f = sum(q")), {}), Place(7, 6, 8, 5))
    assert found.parts(7, "  q = W @ x") == ("  q = ", "W @ x", "")
    assert found.parts(8, "  f = sum(q") == ("", "  f =", " sum(q")
    assert "".join(t for t, _ in line(found, 80)) == "line 7  q = W @ x"


def test_a_window_of_long_code_holds_the_line_that_is_lit() -> None:
    rows = tuple((n, f"x{n} = x{n - 1} + 1") for n in range(1, 101))
    for at in (1, 50, 100):
        found = Lit(Code(rows, {}), Place(at, 0, at, 2))
        window = found.window(30)
        assert len(window) == 30 and at in dict(window)


def test_show_lists_lines_and_says_which_is_running(capsys: pytest.CaptureFixture[str]) -> None:
    text = STATEMENTS.replace("; ", "\n")
    values = ["x=1", "y=2", "t=1"]
    assert run(["show", text, *values, "--step", "3"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:3] == ["  1  a = x*y", "> 2  b = sigmoid(a + 1)", "  3  L = (b - t)**2"]
    assert run(["show", text, *values]) == 0
    told = [row for row in capsys.readouterr().out.splitlines() if row.startswith("line ")]
    assert [int(row.split()[1]) for row in told] == [1, 2, 3, 3, 2, 1]
    assert run(["show", STATEMENTS, *values, "--step", "3"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == STATEMENTS  # on one line as it was typed
    assert run(["show", STATEMENTS, *values, "--step", "3", "--code"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "> 2  b = sigmoid(a + 1)"


def test_the_place_stands_in_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", STATEMENTS, "x=1", "y=2", "t=1", "--step", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["code"]["lines"][2] == [3, "L = (b - t)**2"]
    first, column, last, end = found["steps"][0]["place"]
    assert (first, last, "L = (b - t)**2"[column:end]) == (3, 3, "b - t")
    assert "code" not in walks.data(gv.run("x*y", x=1, y=2))


@pytest.mark.parametrize("slide", ["16:9", "4:3", "none"])
@pytest.mark.parametrize("view", ["graph", "neurons"])
def test_a_picture_holds_the_code_beside_its_figure(slide: Slide, view: str) -> None:
    walk = gv.run("z = W @ x; a = sigmoid(z); L = sum(a**2)", W=[[1, 2], [3, -4]], x=[1, 1])
    found = made(view).walk(walk) if view != "graph" else walk
    deck = pictures(walks.of(found), Framing(slide, code=True), vars(USUAL) | {"window": None})
    for k in range(len(found) + 1):
        scene = deck.scene(k)
        texts = {i.id: i.text for i in scene.items if isinstance(i, Text)}
        first = (key for key in texts if key.startswith("code-1") and "number" not in key)
        shown = "".join(map(texts.__getitem__, first))
        assert shown.replace(" ", "") == "z=W@x"
        at = lit(found, k)
        marks = [i for i in scene.items if isinstance(i, Rect) and i.id.endswith("-lit")]
        assert len(marks) == (at is not None and at.place is not None)
        there = {key: box.grown(-0.4) for key, box in boxes(scene).items()}
        for (one, a), (other, b) in combinations(there.items(), 2):
            assert not a.meets(b), (one, other)


def test_a_picture_without_code_is_refused(tmp_path: Path) -> None:
    for source in (gv.run("x*y", x=1, y=2), gv.parse("a = x*y; a + 1")):
        with pytest.raises(ValueInputError, match="there is no code"):
            gv.render(source, tmp_path / "a.svg", code=True)
    assert not list(tmp_path.iterdir())


def test_the_header_of_the_terminal_holds_the_running_line() -> None:
    def header(trace: Trace, number: int) -> tuple[str, str]:
        """The text of the header, and what of it is lit."""
        line = title_of(trace, number, "title", 60)
        return "".join(t for t, _ in line), "".join(t for t, role in line if role == "hot")

    trace = gv.run(STATEMENTS.replace("; ", "\n"), **GIVEN)
    assert header(trace, 0) == ("title", "")
    assert header(trace, 3) == ("line 2  b = sigmoid(a + 1)", "sigmoid(a + 1)")
    assert header(gv.run(STATEMENTS, **GIVEN), 3) == ("title", "")
