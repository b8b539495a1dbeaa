"""Every op speaks: each step of each sample call has one plain sentence and a formula."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.graph.expression import call
from gradviz.ops import Op, every
from gradviz.story.frame import Story

LONGEST = 150
CASES = [
    pytest.param(op, shapes, options, id=f"{op.name}-{i}")
    for op in every()
    for i, (shapes, options) in enumerate(op.examples)
]


@pytest.mark.parametrize(("op", "shapes", "options"), CASES)
def test_every_sample_call_is_told(op: Op, shapes: Any, options: Any) -> None:
    rng = np.random.default_rng(len(shapes))
    names = [f"x{i}" for i in range(len(shapes))]
    values = {}
    for slot, (name, shape) in enumerate(zip(names, shapes, strict=True)):
        low, high = op.domain[0 if op.variadic else slot]
        takes_one = op.has_gradient(slot, shapes, options)
        values[name] = rng.uniform(low, high, shape) if takes_one else np.full(shape, int(low))
    size = op.shape(*shapes, **(dict(op.options) | dict(options)))
    trace = gv.run(call(op, *gv.inputs(names), **options), values=values, upstream=np.ones(size))
    frames = list(Story(trace))
    assert len(frames) >= 2
    for frame in frames:
        assert frame.sentence.endswith(".") and len(frame.sentence) <= LONGEST, frame.sentence
        assert not set("{}\n") & set(frame.sentence) and "np." not in frame.sentence, frame.sentence
        assert frame.formula is not None and all(frame.formula.latex) and all(frame.formula.typst)
        if not op.is_condition and "stood" not in frame.sentence:
            assert "stands where" not in frame.formula.unicode[0] or op.rule == (), (
                frame.formula.unicode
            )


@pytest.mark.parametrize(
    ("text", "values", "step", "sentence"),
    [
        (
            "softmax_cross_entropy(s, 0)",
            {"s": [3.2, 5.1, -1.7]},
            1,
            "softmax gives the right class the probability 0.13: the loss is −log of that, 2.04.",
        ),
        (
            "softmax_cross_entropy(s, 0)",
            {"s": [3.2, 5.1, -1.7]},
            3,
            "The slope for a score is its probability, minus 1 for the right class: −0.87 there.",
        ),
        (  # −log 0.982 would be 0.01816
            "softmax_cross_entropy(s, 0)",
            {"s": [8, 4]},
            1,
            (
                "softmax gives the right class the probability 0.98201: the loss is −log of that,"
                " 0.01815."
            ),
        ),
        (
            "softmax_cross_entropy(s, [0, 1])",
            {"s": [[0, 0], [0, 0]]},
            1,
            "The mean of −log p over 2 examples, p being the right class's probability: 0.6931.",
        ),
        (
            "softmax_cross_entropy(s, [0, 1], reduction='sum')",
            {"s": [[0, 0], [0, 0]]},
            1,
            "The sum of −log p over 2 examples, p being the right class's probability: 1.386.",
        ),
        (
            "softmax_cross_entropy(s, [0.5, 0.5])",
            {"s": [0, 0]},
            1,
            "−log of each class's probability, weighted by its share in a and summed: 0.6931.",
        ),
        (
            "multiclass_hinge(s, 0)",
            {"s": [3.2, 5.1, -1.7]},
            1,
            "Wrong classes that violate the margin of 1: 1 of 2; the loss is 2.9.",
        ),
        (
            "mse(p, t)",
            {"p": [1, 2], "t": [0, 4]},
            1,
            "The mean of 2 squared differences p − t: 2.5.",
        ),
        (
            "l1(p, t, reduction='sum')",
            {"p": [1, 2], "t": [0, 4]},
            1,
            "The sum of 2 distances |p − t|: 3.",
        ),
        (
            "hinge(s, [1, -1])",
            {"s": [2, 0.5]},
            3,
            "Only scores whose margin is below 1 receive a gradient: 1 of 2.",
        ),
        (
            "batchnorm(x, [1], [0], [2], [4])",
            {"x": [[1]]},
            1,
            (
                "Each channel is normalised by the mean and variance it is given, then scaled and"
                " shifted."
            ),
        ),
        (
            "l2_penalty(w, 0.1)",
            {"w": [1, -2]},
            3,
            (
                "The slope is 2 · 0.1 · w: in proportion to the weight itself,"
                " so large ones feel it"
                " most."
            ),
        ),
    ],
)
def test_sentences(text: str, values: dict[str, Any], step: int, sentence: str) -> None:
    assert Story(gv.run(text, values=values)).frame(step).sentence == sentence
