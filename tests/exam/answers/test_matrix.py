"""Matrices as students write them."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from gradviz.exam.answers import UnreadableError, matrix

MATRICES = [
    "[[1, 2], [3, -4]]",
    "1 2; 3 -4",
    "1, 2; 3, -4",
    "1 2\n3 −4",
    "[1,2],[3,-4]",
    "[[1.0,2.0];[3,-4]]",
]


@pytest.mark.parametrize("text", MATRICES)
def test_matrices(text: str) -> None:
    assert matrix.read(text) == ((F(1), F(2)), (F(3), F(-4)))


@pytest.mark.parametrize("text", ["", "[[1, 2], [3]]", "a b; c d", "1 2; 3", "[]"])
def test_what_is_no_matrix(text: str) -> None:
    with pytest.raises(UnreadableError):
        matrix.read(text)
