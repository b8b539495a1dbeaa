"""`gradviz list`: ops, networks, examples, backends."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from gradviz.cli.examples import EXAMPLES
from gradviz.ops import every

Gradviz = Callable[..., Any]
OPS = list(every())


def test_every_op_is_listed_with_its_signature_and_its_line(gradviz: Gradviz) -> None:
    lines = gradviz("list", "ops", "--width", "200").out.splitlines()
    for op in OPS:
        (line,) = [line for line in lines if line.startswith(f"  {op.signature()} ")]
        assert line.endswith(op.summary.replace("−", "-"))


@pytest.mark.parametrize(
    ("op", "rule"),
    [
        ("add", "∂y/∂a = 1, ∂y/∂b = 1"),
        ("mul", "∂y/∂a = b, ∂y/∂b = a"),
        ("div", "∂y/∂a = 1/b, ∂y/∂b = -a/b²"),
        ("tanh", "∂y/∂x = 1 - y²"),
        ("sigmoid", "∂y/∂x = y · (1 - y)"),
        ("relu", "∂y/∂x = 1 where x > 0, else 0"),
        ("leaky_relu", "∂y/∂x = 1 where x > 0, else slope"),
        ("clip", "∂y/∂x = 1 where low < x < high, else 0"),
        ("where", "∂y/∂a = 1 where condition, else 0, ∂y/∂b = 0 where condition, else 1"),
        ("less", "no gradient"),
        ("matmul", "da = u bᵀ, db = aᵀ u"),
        ("mean", "dx = u/n · 1"),
        ("transpose", "dx = uᵀ"),
        ("reshape", "dx = u reshaped to n×n"),
    ],
)
def test_gradients_are_the_rules_of_the_textbook(gradviz: Gradviz, op: str, rule: str) -> None:
    lines = gradviz("list", "ops", "--width", "300").out.splitlines()
    (line,) = [line for line in lines if line.startswith(f"  {op}(")]
    assert f" {rule} " in line


@pytest.mark.parametrize("width", [80, 100, 120])
def test_lines_are_as_wide_as_asked_and_columns_line_up(gradviz: Gradviz, width: int) -> None:
    lines = gradviz("list", "ops", "--width", str(width)).out.splitlines()
    assert max(map(len, lines)) <= width
    heads = {op.signature() for op in OPS}
    for family in "\n".join(lines).split("\n\n")[1:]:
        rows = [line for line in family.splitlines() if line.startswith("  ")]
        named = [line for line in rows if any(line.startswith(f"  {h} ") for h in heads)]
        columns = {len(line) - len(line[2:].partition("  ")[2].lstrip()) for line in named} or {6}
        assert len(columns) == 1, family
        # What is wrapped stands below the second column, or is a signature too long for its column.
        wrapped = [
            line
            for line in rows
            if line not in named and not line[2:].startswith(tuple(h[:20] for h in heads))
        ]
        assert all(line[: min(columns)].isspace() or line.endswith(")") for line in wrapped), family


def test_a_narrow_list_puts_everything_below_the_signature(gradviz: Gradviz) -> None:
    out = gradviz("list", "ops", "--width", "50").out
    assert max(map(len, out.splitlines())) <= 50
    assert "  norm(x, axis=None, keepdims=False)\n      the Euclidean length" in out


def test_families_come_in_their_order(gradviz: Gradviz) -> None:
    out = gradviz("list", "ops").out
    headings = [
        "Exponentials, logarithms",
        "Activation functions",
        "Comparisons",
        "Matrix products",
    ]
    places = [out.index(f"\n{h}") for h in headings]
    assert places == sorted(places)


def test_ops_as_json(gradviz: Gradviz) -> None:
    ops = json.loads(gradviz("list", "ops", "--json").out)["ops"]
    assert [op["name"] for op in ops] == [op.name for op in OPS]
    by_name = {op["name"]: op for op in ops}
    assert by_name["mul"]["gradients"]["a"] == {
        "text": "∂y/∂a = b",
        "latex": r"\frac{\partial y}{\partial a} = b",
    }
    assert by_name["where"]["gradients"]["condition"] == {"text": "", "latex": ""}
    for op in OPS:
        entry = by_name[op.name]
        assert list(entry["gradients"]) == [name.lstrip("*") for name in op.inputs]
        for slot, gradient in enumerate(entry["gradients"].values()):
            assert bool(gradient["text"]) == op.differentiable(slot)
        assert entry["ties"] == op.ties


def test_examples(gradviz: Gradviz) -> None:
    shown = gradviz("list", "examples").out
    commands = [line.strip() for line in shown.splitlines() if line.startswith("  gradviz show")]
    assert commands == [example.command for example in EXAMPLES]
    for example in EXAMPLES:
        assert shlex.split(example.command) == ["gradviz", "show", example.source, *example.values]
        assert f"{example.name}\n  {example.line}\n  from {example.lecture}\n" in shown
    data = json.loads(gradviz("list", "examples", "--json").out)["examples"]
    assert [entry["command"] for entry in data] == commands


def test_backends(gradviz: Gradviz) -> None:
    states = {
        b["name"]: b["missing"]
        for b in json.loads(gradviz("list", "backends", "--json").out)["backends"]
    }
    assert list(states) == ["numpy", "numpy-fast", "cupy", "exact"]
    assert states["numpy"] == states["numpy-fast"] == states["exact"] == ""
    shown = gradviz("list", "backends").out
    assert shown.count("ready") == list(states.values()).count("")
    assert states["cupy"] in shown


def test_what_there_is_to_list(gradviz: Gradviz) -> None:
    shown = gradviz("list").out
    assert [line.split()[2] for line in shown.splitlines()] == [
        "ops",
        "networks",
        "examples",
        "backends",
        "optimizers",
        "schedules",
        "views",
        "data",
    ]
    assert f"{len(OPS)} operations" in shown
    assert list(json.loads(gradviz("list", "--json").out)) == [
        "ops",
        "networks",
        "examples",
        "backends",
        "optimizers",
        "schedules",
        "views",
        "data",
    ]


def test_ascii(gradviz: Gradviz) -> None:
    ops = gradviz("list", "ops", "--ascii").out
    assert "dy/dx = 1 - y^2" in ops and "da = u b^T, db = a^T u" in ops
    assert ops.isascii()
    assert gradviz("list", "examples", "--ascii").out.isascii()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("op",), "did you mean ops?"),
        (("backend",), "did you mean backends?"),
        (("trees",), "ops, networks, examples, backends"),
        (("ops", "--width", "wide"), "'wide'"),
        (("ops", "--width", "3"), "at least 40 columns"),
    ],
)
def test_bad_input(gradviz: Gradviz, words: tuple[str, ...], said: str) -> None:
    refused = gradviz("list", *words)
    assert refused.refused and refused.status == 2
    assert said in refused.err


def test_optimizers_show_their_rules(gradviz: Gradviz) -> None:
    shown = gradviz("list", "optimizers", "--json").out
    rules = {row["name"]: row for row in json.loads(shown)["optimizers"]}
    assert rules["momentum"]["formula"]["text"] == ["v ← μ · v + g", "w ← w − η · v"]
    assert rules["adam"]["formula"]["latex"][2] == r"\hat{m} = \frac{m}{1 - \beta_{1}^{t}}"
    assert "η = η0 · γ^k" in gradviz("list", "schedules").out
    told = gradviz("list", "data", "--ascii").out
    assert told.isascii() and "CC BY 4.0" in told and "ring" in told


def test_views_are_listed_where_one_is_asked_for(gradviz: Gradviz) -> None:
    shown = gradviz("list", "views").out
    assert gradviz("show", "x*y", "--view", "list").out == shown
    assert gradviz("tui", "x*y", "--view", "list").out == shown
    rows = {row["name"]: row for row in json.loads(gradviz("list", "views", "--json").out)["views"]}
    assert "also in the terminal program" in rows["volumes"]["summary"]
    assert rows["im2col"]["summary"].endswith("pictures and text")
    assert "h" in rows["differences"]["options"]
