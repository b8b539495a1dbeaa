"""--depth, --expand, --fold-repeats, --image and --edges, as a user meets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv
from gradviz.graph.builder import Builder

Gradviz = Callable[..., Any]
NET = ("net:mlp:2-4-4-1", "x=[1,2]")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_show_folds(gradviz: Gradviz) -> None:
    done = gradviz("show", *NET, "--depth", "1")
    # Layers 2-4-4-1: the first learns 4·2 weights and 4 biases, the last 4 + 1.
    assert done.status == 0 and "12 parameters" in done.out and "5 parameters" in done.out
    assert (
        "turns 2 numbers into 4 numbers." in done.out
        and "matmul" not in done.out.split("Forward")[0]
    )


def test_a_scope_opens(gradviz: Gradviz) -> None:
    closed, opened = (
        gradviz("show", *NET, "--depth", "1").out,
        gradviz("show", *NET, "--expand", "layer1").out,
    )
    assert "W1 =" in opened and "W1 =" not in closed and "W2 =" not in opened


def test_render_folds(gradviz: Gradviz) -> None:
    done = gradviz("render", "net:alexnet", "--depth", "1", "-o", "a.svg")
    assert (done.status, done.out, done.err) == (0, "a.svg\n", "")
    text = Path("a.svg").read_text()
    assert "conv1" in text and "34,944 parameters" in text and "96×55×55" in text


def test_what_stays_open_is_said(gradviz: Gradviz) -> None:
    """A saved trace whose scope has two values that are used outside it."""
    builder = Builder()
    a = builder.apply("exp", [builder.input("x")], scope="pair", name="a")
    b = builder.apply("sin", [a], scope="pair", name="b")
    gv.run(builder.graph(builder.apply("mul", [a, b])), x=1.0).save("saved.json")
    done = gradviz("show", "saved.json", "--depth", "1", "--brief")
    assert done.status == 0
    assert (
        done.err == "gradviz: note: pair stays open: 2 of its values are used outside it (a, b).\n"
    )
    assert (
        "note: pair stays open"
        in gradviz("render", "saved.json", "--depth", "1", "-o", "a.svg").err
    )


@pytest.mark.parametrize("command", [("show",), ("render", "-o", "a.svg")])
def test_bad_folding(gradviz: Gradviz, command: tuple[str, ...]) -> None:
    done = gradviz(*command, *NET, "--expand", "layer9")
    assert (
        done.status == 1
        and done.refused
        and "no scope 'layer9'" in done.err
        and "did you mean layer" in done.err
    )
    done = gradviz(*command, *NET, "--depth", "-1")
    assert done.status == 1 and done.refused and "from 1 on" in done.err
    done = gradviz(*command, *NET, "--depth", "two")
    assert done.status == 2 and "two" in done.err


def test_an_image_that_cannot_be_one(gradviz: Gradviz) -> None:
    done = gradviz("render", *NET, "--image", "x", "-o", "a.svg")
    assert done.status == 1 and done.refused and "x cannot be drawn as an image" in done.err
    done = gradviz("render", *NET, "--image", "photo", "-o", "a.svg")
    assert done.status == 1 and "no node called 'photo'" in done.err
    assert not Path("a.svg").exists()


def test_edges(gradviz: Gradviz) -> None:
    done = gradviz("render", "x*y", "x=3", "y=4", "--edges", "magnitude", "-o", "a.svg")
    assert done.status == 0 and "thickest brings 4" in done.err
    assert gradviz("render", "x*y", "x=3", "y=4", "--edges", "bold", "-o", "b.svg").status == 2
