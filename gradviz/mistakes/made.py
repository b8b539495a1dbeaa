"""The places of a mistake in a working, also of one that is declared as a rule or a formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from math import log2
from typing import Any

import numpy as np

from gradviz.engine.changes import Use
from gradviz.graph.graph import Edge
from gradviz.mistakes.claims import Asked
from gradviz.mistakes.edits import Edit, Numerical, Results
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.places import another_value, computed
from gradviz.mistakes.working import FAILURES
from gradviz.trace.findings import At, Place

MOST_PLACES = 400
"""Of a mistake with more places, only the first are tried."""
MOST_TRIED, LEAST_TRIED = 4000, 400
"""The likeliest slips of a large graph are tried only, fewer of large arrays …"""
WORK = 20_000_000
"""… so that about as many numbers are computed again."""
INSIDE = 2.0
"""What it takes more that a mistake is made inside of what the source writes as one op."""
BEFORE = 0.75
"""What it takes more that a wrong gradient comes of a wrong value."""
LEAST = 1.0
PASSED_ON = 1.0
"""What it takes more to go wrong where a gradient is passed on as it is."""
MOST_ALIKE = 12
"""The same mistake is looked for at so many places at once."""
EVERYWHERE, AT_ALL_GATES, OF_A_KIND, ALIKE = -0.5, 1.5, 0.5, 1.0
"""What it takes more to make a mistake at all branches, at all gates, at all gates of one kind, or
at several that play the same part."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A mistake at one place, with all the bits that it takes to say."""

    mistake: Mistake
    made: Made
    bits: float


def trials(asked: Asked, mistakes: Iterable[Mistake]) -> list[Trial]:
    """Every mistake at each of its places that could matter to the claims, the likeliest first."""
    found = []
    for mistake in mistakes:
        here = list(islice(_places(mistake, asked), MOST_PLACES))
        here += _alike(asked, here)
        count = Counter(made.kind for made in here)
        for made in here:
            inside = INSIDE * _names_inside(mistake, made, asked.working.inside)
            bits = mistake.bits + log2(count[made.kind]) + made.bits + inside
            forward = made.edit.is_forward or made.edit.plan is not None
            if forward and asked.kinds == {"gradient"}:
                bits += BEFORE
            found.append(Trial(mistake, made, max(bits, LEAST)))
    found.sort(key=lambda trial: trial.bits)
    return found[: max(LEAST_TRIED, min(MOST_TRIED, WORK // asked.working.size))]


def _names_inside(mistake: Mistake, made: Made, inside: Collection[int]) -> int:
    """How often a mistake speaks of what only a composite has: where it is made, and of what."""
    known = {name for name in made.details if name in ENDS or f"{{{name}}}" in mistake.says}
    named = [v.node for name in known if isinstance(v := made.details[name], At)]
    others = {node for node in named if node in inside} - {made.place.node}
    return (made.place.node in inside) + len(others)


ENDS = ("node", "source")
"""The details that name the ends of an edge."""


def _alike(asked: Asked, here: Sequence[Made]) -> Iterator[Made]:
    """The same mistake at all places that play the same part, such as m and v of an optimiser."""
    if sum("every" not in made.details for made in here) > MOST_ALIKE * 4:
        return
    groups: dict[Any, dict[int, Made]] = {}
    for made in here:
        node, edit = made.place.node, made.edit
        if node is None or made.place.cell or "every" in made.details:
            continue
        if not (edit.plan or edit.written or edit.numerical or edit.step):
            told = tuple(v for v in made.details.values() if isinstance(v, str))
            slots = tuple(e.slot for e in edit.reads)
            edge = made.place.edge and made.place.edge.slot
            key = (made.kind, asked.working.signatures[node], told, slots, edge)
            groups.setdefault(key, {}).setdefault(node, made)
    for several in groups.values():
        if 1 < len(several) <= MOST_ALIKE:
            first, *others = several.values()
            edit = reduce(lambda edit, made: edit | made.edit, others, first.edit)
            likewise = tuple(At(node) for node in list(several)[1:])
            details = {**first.details, "likewise": likewise}
            bits = first.bits + ALIKE
            yield Made(edit, first.place, bits, details, kind=f"{first.kind} alike")


def _places(mistake: Mistake, asked: Asked) -> Iterator[Made]:
    """The places of a mistake up to the first number that it was not made for."""
    with suppress(*FAILURES):
        yield from places(mistake, asked)


def places(mistake: Mistake, asked: Asked) -> Iterator[Made]:
    """All places of one mistake."""
    rule = mistake.rule
    if mistake.places is not None:
        yield from mistake.places(asked)
    elif mistake.formula is not None:
        yield from _formula(mistake, asked)
    elif rule is not None and rule.value is not None:
        yield from _values(mistake, asked)
    elif rule is not None and asked.is_backward:
        if rule.contribute is not None:
            yield from _gates(rule.contribute, asked, alone=mistake.about == "step")
        if rule.accumulate is not None:
            yield from _branches(rule.accumulate, asked)
        if rule.report is not None and asked.only is not None and asked.only.kind == "gradient":
            yield Made(Edit(written=_reported(rule.report, asked)))


# A rule at gates.
def _gates(
    contribute: Callable[[Use], Any], asked: Asked, *, alone: bool = False
) -> Iterator[Made]:
    """A rule at each gate, at all of a kind and at all of them; or `alone`, at each."""
    wrong = {}
    for edge, use in asked.working.uses.items():
        brought = wrongly_brought(contribute, use, asked)
        fits = np.shape(brought) == np.shape(use.contribution)
        if brought is not None and (fits or not alone):
            wrong[edge] = asked.near(use, brought)
    rule = _calm(contribute)
    kinds: dict[Any, set[Edge]] = {}
    for edge, near in wrong.items():
        details = {**ends(edge), **_other_operand(asked, edge)}
        edit = Edit(brings=((frozenset([edge]), rule),))
        place = Place(edge.target, edge, back=True)
        local = asked.working.uses[edge].local
        easy = alone and local is not None and bool(np.all(np.asarray(local) == 1))
        yield Made(edit, place, PASSED_ON * easy, details, kind="gate", near=near)
        if not alone:
            kinds.setdefault(asked.working.graph.op(edge.target), set()).add(edge)
    for op, edges in kinds.items():
        if len(edges) > 1:
            first = next(edge for edge in wrong if edge in edges)
            details = {**ends(first), **_other_operand(asked, first), "every": op.symbol}
            edit = Edit(brings=((frozenset(edges), rule),))
            yield Made(edit, Place(first.target, first, back=True), OF_A_KIND, details, kind="kind")
    if len(kinds) > 1:
        first = next(iter(wrong))
        details = {**ends(first), **_other_operand(asked, first), "every": ""}
        place = Place(first.target, first, back=True)
        yield Made(Edit(brings=((None, rule),)), place, AT_ALL_GATES, details, kind="everywhere")


def _other_operand(asked: Asked, edge: Edge) -> dict[str, Any]:
    """What an edge's gradient is multiplied by, where its target has two operands."""
    operands = asked.working.graph.args[edge.target]
    return {"factor": At(operands[1 - edge.slot])} if len(operands) == 2 else {}


def ends(edge: Edge) -> dict[str, Any]:
    """How sentences call the ends of an edge."""
    return {"node": At(edge.target), "source": At(edge.source)}


def wrongly_brought(contribute: Callable[[Use], Any], use: Use, asked: Asked) -> Any:
    """What a rule brings along an edge that matters to the claims; None where that is right."""
    if use.edge.source not in asked.needed:
        return None
    try:
        with use.xp.quiet():
            brought = contribute(use)
            if brought is None:
                return None
            brought = asked.working.program.in_shape(use, brought)
    except FAILURES:
        return None
    fits = use.xp.shape(brought) == use.xp.shape(use.contribution)
    leaf = asked.working.graph.nodes[use.edge.source].is_leaf
    if not (fits or leaf) or np.array_equal(brought, use.contribution):
        return None
    return brought


def _calm(contribute: Callable[[Use], Any]) -> Callable[[Use], Any]:
    """A rule that changes nothing where it does not apply."""

    def rule(use: Use) -> Any:
        try:
            brought = contribute(use)
        except FAILURES:
            return None
        if brought is None:
            return None
        shape = use.xp.shape(brought)
        return (
            brought
            if shape in (use.xp.shape(use.contribution), use.xp.shape(use.value))
            else (brought if shape else None)
        )

    return rule


def _branches(accumulate: Callable[..., Any], asked: Asked) -> Iterator[Made]:
    arrived = Counter(edge.source for edge in asked.working.truth.contributions)
    nodes = [n for n, count in arrived.items() if count > 1 and n in asked.needed]
    for node in nodes:
        edit = Edit(gathers=((frozenset([node]), accumulate),))
        details: dict[str, Any] = {"node": At(node)}
        yield Made(edit, Place(node, back=True), 0.0, details, kind="branch")
    if len(nodes) > 1:
        place = Place(nodes[0], back=True)
        details = {"node": At(nodes[0]), "every": "branch"}
        yield Made(Edit(gathers=((None, accumulate),)), place, EVERYWHERE, details, kind="all")


def _reported(report: Callable[..., Any], asked: Asked) -> Callable[[Results], Results]:
    """What is written down for the gradients of one node."""
    assert asked.only is not None
    node, xp = asked.working.graph.nodes[asked.only.node], asked.working.xp
    values = np.asarray(asked.working.truth.values[node.id])

    def written(results: Results) -> Results:
        rows = zip(asked.claims, results, strict=True)
        return tuple(
            float(report(node, xp.asarray(values[c.place]), xp.asarray(r))) for c, r in rows
        )

    return written


# Values and formulas.
def _values(mistake: Mistake, asked: Asked) -> Iterator[Made]:
    assert mistake.rule is not None
    value = mistake.rule.value
    assert value is not None
    for node in computed(asked):

        def changed(xp: Any, y: Any, *operands: Any, node: Any = node) -> Any:
            assert value is not None
            return value(node, operands, y)

        yield from another_value(asked, node, changed)


def _formula(mistake: Mistake, asked: Asked) -> Iterator[Made]:
    formula = mistake.formula
    assert formula is not None
    if mistake.about == "difference" and "slope" in asked.kinds:
        yield Made(Edit(numerical=Numerical(slope=formula)))
    if mistake.about == "update" and "update" in asked.kinds:
        yield Made(Edit(step=lambda w, lr, direction: formula(w=w, lr=lr, direction=direction)))


LOOKED_FOR = frozenset(
    {"backward", "step", "forward", "slope", "working", "solved", "difference", "update"}
)
"""The subjects of a diagnosis; of formulas, those of a difference and of a step of descent."""


def is_looked_for(mistake: Mistake) -> bool:
    """Whether a diagnosis tries a mistake."""
    return mistake.about in LOOKED_FOR
