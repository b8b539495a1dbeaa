"""The words of a command line, typed as one line in the terminal program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.cli.arguments import split_line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x*y + z x=-3 y=5 z=2", ("x*y + z", "x=-3", "y=5", "z=2")),
        ('"x*y + z" x=-3', ("x*y + z", "x=-3")),
        (
            "q = W @ x; sum(q**2) W=[[1, 2], [3, 4]] x=[1, 2]",
            ("q = W @ x; sum(q**2)", "W=[[1, 2], [3, 4]]", "x=[1, 2]"),
        ),
        ("x == y x=1 y=2", ("x == y", "x=1", "y=2")),
        ("x=3", ("x=3",)),
        ("sin(x)", ("sin(x)",)),
        ("max(x, axis=0) x=@a.npy", ("max(x, axis=0)", "x=@a.npy")),
        ("  ", ("",)),
        ("f(x", ("f(x",)),
        ("net:xor --data ring,count=60", ("net:xor", "--data", "ring,count=60")),
        ("x*y x=1 --data xor --lr 0.1", ("x*y", "x=1", "--data", "xor", "--lr", "0.1")),
        ("x - --y x=1 y=2", ("x - --y", "x=1", "y=2")),
        ("x --y", ("x --y",)),
        ("x --yy + z x=1", ("x --yy + z", "x=1")),
        ("--data ring", ("--data ring",)),
    ],
)
def test_a_typed_line(line: str, words: tuple[str, ...]) -> None:
    assert split_line(line) == words


@given(st.text(max_size=30))
def test_any_line_is_split(line: str) -> None:
    _, *rest = split_line(line)
    options = {i for i, word in enumerate(rest) if word.startswith("-")}
    assert all("=" in v for i, v in enumerate(rest) if not {i, i - 1} & options)
