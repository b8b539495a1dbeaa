"""What is operated on first: brackets ignored or added, functions of one term, of each, of both."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from gradviz.graph.graph import Graph, Node
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import another_value, computed, into, value_of
from gradviz.trace.findings import At, Place


def _first_alone(asked: Asked) -> Iterator[Made]:
    """Precedence: in a·(b + c) only b is multiplied; in (a + b)/c only b is divided, in a/(b + c)
    only by b; in a − (b + c) only b is subtracted.
    """
    graph = asked.working.graph
    for node in computed(asked, "mul", "div", "matmul", "sub"):
        for slot, i in enumerate(node.inputs):
            inner = graph.nodes[i]
            if node.op == "div" and slot and inner.op == "mul":
                first, second = (asked.working.truth.values[j] for j in inner.inputs)
                change = partial(_divided_and_multiplied, first, second)
                yield from another_value(asked, node, change, source=At(inner.inputs[0]))
            if inner.op not in ("add", "sub") or (node.op == "sub" and not slot):
                continue
            for alone in (0, 1) if node.op in ("mul", "matmul") or not slot else (0,):
                change = partial(_applied_to_one, asked, node, slot, inner, alone)
                yield from another_value(asked, node, change, source=At(inner.inputs[alone]))


def _divided_and_multiplied(
    first: Any, second: Any, xp: Any, y: Any, above: Any, below: Any
) -> Any:
    """a/b·c where a/(b c) stands."""
    return above / first * second


def _applied_to_one(
    asked: Asked, node: Node, slot: int, inner: Node, alone: int, xp: Any, y: Any, *operands: Any
) -> Any:
    """An operation on one term of a sum, the other term being added as it is."""
    terms = [asked.working.truth.values[j] for j in inner.inputs]
    taken = [*operands[:slot], terms[alone], *operands[slot + 1 :]]
    terms[alone] = asked.working.graph.op(node).forward(xp, *taken)
    return terms[0] + terms[1] if inner.op == "add" else terms[0] - terms[1]


def _factor_of_all(asked: Asked) -> Iterator[Made]:
    """r (a + b) where a + r b stands, (a + b)/c where a + b/c stands."""
    graph = asked.working.graph
    for node in computed(asked, "add", "sub"):
        for slot, i in enumerate(node.inputs):
            inner = graph.nodes[i]
            if inner.op not in ("mul", "div"):
                continue
            for factor in (0, 1) if inner.op == "mul" else (1,):
                change = partial(_applied_to_all, asked, node, slot, inner, factor)
                source = At(inner.inputs[factor])
                yield from another_value(asked, node, change, source=source)
            for factor in _inner_factors(graph, inner):
                change = partial(_with_factor_of_all, asked, node, slot, factor)
                yield from another_value(asked, node, change, bits=0.5, source=At(factor))


def _inner_factors(graph: Graph, product: Node) -> list[int]:
    """The factors of a product that are not its own operands: r of (r w) h."""
    found, left = [], [i for i in product.inputs if graph.nodes[i].op == "mul"]
    while left and product.op == "mul":
        for i in graph.args[left.pop()]:
            found.append(i)
            left += [i] if graph.nodes[i].op == "mul" else []
    return found


def _with_factor_of_all(
    asked: Asked, node: Node, slot: int, factor: int, xp: Any, y: Any, *operands: Any
) -> Any:
    """The other term of a sum multiplied by a factor of this one, too."""
    other = operands[1 - slot] * asked.working.truth.values[factor]
    terms = [other, other]
    terms[slot] = operands[slot]
    return terms[0] + terms[1] if node.op == "add" else terms[0] - terms[1]


def _applied_to_all(
    asked: Asked, node: Node, slot: int, inner: Node, factor: int, xp: Any, y: Any, *operands: Any
) -> Any:
    """A factor or divisor of one term, taken of the whole sum."""
    parts = [asked.working.truth.values[j] for j in inner.inputs]
    terms = list(operands)
    terms[slot] = parts[1 - factor]
    total = terms[0] + terms[1] if node.op == "add" else terms[0] - terms[1]
    return total * parts[factor] if inner.op == "mul" else total / parts[factor]


def _inside_alone(asked: Asked) -> Iterator[Made]:
    """f(a) + b where f(a + b) stands: the root of the variance plus ε."""
    graph = asked.working.graph
    for node in computed(asked):
        inner = graph.nodes[node.inputs[0]]
        op = graph.op(node)
        if len(node.inputs) > 1 and "exponent" not in op.roles:
            continue
        if not op.elementwise or inner.op not in ("add", "sub"):
            continue
        for alone in (0, 1):
            change = partial(_of_one, asked, node, inner, alone)
            yield from another_value(asked, node, change, source=At(inner.inputs[alone]))


def _term_by_term(asked: Asked) -> Iterator[Made]:
    """f(a) + f(b) where f(a + b) stands: √(a² + b²) as a + b, (a + b)² as a² + b²."""
    graph = asked.working.graph
    for node in computed(asked):
        for slot, i in enumerate(node.inputs) if graph.op(node).elementwise else ():
            inner = graph.nodes[i]
            if inner.op in ("add", "sub"):
                change = partial(_of_each, asked, node, slot, inner)
                yield from another_value(asked, node, change)


def _factor_by_factor(asked: Asked) -> Iterator[Made]:
    """f(a) f(b) where f(a b) stands: log a · log b for log(a b)."""
    graph = asked.working.graph
    for node in computed(asked):
        inner = graph.nodes[node.inputs[0]]
        if len(node.inputs) == 1 and graph.op(node).elementwise and inner.op in ("mul", "div"):
            change = partial(_of_each_factor, asked, node, inner)
            yield from another_value(asked, node, change)


def _of_each_factor(asked: Asked, node: Node, inner: Node, xp: Any, y: Any, *operands: Any) -> Any:
    """A function of each factor of a product, multiplied."""
    op, options = asked.working.graph.op(node), asked.working.program.options[node.id]
    factors = (asked.working.truth.values[j] for j in inner.inputs)
    first, second = (op.forward(xp, factor, **options) for factor in factors)
    return first * second if inner.op == "mul" else first / second


def _merged(asked: Asked) -> Iterator[Made]:
    """f(a + b) where f(a) + f(b) stands: (a + b)² for a² + b², exp(a b) for exp(a) exp(b)."""
    graph = asked.working.graph
    for node in computed(asked, *SUMS):
        first, second = (graph.nodes[i] for i in node.inputs)
        if first.is_leaf or first.op != second.op or first.op in (*SUMS, "neg"):
            continue
        rest = [graph.nodes[i] for n in (first, second) for i in n.inputs[1:]]
        numbers = {float(value_of(asked, n)) for n in rest if not value_of(asked, n).shape}
        if graph.op(first).elementwise and len(rest) == 2 * len(numbers):
            yield from another_value(asked, node, partial(_of_both, asked, first, second))


def _of_both(asked: Asked, first: Node, second: Node, xp: Any, y: Any, *operands: Any) -> Any:
    """A function of both numbers, put together as its values should be."""
    working = asked.working
    values, options = working.truth.values, working.program.options[first.id]
    target = next(e.target for e in working.graph.consumers[first.id] if e.target > second.id)
    together = working.graph.op(target).forward(
        xp, values[first.inputs[0]], values[second.inputs[0]]
    )
    rest = [values[i] for i in first.inputs[1:]]
    return working.graph.op(first).forward(xp, together, *rest, **options)


def _of_one_factor(asked: Asked) -> Iterator[Made]:
    """a f(b) where f(a b) stands: 3x² for (3x)²."""
    graph = asked.working.graph
    for node in computed(asked):
        inner = graph.nodes[node.inputs[0]]
        if not graph.op(node).elementwise or inner.op not in ("mul", "div"):
            continue
        if any(not graph.nodes[i].is_leaf for i in node.inputs[1:]) or node.op in SUMS:
            continue
        for alone in (0, 1):
            change = partial(_of_factor, asked, node, inner, alone)
            yield from another_value(asked, node, change, source=At(inner.inputs[alone]))


SUMS = ("add", "sub", "mul", "div")


def _of_factor(
    asked: Asked, node: Node, inner: Node, alone: int, xp: Any, y: Any, *operands: Any
) -> Any:
    """A function of one factor of a product, the other factor being used as it is."""
    factors = [asked.working.truth.values[j] for j in inner.inputs]
    options = asked.working.program.options[node.id]
    op = asked.working.graph.op(node)
    factors[alone] = op.forward(xp, factors[alone], *operands[1:], **options)
    return factors[0] * factors[1] if inner.op == "mul" else factors[0] / factors[1]


def _of_each(
    asked: Asked, node: Node, slot: int, inner: Node, xp: Any, y: Any, *operands: Any
) -> Any:
    """A function of each term of a sum, added."""
    op, options = asked.working.graph.op(node), asked.working.program.options[node.id]
    if op.name in ("add", "sub", "mul"):
        return y
    terms = [asked.working.truth.values[j] for j in inner.inputs]
    first, second = (
        op.forward(xp, *operands[:slot], term, *operands[slot + 1 :], **options) for term in terms
    )
    return first + second if inner.op == "add" else first - second


def _of_one(
    asked: Asked, node: Node, inner: Node, alone: int, xp: Any, y: Any, *operands: Any
) -> Any:
    """A function of one term of a sum, the other term being added as it is."""
    terms = [asked.working.truth.values[j] for j in inner.inputs]
    options = asked.working.program.options[node.id]
    op = asked.working.graph.op(node)
    terms[alone] = op.forward(xp, terms[alone], *operands[1:], **options)
    return terms[0] + terms[1] if inner.op == "add" else terms[0] - terms[1]


def _unary_before_power(asked: Asked) -> Iterator[Made]:
    """−x² read as (−x)²."""
    graph = asked.working.graph
    for node in computed(asked, "neg"):
        inner = graph.nodes[node.inputs[0]]
        square = inner.op == "square" or (
            inner.op == "pow" and float(value_of(asked, inner.inputs[1]).ravel()[0]) % 2 == 0
        )
        if square:
            edit = Edit(values={node.id: lambda operands, y: operands[0]})
            brings = ((into(asked, node.id), lambda use: -use.contribution),)
            yield Made(edit | Edit(brings=brings), Place(node.id), 0.0, {"node": At(node.id)})


MISTAKES = (
    Mistake(
        "brackets-ignored",
        about="working",
        places=_first_alone,
        says="brackets were ignored: {node} was applied to {source} alone",
        bits=5.5,
    ),
    Mistake(
        "brackets-added",
        about="working",
        places=_factor_of_all,
        says="brackets were added: {source} was applied to all of {node}",
        bits=5.5,
    ),
    Mistake(
        "function-of-one-term",
        about="working",
        places=_inside_alone,
        says="brackets were ignored: {node} was taken of {source} alone",
        bits=5.0,
    ),
    Mistake(
        "function-of-one-factor",
        about="working",
        places=_of_one_factor,
        says="brackets were ignored: {node} was taken of {source} alone",
        bits=5.5,
    ),
    Mistake(
        "function-of-each-term",
        about="working",
        places=_term_by_term,
        says="{node} was taken term by term",
        right="A function of a sum is not the sum of the functions.",
        bits=4.5,
    ),
    Mistake(
        "function-of-each-factor",
        about="working",
        places=_factor_by_factor,
        says="{node} was taken factor by factor",
        right="A function of a product is not the product of the functions.",
        bits=5.5,
    ),
    Mistake(
        "functions-merged",
        about="working",
        places=_merged,
        says="one function of both was taken in {node}, not the function of each",
        bits=6.0,
    ),
    Mistake(
        "minus-inside-power",
        about="working",
        places=_unary_before_power,
        says="the minus sign was squared too",
        right="A power comes before the minus in front of it.",
        bits=4.5,
    ),
)
