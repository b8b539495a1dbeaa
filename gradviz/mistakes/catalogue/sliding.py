"""Convolution and pooling on the way forward: kernels, channels, settings, and what is picked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.graph.graph import Edge
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import another_value, computed, put, times, value_of
from gradviz.trace.findings import At, Place


def _kernels(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, "conv2d", "conv1d", "conv_transpose2d"):
        edge = Edge(node.inputs[1], node.id, 1)
        details = {"node": At(node.id), "source": At(node.inputs[1])}
        kernel = value_of(asked, node.inputs[1])
        if kernel.ndim < 3:
            continue
        axes = (-1,) if node.op == "conv1d" else (-2, -1)
        flip: Any = lambda v, axes=axes: np.flip(v, axes).copy()
        for how, change, bits in (
            ("turned around", flip, 0.0),
            ("transposed", lambda v: np.swapaxes(v, -1, -2).copy(), 1.0),
            ("taken with its channels in the reverse order", lambda v: np.flip(v, 1).copy(), 2.0),
            ("mirrored", lambda v: np.flip(v, -1).copy(), 1.5),
            ("taken with its first channel for all", lambda v: 0 * v + v[:, :1], 2.0),
        ):
            changed = change(kernel)
            if changed.shape == kernel.shape and not np.array_equal(changed, kernel):
                edit = Edit(reads={edge: change})
                yield Made(edit, Place(node.id), bits, details | {"how": how}, kind=how)


def _one_channel(asked: Asked) -> Iterator[Made]:
    """Of an image only the first channel."""
    for node in computed(asked, "conv1d", "conv2d"):
        x, sides = value_of(asked, node.inputs[0]), 1 if node.op == "conv1d" else 2
        axis = x.ndim - 1 - sides
        if axis in (0, 1) and x.shape[axis] > 1:
            mask = np.zeros([x.shape[axis], *[1] * sides])
            share = Edit(reads={Edge(node.inputs[0], node.id, 0): times(1 / x.shape[axis])})
            details = {"node": At(node.id), "how": "mean"}
            yield Made(share, Place(node.id), 0.0, details, kind="mean")
            for k, how in ((0, "first"), (-1, "last")):
                chosen = mask.copy()
                chosen[k] = 1
                edit = Edit(reads={Edge(node.inputs[0], node.id, 0): times(chosen)})
                details = {"node": At(node.id), "how": how}
                yield Made(edit, Place(node.id), 0.0, details, kind=how)


def _settings(asked: Asked) -> Iterator[Made]:
    """Windows moved by one cell, or without the zeros around the input."""
    usual = {
        "stride": (1, "the stride was left out"),
        "padding": (0, "the padding was left out"),
        "count_include_pad": (False, "the zeros around the input were not counted"),
    }
    for node in computed(asked):
        op, options = asked.working.graph.op(node), asked.working.program.options[node.id]
        for name, (value, how) in usual.items() if op.window is not None else ():
            given = options.get(name)
            if name not in op.options:
                continue
            if given in (value, None, (value, value)) and not (name == "stride" and given is None):
                continue
            change = partial(_otherwise, op, {**options, name: value})
            yield from another_value(asked, node, change, how=how)


def _otherwise(op: Any, options: Any, xp: Any, y: Any, *operands: Any) -> Any:
    """An op with other settings, of whose result only the places of the right one are known."""
    made = np.asarray(op.forward(xp, *operands, **options), float)
    found = np.full(y.shape, np.nan)
    common = tuple(slice(0, min(a, b)) for a, b in zip(made.shape, y.shape, strict=True))
    found[common] = made[common]
    return found


def _pools(asked: Asked) -> Iterator[Made]:
    from gradviz.ops import get

    ways = {"maxpool2d": "the largest", "avgpool2d": "the mean", "minpool2d": "the smallest"}
    for node in computed(asked, *ways, "l2pool2d"):
        options = asked.working.program.options[node.id]
        for name, how in ways.items():
            op = get(name)
            if name != node.op:
                own = {k: options.get(k, default) for k, default in op.options.items()}
                yield from another_value(
                    asked, node, lambda xp, y, x, op=op, own=own: op.forward(xp, x, **own), how=how
                )
        if node.op == "maxpool2d":
            for how, k in (("the first cell", 0), ("the last cell", -1)):
                change = partial(_picked_cell, asked.working.graph.op(node), options, k)
                yield from another_value(asked, node, change, how=how, bits=1.0)
            magnitude = partial(_largest_amount, asked.working.graph.op(node), options)
            yield from another_value(asked, node, magnitude, how="the largest amount", bits=1.0)
        mean = get("avgpool2d")
        own = {k: options.get(k, default) for k, default in mean.options.items()}
        n = float(np.prod(np.broadcast_to(options["size"], 2)))
        for how, factor, bits in (
            ("the sum", n, 1.0),
            ("the sum, divided by one side,", n**0.5, 1.5),
        ):
            change = partial(_scaled_mean, mean, own, factor)
            yield from another_value(asked, node, change, how=how, bits=bits)


def _terms(asked: Asked) -> Iterator[Made]:
    """A product of a window left out of a claimed cell, or taken with the other sign."""
    claims = [c for c in asked.claims if c.of.kind == "value"]
    for node in computed(asked, "conv1d", "conv2d") if len(claims) <= MOST_CELLS else ():
        op, options = asked.working.graph.op(node), asked.working.program.options[node.id]
        x, k = (value_of(asked, i) for i in node.inputs[:2])
        shapes = [value_of(asked, i).shape for i in node.inputs]
        for place in [c.place for c in claims if c.of.node == node.id]:
            cells = op.cells_at(place, *shapes, **options)
            for first, second in zip(cells[0], cells[1], strict=True):
                if first is None or second is None or not x[first] * k[second]:
                    continue
                term = float(x[first] * k[second])
                told = {
                    "node": At(node.id),
                    "first": At(node.inputs[0], first),
                    "second": At(node.inputs[1], second),
                }
                for how, factor, bits in (
                    ("left out of", 1.0, 0.0),
                    ("given the other sign in", 2.0, 1.0 if term < 0 else 2.5),
                ):
                    edit = Edit(values={node.id: partial(_less, place, factor * term)})
                    where = Place(node.id, cell=place)
                    yield Made(edit, where, bits, {**told, "how": how}, kind=how)


MOST_CELLS = 4
"""Of more claimed cells, terms are not looked at one by one."""


def _less(cell: tuple[int, ...], term: float, operands: Any, y: Any) -> Any:
    return put(y, cell, y[cell] - term)


def _of_the_whole(asked: Asked) -> Iterator[Made]:
    """The average of a whole map: not divided, or by one side."""
    for node in computed(asked, "global_avgpool2d"):
        shape = value_of(asked, node.inputs[0]).shape
        for how, factor in (
            ("not divided", shape[-1] * shape[-2]),
            ("divided by one side", shape[-1]),
        ):
            change = partial(_times_value, float(factor))
            yield from another_value(asked, node, change, how=how)


def _times_value(factor: float, xp: Any, y: Any, x: Any) -> Any:
    return y * factor


def _scaled_mean(mean: Any, options: Any, factor: float, xp: Any, y: Any, x: Any) -> Any:
    return mean.forward(xp, x, **options) * factor


def _largest_amount(op: Any, options: Any, xp: Any, y: Any, x: Any) -> Any:
    """The number with the largest absolute value, or that value."""
    return op.forward(xp, abs(x), **options)


def _picked_cell(op: Any, options: Any, k: int, xp: Any, y: Any, x: Any) -> Any:
    """Of each window one cell by its place."""
    window = op.window(x.shape, **options)
    found = np.empty(y.shape)
    for place in np.ndindex(y.shape):
        there = [cell for cell in window.places(place, x.shape) if cell is not None]
        found[place] = x[there[k]]
    return found


MISTAKES = (
    Mistake(
        "kernel-turned",
        about="working",
        places=_kernels,
        says="the kernel {source} was {how}",
        right="Convolutional networks use the kernel as it stands.",
        bits=4.5,
    ),
    Mistake(
        "one-channel-only",
        about="working",
        places=_one_channel,
        says="only the {how} channel was counted at {node}",
        right="A convolution adds over all input channels.",
        bits=4.5,
    ),
    Mistake(
        "window-setting-left-out",
        about="working",
        places=_settings,
        says="{how} at {node}",
        bits=4.5,
    ),
    Mistake(
        "term-of-window",
        about="working",
        places=_terms,
        says="the term {first} · {second} was {how} {node}",
        bits=4.5,
    ),
    Mistake(
        "average-of-a-map",
        about="working",
        places=_of_the_whole,
        says="the sum of each map was {how}, at {node}",
        bits=5.0,
    ),
    Mistake(
        "another-pool",
        about="working",
        places=_pools,
        says="{how} of each window was taken, at {node}",
        bits=4.5,
    ),
)
