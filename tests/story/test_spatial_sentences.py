"""What convolutions and pools say of themselves, in words and in formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.story.formulas import Rules
from gradviz.story.maths import unicode
from gradviz.story.sentences import Words

IMAGE = np.arange(9.0).reshape(1, 3, 3)
KERNEL = np.ones((1, 1, 2, 2))


def told(source: str, **values: Any) -> tuple[list[str], list[str]]:
    """The sentences and the rules of the first node's forward step and of its contributions."""
    trace = gv.run(f"sum({source})", values=values)
    rules = Rules(trace)
    words = Words(rules)
    node = next(n.id for n in trace.graph.nodes if not n.is_leaf)
    steps = [s for s in trace.steps if s.edge is not None and s.edge.target == node]
    formulas = [rules.forward(node), *(rules.contribute(s) for s in steps)]
    return (
        [
            words.forward(node, formulas[0]),
            *(words.contribute(s, f, None) for s, f in zip(steps, formulas[1:], strict=True)),
        ],
        [f"{unicode.text(f.left)} {f.sign} {unicode.text(f.rule)}" for f in formulas],
    )


def test_a_convolution() -> None:
    sentences, formulas = told("conv2d(x, w, b)", x=IMAGE, w=KERNEL, b=[1.0])
    assert sentences == [
        "w slides over x: each place sums 4 products of weight and cell.",
        (
            "Every output that saw a cell sends it its gradient times the weight that met it;"
            " overlaps add up."
        ),
        (
            "A weight met one cell at each place: cell times upstream gradient, summed over all"
            " places."
        ),
        "b was added at every place of its channel, so it receives the sum over them.",
    ]
    assert formulas == [
        "a = x ∗ w + b",
        "∂f/∂x ← (u padded by 1) ∗ flip(w)",
        "∂f/∂w ← x ∗ u",
        "∂f/∂b ← Σ[axis=(1, 2)] u",
    ]


def test_a_convolution_with_strides() -> None:
    _, formulas = told("conv2d(x, w, stride=2)", x=IMAGE, w=KERNEL)
    assert formulas == [
        "a = (x ∗ w)[..., ::2, ::2]",
        "∂f/∂x ← (dilate(u, 2) padded by (1, 2), (1, 2)) ∗ flip(w)",
        "∂f/∂w ← (x ∗ dilate(u, 2))[..., 0:2, 0:2]",
    ]


def test_a_transposed_convolution() -> None:
    sentences, formulas = told("conv_transpose2d(x, w, b, stride=2)", x=IMAGE, w=KERNEL, b=[1.0])
    assert sentences == [
        "Every cell of x stamps w, times itself, onto the output; overlapping stamps add up.",
        (
            "A cell stamped a patch of the output: upstream gradient times weight, summed over the"
            " patch."
        ),
        (
            "A weight was stamped once by every cell: cell times upstream gradient, summed over all"
            " cells."
        ),
        "b was added at every place of its channel, so it receives the sum over them.",
    ]
    assert formulas == [
        "a = (dilate(x, 2) padded by 1) ∗ flip(w) + b",
        "∂f/∂x ← (u ∗ w)[..., ::2, ::2]",
        "∂f/∂w ← u ∗ dilate(x, 2)",
        "∂f/∂b ← Σ[axis=(1, 2)] u",
    ]


@pytest.mark.parametrize(
    ("source", "sentences", "rule"),
    [
        (
            "maxpool2d(x, 2, stride=1)",
            [
                "Of each 2×2 window of x the largest cell is kept: 4 windows in all.",
                "max pool routes: only the largest of each window receives its gradient.",
            ],
            "∂f/∂x ← u added at the first max of each window of x, zeros elsewhere",
        ),
        (
            "minpool2d(x, 2)",
            [
                "Of each 2×2 window of x the smallest cell is kept: 1 window in all.",
                "min pool routes: only the smallest of each window receives its gradient.",
            ],
            "∂f/∂x ← u at the first min of each window of x, zeros elsewhere",
        ),
        (
            "avgpool2d(x, 3)",
            [
                "The mean of each window of 9 cells of x: 1 window in all.",
                (
                    "The cells of a window share its gradient equally; where"
                    " windows overlap, shares"
                    " add up."
                ),
            ],
            "∂f/∂x ← u/9 at every cell of its window",
        ),
        (
            "l2pool2d(x, 2)",
            [
                "The length √(sum of squares) of each 2×2 window of x: 1 window in all.",
                (
                    "A length grows along its own direction: each cell receives its share of its"
                    " window."
                ),
            ],
            "∂f/∂x ← x ⊙ (u/a at every cell of its window)",
        ),
        (
            "global_maxpool2d(x)",
            [
                "Of the 9 cells of each image of x the largest is kept.",
                "max routes: only the largest cell of each image receives its gradient.",
            ],
            "∂f/∂x ← u where x is the first max of its image, else 0",
        ),
        (
            "pad2d(x, 1)",
            [
                "Cells of 0 are put around x: it becomes 1×5×5.",
                (
                    "The cells around it are constants: x receives the part of the gradient inside"
                    " them."
                ),
            ],
            "∂f/∂x ← u[:, 1:4, 1:4]",
        ),
    ],
)
def test_pools(source: str, sentences: list[str], rule: str) -> None:
    found, formulas = told(source, x=IMAGE)
    assert found == sentences
    assert formulas[1] == rule
