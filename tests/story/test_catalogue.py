"""The catalogue of ops: every op once, its rules in symbols from its own declaration."""

from __future__ import annotations

import pytest

from gradviz.ops import every, get
from gradviz.story.catalogue import families, rules
from gradviz.story.maths import latex, unicode


def test_every_op_is_in_one_family_and_the_order_is_that_of_the_files() -> None:
    assert [op for ops in families().values() for op in ops] == list(every())
    assert all(name and not name.endswith(".") for name in families())
    order = [
        next(i for i, name in enumerate(families()) if name.startswith(word))
        for word in ("Matrix", "Layers", "Losses")
    ]
    assert order == sorted(order)


@pytest.mark.parametrize("op", list(every()), ids=lambda op: op.name)
def test_every_gradient_is_written_or_said(op: object) -> None:
    for slot, rule in enumerate(rules(op)):  # type: ignore[arg-type]
        takes_one = op.differentiable(slot)  # type: ignore[attr-defined]
        assert (rule.right is not None or rule.said != "") == takes_one
        assert "{" not in rule.said
        if rule.right is not None:
            assert latex.write(rule.right) and "None" not in unicode.text(rule.right)


@pytest.mark.parametrize(
    ("op", "written"),
    [
        ("silu", ["∂y/∂x = σ(x) · (1 + x · (1 − σ(x)))"]),
        ("pow", ["∂y/∂a = b · a^(b − 1)", "∂y/∂b = a^b · log(a)"]),
        ("maximum", ["∂y/∂a = 1 where a ≥ b, else 0", "∂y/∂b = 1 where b > a, else 0"]),
        ("elu", ["∂y/∂x = 1 if x > 0 else alpha · exp(x)"]),
        ("norm", ["dx = u · (x/y)"]),
        ("matmul", ["da = u bᵀ", "db = aᵀ u"]),
    ],
)
def test_rules_by_the_book(op: str, written: list[str]) -> None:
    found = [rule for rule in rules(get(op)) if rule.right is not None]
    assert [
        f"{unicode.text(r.left)} = {unicode.text(r.right)}" for r in found if r.right
    ] == written
