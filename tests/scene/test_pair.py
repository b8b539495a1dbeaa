"""Two runs on one graph, read back from the picture: every number that stands there is the rounding
of what the run of its mark recorded; equal ones stand once, different ones twice; nothing moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from gradviz.scene.blocks import NUMBER
from gradviz.scene.model import Rect, Scene, Text
from gradviz.scene.views.pair.pictures import PairPictures
from gradviz.story import walks
from gradviz.trace.pair import PairTrace
from tests.pair_samples import EVERY, LECTURES
from tests.scene.test_agreement import read, unit
from tests.scene.test_pictures import check_clear

SIDES = "ab"


def pictures(name: str) -> tuple[PairTrace, PairPictures]:
    walk = EVERY[name]()
    return walk, PairPictures(walks.of(walk))  # type: ignore[arg-type]


def numbers(scene: Scene, prefix: str) -> dict[str, dict[tuple[int, ...], str]]:
    """The numbers of one quantity, by the run that they belong to (empty for both) and cell."""
    found: dict[str, dict[tuple[int, ...], str]] = {}
    for item in scene.items:
        match = re.fullmatch(rf"{prefix}(?:-([ab]))?((?:-\d+)*)", item.id)
        if match and isinstance(item, Text) and read(item.text) is not None:
            cell = tuple(map(int, match[2].split("-")[1:]))
            found.setdefault(match[1] or "", {})[cell] = item.text
    return found


def quantities(walk: PairTrace, k: int) -> Iterator[tuple[str, list[Any]]]:
    """What each run has recorded of every node and edge by step k, by its key in a picture."""
    counts = walk.counts(k)
    for n, pair in enumerate(walk.union.nodes):
        values, slopes = [], []
        for run, node, count in zip(walk.runs, pair, counts, strict=True):
            values.append(None if node is None else run.value_by(node, count))
            slopes.append(None if node is None else run.gradient_by(node, count))
        yield f"node-{n}-value", values
        yield f"node-{n}-gradient", slopes


def check_numbers(walk: PairTrace, scene: Scene, k: int) -> int:
    """Compare what is shown with both runs; how many numbers were compared."""
    compared = 0
    for prefix, recorded in quantities(walk, k):
        shown = numbers(scene, prefix)
        for side, value in zip(SIDES, recorded, strict=True):
            if value is None:
                assert side not in shown, f"{prefix} shows {side} too early, at step {k}"
                continue
            own = shown.get(side, shown.get("", {}))
            compared += check_one(f"{prefix}, {side}, step {k}", own, np.asarray(value))
        known = [np.asarray(v) for v in recorded if v is not None]
        if "" in shown and len(known) == 2:
            assert known[0].shape == known[1].shape
            assert np.allclose(known[0], known[1], rtol=1e-12, atol=1e-12, equal_nan=True), prefix
        if "a" in shown and "b" in shown and known[0].shape == known[1].shape:
            assert shown["a"] != shown["b"], f"{prefix}: the same twice"
    return compared


def check_one(what: str, own: dict[tuple[int, ...], str], value: Any) -> int:
    """Compare the numbers of one run: a number, or a grid; larger arrays have none."""
    if not own:
        assert value.size > 4 or value.dtype == bool, f"{what}: nothing is shown"
        return 0
    rows = np.atleast_2d(value).reshape(-1, value.shape[-1] if value.shape else 1)
    for cell, text in own.items():
        number, exact = read(text), rows[cell if cell else (0, 0)]
        assert number is not None
        close = unit(number, 3) * Fraction(51, 100) if number else Fraction(1, 10**12)
        assert abs(number - Fraction(float(exact))) <= close, f"{what}: {text} for {exact}"
    assert len(own) == value.size, f"{what}: {len(own)} of {value.size}"
    return len(own)


def places(scene: Scene) -> dict[str, tuple[float, float]]:
    return {i.id: (i.x, i.y) for i in scene.items if isinstance(i, Rect) and "-gate" in i.id}


def check(name: str, steps: Sequence[int] | None = None) -> None:
    walk, made = pictures(name)
    where, compared = set(), 0
    for k in range(len(walk) + 1) if steps is None else steps:
        scene = made.scene(k % (len(walk) + 1))
        check_clear(scene)
        compared += check_numbers(walk, scene, k % (len(walk) + 1))
        where.add(tuple(sorted(places(scene).items())))
    assert compared and len(where) == 1


@pytest.mark.parametrize("name", ["SVM and softmax", "in the middle", "optimisers"])
def test_numbers_are_those_of_the_runs(name: str) -> None:
    check(name)


@pytest.mark.parametrize("name", ["one image", "constants", "orders", "wider"])
def test_so_at_the_end(name: str) -> None:
    check(name, [-1])


@pytest.mark.proof
@pytest.mark.parametrize("name", EVERY)
def test_so_for_every_example_at_every_step(name: str) -> None:
    check(name)


@pytest.mark.parametrize("name", LECTURES)
def test_the_lectures_comparisons_are_legible(name: str) -> None:
    """At least 14 points on a 16:9 slide."""
    _, made = pictures(name)
    assert NUMBER * made.page.scale(*made._measures) >= 13.95


def test_what_is_the_same_stands_once_and_what_differs_is_marked() -> None:
    walk, made = pictures("in the middle")
    scene = made.scene(len(walk))
    first, second = (list(run.graph.ops) for run in walk.runs)
    assert len(first) == len(second) == 8 and len(walk.union.nodes) == 9  # tanh and relu
    lit = {i.id for i in scene.items if i.id.endswith("-differs")}
    marks = {i.id for i in scene.items if i.id.endswith("-mark")}
    assert all(
        f"{key.removesuffix('-differs')}-{side}-mark" in marks for key in lit for side in SIDES
    )
    names = {i.id: i.text for i in scene.items if isinstance(i, Text) and "-words-" in i.id}
    assert set(names.values()) == {"w₂*tanh(w₁*x)+b", "w₂*relu(w₁*x)+b"}


def test_class_names_stand_over_scores_alone() -> None:
    walk, made = pictures("one image")
    named = {
        re.sub(r"(-[ab])?-class-\d", "", i.id)
        for i in made.scene(len(walk)).items
        if isinstance(i, Text) and i.text in ("cat", "car", "plane")
    }
    (scores,) = [k for k, n in enumerate(walk.union.graph.nodes) if n.name == "s"]
    assert named == {f"node-{scores}-value", f"node-{scores}-gradient"}


def test_a_large_array_is_a_picture_of_the_difference() -> None:
    """The gradients 2x and 3x² on 42 numbers, by NumPy: the same at 0 and 2/3, which are none."""
    walk, made = pictures("large")
    texts = [i.text for i in made.scene(len(walk)).items if isinstance(i, Text)]
    x = np.linspace(-1, 1, 42)
    slope = np.abs(2 * x - 3 * x**2)
    assert "42 of 42 differ" in texts
    assert any(text.startswith(f"by ≤ {slope.max():.3g}") for text in texts)
    assert f"norms {np.linalg.norm(2 * x):.3g}, {np.linalg.norm(3 * x**2):.3g}" in texts


@pytest.mark.parametrize("name", ["SVM and softmax", "branches", "forward only"])
def test_alt_text_has_both_numbers(name: str) -> None:
    walk, made = pictures(name)
    said = made.scene(len(walk)).description
    assert all(side in said for side in walk.names)
    result = walk.runs[0].values[walk.runs[0].graph.output]
    if np.shape(result) == ():
        assert f"{float(result):.4g}".replace("-", "−") in said
