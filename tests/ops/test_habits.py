"""Names from elsewhere: an error about one says what is written here instead, and that is right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import ShapeError, UnknownNameError
from gradviz.ops import registry

X = [1.0, 2.0, 4.5, -3.0]
HABITS = [(habit, op.name) for op in registry.every() for habit in op.habits]


def advice(name: str) -> str:
    with pytest.raises(UnknownNameError) as caught:
        registry.get(name)
    return caught.value.hint


@pytest.mark.parametrize(("habit", "name"), HABITS)
def test_a_habit_leads_to_the_op(habit: str, name: str) -> None:
    assert not registry.known(habit) and advice(habit) == f"it is called {name} here"


@pytest.mark.parametrize(
    ("name", "numpy"), [("var", np.var), ("variance", np.var), ("std", np.std), ("stddev", np.std)]
)
def test_what_has_no_op_is_written_out(name: str, numpy: Callable[[Any], float]) -> None:
    written = advice(name).removeprefix("write ")
    assert float(gv.run(written, x=X).value("f")) == pytest.approx(numpy(X))


@pytest.mark.parametrize("name", ["bce", "binary_cross_entropy", "log_loss"])
def test_binary_cross_entropy_in_both_ways(name: str) -> None:
    """−ln 0.8 for the class 1 that was given 0.8, which is σ(ln 4)."""
    written, _, scores = advice(name).removeprefix("write ").partition(", or of scores s ")
    assert float(gv.run(written, p=0.8, t=1).value("f")) == pytest.approx(-np.log(0.8))
    assert float(gv.run(scores, s=np.log(4), t=1).value("f")) == pytest.approx(-np.log(0.8))


@pytest.mark.parametrize("name", ["hinge", "squared_hinge", "sigmoid_cross_entropy"])
def test_scores_of_classes_and_a_label_lead_to_the_loss_of_classes(name: str) -> None:
    with pytest.raises(ShapeError) as caught:
        gv.run(f"{name}(s, y)", s=[1.0, 2.0, 3.0], y=0)
    meant = caught.value.hint.rpartition(": ")[2].partition("(")[0]
    assert registry.known(meant)
    assert gv.run(f"{meant}(s, y)", s=[1.0, 2.0, 3.0], y=0).graph.is_scalar is False
