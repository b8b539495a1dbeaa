"""What the panes say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.layout.grid import cells
from gradviz.story.frame import Story
from gradviz_tui.view import panes
from gradviz_tui.view.arrays import array_lines, channels
from gradviz_tui.view.node_pane import NodeText, branch_rows
from gradviz_tui.view.step_pane import StepText
from gradviz_tui.walk.checking import check_node
from tests.strategies import SCALARS, Sample, runs
from tests.tui.samples import FORK, MARK, NORM, opened, walk


def text(lines: object) -> list[str]:
    return ["".join(part for part, _ in line).rstrip() for line in lines]  # type: ignore[attr-defined]


@settings(max_examples=60, deadline=None)
@given(runs(), st.data())
def test_the_scrubber_is_as_wide_as_it_should_be_and_shows_where_we_are(
    sample: Sample, data: st.DataObject
) -> None:
    trace = sample.run()
    frame = Story(trace).frame(data.draw(st.integers(0, len(trace))))
    width = data.draw(st.integers(3, 200))
    line = "".join(part for part, _ in panes.scrubber(frame, width))
    assert len(line) == width
    assert line[panes.cell_of(frame.number, len(trace), width)] == "●"


@given(st.integers(1, 500), st.integers(2, 300))
def test_the_ends_of_the_scrubber_are_the_ends_of_the_run(total: int, width: int) -> None:
    assert panes.cell_of(0, total, width) == 0 and panes.cell_of(total, total, width) == width - 1
    assert panes.step_at(0, total, width) == 0 and panes.step_at(width - 1, total, width) == total
    if width > total:
        assert all(
            panes.step_at(panes.cell_of(k, total, width), total, width) == k
            for k in range(total + 1)
        )


@settings(max_examples=60, deadline=None)
@given(runs(shapes=SCALARS), st.data())
def test_panes_fit_their_room(sample: Sample, data: st.DataObject) -> None:
    trace = sample.run()
    frame = Story(trace).frame(data.draw(st.integers(0, len(trace))))
    width, height = data.draw(st.integers(20, 120)), data.draw(st.integers(1, 14))
    node = data.draw(st.integers(0, len(trace.graph.nodes) - 1))
    for lines in (
        StepText.of_graph(frame, width).lines(height),
        NodeText(frame, node, width).lines(height),
    ):
        assert len(lines) <= height
    assert sum(len(part) for part, _ in panes.header(frame, [("x" * 200, "")], width)) == width


def test_the_branch_sum_with_a_pending_row() -> None:
    story = Story(walk(FORK).trace)
    y = story.trace.graph.find("y")
    writes = [s.number for s in story.trace.contributions(y)]
    frame = story.frame(writes[1])
    rows = text(branch_rows(frame, y, 40, 10))
    assert rows[0].split() == ["via", "upstream", "local", "brings"]
    assert [row.split()[-1] for row in rows[1:4]] == ["3", "2", "?"]
    assert rows[4] == "dy so far 5  2 of 3"
    done = text(branch_rows(story.frame(writes[2]), y, 40, 10))
    assert done[4] == "dy = 5  Σ complete"


def test_a_long_branch_shows_the_step_and_counts_the_rest() -> None:
    story = Story(walk((" + ".join(f"{n}*x" for n in range(1, 21)), "x=1")).trace)
    x = story.trace.graph.find("x")
    frame = story.frame(story.trace.contributions(x)[9].number)
    rows = text(branch_rows(frame, x, 40, 6))
    assert len(rows) == 6 and "(16 more)" in rows[-1] and "10 of 20" in rows[-1]
    hot = [line for line in branch_rows(frame, x, 40, 6) if line[0][1] == "hot"]
    assert len(hot) == 1


def test_the_step_in_three_lines_or_in_one() -> None:
    frame = Story(walk(MARK).trace).frame(10)
    three = text(StepText.of_graph(frame, 60).lines(8))
    rule, filled = "∂f/∂y ← ∂f/∂c where y ≥ z, else 0", "= 2 where 2 ≥ -1, else 0"
    assert three[1:4] == [rule, filled, "= 2"] and three[4].startswith("dy: 0 + 2 → 2")
    one = text(StepText.of_graph(frame, 80).lines(3))
    assert one[1] == f"{rule} {filled} = 2"


def test_nodes_without_a_branch_sum() -> None:
    story = Story(walk(MARK).trace)
    output = story.trace.graph.output
    assert "the pass starts here" in text(NodeText(story.frame(2), output, 40).lines(8))[2]
    assert text(NodeText(story.frame(5), output, 40).lines(8))[2] == "gradient 1"
    constant = Story(walk(("2*x", "x=3")).trace)
    node = next(n.id for n in constant.trace.graph.nodes if n.op == "constant")
    assert text(NodeText(constant.frame(1), node, 40).lines(8))[2] == "no gradient requested here"


def test_the_footer_keeps_help_and_quit() -> None:
    for width in (24, 40, 80, 200):
        shown = text([panes.footer(width)])[0]
        assert shown.endswith(" ? help  q quit") and len(shown) <= max(width, 18)
    assert "→" not in text([panes.footer(200, ascii=True)])[0]


@pytest.mark.parametrize("name", ["x", "a", "c", "f"])
def test_any_node_is_checked(name: str) -> None:
    trace = walk(MARK).trace
    node = trace.graph.find(name)
    found = check_node(trace, node)
    assert found.verdict == "agrees"
    assert float(found.measured) == pytest.approx(float(trace.gradients[node]), rel=1e-6)


def test_a_kink_and_an_exact_run_are_checked() -> None:
    trace = walk(("relu(x)", "x=0")).trace
    assert check_node(trace, trace.graph.find("x")).verdict == "no derivative here"
    exact = opened(("x*y + y", "x=1/3", "y=6"), backend="exact").trace
    found = check_node(exact, exact.graph.find("y"))
    assert found.verdict == "agrees" and str(found.ours) == "4/3"
    line = text(panes.check_lines(Story(exact), found, 60))[0]
    assert line.startswith("measured 1.333, exact 4/3")


@settings(max_examples=25, deadline=None)
@given(runs(shapes=SCALARS, ops=("add", "mul", "sin", "tanh")), st.data())
def test_cut_open_at_any_node_the_gradient_is_the_same(sample: Sample, data: st.DataObject) -> None:
    trace = sample.run()
    named = [
        n.id for n in trace.graph.nodes if trace.gradients[n.id] is not None and n.op != "constant"
    ]
    if named:
        assert check_node(trace, data.draw(st.sampled_from(named))).verdict in (
            "agrees",
            "no derivative here",
            "cannot be measured",
            "not defined here",
        )


def test_arrays_as_numbers_and_as_heat() -> None:
    here = walk(NORM)
    story, value = Story(here.trace), here.trace.value("W")
    numbers = array_lines(story, value, 40, 5)
    assert text(numbers) == [" 0.4  0.6", " 0.7 -0.2"]
    assert [role for _, role in numbers[1]] == ["heat 64", "heat -18"]
    heat = array_lines(story, value, 8, 5)
    assert all(not part.strip() for line in heat for part, _ in line) and len(heat) == 2
    large = walk(("sum(x)", "x=random:1:40x50")).trace
    shown = array_lines(Story(large), large.value("x"), 30, 8)
    assert len(shown) == 8 and text(shown)[-2] == "each point is the mean of 4×4"
    assert [role for _, role in shown[-1][1:6]] == [f"heat {v}" for v in (-64, -32, 0, 32, 64)]
    assert all(cells("".join(part for part, _ in line)) <= 30 for line in shown)
    deep = walk(("sum(x)", "x=random:1:2x3x4x4")).trace
    assert channels((2, 3, 4, 4)) == 6
    xs = deep.value("x")
    for c in range(6):
        wanted = [f"{v:.4g}" for v in xs[c // 3, c % 3][0]]
        first = [float(v) for v in text(array_lines(Story(deep), xs, 60, 8, channel=c))[0].split()]
        assert first == pytest.approx([float(w) for w in wanted], rel=1e-3)
    vector = walk(("sum(x)", "x=random:1:30")).trace
    assert len("\n".join(text(array_lines(Story(vector), vector.value("x"), 60, 6))).split()) == 30


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("sigmoid(w*x + b)", "a", "a = w · x"),
        ("sigmoid(w*x + b)", "c", "c = a + b = w*x + b"),
        ("a = w*x; c = a + b; c*a", "c", "c = a + b = (w*x) + b"),
        ("a = w*x; c = a**2; c + b", "c", "c = a² = (w*x)**2"),
        ("w + x*b", "f", "f = w + a = w + x*b"),
        ("w*x + b", "w", "w  input"),
    ],
)
def test_a_panel_says_what_its_letter_stands_for(source: str, name: str, expected: str) -> None:
    trace = walk((source, "w=2", "x=-1", "b=3")).trace
    frame = Story(trace).frame(1)
    assert text(NodeText(frame, trace.graph.find(name), 60).lines(9))[0] == expected


def test_the_part_of_the_source_that_a_step_works_on_is_lit() -> None:
    trace = walk(("w*x  + b", "w=2", "x=-1", "b=3")).trace
    lit = []
    for k in range(len(trace) + 1):
        line = panes.header(Story(trace).frame(k), panes.title_of(trace, k, "w*x + b", 60), 80)
        assert "".join(part for part, _ in line).startswith("w*x + b  ")
        lit.append("".join(part for part, role in line if role == "hot"))
    assert lit == ["", "w*x", "w*x + b", "w*x + b", "w*x + b", "w*x + b", "w*x", "w*x"]


def test_what_is_lit_stays_in_view_where_the_source_is_long() -> None:
    trace = walk((" + ".join(f"{n}*x" for n in range(1, 21)), "x=1")).trace
    story, title = Story(trace), " ".join(trace.source.split())
    for k in range(1, len(trace) + 1):
        line = panes.header(story.frame(k), panes.title_of(trace, k, title, 40), 60)
        hot = "".join(part for part, role in line if role == "hot")
        assert hot and sum(len(part) for part, _ in line) == 60


def test_what_was_measured_is_broken_into_lines_not_cut() -> None:
    trace = gv.run("sum(W**2)", W=[[0.1234567, -2.3456789], [3.4567891, 0.5678912]])
    story, found = Story(trace), check_node(trace, trace.graph.find("W"))
    whole = "".join("".join(t for t, _ in line) for line in panes.check_lines(story, found, 300))
    for width in (24, 34, 50):
        rows = ["".join(t for t, _ in line) for line in panes.check_lines(story, found, width)]
        assert "…" not in "".join(rows) and all(cells(row) <= width for row in rows)
        assert "".join(rows).replace(" ", "") == whole.replace(" ", "")
