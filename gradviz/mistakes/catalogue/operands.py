"""Operands: read wrongly, swapped, transposed, or taken from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations, pairwise, permutations
from typing import Any

import numpy as np

from gradviz.errors import GradvizError
from gradviz.graph.graph import CONSTANT, Edge, Graph, Node
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import (
    MOST_NEAR,
    after,
    always,
    another_value,
    are_neighbours,
    cells,
    computed,
    leaves,
    near_nodes,
    put,
    read_as,
    times,
    value_of,
)
from gradviz.mistakes.working import FAILURES
from gradviz.trace.findings import At, Place


def _transposed(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, "matmul", "linear"):
        for slot, i in enumerate(node.inputs[:2]):
            value = value_of(asked, i)
            if value.ndim == 2 and value.shape[0] == value.shape[1]:
                edit = Edit(reads={Edge(i, node.id, slot): lambda v: v.T})
                details = {"node": At(node.id), "source": At(i)}
                yield Made(edit, Place(node.id), 0.0, details)


def _in_another_order(asked: Asked) -> Iterator[Made]:
    """The numbers of a matrix read down its columns where they stand in rows, in its own shape."""
    for node in leaves(asked):
        value = value_of(asked, node)
        if value.ndim == 2 and value.shape[0] != value.shape[1] and min(value.shape) > 1:
            edit = read_as(asked, node.id, lambda v: v.reshape(v.shape[::-1]).T)
            yield Made(edit, Place(node.id), 0.0, {"node": At(node.id)})


def _swapped_product(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, "matmul"):
        yield from another_value(asked, node, lambda xp, y, a, b: xp.matmul(b, a))


def _elementwise(asked: Asked) -> Iterator[Made]:
    for node in computed(asked, "matmul"):
        yield from another_value(asked, node, lambda xp, y, a, b: a * b)
        yield from another_value(asked, node, lambda xp, y, a, b: xp.sum(a * b, axis=-1))


def _another_input(asked: Asked) -> Iterator[Made]:
    """At one use, a neighbour of the same shape: w6 for w5, h2 for h1."""
    graph, values = asked.working.graph, asked.working.truth.values
    for edge in graph.edges:
        source = graph.nodes[edge.source]
        if source.op == CONSTANT or source.id in graph.index_leaves:
            continue
        if edge.target not in asked.values and not asked.is_backward:
            continue
        for other in near_nodes(graph, edge.target):
            within = asked.working.above[source.id]
            older = other.is_leaf and other.id in within and other.op != CONSTANT
            later = bool(other.name) and _follows(graph, source.id, other)
            alike = other.op == source.op or older or later
            if not alike or other.id == source.id or other.id in graph.index_leaves:
                continue
            mine, theirs = value_of(asked, source), value_of(asked, other)
            if mine.shape == theirs.shape and not np.array_equal(mine, theirs):
                near = are_neighbours(source.name, other.name) or (
                    not older and abs(other.id - source.id) == 1
                )
                edit = Edit(reads={edge: always(values[other.id])})
                details = {"node": At(edge.target), "source": At(source.id), "other": At(other.id)}
                kind = "older" if older and not source.is_leaf else "later" if later else ""
                near = near or later
                yield Made(edit, Place(edge.target), 0.0 if near else 2.0, details, kind=kind)


def _follows(graph: Graph, source: int, other: Node) -> bool:
    """Whether a node is the next one with a name that is computed from another."""
    for i in other.inputs:
        unnamed = not graph.nodes[i].name and source in graph.args[i]
        if i == source or unnamed:
            return True
    return False


def _input_for_another(asked: Asked) -> Iterator[Made]:
    """One input taken for another one wherever that stands."""
    nodes = [n for n in leaves(asked) if n.op != CONSTANT][:MOST_NEAR]
    for a, b in permutations(nodes, 2):
        mine, theirs = value_of(asked, a), value_of(asked, b)
        several = len(asked.working.graph.consumers[a.id]) > 1
        if several and mine.shape == theirs.shape and not np.array_equal(mine, theirs):
            edit = read_as(asked, a.id, always(theirs))
            bits = 0.0 if are_neighbours(a.name, b.name) else 1.0
            yield Made(edit, Place(a.id), bits, {"node": At(a.id), "other": At(b.id)})


def _used_squared(asked: Asked) -> Iterator[Made]:
    """An input squared at one use."""
    graph = asked.working.graph
    for node in leaves(asked):
        value = value_of(asked, node)
        if node.op == CONSTANT or np.array_equal(value, value * value):
            continue
        for edge in graph.consumers[node.id]:
            if graph.nodes[edge.target].op in ("mul", "matmul", "div"):
                edit = Edit(reads={edge: lambda v: v * v})
                details = {"node": At(edge.target), "source": At(node.id)}
                yield Made(edit, Place(edge.target), 0.0, details)


def _term_moved(asked: Asked) -> Iterator[Made]:
    """A term of inputs alone, added to an input and not where it stands: decay in the gradient."""
    graph = asked.working.graph
    for node in computed(asked, "add"):
        for slot, i in enumerate(node.inputs):
            if graph.nodes[i].op != "mul" or not all(graph.nodes[j].is_leaf for j in graph.args[i]):
                continue
            term = value_of(asked, i)
            for other in leaves(asked):
                outside = other.id not in graph.args[i] and other.op != CONSTANT
                if outside and value_of(asked, other).shape == term.shape:
                    edit = read_as(asked, other.id, partial(np.add, term))
                    edit = edit | Edit(reads={Edge(i, node.id, slot): times(0)})
                    details = {"node": At(node.id), "source": At(i), "other": At(other.id)}
                    yield Made(edit, Place(node.id), 0.0, details)


def _inputs_swapped(asked: Asked) -> Iterator[Made]:
    """Two inputs taken for each other wherever they stand."""
    nodes = [n for n in leaves(asked) if n.op != CONSTANT]
    for a, b in combinations(nodes[:MOST_NEAR], 2):
        mine, theirs = value_of(asked, a), value_of(asked, b)
        if mine.shape == theirs.shape and not np.array_equal(mine, theirs):
            edit = read_as(asked, a.id, always(theirs)) | read_as(asked, b.id, always(mine))
            bits = 0.0 if are_neighbours(a.name, b.name) else 1.0
            yield Made(edit, Place(a.id), bits, {"node": At(a.id), "other": At(b.id)})


def _elements_swapped(asked: Asked) -> Iterator[Made]:
    for node in leaves(asked):
        value = value_of(asked, node)
        if node.op == CONSTANT or value.size > 16:
            continue
        for p, q in combinations(cells(value.shape), 2):
            if value[p] != value[q] and sum(a != b for a, b in zip(p, q, strict=True)) == 1:
                edit = read_as(asked, node.id, partial(_swapped, p, q))
                details = {"node": At(node.id, p), "other": At(node.id, q)}
                yield Made(edit, Place(node.id, cell=p), 0.0, details)


def _reversed(asked: Asked) -> Iterator[Made]:
    for node in leaves(asked):
        value = value_of(asked, node)
        if value.ndim == 1 and value.size > 2:
            edit = read_as(asked, node.id, lambda v: v[::-1])
            yield Made(edit, Place(node.id), 0.0, {"node": At(node.id)})


def _another_element(asked: Asked) -> Iterator[Made]:
    """Another element picked: the label counted from 1, the neighbouring class."""
    for node in computed(asked, "index"):
        source = value_of(asked, node.inputs[0])
        true = value_of(asked, node)
        for cell in cells(source.shape) if not true.shape else ():
            if source[cell] != true:
                edit = Edit(values={node.id: partial(_picked, cell)})
                details = {"source": At(node.inputs[0], cell)}
                yield Made(edit, Place(node.id), 0.0, details)


def _another_label(asked: Asked) -> Iterator[Made]:
    graph = asked.working.graph
    for node in graph.nodes:
        if node.id not in graph.index_leaves or not node.is_leaf:
            continue
        value = value_of(asked, node)
        if value.dtype.kind not in "iu" or value.size > 16:
            continue
        for shift, how in ((1, "one too high"), (-1, "one too low")):
            edit = read_as(asked, node.id, partial(_shifted, shift))
            yield Made(edit, Place(node.id), 0.0, {"node": At(node.id), "how": how})


def _another_class(asked: Asked) -> Iterator[Made]:
    """The label of a composite, whose inside has it no more: its value with the next class."""
    trace, inner = asked.working.trace, asked.working.inner
    for node in trace.graph.nodes:
        op = trace.graph.ops[node.id]
        if op is None or node.id not in inner or inner[node.id] not in asked.values:
            continue
        for slot in range(len(node.inputs)):
            if not op.may_be_label(slot):
                continue
            operands = [trace.values[i] for i in node.inputs]
            if np.asarray(operands[slot]).dtype.kind not in "iu":
                continue
            for shift, how in ((-1, "one too low"), (1, "one too high")):
                moved = [v + shift if k == slot else v for k, v in enumerate(operands)]
                try:
                    made = trace.xp.asarray(op.forward(trace.xp, *moved, **node.options))
                except (GradvizError, *FAILURES):
                    continue
                edit = Edit(values={inner[node.id]: always(made)})
                label = np.asarray(operands[slot])
                text = str(label.item()) if label.size == 1 else "of every sample"
                details = {"how": how, "label": text}
                yield Made(edit, Place(inner[node.id]), 0.0, details)


def _misread(asked: Asked) -> Iterator[Made]:
    """The point in the wrong place, the number of the neighbouring cell, or no number at all."""
    for node in leaves(asked):
        value = value_of(asked, node)
        if node.op == CONSTANT and not value.shape:
            continue
        for cell in cells(value.shape) or ([()] if not value.shape else []):
            number = float(value[cell])
            for factor in (10.0, 0.1):
                if number:
                    yield _read(asked, node.id, cell, number, number * factor, 0.0, "point")
            if number and value.shape:
                yield _read(asked, node.id, cell, number, 0.0, 0.0, "nothing")
            if number not in (0.0, 1.0):
                yield _read(asked, node.id, cell, number, 1.0, 3.0, "one")
            for other in _digits_swapped(number):
                yield _read(asked, node.id, cell, number, other, 1.0, "swapped")


def _read(
    asked: Asked,
    node: int,
    cell: tuple[int, ...],
    true: float,
    wrong: float,
    bits: float,
    kind: str,
) -> Made:
    edit = read_as(asked, node, lambda v: put(v, cell, wrong))
    details = {"node": At(node, cell), "number": f"{true:g}", "other": f"{wrong:g}"}
    return Made(edit, Place(node, cell=cell), bits, details, kind=kind)


def _digit_misread(asked: Asked) -> Iterator[Made]:
    """One digit of a number that is given, read as another."""
    nodes = [n for n in leaves(asked) if n.op != CONSTANT or value_of(asked, n).shape]
    if sum(value_of(asked, n).size for n in nodes) > MOST_MISREAD:
        return
    for node in nodes:
        value = value_of(asked, node)
        for cell in cells(value.shape) or [()]:
            text = f"{float(value[cell]):g}"
            for k, c in enumerate(text):
                for d in "0123456789" if c.isdigit() and "e" not in text else "":
                    if d != c:
                        wrong = float(f"{text[:k]}{d}{text[k + 1 :]}")
                        bits = 0.0 if abs(int(d) - int(c)) == 1 else 1.5
                        yield _read(asked, node.id, cell, float(text), wrong, bits, "digit")


def _digits_swapped(number: float) -> Iterator[float]:
    """12 for 21, 0.1324 for 0.1234: two digits beside each other."""
    text = f"{number:.10g}"
    digits = [k for k, c in enumerate(text) if c.isdigit() and "e" not in text]
    digits = digits[next((i for i, k in enumerate(digits) if text[k] != "0"), 0) :]
    for i, j in pairwise(digits) if len(digits) <= MOST_DIGITS else ():
        if text[i] != text[j]:
            yield float(f"{text[:i]}{text[j]}{text[i + 1 : j]}{text[i]}{text[j + 1 :]}")


def _exchanged(asked: Asked) -> Iterator[Made]:
    """In a sum of two products, the weights exchanged: (1 − β) m + β g."""
    graph, values = asked.working.graph, asked.working.truth.values
    for node in computed(asked, "add", "sub"):
        first, second = (graph.nodes[i] for i in node.inputs)
        if first.op != "mul" or second.op != "mul":
            continue
        for one in (0, 1):
            for two in (0, 1):
                a, b = first.inputs[one], second.inputs[two]
                mine, theirs = value_of(asked, a), value_of(asked, b)
                alike = mine.shape == theirs.shape or not (mine.shape and theirs.shape)
                if a == b or not alike or np.array_equal(mine, theirs):
                    continue
                swapped = {
                    Edge(a, first.id, one): always(values[b]),
                    Edge(b, second.id, two): always(values[a]),
                }
                details = {"node": At(node.id), "source": At(a), "other": At(b)}
                shares = np.allclose(mine + theirs, 1)
                bits, kind = (-1.0, "shares") if shares else (0.0, "")
                yield Made(Edit(reads=swapped), Place(node.id), bits, details, kind=kind)


def _computed_swapped(asked: Asked) -> Iterator[Made]:
    """Two named numbers of the same make taken for each other: the gates f and o."""
    nodes = [n for n in computed(asked) if n.name][:MOST_NEAR]
    values, above = asked.working.truth.values, asked.working.above
    for a, b in combinations(nodes, 2):
        mine, theirs = value_of(asked, a), value_of(asked, b)
        apart = a.id not in above[b.id] and b.id not in above[a.id]
        if a.op == b.op and mine.shape == theirs.shape and apart:
            if np.array_equal(mine, theirs):
                continue
            edit = read_as(asked, a.id, always(values[b.id]))
            edit = edit | read_as(asked, b.id, always(values[a.id]))
            yield Made(edit, Place(a.id), 0.0, {"node": At(a.id), "other": At(b.id)})


def _mean_taken_off(asked: Asked) -> Iterator[Made]:
    for node in leaves(asked):
        value = value_of(asked, node)
        if node.op != CONSTANT and value.ndim and value.size > 2 and value.mean():
            edit = read_as(asked, node.id, lambda v: v - np.mean(v, -1, keepdims=True))
            yield Made(edit, Place(node.id), 0.0, {"node": At(node.id)})
            edges = asked.working.graph.consumers[node.id]
            for edge in edges if len(edges) > 1 else ():
                one = Edit(reads={edge: edit.reads[edge]})
                yield Made(one, Place(edge.target), 0.5, {"node": At(node.id)})


def _one_hot(asked: Asked) -> Iterator[Made]:
    """Shares taken as a label: 1 for the largest, 0 for the others."""
    for node in leaves(asked):
        p = value_of(asked, node)
        if p.ndim and p.shape[-1] > 1 and (p >= 0).all() and np.allclose(p.sum(-1), 1):
            hot = (p == p.max(-1, keepdims=True)).astype(float)
            if not np.array_equal(hot, p):
                edit = read_as(asked, node.id, always(hot))
                yield Made(edit, Place(node.id), 0.0, {"node": At(node.id)})


def _counted(asked: Asked) -> Iterator[Made]:
    """A whole number that counts steps or samples, one too high or too low."""
    graph = asked.working.graph
    for node in leaves(asked):
        value = value_of(asked, node)
        if node.op == CONSTANT or value.shape or value != np.round(value) or value < 1:
            continue
        powers = [e for e in graph.consumers[node.id] if graph.op(e.target).role(e.slot)]
        for shift, how in ((-1, "low"), (1, "high")):
            edit = read_as(asked, node.id, always(value + shift))
            details = {"node": At(node.id), "how": how, "number": f"{float(value + shift):g}"}
            kind = "exponent" if powers else "number"
            yield Made(edit, Place(node.id), 0.0 if powers else 1.5, details, kind=kind)


def _point_on_the_way(asked: Asked) -> Iterator[Made]:
    """The decimal point of a number on the way."""
    for node in computed(asked):
        value = value_of(asked, node)
        if value.dtype.kind != "f" or value.shape or node.id == asked.working.graph.output:
            continue
        for factor, side in ((10.0, "right"), (0.1, "left")):
            edit = Edit(values={node.id: after(times(factor))})
            yield Made(edit, Place(node.id), 0.0, {"node": At(node.id), "side": side})


def _neighbour(asked: Asked) -> Iterator[Made]:
    for node in leaves(asked):
        value = value_of(asked, node)
        for cell in cells(value.shape):
            for axis in range(value.ndim):
                for step in (-1, 1):
                    other = (*cell[:axis], cell[axis] + step, *cell[axis + 1 :])
                    if not 0 <= other[axis] < value.shape[axis] or value[other] == value[cell]:
                        continue
                    edit = read_as(asked, node.id, partial(_copied, cell, other))
                    details = {"node": At(node.id, cell), "other": At(node.id, other)}
                    yield Made(edit, Place(node.id, cell=cell), 0.0, details)


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
        ):
            changed = change(kernel)
            if changed.shape == kernel.shape and not np.array_equal(changed, kernel):
                edit = Edit(reads={edge: change})
                yield Made(edit, Place(node.id), bits, details | {"how": how}, kind=how)


def _one_channel(asked: Asked) -> Iterator[Made]:
    """Of an image only the first channel."""
    for node in computed(asked, "conv2d"):
        x = value_of(asked, node.inputs[0])
        axis = x.ndim - 3
        if x.ndim in (3, 4) and x.shape[axis] > 1:
            mask = np.zeros([x.shape[axis], 1, 1])
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
        if node.op == "avgpool2d":
            size = value_of(asked, node.inputs[0]).size / max(value_of(asked, node).size, 1)
            yield from another_value(
                asked, node, lambda xp, y, x, n=size: y * n, how="the sum", bits=1.0
            )


MOST_DIGITS = 6
"""Longer numbers are copied by no hand."""
MOST_MISREAD = 16
"""Numbers of which single digits are looked at."""
Cell = tuple[int, ...]


def _swapped(p: Cell, q: Cell, array: Any) -> Any:
    return put(put(array, p, array[q]), q, array[p])


def _copied(to: Cell, source: Cell, array: Any) -> Any:
    return put(array, to, array[source])


def _picked(cell: Cell, operands: Any, y: Any) -> Any:
    return operands[0][cell]


def _picked_cell(op: Any, options: Any, k: int, xp: Any, y: Any, x: Any) -> Any:
    """Of each window one cell by its place."""
    window = op.window(x.shape, **options)
    found = np.empty(y.shape)
    for place in np.ndindex(y.shape):
        there = [cell for cell in window.places(place, x.shape) if cell is not None]
        found[place] = x[there[k]]
    return found


def _shifted(by: int, labels: Any) -> Any:
    return labels + by


MISTAKES = (
    Mistake(
        "used-transposed",
        about="working",
        places=_transposed,
        says="{source} was used transposed in {node}",
        bits=4.5,
    ),
    Mistake(
        "filled-column-by-column",
        about="working",
        places=_in_another_order,
        says="the numbers of {node} were read column by column, not row by row",
        bits=6.0,
    ),
    Mistake(
        "product-turned-around",
        about="working",
        places=_swapped_product,
        says="the factors of {node} were swapped",
        bits=5.0,
    ),
    Mistake(
        "element-by-element",
        about="working",
        places=_elementwise,
        says="{node} was multiplied element by element",
        bits=6.0,
    ),
    Mistake(
        "another-input",
        about="working",
        places=_another_input,
        says="{other} was taken for {source} in {node}",
        bits=5.0,
    ),
    Mistake(
        "input-for-another",
        about="working",
        places=_input_for_another,
        says="{other} was taken for {node} everywhere",
        bits=6.0,
    ),
    Mistake(
        "used-squared",
        about="working",
        places=_used_squared,
        says="{source} was squared in {node}",
        bits=6.0,
    ),
    Mistake(
        "term-moved",
        about="working",
        places=_term_moved,
        says="{source} was added to {other}, not where it stands in {node}",
        bits=5.0,
    ),
    Mistake(
        "inputs-swapped",
        about="working",
        places=_inputs_swapped,
        says="{node} and {other} were taken for each other",
        bits=5.5,
    ),
    Mistake(
        "elements-swapped",
        about="working",
        places=_elements_swapped,
        says="{node} and {other} were mixed up",
        bits=5.5,
    ),
    Mistake(
        "read-backwards",
        about="working",
        places=_reversed,
        says="the numbers of {node} were taken in the reverse order",
        bits=7.5,
    ),
    Mistake(
        "another-element",
        about="working",
        places=_another_element,
        says="{source} was taken",
        bits=5.0,
    ),
    Mistake(
        "another-label",
        about="working",
        places=_another_label,
        says="the label {node} is {how}",
        right="Classes are counted from 0.",
        bits=4.0,
    ),
    Mistake(
        "another-class",
        about="working",
        places=_another_class,
        says="the label taken is {how}: it is {label}",
        right="Classes are counted from 0.",
        bits=4.0,
    ),
    Mistake(
        "number-misread",
        about="working",
        places=_misread,
        says="{number} was read as {other} in {node}",
        bits=5.5,
    ),
    Mistake(
        "digit-misread",
        about="working",
        places=_digit_misread,
        says="{number} was read as {other} in {node}",
        bits=5.5,
    ),
    Mistake(
        "weights-exchanged",
        about="working",
        places=_exchanged,
        says="{source} and {other} were exchanged in {node}",
        bits=4.5,
    ),
    Mistake(
        "computed-swapped",
        about="working",
        places=_computed_swapped,
        says="{node} and {other} were taken for each other",
        bits=5.5,
    ),
    Mistake(
        "mean-taken-off",
        about="working",
        places=_mean_taken_off,
        says="the mean of {node} was subtracted",
        bits=5.5,
    ),
    Mistake(
        "shares-taken-as-label",
        about="working",
        places=_one_hot,
        says="{node} was taken as a label: 1 for the largest, 0 for the others",
        bits=5.0,
    ),
    Mistake(
        "counted-wrongly",
        about="working",
        places=_counted,
        says="{node} was taken as {number}, one too {how}",
        bits=4.5,
    ),
    Mistake(
        "point-misplaced-on-the-way",
        about="working",
        places=_point_on_the_way,
        says="the decimal point of {node} is one place too far to the {side}",
        bits=6.5,
    ),
    Mistake(
        "neighbour-read",
        about="working",
        places=_neighbour,
        says="{other} was read for {node}",
        bits=5.5,
    ),
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
        "another-pool",
        about="working",
        places=_pools,
        says="{how} of each window was taken, at {node}",
        bits=4.5,
    ),
)
