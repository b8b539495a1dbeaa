"""Where the student is: every move, on random runs and on known ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.errors import GradvizError, UnknownNameError
from gradviz.graph.graph import labels
from gradviz_tui.walk import moves
from gradviz_tui.walk.state import Walk
from tests.strategies import SCALARS, Sample, runs
from tests.tui.samples import FORK, MARK, NORM, opened, walk, walk_of

RUNS = runs(shapes=SCALARS)
MOVES = {
    "step": lambda w: w.step(1),
    "back": lambda w: w.step(-1),
    "node": lambda w: w.node(1),
    "node back": lambda w: w.node(-1),
    "loss": lambda w: w.loss(),
    "layer": lambda w: w.layer(1),
    "layer back": lambda w: w.layer(-1),
    "to": lambda w: w.to_subject() or w,
    "write": lambda w: w.write(1) or w,
    "write back": lambda w: w.write(-1) or w,
    "select": lambda w: w.select_next(1),
    "break": lambda w: w.toggle_break(),
    "follow": lambda w: w.select(None),
    "run": lambda w: [*w.run()][-1],
    "run back": lambda w: [*w.run(back=True)][-1],
}


@settings(max_examples=60, deadline=None)
@given(RUNS, st.lists(st.sampled_from(sorted(MOVES)), max_size=12))
def test_no_move_leaves_the_run(sample: Sample, names: list[str]) -> None:
    here = walk_of(sample.run())
    for name in names:
        here = MOVES[name](here)
        assert 0 <= here.k <= here.total
        assert 0 <= here.subject < len(here.trace.graph.nodes)


@settings(max_examples=60, deadline=None)
@given(RUNS, st.data())
def test_back_is_exact(sample: Sample, data: st.DataObject) -> None:
    start = walk_of(sample.run())
    here = start.at(data.draw(st.integers(0, start.total)))
    if here.k < here.total:
        assert here.step(1).step(-1) == here
    if here.k > 0:
        assert here.step(-1).step(1) == here
    after = here.node(1)
    assert after.k > here.k or here.k == here.total
    # Node moves stop at the same places in both directions.
    ends = [0]
    while ends[-1] < start.total:
        ends.append(moves.next_node(start.trace, ends[-1]))
    back = [start.total]
    while back[-1] > 0:
        back.append(moves.previous_node(start.trace, back[-1]))
    assert back == ends[::-1]


@settings(max_examples=60, deadline=None)
@given(RUNS, st.data())
def test_a_run_stops_at_the_first_breakpoint_on_the_way(
    sample: Sample, data: st.DataObject
) -> None:
    here = walk_of(sample.run())
    here = here.at(data.draw(st.integers(0, here.total)))
    node = data.draw(st.integers(0, len(here.trace.graph.nodes) - 1))
    here = here.select(node).toggle_break()
    stops = here.stops
    ahead = [k for k in stops if k > here.k]
    behind = [k for k in stops if k < here.k]
    assert [*here.run()][-1].k == (ahead[0] if ahead else here.total)
    assert [*here.run(back=True)][-1].k == (behind[-1] if behind else 0)
    for k in stops:
        step = here.trace.step(k)
        assert node == (step.edge.source if step.edge else step.node)


@settings(max_examples=40, deadline=None)
@given(RUNS)
def test_writes_are_the_contributions(sample: Sample) -> None:
    trace = sample.run()
    for node in range(len(trace.graph.nodes)):
        wanted = [s.number for s in trace.steps if s.edge is not None and s.edge.source == node]
        if trace.has_backward and node == trace.graph.output:
            wanted.insert(0, trace.seed_step)
        assert moves.writes(trace, node) == wanted


def test_the_steps_of_the_mark() -> None:
    """13 steps: a, b, c, f; the seed; two contributions each of f, b, c, a in the engine's
    order.
    """
    here = walk(MARK)
    ends = [here.k]
    while here.k < here.total:
        here = here.node(1)
        ends.append(here.k)
    assert ends == [0, 1, 2, 3, 4, 5, 7, 9, 11, 13]
    assert here.loss().k == 5
    y = here.trace.graph.find("y")
    assert moves.writes(here.trace, y) == [10, 13]
    assert here.at(0).select(y).to_subject() == here.at(10).select(y)
    last = here.at(13).write(-1)
    assert last is not None and last.k == 10 and last.selected == y
    assert last.write(-1) is None
    assert [here.at(k).layer(1).k for k in (0, 5, 13)] == [5, 13, 13]


def test_who_has_no_steps() -> None:
    here = walk(("2*x", "x=3"))
    constant = next(n.id for n in here.trace.graph.nodes if n.op == "constant")
    assert here.select(constant).to_subject() is None
    assert here.select(constant).write(1) is None


def test_tab_goes_round_the_nodes_that_have_names() -> None:
    here = walk(("3*x + 2*x", "x=1"))
    names = labels(here.trace.graph)
    seen = [(here := here.select_next(1)).subject for _ in names]
    assert sorted(seen) == sorted(names)
    back = [(here := here.select_next(-1)).subject for _ in names]
    assert back == [*seen[-2::-1], seen[-1]]


def test_an_edit_keeps_the_step_and_is_undone_and_made_again() -> None:
    first = walk(MARK, 12)
    second = first.edit(first.opened.edited("x", "4"))
    assert second.k == 12 and second.trace.value("f") == (4 * 2 - 1) * 2
    graph = second.trace.graph
    assert second.changed == {graph.find(n) for n in ("x", "a", "b", "f")}
    back = second.undo()
    assert back is not None and back.opened is first.opened and back.k == 12 and not back.changed
    again = back.redo()
    assert again is not None and again.opened is second.opened
    assert first.undo() is None and second.redo() is None
    assert second.undo().edit(first.opened.edited("x", "5")).redo() is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "text"), [("x", "1/"), ("x", "[1, 2"), ("x", "abc"), ("x", "@nothing.npy"), ("q", "1")]
)
def test_an_edit_that_does_not_parse_changes_nothing(name: str, text: str) -> None:
    here = walk(NORM)
    with pytest.raises(GradvizError):
        here.opened.edited(name, text)


def test_an_edit_that_does_not_fit() -> None:
    with pytest.raises(GradvizError, match="matmul"):
        opened(NORM).edited("x", "[1, 2, 3]")
    with pytest.raises(UnknownNameError, match="is not an input"):
        opened(NORM).edited("y", "3")


def test_reopening_gives_the_same_place() -> None:
    here = walk(FORK, 7)
    assert here.command() == 'gradviz tui "x*y + max(y, z) + 3*y" x=2 y=1 z=4 --at 7'
    edited = here.edit(here.opened.edited("y", "1/3"))
    assert edited.command() == 'gradviz tui "x*y + max(y, z) + 3*y" x=2 y=1/3 z=4 --at 7'


def test_stepping_into_a_node_and_out_again() -> None:
    here = walk(("p = softmax(s); -log(p[0])", "s=[3.2, 5.1, -1.7]"))
    p = here.trace.graph.find("p")
    outside = here.loss().select(p)
    inside = outside.enter()
    assert inside.trail == ("p",) and inside.k == inside.trace.seed_step
    assert inside.trace.xp.plain(inside.trace.value(inside.trace.graph.output)) == pytest.approx(
        here.trace.xp.plain(here.trace.value("p"))
    )
    assert inside.trace.xp.plain(inside.trace.gradient("s")) == pytest.approx(
        here.trace.xp.plain(here.trace.gradient("s"))
    )
    assert inside.outer is outside and inside.root is outside
    place = f"--into p --at {outside.k}/{inside.k}"
    assert inside.command() == outside.command().replace(f"--at {outside.k}", place)
    with pytest.raises(GradvizError, match="nothing to step into"):
        here.select(here.trace.graph.find("s")).enter()


def test_moves_on_a_run_without_a_backward_pass() -> None:
    here = walk(("x*y", "x=[1, 2]", "y=3"))
    assert not here.trace.has_backward and here.total == 1
    assert here.loss().k == 1 and here.node(1).k == 1
    assert Walk(here.opened).write(1) is None
