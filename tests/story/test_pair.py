"""Two runs told: sentences and JSON beside what both runs recorded, and hand arithmetic."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.story import walks
from tests.pair_samples import EVERY, OWN, example, one_image, paired, svm_and_softmax


def sentences(walk: Any) -> list[str]:
    return [walks.of(walk).frame(k).sentence for k in range(len(walk) + 1)]


def test_a_product_on_other_numbers() -> None:
    """f = xy + z at (1, 2, 3) and (1, 4, 3): a = 2 and 4, f = 5 and 7, dx = y."""
    said = sentences(paired(*(gv.run("x*y + z", x=1, y=y, z=3) for y in (2, 4))))
    assert said[0].endswith("; y differs.")
    assert said[1] == "a is 2 with y₁ and 4 with y₂."
    assert said[2] == "f is 5 with y₁ and 7 with y₂."
    assert said[4] == "+ distributes: both inputs receive the upstream gradient 1 unchanged."
    assert said[6] == "x receives 2 with y₁ and 4 with y₂ through a."
    assert said[8] == "y₁ gives the lower result, 5; y₂ 7."


def test_steps_of_one_run_alone_carry_its_name() -> None:
    said = sentences(svm_and_softmax())
    assert said[1].startswith("multiclass hinge: ") and "1.58" in said[1]
    assert said[2].startswith("softmax cross entropy: ")
    assert said[-1].startswith("multiclass hinge is 1.58 and softmax cross entropy is 1.04")


def test_arrays_say_how_far_they_differ_and_for_which_class() -> None:
    """s = Wx + b for both: 0.631, 0.969, 0.71 and 0.987, 0.2235, 0.3805; most for the car."""
    walk = one_image()
    assert sentences(walk)[1] == "s differs in 3 of 3 entries, by up to 0.746 at car."


def test_numbers_that_look_the_same_have_more_digits() -> None:
    said = sentences(paired(gv.run("x*2", x=1), gv.run("x*2", x=1.000001)))
    assert said[1] == "f is 2 with x₁ and 2.000002 with x₂."


def test_formulas_have_the_numbers_of_both() -> None:
    walk = paired(*(gv.run("x*y", x=2, y=y) for y in (3, 5)))
    formula = walks.of(walk).frame(1).formula
    assert formula is not None
    assert " ".join(formula.unicode) == "f = x · y = 2 · 3 = 6 f = 2 · 5 = 10"


def test_of_two_optimisers_no_rule_stands_for_both() -> None:
    walk = OWN["optimisers"]()
    frames = [walks.of(walk).frame(k) for k in range(1, len(walk))]
    updates = [f for f in frames if f.phase == "update"]
    assert updates and all(f.formula is None for f in updates)
    assert updates[0].sentence.startswith("w becomes ")


@pytest.mark.parametrize("name", ["one image", "in the middle", "optimisers", "more branches"])
def test_json_has_the_numbers_of_both_runs(name: str) -> None:
    check_data(EVERY[name]())


@pytest.mark.proof
@pytest.mark.parametrize("name", EVERY)
def test_so_for_every_example(name: str) -> None:
    check_data(EVERY[name]())


def check_data(walk: Any) -> None:
    made = json.loads(json.dumps(walks.data(walk), allow_nan=False))
    assert made["schema"] == "gradviz.pair/1" and made["total"] == len(walk) == len(made["steps"])
    for node in made["nodes"]:
        for side, (run, own) in enumerate(zip(walk.runs, node["nodes"], strict=True)):
            for key, recorded in (("values", run.values), ("gradients", run.gradients)):
                found = node[key][side]
                if own is None or recorded[own] is None:
                    assert found is None
                else:
                    assert np.array_equal(
                        np.asarray(found, float), np.asarray(recorded[own], float)
                    )
    for side, run in enumerate(walk.runs):
        assert [s["steps"][side] for s in made["steps"] if s["steps"][side]] == list(
            range(1, len(run) + 1)
        )


def test_nodes_that_only_one_run_has() -> None:
    made = walks.data(OWN["in the middle"]())
    alone = {n["op"]: n["nodes"] for n in made["nodes"] if None in n["nodes"]}
    assert set(alone) == {"tanh", "relu"}
    assert alone["tanh"][1] is None and alone["relu"][0] is None
    assert all(len(n["values"]) == 2 for n in made["nodes"])


def test_a_run_beside_itself() -> None:
    """Every number is the same, so every sentence is that of one run."""
    trace = example("circuit")
    walk = paired(trace, trace)
    own = [walks.of(trace).frame(k).sentence for k in range(1, len(trace) + 1)]
    assert sentences(walk)[1:-1] == own and "same" in sentences(walk)[-1]


def test_exact_numbers_and_symbols() -> None:
    said = sentences(paired(*(gv.run("x/3", x=x, backend="exact") for x in (1, 2))))
    assert said[1] == "f is 1/3 with x₁ and 2/3 with x₂."
    made = paired(gv.run("x*y", backend="exact"), gv.run("x*z", backend="exact"))
    assert any("x·y" in line or "x y" in line or "x · y" in line for line in sentences(made))
