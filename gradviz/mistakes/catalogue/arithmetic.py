"""Sums, products and quotients: operations swapped, operands and factors left out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.graph.graph import CONSTANT, INPUT, Edge
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import (
    always,
    another_value,
    computed,
    instead,
    into,
    is_real,
    numbers,
    read_as,
    scaled,
    times,
    value_of,
)
from gradviz.trace.findings import At, Place


def _term(asked: Asked) -> Iterator[Made]:
    """An operand of a sum counted as 0."""
    graph = asked.working.graph
    for node in computed(asked, "add", "sub"):
        for slot, i in enumerate(node.inputs):
            edge = Edge(i, node.id, slot)
            leaf = graph.nodes[i]
            kind = leaf.op if leaf.is_leaf else "computed"
            bits = {CONSTANT: -0.5, INPUT: 0.0}.get(kind, 0.5)
            if slot and node.op == "sub" and (value_of(asked, node.inputs[0]) == 1).all():
                bits += 1.0  # of 1 − x, which is left out as a whole
            details = {"node": At(node.id), "source": At(i)}
            if value_of(asked, i).any():
                edit = Edit(reads={edge: lambda v: 0 * v})
                yield Made(edit, Place(node.id), bits, details, kind=kind)


def _term_twice(asked: Asked) -> Iterator[Made]:
    graph = asked.working.graph
    for node in computed(asked, "add", "sub"):
        for slot, i in enumerate(node.inputs):
            if graph.nodes[i].is_leaf and value_of(asked, i).any():
                details = {"node": At(node.id), "source": At(i)}
                edit = Edit(reads={Edge(i, node.id, slot): lambda v: 2 * v})
                yield Made(edit, Place(node.id), 0.0, details)


def _factor(asked: Asked) -> Iterator[Made]:
    """An operand of a product counted as 1."""
    for node in computed(asked, "mul", "div"):
        for slot, i in enumerate(node.inputs):
            if (value_of(asked, i) != 1).any():
                details = {"node": At(node.id), "source": At(i)}
                edit = Edit(reads={Edge(i, node.id, slot): lambda v: 0 * v + 1})
                yield Made(edit, Place(node.id), 0.0, details)


def _constant_factor(asked: Asked) -> Iterator[Made]:
    """A number that multiplies or divides."""
    graph = asked.working.graph
    for node, number in numbers(asked):
        uses = {graph.nodes[e.target].op for e in graph.consumers[node.id]}
        if number != 1 and uses and uses <= {"mul", "div"}:
            edit = read_as(asked, node.id, lambda v: 0 * v + 1)
            target = graph.consumers[node.id][0].target
            yield Made(edit, Place(target), 0.0, {"number": f"{number:g}", "node": At(target)})


def _other_constant(asked: Asked) -> Iterator[Made]:
    graph = asked.working.graph
    for node, number in numbers(asked):
        usual = [0.0, 1.0, 2.0, 0.5, -number]
        if number >= 2 and number.is_integer():
            usual += [number - 1, number + 1]
        if number >= 10:
            usual += [number * 10, number / 10]
        if 0 < number < 1:
            usual += [1 - number]
        for other in dict.fromkeys(usual):
            if other != number and graph.consumers[node.id]:
                target = graph.consumers[node.id][0].target
                edit = read_as(asked, node.id, always(other))
                details = {"number": f"{number:g}", "other": f"{other:g}", "node": At(target)}
                slots = {e.slot for e in graph.consumers[node.id]}
                power = any(graph.op(target).role(slot) == "exponent" for slot in slots)
                bits = 3.0 if power and not other else 0.0 if other in (0, 1) else 1.0
                yield Made(edit, Place(target), bits, details, kind="power" if power else "")


def _halved(asked: Asked) -> Iterator[Made]:
    for node in computed(asked):
        for factor, how in ((0.5, "halved"), (2.0, "doubled")):
            if value_of(asked, node).dtype.kind == "f":
                edit = scaled(asked, node.id, factor)
                yield Made(edit, Place(node.id), 0.0, {"node": At(node.id), "how": how})


def _constant_kept(asked: Asked) -> Iterator[Made]:
    """A constant term kept in the derivative."""
    if not asked.is_backward or asked.only is None or asked.only.kind == "contribution":
        return
    of, working = asked.only.node, asked.working
    for node in computed(asked, "add", "sub"):
        g = working.truth.gradients[node.id]
        for slot, i in enumerate(node.inputs):
            depends = of in working.above[node.inputs[1 - slot]]
            if not depends or of in working.above[i] or g is None:
                continue
            term = np.asarray(value_of(asked, i) * (-1 if slot and node.op == "sub" else 1))
            if not term.shape and not np.shape(g) and not value_of(asked, of).shape and term:
                edit = Edit(gradients={of: partial(_plus, float(term * g))})
                details = {"node": At(node.id), "source": At(i)}
                yield Made(edit, Place(node.id, back=True), 0.0, details)


def _plus(more: float, gradient: Any) -> Any:
    return gradient + more


def _term_by_count(asked: Asked) -> Iterator[Made]:
    """A term of a sum divided by a number of samples, or multiplied by it: an averaged penalty."""
    graph = asked.working.graph
    sizes = {n for node in graph.inputs for n in value_of(asked, node).shape if n > 1}
    for node in computed(asked, "add", "sub"):
        if value_of(asked, node).shape:
            continue
        for slot, i in enumerate(node.inputs):
            if graph.nodes[i].is_leaf:
                continue
            for n in sorted(sizes):
                for factor, how in ((1 / n, "divided"), (float(n), "multiplied")):
                    edit = Edit(reads={Edge(i, node.id, slot): times(factor)})
                    brings = partial(_scaled_by, factor)
                    edit = edit | Edit(brings=((into(asked, node.id, slot), brings),))
                    details = {"source": At(i), "how": how, "number": str(n)}
                    yield Made(edit, Place(node.id), 0.0, {"node": At(node.id), **details})


def _scaled_by(factor: float, use: Use) -> Any:
    return use.contribution * factor


def _as_mean(asked: Asked) -> Iterator[Made]:
    """β v + (1 − β) g where β v + g stands."""
    graph = asked.working.graph
    for node in computed(asked, "add"):
        for slot in (0, 1):
            first, other = (graph.nodes[node.inputs[s]] for s in (slot, 1 - slot))
            if first.op != "mul":
                continue
            for i in first.inputs:
                share = value_of(asked, i)
                if graph.nodes[i].is_leaf and not share.shape and 0 < share < 1:
                    edge = Edge(other.id, node.id, 1 - slot)
                    edit = Edit(reads={edge: times(1 - float(share))})
                    details = {"source": At(other.id), "number": f"{float(share):g}"}
                    yield Made(edit, Place(node.id), 0.0, details)


def _neither_share(asked: Asked) -> Iterator[Made]:
    """m + g where β m + (1 − β) g stands."""
    graph = asked.working.graph
    for node in computed(asked, "add"):
        first, second = (graph.nodes[i] for i in node.inputs)
        if first.op != "mul" or second.op != "mul":
            continue
        for one in (0, 1):
            for two in (0, 1):
                a, b = first.inputs[one], second.inputs[two]
                if not np.allclose(value_of(asked, a) + value_of(asked, b), 1):
                    continue
                edges = (Edge(a, first.id, one), Edge(b, second.id, two))
                edit = Edit(reads=dict.fromkeys(edges, lambda v: 0 * v + 1))
                details = {"node": At(node.id), "source": At(a), "other": At(b)}
                yield Made(edit, Place(node.id), 0.0, details)


def _complement(asked: Asked) -> Iterator[Made]:
    """x for 1 − x."""
    for node in computed(asked, "sub"):
        if (value_of(asked, node.inputs[0]) == 1).all():
            yield from another_value(
                asked,
                node,
                lambda xp, y, a, b: b + 0 * y,
                lambda xp, y, a, b: 0 * y,
                source=At(node.inputs[1]),
            )


def _complement_taken(asked: Asked) -> Iterator[Made]:
    """1 − x for x, where x is a share or a gate."""
    graph = asked.working.graph
    for node in computed(asked, "mul", "log"):
        for slot, i in enumerate(node.inputs):
            value = value_of(asked, i)
            if (
                is_real(value)
                and ((value >= 0) & (value <= 1)).all()
                and graph.nodes[i].op != CONSTANT
            ):
                edit = Edit(reads={Edge(i, node.id, slot): lambda v: 1 - v})
                yield Made(edit, Place(node.id), 0.0, {"node": At(node.id), "source": At(i)})


def _bias(asked: Asked) -> Iterator[Made]:
    """The bias of a layer that is one op."""
    for node in computed(asked, "conv2d", "conv1d", "conv_transpose2d"):
        if len(node.inputs) == 3:
            edge = Edge(node.inputs[2], node.id, 2)
            size = int(np.prod(value_of(asked, node.inputs[1]).shape[1:]))
            for how, change, bits in (
                ("left out of", lambda v: 0 * v, 0.0),
                ("added twice in", lambda v: 2 * v, 2.0),
                ("added to every product of a window in", times(size), 0.5),
                ("subtracted in", lambda v: -v, 2.0),
            ):
                details = {"node": At(node.id), "source": At(node.inputs[2]), "how": how}
                yield Made(Edit(reads={edge: change}), Place(node.id), bits, details, kind=how)


MISTAKES = (
    Mistake(
        "term-left-out-of-sum",
        about="working",
        places=_term,
        says="{source} was left out of {node}",
        bits=4.5,
    ),
    Mistake(
        "term-added-twice",
        about="working",
        places=_term_twice,
        says="{source} was counted twice in {node}",
        bits=7.0,
    ),
    Mistake(
        "factor-left-out",
        about="working",
        places=_factor,
        says="the factor {source} was left out of {node}",
        bits=5.0,
    ),
    Mistake(
        "constant-factor-left-out",
        about="working",
        places=_constant_factor,
        says="the {number} was left out of {node}",
        bits=3.5,
    ),
    Mistake(
        "another-constant",
        about="working",
        places=_other_constant,
        says="{other} was taken where {number} stands, in {node}",
        bits=5.5,
    ),
    Mistake(
        "halved-or-doubled", about="working", places=_halved, says="{node} was {how}", bits=6.5
    ),
    Mistake(
        "constant-kept",
        about="working",
        places=_constant_kept,
        says="the term {source} was kept in the derivative",
        right="A term that does not depend on a variable has the derivative 0.",
        bits=6.5,
    ),
    Mistake(
        "term-by-another-count",
        about="working",
        places=_term_by_count,
        says="{source} was {how} by {number} in {node}",
        bits=5.5,
    ),
    Mistake(
        "weighted-as-a-mean",
        about="working",
        places=_as_mean,
        says="{source} was multiplied by 1 − {number}, as in a running mean",
        bits=4.5,
    ),
    Mistake(
        "shares-left-out",
        about="working",
        places=_neither_share,
        says="{source} and {other} were left out of {node}: both numbers were added whole",
        bits=4.5,
    ),
    Mistake(
        "complement-not-taken",
        about="working",
        places=_complement,
        says="{source} was taken for 1 − {source}",
        bits=4.5,
    ),
    Mistake(
        "complement-taken",
        about="working",
        places=_complement_taken,
        says="1 − {source} was taken for {source} in {node}",
        bits=6.5,
    ),
    Mistake(
        "layer-bias",
        about="working",
        places=_bias,
        says="the bias {source} was {how} {node}",
        bits=4.0,
    ),
    instead(
        "multiplied-for-added",
        "add",
        "it was multiplied, where + stands",
        lambda xp, y, a, b: a * b,
    ),
    instead(
        "subtracted-for-added",
        "add",
        "it was subtracted, where + stands",
        lambda xp, y, a, b: a - b,
        bits=5.0,
    ),
    instead(
        "added-for-subtracted",
        "sub",
        "it was added, where − stands",
        lambda xp, y, a, b: a + b,
        bits=5.0,
    ),
    instead(
        "difference-the-wrong-way-round",
        "sub",
        "it was subtracted the wrong way round",
        lambda xp, y, a, b: b - a,
        bits=5.0,
    ),
    instead(
        "added-for-multiplied", "mul", "it was added, where × stands", lambda xp, y, a, b: a + b
    ),
    instead(
        "divided-for-multiplied",
        "mul",
        "it was divided, where × stands",
        lambda xp, y, a, b: a / b,
        bits=8.0,
    ),
    instead(
        "subtracted-for-multiplied",
        "mul",
        "it was subtracted, where × stands",
        lambda xp, y, a, b: a - b,
        bits=8.0,
    ),
    instead(
        "quotient-the-wrong-way-round",
        "div",
        "it was divided the wrong way round",
        lambda xp, y, a, b: b / a,
        bits=5.0,
    ),
    instead(
        "multiplied-for-divided",
        "div",
        "it was multiplied, where ÷ stands",
        lambda xp, y, a, b: a * b,
        bits=7.0,
    ),
    instead(
        "not-divided",
        "div",
        "it was not divided",
        lambda xp, y, a, b: a + 0 * y,
        bits=5.5,
        slope=lambda xp, y, a, b: 0 * y + 1,
    ),
    instead(
        "whole-number-division",
        "div",
        "the quotient was cut to a whole number",
        lambda xp, y, a, b: (a / b) // 1,
        bits=6.5,
    ),
    instead(
        "product-of-exponents", "pow", "the exponent was added", lambda xp, y, x, n: x + n, bits=8.5
    ),
)
