"""`gradviz demo`: lecture examples in the terminal."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import pytest

from gradviz.cli.examples import EXAMPLES, Example

Gradviz = Callable[..., Any]
NAMES = [example.name for example in EXAMPLES]


def test_the_default_ends_with_the_gradients_of_the_lecture(gradviz: Gradviz) -> None:
    shown = gradviz("demo")
    assert shown.status == 0 and not shown.err
    assert (
        "CSCI 566 Deep Learning and Its Applications, Lecture 3"
        in shown.out.partition("q = W @ x")[0]
    )
    assert "dW = [[0.38, 0.228], [0.29, 0.174]], dx = [0.71, 0.34]\n" in shown.out


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_a_demo_is_the_walk_that_its_command_gives(gradviz: Gradviz, example: Example) -> None:
    """The command at the end, copied into a shell, gives the very walk that stands above it."""
    shown = gradviz("demo", example.name)
    assert shown.status == 0
    (command,) = [line for line in shown.out.splitlines() if line.startswith("gradviz show")]
    walk = gradviz(*shlex.split(command)[1:])
    assert walk.status == 0 and len(walk.out.splitlines()) > 15
    before, _, after = shown.out.partition(walk.out)
    assert example.lecture in " ".join(before.split())
    assert command in after


def test_names_are_different_and_said_in_a_sentence() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(not example.line.endswith(".") and len(example.line) < 90 for example in EXAMPLES)


def test_options(gradviz: Gradviz) -> None:
    narrow = gradviz("demo", "circuit", "--width", "60", "--ascii").out
    assert narrow.isascii()
    assert max(map(len, narrow.splitlines())) <= 60
    assert "x receives the upstream gradient times" in " ".join(narrow.split())


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("nuron",), 1, "did you mean neuron?"),
        (("lenet",), 1, ", ".join(NAMES)),
        (("neuron", "circuit"), 2, "circuit"),
        (("--width", "10"), 2, "at least 40 columns"),
        (("--colour",), 2, "--colour"),
    ],
)
def test_bad_input(gradviz: Gradviz, words: tuple[str, ...], status: int, said: str) -> None:
    refused = gradviz("demo", *words)
    assert refused.refused and refused.status == status
    assert said in refused.err
