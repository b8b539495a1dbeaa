"""Expressions as students write them: equal or not, and never evaluated."""

from __future__ import annotations

import pytest

from gradviz.exam.answers import UnreadableError, expression


def equal(a: str, b: str) -> bool:
    names = ("x", "y")
    return expression.equal(expression.read(a, names), expression.read(b, names), names)


SAME = [
    ("2*x*y", "x*y*2"),
    ("2x", "x + x"),
    ("(x+y)^2", "x**2 + 2*x*y + y**2"),
    ("x/y", "x*y**-1"),
    ("sigmoid(x)*(1 - sigmoid(x))", "exp(-x)/(1 + exp(-x))**2"),
    ("1 - tanh(x)**2", "4/(exp(x) + exp(-x))**2"),
    ("y' = 3x²".replace("²", "**2").replace("y' = ", ""), "3*x*x"),
    ("dy = x", "x"),
    ("exp(x)*exp(y)", "exp(x + y)"),
    ("3*y*e**(3*x)", "3*y*exp(3*x)"),
    ("3y exp(3x)", "3*y*exp(3*x)"),
    ("3yexp(3x)", "3*y*exp(3*x)"),
    ("e^{3x} − 2", "exp(3*x) - 2"),
    ("e³ˣ", "exp(3*x)"),
    ("e^-x", "1/exp(x)"),
    ("e^3*x", "x*exp(3)"),
    ("e³x", "x*exp(3)"),
    ("y e^{3}x", "x*y*exp(3)"),
    ("e^3/x", "exp(3)/x"),
    ("x y", "x*y"),
    ("xy", "x*y"),
    ("1/(xy)", "1/x/y"),
    ("x(y + 1)(x - 1)", "(x*y + x)*(x - 1)"),
    ("2·x·y²", "2*x*y*y"),
    ("−72/(8x+1)²", "-72/(64*x*x + 16*x + 1)"),
    ("－２ｘ", "-2*x"),
    ("0,5x", "x/2"),
    ("½x", "x/2"),
    ("ln(x)", "log(x)"),
    ("ln x", "log(x)"),
    ("√x", "sqrt(x)"),
    ("√(x + 1)", "sqrt(x + 1)"),
    ("x^(1/2)", "sqrt(x)"),
    ("x^(-1/2)", "1/sqrt(x)"),
    ("x^1.5", "x*sqrt(x)"),
    ("σ(x)", "1/(1 + exp(-x))"),
    ("1-tanh^2(x)", "1 - tanh(x)*tanh(x)"),
    ("1 − tanh²(x)", "1 - tanh(x)**2"),
    ("sech(x)^2", "1 - tanh(x)**2"),
    ("sech²(3x)", "1 - tanh(3*x)**2"),
    ("tanh 3x", "tanh(3*x)"),
    ("cosh(x)", "(exp(x) + exp(-x))/2"),
    (r"\frac{1}{x}", "1/x"),
    (r"\frac{-72}{(8 x + 1)^{2}}", "-72/(8*x + 1)**2"),
    (r"$\frac{\partial f}{\partial x} = 2 \cdot x$", "2*x"),
    (r"\sigma\left(x\right)", "sigmoid(x)"),
    (r"3 y e^{3 x}", "3*y*exp(3*x)"),
    ("∂f/∂x = 2x", "2*x"),
    ("df/dx=2x", "2*x"),
    ("f'(x) = 2x", "2*x"),
    ("f_x = 2x", "2*x"),
    ("-x²", "-(x*x)"),
]
OTHER = [
    ("2*x", "2*x + 0.0001"),
    ("x*y", "x + y"),
    ("sigmoid(x)", "tanh(x)"),
    ("x", "-x"),
    ("x/y", "y/x"),
    ("x**2", "x**3"),
    ("tanh^2(x)", "tanh(x**2)"),
    ("e^(3x)", "e^(3)x"),
    ("x²y", "(x*y)**2"),
    ("-x²", "(-x)**2"),
]


@pytest.mark.parametrize(("a", "b"), SAME)
def test_expressions_that_are_equal(a: str, b: str) -> None:
    assert equal(a, b)


@pytest.mark.parametrize(("a", "b"), OTHER)
def test_expressions_that_are_not(a: str, b: str) -> None:
    assert not equal(a, b)


HOSTILE = [
    "9**9**9**9",
    "x**100000",
    "__import__('os').system('ls')",
    "(x**12)**12**12",
    "x if y else 1",
    "x = y = 2; z",
    "sum(x)",
    "1e400",
    "(" * 300,
    "x**y",
    "10**9 * 99999999999",
    "lambda: 1",
    "((((x**10)**10)**10)**10)**10",
    "x**nan",
    "nan",
    "inf*x",
    "true",
    "x @ y",
    "W",
    "sqrt(",
    "x;y",
    "*".join("x" * 200),
    "x 2",
    "x2",
    "3x + 2 = 5x",
    "-" * 399,
    "√" * 390,
    "x^" * 190 + "2",
    "e^" * 190 + "2",
    "ln " * 130 + "x",
    "{" * 399,
    r"\frac{" * 60,
    "sech(" * 38 + "x" + ")" * 38,
]


TOWERS = [
    "exp(exp(exp(99)))",
    "x*exp(exp(exp(exp(9))))",
    "log(0)",
    "1/(x - x)",
    "sqrt(-x)",
    "x + exp(-exp(exp(9)))",
]


@pytest.mark.parametrize("text", TOWERS)
def test_what_is_beyond_all_numbers_equals_nothing_and_is_soon_known(text: str) -> None:
    assert not equal(text, "2*x*y")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_expression_is_evaluated_or_takes_long(text: str) -> None:
    with pytest.raises(UnreadableError):
        expression.read(text, ("x", "y"))


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("e^3x", "write e^(3x), or e^(3)*x"),
        ("3y*e^3x - 2", "write e^(3x), or e^(3)*x"),
        ("e**2y", "write e^(2y), or e^(2)*y"),
        ("e^-2x", "write e^(-2x), or e^(-2)*x"),
        ("e^+2x", "write e^(2x), or e^(2)*x"),
        ("e^0,5x", "write e^(0.5x), or e^(0.5)*x"),
        ("e^2(x + 1)", "write e^(2(…)), or e^(2)*(…)"),
        ("df/dx = e^3x", "write e^(3x), or e^(3)*x"),
    ],
)
def test_an_exponent_of_e_that_may_end_in_two_places_is_asked_about(text: str, both: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        expression.read(text, ("x", "y"))
    assert both in str(caught.value)
