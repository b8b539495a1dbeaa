"""What is said of paths: the products and sums that are said are true as they are written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings

import gradviz as gv
from gradviz.graph.graph import labels
from gradviz.story.frame import Frame, Story
from gradviz.story.paths import told
from gradviz.trace.paths import paths
from tests.strategies import SCALARS, SMOOTH, Sample, runs


def frame(source: str, path: str, **values: object) -> Frame:
    trace = gv.run(source, values=values)
    return told(Story(trace), paths(trace, path))


@pytest.mark.parametrize(
    ("path", "sentence", "formula"),
    [
        (
            "x..f",
            "Along x → a → b → f the local gradients multiply: 2 · 1 · 2 = 4.",
            "∂f/∂x = ∂a/∂x · (∂b/∂a) · (∂f/∂b) = 2 · 1 · 2 = 4",
        ),
        (
            "y..f",
            "y reaches f along 2 paths, whose products add up: 3 + 2 = 5.",
            "∂f/∂y = ∂a/∂y · (∂b/∂a) · (∂f/∂b) + ∂c/∂y · (∂f/∂c) = 1.5 · 1 · 2 + 1 · 2 = 5",
        ),
        (
            "y..a..f",
            "Along y → a → b → f the local gradients multiply: 1.5 · 1 · 2 = 3.",
            "∂f/∂y ← ∂a/∂y · (∂b/∂a) · (∂f/∂b) = 1.5 · 1 · 2 = 3",
        ),
        ("y..c", "Along y → c there is one local gradient, 1.", "∂c/∂y = 1"),
    ],
)
def test_the_chain_rule_of_the_lecture(path: str, sentence: str, formula: str) -> None:
    made = frame("(x*y + z) * maximum(y, z)", path, x=1.5, y=2, z=-1)
    assert made.sentence == sentence and made.formula is not None
    assert " ".join(made.formula.block.flat.split()) == formula
    assert made.phase == "start" and made.focus is None


def test_what_has_no_product_is_still_told() -> None:
    made = frame("q = W @ x; sum(q**2)", "W..f", W=[[1, 2], [3, 4]], x=[1, 2])
    assert made.sentence == "Along W → q → a → f the gradient comes back from f to W."
    assert made.formula is None


def test_many_paths_are_counted() -> None:
    made = frame("a=x*x;b=a*a;c=b*b;d=c*c", "x..d", x=1.1)
    # d = x¹⁶, 16 · 1.1¹⁵ = 66.836
    assert made.sentence == "x reaches d along 16 paths; their products add up to 66.84."


def test_long_paths_are_cut() -> None:
    source = "; ".join(["a0 = sin(x)", *(f"a{k} = sin(a{k - 1})" for k in range(1, 20))])
    made = frame(source, "x..a19", x=0.5)
    assert "x → a0 → a1 → … → a17 → a18 → a19" in made.sentence


@given(runs(shapes=SCALARS, ops=SMOOTH))
@settings(max_examples=60, deadline=None)
def test_products_that_are_said_are_true(example: Sample) -> None:
    """What stands before the last = or ≈ of a sentence, worked out, is what stands behind it: to
    its last digit after =, to within some units of it after ≈.
    """
    trace = example.run()
    output = labels(trace.graph).get(trace.graph.output, "no name")
    for node in trace.graph.inputs:
        if node.id == trace.graph.output or not trace.uses(node.id):
            continue
        made = told(Story(trace), paths(trace, f"{node.name}..{output}"))
        said = re.search(r": ([-−0-9.e()·+* ⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+) ([=≈]) ([-−0-9.]+)\.$", made.sentence)
        if said is None or "·10" in said[1]:
            continue
        sum_ = said[1].replace("−", "-").replace("·", "*")
        result = said[3].replace("−", "-")
        unit = 10.0 ** -len(result.partition(".")[2])
        worked = eval(sum_)
        assert abs(worked - float(result)) <= (0.5001 if said[2] == "=" else 40) * unit
