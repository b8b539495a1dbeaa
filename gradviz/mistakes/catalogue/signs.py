"""Signs lost and turned."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import (
    after,
    cells,
    computed,
    element,
    is_real,
    leaves,
    read_as,
    value_of,
)
from gradviz.trace.findings import At, Place


def _turned(asked: Asked) -> Iterator[Made]:
    for node in [*leaves(asked), *computed(asked)]:
        value = value_of(asked, node)
        if is_real(value) and value.any():
            bits = 0.0 if (value < 0).any() else 2.0
            if node.is_leaf:
                edit = read_as(asked, node.id, lambda v: -v)
            else:
                edit = Edit(values={node.id: lambda operands, y: -y})
            yield Made(edit, Place(node.id), bits, {"node": At(node.id)})


def _lost(asked: Asked) -> Iterator[Made]:
    for node in [*leaves(asked), *computed(asked)]:
        value = value_of(asked, node)
        if is_real(value) and (value < 0).any() and (value > 0).any():
            if node.is_leaf:
                edit = read_as(asked, node.id, abs)
            else:
                edit = Edit(values={node.id: lambda operands, y: abs(y)})
            yield Made(edit, Place(node.id), 0.0, {"node": At(node.id)})


def _negated(cell: tuple[int, ...], array: Any) -> Any:
    return -array[cell]


def _turned_in_one(asked: Asked) -> Iterator[Made]:
    for node in [*leaves(asked), *computed(asked)]:
        value = value_of(asked, node)
        for cell in cells(value.shape) if is_real(value) else ():
            if not value[cell]:
                continue
            bits = 0.0 if value[cell] < 0 else 2.0
            turned = element(cell, partial(_negated, cell))
            if node.is_leaf:
                edit = read_as(asked, node.id, turned)
            else:
                edit = Edit(values={node.id: after(turned)})
            yield Made(edit, Place(node.id, cell=cell), bits, {"node": At(node.id, cell)})


MISTAKES = (
    Mistake(
        "used-with-other-sign",
        about="working",
        places=_turned,
        says="{node} was used with the other sign",
        bits=4.5,
    ),
    Mistake(
        "minus-signs-lost",
        about="working",
        places=_lost,
        says="the minus signs in {node} were lost",
        bits=5.5,
    ),
    Mistake(
        "sign-lost-in-one-element",
        about="working",
        places=_turned_in_one,
        says="{node} was used with the other sign",
        bits=5.0,
    ),
)
