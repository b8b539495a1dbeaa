"""Large graphs: drawn as a window, within a budget of counted work, true to the trace."""

import random
import re
from pathlib import Path

import pytest

import gradviz as gv
from gradviz.errors import GradvizError, UnknownNameError, ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.folding import fits, fold_to_fit
from gradviz.export.look import Look, Windowing
from gradviz.export.windows import MOST_WINDOWS, following, opened
from gradviz.graph.builder import Builder
from gradviz.graph.window import within
from gradviz.layout import cards
from gradviz.layout.cards import LIMIT, TooLargeError
from gradviz.layout.work import BUDGET, work
from gradviz.scene.model import Text
from gradviz.story.maths import unicode
from gradviz.trace import Trace
from tests.sampled import sampled
from tests.scene.clear import number

FORMS = ("tanh({} + {})", "sin({}) * {}", "0.5*{} + {}", "{} - cos({})")


def network(count: int, seed: int, reach: int = 8) -> str:
    """Statements of random ops, each of which uses the one before."""
    rng, names, lines = random.Random(seed), ["x", "y", "z"], []
    for i in range(count):
        lines.append(f"v{i} = " + rng.choice(FORMS).format(names[-1], rng.choice(names[-reach:])))
        names.append(f"v{i}")
    return "; ".join([*lines, f"f = v{count - 1} + 0.1*x + 0.1*y + 0.1*z"])


def run(count: int, seed: int = 1) -> Trace:
    return gv.run(network(count, seed), x=0.3, y=-0.7, z=1.1)


LARGE = run(1200)
SUM = gv.run(" + ".join(["x*1.01"] * 1500), x=0.3)


USUAL = Windowing()


def pictures(trace: Trace, frames, windowing=USUAL, *, chosen=True):
    window, frames, notes = opened(trace, windowing, Look(), frames, chosen=chosen)
    drawing = Drawing(trace, Look(), window)
    return window, drawing.scenes(list(frames)), notes, drawing.deck._placed


def texts(scene) -> dict[str, str]:
    return {item.id: item.text for item in scene.items if isinstance(item, Text)}


@pytest.mark.parametrize("trace", [LARGE, SUM], ids=["network", "sum"])
@pytest.mark.parametrize("share", [0.0007, 0.3, 0.51, 0.77, 1])
def test_a_window_shows_the_step_with_its_operands_as_the_trace_has_them(trace, share):
    k = max(1, round(len(trace) * share))
    window, (scene,), (note,), placed = pictures(trace, [k])
    node = trace.step(k).node
    assert {node, *trace.graph.nodes[node].inputs} <= window.nodes
    found = texts(scene)
    said = unicode.named(window.words, [window.centre])
    assert found["aside"] == said and window.words in note
    for i in placed.drawn:
        known = trace.known_since(i) <= k
        assert (f"node-{i}-value" in found) == known
        if known:
            assert number(found[f"node-{i}-value"]) == pytest.approx(trace.values[i], rel=6e-3)
        gradient = trace.gradient_by(i, k)
        assert (f"node-{i}-gradient" in found) == (gradient is not None)
        if gradient is not None:
            assert number(found[f"node-{i}-gradient"]) == pytest.approx(gradient, rel=6e-3)


@pytest.mark.parametrize("share", [0.3, 0.6, 1])
def test_what_comes_from_outside_has_its_name_and_value_and_what_leaves_is_a_stub(share):
    k = round(len(LARGE) * share)
    window, (scene,), _, placed = pictures(LARGE, [k])
    found = {item.id: item for item in scene.items}
    assert window.coming and window.leaving
    for edge in window.coming:
        key = f"edge-{edge.source}-{edge.target}-{edge.slot}"
        assert f"{key}-tag" in found and f"{key}-wire" in found
        known = LARGE.known_since(edge.source) <= k
        assert (f"{key}-tag-value" in found) == known
        if known:
            shown = number(found[f"{key}-tag-value"].text)
            assert shown == pytest.approx(LARGE.values[edge.source], rel=6e-3)
        sent = LARGE.step_of(edge)
        assert (f"{key}-contribution" in found) == (sent is not None and sent <= k)
        if f"{key}-contribution" in found:
            shown = number(found[f"{key}-contribution"].text)
            assert shown == pytest.approx(LARGE.step(sent).contribution, rel=6e-3)
    for source, edges in window.leaving.items():
        stubs = {key: stub for key, stub in placed.stubs.items() if stub.source == source}
        assert sum(stub.uses for stub in stubs.values()) == len(edges)
        for key, stub in stubs.items():
            assert found[f"stub-{key}-words"].text.startswith("…")
            assert (f"stub-{key}-name" in found) == (stub.edge is not None)
            sent = LARGE.step_of(stub.edge) if stub.edge else None
            if f"stub-{key}-contribution" in found:
                assert sent is not None and sent <= k
                shown = number(found[f"stub-{key}-contribution"].text)
                assert shown == pytest.approx(LARGE.step(sent).contribution, rel=6e-3)


@sampled("seed", range(4), few=2)
def test_no_two_cards_of_a_window_meet(seed):
    trace = run(500, seed)
    for k in (3, len(trace) // 2, len(trace)):
        *_, placed = pictures(trace, [k])
        boxes = [
            (x.x, x.y - form.above, x.x + form.card.width, x.y + form.below)
            for key, form in placed.forms.items()
            for x in [placed.axes[key]]
        ]
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert placed.points >= 6


def test_ten_thousand_nodes_cost_a_few_small_layouts(monkeypatch):
    trace = run(4600)
    assert len(trace.graph.nodes) > 10_000
    placed: list[int] = []
    real = cards.engines.place

    def counting(request, engine):
        placed.append(len(request.cards))
        return real(request, engine)

    steps = 0
    made = Trace.step

    def step(self, number):
        nonlocal steps
        steps += 1
        return made(self, number)

    monkeypatch.setattr(cards.engines, "place", counting)
    monkeypatch.setattr(Trace, "step", step)
    window, *_ = pictures(trace, [5000])
    assert len(placed) <= 120 and max(placed) <= 4 * len(window.nodes)
    assert steps < 1000  # not one for every step of the run, let alone for each of its uses


def test_a_value_with_many_uses_is_read_once_for_each(monkeypatch):
    steps = 0
    made = Trace.step

    def step(self, number):
        nonlocal steps
        steps += 1
        return made(self, number)

    monkeypatch.setattr(Trace, "step", step)
    pictures(SUM, [5])
    assert steps <= 10 * len(SUM)


def test_nothing_moves_in_a_deck_of_a_window():
    frames = range(900, 912)
    window, scenes, _, _ = pictures(LARGE, frames)
    assert {LARGE.step(k).node for k in frames} <= window.nodes
    places: dict[str, set[tuple[float, float]]] = {}
    for scene in scenes:
        for item in scene.items:
            if isinstance(item, Text) and item.id.startswith(("node-", "stub-", "edge-")):
                places.setdefault(item.id, set()).add((item.x, item.y))
    assert all(len(found) == 1 for found in places.values())


def test_a_deck_around_a_node_has_the_steps_that_happen_there():
    around = Windowing(around="v600", hops=2)
    window, frames, notes = opened(LARGE, around, Look(), range(1, len(LARGE) + 1), chosen=False)
    assert notes == ()
    assert list(frames) == [
        k for k in range(1, len(LARGE) + 1) if LARGE.step(k).node in window.nodes
    ]
    _, last, _ = opened(LARGE, around, Look(), [len(LARGE)], chosen=False)
    assert list(last) == [max(frames)]


@pytest.mark.parametrize("choice", [{}, {"steps": "all"}, {"every": "node"}])
def test_all_frames_around_a_node_are_those_that_happen_there(tmp_path: Path, choice):
    done = gv.render(LARGE, tmp_path / "step-{k}.svg", around="v600", hops=1, **choice)
    window = within(LARGE.graph, [LARGE.graph.find("v600")], 1, 0)
    drawn = {int(path.stem.removeprefix("step-")) for path in done.files}
    there = {k for k in range(1, len(LARGE) + 1) if LARGE.step(k).node in window.nodes}
    assert drawn and (drawn == there if "every" not in choice else drawn < there)


def test_a_deck_that_no_window_holds_is_refused_with_what_would_help(tmp_path: Path):
    with pytest.raises(TooLargeError, match=r"these [\d,]+ steps work on [\d,]+ nodes") as error:
        gv.render(LARGE, tmp_path / "a.pdf")
    assert "--around" in error.value.hint and not list(tmp_path.iterdir())


def test_work_is_counted_as_columns_that_wires_pass():
    # An input stands in the column of its first use, 1: its wire to 3 passes the column of 2.
    assert work(range(4), [(0, 1, 0), (1, 2, 0), (2, 3, 0), (0, 3, 1)]) == 4 + 1
    chain = gv.parse("; ".join(["a0 = sin(x)"] + [f"a{i} = sin(a{i - 1})" for i in range(1, 399)]))
    assert fits(chain)
    assert not fits(gv.parse(network(300, 3, reach=1000)))
    assert BUDGET > LIMIT


def test_a_graph_within_the_budget_is_drawn_whole():
    window, frames, notes = opened(run(40), Windowing(), Look(), [3], chosen=True)
    assert window is None and notes == () and frames == [3]


def test_a_window_that_holds_everything_is_no_window():
    trace = gv.run("x*y + z", x=1, y=2, z=3)
    for around in ("x", "f"):
        window, frames, _ = opened(trace, Windowing(around, 3), Look(), [2], chosen=True)
        assert (window is None) == (around == "f") and frames == [2]


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_bare_graphs_and_moments_have_windows_too(tmp_path: Path, suffix):
    done = gv.render(gv.parse(network(700, 2)), tmp_path / f"a.{suffix}")
    assert any("window of" in note for note in done.notes)
    done = gv.render(LARGE, tmp_path / f"b.{suffix}", step="final", around="v3")
    assert not any("too many" in note for note in done.notes)


def test_new_names_stand_in_the_words(tmp_path: Path):
    (path,) = gv.render(LARGE, tmp_path / "a.svg", around="v3", hops=1, rename={"v3": "h"}).files
    assert re.search(r"window of \d+ of [\d,]+ nodes around h<", path.read_text())


def test_the_arrow_of_a_contribution_ends_at_the_tag_it_feeds():
    window, _, _ = opened(LARGE, Windowing("v600", 1), Look(), [len(LARGE)], chosen=False)
    edge = next(e for e in window.coming if LARGE.step_of(e))
    k = LARGE.step_of(edge)
    _, (scene,), _, _ = pictures(LARGE, [k], Windowing("v600", 1))
    ids = {item.id for item in scene.items}
    assert f"edge-{edge.source}-{edge.target}-{edge.slot}-arrow" in ids


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"around": "nosuch"}, "no node called 'nosuch'"),
        ({"around": "v3", "hops": 0}, "not a valid number of hops"),
        ({"around": "v3", "hops": -2}, "not a valid number of hops"),
        ({"around": "v3", "hops": 1.5}, "not a valid number of hops"),
        ({"around": "v3", "hops": True}, "not a valid number of hops"),
        ({"around": "v3", "paths": "x..f"}, "paths are drawn from end to end"),
        ({"around": "v3", "step": 2000}, "step 2000 happens outside the window"),
        ({"around": "v3", "hops": 10_000}, "10000 hops reach"),
        ({"around": []}, "not a node of the graph"),
    ],
)
def test_bad_windows_are_one_message(tmp_path: Path, options, said):
    with pytest.raises((ValueInputError, UnknownNameError, TooLargeError), match=re.escape(said)):
        gv.render(LARGE, tmp_path / "a.svg", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["txt", "dot", "json"])
def test_formats_without_a_picture_refuse_a_window(tmp_path: Path, suffix):
    with pytest.raises(GradvizError, match="no window"):
        gv.render(LARGE, tmp_path / f"a.{suffix}", around="v3")
    assert not list(tmp_path.iterdir())


def test_other_walks_have_no_window(tmp_path: Path):
    trace = gv.run("maxpool2d(x, 1)", x=[[1.0, 2.0], [3.0, 4.0]], upstream=[[1, 0], [0, 0]])
    with pytest.raises(ValueInputError, match="has no windows"):
        gv.render(trace, tmp_path / "a.svg", into="f", around="x")
    assert not list(tmp_path.iterdir())


def test_what_folds_is_folded_before_a_window_opens():
    builder = Builder()
    here = builder.input("x")
    for part in range(20):
        for _ in range(60):
            here = builder.apply("sin", [here], scope=f"part{part}")
    trace = gv.run(builder.graph(here), x=0.4)
    folded, notes = fold_to_fit(trace)
    assert len(folded.graph.nodes) == 21 and "--depth 1" in notes[0]
    assert opened(folded, Windowing(), Look(), [1], chosen=True)[0] is None


def test_windows_follow_the_steps_of_a_page() -> None:
    """Each step's node and its operands are in the step's window; a way forward opens each once."""
    trace = run(420)
    steps = range(len(trace) + 1)
    windows = following(trace, steps)
    for k in steps[1:]:
        step = trace.step(k)
        shown = {step.node, *trace.graph.args[step.node]}
        assert shown <= windows[k].nodes, k
    forward = [w for k, w in enumerate(windows[1 : trace.forward_steps + 1])
               if not k or w is not windows[k]]  # fmt: skip
    assert len(forward) == len({id(w) for w in forward})
    assert all(fits(trace.graph, w) for w in forward)


def test_steps_that_need_too_many_windows_are_refused(tmp_path: Path) -> None:
    trace = run(6 * MOST_WINDOWS)
    with pytest.raises(TooLargeError, match=r"steps need \d+ windows of the graph") as error:
        gv.render(trace, tmp_path / "a.html", steps=f"1-{trace.forward_steps}")
    assert "--steps 1-" in error.value.hint and not [*tmp_path.iterdir()]
    with pytest.raises(ValueInputError, match="pictures, at most 2,000"):
        gv.render(trace, tmp_path / "a.html")
