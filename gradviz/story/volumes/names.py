"""What the layers of a network are called, and how their sizes are said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from gradviz.ops.op import Op, Shape
from gradviz.story.languages import pattern, say
from gradviz.trace.volumes import Layer, VolumeTrace


class Pool(NamedTuple):
    """How a window without weights becomes one number, as ops declare it (`combine`), in words.

    short  in a figure; most take the largest, which goes without saying.
    made   what becomes of a window's cells; `word`: what the result is called among them.
    back   who receives its gradient.
    """

    combine: str
    short: str
    made: str
    word: str
    back: str


POOLS: Final = {
    pool.combine: pool
    for pool in (
        Pool(
            "max",
            "",
            pattern("The largest of {cells} becomes one cell"),
            pattern("largest"),
            pattern(
                "In each window the cell that was largest receives all of the"
                " gradient, the others 0"
            ),
        ),
        Pool(
            "min",
            "min",
            pattern("The smallest of {cells} becomes one cell"),
            pattern("smallest"),
            pattern(
                "In each window the cell that was smallest receives all of the"
                " gradient, the others 0"
            ),
        ),
        Pool(
            "mean",
            pattern("mean"),
            pattern("The mean of {cells} becomes one cell"),
            pattern("mean"),
            pattern(
                "Each cell of a window receives an equal share, 1/{count}, of its mean's gradient"
            ),
        ),
        Pool(
            "norm",
            "L2",
            pattern("The length ‖·‖ of {cells} becomes one cell"),
            pattern("length"),
            pattern("Each cell of a window receives its share of the length's gradient"),
        ),
    )
}
OTHER: Final = Pool(
    "",
    "",
    pattern("{cells} become one cell"),
    pattern("result"),
    pattern("Each window hands its gradient back"),
)
"""Any other way."""


def pool(layer: Layer) -> Pool:
    """How a layer without weights makes one number of a window."""
    return POOLS.get(layer.combine, OTHER)


def size(shape: Shape) -> str:
    """`16×10×10`, or the number of units with its thousands apart."""
    return "×".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]:,}"


def sides(shape: Sequence[int]) -> str:
    """Rows×columns."""
    return "×".join(map(str, shape[-2:]))


def bends(walk: VolumeTrace, layer: Layer, among: Sequence[int] | None = None) -> list[str]:
    """What is done to a layer's numbers before it hands them on, by these of its nodes or by all:
    `["relu"]`. Each is said once.
    """
    graph = walk.trace.graph
    nodes = [i for i in (layer.bends if among is None else among) if i in set(walk.passed)]
    return _said(graph.op(i) for i in nodes)


def passed(walk: VolumeTrace) -> list[str]:
    """What is not drawn, in words."""
    graph = walk.trace.graph
    return _said(graph.op(i) for i in walk.passed)


def _said(ops: Iterable[Op]) -> list[str]:
    return list(dict.fromkeys(say(op.called).replace("_", " ") for op in ops))


def is_signal(layer: Layer) -> bool:
    """Whether a window slides along one row."""
    return layer.window is not None and layer.takes[1] == layer.window.size[0] == 1


def cells(layer: Layer) -> str:
    """How many cells a window covers: `5×5`, or `3` of a signal."""
    assert layer.window is not None
    return "×".join(map(str, layer.window.size[is_signal(layer) :]))


def how(layer: Layer) -> str:
    """The window of a layer and its stride: `5×5`, `3×3, /2`, `2×2 mean`."""
    if layer.window is None:
        return ""
    window, is_pool = layer.window, layer.kernel is None
    said = cells(layer)
    if is_pool and (short := pool(layer).short):
        said += f" {say(short)}"
    if layer.places > 1 and max(window.stride) > 1 and not (
        is_pool and window.stride == window.size
    ):  # fmt: skip
        steps = window.stride[is_signal(layer) :]
        said += f", /{steps[0] if len(set(steps)) == 1 else '×'.join(map(str, steps))}"
    apart = max(window.dilation)
    return say("{cells}, {apart} apart", cells=said, apart=apart) if apart > 1 else said


class Names:
    """The names of a network's layers: whole in sentences, short in figures."""

    def __init__(self, walk: VolumeTrace) -> None:
        self.walk = walk
        self.full = [layer.name for layer in walk.layers]
        last = [name.rsplit("/", 1)[-1] for name in self.full]
        stems = [name.rstrip("0123456789") or name for name in last]
        self.short = [self._short(k, last, stems) for k in range(len(walk.layers))]

    def _short(self, k: int, last: Sequence[str], stems: Sequence[str]) -> str:
        if self.walk.layers[k].form == "flat" and stems.count(stems[k]) == 1:
            return stems[k]
        path = self.full[k].split("/")
        if last.count(last[k]) > 1 and (len(path) == 1 or self.walk.layers[k].form == "conv"):
            return path[0]
        return last[k] if last.count(last[k]) == 1 else stems[k]

    def of_group(self, members: Sequence[int]) -> str:
        """The name of layers that stand under one label."""
        if len(members) == 1:
            return self.short[members[0]]
        paths = [self.full[k].split("/") for k in members]
        common = [a for a, *rest in zip(*paths, strict=False) if all(a == b for b in rest)]
        if common:
            return "/".join(common)
        first, last = self.short[members[0]], self.short[members[-1]]
        stem = first.rstrip("0123456789")
        is_run = last.startswith(stem) and first != stem and last[len(stem) :].isdigit()
        return f"{first}–{last[len(stem) :]}" if is_run else f"{first} … {last}"
