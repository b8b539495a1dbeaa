"""`gv.render`: which frames go into which files, and what every format can take."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError, LayoutError, UnknownNameError, ValueInputError
from gradviz.export import formats
from gradviz.graph.graph import Graph, Node
from gradviz.layout.nested import place_nested
from tests.small import small

CIRCUIT = "(x*y + z) * maximum(y, z)"
AT: dict[str, Any] = {"x": 1.5, "y": 2, "z": -1}
SUFFIXES = [form.suffix for form in formats.every()]
BARE = [form.suffix for form in formats.every() if form.bare]
PICTURES = [form.suffix for form in formats.every() if "page" in form.draws]
ANIMATIONS = [form.suffix for form in formats.every() if "time" in form.draws]


@pytest.fixture(scope="module")
def trace() -> gv.Trace:
    return gv.run(CIRCUIT, **AT)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def refuse(*args: Any, **options: Any) -> GradvizError:
    with pytest.raises(GradvizError) as refused:
        gv.render(*args, **options)
    return refused.value


# Which frames


def test_one_picture_is_the_last_step(trace: gv.Trace, tmp_path: Path) -> None:
    for path in (
        gv.render(trace, tmp_path / "a.dot"),
        gv.render(trace, tmp_path / "b.dot", step=13),
    ):
        assert "step 13 of 13" in path.files[0].read_text()
    assert "step 4 of 13" in gv.render(trace, tmp_path / "c.dot", step=4).files[0].read_text()
    assert "step 0 of 13" in gv.render(trace, tmp_path / "c.dot", step=0).files[0].read_text()


@pytest.mark.parametrize("steps", ["all", None, range(1, 14)])
def test_a_folder_takes_a_file_for_every_step(trace: gv.Trace, tmp_path: Path, steps: Any) -> None:
    done = gv.render(trace, f"{tmp_path}/out/", steps=steps)
    assert names(tmp_path / "out") == [f"step-{k:02}.svg" for k in range(1, 14)]
    assert done.files == tuple(tmp_path / "out" / f"step-{k:02}.svg" for k in range(1, 14))
    assert len({file.read_bytes() for file in done.files}) == 13


def test_an_existing_folder_needs_no_slash(trace: gv.Trace, tmp_path: Path) -> None:
    (tmp_path / "{k}").mkdir()
    for folder in (tmp_path, tmp_path / "{k}"):
        gv.render(trace, folder, step=3)
        assert "step-03.svg" in names(folder)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{k}.dot", "5.dot"),
        ("a{k:03}-{k}.dot", "a005-5.dot"),
        ("{k:2}.dot", " 5.dot"),
        ("{x}{k}.gv", "{x}5.gv"),
    ],
)
def test_patterns(trace: gv.Trace, tmp_path: Path, pattern: str, name: str) -> None:
    gv.render(trace, tmp_path / pattern, steps=[5])
    assert names(tmp_path) == [name]
    assert "step 5 of 13" in (tmp_path / name).read_text()


def test_braces_that_are_no_pattern_are_a_name(trace: gv.Trace, tmp_path: Path) -> None:
    gv.render(trace, tmp_path / "{j}{k:x}.dot")
    assert names(tmp_path) == ["{j}{k:x}.dot"]


def test_every_node_keeps_the_last_contribution_of_each(trace: gv.Trace, tmp_path: Path) -> None:
    """Four forward steps, the seed at 5, then two contributions each of f, b, c and a, in the order
    of the trace.
    """
    senders = [step.node for step in trace.steps[5:]]
    assert senders == [senders[0]] * 2 + [senders[2]] * 2 + [senders[4]] * 2 + [senders[6]] * 2
    done = gv.render(trace, tmp_path / "{k:02}.dot", every="node")
    assert names(tmp_path) == [f"{k:02}.dot" for k in (1, 2, 3, 4, 5, 7, 9, 11, 13)]
    assert len(done.files) == 9
    gv.render(trace, f"{tmp_path}/some/", every="node", steps=[6, 8, 9])
    assert names(tmp_path / "some") == ["step-06.svg", "step-09.svg"]


def test_text_takes_all_steps_or_some(trace: gv.Trace, tmp_path: Path) -> None:
    whole = gv.render(trace, tmp_path / "a.txt").files[0].read_text()
    some = gv.render(trace, tmp_path / "b.txt", steps=[2, 3]).files[0].read_text()
    assert "13 of 13" in whole and whole.endswith("f = 4\ndx = 4, dy = 5, dz = 2\n")
    assert " 2 of 13" in some and " 4 of 13" not in some


def test_json_is_the_trace(trace: gv.Trace, tmp_path: Path) -> None:
    (path,) = gv.render(trace, tmp_path / "a.json").files
    assert path.read_text() == trace.to_json() + "\n"
    large = gv.run("sum(x)", x=np.arange(2000.0))
    assert names(tmp_path) == ["a.json"]
    done = gv.render(large, tmp_path / "b.json")
    assert sorted(p.name for p in done.files) == ["b.json", "b.npz"]
    assert np.array_equal(gv.Trace.load(tmp_path / "b.json").value("x"), np.arange(2000.0))


@pytest.mark.parametrize("suffix", BARE)
def test_a_graph_without_values_is_drawn_bare(tmp_path: Path, suffix: str) -> None:
    for source in (CIRCUIT, gv.parse(CIRCUIT), gv.inputs("x y")[0] * 2):
        *_, path = gv.render(source, tmp_path / f"a{suffix}").files
        assert path.stat().st_size > 100
    gv.render(CIRCUIT, tmp_path)
    assert "graph.svg" in names(tmp_path)


def test_text_is_run_on_what_is_given(tmp_path: Path) -> None:
    assert ">4<" in gv.render(CIRCUIT, tmp_path / "a.dot", **AT).files[0].read_text()
    assert ">4<" in gv.render(CIRCUIT, tmp_path / "a.dot", values=AT).files[0].read_text()
    assert ">12<" in gv.render("3*4", tmp_path / "a.dot").files[0].read_text()
    exact = gv.render("x*y", tmp_path / "a.dot", backend="exact").files[0].read_text()
    assert "x · y" in exact
    upstream = (
        gv.render("2*v", tmp_path / "a.dot", v=[1, 2], upstream=np.array([1.0, 10.0]))
        .files[0]
        .read_text()
    )
    assert ">20<" in upstream


def test_a_run_without_a_backward_pass_or_without_steps(tmp_path: Path) -> None:
    gv.render("2*v", tmp_path / "a.pdf", v=[1, 2])
    gv.render("v", tmp_path / "b.pdf", v=[1, 2])
    gv.render("v", tmp_path / "b.txt", v=[1, 2])
    assert names(tmp_path) == ["a.pdf", "b.pdf", "b.txt"]
    assert "v = [1, 2]" in (tmp_path / "b.txt").read_text().splitlines()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"step": 14}, "no step 14"),
        ({"step": -1}, "no step -1"),
        ({"step": True}, "these are not steps"),
        ({"step": 1.5}, "these are not steps"),
        ({"step": 1, "steps": "all"}, "one frame"),
        ({"step": 1, "every": "node"}, "one frame"),
        ({"steps": []}, "these are not steps"),
        ({"steps": "some"}, "is not a step or a range of steps"),
        ({"steps": [3, 99]}, "no step 99"),
        ({"every": "edge"}, "every"),
        ({"theme": "drak"}, "no theme"),
        ({"width": 0}, "not a valid width"),
        ({"width": float("nan")}, "not a valid width"),
        ({"scale": 3.0}, "scale does not apply to .svg"),
        ({"seconds": 2.0}, "seconds is about several steps in one file"),
        ({"fragments": True}, "fragments is about several steps in one file"),
        ({"fragments": True, "step": 3}, "fragments is about several steps in one file"),
        ({"fragments": True, "seconds": 2.0, "steps": "all"}, "no time is set for them"),
        ({"pages": "poster"}, "pages does not apply to .svg"),
    ],
)
def test_options_that_cannot_be(
    trace: gv.Trace, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    error = refuse(trace, tmp_path / "a.svg", **options)
    assert said in str(error)
    assert names(tmp_path) == []


@pytest.mark.parametrize("options", [{"steps": [2, 3]}, {"every": "node"}])
def test_a_file_of_one_picture_names_those_of_several(
    trace: gv.Trace, tmp_path: Path, options: dict[str, Any]
) -> None:
    error = refuse(trace, tmp_path / "a.png", **options)
    assert "frames do not fit into one .png file" in str(error)
    assert "a-{k:02}.png, or .apng, .gif, " in error.hint and ".svg" in error.hint
    assert names(tmp_path) == []


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), "2", True, None, 0.01, 61])
@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_times_that_no_animation_has(
    trace: gv.Trace, tmp_path: Path, suffix: str, seconds: Any
) -> None:
    error = refuse(trace, tmp_path / f"a{suffix}", seconds=seconds, steps="all")
    assert "cannot show its steps for this time" in str(error) and names(tmp_path) == []
    assert "from 0.05 to 60 seconds" in error.expected


def test_an_option_that_one_format_knows_is_refused_with_its_name(
    trace: gv.Trace, tmp_path: Path
) -> None:
    assert refuse(trace, tmp_path / "a.png", pages="poster").hint == ".pdf respects it"
    assert refuse(trace, tmp_path / "a.pdf", fragments=True).hint == ".svg respects it"
    timed = refuse(trace, tmp_path / "a.png", seconds=2).hint
    assert timed == f"{', '.join(ANIMATIONS[:-1])} or {ANIMATIONS[-1]} respects it"


def test_options_that_a_format_does_not_heed(trace: gv.Trace, tmp_path: Path) -> None:
    assert "theme does not apply to .txt" in str(refuse(trace, tmp_path / "a.txt", theme="dark"))
    assert "whole run" in str(refuse(trace, tmp_path / "a.json", step=3))
    assert "whole run" in str(refuse(trace, tmp_path / "a{k}.json"))
    assert "scale" in str(refuse(trace, tmp_path / "a.png", scale=-1))
    assert "no step 0" in str(refuse(trace, tmp_path / "a.txt", step=0))
    assert "40 columns" in str(refuse(trace, tmp_path / "a.txt", width=20))


def test_a_bare_graph_has_no_steps(tmp_path: Path) -> None:
    assert "no steps to choose from" in str(refuse(CIRCUIT, tmp_path / "a.svg", step=2))
    assert "no run to write as .txt" in str(refuse(CIRCUIT, tmp_path / "a.txt"))
    assert "no steps to number" in str(refuse(CIRCUIT, tmp_path / "a-{k}.svg"))
    assert "no value for y and z" in str(refuse(CIRCUIT, tmp_path / "a.svg", x=3))


def test_slips_in_names(trace: gv.Trace, tmp_path: Path) -> None:
    assert "theme" in refuse(trace, tmp_path / "a.svg", them="dark").hint
    assert "steps" in refuse(CIRCUIT, tmp_path / "a.svg", stepps=3, **AT).hint
    assert "already has its values" in str(refuse(trace, tmp_path / "a.svg", backend="exact"))
    assert isinstance(refuse(trace, tmp_path / "a.sgv"), UnknownNameError)
    assert "theme" not in str(refuse(CIRCUIT, tmp_path / "a.svg", xx=1))


# Layout and names


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(os.name != "posix", reason="the fake engines are shell scripts")
@pytest.mark.parametrize("body", ["kill -SEGV $$", "exit 3", "echo nonsense"])
def test_a_layout_engine_that_crashes(
    trace: gv.Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    """The next engine takes over; the only one that was asked for does not."""
    (tmp_path / "out").mkdir()
    fake = script(tmp_path / "dot", body)
    error = refuse(trace, tmp_path / "out" / "a.svg", engine=fake)
    assert isinstance(error, LayoutError) and fake in error.got
    assert names(tmp_path / "out") == []
    monkeypatch.setenv("GRADVIZ_DOT", fake)
    gv.render(trace, tmp_path / "out" / "a.svg")
    assert names(tmp_path / "out") == ["a.svg"]


@pytest.mark.skipif(os.name != "posix", reason="the fake engine is a shell script")
def test_a_layout_engine_that_hangs(
    trace: gv.Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "gradviz.scene.views.graph.place.place_nested", partial(place_nested, timeout=0.3)
    )
    (tmp_path / "out").mkdir()
    error = refuse(trace, tmp_path / "out" / "a.svg", engine=script(tmp_path / "dot", "sleep 60"))
    assert isinstance(error, LayoutError) and "too long" in str(error) and error.hint
    assert names(tmp_path / "out") == []


def graph_of(name: str) -> Graph:
    return Graph(
        [Node(0, "input", name=name), Node(1, "input", name="y"), Node(2, "mul", (0, 1))], 2
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "name",
    [
        "<b>",
        "a & b",
        'say "x"',
        "]]>",
        "back\\slash",
        "$x$",
        "#f",
        "n" * 200,
        "ünïcode_σ",
        "'",
        "{k}",
    ],
)
def test_any_name_goes_through_every_format(tmp_path: Path, suffix: str, name: str) -> None:
    trace = gv.run(graph_of(name), values={name: 3, "y": 4})
    *_, path = gv.render(trace, tmp_path / f"a{suffix}", **small(suffix)).files
    assert path.stat().st_size > 100


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["😀", "变量", "שלום", "one\ntwo", "a\0b"])
def test_a_glyph_that_is_missing_is_named_and_nothing_is_written(
    tmp_path: Path, suffix: str, name: str
) -> None:
    trace = gv.run(graph_of(name), values={name: 3, "y": 4})
    try:
        *_, path = gv.render(trace, tmp_path / f"a{suffix}", **small(suffix)).files
    except ValueInputError as error:
        assert suffix in [*PICTURES, *ANIMATIONS, ".html", ".ltx", ".md"] and "glyph" in str(error)
        assert names(tmp_path) == []
    else:
        assert path.stat().st_size > 100


@pytest.mark.parametrize("suffix", [*PICTURES, ".dot"])
def test_a_graph_that_is_too_large_says_what_to_do(tmp_path: Path, suffix: str) -> None:
    nodes = [Node(0, "input", name="x"), *(Node(i, "neg", (i - 1,)) for i in range(1, 3001))]
    try:
        gv.render(Graph(nodes, 3000), tmp_path / f"a{suffix}", x=1)
    except LayoutError as error:
        assert suffix in PICTURES and ".dot" in error.hint
        assert names(tmp_path) == []
    else:
        assert names(tmp_path) == [f"a{suffix}"]


# The same bytes


@pytest.mark.proof
def test_the_same_bytes_in_two_processes_and_from_a_reloaded_trace(tmp_path: Path) -> None:
    program = """
import sys, gradviz as gv
from tests.small import small
folder, *suffixes = sys.argv[1:]
trace = gv.run("q = tanh(W @ x); sum(q**2) + x[0]*x[0]", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3])
again = gv.Trace.from_json(trace.to_json())
for name, one in (("run", trace), ("again", again)):
    for suffix in suffixes:
        gv.render(one, f"{folder}/{name}{suffix}", **small(suffix))
    gv.render(one, f"{folder}/{name}-{{k}}.svg")
gv.render(trace, f"{folder}/run-moving.svg", steps="all", theme="auto")
gv.render(trace, f"{folder}/run-slide.svg", steps="9-11", fragments=True)
gv.render(trace, f"{folder}/run-sheet.pdf", pages="handout-6", steps="9-11")
"""
    folders = [tmp_path / seed for seed in ("1", "2")]
    for folder in folders:
        folder.mkdir()
        environment = os.environ | {"PYTHONHASHSEED": folder.name}
        subprocess.run(
            [sys.executable, "-c", program, str(folder), *SUFFIXES], env=environment, check=True
        )
    first, second = (
        {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*.*") if p.is_file()}
        for folder in folders
    )
    assert first == second
    for name, content in first.items():
        of_run = first[name.replace("again", "run")]
        assert name.startswith("run") or content.replace(b"again_", b"run_") == of_run
    assert {f"run{suffix}" for suffix in SUFFIXES} <= first.keys() and "again-3.svg" in first


@pytest.mark.parametrize("engine", ["auto", "graphlay", "own"])
@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf"])
def test_a_picture_says_which_engine_laid_it_out(
    trace: gv.Trace, tmp_path: Path, suffix: str, engine: str
) -> None:
    path = tmp_path / f"a{suffix}"
    gv.render(trace, path, engine=engine)
    said = {
        "graphlay": "graphlay 0.",
        "own": "gradviz's own columns",
        "auto": "graphviz-pure 0.2.2",
    }
    assert f"laid out by {said[engine]}".encode() in path.read_bytes()
    gv.render(trace, path, engine=engine)  # it is still known as a picture of ours
