"""What `--plain` says of checks, plots and examples: words, which a screen reader reads."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_letters, digits
from typing import Any

import pytest

Gradviz = Callable[..., Any]
HEARD = frozenset(ascii_letters + digits + " .,:;'-\n")


def test_a_check_in_words(gradviz: Gradviz) -> None:
    """The slopes of both sides by their sides, the verdict of each input, the chain rule."""
    done = gradviz("check", "x*y + relu(z)", "x=-3", "y=5", "z=0", "--plain")
    assert done.status == 0 and set(done.out) <= HEARD
    assert "x: gradient 5, exact 5, finite differences 5" in done.out
    assert "0 from the left and 1 from the right: no derivative here." in done.out
    chain = "df over dx equals the gradient of f in a times the gradient of a in x equals 1 times 5"
    assert chain in done.out.replace(",", "")


@pytest.mark.parametrize("option", ["--json", "--ascii"])
def test_what_cannot_be_said_in_words_is_refused(gradviz: Gradviz, option: str) -> None:
    for words in (("check", "x", "x=1"), ("plot", "x**2")):
        done = gradviz(*words, "--plain", option)
        assert done.status != 0 and "does not go with --plain" in done.err and not done.out


@pytest.mark.parametrize(
    "words",
    [
        ("plot", "activations", "x=1"),
        ("plot", "x**2", "x=1"),
        ("plot", "(x-3)**2+y**2"),
        ("demo", "circuit"),
    ],
)
def test_plots_and_examples_in_words(gradviz: Gradviz, words: tuple[str, ...]) -> None:
    done = gradviz(*words, "--plain")
    assert done.status == 0 and set(done.out) <= HEARD and done.out.endswith(".\n")


def test_every_curve_of_a_plot_is_said(gradviz: Gradviz) -> None:
    done = gradviz("plot", "activations", "x=1", "--plain")
    assert done.out.count("at 1 value ") == 6
