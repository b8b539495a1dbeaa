"""The sentences of steps, against the voice that the design asks for."""

from __future__ import annotations

import re
import string

import numpy as np
import pytest
from hypothesis import given, settings

import gradviz as gv
from gradviz.ops import every
from gradviz.story.frame import Story
from tests.strategies import WILD, Sample, runs

LONGEST = 230
"""Three lines of a slide: a reason, and the sum at a branch."""


def sentences(source: object, **values: object) -> list[str]:
    return [f.sentence for f in Story(gv.run(source, **values))]


def last(source: str, **values: object) -> str:
    return sentences(source, **values)[-1]


@pytest.mark.parametrize(
    ("source", "values", "sentence"),
    [
        ("a + z", {"a": 3, "z": -1}, "a + z = 3 + (−1) = 2."),
        ("sigmoid(x)", {"x": 1.2}, "σ squashes 1.2 into (0, 1): 0.7685."),
        ("x > y", {"x": 1, "y": 2}, "Is 1 > 2? The condition x > y does not hold."),
        (
            "W @ x",
            {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]},
            "Each row of W meets x: f₁ = 0.4·0.5 + 0.6·0.3 = 0.38.",
        ),
        ("log(x)", {"x": -1}, "log(−1) has no real value: log takes numbers above 0."),
        ("1/x", {"x": 0}, "1/0 = ∞ is a pole: near it the values grow beyond all bounds."),
    ],
)
def test_forward(source: str, values: dict[str, object], sentence: str) -> None:
    assert sentences(source, **values)[0] == sentence


@pytest.mark.parametrize(
    ("source", "values", "sentence"),
    [
        (
            "x + y",
            {"x": 1, "y": 2},
            "+ distributes: both inputs receive the upstream gradient 1 unchanged.",
        ),
        (
            "x - y",
            {"x": 1, "y": 2},
            "The second input of − receives the upstream gradient with its sign turned: −1.",
        ),
        (
            "y*x",
            {"x": 3, "y": 2},
            "× swaps its inputs: x receives the upstream gradient times y, 1 · 2 = 2.",
        ),
        ("x/4", {"x": 1}, "Dividing by 4 divides the gradient too: 1/4 = 0.25 for x."),
        (
            "x**3",
            {"x": 2},
            "The slope of x³ at 2 is 3 · 2² = 12, so x receives 12 times the upstream gradient.",
        ),
        (
            "maximum(z, y)",
            {"z": -1, "y": 2},
            "max routes: y = 2 beats z = −1, so y receives all of it.",
        ),
        ("maximum(y, z)", {"z": -1, "y": 2}, "z lost the max: this path brings it nothing."),
        (
            "minimum(z, y)",
            {"z": 3, "y": 2},
            "min routes: y = 2 beats z = 3, so y receives all of it.",
        ),
        (
            "maximum(y, 2)",
            {"y": 2},
            "y is 2, as the constant is: a tie, and the slope is taken as 0, as at the kink of"
            " ReLU; PyTorch and JAX take half.",
        ),
        ("relu(x)", {"x": 0.7}, "0.7 > 0, so ReLU lets the gradient through."),
        ("relu(x)", {"x": -0.3}, "−0.3 < 0: ReLU is closed, nothing passes."),
        ("relu(x)", {"x": 0}, "Exactly 0: a kink, and the slope is taken as 0."),
        (
            "leaky_relu(x, slope=0.25)",
            {"x": -2},
            "−2 < 0: leaky ReLU lets 0.25 of the gradient leak through.",
        ),
        (
            "sum(leaky_relu(x, slope=0.25))",
            {"x": [[1, -2], [3, -4]]},
            "Elements above 0 receive the whole gradient, the others 0.25 of it.",
        ),
        (
            "sigmoid(x)",
            {"x": 1},
            (
                "At 1 the slope of σ is 0.7311 · (1 − 0.7311) = 0.1966: that share of the gradient"
                " passes."
            ),
        ),
        (
            "tanh(x)",
            {"x": 4},
            "At 4 tanh is flat: its slope is 0.001341, so little of the gradient passes.",
        ),
        ("exp(x)", {"x": 2}, "exp is its own slope: 7.389 times the upstream gradient."),
        (
            "log(x)",
            {"x": 0.13},
            "The slope of log at 0.13 is 1/0.13 = 7.692: small values are pushed hard.",
        ),
        (
            "where(x > 0, x, 2)",
            {"x": 3},
            "The condition holds, so x was chosen and receives the whole gradient.",
        ),
        (
            "sum(x)",
            {"x": [1, 2]},
            "Each element counted once, so each receives the upstream gradient 1.",
        ),
        (
            "mean(x)",
            {"x": [1, 2, 3, 6]},
            "Each of 4 elements made 1/4 of the mean, so each receives 1/4 of the gradient.",
        ),
    ],
)
def test_backward(source: str, values: dict[str, object], sentence: str) -> None:
    assert last(source, **values) == sentence


def test_a_branch_counts_and_then_adds() -> None:
    story = Story(gv.run("y*(2*y) + y", y=3))
    steps = [story.frame(s.number) for s in story.trace.contributions("y")]
    assert [f.node(0).progress for f in steps] == ["1 of 3", "2 of 3", ""]
    assert (
        steps[0].note
        == "y is used 3 times: 1 of 3 contributions arrived so far, 2 are still to come."
    )
    assert (
        steps[1].note
        == "y is used 3 times: 2 of 3 contributions arrived so far, one is still to come."
    )
    assert steps[2].sentence == (
        "× swaps its inputs: y receives the upstream gradient times 2, 3 · 2 ="
        " 6. Gradients add at a"
        " branch: 1 + 6 + 6 = 13."
    )


def test_sums_in_sentences_agree_with_hand_arithmetic() -> None:
    """The parts are 0.4337475 and 0.3457312: 0.4337 + 0.3457 would be 0.7794, so one more digit is
    shown.
    """
    sentence = sentences("gelu(x)*where(x > y, x, y)", x=0.5, y=0.3)[-2]
    assert sentence.endswith("Gradients add at a branch: 0.43375 + 0.34573 = 0.7795.")


def test_broadcasting_says_over_what_it_sums() -> None:
    rows = "b was used in all 3 rows, so its gradient is the sum over the rows."
    values = {"X": np.ones((3, 2)), "b": [1, 2]}
    assert rows in sentences("sum(X + b)", **values)
    assert (
        "b was used for all 6 elements, so its gradient is the sum over the elements."
        in sentences("sum(X * b)", X=np.ones((3, 2)), b=2)
    )
    columns = "c was used in both columns, so its gradient is the sum over the columns."
    assert columns in sentences("sum(X + c)", X=np.ones((3, 2)), c=[[1], [2], [3]])


def test_an_upstream_gradient_from_outside_is_said() -> None:
    story = Story(gv.run("x*y", x=2, y=3, upstream=5))
    assert (
        story.frame(2).sentence
        == "The gradient that arrives at f from outside is 5: the backward pass starts there."
    )
    assert story.frame(3).formula.unicode == ("∂L/∂x ← ∂L/∂f · y", "= 5 · 3", "= 15")  # type: ignore[union-attr]


def test_symbols_stay_symbols() -> None:
    assert sentences("relu(x*y)", backend="exact")[0] == "a = x · y."


@given(runs(elements=WILD))
@settings(max_examples=120)
def test_every_step_of_any_run_is_one_plain_sentence(sample: Sample) -> None:
    story = Story(sample.run())
    for frame in story:
        assert frame.sentence.endswith(".") and len(frame.sentence) <= LONGEST
        assert (
            "{" not in frame.sentence and "np." not in frame.sentence and "\n" not in frame.sentence
        )
        assert frame.formula is not None and all(frame.formula.latex) and all(frame.formula.typst)


@pytest.mark.parametrize(
    ("source", "values", "ends"),
    [
        ("where(x > 0, 1, 0)", {"x": 2}, True),
        ("where(x > y, 1, 0)", {"x": 2, "y": 1}, True),
        ("softmax_cross_entropy([1, 2], y)", {"y": 1}, True),
        ("where(x > 0, x, 0)", {"x": 2}, False),
        ("sign(x)", {"x": 2}, False),
        ("x", {"x": 2}, False),
        ("2*3", {}, False),
    ],
)
def test_a_gradient_that_ends_where_it_starts_says_so(
    source: str, values: dict[str, float], ends: bool
) -> None:
    told = [s for s in sentences(source, **values) if "It ends there too" in s]
    assert bool(told) == ends
    if ends:
        names = " and ".join(values)
        assert f"depends on {names} only through conditions, labels or indices" in told[0]


def test_no_sentence_speaks_of_a_letter_of_the_declaration() -> None:
    """A pattern names what the student named: `{x}`, not the op's own x, which may be another
    variable of the same graph.
    """
    letter = re.compile(r"(?<![\w'.])[b-hj-oq-z](?![\w}])|(?<=[·−/(])[a-z](?![\w}])")
    spoken = [
        f"{op.name}, {key}: {pattern}"
        for op in every()
        for key, pattern in op.words.items()
        if letter.search(re.sub(r"\{[^}]*\}", "{}", pattern))
    ]
    assert spoken == []


def test_every_pattern_uses_known_placeholders_only() -> None:
    """Each pattern of each op is filled without a missing name."""
    known = {
        "output",
        "value",
        "about",
        "written",
        "filled",
        "calculation",
        "shape",
        "size",
        "count",
        "axes",
        "holds",
        "source",
        "other",
        "upstream",
        "local",
        "contribution",
        "slope",
        "rule",
        "passed",
        "receivers",
        "times",
        "first",
        "terms",
        "won",
        "tied",
        "ties",
        "elements",
    }
    for op in every():
        for pattern in op.words.values():
            names = {f.split(".")[0] for _, f, _, _ in string.Formatter().parse(pattern) if f}
            assert names <= known | {*op.inputs, *op.options, *op.facts}, (op.name, pattern)
