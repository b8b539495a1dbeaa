"""Folding on the way into files: as asked, by itself where a graph is too large, in every
format.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import gradviz as gv
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.export.folding import fold_to_fit
from gradviz.export.formats.dot import to_dot
from gradviz.graph.builder import Builder
from gradviz.graph.graph import Graph
from gradviz.layout.cards import LIMIT
from gradviz.trace import Trace


def stages(count: int, length: int) -> Graph:
    """`count` scopes of two parts, each of `length` sines, in a chain."""
    builder = Builder()
    here = builder.input("x")
    for k in range(count):
        for part in "ab":
            for _ in range(length):
                here = builder.apply("sin", [here], scope=f"stage{k}/{part}")
    return builder.graph(here)


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".pptx", ".dot", ".txt"])
def test_every_format_draws_the_folded_graph(tmp_path: Path, suffix: str):
    trace = gv.run(stages(3, 2), x=0.5)
    done = gv.render(trace, tmp_path / f"a{suffix}", depth=1)
    assert not done.notes and done.files[0].stat().st_size > 100
    if suffix in (".svg", ".dot", ".txt"):
        text = done.files[0].read_text()
        assert "stage2" in text and "stage2/a" not in text


def test_a_saved_trace_may_be_folded(tmp_path: Path):
    trace = gv.run(stages(3, 2), x=0.5)
    (path,) = gv.render(trace, tmp_path / "a.json", depth=2, expand=["stage0/a"]).files
    found = Trace.load(path)
    assert [n.op for n in found.graph.nodes] == ["input", "sin", "sin", *["scope"] * 5]
    assert found.result() == trace.result()


def test_steps_are_those_of_the_folded_run(tmp_path: Path):
    trace = gv.run(stages(3, 2), x=0.5)
    assert len(gv.fold(trace, depth=1)) == 3 + 1 + 3
    done = gv.render(trace, tmp_path / "s-{k}.svg", depth=1)
    assert len(done.files) == 7
    with pytest.raises(ValueInputError, match="no step 8"):
        gv.render(trace, tmp_path / "a.svg", depth=1, step=8)


def test_repeats_are_joined(tmp_path: Path):
    (path,) = gv.render(stages(3, 2), tmp_path / "a.svg", repeats=True).files
    assert "stage ×3" in path.read_text()


def test_what_is_too_large_is_folded_as_little_as_it_takes(tmp_path: Path):
    graph = stages(100, 3)  # 601 nodes; 200 parts of two levels
    done = gv.render(gv.run(graph, x=0.5), tmp_path / "a.svg", step=0)
    (note,) = [n for n in done.notes if "folded" in n]
    assert (
        note
        == "The graph has 601 nodes, too many for one picture, so its scopes are folded: --depth 2."
    )
    trace, _ = fold_to_fit(gv.run(stages(150, 3), x=0.5))  # 300 parts fit too
    assert len(trace.graph.nodes) == 301 <= LIMIT
    assert fold_to_fit(stages(10, 3))[1] == ()


def test_text_and_dot_have_no_limit(tmp_path: Path):
    trace = gv.run(stages(100, 3), x=0.5)
    done = gv.render(trace, tmp_path / "a.dot")
    assert not done.notes and "n600" in done.files[0].read_text()


def test_dot_labels_say_what_a_card_stands_for():
    builder = Builder()
    w = builder.input("w", scope="fc", shape=[2, 3], init={"kind": "constant", "value": 1})
    out = builder.apply("matmul", [w, builder.input("x", shape=[3])], scope="fc")
    graph = builder.graph(builder.apply("neg", [out], scope="sign"))
    trace = gv.run(graph, values={"x": [1, 2, 3], "w": [[1, 0, 0], [0, 1, 0]]}, upstream=[1, 1])
    source = to_dot(gv.fold(trace, depth=1)).source
    assert "<B>fc</B>" in source and ">6 parameters<" in source and ">2<" in source
    assert "<I>fc</I>" not in source and 'tooltip="fc: matmul' in source


def test_bad_folding_is_refused_and_nothing_is_written(tmp_path: Path):
    trace = gv.run(stages(2, 2), x=0.5)
    with pytest.raises(UnknownNameError, match="no scope 'stage9'"):
        gv.render(trace, tmp_path / "a.svg", expand=["stage9"])
    with pytest.raises(ValueInputError, match="not a valid depth"):
        gv.render(trace, tmp_path / "a.svg", depth=-1)
    with pytest.raises(ValueInputError, match="unknown way of drawing wires") as error:
        gv.render(trace, tmp_path / "a.svg", edges="thick")
    assert error.value.expected == "plain or magnitude"
    with pytest.raises(ValueInputError, match=r"edges does not apply to \.dot"):
        gv.render(trace, tmp_path / "a.dot", edges="magnitude")
    assert list(tmp_path.iterdir()) == []


def test_fold_gives_back_what_it_got():
    graph = stages(2, 2)
    assert gv.fold(graph) is graph and isinstance(gv.fold(graph, depth=1), Graph)
    trace = gv.run(graph, x=0.5)
    assert gv.fold(trace) is trace and isinstance(gv.fold(trace, expand="stage0"), Trace)


def test_edges_by_magnitude_are_drawn(tmp_path: Path):
    done = gv.render(
        "sum(3*x + 4*y)", tmp_path / "a.svg", x=[1.0], y=[2.0], edges="magnitude", slide="none"
    )
    assert any("thickest brings 4" in note for note in done.notes)
    assert 'stroke-width="6"' in done.files[0].read_text()
