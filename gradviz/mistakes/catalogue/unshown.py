"""Numbers that are not shown: they are solved for, as the shortest decimals that fit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import log2

from gradviz.mistakes.claims import Asked, fits
from gradviz.mistakes.edits import Edit, Results
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.trace.findings import At, Claim, Place


def _added(asked: Asked) -> Iterator[Made]:
    """A bias that was added to every number."""
    of = asked.only
    if of is None or of.kind != "value" or len(asked.claims) < 2:
        return
    for cut in (False, True):
        for decimals in (0, 1, 2):
            terms = [
                _term(c, true, 10.0**-decimals, cut=cut)
                for c, true in zip(asked.claims, asked.true, strict=True)
            ]
            found = [term for term in terms if term is not None]
            if len(found) < len(terms) or not any(found):
                continue
            unit = 10.0**-decimals
            largest = max(abs(t) for t in found)
            bits = len(found) * log2(2 * max(largest / unit, 1) + 1) + decimals
            text = ", ".join(f"{t:.{decimals}f}" for t in found)
            edit = Edit(written=partial(_plus, tuple(found)))
            details = {"numbers": f"({text})", "node": At(of.node)}
            yield Made(edit, Place(of.node), bits, details, solved=bits)
            return


def _plus(terms: Results, results: Results) -> Results:
    return tuple(r + t for r, t in zip(results, terms, strict=True))


def _term(claim: Claim, true: float, unit: float, *, cut: bool) -> float | None:
    """The multiple of a unit that leads from the right number to the claimed one."""
    near = round((claim.written.value - true) / unit)
    for k in (near, near + 1, near - 1):
        if fits(claim.written, true + k * unit, cut=cut):
            return k * unit
    return None


MISTAKES = (
    Mistake(
        "term-not-shown",
        about="solved",
        places=_added,
        says="{numbers} was added to {node}, which is not shown",
        bits=7.0,
    ),
)
