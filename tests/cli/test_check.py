"""`gradviz check`: gradients three ways, and the chain rule written out."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradviz.engine.run import run
from gradviz.ops import get, registry

Gradviz = Callable[..., Any]
CIRCUIT = ("(x*y + z) * maximum(y, z)", "x=1.5", "y=2", "z=-1")
NEURON = ("sigmoid(w0*x0 + w1*x1 + w2)", "w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3")


def chain(out: str) -> list[str]:
    """The lines under the heading of the chain rule."""
    return out.partition("The chain rule written out\n")[2].splitlines()


@pytest.fixture
def wrong_tanh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tanh whose slope is wrong: 1 − y in place of 1 − y²."""
    wrong = dataclasses.replace(get("tanh"), local=(lambda xp, y, x: 1 - y,))
    monkeypatch.setitem(registry._OPS, "tanh", wrong)


def test_all_three_gradients_stand_side_by_side(gradviz: Gradviz) -> None:
    """By hand: d/dx = y·y = 4, d/dy = x·y + (x·y + z) = 5, d/dz = y = 2 at (1.5, 2, −1)."""
    found = gradviz("check", *CIRCUIT)
    assert found.status == 0 and not found.err
    head, x, y, z = found.out.splitlines()[3:7]
    assert head.split("  ")[0] == "input" and head.endswith("largest error  verdict")
    for row, name, slope in ((x, "x", "4"), (y, "y", "5"), (z, "z", "2")):
        cells = row.split()
        assert cells[:4] == [name, slope, slope, slope] and cells[5] == "agrees"
        assert float(cells[4]) < 1e-6
    assert "\nAll 3 gradients agree.\n" in found.out


def test_the_chain_rule_is_written_out(gradviz: Gradviz) -> None:
    assert chain(gradviz("check", *CIRCUIT, "--width", "120").out) == [
        "df/dx = (∂f/∂b)(∂b/∂a)(∂a/∂x) = 2 · 1 · 2 = 4",
        "df/dy = (∂f/∂b)(∂b/∂a)(∂a/∂y) + (∂f/∂c)(∂c/∂y) = 2 · 1 · 1.5 + 2 · 1 = 5",
        "df/dz = (∂f/∂b)(∂b/∂z) + (∂f/∂c)(∂c/∂z) = 2 · 1 + 2 · 0 = 2",
    ]


def test_a_sum_too_long_for_a_line_has_a_line_for_each_path(gradviz: Gradviz) -> None:
    assert chain(gradviz("check", "x*x*y + x", "x=2", "y=3", "--width", "60").out) == [
        "df/dx = (∂f/∂b)(∂b/∂a)(∂₁a/∂x)   1 · 3 · 2 = 6",
        "      + (∂f/∂b)(∂b/∂a)(∂₂a/∂x)   1 · 3 · 2 = 6",
        "      + ∂f/∂x                    1",
        "      = 6 + 6 + 1 = 13",
        "df/dy = (∂f/∂b)(∂b/∂y) = 1 · 4 = 4",
        "(a uses x in several places: ∂₁a/∂x and ∂₂a/∂x are the",
        "slopes of one use each.)",
    ]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("x*y", "x=1", "y=-2", "--upstream", "3"), "dL/dx = (dL/df)(∂f/∂x) = 3 · (-2) = -6"),
        (("x*y", "x=1/3", "y=6", "--backend", "exact"), "df/dy = ∂f/∂y = 1/3"),
        (("y = 0*x; 2*z", "x=1", "z=3"), "df/dx = 0    no path leads from x to f"),
        (("x", "x=2"), "dx/dx = 1"),
        (("x - x", "x=2"), "df/dx = ∂₁f/∂x + ∂₂f/∂x = 1 + (-1) = 0"),
        (NEURON, "df/dw2 = (∂f/∂g)(∂g/∂w2) = 0.196612 · 1 = 0.196612"),
    ],
)
def test_rules(gradviz: Gradviz, words: tuple[str, ...], rule: str) -> None:
    found = gradviz("check", *words)
    assert found.status == 0
    assert rule in chain(found.out)


@pytest.mark.parametrize(
    "words",
    [
        ("sigmoid(x*y) * x + exp(x)/y", "x=0.37", "y=1.83"),
        ("tanh(x)*sin(y)*x + log(x + y)*y", "x=1.234567", "y=0.71"),
        ("sqrt(x*x + y*y)/(x + y)", "x=3.3", "y=4.7"),
    ],
)
@pytest.mark.parametrize("digits", ["3", "6"])
def test_the_numbers_can_be_followed_by_hand(
    gradviz: Gradviz, words: tuple[str, ...], digits: str
) -> None:
    """Decimal arithmetic on the numbers as shown gives the gradient as shown, on one line and on
    several.
    """
    whole = chain(gradviz("check", *words, "--width", "400", "--digits", digits).out)
    for line in whole[:2]:
        *_, sums, total = line.split(" = ")
        assert by_hand(sums, total) == float(total)
    rows = chain(gradviz("check", *words, "--width", "60", "--digits", digits).out)
    equations = [line for line in rows if " = " in line and "∂" not in line]
    assert len(equations) > 2
    for line in equations:
        sums, total = line.replace("     =", "").strip("= ").split(" = ")
        assert by_hand(sums, total) == float(total)


def by_hand(sums: str, total: str) -> float:
    """What the sum of products comes to in decimal arithmetic, to as many decimals as the total
    has.
    """
    numbers = re.sub(r"\d+(\.\d+)?", r"Decimal('\g<0>')", sums.replace("·", "*"))
    exact: Decimal = eval(numbers, {"Decimal": Decimal})
    return round(float(exact), len(total.partition(".")[2]))


def test_many_paths_are_not_written_out(gradviz: Gradviz) -> None:
    doubled = "; ".join(["a0 = x + x", *(f"a{k} = a{k - 1} + a{k - 1}" for k in range(1, 8))])
    found = gradviz("check", doubled, "x=1")
    assert found.status == 0
    assert "there are 256 paths, more than 64" in found.out and not chain(found.out)


def test_arrays(gradviz: Gradviz) -> None:
    """dW = 2 q xᵀ and dx = Wᵀ 2 q with q = (0.38, 0.29): the lecture's numbers."""
    words = ("q = W @ x; sum(q**2)", "W=[[0.4,0.6],[0.7,-0.2]]", "x=[0.5,0.3]")
    found = gradviz("check", *words, "--width", "80")
    assert found.status == 0
    assert max(map(len, found.out.splitlines())) <= 80
    block = found.out.partition("W: agrees")[2]
    assert "  gradient            [[0.38, 0.228], [0.29, 0.174]]\n" in block
    assert "  exact               [[19/50, 57/250], [29/100, 87/500]]\n" in block
    assert "  finite differences  [[0.38, 0.228], [0.29, 0.174]]\n" in block
    rule = "(∂f/∂q₁)(∂q₁/∂x₁) + (∂f/∂q₂)(∂q₂/∂x₁) = 0.76 · 0.4 + 0.58 · 0.7 = 0.304 + 0.406 = 0.71"
    assert rule in " ".join(found.out.split())


def test_of_large_arrays_some_elements_are_moved(gradviz: Gradviz) -> None:
    found = gradviz("check", "sum(x**2)", "x=random:1:40")
    assert found.status == 0
    assert "finite differences  [20 of 40 elements, from " in found.out


def test_a_kink_is_named_and_no_failure(gradviz: Gradviz) -> None:
    found = gradviz("check", "relu(x) + y", "x=0", "y=1")
    assert found.status == 0
    x = found.out.splitlines()[4].split("  ")
    assert [cell.strip() for cell in x if cell.strip()][2:] == [
        *("0 | 1", "0 | 1", "-", "no derivative here")
    ]
    assert "  x: no derivative here (left 0, right 1); we use 0 by convention (relu: " in found.out
    assert "\nWith respect to x there is no derivative here. The other agrees.\n" in found.out


def test_kinks_that_cancel_differ(gradviz: Gradviz) -> None:
    """relu(x) − relu(−x) is x, so the derivative at 0 is 1."""
    found = gradviz("check", "relu(x) - relu(-x)", "x=0")
    assert (found.status, found.err) == (3, "")
    assert found.out.splitlines()[4].split() == ["x", "0", "1", "1", "1.0e+00", "differs"]
    assert "so the derivative is 1, not 0\n" in found.out
    assert "\nThe gradient of x differs.\n" in found.out


def test_where_the_formula_simplifies_a_point_away(gradviz: Gradviz) -> None:
    found = gradviz("check", "x/x", "x=0")
    assert found.status == 0
    assert "tends to 0" in found.out and "div at f is NaN, so f is not defined here" in found.out
    assert "-1 | 1" in gradviz("check", "sqrt((x-1)**2)", "x=1").out


def test_kinks_of_an_array_cell_by_cell(gradviz: Gradviz) -> None:
    found = gradviz("check", "sum(relu(x))", "x=[0,1,-2]")
    assert found.status == 0
    assert found.out.count("[0 | 1, 1, 0]") == 2  # exact and measured


@pytest.mark.parametrize(
    "words",
    [
        ("x**100000000", "x=1.5"),
        ("9**x", "x=1000000000"),
        ("(x*x + 1)**100000000", "x=3"),
        ("2**(2**(2**x))", "x=9"),
    ],
)
def test_a_proof_that_would_not_end_is_left_out(gradviz: Gradviz, words: tuple[str, ...]) -> None:
    found = gradviz("check", *words, "--width", "200")
    assert found.status == 0
    assert "no exact derivative: an exact number would be too long here (about " in found.out


def test_a_wrong_gradient_is_found(gradviz: Gradviz, wrong_tanh: None) -> None:
    found = gradviz("check", "tanh(x) + y", "x=0.5", "y=1")
    assert found.status == 3
    assert found.err == "" and "\nThe gradient of x differs. The other agrees.\n" in found.out
    x, y = found.out.splitlines()[4:6]
    assert x.endswith("differs") and y.endswith("agrees")
    # 1 − tanh² ½ = 0.786448, 1 − tanh ½ = 0.537883; they differ by a third.
    assert x.split()[1:4] == ["0.537883", "0.786448", "0.786448"]
    assert float(x.split()[4]) == pytest.approx(0.316, abs=5e-3)


def test_nothing_can_be_said_of_infinity(gradviz: Gradviz) -> None:
    found = gradviz("check", "1/x", "x=0")
    assert found.status == 0
    assert "gradviz: warning: step 1" in found.err
    assert "\nThe gradient of x is not defined here.\n" in found.out
    assert "div at f is ∞ (a pole), so f is not defined here" in found.out


def test_exact_numbers_stay_exact(gradviz: Gradviz) -> None:
    found = gradviz("check", "sqrt(x)", "x=2", "--backend", "exact")
    assert found.status == 0
    assert found.out.splitlines()[4].split()[1:3] == ["sqrt(2)/4", "sqrt(2)/4"]


@pytest.mark.parametrize(
    "options", [(), ("--backend", "exact"), ("--upstream", "-2"), ("--wrt", "y")]
)
def test_a_saved_trace_is_checked_on_its_own_values(
    gradviz: Gradviz, tmp_path: Path, options: tuple[str, ...]
) -> None:
    words = ("x*y + y", "x=1/4", "y=6")
    file = str(tmp_path / "run.json")
    assert gradviz("trace", *words, *options, "-o", file).status == 0
    assert gradviz("check", file).out == gradviz("check", *words, *options).out


def test_json(gradviz: Gradviz) -> None:
    data = json.loads(gradviz("check", "x*x + y", "x=3", "y=1", "--json").out)
    assert (data["source"], data["ok"], data["said"]) == ("x*x + y", True, "Both gradients agree.")
    row = data["rows"][0]
    assert (row["name"], row["gradient"], row["exact"], row["verdict"]) == ("x", 6.0, "6", "agrees")
    assert row["measured"] == pytest.approx(6) and (row["exact"], data["differs"]) == ("6", False)
    assert (row["left"], row["right"]) == (6.0, 6.0)
    (element,) = row["elements"]
    assert (element["place"], element["verdict"], element["exact_left"]) == ([], "agrees", "6")
    assert [p["product"] for p in row["paths"]] == [3.0, 3.0]
    assert row["paths"][1]["edges"] == [
        {"source": 0, "target": 2, "slot": 1},
        {"source": 2, "target": 3, "slot": 0},
    ]


def test_json_is_strict(gradviz: Gradviz) -> None:
    data = json.loads(
        gradviz("check", "1/x", "x=0", "--json").out, parse_constant=lambda name: pytest.fail(name)
    )
    assert data["ok"] is False and data["rows"][0]["gradient"] == "-Infinity"
    root = gradviz("check", "sqrt(x)", "x=0", "--json").out
    row = json.loads(root, parse_constant=lambda name: pytest.fail(name))["rows"][0]
    assert (row["left"], row["right"], row["measured"]) == (None, "Infinity", None)
    some = json.loads(gradviz("check", "sum(x**2)", "x=random:1:40", "--json").out)["rows"][0][
        "measured"
    ]
    assert len(some) == 40 and some.count(None) == 20


def test_ascii(gradviz: Gradviz) -> None:
    found = gradviz("check", *CIRCUIT, "--ascii")
    assert found.out.isascii()
    assert "df/dx = (df/db)(db/da)(da/dx) = 2 * 1 * 2 = 4" in found.out
    infinite = gradviz("check", "1/x", "x=0", "--ascii").out
    assert infinite.isascii() and "-inf" in infinite


def test_the_same_text_in_every_process() -> None:
    outs = set()
    for seed in ("1", "2"):
        words = [sys.executable, "-m", "gradviz", "check", "x*x*y + max(x, y)", "x=2", "y=3"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        outs.add(subprocess.run(words, capture_output=True, env=environment, check=True).stdout)
    assert len(outs) == 1


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("x*y", "x=1"), 1, "no value for y"),
        (("x*y", "--backend", "exact"), 1, "no value for x and y"),
        (("x*y", "x=1", "y=2", "z=3"), 1, "no input called 'z'"),
        (("W @ x", "W=[[1,2],[3,4]]", "x=[1,2]"), 1, "no gradient to check"),
        (("W @ x", "W=[[1,2]]", "x=[1,2,3]"), 1, "(1, 2) and (3,)"),
        (("x +", "x=1"), 1, "an operand is missing"),
        (("nothing.json",), 1, "nothing.json"),
        (("x*y", "x=1", "y=2", "--digit", "3"), 2, "did you mean --digits?"),
        (("x", "x=1", "--digits", "0"), 2, "digits"),
        ((), 2, "SOURCE"),
    ],
)
def test_bad_input(gradviz: Gradviz, words: tuple[str, ...], status: int, said: str) -> None:
    refused = gradviz("check", *words)
    assert refused.refused and refused.status == status
    assert said in refused.err


def test_a_saved_trace_has_its_values(gradviz: Gradviz, tmp_path: Path) -> None:
    file = str(tmp_path / "run.json")
    gradviz("trace", "x*y", "x=1", "y=2", "-o", file)
    refused = gradviz("check", file, "x=3")
    assert refused.refused and refused.status == 1
    assert "a saved trace already has its values" in refused.err


def test_every_step_of_a_saved_trace_is_computed_again(gradviz: Gradviz, tmp_path: Path) -> None:
    """`show` looks at a sample of 200,000 elements, `check` at all."""
    file = tmp_path / "run.json"
    x = np.linspace(-1, 1, 200_000)
    trace = run("sum(exp(x)) + y", x=x, y=1)
    exp = np.exp(x)
    exp[12345] += 1e-3
    trace.values = [
        exp if node.op == "exp" else v
        for node, v in zip(trace.graph.nodes, trace.values, strict=True)
    ]
    trace.save(file)
    assert gradviz("show", str(file), "--brief").status == 0
    refused = gradviz("check", str(file))
    assert refused.refused and refused.status == 1
    assert "this trace contradicts itself at step 1: the value of a = exp(…)" in refused.err
    assert "at [12345]" in refused.err


def test_a_path_that_a_route_stops_is_no_product(gradviz: Gradviz) -> None:
    """The slope of the root at 0 is infinite; the closed ReLU passes nothing of it."""
    shown = gradviz("check", "sqrt(relu(x))", "x=-1")
    assert shown.status == 0 and chain(shown.out) == ["df/dx = (∂f/∂a)(∂a/∂x) = 0"]


@pytest.mark.parametrize("depth", [100, 101, 400, 2000])
def test_a_path_too_long_to_be_read_is_counted(depth: int, gradviz: Gradviz) -> None:
    found = gradviz("check", "0" + "-" * depth + "x", "x=2")
    chained = found.out[found.out.index("The chain rule") :]
    assert found.status == 0
    if depth > 100:
        assert chained.splitlines()[1] == f"df/dx: a path has {depth} steps, more than 100"
    else:
        assert chained.split() and chained.endswith("(-1) = 1\n")


@pytest.mark.parametrize("command", [("show",), ("show", "--brief"), ("check",)])
def test_a_backend_that_rounds_more_says_so_where_that_matters(
    gradviz: Gradviz, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Of convolutions, which it may round more, and of a saved trace; not of a product."""
    convolved = "sum(conv2d(x, w))", "x=random:1:1x3x3", "w=random:2:1x1x2x2"
    fast = "--backend", "numpy-fast"
    said = "about five times as much as by numpy"
    assert said in gradviz(*command, *convolved, *fast).out
    assert said not in gradviz(*command, *convolved).out
    assert said not in gradviz(*command, "x*y", "x=2", "y=3", *fast).out
    saved = str(tmp_path / "run.json")
    gradviz("trace", *convolved, *fast, "-o", saved)
    assert said in gradviz(*command, saved).out


def test_the_data_name_the_backend(gradviz: Gradviz) -> None:
    for backend in ("numpy", "numpy-fast"):
        given = gradviz("check", "x*y", "x=2", "y=3", "--backend", backend, "--json")
        assert json.loads(given.out)["backend"] == backend


# Claims: numbers from elsewhere.
LINE = ("L = (w*x - t)**2", "w=2", "x=3", "t=5")


def test_a_claimed_gradient_is_named_its_mistake(gradviz: Gradviz) -> None:
    """dL/dw = 2·(6 − 5)·3 = 6; without the 2 of the square it is 3."""
    found = gradviz("check", *LINE, "--claim", "dw=3.000")
    assert found.status == 3 and "All 3 gradients agree." in found.out
    assert "dw = 3.000 is not right: it is 6." in found.out
    assert "actor of the power was left out" in found.out
    right = gradviz("check", *LINE, "--claim", "w=6", "--claim", "dx=4")
    assert right.status == 0 and "w = 6 is right." in right.out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradients_of_another_library_are_claims(
    tmp_path: Path, gradviz: Gradviz, dtype: str
) -> None:
    """∂ sum((W x)²)/∂W = 2 W x xᵀ; W for Wᵀ is not the gradient."""
    w, x = np.array([[0.3, -0.8], [0.6, 0.45]]), np.array([0.7, -1.3])
    right, file = 2 * np.outer(w @ x, x), tmp_path / "grads.npz"
    source = ("L = sum((W @ x)**2)", f"W={w.tolist()}", f"x={x.tolist()}")
    np.savez(file, W=right.astype(dtype), x=(2 * w.T @ (w @ x)).astype(dtype))
    assert gradviz("check", *source, "--claims", str(file)).status == 0
    np.savez(file, x=(2 * w @ (w @ x)).astype(dtype))
    wrong = gradviz("check", *source, "--claims", str(file), "--json")
    (finding,) = json.loads(wrong.out)["claims"]["findings"]
    assert wrong.status == 3 and finding["verdict"] == "explained"
    assert "W was taken where its transpose belongs" in finding["says"][1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--claim", "dq=1"], "no node called 'dq'"),
        (["--claim", "dw"], "this is not a claim"),
        (["--claims", "missing.npz"], "missing.npz"),
    ],
)
def test_claims_that_cannot_be_read(gradviz: Gradviz, words: list[str], message: str) -> None:
    found = gradviz("check", *LINE, *words)
    assert found.status == 1 and message in found.err and "Traceback" not in found.err
