"""The rule of a gate with one part changed, whatever the gate is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from gradviz.engine.changes import Use
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit
from gradviz.mistakes.made import ends, wrongly_brought
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.rules import Variant, variants
from gradviz.ops import get
from gradviz.ops.op import Op
from gradviz.trace.findings import Place

MOST_EDGES = 60
"""Of longer graphs, only the gates that pass on last."""
PLAIN = 1.0
"""Below so many bits a rule is only changed in one plain way; these are counted apart."""


def _changed(asked: Asked) -> Iterator[Made]:
    if not asked.is_backward:
        return
    uses = [u for u in asked.working.uses.values() if u.edge.source in asked.needed]
    for use in uses[-MOST_EDGES:]:
        for variant in variants_of(use):
            rule = partial(_by, variant)
            brought = wrongly_brought(rule, use, asked)
            if brought is None:
                continue
            details = {**ends(use.edge), "wrong": variant.wrong, "right": variant.right}
            edit = Edit(brings=((frozenset([use.edge]), rule),))
            place = Place(use.edge.target, use.edge, back=True)
            near = asked.near(use, brought)
            kind = "plain" if variant.bits < PLAIN else "odd"
            yield Made(edit, place, variant.bits, details, kind=kind, near=near)


def _of_relatives(asked: Asked) -> Iterator[Made]:
    """The slope or the value of another activation function."""
    uses = [u for u in asked.working.uses.values() if u.edge.source in asked.needed]
    for use in uses[-MOST_EDGES:]:
        if use.op.name not in ACTIVATIONS:
            continue
        for name in ACTIVATIONS:
            for what in ("slope", "value") if name != use.op.name else ():
                rule = partial(_as_relative, get(name), what)
                brought = wrongly_brought(rule, use, asked)
                if brought is not None:
                    details = {**ends(use.edge), "other": name, "what": what, "op": use.op.called}
                    edit = Edit(brings=((frozenset([use.edge]), rule),))
                    place = Place(use.edge.target, use.edge, back=True)
                    near = asked.near(use, brought)
                    yield Made(edit, place, 0.0, details, kind=what, near=near)


ACTIVATIONS = ("sigmoid", "tanh", "softplus", "exp", "silu", "gelu", "relu", "elu", "leaky_relu")
"""Functions that stand in the same place of a network."""


def _as_relative(other: Op, what: str, use: Use) -> Any:
    xp, x = use.xp, use.own
    y = other.forward(xp, x, **other.options)
    if what == "value":
        return use.upstream * y
    if other.routes is not None:
        below = other.options.get("slope", 0)
        return use.upstream * xp.where(xp.greater(x, 0), 1, below)
    return use.upstream * other.rule_for(0)(xp, y, x, **other.options)


def variants_of(use: Use) -> tuple[Variant, ...]:
    """The wrong local gradients of an edge."""
    if use.local is None or use.op.local is None:
        return ()
    try:
        return variants(use.op, use.edge.slot, tuple(sorted(use.options.items())))
    except TypeError:  # options that cannot be told apart
        return ()


def _by(variant: Variant, use: Use) -> Any:
    return use.upstream * variant.value(use.xp, use.value, *use.operands)


MISTAKES = (
    Mistake(
        "rule-changed",
        about="working",
        places=_changed,
        says="{wrong} was taken for {right}",
        bits=3.5,
        general=True,
    ),
    Mistake(
        "slope-of-another-activation",
        about="working",
        places=_of_relatives,
        says="the {what} of {other} was taken for the slope of {op}",
        bits=4.0,
        general=True,
    ),
)
