"""The sentences of a network as volumes: what a layer makes, and what it hands back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from gradviz.arrays.digits import typeset
from gradviz.story.languages import listed, pattern, say
from gradviz.story.languages.counting import count, spelt
from gradviz.story.volumes.formulas import VolumeFormulas
from gradviz.story.volumes.names import Names, bends, cells, pool, sides, size
from gradviz.trace.volumes import Cell, Layer, Norms, Skip, VolumeStep, VolumeTrace

SEEN: Final = (
    pattern("{cells} cells in {deep} of {channels} channels"),
    pattern("{cells} cells"),
    pattern("{cells} cells in all {channels} channels"),
)
"""What a kernel sees: some of the channels, the only one, all."""
MADE: Final = (
    pattern("{products:product makes|products make} one cell of its map"),
    pattern("{products:product} and a bias make one cell of its map"),
)
"""Without a bias, and with one."""
WEIGHS: Final = (
    (pattern("The unit weighs {numbers}."), pattern("The unit weighs {numbers} and adds a bias.")),
    (
        pattern("Each of {units} units weighs {numbers}."),
        pattern("Each of {units} units weighs {numbers} and adds a bias."),
    ),
)
"""Of one unit and of several: without a bias, and with one."""


class VolumeWords:
    """Says the steps of one walk."""

    def __init__(self, walk: VolumeTrace, formulas: VolumeFormulas, names: Names) -> None:
        self.walk, self.formulas, self.names = walk, formulas, names

    def start(self) -> str:
        """The sentence before the first step."""
        first, layers = self.walk.layers[0], spelt(len(self.walk.layers) - 1)
        if first.is_vector:
            return say(
                "{size} numbers will pass through {layers:layer}.",
                size=size(first.shape),
                layers=layers,
            )
        return say(
            "{sides} cells in {channels:channel} will pass through {layers:layer}.",
            sides=sides(first.shape),
            channels=spelt(first.shape[0]),
            layers=layers,
        )

    def at_rest(self, backward: bool) -> str:
        """The sentence when a pass is complete."""
        if backward:
            return say("Every layer has passed its gradient back.")
        total, layers = self.walk.parameters, spelt(len(self.walk.layers) - 1)
        if not total:
            return say(
                "All {layers:layer} have made their volumes, with no parameters.", layers=layers
            )
        return say(
            "All {layers:layer} have made their volumes, with {total} parameters.",
            layers=layers,
            total=count(total),
        )

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
        seen = say(
            SEEN[0 if deep != channels else 1 if channels == 1 else 2],
            cells=cells(layer),
            channels=channels,
            deep=deep,
        )
        made = say(MADE[layer.bias is not None], products=spelt(layer.products))
        return say(
            "Each of {kernels} kernels sees {seen}: {made}."
            if kernels > 1
            else "The kernel sees {seen}: {made}.",
            kernels=kernels,
            seen=seen,
            made=made,
        )

    def _pool(self, layer: Layer) -> str:
        assert layer.window is not None
        seen = say(
            "all {cells} cells of a map" if layer.places == 1 else "each window of {cells} cells",
            cells=cells(layer),
        )
        made = say(pool(layer).made, cells=seen)
        channels, now = layer.shape[0], sides(layer.shape)
        if layer.takes[1:] == layer.shape[1:]:
            return say("{made}: each map stays {now}.", made=made, now=now)
        return say(
            "{made}: each of {channels} maps shrinks from {before} to {now}."
            if channels > 1
            else "{made}: the map shrinks from {before} to {now}.",
            made=made,
            channels=channels,
            before=sides(layer.takes),
            now=now,
        )

    def _flat(self, layer: Layer) -> str:
        takes, shape = size(layer.takes), size(layer.shape)
        if not layer.is_vector:
            return say(
                "{takes} numbers are written as a volume of {shape}.", takes=takes, shape=shape
            )
        if len(layer.takes) == 1:
            return say("The {takes} numbers stay in their order.", takes=takes)
        return say(
            "The {takes} cells are written as one vector, channel by channel, row by row.",
            takes=takes,
        )

    def _dense(self, layer: Layer) -> str:
        takes = math.prod(layer.takes)
        every = (
            say("all {count} numbers", count=count(takes)) if takes > 1 else say("the one number")
        )
        units, with_bias = layer.shape[0], layer.bias is not None
        return say(WEIGHS[units > 1][with_bias], units=count(units), numbers=every)

    def _other(self, layer: Layer) -> str:
        op = self.walk.trace.graph.op(layer.node)
        said = say(op.in_prose)
        return say(
            "{op} turns {takes} into {shape}.",
            op=said[0].upper() + said[1:] if op.spoken else said,
            shape=size(layer.shape),
            takes=size(layer.takes),
        )

    def _skip(self, skip: Skip) -> str:
        source, via = self.walk.layers[skip.source], skip.via
        nodes = (source.node, *source.bends)
        later = bends(self.walk, source, nodes[nodes.index(skip.taken) + 1 :])
        name = source.name
        if later:
            name = say("{name} (before {bends})", name=name, bends=listed(later))
        if via is None:
            return say("A skip adds {name} as it is.", name=name)
        if via.window is None:
            return say("A skip adds {name}, through a layer of its own.", name=name)
        return say(
            "A skip adds {name}, through a convolution of {kernel} ({count} parameters).",
            name=name,
            kernel="×".join(map(str, via.window.size)),
            count=count(via.parameters),
        )

    def _loss(self, step: VolumeStep) -> str:
        name, op = self.formulas.loss, self.walk.trace.graph.op(self.walk.tail[0])
        if step.value is None:
            return say("The loss {name} is computed from the last layer.", name=name)
        value = self.formulas.said(step.value)
        value = value if name == "loss" else f"{name} = {value}"
        return say(
            "The last layer goes into the loss of {op}: {value}."
            if op.spoken
            else "The last layer goes into the loss: {value}.",
            op=say(op.called),
            value=value,
        )

    # Backward.

    def _back(self, step: VolumeStep, layer: Layer) -> str:
        norms = step.norms
        if layer.form == "pool":
            return self._pool_back(layer)
        if layer.form == "flat":
            return say(
                "The {shape} gradients go back to their places in {takes}: their numbers stay the"
                " same.",
                shape=size(layer.shape),
                takes=size(layer.takes),
            )
        if layer.form == "dense":
            return self._dense_back(layer, norms)
        if layer.form != "conv":
            takes = size(layer.takes)
            return say("{name} passes {takes} gradients back.", name=layer.name, takes=takes)
        if norms.kernel is None:
            return self._passes(layer, norms.input)
        u, samples = self.formulas.rules.upstream, self.walk.batch or 1
        uses = layer.places * samples
        if uses == 1:
            return say("Each weight was used once: its gradient is one product {u} · x.", u=u)
        return say(
            "Each weight was used at {places} places of {samples} samples: {count} products {u} · x"
            " add up."
            if samples > 1
            else "Each weight was used at {places} places: {count} products {u} · x add up.",
            places=sides(layer.shape),
            samples=samples,
            count=count(uses),
            u=u,
        )

    def _passes(self, layer: Layer, back: float | None) -> str:
        """What a layer does of whose weights no gradient is asked for."""
        if back is None:
            return say("{name} passes no gradient on.", name=layer.name)
        name = self._source(layer)
        return say(
            "{name} receives {takes} gradients.",
            name=f"{name[0].upper()}{name[1:]}",
            takes=size(layer.takes),
        )

    def _source(self, layer: Layer) -> str:
        return self.walk.layers[layer.source].name

    def _pool_back(self, layer: Layer) -> str:
        assert layer.window is not None
        said = say(pool(layer).back, count=math.prod(layer.window.size))
        meets = any(s < k for s, k in zip(layer.window.stride, layer.window.span, strict=True))
        if meets and layer.places > 1:
            return say("{back}; cells of several windows add up what they receive.", back=said)
        return f"{said}."

    def _dense_back(self, layer: Layer, norms: Norms) -> str:
        if norms.kernel is None:
            return self._passes(layer, norms.input)
        u = self.formulas.rules.upstream
        if (samples := self.walk.batch or 1) > 1:
            return say(
                "Each weight sums its products {u} · x over {samples} samples.",
                u=u,
                samples=samples,
            )
        return say("Each weight receives one product {u} · x, of its unit and its input.", u=u)

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
            return say("Its weights are those of an earlier layer.")
        return say("{work} multiplications.", work=count(layer.work)) if layer.work else ""

    def _shared(self, layer: Layer) -> str:
        graph, kernel = self.walk.trace, layer.kernel
        if kernel is None or graph.uses(kernel) < 2:
            return ""
        return say("Its weights are used elsewhere too; this is what they receive from here.")

    def _upstream(self, step: VolumeStep, layer: Layer) -> str:
        """What u is, how long, and what goes back."""
        f, norms = self.formulas, step.norms
        if norms.upstream is None or norms.kernel is None:
            return ""
        u, later = f.rules.upstream, bends(self.walk, layer)
        told = say(
            "{u}: gradient of what {name} makes, before {bends}, {norm}"
            if later
            else "{u}: gradient of what {name} makes, {norm}",
            u=u,
            name=layer.name,
            bends=listed(later),
            norm=f"‖{u}‖ = {f.said(norms.upstream)}",
        )
        if norms.input is None:
            return f"{told}."
        return say(
            "{upstream}; {source} receives {takes}, {norm}.",
            upstream=told,
            source=self._source(layer),
            takes=size(layer.takes),
            norm=f"‖dx‖ = {f.said(norms.input)}",
        )

    def _cell(self, layer: Layer, cell: Cell | None) -> str:
        if cell is None:
            return ""
        f = self.formulas
        later = [*bends(self.walk, layer), *([say("the skip")] if layer.skips else [])]
        end = say("; after {bends} {value}", bends=listed(later), value=f.said(cell.value))
        told = {"where": self._where(layer, cell), "end": end if later else ""}
        if cell.seen:
            seen, digits = cell.seen, f.digits
            if layer.combine == "mean":
                digits = f.digits_for(seen, cell.sum, lambda v: sum(v) / len(v))
            return say(
                "{where}: of {numbers} the {word} is {value}{end}.",
                numbers=", ".join(f.said(v, digits) for v in seen),
                word=say(pool(layer).word),
                value=f.said(cell.sum),
                **told,
            )
        if cell.total is None:
            return say("{where} is {value}{end}.", value=f.said(cell.sum), **told)
        told["made"] = say(
            "the product is" if cell.count == 1 else "{products:product} add up to",
            products=spelt(cell.count),
        )
        if cell.bias is None:
            return say("{where}: {made} {value}{end}.", value=f.said(cell.sum), **told)
        if not cell.bias:
            return say(
                "{where}: {made} {value}, the bias is 0{end}.", value=f.said(cell.sum), **told
            )
        digits = f.digits_for([cell.total, cell.bias], cell.sum, sum)
        return say(
            "{where}: {made} {total}, with the bias {bias} it is {value}{end}.",
            total=f.said(cell.total, digits),
            bias=f.said(cell.bias, digits),
            value=f.said(cell.sum),
            **told,
        )

    def _where(self, layer: Layer, cell: Cell) -> str:
        """The place of a cell, at the beginning of a sentence."""
        if len(cell.at) == 1:
            return say("Unit {number}", number=cell.at[0] + 1)
        return say(
            "Row {row}, column {column}"
            if layer.shape[0] == 1
            else "Row {row}, column {column} of map {map}",
            row=cell.at[1] + 1,
            column=cell.at[2] + 1,
            map=cell.at[0] + 1,
        )
