"""`--against`: a second run beside the first, as text, as JSON and as a picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

import gradviz as gv
from tests.cli.conftest import Outcome

Program = Callable[..., Outcome]
SCORES = ("multiclass_hinge(W @ x, 0)", "W=[[1, 0], [0, 1]]", "x=[2, 1]")


def test_other_values(gradviz: Program) -> None:
    """Scores (2, 1) and (1, 2): max(0, 1 − 2 + 1) = 0 and max(0, 2 − 1 + 1) = 2."""
    found = gradviz("show", *SCORES, "--against", "W=[[0, 1], [1, 0]]")
    assert found.status == 0 and "W₁ fits better: its loss is 0, W₂ 2." in found.out
    made = json.loads(gradviz("show", *SCORES, "--against", "W=[[0,1],[1,0]]", "--json").out)
    assert [r["numbers"] for r in made["rows"] if r["kind"] == "result"] == [[0, 2]]


def test_another_source_takes_the_values_it_has_inputs_for(gradviz: Program) -> None:
    found = gradviz("show", "x*y", "x=3", "y=4", "--against", "x**2")
    assert found.status == 0 and "12" in found.out and " 9" in found.out
    own = gradviz("show", "x*y", "x=3", "y=4", "--against", "r = x + z z=1")
    assert own.status == 0 and " 4" in own.out


def test_networks_share_the_label(gradviz: Program) -> None:
    command = ("show", "net:mlp:2-4-2", "x=[0.5,-1]", "label=1", "--against", "net:mlp:2-8-2")
    found = json.loads(gradviz(*command, "--classes", "a,b", "--json").out)
    alone = gv.run("net:mlp:2-8-2", x=[0.5, -1], label=1)
    (result,) = [r["numbers"] for r in found["rows"] if r["kind"] == "result"]
    assert alone.value(alone.graph.output) == result[1]
    assert [r["label"] for r in found["rows"] if r["name"] == "scores"] == ["a", "b"] * 2
    assert {r["label"] for r in found["rows"] if r["name"] == "x"} == {"[0]", "[1]"}
    assert not any(r["name"] == "label" for r in found["rows"])


def test_statements_are_no_value(gradviz: Program) -> None:
    found = gradviz("show", "x*y", "x=3", "y=4", "--against", "s = x + y; s**2")
    assert found.status == 0 and "49" in found.out


@pytest.mark.parametrize("view", [(), ("--view", "table")])
@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_pictures(tmp_path: Path, gradviz: Program, suffix: str, view: tuple[str, ...]) -> None:
    path = tmp_path / f"a.{suffix}"
    command = ("render", *SCORES, "--against", "W=[[0, 1], [1, 0]]", "--classes", "cat,dog")
    assert gradviz(*command, *view, "-o", str(path)).status == 0
    assert path.stat().st_size > 1000


def texts(path: Path) -> list[str]:
    return [text for text in ElementTree.parse(path).getroot().itertext() if text.strip()]


def test_a_picture_has_one_graph_with_both_numbers(tmp_path: Path, gradviz: Program) -> None:
    """Losses 0 and 2; one hinge for both, one product."""
    path = tmp_path / "a.svg"
    command = ("render", *SCORES, "--against", "W=[[0, 1], [1, 0]]", "-o", str(path))
    assert gradviz(*command).status == 0
    found = texts(path)
    assert found.count("SVM") == 1 and {"W₁", "W₂", "Compare"} <= set(found)
    assert "W₁ fits better: its loss is 0, W₂ 2." in " ".join(found)


def test_every_step_is_a_frame(tmp_path: Path, gradviz: Program) -> None:
    """Two forward, the seed, three contributions, and both compared."""
    command = (
        "render",
        *SCORES,
        "--against",
        "W=[[0, 1], [1, 0]]",
        "-o",
        f"{tmp_path}/s-{{k}}.svg",
    )
    assert gradviz(*command).status == 0
    assert len(list(tmp_path.glob("s-*.svg"))) == 7
    assert "step 2 of 7" in texts(tmp_path / "s-2.svg")
    told = gradviz("show", *SCORES, "--against", "W=[[0, 1], [1, 0]]", "--step", "2")
    assert "f is 0 with W₁ and 2 with W₂." in told.out and "f = multiclass_hinge" in told.out
    made = gradviz("show", *SCORES, "--against", "W=[[0,1],[1,0]]", "--steps", "1-2", "--json")
    found = json.loads(made.out)
    assert found["schema"] == "gradviz.pair/1" and [s["step"] for s in found["steps"]] == [1, 2]


def test_scopes_fold_and_names_are_typeset(tmp_path: Path, gradviz: Program) -> None:
    """A deeper network has a third layer of its own, whose weights are W₃ in words too."""
    small, deep = "net:mlp:2-3-2", "net:mlp:2-3-3-2"
    command = ("render", small, "x=[1,-1]", "label=1", "--against", deep, "--view", "graph", "-o")
    assert gradviz(*command, f"{tmp_path}/s.svg", "--step", "10").status == 0
    drawn = ElementTree.parse(tmp_path / "s.svg").iter("{http://www.w3.org/2000/svg}text")
    words = " ".join("".join(text.itertext()) for text in drawn)
    assert "column of W₃" in words and "W3" not in words
    folded = tmp_path / "folded.svg"
    digits = ("net:tiny-cnn", "image=digit:3", "label=1", "--against", "image=digit:5")
    found = gradviz("render", *digits, "--view", "graph", "--depth", "1", "-o", str(folded))
    assert found.status == 0 and any("parameters" in text for text in texts(folded))


def test_text_files_hold_the_walk(tmp_path: Path, gradviz: Program) -> None:
    path = tmp_path / "a.txt"
    command = ("render", *SCORES, "--against", "W=[[0, 1], [1, 0]]", "-o", str(path))
    assert gradviz(*command).status == 0
    written = path.read_text(encoding="utf-8")
    assert "W₁ fits better" in written and "loss" in written


def test_runs_with_nothing_in_common_have_a_table(tmp_path: Path, gradviz: Program) -> None:
    path = tmp_path / "a.svg"
    found = gradviz("render", "x*y", "x=3", "y=4", "--against", "a+b a=1 b=2", "-o", str(path))
    assert found.status == 0 and "nothing in common" in found.err and "result" in texts(path)
    asked = gradviz(
        "render", "x*y", "x=3", "y=4", "--against", "a+b a=1 b=2", "--view", "graph", "-o",
        str(tmp_path / "b.svg"),
    )  # fmt: skip
    assert asked.status == 1 and not (tmp_path / "b.svg").exists()


def test_passes_of_two_optimisers(tmp_path: Path, gradviz: Program) -> None:
    """(x − 3)² from 0 at rate 0.1: gradient descent has x = 0, 0.6, 1.08; Adam's first step is the
    rate itself.
    """
    for name in ("sgd", "adam"):
        done = gradviz(
            "learn", "(x - 3)**2", "x=0", "--optimizer", name, "--lr", "0.1", "--passes", "3", "-o",
            str(tmp_path / f"{name}.json"),
        )  # fmt: skip
        assert done.status == 0
    both = ("show", str(tmp_path / "sgd.json"), "--against", str(tmp_path / "adam.json"))
    found = json.loads(gradviz(*both, "--pass", "2", "--json").out)
    (row,) = [r for r in found["rows"] if (r["name"], r["kind"]) == ("x", "value")]
    assert row["numbers"] == pytest.approx([0.6, 0.1], abs=1e-6)
    assert [run["name"] for run in found["runs"]] == ["sgd", "adam"]
    steps = gradviz(*both, "--pass", "2", "--steps", "1-")
    assert "x becomes 1.08 with sgd and 0.1" in steps.out
    assert gradviz(*both, "--pass", "9").status == 1
    assert "Loss" in gradviz(*both).out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--against", ""), 2, "--against"),
        (("--against", "q=3"), 1, "q"),
        (("--against", "x ** ** 2"), 1, "expected"),
        (("--against", "x*z"), 1, "z"),
        (("--against", "x=5", "--brief"), 2, "--brief"),
        (("--against", "x=5", "--step", "99"), 1, "no step 99"),
        (("--against", "x=5", "--view", "neurons"), 2, "--view neurons"),
        (("--against", "x=5", "--view", "table", "--step", "2"), 2, "--steps"),
        (("--against", "a*b a=1 b=2", "--step", "2"), 1, "nothing in common"),
        (("--against", "x=[1,2,3] y=[1,2]"), 1, "shapes"),
        (("--against", "x=5", "--against", "x=6", "--step", "2"), 1, "3 runs"),
        (("--against", "x=5", "--classes", "a,b,c"), 1, "3 numbers"),
        (tuple(w for k in "5678" for w in ("--against", f"x={k}")), 1, "2 to 4"),
    ],
)  # fmt: skip
def test_bad_input(gradviz: Program, words: tuple[str, ...], status: int, said: str) -> None:
    found = gradviz("show", "x*y", "x=3", "y=4", *words)
    assert (found.status, found.out) == (status, "") and said in found.err
