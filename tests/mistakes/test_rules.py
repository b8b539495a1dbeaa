"""Rules with one part changed: every one is a rule of its own, and says what it computes."""

import math

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.mistakes.rules import rule, spelled, variants
from gradviz.ops import get
from gradviz.ops.registry import every

XP = for_backend("numpy")
SMOOTH = [op for op in every() if op.local is not None and not op.hidden]


def wrong(name: str, slot: int = 0) -> dict[str, float]:
    """What is written for each wrong slope, with its number at the operands 0.4 and 2.5."""
    op = get(name)
    operands = [np.float64(v) for v in (0.4, 2.5)[: len(op.inputs)]]
    y = op.forward(XP, *operands)
    with np.errstate(all="ignore"):
        return {v.wrong: float(v.value(XP, y, *operands)) for v in variants(op, slot)}


@pytest.mark.parametrize(
    ("op", "text", "number"),
    [
        ("tanh", "1 + y²", 1 + math.tanh(0.4) ** 2),
        ("tanh", "1 − y", 1 - math.tanh(0.4)),
        ("tanh", "1 − x²", 1 - 0.16),
        ("tanh", "1/(1 + x²)", 1 / 1.16),  # of arctan, in the same file
        ("sigmoid", "y", 1 / (1 + math.exp(-0.4))),
        ("sigmoid", "y² · (1 − y)", 0.598687660112452**2 * (1 - 0.598687660112452)),
        ("arctan", "1/(1 + x)", 1 / 1.4),
        ("arctan", "1/(1 − x²)", 1 / 0.84),
        ("arcsin", "1/(1 − x²)", 1 / 0.84),
        ("log2", "1/x", 2.5),
        ("softplus", "sigmoid(−x)", 1 / (1 + math.exp(0.4))),
        ("sqrt", "1/y", 1 / math.sqrt(0.4)),
    ],
)
def test_a_part_is_left_out_or_changed(op: str, text: str, number: float) -> None:
    assert wrong(op)[text] == pytest.approx(number, rel=1e-12)


def test_the_rule_of_the_other_operand_is_one_of_them() -> None:
    """d(xⁿ)/dn = xⁿ log x; by the power rule n xⁿ⁻¹."""
    assert wrong("pow", 1)["n · x^(n − 1)"] == pytest.approx(2.5 * 0.4**1.5)


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: op.name)
def test_no_wrong_rule_is_written_like_the_right_one(op) -> None:  # type: ignore[no-untyped-def]
    options = tuple(sorted(op.options.items()))
    for slot in range(len(op.inputs)):
        right = rule(op, slot, options)
        found = variants(op, slot, options)
        texts = [v.wrong for v in found]
        assert len(set(texts)) == len(texts)
        assert right is None or spelled(right) not in texts
        assert all(v.right == spelled(right) for v in found if right is not None)


@pytest.mark.parametrize(
    ("source", "values", "claim", "says"),
    [
        # The slope of SiLU is σ(x)(1 + x(1 − σ(x))); σ(x) alone at x = 0.51 is 0.624806.
        ("y = silu(x)", {"x": 0.51}, "dx=0.624806", "the value of sigmoid was taken"),
        ("y = arctan(x)", {"x": 0.51}, "dx=0.662252", "1/(1 + x) was taken for 1/(1 + x²)"),
        ("y = log10(x)", {"x": 0.51}, "dx=1.960784", "1/x was taken for 1/(x · log(10))"),
    ],
)
def test_a_diagnosis_names_the_part(
    source: str, values: dict[str, float], claim: str, says: str
) -> None:
    assert says in gv.diagnose(source, claim, values=values).says.replace("The v", "the v")
