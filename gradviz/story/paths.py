"""The chain rule along the paths between two nodes: a sentence and a formula."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final

from gradviz.arrays.digits import number
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.frame import Frame, Story, retold
from gradviz.story.maths import M, unicode
from gradviz.story.maths.tree import Maths
from gradviz.trace.paths import Paths, Way

MORE: Final = 3
"""So many further digits are shown where the factors would not give the product by hand."""
MOST_STOPS: Final = 8
"""A sentence names no more nodes of a path."""


def told(story: Story, paths: Paths) -> Frame:
    """The end of the run, where everything is known, told along some paths."""
    formula = _formula(story.rules, paths)
    sentence = _sentence(story.rules, paths, formula)
    return retold(story.frame("final"), sentence=sentence, formula=formula)


def _sentence(rules: Rules, paths: Paths, formula: Formula | None) -> str:
    source, target = (rules.labels[node] for node in (paths.source, paths.target))
    if paths.count == 1:
        (way,) = paths.ways
        nodes = [rules.labels.get(node, "a constant") for node in way.nodes]
        if len(nodes) > MOST_STOPS:
            nodes[3:-3] = ["…"]
        along = f"Along {' → '.join(nodes)}"
        if formula is None:
            return f"{along} the gradient comes back from {target} to {source}."
        if len(way.edges) == 1:
            return f"{along} there is one local gradient, {_said(formula.rule)}."
        done = formula.filled or formula.rule
        if _said(done) == _said(formula.result):
            return f"{along} the local gradients multiply to {_said(done)}."
        return f"{along} the local gradients multiply: {_said(done)} {_equal(formula)}."
    if paths.total is None:
        return f"{source} reaches {target} along {paths.count:,} paths; what they bring adds up."
    parts = [_said(rules.shown(way.product)) for way in paths.ways]
    total = _said(rules.shown(paths.total))
    if not parts or rules.graph.nodes[paths.source].shape:
        return f"{source} reaches {target} along {paths.count:,} paths; their products add up" + (
            f" to {total}." if not rules.graph.nodes[paths.source].shape else "."
        )
    sum_ = " + ".join(f"({part})" if part.startswith("−") else part for part in parts)
    return (
        f"{source} reaches {target} along {paths.count} paths, whose products add up: {sum_} ="
        f" {total}."
    )


def _said(maths: Maths | None) -> str:
    return unicode.text(maths) if maths is not None else ""


def _equal(formula: Formula) -> str:
    return f"{formula.equals} {_said(formula.result)}"


def _formula(rules: Rules, paths: Paths) -> Formula | None:
    """∂f/∂x as the sum over paths of the products of local gradients along each."""
    if paths.total is None or not paths.ways:
        return None
    symbols = [_product([_partial(rules, edge) for edge in way.edges]) for way in paths.ways]
    digits = next(
        (d for d in range(rules.digits, rules.digits + MORE) if _follows(rules, paths, d)), None
    )
    shown = digits or rules.digits
    numbers = [_numbers(rules, way, shown) for way in paths.ways]
    filled = reduce(M.add, numbers)
    result = rules.shown(paths.total, "hot")
    left = M.partial(rules.labels[paths.target], rules.label(paths.source))
    sign = "=" if paths.is_all else "←"
    if len(paths.edges) == 1:
        return Formula(left, sign, result, None, None)
    return Formula(
        left,
        sign,
        reduce(M.add, symbols),
        filled,
        result,
        digits=shown,
        equals="=" if digits else "≈",
    )


def _partial(rules: Rules, edge: Any) -> Maths:
    return M.partial(_said(rules.label(edge.target)), rules.label(edge.source))


def _numbers(rules: Rules, way: Way, digits: int) -> Maths:
    assert way.factors is not None
    return _product([rules.shown(factor, "gradient", digits) for factor in way.factors])


def _product(factors: Sequence[Maths]) -> Maths:
    return reduce(M.mul, factors)


def _follows(rules: Rules, paths: Paths, digits: int) -> bool:
    """Whether the factors, rounded to these digits, give the result that is shown."""
    xp = rules.xp
    if xp.name == "exact" or not xp.finite(paths.total):
        return True
    if xp.shape(paths.total):
        return digits == rules.digits
    total = 0.0
    for way in paths.ways:
        assert way.factors is not None
        product = 1.0
        for factor in way.factors:
            product *= float(number(xp.plain(factor), digits))
        total += product
    return number(total, rules.digits) == number(xp.plain(paths.total), rules.digits)
