"""--upstream takes whatever a VALUE takes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_upstream_takes_what_a_value_takes(folder: Path, gradviz: Callable[..., Any]) -> None:
    """y = 2x: the gradient of x is twice the upstream gradient."""
    upstream = np.array([1.0, -2.0, 0.5])
    np.save("u.npy", upstream)
    Path("u.csv").write_text("g\n1\n-2\n0.5\n")
    Path("u.json").write_text("[1, -2, 0.5]")
    drawn = np.random.default_rng(7).standard_normal(3)
    for text, expected in (
        ("@u.npy", upstream),
        ("@u.csv", upstream),
        ("@u.json", upstream),
        ("[1, -2, 1/2]", upstream),
        ("random:7", drawn),
        ("random:7:3", drawn),
    ):
        done = gradviz("trace", "x*2", "x=[1,2,3]", "--upstream", text)
        assert done.status == 0, done.err
        np.testing.assert_array_equal(json.loads(done.out)["gradients"]["0"], 2 * expected)
        assert gradviz("check", "x*2", "x=[1,2,3]", "--upstream", text).status == 0
    assert "u.csv: left out the header g" in gradviz(
        "trace", "x*2", "x=[1,2,3]", "--upstream", "@u.csv"
    ).err  # fmt: skip


def test_an_image_as_upstream_takes_the_shape_of_the_output(
    folder: Path, gradviz: Callable[..., Any]
) -> None:
    Image.fromarray(np.array([[0, 255], [51, 102]], dtype="uint8")).save("u.png")
    done = gradviz("trace", "x*2", "x=[[1,2],[3,4]]", "--upstream", "@u.png")
    assert json.loads(done.out)["gradients"]["0"] == [[0, 2], [0.4, 0.8]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("@none.npy", "the value of upstream: there is no file none.npy"),
        ("@u.gif", "the value of upstream cannot be read from u.gif"),
        ("random:x", "the value of upstream cannot be sampled"),
        ("random:1:4", "does not fit the output"),
        ("", "the value of upstream is empty"),
        ("1/0", "the value of upstream: "),
    ],
)
def test_an_upstream_that_is_none(gradviz: Callable[..., Any], text: str, says: str) -> None:
    done = gradviz("show", "x*2", "x=[1,2,3]", "--upstream", text)
    assert done.status == 1 and done.refused and says in done.err, done.err


def test_an_upstream_file_is_not_written_over(folder: Path, gradviz: Callable[..., Any]) -> None:
    Path("u.csv").write_text("1,2\n")
    os.link("u.csv", "link.dot")
    done = gradviz("render", "x*2", "x=[1,2]", "--upstream", "@u.csv", "-o", "link.dot")
    assert done.status == 1 and "is an input" in done.err
    assert Path("u.csv").read_text() == "1,2\n"


def test_upstream_may_stay_a_symbol(gradviz: Callable[..., Any]) -> None:
    """CSCI 566: with a loss on top of f = x y + z, ∂L/∂x = y ∂L/∂f."""
    words = ("x=-2", "y=5", "z=-4", "--upstream", "symbols", "--backend", "exact")
    done = gradviz("trace", "x*y + z", *words)
    gradients = json.loads(done.out)["gradients"]
    assert [gradients[str(i)] for i in range(3)] == ["5*u", "-2*u", "u"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "x*u", "x=1", "u=2", "--upstream", "symbols", "--backend", "exact"), "called u"),
        (("show", "x*y", "x=symbols", "y=2"), "--backend exact"),
        (
            ("check", "x*y", "x=symbols", "y=2", "--backend", "exact"),
            "in the place of every symbol",
        ),
        (("show", "x*y", "x=symbols:0", "y=2", "--backend", "exact"), "symbols:2x3"),
    ],
)
def test_symbols_where_they_cannot_be(
    gradviz: Callable[..., Any], words: tuple[str, ...], told: str
) -> None:
    done = gradviz(*words)
    assert done.status == 1 and not done.out
    assert told in done.err


def test_a_sum_of_symbols_is_shown_to_its_end(gradviz: Callable[..., Any]) -> None:
    """∂‖x‖²/∂x = 2x, whatever the shape of x."""
    words = ("show", "f = sum(x**2)", "x=symbols:2", "--backend", "exact", "--brief")
    done = gradviz(*words)
    assert done.status == 0 and done.out.splitlines()[-2:] == [
        "f = x_1**2 + x_2**2",
        "dx = [2*x_1, 2*x_2]",
    ]
