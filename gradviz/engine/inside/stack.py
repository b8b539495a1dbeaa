"""Finding the layers of a convolutional network in its graph: volumes, one made of the other.

A layer is recognised by what its op declares, not by its name: a window that slides over rows and
columns (`window`, or `cells` that cover all of them), a product of everything with weights, a
volume written as a vector. What keeps every size belongs to the layer before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gradviz.errors import ValueInputError
from gradviz.graph.declared import is_parameter
from gradviz.graph.graph import CONSTANT, INPUT, Graph, labels
from gradviz.ops.op import Op, Shape, say_shape
from gradviz.ops.windows.window import Window
from gradviz.trace.volumes import Form, Layer, Skip

WORDS: Final[dict[Form, str]] = {
    "conv": "conv",
    "pool": "pool",
    "flat": "flatten",
    "dense": "fc",
    "other": "layer",
}
"""How layers without a name of their own are called."""
MOST_LAYERS: Final = 80


@dataclass(frozen=True)
class Stack:
    """The layers of a network, the image first, and what follows them; `axes` is the number of axes
    that its windows move along.
    """

    layers: tuple[Layer, ...]
    tail: tuple[int, ...]
    batch: int | None
    passed: tuple[int, ...]
    parameters: int
    axes: int


def stack(graph: Graph) -> Stack:
    """The layers of a bound graph. Raises ValueInputError, with the reason, where it has none."""
    return _Finder(graph).stack()


class _Finder:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.labels = labels(graph)
        self.path = self._before(graph.output)
        self.layers: list[Layer] = []
        self.owner: dict[int, int] = {}
        """The layer whose numbers a node holds, or what became of them."""
        self.passed: list[int] = []
        self.tail: list[int] = []

    def stack(self) -> Stack:
        first = next((i for i in self.path if self._slides(i) is not None), None)
        if first is None:
            raise ValueInputError(
                "volumes are for networks with windows, and nothing slides over this one's inputs",
                expected="a network with a convolution or a pool, such as net:lenet5",
            )
        self._begin(first)
        for node in self.path:
            ins = [i for i in self.graph.args[node] if i in self.owner]
            if ins and node not in self.owner:
                self._take(node, ins)
        self._end()
        if len(self.layers) > MOST_LAYERS:
            raise ValueInputError(
                f"{len(self.layers):,} layers do not fit into one row of volumes",
                expected=f"up to {MOST_LAYERS}",
            )
        layers = tuple(self._named())
        rest = self._passed(), self._parameters(), self.axes
        return Stack(layers, tuple(self.tail), self.batch, *rest)

    # The graph.

    def _before(self, node: int) -> tuple[int, ...]:
        """A node and all that it depends on, in order."""
        found, waiting = {node}, [node]
        while waiting:
            new = set(self.graph.args[waiting.pop()]) - found
            found |= new
            waiting += new
        return tuple(sorted(found))

    def _shape(self, node: int) -> Shape:
        return tuple(self.graph.nodes[node].shape or ())

    def _shapes(self, node: int) -> list[Shape]:
        return [self._shape(i) for i in self.graph.args[node]]

    def _said(self, node: int) -> str:
        return self.labels.get(node, f"node {node}")

    def _slides(self, node: int) -> Window | None:
        """The window of a node over rows and columns; of a pool over everything, all of it."""
        op = self.graph.ops[node]
        if op is None:
            return None
        options = self.graph.nodes[node].options
        if op.window is not None:
            found: Window = op.window(*self._shapes(node), **options)
            return _over_two(found)
        shape = self._shapes(node)[0]
        whole = op.combine and op.channel_axis is not None and len(self.graph.args[node]) == 1
        if whole and len(shape) > 1 and self._shape(node)[-2:] == (1, 1):
            return Window(shape[-2:], (1, 1), ((0, 0), (0, 0)), (1, 1))
        return None

    def _rank(self, node: int) -> int:
        """How many axes a window moves along."""
        op = self.graph.op(node)
        if op.window is None:
            return 2
        found: Window = op.window(*self._shapes(node), **self.graph.nodes[node].options)
        return len(found.size)

    # The layers.

    def _begin(self, first: int) -> None:
        """The image: what the first window slides over."""
        operand = self.graph.args[first][0]
        shape, self.axes = self._shape(operand), self._rank(first)
        self.rank, extra = len(shape), len(shape) - self.axes - 1
        if extra > 1:
            raise ValueInputError(
                "volumes have channels, rows and columns, and one axis for a batch",
                where=self._said(operand),
                got=say_shape(shape),
            )
        self.batch = shape[0] if extra == 1 else None
        self.lead = int(extra == 1)
        leaf = self._leaf(operand)
        size = self._volume(shape)
        self.layers.append(Layer(self._said(leaf), "image", operand, operand, 0, operand, size))
        self.owner[operand] = 0

    def _leaf(self, node: int) -> int:
        """What was given for the image, before it was reshaped or scaled."""
        while (op := self.graph.ops[node]) is not None:
            ins = [i for i in self.graph.args[node] if self.graph.nodes[i].op != CONSTANT]
            if len(ins) != 1 or not (op.moves or op.elementwise):
                break
            (node,) = ins
        return node

    def _volume(self, shape: Shape) -> Shape:
        """Channels, rows and columns of a volume."""
        own = shape[self.lead :]
        ahead = 3 - len(own)
        return own if not ahead else (*own[: -self.axes], *((1,) * ahead), *own[-self.axes :])

    def _size(self, shape: Shape, *, volume: bool) -> Shape:
        own = shape[self.lead :]
        return self._volume(shape) if volume else (math.prod(own),)

    def _take(self, node: int, ins: Sequence[int]) -> None:
        """Put a node into the layer that it belongs to, or begin a new one."""
        op = self.graph.op(node)
        owners = {self.owner[i] for i in ins}
        window = self._slides(node)
        if self.tail and window is not None:
            raise self._branches(node)
        if self.tail:
            self.tail.append(node)
        elif window is not None and self.graph.args[node][0] in self.owner and len(set(ins)) == 1:
            self._slide(node, op, window)
        elif self._weighs(node, op, ins):
            self._add(node, "dense", ins[0], volume=False)
        elif self._ends(node, op, ins):
            self.tail.append(node)
        elif len(owners) > 1:
            self._join(node, op, sorted(owners))
        elif self._keeps(node, ins[0]):
            self._pass(node, ins[0])
        elif len(set(ins)) == 1:
            self._remake(node, op, ins[0])
        else:
            self._refuse(node, op)

    def _weighs(self, node: int, op: Op, ins: Sequence[int]) -> bool:
        return (
            op.combine == "products"
            and op.channel_axis is None
            and len(self.graph.args[node]) > 1
            and len(set(ins)) == 1
            and ins[0] in self.graph.args[node][:2]
        )

    def _ends(self, node: int, op: Op, ins: Sequence[int]) -> bool:
        """Whether the loss begins here: one number is left of several, or a label is taken."""
        sizes = math.prod(self._shape(node)), max(math.prod(self._shape(i)) for i in ins)
        takes_label = any(op.role(s) == "label" for s in range(len(self.graph.args[node])))
        is_one = not self._shape(node) and not op.elementwise
        return takes_label or ((sizes[0] == 1 < sizes[1] or is_one) and not op.moves)

    def _keeps(self, node: int, before: int) -> bool:
        """Whether a node has the sizes of what it takes."""
        now, was = self._shape(node), self._shape(before)
        if self.graph.op(node).combine:
            return False
        if now == was:
            return True
        is_volume = not self.layers[self.owner[before]].is_vector
        squeezed = self.graph.op(node).moves and math.prod(now) == math.prod(was)
        return squeezed and not is_volume and len(now) != self.rank

    def _slide(self, node: int, op: Op, window: Window) -> None:
        weighs = op.combine == "products"
        if op.window is not None and self._rank(node) != self.axes:
            self._refuse(node, op)
        made = self._add(node, "conv" if weighs else "pool", self.graph.args[node][0])
        self.layers[made] = replace(self.layers[made], window=window)

    def _remake(self, node: int, op: Op, before: int) -> None:
        """A volume written as a vector, a vector as a volume, or anything else."""
        shape = self._shape(node)
        weighs = op.combine == "products"
        others = [i for i in self.graph.args[node] if i != before]
        if not weighs and any(self.graph.nodes[i].op != CONSTANT for i in others):
            self._refuse(node, op)
        same = math.prod(shape) == math.prod(self._shape(before))
        volume = len(shape) == self.rank and self.rank - self.lead > 1
        self._add(node, "flat" if op.moves and same else "other", before, volume=volume)

    def _add(self, node: int, form: Form, before: int, *, volume: bool = True) -> int:
        """A new layer. Returns its number."""
        source, op = self.owner[before], self.graph.op(node)
        if self.lead and self._shape(node)[:1] != (self.batch,):
            raise ValueInputError(
                "volumes show one sample of a batch, and here the samples are mixed",
                where=self._said(node),
                got=say_shape(self._shape(node)),
                hint="give one sample, without the axis of the batch",
            )
        kernel, bias = self._weights(node, op, before) if form != "flat" else (None, None)
        options, shape = self.graph.nodes[node].options, self._shape(node)
        work = op.work(shape, *self._shapes(node), **options) if op.work else 0
        trained = [i for i in (kernel, bias) if i is not None and self._is_trained(i)]
        known = {i for layer in self.layers for i in (layer.kernel, layer.bias)}
        made = Layer(
            "",
            form,
            node,
            node,
            source,
            before,
            self._size(shape, volume=volume),
            self.layers[source].shape,
            combine=op.combine,
            kernel=kernel,
            bias=bias,
            weights=() if kernel is None else self._shape(kernel),
            parameters=sum(math.prod(self._shape(i)) for i in trained),
            shared=kernel is not None and kernel in known,
            work=work // (self.batch or 1),
        )
        self.layers.append(made)
        self.owner[node] = len(self.layers) - 1
        return self.owner[node]

    def _weights(self, node: int, op: Op, before: int) -> tuple[int | None, int | None]:
        """The nodes of a layer's kernel and bias."""
        if op.combine != "products":
            return None, None
        kernel = bias = None
        for slot, i in enumerate(self.graph.args[node]):
            if op.role(slot) == "bias":
                bias = i
            elif i != before:
                kernel = i
        return kernel, bias

    def _is_trained(self, node: int) -> bool:
        return any(self.graph.nodes[i].op == INPUT for i in self._before(node))

    def _pass(self, node: int, before: int) -> None:
        """A node that keeps every size: an activation, a bias, normalisation, dropout."""
        k = self.owner[before]
        layer, op = self.layers[k], self.graph.op(node)
        self.owner[node] = k
        bias = layer.bias
        others = [i for i in self.graph.args[node] if i not in self.owner]
        if op.operator == "+" and layer.kernel is not None and bias is None and not layer.bends:
            (bias,) = others or (None,)
            if bias is not None and self._is_trained(bias):
                more = layer.parameters + math.prod(self._shape(bias))
                layer = replace(layer, bias=bias, parameters=more)
        self.layers[k] = replace(layer, value=node, bends=(*layer.bends, node))

    # Skips.

    def _join(self, node: int, op: Op, owners: Sequence[int]) -> None:
        """A sum of what a layer makes and of an earlier layer's value."""
        if (
            op.operator != "+"
            or len(owners) != 2
            or len(set(map(self._shape, self._own(node)))) > 1
        ):
            self._refuse(node, op)
        ways = [self._way(k) for k in owners]
        meet = max(set(ways[0]) & set(ways[1]))
        bodies = [[k for k in way if k > meet] for way in ways]
        main, side = (0, 1) if len(bodies[0]) > len(bodies[1]) else (1, 0)
        if len(bodies[side]) > 1:
            raise ValueInputError(
                "volumes stand in one row, and two branches of several layers meet here",
                where=self._said(node),
                expected="a chain of layers, with skips of one layer at most",
            )
        via = None
        k = owners[main]
        if bodies[side]:
            (gone,) = bodies[side]
            if any(gone in (layer.source,) for layer in self.layers[gone + 1 :]):
                self._refuse(node, op)
            via = self.layers[gone]
            k = self._drop(gone, k)
        self.owner[node] = k
        layer = self.layers[k]
        skip = Skip(meet, node, self._added(node, meet) if via is None else via.operand, via)
        self.layers[k] = replace(
            layer, value=node, bends=(*layer.bends, node), skips=(*layer.skips, skip)
        )

    def _added(self, node: int, source: int) -> int:
        """The operand of a sum that is a layer's."""
        return next(i for i in self.graph.args[node] if self.owner.get(i) == source)

    def _own(self, node: int) -> list[int]:
        return [i for i in self.graph.args[node] if i in self.owner]

    def _way(self, layer: int) -> list[int]:
        """A layer and those before it, back to the image."""
        found = [layer]
        while found[-1]:
            found.append(self.layers[found[-1]].source)
        return found

    def _drop(self, gone: int, k: int) -> int:
        """Take a layer out of the row. Returns the new number of another."""

        def now(at: int) -> int:
            return at - (at > gone)

        del self.layers[gone]
        self.layers = [
            replace(
                layer,
                source=now(layer.source),
                skips=tuple(replace(s, source=now(s.source)) for s in layer.skips),
            )
            for layer in self.layers
        ]
        self.owner = {i: now(at) for i, at in self.owner.items() if at != gone}
        return now(k)

    # The end.

    def _end(self) -> None:
        """Give the loss what belongs to it; check that the layers are one row."""
        for k, layer in enumerate(self.layers[1:], 1):
            before = self.layers[k - 1]
            if layer.source != k - 1 or layer.operand != before.value:
                raise self._branches(layer.node)
        last = self.layers[-1]
        if not self.tail:
            return
        added = {s.node for s in last.skips}
        kept: list[int] = []
        for node in last.bends:
            is_bias = last.bias in self.graph.args[node]
            if self.graph.op(node).operator and not is_bias and node not in added:
                break
            kept.append(node)
        self.tail = [*last.bends[len(kept) :], *self.tail]
        value = kept[-1] if kept else last.node
        self.layers[-1] = replace(last, value=value, bends=tuple(kept))

    def _passed(self) -> tuple[int, ...]:
        """The nodes that are not drawn: neither layers, nor biases, nor skips."""
        found = []
        for layer in self.layers:
            skips = {s.node for s in layer.skips}
            for node in layer.bends:
                is_bias = layer.bias in self.graph.args[node]
                if node not in skips and not is_bias:
                    found.append(node)
        return tuple(found)

    def _parameters(self) -> int:
        """How many numbers the whole network trains."""
        via = [s.via for layer in self.layers for s in layer.skips if s.via is not None]
        own = {i for x in (*self.layers, *via) for i in (x.kernel, x.bias) if i is not None}
        leaves = {i for k in own for i in self._before(k) if self.graph.nodes[i].op == INPUT}
        declared = {n.id for n in self.graph.nodes if n.op == INPUT and is_parameter(n.options)}
        return sum(math.prod(self._shape(i)) for i in leaves | declared)

    def _named(self) -> Iterator[Layer]:
        """The layers with their names."""
        scopes = [self.graph.nodes[layer.node].scope for layer in self.layers]
        count: dict[str, int] = {}
        for k, layer in enumerate(self.layers):
            word = WORDS.get(layer.form, "")
            count[word] = count.get(word, 0) + 1
            named = [self.graph.nodes[i].name for i in (layer.node, *layer.bends)]
            own = next(filter(None, named), "")
            if not k:
                yield layer
            elif scopes[k] and scopes.count(scopes[k]) == 1:
                yield replace(layer, name=scopes[k])
            else:
                yield replace(layer, name=own or f"{word}{count[word]}")

    def _branches(self, node: int) -> ValueInputError:
        return ValueInputError(
            "volumes stand in one row, and here the network branches",
            where=self._said(node),
            expected="a chain of layers",
        )

    def _refuse(self, node: int, op: Op) -> None:
        raise ValueInputError(
            f"volumes are a chain of convolutions, pools and layers, and {op.in_prose} is none of"
            " them here",
            where=self._said(node),
            expected="layers that each take the one before",
        )


def _over_two(window: Window) -> Window:
    """A window over one axis as one over two, of which the first has size 1."""
    if len(window.size) == 2:
        return window
    return Window(
        (1, *window.size), (1, *window.stride), ((0, 0), *window.padding), (1, *window.dilation)
    )
