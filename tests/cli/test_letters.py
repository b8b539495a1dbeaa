"""`--text outline`: what is drawn, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv


@pytest.mark.parametrize(
    "words",
    [
        ("x*y", "x=2", "y=3"),
        ("maxpool2d(x, 2)", "x=[[1,2],[3,4]]", "--into", "f"),
        (
            "tanh(W @ x + b)",
            "W=[[1,2],[3,4]]",
            "x=[1,2]",
            "b=[0,1]",
            "--upstream",
            "[1,1]",
            "--view",
            "neurons",
        ),
    ],
)
def test_the_command_line_and_python_write_outlines(
    gradviz: Callable[..., Any], tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "a.svg"
    done = gradviz("render", *words, "--text", "outline", "--step", "1", "-o", str(file))
    assert done.status == 0, done.err
    assert "<text" not in file.read_text() and "<title" in file.read_text()
    if len(words) == 3:
        gv.render("x*y", tmp_path / "b.svg", x=2, y=3, text="outline", step=1)
        assert (tmp_path / "b.svg").read_bytes() == file.read_bytes()


def test_another_way_of_drawing_text_is_refused(gradviz: Callable[..., Any]) -> None:
    refused = gradviz("render", "x*y", "x=2", "y=3", "--text", "paths", "-o", "a.svg")
    assert refused.status != 0 and "font" in refused.err and "outline" in refused.err
