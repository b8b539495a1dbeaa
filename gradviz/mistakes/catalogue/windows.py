"""Mistakes where a window slides: pooling and convolution, on one channel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from gradviz.engine.changes import Changes, Use
from gradviz.mistakes.formulas import convolved
from gradviz.mistakes.mistake import Mistake


def _seen(use: Use) -> Iterator[tuple[tuple[int, ...], list[tuple[int, ...]]]]:
    """Every output cell of a pooling op with the cells under its window."""
    assert use.op.window is not None
    window = use.op.window(use.xp.shape(use.own), **use.options)
    for place in product(*map(range, use.xp.shape(use.value))):
        yield (
            place,
            [cell for cell in window.places(place, use.xp.shape(use.own)) if cell is not None],
        )


def _to_every_cell(use: Use) -> Any:
    if use.op.name != "maxpool2d":
        return None
    total = use.xp.zeros(use.xp.shape(use.own))
    for place, cells in _seen(use):
        for cell in cells:
            total[cell] += use.upstream[place]
    return total


def _not_divided(use: Use) -> Any:
    return use.contribution * int(use.options["size"]) ** 2 if use.op.name == "avgpool2d" else None


def _overwritten(use: Use) -> Any:
    """For a cell that wins several windows, only the last one counts."""
    if use.op.name != "maxpool2d":
        return None
    total = use.xp.zeros(use.xp.shape(use.own))
    for place, cells in _seen(use):
        winner = max(cells, key=lambda cell: use.own[cell])
        total[winner] = use.upstream[place]
    return total


def _to_value(use: Use) -> Any:
    """The winner keeps its value instead of receiving the gradient."""
    if use.op.name != "maxpool2d":
        return None
    total = use.xp.zeros(use.xp.shape(use.own))
    for _, cells in _seen(use):
        winner = max(cells, key=lambda cell: use.own[cell])
        total[winner] = use.own[winner]
    return total


def _flipped(use: Use) -> Any:
    is_kernel = use.op.name == "conv2d" and use.edge.slot == 1
    return use.contribution[..., ::-1, ::-1].copy() if is_kernel else None


def _one_place(use: Use) -> Any:
    """The gradient of the weights from the first position of the window only."""
    if use.op.name != "conv2d" or use.edge.slot != 1:
        return None
    rows, columns = use.xp.shape(use.own)[-2:]
    patch = use.operands[0][:, :rows, :columns]
    return (
        use.xp.reshape(patch * use.upstream[0, 0, 0], use.xp.shape(use.own))
        if patch.size == use.own.size
        else None
    )


def _turned_kernel(use: Use) -> Any:
    """dX with the kernel unflipped, as if every output cell had met it flipped."""
    if use.op.name != "conv2d" or use.edge.slot != 0 or use.op.vjp is None or use.op.vjp[0] is None:
        return None
    x, w, *rest = use.operands
    return use.op.vjp[0](
        use.xp, use.upstream, use.value, x, w[..., ::-1, ::-1].copy(), *rest, **use.options
    )


def _without_full_padding(use: Use) -> Any:
    """dX from the flipped kernel without padding the upstream gradient, so that it is too small."""
    if (
        use.op.name != "conv2d"
        or use.edge.slot != 0
        or use.xp.shape(use.upstream)[-1] < use.xp.shape(use.operands[1])[-1]
    ):
        return None
    return convolved(use.upstream[0], use.operands[1][0, 0, ::-1, ::-1], 1, 0)


def _one_cell(use: Use) -> Any:
    """The bias's gradient from the first cell of the output only."""
    is_bias = use.op.name == "conv2d" and use.edge.slot == 2
    return use.upstream[:, 0, 0].copy() if is_bias else None


def _averaged(use: Use) -> Any:
    is_bias = use.op.name == "conv2d" and use.edge.slot == 2
    return use.contribution / use.upstream[0].size if is_bias else None


MISTAKES = (
    Mistake(
        "pool-to-every-cell",
        "Max pooling passes a window's gradient to its largest cell only; the others receive 0.",
        Changes(contribute=_to_every_cell),
        says="every cell of a window received its gradient",
        bits=5.0,
    ),
    Mistake(
        "pool-not-divided",
        "Each cell contributed only its share of the mean, so it receives the gradient divided by"
        " the number of cells.",
        Changes(contribute=_not_divided),
        says="each cell of a window received the whole gradient",
        bits=5.0,
    ),
    Mistake(
        "windows-overwrite",
        "Where windows overlap, a cell receives the sum of their gradients, not just the last one.",
        Changes(contribute=_overwritten),
        says="of overlapping windows only the last one was counted",
        bits=4.0,
    ),
    Mistake(
        "pool-keeps-value",
        "You wrote down the cell's value: the largest cell receives the gradient of its window.",
        Changes(contribute=_to_value),
        says="the largest cell kept its value",
        bits=5.0,
    ),
    Mistake(
        "kernel-gradient-flipped",
        "You flipped the gradient of the kernel: each entry belongs to the weight at the same"
        " position.",
        Changes(contribute=_flipped),
        says="the gradient of the kernel was turned around",
        bits=5.0,
    ),
    Mistake(
        "one-place-only",
        "You used the first position alone: the kernel is used at every position, so their"
        " gradients add.",
        Changes(contribute=_one_place),
        says="the first position of the kernel alone was counted",
        bits=5.0,
    ),
    Mistake(
        "input-gradient-unflipped",
        "You did not flip the kernel: on the way back it is flipped, so that each cell meets the"
        " weights that it met on the way forward.",
        Changes(contribute=_turned_kernel),
        says="the kernel was laid on as it is on the way back",
        bits=4.5,
    ),
    Mistake(
        "input-gradient-unpadded",
        "You left the full padding out: the cells at the edge were used too, and the gradient of x"
        " has the shape of x.",
        Changes(contribute=_without_full_padding),
        says="the full padding was left out on the way back",
        bits=5.0,
    ),
    Mistake(
        "bias-one-cell",
        "You used one cell: the bias is added to every cell of the output, so their gradients add.",
        Changes(contribute=_one_cell),
        says="one cell alone was counted",
        bits=5.5,
    ),
    Mistake(
        "bias-averaged",
        "You averaged: nothing here divides by the number of cells, so their gradients add.",
        Changes(contribute=_averaged),
        says="it was averaged over the cells",
        bits=5.5,
    ),
    Mistake(
        "kernel-flipped",
        "You flipped the kernel: convolutional networks use it unflipped.",
        formula=lambda x, w, stride, padding: convolved(x, w[::-1, ::-1], stride, padding),
        about="convolution",
    ),
    Mistake(
        "convolution-stride-ignored",
        "You moved the window by one cell: the stride is larger.",
        formula=lambda x, w, stride, padding: convolved(x, w, 1, padding) if stride > 1 else None,
        about="convolution",
    ),
    Mistake(
        "convolution-padding-ignored",
        "You left the padding out: the window starts in the zeros around the input.",
        formula=lambda x, w, stride, padding: convolved(x, w, stride, 0) if padding else None,
        about="convolution",
    ),
    Mistake(
        "window-summed",
        "You only added up the cells: each is first multiplied by its weight.",
        formula=lambda x, w, stride, padding: convolved(x, w * 0 + 1, stride, padding),
        about="convolution",
    ),
)
