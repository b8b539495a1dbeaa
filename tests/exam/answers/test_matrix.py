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
    "1\t2\n3\t−4",
    "1\t2\r\n3\t-4\r\n",
    "((1,2),(3,-4))",
    "{{1,2},{3,−4}}",
    "[[1, 2], [3, (−4)]]",
    "[[2/2, \\frac{4}{2}], [3, -4]]",
    "np.array([[1, 2], [3, -4]])",
    "np.array([[1, 2], [3, -4]], dtype=float)",
    "array([[ 1.,  2.],\n       [ 3., -4.]])",
    "torch.tensor([[1., 2.], [3., -4.]])",
    "\\begin{bmatrix} 1 & 2 \\\\ 3 & -4 \\end{bmatrix}",
    "$\\begin{pmatrix}1&2\\\\3&-4\\end{pmatrix}$",
    "\\begin{array}{cc}1&2\\\\3&-4\\end{array}",
    "dW = [[1, 2], [3, -4]]",
    "∂L/∂W = [1 2; 3 -4]",
    "⎡1  2⎤\n⎣3 -4⎦",
    "| 1 2 |\n| 3 -4 |",
    "[[1 2]\n [3 -4]]",
    "[[１，２],[３，－４]]",
]


@pytest.mark.parametrize("text", MATRICES)
def test_matrices(text: str) -> None:
    assert matrix.read(text) == ((F(1), F(2)), (F(3), F(-4)))


@pytest.mark.parametrize(
    "text",
    ["", "[[1, 2], [3]]", "a b; c d", "1 2; 3", "[]", "[1]]2[", "[[[", "[[1, x], [2, 3]]", "1:2"],
)
def test_what_is_no_matrix(text: str) -> None:
    with pytest.raises(UnreadableError):
        matrix.read(text)


def test_fractions_as_characters_and_decimal_commas() -> None:
    assert matrix.read("[[½,2],[3,4]]") == ((F(1, 2), F(2)), (F(3), F(4)))
    assert matrix.read("[½, 1½]") == ((F(1, 2), F(3, 2)),)
    assert matrix.read("1,5\t2,5") == ((F(3, 2), F(5, 2)),)


def test_zeros_in_their_place_are_no_partial_credit() -> None:
    """Of 6 entries 4 are 0 in the key: only what is written beside them counts."""
    answer = matrix.Matrix(((F(0), F(0), F(7)), (F(0), F(0), F(5))))
    given = {
        "[[0,0,7],[0,0,5]]": F(1),
        "[[0,0,0],[0,0,0]]": F(0),
        "[[0,0,7],[0,0,6]]": F(1, 4),
        "[[1,0,7],[0,0,6]]": F(0),
        "[[1,0,7],[0,0,5]]": F(1, 3),
    }
    assert {text: answer.mark(text).credit for text in given} == given
