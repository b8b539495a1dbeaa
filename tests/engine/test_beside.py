"""What may stand side by side, and what it is called."""

from __future__ import annotations

from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import ValueInputError
from tests.panel_samples import EVERY, POINT, run

LONG = gv.run("sum(x*y)", x=list(range(9)), y=[1] * 9)
OTHER = gv.run("sum(x*y)", x=list(range(1, 10)), y=[1] * 9)


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (run("x*y + z", **POINT), run("x*y + z", **{**POINT, "x": -3}), ("x = 1.5", "x = −3")),
        (run("x/y", x=1 / 3, y=2), run("x/y", x=2, y=0.1), ("x = 1/3, y = 2", "x = 2, y = 0.1")),
        (run("sum(x)", x=[1, 2]), run("sum(x)", x=[0, -1]), ("x = [1, 2]", "x = [0, −1]")),
        (run("x*2", x=0.1 + 0.2), run("x*2", x=0.5), ("x₁", "x₂")),
        (LONG, OTHER, ("x₁", "x₂")),
        (run("x + x", x=1), run("2*x", x=1), ("x + x", "2*x")),
        (run("x + x", x=1), run("x + x", x=1), ("run 1", "run 2")),
        (run("x*y", x=1, y=2), "backward", ("Forward", "Backward")),
    ],
)
def test_panels_are_called_by_what_differs(first: Any, second: Any, names: tuple[str, str]) -> None:
    assert gv.beside(first, second).names == names


def test_names_of_ones_own() -> None:
    assert EVERY["sigmoid"]().names == ("sigmoid", "in pieces")
    assert EVERY["residual"]().names == ("residual", "plain")
    assert EVERY["two views"]().names == ("graph", "neurons")


ONE = gv.run("x*y", x=1, y=2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((ONE, "x*y"), "only a walk can stand beside another"),
        ((ONE, 3), "only walks through one run"),
        (("x*y", ONE), "only walks through one run"),
        ((ONE, gv.compare(ONE, gv.run("x*y", x=2, y=2))), "only walks through one run"),
        ((gv.beside(ONE, "backward"), ONE), "only walks through one run"),
        ((gv.run("x*[1, 2]", x=3), "backward"), "no backward pass to stand beside"),
    ],
)
def test_what_cannot_stand_side_by_side(given: tuple[Any, Any], said: str) -> None:
    with pytest.raises(ValueInputError, match=said):
        gv.beside(*given)


@pytest.mark.parametrize("names", ["a", "a,a", "a,,b", "a, ", ["a" * 61, "b"], [1, 2], "a\nb,c"])
def test_names_that_do_not_fit(names: Any) -> None:
    with pytest.raises(ValueInputError, match="name"):
        gv.beside(ONE, "backward", names=names)
