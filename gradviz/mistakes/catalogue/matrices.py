"""Mistakes in the gradients of matrix products."""

from __future__ import annotations

from typing import Any

from gradviz.engine.changes import Changes, Use
from gradviz.mistakes.mistake import Mistake


def _axes(use: Use, value: Any) -> int:
    return len(use.xp.shape(value))


def _turned(use: Use) -> Any:
    """The transposed gradient of a matrix product's operand."""
    is_matrix = use.op.name == "matmul" and _axes(use, use.contribution) == 2
    return use.contribution.T if is_matrix else None


def _untransposed(use: Use) -> Any:
    """W g instead of Wᵀ g, for a square W."""
    if use.op.name != "matmul" or use.edge.slot != 1 or _axes(use, use.operands[0]) != 2:
        return None
    rows, columns = use.xp.shape(use.operands[0])
    return use.xp.matmul(use.operands[0], use.upstream) if rows == columns else None


def _is_batched(use: Use) -> bool:
    """Whether a bias is added to a batch of samples."""
    return use.op.name == "add" and _axes(use, use.upstream) == 2 and _axes(use, use.own) == 1


def _one_sample(use: Use) -> Any:
    """The first row of the upstream gradient instead of its sum over the batch."""
    return use.upstream[0] if _is_batched(use) else None


def _sum_of_all(use: Use) -> Any:
    """The sum over samples and outputs: every bias with the same number."""
    if use.op.name != "add" or use.xp.shape(use.upstream) == use.xp.shape(use.own):
        return None
    return use.upstream.sum() + 0 * use.own


def _other_axis(use: Use) -> Any:
    """The sum over the outputs of each sample instead of over the samples."""
    if not _is_batched(use):
        return None
    sums = use.upstream.sum(1)
    return sums[: len(use.own)] if len(sums) >= len(use.own) else None


def _mean_of_batch(use: Use) -> Any:
    return use.contribution / use.xp.shape(use.upstream)[0] if _is_batched(use) else None


MISTAKES = (
    Mistake(
        "gradient-transposed",
        "This is the transpose: the gradient of a matrix has the matrix's own shape.",
        Changes(contribute=_turned),
        says="the gradient was transposed",
        bits=5.0,
    ),
    Mistake(
        "weights-not-transposed",
        "On the way back the weights are transposed: dx is Wᵀ times the upstream gradient.",
        Changes(contribute=_untransposed),
        says="{factor} was taken where its transpose belongs",
        bits=4.5,
    ),
    Mistake(
        "one-sample-only",
        "You used the gradient of one sample: the bias is used by every sample, so their"
        " gradients add.",
        Changes(contribute=_one_sample),
        says="the first sample alone was counted",
        bits=5.0,
    ),
    Mistake(
        "summed-over-everything",
        about="slope",
        rule=Changes(contribute=_sum_of_all),
        says="everything was added into one number",
        right="A bias adds up over the samples, each output for itself.",
        bits=5.0,
    ),
    Mistake(
        "summed-over-the-other-axis",
        about="slope",
        rule=Changes(contribute=_other_axis),
        says="it was summed over the outputs, not over the samples",
        right="A bias adds up over the samples, each output for itself.",
        bits=5.5,
    ),
    Mistake(
        "batch-averaged",
        "You averaged over the batch: nothing here divides by its size, so the gradients add.",
        Changes(contribute=_mean_of_batch),
        says="it was averaged over the batch",
        bits=5.0,
    ),
)
