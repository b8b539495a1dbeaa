"""The sentences of a network as volumes: what a layer makes, and what it hands back."""

from __future__ import annotations

import math
from collections.abc import Callable

from gradviz.arrays.digits import typeset
from gradviz.story.neurons.sentences import counted
from gradviz.story.volumes.formulas import VolumeFormulas
from gradviz.story.volumes.names import Names, bends, cells, pool, sides, size
from gradviz.trace.volumes import Cell, Layer, Norms, Skip, VolumeStep, VolumeTrace


class VolumeWords:
    """Says the steps of one walk."""

    def __init__(self, walk: VolumeTrace, formulas: VolumeFormulas, names: Names) -> None:
        self.walk, self.formulas, self.names = walk, formulas, names

    def start(self) -> str:
        """The sentence before the first step."""
        first, count = self.walk.layers[0], len(self.walk.layers) - 1
        layers = counted(count, "layer")
        if first.is_vector:
            return f"{size(first.shape)} numbers will pass through {layers}."
        channels = counted(first.shape[0], "channel")
        return f"{sides(first.shape)} cells in {channels} will pass through {layers}."

    def at_rest(self, backward: bool) -> str:
        """The sentence when a pass is complete."""
        if backward:
            return "Every layer has passed its gradient back."
        total = self.walk.parameters
        said = f"{total:,} parameters" if total else "no parameters"
        count = counted(len(self.walk.layers) - 1, "layer")
        return f"All {count} have made their volumes, with {said}."

    def say(self, step: VolumeStep) -> str:
        """The sentence of a step."""
        layer = self.walk.layers[step.place.layer]
        if step.place.kind == "loss":
            return typeset(self._loss(step))
        if step.place.kind == "back":
            return typeset(self._back(step, layer))
        told: dict[str, Callable[[Layer], str]] = {
            "conv": self._conv,
            "pool": self._pool,
            "flat": self._flat,
            "dense": self._dense,
        }
        return typeset(told.get(layer.form, self._other)(layer))

    # Forward.

    def _conv(self, layer: Layer) -> str:
        assert layer.window is not None
        kernels, channels, deep = layer.shape[0], layer.takes[0], layer.weights[1]
        of = "" if channels == 1 else f" in all {channels} channels"
        if deep != channels:
            of = f" in {deep} of {channels} channels"
        bias = " and a bias" if layer.bias is not None else ""
        make = "makes" if layer.products == 1 and not bias else "make"
        made = f"{counted(layer.products, 'product')}{bias} {make} one cell of its map"
        who = f"Each of {kernels} kernels" if kernels > 1 else "The kernel"
        return f"{who} sees {cells(layer)} cells{of}: {made}."

    def _pool(self, layer: Layer) -> str:
        assert layer.window is not None
        said = f"each window of {cells(layer)} cells"
        if layer.places == 1:
            said = f"all {cells(layer)} cells of a map"
        what = pool(layer).made.format(cells=said)
        channels, now = layer.shape[0], sides(layer.shape)
        if layer.takes[1:] == layer.shape[1:]:
            return f"{what}: each map stays {now}."
        maps = f"each of {channels} maps" if channels > 1 else "the map"
        return f"{what}: {maps} shrinks from {sides(layer.takes)} to {now}."

    def _flat(self, layer: Layer) -> str:
        if not layer.is_vector:
            return f"{size(layer.takes)} numbers are written as a volume of {size(layer.shape)}."
        if len(layer.takes) == 1:
            return f"The {size(layer.takes)} numbers stay in their order."
        cells = f"The {size(layer.takes)} cells"
        return f"{cells} are written as one vector, channel by channel, row by row."

    def _dense(self, layer: Layer) -> str:
        takes = math.prod(layer.takes)
        every = f"all {takes:,} numbers" if takes > 1 else "the one number"
        bias = " and adds a bias" if layer.bias is not None else ""
        units = f"Each of {layer.shape[0]:,} units" if layer.shape[0] > 1 else "The unit"
        return f"{units} weighs {every}{bias}."

    def _other(self, layer: Layer) -> str:
        op = self.walk.trace.graph.op(layer.node)
        said = op.in_prose[0].upper() + op.in_prose[1:] if op.spoken else op.in_prose
        return f"{said} turns {size(layer.takes)} into {size(layer.shape)}."

    def _skip(self, skip: Skip) -> str:
        source, via = self.walk.layers[skip.source], skip.via
        nodes = (source.node, *source.bends)
        later = bends(self.walk, source, nodes[nodes.index(skip.taken) + 1 :])
        name = source.name + (f" (before {' and '.join(later)})" if later else "")
        if via is None:
            return f"A skip adds {name} as it is."
        if via.window is None:
            return f"A skip adds {name}, through a layer of its own."
        kernel = "×".join(map(str, via.window.size))
        through = f"a convolution of {kernel} ({via.parameters:,} parameters)"
        return f"A skip adds {name}, through {through}."

    def _loss(self, step: VolumeStep) -> str:
        name, op = self.formulas.loss, self.walk.trace.graph.op(self.walk.tail[0])
        if step.value is None:
            return f"The loss {name} is computed from the last layer."
        by = f" of {op.called}" if op.spoken else ""
        value = self.formulas.said(step.value)
        is_called = "" if name == "loss" else f" {name} ="
        return f"The last layer goes into the loss{by}:{is_called} {value}."

    # Backward.

    def _back(self, step: VolumeStep, layer: Layer) -> str:
        norms = step.norms
        if layer.form == "pool":
            return self._pool_back(layer)
        if layer.form == "flat":
            put = (
                f"The {size(layer.shape)} gradients go back to their places in {size(layer.takes)}"
            )
            return f"{put}: their numbers stay the same."
        if layer.form == "dense":
            return self._dense_back(layer, norms)
        if layer.form != "conv":
            return f"{layer.name} passes {size(layer.takes)} gradients back."
        if norms.kernel is None:
            return self._passes(layer, norms.input)
        u, samples = self.formulas.rules.upstream, self.walk.batch or 1
        count = layer.places * samples
        if count == 1:
            return f"Each weight was used once: its gradient is one product {u} · x."
        met = f"{sides(layer.shape)} places" + (f" of {samples} samples" if samples > 1 else "")
        return f"Each weight was used at {met}: {count:,} products {u} · x add up."

    def _passes(self, layer: Layer, back: float | None) -> str:
        """What a layer does of whose weights no gradient is asked for."""
        if back is None:
            return f"{layer.name} passes no gradient on."
        name = self._source(layer)
        return f"{name[0].upper()}{name[1:]} receives {size(layer.takes)} gradients."

    def _source(self, layer: Layer) -> str:
        return self.walk.layers[layer.source].name

    def _pool_back(self, layer: Layer) -> str:
        assert layer.window is not None
        said = pool(layer).back.format(count=math.prod(layer.window.size))
        meets = any(s < k for s, k in zip(layer.window.stride, layer.window.span, strict=True))
        overlap = "; cells of several windows add up what they receive" if (
            meets and layer.places > 1
        ) else ""  # fmt: skip
        return f"{said}{overlap}."

    def _dense_back(self, layer: Layer, norms: Norms) -> str:
        if norms.kernel is None:
            return self._passes(layer, norms.input)
        u = self.formulas.rules.upstream
        if (samples := self.walk.batch or 1) > 1:
            return f"Each weight sums its products {u} · x over {samples} samples."
        return f"Each weight receives one product {u} · x, of its unit and its input."

    # Notes.

    def note(self, step: VolumeStep) -> str:
        """How the marked cell came about, what is added, how much work a layer is."""
        layer = self.walk.layers[step.place.layer]
        if step.place.kind == "layer":
            said = [self._cell(layer, step.cell), *map(self._skip, layer.skips), self._work(layer)]
        elif step.place.kind == "back":
            said = [self._upstream(step, layer), self._shared(layer)]
        else:
            said = []
        return typeset(" ".join(filter(None, said)))

    def _work(self, layer: Layer) -> str:
        if layer.shared:
            return "Its weights are those of an earlier layer."
        return f"{layer.work:,} multiplications." if layer.work else ""

    def _shared(self, layer: Layer) -> str:
        graph, kernel = self.walk.trace, layer.kernel
        if kernel is None or graph.uses(kernel) < 2:
            return ""
        return "Its weights are used elsewhere too; this is what they receive from here."

    def _upstream(self, step: VolumeStep, layer: Layer) -> str:
        """What u is, how long, and what goes back."""
        f, norms = self.formulas, step.norms
        if norms.upstream is None or norms.kernel is None:
            return ""
        u, later = f.rules.upstream, bends(self.walk, layer)
        before = f", before {' and '.join(later)}" if later else ""
        said = f"{u}: gradient of what {layer.name} makes{before}, ‖{u}‖ = {f.said(norms.upstream)}"
        if norms.input is None:
            return f"{said}."
        back = f"{self._source(layer)} receives {size(layer.takes)}, ‖dx‖ = {f.said(norms.input)}"
        return f"{said}; {back}."

    def _cell(self, layer: Layer, cell: Cell | None) -> str:
        if cell is None:
            return ""
        f = self.formulas
        where = f"Unit {cell.at[0] + 1}"
        if len(cell.at) > 1:
            maps = "" if layer.shape[0] == 1 else f" of map {cell.at[0] + 1}"
            where = f"Row {cell.at[1] + 1}, column {cell.at[2] + 1}{maps}"
        later = [*bends(self.walk, layer), *(["the skip"] if layer.skips else [])]
        end = f"; after {' and '.join(later)} {f.said(cell.value)}" if later else ""
        if cell.seen:
            seen, digits = cell.seen, f.digits
            if layer.combine == "mean":
                digits = f.digits_for(seen, cell.sum, lambda v: sum(v) / len(v))
            numbers = ", ".join(f.said(v, digits) for v in seen)
            return f"{where}: of {numbers} the {pool(layer).word} is {f.said(cell.sum)}{end}."
        if cell.total is None:
            return f"{where} is {f.said(cell.sum)}{end}."
        made = f"{where}: {counted(cell.count, 'product')} add up to"
        if cell.count == 1:
            made = f"{where}: the product is"
        if cell.bias is None:
            return f"{made} {f.said(cell.sum)}{end}."
        if not cell.bias:
            return f"{made} {f.said(cell.sum)}, the bias is 0{end}."
        digits = f.digits_for([cell.total, cell.bias], cell.sum, sum)
        total, bias = f.said(cell.total, digits), f.said(cell.bias, digits)
        return f"{made} {total}, with the bias {bias} it is {f.said(cell.sum)}{end}."
