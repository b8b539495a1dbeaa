"""`--beside`: two walks side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Gradviz = Callable[..., Any]
CIRCUIT = ("(x*y + z) * maximum(y, z)", "x=1.5", "y=2", "z=-1")
NEURON = ("sigmoid(w*x + b)", "w=2", "x=-1", "b=0.5")
PIECES = "1/(1 + exp(-(w*x + b)))"


def test_both_passes_are_told_step_by_step(gradviz: Gradviz) -> None:
    """df/dx = y · max(y, z) = 4 comes in step 8, when the forward pass of four steps waits."""
    found = gradviz("show", *CIRCUIT, "--beside", "backward")
    assert "Side by side  Forward and Backward" in found.out
    lines = found.out.splitlines()
    assert any(" 1 of 9  Forward: x · y = 1.5 · 2 = 3. Backward:" in line for line in lines)
    (eighth,) = (line for line in lines if " 8 of 9 " in line)
    assert "Backward:" in eighth and "Forward:" not in eighth


def test_another_source_takes_the_values_of_the_first(gradviz: Gradviz, tmp_path: Path) -> None:
    """Six steps of the neuron, three forward; 1/(1 + e^1.5) = 0.1824 in both."""
    words = (*NEURON, "--beside", PIECES, "--names", "sigmoid,pieces", "--json")
    found = json.loads(gradviz("show", *words).out)
    assert found["schema"] == "gradviz.panels/1" and found["panels"] == ["sigmoid", "pieces"]
    forward = [step for step in found["steps"] if step["phase"] == "forward"]
    assert [step["steps"] for step in forward][2:4] == [[3, 3], [None, 4]]
    assert forward[3]["walks"][0] is None and forward[3]["walks"][1]["step"] == 4
    made = gradviz("render", *NEURON, "--beside", PIECES, "-o", str(tmp_path / "a.svg"))
    assert made.status == 0 and (tmp_path / "a.svg").read_text().count("0.1824") >= 2


def test_other_values_of_the_same_source(gradviz: Gradviz) -> None:
    found = gradviz("show", *CIRCUIT, "--beside", "x=-3 y=1/2", "--plain")
    assert "Inputs of x equals 1.5, y equals 2: x equals 1.5; y equals 2" in found.out
    assert "Inputs of x equals minus 3, y equals 0.5: x equals minus 3" in found.out


@pytest.mark.parametrize(
    ("view", "words", "second"),
    [
        (("--view", "neurons"), ("net:mlp:2-3-1", "x=[1,-1]"), "x=[0.5,2]"),
        (("--view", "matrix"), ("W@x", "W=[[1,2],[3,4]]", "x=[1,2]"), "x=[0,1]"),
        (("--into", "conv2d"), ("conv2d(x,w)", "x=random:1:1x1x3x3", "w=random:2:1x1x2x2"),
         "w=random:3:1x1x2x2"),
        (("--depth", "1"), ("net:mlp:2-3-1", "x=[1,-1]"), "backward"),
    ],
)  # fmt: skip
def test_views_and_folds_are_those_of_both(
    gradviz: Gradviz, tmp_path: Path, view: tuple[str, ...], words: tuple[str, ...], second: str
) -> None:
    file = tmp_path / "a.svg"
    found = gradviz("render", *words, "--beside", second, *view, "--step", "1", "-o", str(file))
    assert found.status == 0, found.err
    text = file.read_text()
    assert 'id="a-name"' in text and 'id="b-name"' in text


def test_updates_of_two_optimisers(
    gradviz: Gradviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("sgd", "adam"):
        words = ("w=0", "b=0", "--data", "linear", "--lr", "0.1", "--batch", "1", "--passes", "3")
        gradviz("learn", "(w*x + b - t)**2", *words, "--optimizer", name, "-o", f"{name}.json")
    words = ("sgd.json", "--pass", "2", "--view", "update", "--beside", "adam.json")
    assert gradviz("render", *words, "-o", "a.svg").status == 0
    text = Path("a.svg").read_text()
    assert ">sgd</text>" in text and ">adam</text>" in text


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--beside", ""), 2, "--beside is empty"),
        (("--beside", "forward"), 1, "forward"),
        (("--beside", "backward", "--against", "x=3"), 2, "one of the two"),
        (("--beside", "backward", "--names", "one"), 1, "two panels need a name each"),
        (("--names", "a,b"), 2, "--names are those of two panels"),
        (("--beside", "backward", "--every", "node"), 1, "one frame per step"),
        (("--beside", "q*2"), 1, "q"),
        (("--beside", "x=3 q=1"), 1, "q"),
        (("--beside", "backward", "--view", "neurons"), 1, "neurons"),
        (("--beside", "backward", "--hide", "q"), 1, "nothing in the picture is called 'q'"),
        (("--beside", "backward", "--rename", "q=p"), 1, "there is no node 'q' to rename"),
        (("--beside", "backward", "--around", "q"), 1, "q"),
        (("--beside", "backward", "--classes", "a,b"), 1, "classes"),
        (("--beside", "backward", "--step", "14"), 1, "there is no step 14"),
        (("--beside", "backward", "--view", "training"), 2, "takes a whole slide"),
    ],
)
def test_bad_input(
    gradviz: Gradviz, tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    file = tmp_path / "a.svg"
    found = gradviz("render", *CIRCUIT, *words, "-o", str(file))
    assert found.status == status and said in found.err and not file.exists()
    assert found.err.count("gradviz:") == 1


def test_show_has_no_table_of_two_walks(gradviz: Gradviz) -> None:
    found = gradviz("show", *CIRCUIT, "--beside", "backward", "--brief")
    assert found.status == 2 and "--brief does not apply to two walks side by side" in found.err


def test_a_deck_has_panels_and_runs_no_code_of_theirs(
    gradviz: Gradviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text("def f(x):\n    return x*x\n")
    entry = '[[render]]\nname = "a"\nsource = "x*y"\nvalues = {x = 2, y = 3}\n'
    Path("deck.gv.toml").write_text(f'{entry}beside = "backward"\nnames = "there,back"\n')
    assert gradviz("deck").status == 0
    assert ">there</text>" in Path("figures/a.svg").read_text()
    Path("deck.gv.toml").write_text(f'{entry}beside = "net.py::f"\n')
    refused = gradviz("deck")
    assert refused.status == 1 and "line 5" in refused.err and "--allow-code" in refused.err
