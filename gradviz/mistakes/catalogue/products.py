"""Gradients of matrix products, sums over a batch, norms and windows, as people get them wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradviz.engine.changes import Changes, Use
from gradviz.mistakes.mistake import Mistake
from gradviz.mistakes.places import at
from gradviz.ops import get


def _matmul(brings: Callable[[Use, Any, Any], Any], *, slot: int, axes: tuple[int, int]) -> Changes:
    """A rule at products of operands with so many axes."""

    def rule(use: Use) -> Any:
        a, b = use.operands[:2]
        if (np.ndim(a), np.ndim(b)) != axes:
            return None
        return brings(use, a, b)

    return at("matmul", rule, slot)


def _square(use: Use, a: Any, made: Callable[[], Any]) -> Any:
    return made() if a.shape[0] == a.shape[1] else None


def _fits(made: Callable[[], Any], like: Any) -> Any:
    try:
        found = made()
    except ValueError:
        return None
    return found if np.shape(found) == np.shape(like) else None


def _norm(brings: Callable[[Use], Any]) -> Changes:
    return at("norm", brings, 0)


def _batch(use: Use, made: Callable[[], Any]) -> Any:
    return made() if np.ndim(use.upstream) == 2 and np.shape(use.upstream)[0] > 1 else None


def _one_row(k: int, use: Use, x: Any, w: Any) -> Any:
    return x[k] * use.upstream[k] if len(x) > 1 else None


def _first_window(use: Use) -> Any:
    """Of one sample and any number of channels."""
    if use.op.name not in ("conv1d", "conv2d") or use.edge.slot != 1:
        return None
    x, w, axes = use.operands[0], use.own, 1 if use.op.name == "conv1d" else 2
    if x.ndim != axes + 1:
        return None
    patch = x[(slice(None), *(slice(0, n) for n in w.shape[2:]))]
    first = use.upstream[(slice(None), *[0] * axes)]
    return first.reshape(-1, *[1] * patch.ndim) * patch if patch.shape == w.shape[1:] else None


def _window_by_window(
    use: Use, *, last: bool = False, over: bool = False, upstream: bool = True, **options: Any
) -> Any:
    """The gradient of a sliding window, from its first or last position alone; each cell written
    `over`, not added to; without the upstream gradient; or with other options.
    """
    g, slot = np.asarray(use.upstream), use.edge.slot
    if use.op.cells is None or use.op.combine not in ("products", "mean") or g.size > MOST_WINDOWS:
        return None
    if slot > (use.op.combine == "products") or (over and slot):
        return None
    shapes = [use.xp.shape(o) for o in use.operands]
    total = np.zeros(use.xp.shape(use.own))
    places = list(np.ndindex(g.shape))
    if options and all(use.options.get(key) == value for key, value in options.items()):
        return None
    alone = not over and upstream and not options
    for place in places[-1:] if alone and last else places[:1] if alone else places:
        cells = use.op.cells_at(place, *shapes, **{**use.options, **options})
        own, others = cells[slot], cells[1 - slot] if len(cells) > 1 else cells[0]
        share = 1 / max(sum(c is not None for c in own), 1)
        for cell, other in zip(own, others, strict=True):
            if cell is None or other is None:
                continue
            factor = use.operands[1 - slot][other] if use.op.combine == "products" else share
            brought = factor * (g[place] if upstream else 1.0)
            total[cell] = brought if over else total[cell] + brought
    return total


def _averaged_over_positions(use: Use) -> Any:
    if use.op.name not in ("conv1d", "conv2d") or use.edge.slot != 1:
        return None
    sides = 1 if use.op.name == "conv1d" else 2
    return use.contribution / np.prod(np.shape(use.value)[-sides:])


def _to_one_cell(use: Use, *, which: str) -> Any:
    """Of each window one cell by its place, or the smallest, receives the gradient."""
    g, x = np.asarray(use.upstream), np.asarray(use.own)
    if use.op.cells is None or use.op.combine != "max" or g.size > MOST_WINDOWS:
        return None
    total = np.zeros(x.shape)
    for place in np.ndindex(g.shape):
        (cells,) = use.op.cells_at(place, x.shape, **use.options)
        known = [cell for cell in cells if cell is not None]
        smallest = min(known, key=lambda cell: x[cell])
        largest = [cell for cell in known if x[cell] == max(x[c] for c in known)]
        if which in ("shared", "each"):
            for cell in largest:
                total[cell] += g[place] / (len(largest) if which == "shared" else 1)
            continue
        if which == "once":
            total[largest[0]] = total[largest[0]] or g[place]
            continue
        chosen = {"first": known[0], "last": known[-1], "smallest": smallest}[which]
        total[chosen] += g[place]
    return total


MOST_WINDOWS = 64
"""Of more windows, none is looked at by itself."""


def _turned(use: Use) -> Any:
    x, w, *rest = use.operands
    rule = use.op.rule_for(0)
    return rule(use.xp, use.upstream, use.value, x, w[..., ::-1].copy(), *rest, **use.options)


def _written_over(use: Use) -> Any:
    if use.op.name != "embedding" or use.xp.shape(use.own) != use.xp.shape(use.contribution):
        return None
    ids = next((v for v in use.operands if np.asarray(v).dtype.kind in "iu"), None)
    if ids is None:
        return None
    found = np.zeros(np.shape(use.own))
    for place in np.ndindex(np.shape(ids)):
        found[ids[place]] = use.upstream[place]
    return found


def _as_average(use: Use) -> Any:
    op = get("avgpool2d")
    options = {k: use.options.get(k, default) for k, default in op.options.items()}
    value = op.forward(use.xp, use.own, **options)
    rule = op.rule_for(0)
    return rule(use.xp, use.upstream, value, use.own, **options)


def _ordered(product: Callable[[Any, Any, Any], Any]) -> Callable[[Use, Any, Any], Any]:
    """A product of an operand and the upstream gradient, where it has the right shape."""
    return lambda use, a, b: _fits(lambda: product(use.upstream, a, b), use.own)


ORDERS: tuple[tuple[str, Callable[[Any, Any, Any], Any], int], ...] = (
    ("G Aᵀ was taken for Aᵀ G", lambda g, a, b: g @ a.T, 1),
    ("G A was taken for Aᵀ G", lambda g, a, b: g @ a, 1),
    ("Gᵀ A was taken for Aᵀ G", lambda g, a, b: g.T @ a, 1),
    ("A Gᵀ was taken for Aᵀ G", lambda g, a, b: a @ g.T, 1),
    ("Bᵀ G was taken for G Bᵀ", lambda g, a, b: b.T @ g, 0),
    ("B G was taken for G Bᵀ", lambda g, a, b: b @ g, 0),
    ("B Gᵀ was taken for G Bᵀ", lambda g, a, b: b @ g.T, 0),
    ("Gᵀ B was taken for G Bᵀ", lambda g, a, b: g.T @ b, 0),
)
"""Products of matrices that a square shape does not forbid."""
BACK = "On the way back the other factor is transposed: dA = G Bᵀ, dB = Aᵀ G."
COLUMN = "The gradient of W in W x is the column u times the row xᵀ."

MISTAKES = (
    Mistake(
        "outer-product-turned",
        about="slope",
        bits=5.0,
        right=COLUMN,
        says="x uᵀ was taken for u xᵀ",
        rule=_matmul(
            lambda use, w, x: _square(use, w, lambda: np.outer(x, use.upstream)),
            slot=0,
            axes=(2, 1),
        ),
    ),
    Mistake(
        "input-left-out",
        about="slope",
        bits=5.5,
        right=COLUMN,
        says="the input was left out: each row is the upstream gradient alone",
        rule=_matmul(
            lambda use, w, x: np.outer(use.upstream, np.ones_like(x)), slot=0, axes=(2, 1)
        ),
    ),
    Mistake(
        "upstream-left-out-of-rows",
        about="slope",
        bits=5.0,
        right=COLUMN,
        says="the upstream gradient was left out: each row is the input alone",
        rule=_matmul(
            lambda use, w, x: np.outer(np.ones_like(use.upstream), x), slot=0, axes=(2, 1)
        ),
    ),
    Mistake(
        "output-for-upstream",
        about="slope",
        bits=6.0,
        says="the output was taken for the upstream gradient",
        rule=_matmul(lambda use, w, x: np.outer(use.value, x), slot=0, axes=(2, 1)),
    ),
    Mistake(
        "inputs-left-out-of-sum",
        about="slope",
        bits=5.0,
        says="the input was left out: only the upstream gradients were added",
        rule=_matmul(lambda use, x, w: use.upstream.sum() + 0 * w, slot=1, axes=(2, 1)),
    ),
    Mistake(
        "first-window-only",
        about="slope",
        bits=5.0,
        says="the first position of the kernel alone was counted",
        right="The kernel is used at every position, so their gradients add.",
        rule=Changes(contribute=_first_window),
    ),
    Mistake(
        "last-window-only",
        about="slope",
        bits=6.0,
        says="the last position of the window alone was counted",
        right="The window stops at every position, so their gradients add.",
        rule=Changes(contribute=partial(_window_by_window, last=True)),
    ),
    Mistake(
        "first-position-only",
        about="slope",
        bits=5.5,
        says="the first position of the window alone was counted",
        right="The window stops at every position, so their gradients add.",
        rule=Changes(contribute=_window_by_window),
    ),
    Mistake(
        "overlaps-written-over",
        about="slope",
        bits=4.5,
        says="of overlapping windows only the last one was counted",
        right="A cell under several windows receives the sum of their gradients.",
        rule=Changes(contribute=partial(_window_by_window, over=True)),
    ),
    *(
        Mistake(
            f"{key}-missing-on-the-way-back",
            about="slope",
            bits=4.5,
            says=f"the {key} was left out on the way back",
            right="The windows stand where they stood on the way forward.",
            rule=Changes(contribute=rule),
        )
        for key, rule in (
            ("stride", partial(_window_by_window, stride=1)),
            ("padding", partial(_window_by_window, padding=0)),
            ("dilation", partial(_window_by_window, dilation=1)),
        )
    ),
    *(
        Mistake(
            f"pool-to-the-{which}-cell",
            about="slope",
            bits=5.0,
            says=f"the {which} cell of each window received its gradient",
            right="The largest cell of a window receives its gradient.",
            rule=Changes(contribute=partial(_to_one_cell, which=which)),
        )
        for which in ("first", "last", "smallest")
    ),
    Mistake(
        "pool-once-for-each-cell",
        about="slope",
        bits=5.0,
        says="of overlapping windows only the first one was counted",
        right="A cell that is the largest of several windows receives the sum of their gradients.",
        rule=Changes(contribute=partial(_to_one_cell, which="once")),
    ),
    *(
        Mistake(
            f"pool-to-equals-{which}",
            about="slope",
            bits=4.5,
            says=f"of several largest cells {how}",
            right="Of equal cells the first one receives the gradient.",
            rule=Changes(contribute=partial(_to_one_cell, which=which)),
        )
        for which, how in (
            ("each", "each received the whole gradient"),
            ("shared", "each received its share of the gradient"),
        )
    ),
    Mistake(
        "kernel-gradient-averaged",
        about="slope",
        bits=4.5,
        says="the gradient of the kernel was averaged over the positions",
        right="The kernel is used at every position, so their gradients add.",
        rule=Changes(contribute=_averaged_over_positions),
    ),
    Mistake(
        "row-kernel-gradient-turned",
        about="slope",
        bits=5.0,
        says="the gradient of the kernel was turned around",
        rule=at("conv1d", lambda use: use.contribution[..., ::-1].copy(), 1),
    ),
    Mistake(
        "windows-without-upstream",
        about="slope",
        bits=5.5,
        says="the upstream gradient was left out",
        rule=Changes(contribute=partial(_window_by_window, upstream=False)),
    ),
    Mistake(
        "input-gradient-unturned",
        about="slope",
        bits=4.5,
        says="the kernel was laid on as it is on the way back",
        right="On the way back the kernel is turned around.",
        rule=at("conv1d", lambda use: _turned(use), 0),
    ),
    Mistake(
        "pool-shared",
        about="slope",
        bits=5.0,
        says="the gradient was shared among the cells of a window, as in average pooling",
        rule=at("maxpool2d", lambda use: _as_average(use)),
    ),
    Mistake(
        "columns-summed",
        about="slope",
        bits=6.0,
        says="the upstream gradient was left out: the columns of the matrix were added",
        rule=_matmul(lambda use, w, x: w.sum(0), slot=1, axes=(2, 1)),
    ),
    *(
        Mistake(
            name,
            about="slope",
            bits=5.5,
            says=f"only the {which} row of the matrix was used",
            right="Every row, of a sample or of an output, has its share of the gradient.",
            rule=_matmul(partial(_one_row, k), slot=1, axes=(2, 1)),
        )
        for name, which, k in (
            ("rows-taken-alone", "first", 0),
            ("last-row-taken-alone", "last", -1),
        )
    ),
    Mistake(
        "second-factor-not-transposed",
        about="slope",
        bits=5.0,
        right=BACK,
        says="the second factor was not transposed",
        rule=_matmul(lambda use, a, b: _fits(lambda: use.upstream @ b, a), slot=0, axes=(2, 2)),
    ),
    Mistake(
        "first-factor-not-transposed",
        about="slope",
        bits=5.0,
        right=BACK,
        says="the first factor was not transposed",
        rule=_matmul(lambda use, a, b: _fits(lambda: a @ use.upstream, b), slot=1, axes=(2, 2)),
    ),
    Mistake(
        "first-sample-alone",
        about="slope",
        bits=5.0,
        says="the first sample alone was counted",
        rule=_matmul(
            lambda use, a, b: _batch(use, lambda: np.outer(a[0], use.upstream[0])),
            slot=1,
            axes=(2, 2),
        ),
    ),
    Mistake(
        "last-sample-alone",
        about="slope",
        bits=6.0,
        says="the last sample alone was counted",
        rule=_matmul(
            lambda use, a, b: _batch(use, lambda: np.outer(a[-1], use.upstream[-1])),
            slot=1,
            axes=(2, 2),
        ),
    ),
    Mistake(
        "upstream-transposed",
        about="slope",
        bits=5.0,
        right=BACK,
        says="the upstream gradient was transposed",
        rule=_matmul(lambda use, a, b: _fits(lambda: use.upstream.T @ b.T, a), slot=0, axes=(2, 2)),
    ),
    Mistake(
        "upstream-transposed-behind",
        about="slope",
        bits=5.0,
        right=BACK,
        says="the upstream gradient was transposed",
        rule=_matmul(lambda use, a, b: _fits(lambda: a.T @ use.upstream.T, b), slot=1, axes=(2, 2)),
    ),
    *(
        Mistake(
            f"factors-in-another-order-{k}",
            about="slope",
            bits=5.5,
            right=BACK,
            says=f"{says}, with G the upstream gradient",
            rule=_matmul(_ordered(product), slot=slot, axes=(2, 2)),
        )
        for k, (says, product, slot) in enumerate(ORDERS, 1)
    ),
    Mistake(
        "averaged-over-batch",
        about="slope",
        bits=5.0,
        says="it was averaged over the batch",
        right="Nothing here divides by the number of samples, so their gradients add.",
        rule=_matmul(
            lambda use, a, b: _batch(use, lambda: use.contribution / a.shape[0]),
            slot=1,
            axes=(2, 2),
        ),
    ),
    Mistake(
        "summed-over-batch",
        about="slope",
        bits=5.0,
        says="it was multiplied by the number of samples",
        rule=_matmul(
            lambda use, a, b: _batch(use, lambda: use.contribution * a.shape[0]),
            slot=1,
            axes=(2, 2),
        ),
    ),
    Mistake(
        "mean-not-divided",
        about="slope",
        bits=4.5,
        says="it was not divided by the number",
        right="Each number has its share of the mean.",
        rule=at("mean", lambda use: use.contribution * np.size(use.own) / np.size(use.value)),
    ),
    Mistake(
        "mean-divided-twice",
        about="slope",
        bits=4.5,
        says="it was divided by the number twice",
        rule=at("mean", lambda use: use.contribution * np.size(use.value) / np.size(use.own)),
    ),
    Mistake(
        "rows-written-over",
        about="slope",
        bits=4.5,
        says="the row that is looked up again was written over, not added to",
        right="A row receives the sum over all of its uses.",
        rule=Changes(contribute=_written_over),
    ),
    Mistake(
        "sum-divided",
        about="slope",
        bits=5.0,
        says="it was divided by the number",
        right="A sum passes the whole gradient to each of its terms.",
        rule=at("sum", lambda use: use.contribution * np.size(use.value) / np.size(use.own)),
    ),
    Mistake(
        "norm-root-forgotten",
        about="slope",
        bits=5.0,
        says="2x was taken for x/‖x‖",
        rule=_norm(lambda use: use.upstream * 2 * use.own),
    ),
    Mistake(
        "norm-not-divided",
        about="slope",
        bits=5.0,
        says="x was taken for x/‖x‖",
        rule=_norm(lambda use: use.upstream * use.own),
    ),
    Mistake(
        "norm-halved",
        about="slope",
        bits=5.5,
        says="the root's ½ was kept: x/(2‖x‖) was taken for x/‖x‖",
        rule=_norm(lambda use: use.contribution / 2),
    ),
    Mistake(
        "norm-doubled",
        about="slope",
        bits=5.5,
        says="2x/‖x‖ was taken for x/‖x‖",
        rule=_norm(lambda use: use.contribution * 2),
    ),
    Mistake(
        "max-shared-equally",
        about="slope",
        bits=6.0,
        says="it was shared among all inputs of max",
        rule=at("max", lambda use: use.contribution.sum() / np.size(use.own) + 0 * use.own),
    ),
    Mistake(
        "max-to-all",
        about="slope",
        bits=5.5,
        says="max passed it to all of its inputs",
        rule=at("max", lambda use: use.contribution.sum() + 0 * use.own),
    ),
    Mistake(
        "global-average-whole",
        about="slope",
        bits=5.0,
        says="each cell received the whole gradient: it was not divided by their number",
        rule=at(
            "global_avgpool2d",
            lambda use: use.contribution * (np.size(use.own) / np.size(use.value)),
        ),
    ),
    Mistake(
        "average-pool-by-its-side",
        about="slope",
        bits=5.0,
        says="it was divided by one side of the window, not by the number of its cells",
        rule=at("avgpool2d", lambda use: use.contribution * np.max(use.options["size"])),
    ),
    Mistake(
        "average-pool-whole",
        about="slope",
        bits=5.0,
        says="each cell of a window received the whole gradient",
        rule=at(
            "avgpool2d",
            lambda use: (
                use.contribution
                * np.prod(use.options["size"])
                * (use.options["size"] if np.ndim(use.options["size"]) == 0 else 1)
            ),
        ),
    ),
)
