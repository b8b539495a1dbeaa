"""`--against`: a second run beside the first, as text, as JSON and as a picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

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


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_pictures(tmp_path: Path, gradviz: Program, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    command = ("render", *SCORES, "--against", "W=[[0, 1], [1, 0]]", "--classes", "cat,dog")
    assert gradviz(*command, "-o", str(path)).status == 0
    assert path.stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--against", ""), 2, "--against"),
        (("--against", "q=3"), 1, "q"),
        (("--against", "x ** ** 2"), 1, "expected"),
        (("--against", "x*z"), 1, "z"),
        (("--against", "x=5", "--brief"), 2, "--brief"),
        (("--against", "x=5", "--step", "2"), 2, "--step"),
        (("--against", "x=5", "--classes", "a,b,c"), 1, "3 numbers"),
        (tuple(w for k in "5678" for w in ("--against", f"x={k}")), 1, "2 to 4"),
    ],
)  # fmt: skip
def test_bad_input(gradviz: Program, words: tuple[str, ...], status: int, said: str) -> None:
    found = gradviz("show", "x*y", "x=3", "y=4", *words)
    assert (found.status, found.out) == (status, "") and said in found.err
