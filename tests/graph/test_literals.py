"""Values of inputs, as they stand behind `NAME=` on the command line."""

import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.errors import GradvizError, ParseError
from gradviz.graph.graph import Graph
from gradviz.graph.text.literals import value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", 3), ("-3", -3), ("+3", 3), (" 3 ", 3), ("3.0", 3.0), ("-1.5e-3", -0.0015), ("(3)", 3),
        ("1/3", Fraction(1, 3)), ("-1/3", Fraction(-1, 3)), ("-(1/3)", Fraction(-1, 3)),
        ("2/4", Fraction(1, 2)), ("1/2/3", Fraction(1, 6)), ("1/-3", Fraction(-1, 3)),
        ("inf", math.inf), ("Infinity", math.inf), ("-Infinity", -math.inf), ("-inf", -math.inf),
        ("[1, 2]", [1, 2]), ("[[0.4,0.6],[0.7,-0.2]]", [[0.4, 0.6], [0.7, -0.2]]), ("[]", []),
        ("[1/3, -0.5]", [Fraction(1, 3), -0.5]),
        ("[[1, 1/2],\n [3, inf]]", [[1, Fraction(1, 2)], [3, math.inf]]),
        ("True", True), ("[True, False]", [True, False]),
    ],
)  # fmt: skip
def test_numbers_fractions_and_arrays(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert repr(found) == repr(expected)  # 3 is not 3.0 and not Fraction(3)


@pytest.mark.parametrize("text", ["nan", "NaN", "-NaN"])
def test_nan(text: str) -> None:
    found = value(text)
    assert isinstance(found, float) and math.isnan(found)


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(2)/2",
        "pi",
        "-pi/4",
        "[1, pi]",
        "2**0.5",
        "1/2 + 1/3",
        "0.5/3",
        "[1, 2]/2",
        "[1, 2][0]",
    ],
)
def test_what_must_be_computed_is_a_graph_without_inputs(text: str) -> None:
    found = value(text)
    assert isinstance(found, Graph)
    assert found.inputs == () and found.source == text


NUMBERS = st.integers() | st.floats(allow_nan=False) | st.fractions(max_denominator=99)
ARRAYS = st.integers(1, 3).flatmap(
    lambda n: st.lists(st.lists(NUMBERS, min_size=n, max_size=n), min_size=1)
)


def written(number: Any) -> str:
    if isinstance(number, list):
        return "[" + ", ".join(map(written, number)) + "]"
    return str(number)


@settings(deadline=None)
@given(NUMBERS | ARRAYS)
def test_what_is_written_is_read(number: Any) -> None:
    found = value(written(number))
    assert found == number
    assert written(found) == written(number)


@pytest.mark.parametrize(
    ("text", "column", "what", "hint"),
    [
        ("", 1, "no expression", ""),
        ("x", 1, "cannot contain names", "write numbers"),
        ("[1, infinit]", 5, "cannot contain names", "did you mean Infinity?"),
        ("x=3", 3, "cannot contain names", "write numbers"),
        ("1; 2", 1, "one expression", "[1, 2]"),
        ("1, 2", 2, "comma", "[a, b]"),
        ("1/0", 1, "divides by zero", "inf"),
        ("[3, 1/0]", 5, "divides by zero", "inf"),
        ("[[1, 2], [3]]", 10, "rows", "same number"),
        ("[1, 2", 1, "never closed", "add ]"),
        ("1,5", 2, "comma", ""),
        ("1 000", 3, "operator is missing", ""),
        ("'a'", 1, "not an operand", ""),
        ("None", 1, "not an operand", ""),
        ("3px", 2, "operator is missing", "3*px"),
        ("½", 1, "½ is not known", "1/2"),
        ("__import__('os').system('true')", 1, "no op", ""),
    ],
)
def test_a_mistake_is_shown_with_its_place(text: str, column: int, what: str, hint: str) -> None:
    with pytest.raises(ParseError) as caught:
        value(text)
    assert what in str(caught.value)
    assert hint in caught.value.hint
    assert f"line 1, column {column}\n" in str(caught.value)


@settings(deadline=None)
@given(st.text("0123./-+*[], ()einfaNpx;=", max_size=20))
def test_any_text_is_a_value_or_one_clear_error(text: str) -> None:
    try:
        found = value(text)
    except GradvizError as error:
        assert isinstance(error, ParseError) and error.where
    else:
        assert isinstance(found, int | float | Fraction | list | Graph)
        assert not isinstance(found, Graph) or not found.inputs
