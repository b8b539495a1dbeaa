"""Numbers rounded or cut off too early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from gradviz.graph.graph import CONSTANT
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit, Numerical
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import after, computed, is_real, leaves, read_as, value_of
from gradviz.mistakes.rounding import cut, half_up, ways
from gradviz.trace.findings import At, Place

RIGHT = "Only what is written down at the end is rounded."


def _values(asked: Asked) -> Iterator[Made]:
    """One value, before it is used."""
    for node in computed(asked):
        last = asked.only is not None and asked.only.kind == "value" and asked.only.node == node.id
        if last or not is_real(value_of(asked, node)):
            continue
        for how, to, bits in ways(asked.decimals):
            if not np.array_equal(to(value_of(asked, node)), value_of(asked, node)):
                edit = Edit(values={node.id: after(to)})
                yield Made(edit, Place(node.id), bits, {"node": At(node.id), "how": how}, kind=how)


def _inputs(asked: Asked) -> Iterator[Made]:
    """A number that is given, with fewer digits; and all of them."""
    nodes = [n for n in leaves(asked) if n.op != CONSTANT or not _is_short(value_of(asked, n))]
    for how, to, bits in ways(asked.decimals):
        rounded = [
            n for n in nodes if not np.array_equal(to(value_of(asked, n)), value_of(asked, n))
        ]
        for node in rounded:
            edit = read_as(asked, node.id, to)
            yield Made(edit, Place(node.id), bits, {"node": At(node.id), "how": how}, kind=how)


def _is_short(value: Any) -> bool:
    """Whether a number is written with few digits, unlike π."""
    return np.array_equal(value, np.round(value, 6))


def _all_alike(asked: Asked) -> Iterator[Made]:
    """Every value of one kind of op, such as all activations."""
    nodes = [n for n in computed(asked) if is_real(value_of(asked, n))]
    for op in {n.op for n in nodes}:
        alike = [n for n in nodes if n.op == op]
        symbol = asked.working.graph.symbol(alike[0].id)
        for how, to, bits in ways(asked.decimals) if len(alike) > 1 else ():
            edit = Edit(values={n.id: after(to) for n in alike})
            details = {"how": how, "op": symbol}
            yield Made(edit, Place(alike[0].id), bits, details, kind=how)


def _gradients(asked: Asked) -> Iterator[Made]:
    if not asked.is_backward:
        return
    graph, gradients = asked.working.graph, asked.working.truth.gradients
    for node in sorted(asked.needed):
        if node == graph.output or gradients[node] is None or graph.nodes[node].is_leaf:
            continue
        for how, to, bits in ways(asked.decimals):
            if not np.array_equal(to(gradients[node]), gradients[node]):
                edit = Edit(gradients={node: to})
                details = {"node": At(node, gradient=True), "how": how}
                yield Made(edit, Place(node, back=True), bits, details, kind=how)


def _everywhere(asked: Asked) -> Iterator[Made]:
    claimed = {c.of.node for c in asked.claims}
    for how, to, bits in ways(asked.decimals):
        edit = Edit(each=partial(_unless, claimed, to))
        yield Made(edit, bits=bits, details={"how": how}, kind=how)


def _unless(claimed: set[int], to: Callable[[Any], Any], node: int, x: Any) -> Any:
    return x if node in claimed or not is_real(x) else to(x)


def _single(asked: Asked) -> Iterator[Made]:
    def single(node: int, x: Any) -> Any:
        return np.asarray(x, np.float32).astype(float) if is_real(x) else x

    yield Made(Edit(each=single))


def _losses(asked: Asked) -> Iterator[Made]:
    if asked.is_numerical:
        for d in range(2, 8):
            for how, to in (("rounded", half_up), ("cut", cut)):
                edit = Edit(numerical=Numerical(loss=partial(to, decimals=d)))
                told = f"{how} to {d} decimals"
                yield Made(edit, bits=float(to is cut), details={"how": told}, kind=told)


def _only_here(asked: Asked) -> Iterator[Made]:
    if not asked.is_numerical:
        return
    for node in computed(asked):
        for how, to, bits in ways(asked.decimals):
            if not np.array_equal(to(value_of(asked, node)), value_of(asked, node)):
                edit = Edit(values={node.id: after(to)}, numerical=Numerical(base_only=True))
                yield Made(edit, Place(node.id), bits, {"node": At(node.id), "how": how}, kind=how)


MISTAKES = (
    Mistake(
        "rounded-early",
        about="working",
        places=_values,
        says="{node} was {how} before it was used",
        right=RIGHT,
        bits=4.5,
    ),
    Mistake(
        "input-rounded",
        about="working",
        places=_inputs,
        says="{node} was {how} before it was used",
        right=RIGHT,
        bits=6.0,
    ),
    Mistake(
        "gradient-rounded-early",
        about="working",
        places=_gradients,
        says="{node} was {how} before it was used",
        right=RIGHT,
        bits=5.0,
    ),
    Mistake(
        "rounded-at-every-gate-alike",
        about="working",
        places=_all_alike,
        says="what every {op} gives was {how}",
        right=RIGHT,
        bits=4.5,
    ),
    Mistake(
        "rounded-everywhere",
        about="working",
        places=_everywhere,
        says="every number was {how} on the way",
        right=RIGHT,
        bits=4.5,
    ),
    Mistake(
        "single-precision",
        about="working",
        places=_single,
        says="everything was computed in float32",
        right="In float64 fewer digits are lost.",
        bits=6.0,
    ),
    Mistake(
        "losses-rounded",
        about="working",
        places=_losses,
        says="both losses were {how} before the quotient was taken",
        right="A difference of rounded losses has no digits left.",
        bits=3.5,
    ),
    Mistake(
        "rounded-in-one-loss",
        about="working",
        places=_only_here,
        says="{node} was {how} in L(W), but not in L(W + h)",
        right="Both losses are computed from the same digits.",
        bits=4.0,
    ),
)
