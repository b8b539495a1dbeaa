"""Operands: swapped, transposed, or taken from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations, permutations
from typing import Any

import numpy as np

from gradviz.errors import GradvizError
from gradviz.graph.graph import CONSTANT, Edge, Graph, Node
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import (
    MOST_NEAR,
    always,
    another_value,
    are_neighbours,
    cells,
    computed,
    leaves,
    near_nodes,
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
        for axis, kind in ((-1, 0.0), (0, 1.0)):
            change = partial(_products_summed, axis)
            yield from another_value(asked, node, change, bits=kind)


def _products_summed(axis: int, xp: Any, y: Any, a: Any, b: Any) -> Any:
    return xp.sum(a * b, axis=axis)


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
                kind = kind or "beside" * are_neighbours(source.name, other.name)
                near = near or later
                yield Made(edit, Place(edge.target), 0.0 if near else 2.0, details, kind=kind)


def _earlier_for_later(asked: Asked) -> Iterator[Made]:
    """A named number taken for a later one of the same shape: the layer between left out."""
    working = asked.working
    graph, values = working.graph, working.truth.values
    named = [n for n in graph.nodes if n.name and n.op != CONSTANT][-MOST_NEAR:]
    for later in named:
        if later.is_leaf or (later.id not in asked.values and not asked.is_backward):
            continue
        for earlier in named:
            between = earlier.id in working.above[later.id] - {later.id, *later.inputs}
            alike = between and np.shape(values[earlier.id]) == np.shape(values[later.id])
            if alike and earlier.id not in graph.index_leaves and np.shape(values[later.id]):
                edit = Edit(values={later.id: always(values[earlier.id])})
                details = {"node": At(later.id), "other": At(earlier.id)}
                yield Made(edit, Place(later.id), 0.0, details)


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
            near = are_neighbours(a.name, b.name)
            details = {"node": At(a.id), "other": At(b.id)}
            yield Made(edit, Place(a.id), 0.0 if near else 2.0, details, kind=f"near {near}")


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


def _complement_of_another(asked: Asked) -> Iterator[Made]:
    """1 − f for i: gates that belong together in another cell."""
    nodes = [n for n in computed(asked, "sigmoid") if n.name][:MOST_NEAR]
    for a, b in permutations(nodes, 2):
        mine, theirs = value_of(asked, a), value_of(asked, b)
        if mine.shape == theirs.shape and a.id not in asked.working.above[b.id]:
            edit = Edit(values={a.id: always(1 - theirs)})
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


def _picked(cell: tuple[int, ...], operands: Any, y: Any) -> Any:
    return operands[0][cell]


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
        "steps-between-left-out",
        about="working",
        places=_earlier_for_later,
        says="{other} was taken for {node}: the steps between are missing",
        bits=6.0,
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
        "complement-of-another",
        about="working",
        places=_complement_of_another,
        says="1 − {other} was taken for {node}",
        bits=6.0,
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
)
