"""What is written down at the end: signs, points and digits lost, another number copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from math import nan, sqrt
from typing import Any

import numpy as np

from gradviz.graph.graph import CONSTANT
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit, Results
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import cells, leaves, times, value_of
from gradviz.trace.findings import At, Place


def each(change: Callable[[float], float]) -> Edit:
    """Every number written down as another."""
    return Edit(written=lambda results: tuple(change(r) for r in results))


def _instead(results: Results) -> Edit:
    return Edit(written=lambda _: results)


def _sign(asked: Asked) -> Iterator[Made]:
    yield Made(each(lambda r: -r))


def _magnitude(asked: Asked) -> Iterator[Made]:
    if any(t < 0 for t in asked.true) and any(t > 0 for t in asked.true):
        yield Made(each(abs))


def _point(asked: Asked) -> Iterator[Made]:
    for k in (1, 2, 3, -1, -2, -3):
        side, plural = "right" if k > 0 else "left", "s" * (abs(k) > 1)
        how = f"{abs(k)} place{plural} too far to the {side}"
        yield Made(each(times(10.0**k)), bits=1 + abs(k) / 2, details={"how": how})


MOST_PARTIALS = 4
"""Of more inputs nobody adds all derivatives."""
WAYS: tuple[tuple[str, Callable[[float], float], float], ...] = (
    ("half the result", lambda r: r / 2, 1.5),
    ("twice the result", lambda r: r * 2, 1.5),
    ("three times the result", lambda r: r * 3, 4.0),
    ("a third of the result", lambda r: r / 3, 4.0),
    ("four times the result", lambda r: r * 4, 4.0),
    ("a quarter of the result", lambda r: r / 4, 4.0),
    ("one over the result", lambda r: 1 / r if r else nan, 3.0),
    ("the square of the result", lambda r: r * r, 3.0),
    ("the root of the result", lambda r: sqrt(r) if r >= 0 else nan, 3.0),
    ("one minus the result", lambda r: 1 - r, 4.5),
    ("the result plus 1", lambda r: r + 1, 3.5),
    ("the result minus 1", lambda r: r - 1, 3.5),
)


def _something(asked: Asked) -> Iterator[Made]:
    for how, change, bits in WAYS:
        yield Made(each(change), bits=bits, details={"how": how}, kind=how)


def _once_more(asked: Asked) -> Iterator[Made]:
    """The whole multiplied or divided by a factor once too often."""
    working = asked.working
    above = {i for of in asked.quantities for i in working.above[of.node]}
    reach = set(range(len(working.graph.nodes))) if asked.is_backward else above
    for node in leaves(asked):
        value = value_of(asked, node)
        if node.id not in reach:
            continue
        details: dict[str, Any] = {"source": At(node.id)}
        if value.shape:
            of = asked.only
            if of is not None and value_of(asked, of.node).shape == value.shape:
                there = tuple(float(value[c.place]) for c in asked.claims)
                edit = Edit(written=partial(_by_each, there))
                yield Made(edit, Place(), 1.0, details | {"how": "multiplied"}, kind="array")
            continue
        v = float(value)
        if abs(v) in (0.0, 1.0, 2.0, 0.5):
            continue
        for how, factor in (("multiplied", v), ("divided", 1 / v)):
            edit = each(times(factor))
            if asked.kinds == {"update"}:
                edit = Edit(step=partial(_step_times, factor))
            yield Made(edit, Place(), 0.0, details | {"how": how})


def _step_times(factor: float, w: Any, lr: Any, direction: Any) -> Any:
    return w - lr * direction * factor


def _by_each(factors: Results, results: Results) -> Results:
    return tuple(r * f for r, f in zip(results, factors, strict=True))


def _all_partials(asked: Asked) -> Iterator[Made]:
    """The partial derivatives of all inputs added into one number."""
    of, truth = asked.only, asked.working.truth
    if of is None or of.kind != "gradient" or not asked.working.graph.nodes[of.node].is_leaf:
        return
    found = [truth.gradients[n.id] for n in asked.working.graph.inputs]
    scalars = [float(g) for g in found if g is not None and not np.shape(g)]
    if 1 < len(scalars) <= MOST_PARTIALS and not value_of(asked, of.node).shape:
        yield Made(_instead((sum(scalars),)))


def _stepped(asked: Asked) -> Iterator[Made]:
    """A gradient is asked for, and the parameter after a step is written down."""
    of = asked.only
    if of is None or of.kind != "gradient":
        return
    values = [float(value_of(asked, of.node)[c.place]) for c in asked.claims]
    rates = {"gradient": 1.0, **({} if asked.lr is None else {"lr · gradient": asked.lr})}
    for how, rate in rates.items():
        for sign, says in ((-1, "−"), (1, "+")):
            written = tuple(v + sign * rate * g for v, g in zip(values, asked.true, strict=True))
            details = {"node": At(of.node), "how": f"{says} {how}"}
            yield Made(_instead(written), Place(of.node), 0.0, details, kind=how + says)


def _other_output(asked: Asked) -> Iterator[Made]:
    """The derivative of a node on the way, not of the output."""
    of, working = asked.only, asked.working
    if of is None or of.kind != "gradient" or working.graph.output == of.node:
        return
    for node in working.graph.nodes:
        between = node.id in working.below[of.node] and node.id not in (
            of.node,
            working.graph.output,
        )
        if not between or node.is_leaf or value_of(asked, node).shape:
            continue
        found = working.along(node.id, of.node)
        if found is not None:
            array = np.asarray(found, float)
            written = tuple(float(array[c.place]) for c in asked.claims)
            bits = 0.0 if node.name else 1.5
            yield Made(_instead(written), Place(node.id, back=True), bits, {"node": At(node.id)})


def _text(asked: Asked) -> str:
    return f"{asked.true[0]:.{max(asked.claims[0].written.decimals, 0)}f}"


def _digits_swapped(asked: Asked) -> Iterator[Made]:
    if len(asked.claims) != 1 or abs(asked.true[0]) > 1e15:
        return
    text = _text(asked)
    places = [k for k, c in enumerate(text) if c.isdigit()]
    for i, j in pairwise(places):
        if text[i] != text[j]:
            letters = list(text)
            letters[i], letters[j] = letters[j], letters[i]
            wrong = "".join(letters)
            yield Made(_instead((float(wrong),)), details={"number": text, "other": wrong})


def _digit(asked: Asked) -> Iterator[Made]:
    if len(asked.claims) != 1 or abs(asked.true[0]) > 1e15:
        return
    text = _text(asked)
    for i, c in enumerate(text):
        for d in "0123456789" if c.isdigit() else "":
            if d != c:
                wrong = text[:i] + d + text[i + 1 :]
                yield Made(_instead((float(wrong),)), details={"number": text, "other": wrong})


def _other_element(asked: Asked) -> Iterator[Made]:
    of, truth = asked.only, asked.working.truth
    if of is None or of.kind not in ("value", "gradient") or len(asked.claims) != 1:
        return
    array = value_of(asked, of.node) if of.kind == "value" else np.asarray(truth.gradients[of.node])
    for cell in cells(array.shape):
        if cell != asked.claims[0].place:
            details = {"node": At(of.node, cell, gradient=of.kind == "gradient")}
            yield Made(_instead((float(array[cell]),)), Place(of.node), 0.0, details)


def _other_number(asked: Asked) -> Iterator[Made]:
    """The value or the gradient of something else, or of the same node."""
    of, working = asked.only, asked.working
    if of is None:
        return
    shape = value_of(asked, of.node).shape
    for node in working.graph.nodes:
        if node.op == CONSTANT or value_of(asked, node).dtype.kind != "f":
            continue
        for gradient, column in ((False, working.truth.values), (True, working.truth.gradients)):
            found = column[node.id]
            same = node.id == of.node and gradient == (of.kind == "gradient")
            if same or found is None or np.shape(found) != shape:
                continue
            array = np.asarray(found, float)
            written = tuple(float(array[c.place]) for c in asked.claims)
            details = {"node": At(node.id, gradient=gradient)}
            yield Made(
                _instead(written), Place(node.id), 0.0 if node.id == of.node else 1.0, details
            )


MISTAKES = (
    Mistake(
        "sign-lost-in-writing",
        about="working",
        places=_sign,
        says="the sign was turned when it was written down",
        bits=5.5,
    ),
    Mistake(
        "signs-lost-in-writing",
        about="working",
        places=_magnitude,
        says="the minus signs were lost when they were written down",
        bits=5.0,
    ),
    Mistake(
        "point-misplaced",
        about="working",
        places=_point,
        says="the decimal point is {how}",
        bits=2.5,
    ),
    Mistake(
        "something-else-written",
        about="working",
        places=_something,
        says="{how} was written down",
        bits=5.0,
    ),
    Mistake(
        "once-too-often",
        about="working",
        places=_once_more,
        says="it was {how} by {source} once more",
        bits=6.5,
    ),
    Mistake(
        "all-partials-added",
        about="working",
        places=_all_partials,
        says="the derivatives with respect to all inputs were added",
        right="A partial derivative moves one input and holds the others.",
        bits=6.5,
    ),
    Mistake(
        "parameter-written-for-gradient",
        about="working",
        places=_stepped,
        says="{node} {how} was written down, not the gradient",
        bits=5.5,
    ),
    Mistake(
        "another-output-differentiated",
        about="working",
        places=_other_output,
        says="{node} was differentiated, not the output",
        bits=5.0,
    ),
    Mistake(
        "digits-swapped",
        about="working",
        places=_digits_swapped,
        says="two digits were swapped: {other} for {number}",
        bits=6.0,
    ),
    Mistake(
        "digit-miscopied",
        about="working",
        places=_digit,
        says="one digit is another: {other} for {number}",
        bits=7.0,
    ),
    Mistake(
        "another-element-written",
        about="working",
        places=_other_element,
        says="this is {node}",
        bits=5.0,
    ),
    Mistake(
        "another-number-written",
        about="working",
        places=_other_number,
        says="this is {node}",
        bits=5.0,
    ),
)
