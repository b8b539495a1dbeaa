"""Options that are fields: what they allow, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import click
import pytest
from click.testing import CliRunner

from gradviz import options
from gradviz.cli.options import field_options
from gradviz.errors import ValueInputError
from gradviz.options import option


@dataclass(frozen=True)
class Tea:
    """A cup of tea."""

    sort: str = option("green", lambda: "What to brew: " + "green or black.", metavar="NAME")
    sugar: float | None = option(None, "Spoons of sugar.", above=0)
    minutes: int = option(3, "How long it draws.", least=1, most=10)
    herbs: Iterable[str] = option((), "A herb in it.", spelt="--herb", metavar="HERB")
    cup: Literal["small", "large"] = option("small", "The cup.", refuses="there are two cups")
    iced: bool = option(False, "With ice.", spelt="--on-ice")
    kept: int = 0  # no option

    def __post_init__(self) -> None:
        options.check(self)


@click.command()
@field_options(Tea)
def brew(**given: Any) -> None:
    """Brew it."""
    click.echo(repr(Tea(**given)))


def test_names_come_in_the_order_of_the_fields() -> None:
    assert options.names(Tea) == ["sort", "sugar", "minutes", "herbs", "cup", "iced"]


@pytest.mark.parametrize(
    ("given", "what", "expected"),
    [
        ({"sugar": 0}, "not a valid sugar", "a number above 0"),
        ({"sugar": float("nan")}, "not a valid sugar", "a number above 0"),
        ({"sugar": "two"}, "not a valid sugar", "a number above 0"),
        ({"minutes": 11}, "not a valid number of minutes", "a whole number from 1 to 10"),
        ({"minutes": 2.0}, "not a valid number of minutes", "a whole number from 1 to 10"),
        ({"minutes": True}, "not a valid number of minutes", "a whole number from 1 to 10"),
        ({"cup": "huge"}, "there are two cups", "small or large"),
    ],
)
def test_values_that_are_not_allowed(given: dict[str, Any], what: str, expected: str) -> None:
    with pytest.raises(ValueInputError) as refused:
        Tea(**given)
    assert (refused.value.what, refused.value.expected) == (what, expected)
    assert refused.value.got == repr(next(iter(given.values())))


def test_arguments_are_sorted_by_the_dataclass_that_takes_them() -> None:
    given = {"minutes": 5, "kept": 1, "x": 2}
    assert options.taken(Tea, given) == Tea(minutes=5) and given == {"kept": 1, "x": 2}


def test_what_is_not_as_usual_and_the_words_that_ask_for_it() -> None:
    tea = Tea(sugar=1.5, herbs=("mint", "sage"), iced=True)
    assert options.changed(tea) == {"sugar": 1.5, "herbs": ("mint", "sage"), "iced": True}
    words = ["--sugar", "1.5", "--herb", "mint", "--herb", "sage", "--on-ice"]
    assert options.words(tea) == words and options.words(Tea()) == []
    assert CliRunner().invoke(brew, words).output == f"{tea!r}\n"


def test_the_command_line_has_the_defaults() -> None:
    assert CliRunner().invoke(brew, []).output == f"{Tea()!r}\n"


@pytest.mark.parametrize(
    "line",
    [
        "--sort NAME           What to brew: green or black.  [default: green]",
        "--sugar FLOAT         Spoons of sugar.",
        "--minutes INTEGER RANGE",
        "[default: 3; 1<=x<=10]",
        "--herb HERB           A herb in it.",
        "--cup [small|large]   The cup.  [default: small]",
        "--on-ice              With ice.",
    ],
)
def test_help(line: str) -> None:
    said = CliRunner().invoke(brew, ["--help"], terminal_width=100).output
    assert " ".join(line.split()) in " ".join(said.split())


def test_a_docstring_tells_them() -> None:
    first, *_, last = options.told(options.every(Tea)).splitlines()
    assert first == "    sort     What to brew: green or black. Default: 'green'."
    assert last == "    iced     With ice."
