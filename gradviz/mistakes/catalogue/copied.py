"""Numbers that are given, copied wrongly: digits, points, neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from gradviz.graph.graph import CONSTANT
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import (
    after,
    always,
    cells,
    computed,
    leaves,
    put,
    read_as,
    times,
    value_of,
)
from gradviz.trace.findings import At, Place


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


MOST_DIGITS = 6
"""Longer numbers are copied by no hand."""


MOST_MISREAD = 16
"""Numbers of which single digits are looked at."""


Cell = tuple[int, ...]


def _swapped(p: Cell, q: Cell, array: Any) -> Any:
    return put(put(array, p, array[q]), q, array[p])


def _copied(to: Cell, source: Cell, array: Any) -> Any:
    return put(array, to, array[source])


MISTAKES = (
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
)
