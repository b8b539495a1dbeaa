"""TOML files that people write by hand: slips at their lines."""

from __future__ import annotations

import pytest

from gradviz import toml
from gradviz.errors import ParseError

TEXT = '''folder = "figures"
[[render]]
name = "a"
source = """
step = 3
"""
"step" = 4
  [[render.part]]
  step = 5
[[render]]
name = "b"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("$.folder", 1),
        ("$.render[0]", 2),
        ("$.render[0].name", 3),
        ("$.render[0].step", 7),  # not line 5, which is text
        ("$.render[0].part[0].step", 9),
        ("$.render[1].name", 11),
        ("$.render[1].nothing", 10),  # its table
    ],
)
def test_a_key_has_a_place(path: str, line: int) -> None:
    found = toml.place(TEXT, path)
    assert not isinstance(found, str)
    text, span = found
    assert text.count("\n", 0, span.start) + 1 == line
    assert text[span.start : span.stop] == TEXT.split("\n")[line - 1].strip()


def test_a_key_of_no_table_has_no_place() -> None:
    assert toml.place(TEXT, "$.theme") == "$.theme"


def test_numbers_are_made_as_asked() -> None:
    assert toml.parsed("x = 0.10", "a.toml", "x = 1", parse_float=str) == {"x": "0.10"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\ny = ", "line 2, column 5"),
        ("x = 1\nx = 2", "cannot overwrite a value"),
        ("[[a]\n", "a.toml is not valid TOML"),
        ("x = " + "[" * 20_000, "nested too deeply"),
        ("x = " + "9" * 5_000, "too many digits"),
    ],
)
def test_what_is_not_toml_is_refused_at_its_place(text: str, said: str) -> None:
    with pytest.raises(ParseError) as raised:
        toml.parsed(text, "a.toml", "x = 1")
    assert said in str(raised.value) and "a.toml" in str(raised.value)
