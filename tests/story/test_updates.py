"""The story of updates: a reader's own arithmetic gives each number that is shown."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays.digits import number
from gradviz.engine.descent import descent
from gradviz.engine.optimisers import OPTIMISERS
from gradviz.engine.schedules import SCHEDULES
from gradviz.learn.replay import updated
from gradviz.story import walks
from gradviz.story.formula import Formula
from gradviz.trace import Trace

SETTINGS: list[dict[str, Any]] = [
    {},
    {"l1": 0.02, "l2": 0.3},
    {"clip_value": 0.25},
    {"clip_norm": 0.5},
    *({"schedule": name} for name in SCHEDULES if name != "constant"),
]


def equations(formula: Formula | None) -> list[Formula]:
    found = []
    while formula is not None:
        found.append(formula)
        formula = formula.then
    return found


def by_hand(text: str) -> float:
    """What a reader gets from a line of numbers."""
    text = text.replace("−", "-").replace("·", "*").replace("⊙", "*").replace("π", "math.pi")
    for raised, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True):
        text = re.sub(rf"(?<=[\d{plain}]){raised}", f"**{plain}", text)
    text = re.sub(r"\*\*(\d)\*\*(\d)", r"**\1\2", text)
    text = re.sub(r"√([\d.e+-]+)", r"math.sqrt(\1)", text)
    text = text.replace("√", "math.sqrt").replace("|", "")
    names = {"math": math, "cos": math.cos, "min": min, "max": max, "sign": np.sign}
    return float(eval(text, names))


def told(name: str, settings: dict[str, Any], w: float, x: float) -> Trace:
    way = descent(name, lr=0.1, **settings)
    rule = gv.run("(w*x - 1)**2 + w", w=w, x=x, wrt="w")
    state = {"w": dict.fromkeys(way.state, np.asarray(0.25))}
    return updated(rule, way, ["w"], state, number=3, passes=20)


@pytest.mark.parametrize(("name", "k"), product(OPTIMISERS, range(len(SETTINGS))))
def test_the_numbers_put_in_give_the_result(name: str, k: int) -> None:
    for w, x in ((0.7, 1.3), (-0.333, 0.125), (2.0, -1.0)):
        trace = told(name, SETTINGS[k], w, x)
        frame = gv.frame(trace, len(trace))
        assert trace.updates is not None
        lines = equations(frame.formula)
        assert len(lines) == len(trace.updates.rule.lines)
        last = lines[-1]
        after = number(float(trace.updates.each[0].after))
        assert last.block.flat.replace("−", "-").endswith(f" {after}")
        for line in lines:
            if line.filled is None or line.equals != "=":
                continue
            shown = line.block.flat.split(" = ")
            filled, result = shown[-2], shown[-1]
            mine = by_hand(filled.split("←")[-1])
            assert number(mine) == number(by_hand(result)) or math.isclose(
                mine, by_hand(result), rel_tol=6e-4
            ), line.block.flat


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_notation_of_every_rule_is_complete(name: str) -> None:
    frame = gv.frame(told(name, {"l2": 0.1}, 0.7, 1.3), 11)
    formula = frame.formula
    assert formula is not None
    for lines in (formula.latex, formula.unicode, formula.typst):
        assert len(lines) >= 3 and all("{}" not in line for line in lines)
    assert "\\eta" in " ".join(formula.latex)
    if "m_hat" in str(OPTIMISERS[name].lines):
        assert "\\hat{m}" in " ".join(formula.latex)
    assert "{" not in frame.sentence and frame.sentence.startswith("Weight decay adds 0.1")


def test_the_sentence_says_what_becomes_of_the_loss() -> None:
    trace = gv.learn("(x - 3)**2", x=0, lr=0.1, passes=1).trace(1)
    said = gv.frame(trace, len(trace)).sentence
    assert said == (
        "x moves 0.1 times its gradient downhill. With all parameters updated, the loss falls from"
        " 9 to 5.76."
    )
    trace = gv.learn("(x - 3)**2", x=0, lr=1.5, passes=1).trace(1)
    assert "the loss rises from 9 to 36." in gv.frame(trace, len(trace)).sentence
    trace = gv.learn("(x - 3)**2", x=3, lr=0.1, passes=1).trace(1)
    assert "the loss stays 0." in gv.frame(trace, len(trace)).sentence
    trace = gv.learn("(x - 3)**2", x=2.9999, lr=1e-6, passes=1).trace(1)
    before, after = re.findall(r"[\d.e−]+\d", gv.frame(trace, len(trace)).sentence)[-2:]
    assert before != after


def test_parameters_named_like_the_state_are_told_apart() -> None:
    trace = gv.learn("(m + v - 3)**2", m=0, v=1, optimizer="adam", passes=1).trace(1)
    text = " ".join(gv.frame(trace, len(trace)).formula.unicode)
    assert "m′" in text and "v′" in text


def test_the_walk_over_updates_tells_one_element() -> None:
    trace = gv.learn(
        "q = W @ x; f = sum(q**2)", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3], lr=0.1, passes=1
    ).trace(1)
    from gradviz.engine.inside import views

    walk = views.seen(trace, "update")
    story = walks.of(walk)
    frame = story.frame(1)
    assert frame.progress == f"pass 1 of 1, step {len(trace) - 1} of {len(trace)}"
    assert frame.formula is not None
    text = frame.formula.block.flat
    assert text == "W₁₁ ← W₁₁ − η · (∂f/∂W₁₁) = 0.4 − 0.1 · 0.38 = 0.362"
    data = walks.data(walk)
    assert data["steps"][0]["element"] == [0, 0] and data["loss"]["promised"] < 0.1974
    assert np.allclose(data["steps"][1]["after"], [0.429, 0.266])


def test_only_a_pass_of_a_run_has_updates_to_show() -> None:
    from gradviz.engine.inside import views
    from gradviz.errors import GradvizError

    with pytest.raises(GradvizError, match="no updates to show"):
        views.seen(gv.run("x**2", x=1), "update")
