"""In the gradients of matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradviz.engine.changes import Changes, Use
from gradviz.mistakes.mistake import Mistake


def _turned(use: Use) -> Any:
    """The transposed gradient of a matrix product's operand."""
    if use.op.name != "matmul" or np.ndim(use.contribution) != 2:
        return None
    return use.contribution.T


def _untransposed(use: Use) -> Any:
    """W g where Wᵀ g is right, for a square W."""
    if (
        use.op.name != "matmul"
        or use.edge.slot != 1
        or use.operands[0].shape[0] != use.operands[0].shape[1]
    ):
        return None
    return np.matmul(use.operands[0], use.upstream)


def _one_sample(use: Use) -> Any:
    """The first row of the upstream gradient, where the sum over the batch is right."""
    batched = use.op.name == "add" and np.ndim(use.upstream) == 2 and np.ndim(use.own) == 1
    return use.upstream[0] if batched else None


def _mean_of_batch(use: Use) -> Any:
    batched = use.op.name == "add" and np.ndim(use.upstream) == 2 and np.ndim(use.own) == 1
    return use.contribution / use.upstream.shape[0] if batched else None


MISTAKES = (
    Mistake(
        "gradient-transposed",
        "This is the transpose: the gradient of a matrix has the matrix's own shape.",
        Changes(contribute=_turned),
    ),
    Mistake(
        "weights-not-transposed",
        "On the way back the weights are transposed: dx is Wᵀ times the upstream gradient.",
        Changes(contribute=_untransposed),
    ),
    Mistake(
        "one-sample-only",
        "You took the gradient of one sample: the bias is used by every sample, so their gradients"
        " add.",
        Changes(contribute=_one_sample),
    ),
    Mistake(
        "batch-averaged",
        "You averaged over the batch: nothing here divides by its size, so the gradients add.",
        Changes(contribute=_mean_of_batch),
    ),
)
