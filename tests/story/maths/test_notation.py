"""Formulas as LaTeX, Unicode text and typst."""

from __future__ import annotations

from dataclasses import replace

import pytest
import typst as typesetter

from gradviz.ops import every
from gradviz.story.maths import M, Maths, latex, typst, unicode
from gradviz.story.maths.of_graph import of_text, written

X, Y, Z = M.name("x"), M.name("y"), M.name("z")
MATRIX = M.grid([["1", "2"], ["3", "-4"]])

CASES: list[tuple[Maths, str, str]] = [
    (M.mul(M.add(X, Y), Z), "(x + y) · z", r"\left(x + y\right) \cdot z"),
    (M.sub(X, M.sub(Y, Z)), "x − (y − z)", r"x - \left(y - z\right)"),
    (M.add(M.number(3), M.number(-1)), "3 + (−1)", r"3 + \left(-1\right)"),
    (M.neg(M.pow(X, M.number(2))), "−x²", "-x^{2}"),
    (M.pow(M.number(-3), M.number(2)), "(−3)²", r"\left(-3\right)^{2}"),
    (M.pow(M.neg(X), Y), "(−x)^y", r"\left(-x\right)^{y}"),
    (M.pow(X, M.number(-1)), "x⁻¹", "x^{-1}"),
    (M.pow(M.name("e"), M.neg(X)), "exp(−x)", "e^{-x}"),
    (M.div(M.number("2/3"), M.number(7)), "(2/3)/7", r"\frac{\frac{2}{3}}{7}"),
    (M.div(M.mul(X, Y), Z), "(x · y)/z", r"\frac{x \cdot y}{z}"),
    (M.div(X, M.mul(Y, Z)), "x/(y · z)", r"\frac{x}{y \cdot z}"),
    (
        M.mul(X, M.mul(Y, M.sub(M.number(1), Y))),
        "x · y · (1 − y)",
        r"x \cdot y \cdot \left(1 - y\right)",
    ),
    (M.mul(X, M.div(M.number(1), Y)), "x · (1/y)", r"x \cdot \frac{1}{y}"),
    (
        M.add(M.convolve(X, M.call("flip", Y)), Z),
        "x ∗ flip(y) + z",
        r"x \ast \operatorname{flip}\left(y\right) + z",
    ),
    (M.root(M.add(X, Y)), "√(x + y)", r"\sqrt{x + y}"),
    (M.bars(X), "|x|", r"\left| x \right|"),
    (M.cases(M.relation(">", X, Y), M.number(1), M.number(0)), "[x > y]", r"\left[x > y\right]"),
    (M.cases(M.relation(">", X, Y), M.number(0), M.number(1)), "[x ≤ y]", r"\left[x \le y\right]"),
    (M.partial("f", M.name("w0")), "∂f/∂w0", r"\frac{\partial f}{\partial w_{0}}"),
    (M.transpose(X), "xᵀ", r"x^{\top}"),
    (
        M.sum_over("k", M.mul(M.at(X, "ki"), M.at(Y, "k"))),
        "Σₖ xₖᵢ · yₖ",
        r"\sum_{k} {x}_{ki} \cdot {y}_{k}",
    ),
    (M.name("sigma_max"), "sigma_max", r"\sigma_{\text{max}}"),
    (M.name("x_hat_1"), "x_hat_1", r"\mathrm{x\_hat\_1}"),
    (M.name("_y"), "_y", r"\mathrm{\_y}"),
    (M.number("1.5e-7"), "1.5e−7", r"1.5 \cdot 10^{-7}"),
    (M.number("-∞"), "−∞", r"-\infty"),
]


@pytest.mark.parametrize(("maths", "text", "tex"), CASES, ids=[c[1] for c in CASES])
def test_written_in_three_notations(maths: Maths, text: str, tex: str) -> None:
    assert unicode.text(maths) == text
    assert latex.write(maths) == tex
    assert typesetter.compile(f"$ {typst.write(maths)} $".encode(), format="svg")


def test_matrices_stand_over_several_lines() -> None:
    product = M.product(MATRIX, M.column(M.grid([["5", "6"]], shape=(2,))))
    assert unicode.text(product) == "⎡1   2⎤ ⎡5⎤\n⎣3  −4⎦ ⎣6⎦"
    assert (
        latex.write(product)
        == r"\begin{bmatrix} 1 & 2 \\ 3 & -4 \end{bmatrix} \, \begin{bmatrix} 5 \\ 6 \end{bmatrix}"
    )


def test_typst_paints_numbers_by_role() -> None:
    painted = typst.write(
        M.mul(M.number(2, "gradient"), M.number(3, "value")),
        lambda role, source: f"#{role}[{source}]",
    )
    assert painted == "#gradient[2] dot #value[3]"


@pytest.mark.parametrize("op", [o for o in every() if o.name != "index"], ids=lambda o: o.name)
def test_every_op_is_written_in_all_three(op) -> None:  # type: ignore[no-untyped-def]
    """Each notation shows every operand, and typst accepts its source."""
    operands = [M.name(c) for c in "pqrst"[: 2 if op.variadic else len(op.inputs)]]
    maths = written(op, operands, op.options)
    for operand in operands:
        for write in (unicode.text, latex.write, typst.write):
            assert operand.text in write(maths)
    assert typesetter.compile(f"$ {typst.write(maths)} $".encode(), format="svg")


@pytest.mark.parametrize(
    ("exact", "text"),
    [
        ("1/3", "1/3"),
        ("-2", "−2"),
        ("sqrt(2)/2", "√2/2"),
        ("x*y + 1", "x · y + 1"),
        ("where(x >= 0, x, 0)", "x if x ≥ 0 else 0"),
    ],
)
def test_exact_values_are_read_back_as_mathematics(exact: str, text: str) -> None:
    assert unicode.text(of_text(exact)) == text


def test_a_matrix_says_that_its_order_is_turned() -> None:
    one, two = M.number("1"), M.number("2")
    matrix = replace(M.grid([[one, two], [two, one]], "", (2, 2)), ref="node-3-value")
    assert M.transpose(matrix).ref == "node-3-value-turned"
    assert M.transpose(M.transpose(matrix)).ref == "node-3-value"
    row = replace(M.grid([[one, two]], "", (2,)), ref="node-4-value")
    assert M.column(row).ref == "node-4-value"
