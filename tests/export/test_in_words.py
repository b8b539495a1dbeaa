"""Text files in words, for screen readers: complete, and one line after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

import gradviz as gv
from gradviz.errors import GradvizError


def lines(tmp_path: Path, *args: object, **options: object) -> list[str]:
    gv.render(*args, tmp_path / "a.txt", plain=True, **options)  # type: ignore[arg-type]
    head, blank, *told = (tmp_path / "a.txt").read_text("utf-8").splitlines()
    assert head.startswith("# ") and not blank and all(told)
    assert not set("".join(told)) & set("│╭╰─→←∂·×−²₁⎡{}[]|")
    return told


def test_a_walk_from_its_source_to_its_results(tmp_path: Path) -> None:
    assert lines(tmp_path, gv.run("x*y", x=-2, y=3)) == [
        "x times y.",
        "Inputs: x equals minus 2; y equals 3.",
        "4 steps.",
        "Forward.",
        "Step 1 of 4: f equals x times y equals minus 2 times 3 equals minus 6.",
        "Backward.",
        "Step 2 of 4: We ask how f changes with itself: the gradient starts at 1. The gradient of f"
        " in f equals 1.",
        "Step 3 of 4: times swaps its inputs: x receives the upstream gradient times y, 1 times 3"
        " equals 3. The gradient of f in x gets the gradient of f in f times y equals 1 times 3"
        " equals 3.",
        "Step 4 of 4: times swaps its inputs: y receives the upstream gradient times x, 1 times"
        " minus 2 equals minus 2. The gradient of f in y gets the gradient of f in f times x equals"
        " 1 times minus 2 equals minus 2.",
        "Results.",
        "x: value minus 2, gradient 3.",
        "y: value 3, gradient minus 2.",
        "f: value minus 6, gradient 1.",
    ]


def test_some_steps_give_no_results_away(tmp_path: Path) -> None:
    told = lines(tmp_path, gv.run("x*y", x=-2, y=3), steps=[1, 2])
    assert told[-1].startswith("Step 2 of 4") and "Results." not in told


def test_other_walks_say_what_they_are_given_and_what_comes_out(tmp_path: Path) -> None:
    told = lines(tmp_path, gv.run("x**2", x=3), view="differences")
    assert "Inputs: x equals 3." in told
    assert told[-3:] == ["Results.", "x: value 3, gradient 6.", "f: value 9, gradient 1."]
    told = lines(tmp_path, gv.run("net:mlp:2-2-1", x=[0.5, -1]), view="neurons")
    assert told[2].startswith("Inputs: x equals the list 0.5, minus 1;")
    assert told[-1] == "f: value the list minus 0.1573, gradient the list 1."


def test_two_runs_are_told_apart(tmp_path: Path) -> None:
    pair = gv.compare(gv.run("x*y", x=1, y=2), gv.run("x*y", x=3, y=2), view="graph")
    told = lines(tmp_path, pair)
    assert told[1:3] == [
        "Inputs of x sub 1: x equals 1; y equals 2.",
        "Inputs of x sub 2: x equals 3; y equals 2.",
    ]
    assert "Results." not in told  # the last step compares them


def test_a_plot_says_where_its_lines_go(tmp_path: Path) -> None:
    assert lines(tmp_path, gv.plot("x**2", x=1)) == [
        "x squared, as a function of x, with its slope.",
        "At x equals 1 the value is 1 and the slope 2: a small step of x moves the value 2 times as"
        " far.",
        "x squared: from 16 at minus 4 to 16 at 4.",
        "minimum 0 at 0.",
        "at 1 value 1, slope 2.",
    ]


def test_only_texts_are_in_words(tmp_path: Path) -> None:
    with pytest.raises(GradvizError, match=r"plain does not apply to \.svg"):
        gv.render(gv.run("x*y", x=1, y=2), tmp_path / "a.svg", plain=True)
