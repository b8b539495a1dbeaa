"""The ops as text: every op with its signature, its gradients and one line, by family."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.ops import Op
from gradviz.scene.characters import GRADIENT
from gradviz.story.catalogue import Rule, families, rules
from gradviz.story.maths import unicode
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.maths.tree import given

GAP = 2
NARROWEST = 36
"""Columns that are narrower than this go below the signature."""
NOTE = (
    "y is the output of an op and u its upstream gradient. Elementwise ops show their local"
    " gradient ∂y/∂x, by which u is multiplied; the others show dx, the contribution to x. […] is 1"
    " where the condition holds, else 0."
)


def ops_text(width: int, *, ascii: bool = False) -> Iterator[Line]:
    """The lines of the whole catalogue, each a list of (text, role)."""
    for line in _lines(width):
        yield [(to_ascii(text) if ascii else text, role) for text, role in line]


def _lines(width: int) -> Iterator[Line]:
    yield from wrapped(NOTE, width, MUTED)
    for family, ops in families().items():
        yield []
        yield from wrapped(family, width, HEADING)
        rows = [(op.signature(), plain_minus(gradients(op)), plain_minus(op.summary)) for op in ops]
        yield from _table(rows, width)


def gradients(op: Op) -> str:
    """The gradients of all operands that have one: `∂y/∂a = b, ∂y/∂b = a`."""
    found: list[str] = []
    definitions: dict[str, dict[str, None]] = {}
    for rule in rules(op):
        body, *defined = (rule.right,) if rule.right is None else given(rule.right)
        found.append(rule_text(replace(rule, right=body)))
        for each in filter(None, defined):
            name, _, meaning = unicode.text(each).partition(" = ")
            definitions.setdefault(name, {})[meaning] = None
    told = ", ".join(filter(None, found)) or "no gradient"
    meant = [
        " = ".join(filter(None, (name, " or ".join(own)))) for name, own in definitions.items()
    ]
    return f"{told}; with {', '.join(meant)}" if meant else told


def rule_text(rule: Rule) -> str:
    """One operand's gradient, in symbols or in words; empty if it takes none."""
    return (
        rule.said
        if rule.right is None
        else f"{unicode.text(rule.left)} = {unicode.text(rule.right)}"
    )


def _table(rows: Iterable[tuple[str, str, str]], width: int) -> Iterator[Line]:
    """Three columns if they fit; else two, with gradients below the summary; else one.

    A signature that is too long for its column gets its own lines.
    """
    rows = list(rows)
    wide = [max(map(len, column)) + GAP for column in zip(*rows, strict=True)]
    if sum(wide) <= width:
        for signature, rule, summary in rows:
            head = (" " * GAP + signature).ljust(GAP + wide[0])
            yield [(head, ""), (rule.ljust(wide[1]), GRADIENT), (summary, MUTED)]
        return
    fitting = [
        len(signature) for signature, _, _ in rows if len(signature) <= width - NARROWEST - 2 * GAP
    ]
    lead = max(fitting) + 2 * GAP if 2 * len(fitting) > len(rows) else 3 * GAP
    for signature, rule, summary in rows:
        heads = textwrap.wrap(
            signature, width, initial_indent=" " * GAP, subsequent_indent=" " * 2 * GAP
        )
        cells = [(part, MUTED) for part in textwrap.wrap(summary, width - lead)]
        cells += [(part, GRADIENT) for part in _broken(rule, width - lead)]
        if len(heads[0]) > lead - GAP:
            yield from ([(head, "")] for head in heads)
            heads = [""]
        for i, cell in enumerate(cells):
            yield [((heads[0] if i == 0 else "").ljust(lead), ""), cell]


def _broken(gradient: str, width: int) -> list[str]:
    """Gradients on as few lines as they take; a product stays on one line."""
    glued = gradient.replace(" · ", "\u00a0·\u00a0")
    return [
        part.replace("\u00a0", " ") for part in textwrap.wrap(glued, width, break_on_hyphens=False)
    ]
