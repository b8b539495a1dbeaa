"""--around and --hops, as a user meets them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Gradviz = Callable[..., Any]
CHAIN = "; ".join(["a0 = sin(x)"] + [f"a{i} = sin(a{i - 1})" for i in range(1, 600)])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_large_graph_opens_as_a_window_and_says_so_once(gradviz: Gradviz, folder: Path) -> None:
    done = gradviz("render", CHAIN, "x=.3", "--step", "200", "-o", "a.svg")
    assert done.status == 0 and done.err.count("window of") == 1 and "--around NODE" in done.err
    assert "of 601 nodes around a₁₉₉<" in (folder / "a.svg").read_text()


def test_a_window_around_a_node(gradviz: Gradviz, folder: Path) -> None:
    words = ("--around", "a17", "--hops", "2", "-o", "a.svg")
    done = gradviz("render", CHAIN, "x=.3", *words)
    assert done.status == 0 and "too many" not in done.err
    assert "window of 5 of 601 nodes around a₁₇<" in (folder / "a.svg").read_text()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--around", "a700"), 1, "no node called 'a700'"),
        (("--around", "a7", "--hops", "0"), 2, "hops"),
        (("--around", "a7", "--hops", "few"), 2, "hops"),
        (("--around", "a7", "--path", "x..a9"), 1, "paths are drawn from end to end"),
        (("--around", "a7", "--step", "300"), 1, "step 300 happens outside the window of"),
        (("--around", "a7", "--hops", "450"), 1, "450 hops reach"),
        (("--around", "a7", "--view", "neurons"), 1, ""),
        (("--steps", "1-600"), 1, "these 600 steps work on"),
    ],
)
def test_a_window_that_cannot_be_is_one_message(
    gradviz: Gradviz, folder: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    out = "a.pdf" if "--steps" in words else "a.svg"
    done = gradviz("render", CHAIN, "x=.3", *words, "-o", out)
    assert done.status == status and said in done.err and "Traceback" not in done.err
    assert not list(folder.iterdir())
