"""Networks and matrices in characters: still from step to step, and every number is the trace's."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import gradviz as gv
from gradviz.arrays.digits import plain_minus
from gradviz.engine.inside import views as engine_views
from gradviz.layout.grid import cells
from gradviz.scene import views
from gradviz.scene.views.matrix.characters import MatrixCharacters
from gradviz.scene.views.matrix.characters import characters as of_matrix
from gradviz.scene.views.neurons.characters import UnitCharacters
from gradviz.scene.views.neurons.characters import characters as of_units
from gradviz.story import walks
from tests import matrix_samples
from tests.matrix_samples import Batch, batches
from tests.neuron_samples import FIGURES, Sample, samples

SLOW = settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow])
ALL = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow])


def lines(sheet: Any, frame: Any) -> list[str]:
    return ["".join(text for text, _ in row) for row in sheet.rows(frame)]


def roles(sheet: Any, frame: Any) -> dict[str, set[str]]:
    """The texts of each role."""
    found: dict[str, set[str]] = {}
    for row in sheet.rows(frame):
        for text, role in row:
            found.setdefault(role, set()).update(text.split())
    return found


def check_units(made: Any, *, ascii: bool) -> None:
    """In every form and frame: within its size; each unit's numbers in its own box once known."""
    story = walks.of(made)
    for sheet in of_units(story, ascii=ascii):  # type: ignore[arg-type]
        assert isinstance(sheet, UnitCharacters)
        for k in range(len(made) + 1):
            frame = story.frame(k)
            shown = lines(sheet, frame)
            assert len(shown) <= sheet.height and max(map(cells, shown)) <= sheet.width
            if ascii:
                assert all(line.isascii() for line in shown)
            for n, column in enumerate(sheet.columns):
                for unit in column.middles:
                    check_unit(sheet, frame, shown, n, unit)


def check_unit(sheet: UnitCharacters, frame: Any, shown: list[str], n: int, unit: int) -> None:
    column, layer = sheet.columns[n], sheet.layers[n]
    top = column.middles[unit] - sheet._tall(n) // 2
    rows = [
        line.ljust(sheet.width)[column.left : column.left + column.width]
        for line in shown[top : top + sheet._tall(n)]
    ]
    inside = [row[1:-1] for row in rows]
    numbers = [word for row in inside for word in row.split()]
    said = plain_minus(sheet.story.formulas.said(layer.values[unit]))
    assert (said in numbers) or not frame.knows("unit", n, unit)
    knows = frame.knows("delta", n, unit) if n else frame.knows("inputs", 0)
    if layer.deltas is not None and (not sheet.form.rows or "δ" in sheet.form.rows):
        assert not knows or plain_minus(sheet.story.formulas.said(layer.deltas[unit])) in numbers
    at_work = frame.place is not None and frame.place.kind in ("unit", "delta")
    lit = at_work and (frame.place.layer, frame.place.unit) == (n, unit)
    heavy = rows[0][0] in "┏#["
    assert heavy == (lit or (frame.place is not None and frame.place.kind == "inputs" and not n))


@SLOW
@given(samples(most=5, layers=2))
def test_networks_hold_their_numbers(sample: Sample) -> None:
    check_units(sample.walk(), ascii=bool(sample.seed % 2))


@pytest.mark.proof
@ALL
@given(samples(most=7, layers=3))
def test_many_networks_hold_their_numbers(sample: Sample) -> None:
    check_units(sample.walk(), ascii=bool(sample.seed % 2))


@pytest.mark.parametrize("name", FIGURES)
def test_weights_stand_on_their_arcs(name: str) -> None:
    """Each within its arc's columns, none over another; signs as dashes, and numbers as the trace
    has them.
    """
    source, values = FIGURES[name]
    trace = gv.run(source, **values)
    made = engine_views.walk(trace, "neurons")
    story = walks.of(made)
    sheet = next(iter(of_units(story, ascii=False)))  # type: ignore[arg-type]
    assert set(sheet.spots) == set(sheet.ends)
    taken: set[tuple[int, int]] = set()
    shown = lines(sheet, story.frame(0))
    for arc, (x, y, width) in sheet.spots.items():
        here = {(i, y) for i in range(x, x + width)}
        assert not taken & here
        taken |= here
        left, _, right, _ = sheet.ends[arc]
        assert left < x and x + width <= right
        weight = trace.value(f"W{arc.layer}")[arc.unit, arc.source]
        found = re.search(r"-?\d[\d.e-]*", shown[y][x : x + width])
        assert found is not None and float(found[0]) == pytest.approx(weight, rel=5e-3)


def test_an_arc_of_this_step_is_heavy_and_what_it_brings_stands_on_it() -> None:
    source, values = FIGURES["2-3-2"]
    made = engine_views.walk(gv.run(source, **values), "neurons")
    story = walks.of(made)
    sheet = next(iter(of_units(story, ascii=False)))  # type: ignore[arg-type]
    back = next(k for k, place in enumerate(made.places, 1) if place[:2] == ("delta", 1))  # type: ignore[attr-defined]
    frame = story.frame(back)
    products = {plain_minus(f"{t.product:.3g}") for t in frame.step.terms}  # type: ignore[attr-defined]
    hot = roles(sheet, frame)["hot"]
    assert products <= hot and "◀" in "".join(hot)


@pytest.mark.parametrize("ascii", [False, True])
def test_the_slide_s_matrix(ascii: bool) -> None:
    made = matrix_samples.walk(matrix_samples.IMAGE[0], **matrix_samples.IMAGE[1])
    story = walks.of(made)
    full, flat = of_matrix(story, ascii=ascii)  # type: ignore[arg-type]
    shown = lines(flat, story.frame(2))
    assert any(
        re.fullmatch(r"\[ *-0.5 +0.2 +0.1 +0.35\].*\[ *-0.1\] = \[ *0.969\] s[2₂], true class", row)
        for row in shown
    )
    assert [line.rstrip()[-4:] for line in shown if "Σ" in line or "sum" in line] == ["1.07"]
    assert (full.height, flat.height) == (10, 6) and full.width == flat.width


def check_batch(sample: Batch, *, ascii: bool) -> None:
    """Every number of every grid, read from its own cell, in every frame of both forms."""
    made = matrix_samples.walk(sample.source, **sample.values)
    story = walks.of(made)
    for sheet in of_matrix(story, ascii=ascii):  # type: ignore[arg-type]
        assert isinstance(sheet, MatrixCharacters)
        for k in range(len(made) + 1):
            shown = [line.ljust(sheet.width) for line in lines(sheet, story.frame(k))]
            assert len(shown) == sheet.height and max(map(cells, shown)) <= sheet.width
            assert not ascii or all(line.isascii() for line in shown)
            check_grids(sheet, shown, story.frame(k), sample)


def check_grids(sheet: MatrixCharacters, shown: list[str], frame: Any, sample: Batch) -> None:
    values, eq = sample.values, sheet.equation
    grid, weights = sheet.grids["W"], values["W"].T if eq.flipped else values["W"]
    for (i, j), value in np.ndenumerate(weights):
        found = cell(shown, grid, i, j)
        now = frame.place is not None and frame.place[:2] == ("weights", i)
        if not (sheet.pitch == 1 and now):
            assert float(found) == pytest.approx(value, rel=5e-3)
    sums = sample.sums(values)
    for (i, n), value in np.ndenumerate(sums.T if sample.by_rows else sums):
        found = cell(shown, sheet.grids["s"], i, n)
        if not frame.knows("row", i, n):
            assert found == ""
        elif sheet.pitch == 2 or not frame.knows_upstream:
            assert float(found) == pytest.approx(value, rel=6e-3, abs=1e-9)


def cell(shown: list[str], grid: Any, i: int, j: int) -> str:
    x = grid.column(j) + 1
    return shown[grid.row(i)][x : x + grid.wide].strip()


@SLOW
@given(batches(most=4))
def test_batches_hold_their_numbers(sample: Batch) -> None:
    check_batch(sample, ascii=bool(sample.seed % 2))


@pytest.mark.proof
@ALL
@given(batches(most=8))
def test_many_batches_hold_their_numbers(sample: Batch) -> None:
    check_batch(sample, ascii=bool(sample.seed % 2))


def test_the_fullest_form_that_fits_is_taken() -> None:
    source, values = FIGURES["2-3-2"]
    story = walks.of(engine_views.walk(gv.run(source, **values), "neurons"))
    sizes = [(s.width, s.height) for s in of_units(story, ascii=False)]  # type: ignore[arg-type]
    for n, (width, height) in enumerate(sizes):
        sheet = views.fitting(story, width, height, ascii=False).sheet
        fuller = [size for size in sizes[:n] if size[0] <= width and size[1] <= height]
        assert sheet is not None and (sheet.width, sheet.height) == [*fuller, (width, height)][0]
    assert views.fitting(story, 20, 5, ascii=False).sheet is None
    assert views.fitting(story, 200, 3, ascii=False).least == min(sizes, key=lambda s: s[1])
    assert views.fitting(story, 20, 100, ascii=False).least == min(sizes)


def test_views_without_characters_are_known() -> None:
    assert views.has_characters("neurons") and views.has_characters("matrix")
    assert not views.has_characters("cells") and not views.has_characters("nonsense")


def test_large_layers_are_in_part_and_only_arcs_of_the_step_are_drawn() -> None:
    rng = np.random.default_rng(1)
    trace = gv.run("tanh(V @ tanh(W @ x))", W=rng.normal(size=(12, 300)),
                   x=rng.normal(size=300), V=rng.normal(size=(4, 12)))  # fmt: skip
    story = walks.of(engine_views.walk(trace, "neurons"))
    sheet = views.fitting(story, 200, 40, ascii=False).sheet
    assert sheet is not None
    start, first = ("\n".join(lines(sheet, story.frame(k))) for k in (0, 1))
    dots = [sum("\u2801" <= c <= "\u28ff" for c in text) for text in (start, first)]
    assert dots[0] == 0 < dots[1] and "⋮" in start and "more" in start
