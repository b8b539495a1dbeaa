"""Paths from unit to unit and from entry to entry: their products, by hand and by the engine."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import GradvizError
from gradviz.story import walks
from gradviz.trace.ways import Hop, ways

NETWORK = "h = tanh(W1@x+b1); o = W2@h+b2; L=mse(o,t)"
VALUES = {
    "x": [1, 2],
    "W1": [[0.1, -0.4], [0.5, 0.2], [-1, 0.3]],
    "W2": [[1, 2, -1], [0.5, 0.2, 0.7]],
    "b1": [0.1, 0.2, 0.3],
    "b2": [0, 0.5],
    "t": [1, 0],
}
PRODUCT = "s = W@x + b; L = sum(s**2)"
NUMBERS = {"W": [[1, -2], [3, 4]], "x": [2, 1], "b": [0.5, -1]}


def frame(source: str, view: str, path: str, **values: Any) -> Any:
    trace = gv.run(source, values={k: v for k, v in values.items() if k != "upstream"},
                   upstream=values.get("upstream"))  # fmt: skip
    story: Any = walks.of(views.walk(trace, view))
    return story.along(story.lit(path))


def flat(made: Any) -> str:
    return " ".join(made.formula.block.flat.split())


# s = (1·2 − 2·1 + 0.5, 3·2 + 4·1 − 1) = (0.5, 9); ∂L/∂s = 2s = (1, 18).
@pytest.mark.parametrize(
    ("path", "sentence", "formula"),
    [
        (
            "x_1..s_2..L",
            "Along x₁ → s₂ → L the local gradients multiply: 3 · 18 = 54.",
            "∂L/∂x₁ ← W₂₁ · (∂L/∂s₂) = 3 · 18 = 54",
        ),
        (
            "x2..L",
            "x₂ reaches L along 2 paths, whose products add up: −2 + 72 = 70.",
            "∂L/∂x₂ = W₁₂ · (∂L/∂s₁) + W₂₂ · (∂L/∂s₂) = −2 · 1 + 4 · 18 = 70",
        ),
        (
            "W[2,1]..L",
            "Along W₂₁ → s₂ → L the local gradients multiply: 2 · 18 = 36.",
            "∂L/∂W₂₁ = x₁ · (∂L/∂s₂) = 2 · 18 = 36",
        ),
        ("W_12..s_1", "Along W₁₂ → s₁ there is one local gradient, 1.", "∂s₁/∂W₁₂ = x₂ = 1"),
        (
            "b_2..L",
            "Along b₂ → s₂ → L the local gradients multiply: 1 · 18 = 18.",
            "∂L/∂b₂ = ∂s₂/∂b₂ · (∂L/∂s₂) = 1 · 18 = 18",
        ),
    ],
)
def test_entries_of_a_product(path: str, sentence: str, formula: str) -> None:
    made = frame(PRODUCT, "matrix", path, **NUMBERS)
    assert (made.sentence, flat(made)) == (sentence, formula)


def test_whole_arrays_are_lit_and_not_multiplied() -> None:
    made = frame(PRODUCT, "matrix", "x..L", **NUMBERS)
    assert made.sentence == "x reaches L along 4 paths; what they bring adds up."
    assert made.formula is None
    assert made.lit.hops == {
        *((("x", j, 0), ("s", i, 0)) for i in (0, 1) for j in (0, 1)),
        *((("s", i, 0), ("L",)) for i in (0, 1)),
    }


def test_a_matrix_used_elsewhere_has_other_paths_too() -> None:
    made = frame("L = sum(W@x) + sum(W)", "matrix", "W_11..L", W=[[1, 2], [3, 4]], x=[5, 6])
    assert flat(made).startswith("∂L/∂W₁₁ ← ")


def test_arcs_of_a_path_and_their_layers() -> None:
    made = frame(NETWORK, "neurons", "x_1..h_2..o_1", **VALUES)
    # z₂ = 0.5 + 0.4 + 0.2 = 1.1, 1 − tanh² 1.1 = 0.3592; 0.5 · 0.3592 · 2 = 0.3592
    assert (
        made.sentence == "Along x₁ → h₂ → o₁ the local gradients multiply: 0.5 · 0.359 · 2 = 0.359."
    )
    assert made.lit.hops == {((0, 0), (1, 1)), ((1, 1), (2, 0))}
    assert "w_21^(1)" in made.formula.block.flat or "w₂₁" in made.formula.block.flat


@pytest.mark.parametrize(("view", "source", "values", "starts"), [
    ("neurons", NETWORK, VALUES, ["x_1", "x_2"]),
    ("matrix", PRODUCT, NUMBERS, ["x_1", "x_2"]),
    ("neurons", "relu(V@relu(W@x))", {"V": [[1, -2]], "W": [[1, 2], [-1, 1]], "x": [1, -2],
                                      "upstream": [2.0]}, ["x_1", "x_2"]),
])  # fmt: skip
def test_the_sum_over_all_paths_is_the_gradient(
    view: str, source: str, values: dict[str, Any], starts: list[str]
) -> None:
    given = {k: v for k, v in values.items() if k != "upstream"}
    trace = gv.run(source, values=given, upstream=values.get("upstream"))
    walk: Any = views.walk(trace, view)
    story: Any = walks.of(walk, 9)
    for place, start in enumerate(starts):
        made = story.along(story.lit(f"{start}..L"))
        said = made.formula.block.flat.split("=")[-1].replace("−", "-")
        wanted = float(trace.gradient("x")[place])
        assert float(said) == pytest.approx(wanted, rel=1e-8)


def test_ways_are_counted_and_summed_like_all_products_one_by_one() -> None:
    places = list(product(range(3), repeat=3))
    weights = {(k, i, j): (k + 1) * 0.5 - i + 0.25 * j for k, i, j in places}
    hops = [Hop((k, j), (k + 1, i), (weights[k, i, j],)) for k, i, j in places]
    made = ways(hops, [[(0, 1)], [(2, 0), (2, 1)], [(3, 2)]])
    by_hand = sum(
        weights[0, a, 1] * weights[1, b, a] * weights[2, 2, b] for a in range(3) for b in (0, 1)
    )
    assert made.count == 6 and made.total == pytest.approx(by_hand)
    assert len(made.listed) == 6 and all(len(way) == 3 for way in made.listed)
    assert {hop for hop in made.hops if hop[0][0] == 2} == {((2, 0), (3, 2)), ((2, 1), (3, 2))}


@pytest.mark.parametrize(
    ("view", "path", "says"),
    [
        ("neurons", "x_1", "a path is given by its ends"),
        ("neurons", "x_1..q", "there is no unit 'q' in this view"),
        ("neurons", "h_1..x_1", "no gradient goes along a path"),
        ("neurons", "x_1..x_1", "no gradient goes along a path"),
        ("neurons", "x_1..h_1..h_2", "no gradient goes along a path"),
        ("neurons", "..", "a path is given by its ends"),
        ("matrix", "x_3..s_1", "there is no entry 'x_3' in this view"),
        ("matrix", "W_11..s_2", "no gradient goes along a path"),
        ("matrix", "L..x_1", "no gradient goes along a path"),
    ],
)
def test_bad_paths_are_one_message(view: str, path: str, says: str) -> None:
    ours = "s = W@x + b; L = mse(s, t)", NUMBERS | {"t": [0, 1]}
    source, values = (NETWORK, VALUES) if view == "neurons" else ours
    with pytest.raises(GradvizError, match=says):
        frame(source, view, path, **values)


def test_forward_passes_have_no_paths() -> None:
    with pytest.raises(GradvizError, match="forward pass only"):
        frame("W@x", "matrix", "x_1..s_1", W=[[1, 2], [3, 4]], x=[1, 2])


def test_more_arcs_than_are_followed_are_refused() -> None:
    trace = gv.run("sum(V@relu(W@x))", V=[[1.0] * 500] * 2, W=[[1.0] * 500] * 500, x=[1.0] * 500)
    story: Any = walks.of(views.walk(trace, "neurons"))
    with pytest.raises(GradvizError, match="too many paths") as told:
        story.lit("x..f")
    assert "x_1..h_1" in str(told.value)
    assert story.along(story.lit("x_1..h_7..ŷ_1..f")).note == "h₇ is not drawn."
