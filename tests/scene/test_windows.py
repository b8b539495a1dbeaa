"""Figures of every op with a window: all numbers are those of plain loops, nothing meets, nothing
moves within a pass, and the figure fills its slide.
"""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.engine.inside.cells import cells
from gradviz.scene.framing import Framing
from gradviz.scene.model import Rect, Scene, Text
from gradviz.scene.views.cells.pictures import CellPictures
from gradviz.story.cells.frames import CellStory
from gradviz.trace.cells import CellTrace
from tests.sampled import sampled
from tests.scene.boxes import boxes
from tests.scene.test_cells import check_clear, check_still
from tests.scene.windows import CASES, Case, numbers, pairs, parts, sent

NUMBER = re.compile(r"^(?P<panel>[a-z]+(-\d+)?)(-(?P<grid>\d+))?-(?P<row>-?\d+)-(?P<column>-?\d+)$")


def walk_of(case: Case, seed: int = 0) -> tuple[CellTrace, dict[str, Any], Any]:
    """The walk of a case, its values and its upstream gradient."""
    values = numbers(case, seed)
    shape = gv.run(case.source, values=values).values[-1].shape
    upstream = np.random.default_rng(seed + 1).integers(-3, 4, shape).astype(float)
    trace = gv.run(case.source, values=values, upstream=upstream)
    return cells(trace, trace.graph.output), values, upstream


def steps_of(walk: CellTrace, seed: int, each: int) -> dict[int | None, list[int]]:
    """Some steps of every pass, the first and the last among them."""
    count, rng = len(walk.places), random.Random(seed)
    found = {}
    for slot in (None, *walk.slots):
        first = walk.first_step(slot)
        inner = rng.sample(range(count), min(each, count))
        found[slot] = sorted({first, first + count - 1, *(first + k for k in inner)})
    return found


def plain(text: str) -> str:
    """A number as Python reads it."""
    whole, _, power = text.replace("−", "-").partition("·10")
    return whole + (f"e{power.translate(RAISED)}" if power else "")


RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def value(text: str) -> float:
    return float(plain(text))


def close(text: str, expected: float, scale: float) -> bool:
    """Whether a number is rounded as it is shown: to three digits, or to as many as fit. What is
    left of a sum that cancels is no news.
    """
    mantissa, _, exponent = plain(text).partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return abs(value(text) - expected) <= 0.5001 * unit + 1e-9 * scale


class Reader:
    """The numbers of one picture, and what plain loops say should stand there."""

    def __init__(self, case: Case, walk: CellTrace, values: dict[str, Any], upstream: Any) -> None:
        self.case, self.walk, self.upstream = case, walk, upstream
        self.x, self.w = values["x"], values.get("w")
        self.arrays = [values[name] for name in "xwb" if name in values]
        self.output = np.asarray(walk.value(None))

    def check(self, scene: Scene, k: int) -> int:
        """Check every number of the picture of step k; how many there are."""
        slot, window = self.walk.where(k)
        place = self.walk.places[window - 1]
        texts = {i.id: i for i in scene.items if isinstance(i, Text)}
        count = 0
        for key, text in texts.items():
            found = NUMBER.match(key)
            if found is None or key.endswith("note"):
                continue
            grid = int(found["grid"] or 0)
            spot = int(found["row"]), int(found["column"])
            expected = self.expected(texts, found["panel"], grid, spot, slot, window, place)
            if expected is not None:
                assert close(text.text, expected, 100.0), (key, text.text, expected, scene.title)
                count += 1
        if slot is None:
            count += check_terms(texts, parts(self.case, self.x, self.w, place))
            self.check_sum(texts, place)
        return count

    def check_sum(self, texts: dict[str, Text], place: Any) -> None:
        """The line below the products: their sum, and the output cell."""
        foot = texts.get("parts-foot-1") or texts.get("parts-foot-0")
        if foot is None or "Σ" not in foot.text:
            return
        said = re.split(" [=≈] ", foot.text)
        total = sum(parts(self.case, self.x, self.w, place))
        if self.case.op != "l2pool2d":
            first = re.match(r"[^ /]+", said[1])
            assert first and close(first[0], total, 100.0), foot.text
        assert close(said[-1], float(self.output[place]), 100.0), foot.text

    def expected(
        self, texts: Any, panel: str, grid: int, spot: Any, slot: Any, window: int, place: Any
    ) -> float | None:
        rows, columns = spot
        if panel in ("patch-0", "parts"):
            return self.in_window(panel, grid, spot, place)
        if panel.startswith("parts-"):
            return None  # read back through the gradient that they add up to
        which = None if panel == "output" else int(panel[-1])
        shape = self.output.shape if which is None else self.arrays[which].shape
        lead = self.lead(texts, panel, grid, shape, which, place)
        if lead is None:
            return None  # a window that no cell reaches: any kernel stands there
        at = (*lead, rows, columns) if len(shape) > 1 else (columns,)
        inside = all(0 <= i < n for i, n in zip(at, shape, strict=True))
        if panel.startswith("gradient"):
            return self.so_far(int(panel[-1]), window, at)
        if which is None:
            return float((self.upstream if slot is not None else self.output)[at])
        return float(self.arrays[which][at]) if inside else 0.0

    def lead(self, texts: Any, panel: str, grid: int, shape: Any, which: Any, place: Any) -> Any:
        """Which grid of an array it is, by the words above it."""
        key = (
            f"{panel}-{grid}-caption" if f"{panel}-{grid}-caption" in texts else f"{panel}-caption"
        )
        channel = int(re.findall(r"\d+", texts[key].text)[0]) - 1 if key in texts else grid
        if which == 1 and len(shape) == 4:
            own = re.search(r"kernel (\d+) of", texts[f"{panel}-heading"].text)
            first = int(own[1]) - 1 if own else place[0] % shape[0]
            return self.kernel(texts, panel, grid, place, first)
        if which == 1 and len(shape) == 3:
            return (place[0],)
        return (channel,) if len(shape) == 3 else ()

    def kernel(self, texts: Any, panel: str, grid: int, place: Any, first: int) -> Any:
        if self.case.op != "conv_transpose2d":
            return (place[0], grid)
        leads = list(dict.fromkeys(w[:2] for _, w in pairs(self.case, place) if w is not None))
        return leads[grid] if grid < len(leads) else None

    def in_window(self, panel: str, grid: int, spot: Any, place: Any) -> float:
        """What stands under the window, or is made of it."""
        size = self.case.options.get("size") or self.case.shapes[1][2:]
        size = (size, size) if isinstance(size, int) else tuple(size)
        if len(size) == 1:
            size = (self.case.shapes[1][1], *size)
        at = grid * size[0] * size[1] + spot[0] * size[1] + spot[1]
        if panel == "patch-0":
            cell = pairs(self.case, place)[at][0]
            return 0.0 if cell is None else float(self.x[cell])
        return parts(self.case, self.x, self.w, place)[at]

    def so_far(self, slot: int, windows: int, at: Any) -> float:
        """The gradient of a cell after so many windows."""
        total = 0.0
        for place in self.walk.places[:windows]:
            u = float(self.upstream[place])
            total += sum(
                v for cell, v in sent(self.case, self.x, self.w, slot, place, u) if cell == at
            )
        return total


PRODUCT = re.compile(r"(\S+) · \(?([^()\s]+)\)? ([=≈])")


def check_terms(texts: dict[str, Text], products: list[float]) -> int:
    """The lines of a sum: each product is one of these and comes out as its sign says, the largest
    are there, and the rest and the sum are theirs.
    """
    lines = [(texts[f"terms-{n}-left"].text, texts[f"terms-{n}-right"].text) for n in range(20)
             if f"terms-{n}-left" in texts]  # fmt: skip
    left, told = sorted(products, key=abs, reverse=True), []
    for words, result in lines:
        if found := PRODUCT.fullmatch(words):
            told.append(next(p for p in left if close(result, p, 100.0)))
            left.remove(told[-1])
            by_hand = value(found[1]) * value(found[2])
            assert found[3] == "≈" or close(result, by_hand, 1e-3), (words, result)
        elif words.startswith("…"):
            assert int(re.findall(r"[\d,]+", words)[0].replace(",", "")) == len(left)
            assert len(told) == 5 and min(map(abs, told)) >= max(map(abs, left))
            assert close(result, sum(left), 100.0), (words, result)
        elif words.startswith("Σ"):
            assert close(result, sum(products), 100.0), (words, result)
            shown = sum(value(r) for w, r in lines if not re.search("Σ|\\+", w))
            assert "≈" in words or close(result, shown, 1e-3), lines
    return len(lines)


@pytest.mark.parametrize(
    ("rows", "inner", "columns"), [(2, 3, 2), (3, 8, 2), (2, 12, 3), (8, 64, 8)]
)
def test_products_of_matrices_are_written_out_term_by_term(
    rows: int, inner: int, columns: int
) -> None:
    """By NumPy: the products of a row and a column, the five largest of many, and the others."""
    for seed in range(6):
        rng = np.random.default_rng(seed)
        a, b = rng.normal(size=(rows, inner)), rng.normal(size=(inner, columns))
        walk = cells(gv.run("sum(a @ b)", a=a, b=b), "c")
        pictures = CellPictures(CellStory(walk))
        for k in (1, rows * columns):
            scene = pictures.scene(k)
            check_clear(scene)
            i, j = walk.places[k - 1]
            texts = {t.id: t for t in scene.items if isinstance(t, Text)}
            assert check_terms(texts, list(a[i] * b[:, j])) == 1 + (inner if inner <= 8 else 6)


def check_case(case: Case, seed: int, each: int) -> None:
    walk, values, upstream = walk_of(case, seed)
    pictures = CellPictures(CellStory(walk), Framing("16:9"))
    reader = Reader(case, walk, values, upstream)
    filled = []
    for steps in steps_of(walk, seed, each).values():
        scenes = [pictures.scene(k) for k in steps]
        check_still(scenes)
        for k, scene in zip(steps, scenes, strict=True):
            check_clear(scene)
            assert reader.check(scene, k) >= 1
        filled.append(is_filled(scenes))
    assert any(filled), "no pass is as large as the slide, or the largest numbers, let it be"


def is_filled(scenes: list[Scene]) -> bool:
    """Whether the figure of a pass is as large as the slide, or the largest numbers, let it be;
    it stands in the middle of the slide, with as much room at its left as at its right.
    """
    edges: list[tuple[float, float, float, float]] = []
    largest = 0.0
    for scene in scenes:
        for i in scene.items:
            if i.id.startswith(("header", "progress", "sentence", "formula", "note", "foot")):
                continue
            if isinstance(i, Rect):
                edges.append((i.x, i.y, i.x + i.width, i.y + i.height))
        for key, box in boxes(scene).items():
            if NUMBER.match(key) or key.endswith("heading") or key.startswith(("terms", "parts")):
                edges.append((box.x, box.y, box.right, box.bottom))
        largest = max(
            [i.size for i in scene.items if isinstance(i, Text) and NUMBER.match(i.id)],
            default=largest,
        )
    left, right = min(e[0] for e in edges), max(e[2] for e in edges)
    top, bottom = min(e[1] for e in edges), max(e[3] for e in edges)
    assert abs((left + right) / 2 - 480) < 48, (left, right)
    return right - left > 700 or bottom - top > 250 or largest > 19


@sampled("case", CASES, few=8, ids=str)
def test_every_kind_of_window(case: Case) -> None:
    check_case(case, CASES.index(case), 1)


def random_case(seed: int) -> Case:
    """Some op with a window with a window, and options of every kind."""
    rng = random.Random(seed)
    op = rng.choice(
        ["conv2d", "conv1d", "maxpool2d", "minpool2d", "avgpool2d", "l2pool2d", "conv_transpose2d"]
    )
    axes = 1 if op == "conv1d" else 2
    size = [rng.randint(1, 3) for _ in range(axes)]
    rows = [rng.randint(n + 1, 7) for n in size]
    options: dict[str, Any] = {"stride": rng.randint(1, 2)}
    if op.endswith("pool2d"):
        most = min(size) // 2
        options |= {"size": tuple(size), "padding": rng.randint(0, most)}
        return Case(op, ((rng.randint(1, 5), *rows),), options)
    groups = rng.choice([1, 1, 2])
    own, made = rng.randint(1, 3), groups * rng.randint(1, 2)
    options |= {"groups": groups, "padding": 0 if op == "conv_transpose2d" else rng.randint(0, 1)}
    if all((n - 1) * 2 < r for n, r in zip(size, rows, strict=True)):
        options["dilation"] = rng.choice([1, 2])
    if op == "conv_transpose2d":
        rows = [min(n, 3) for n in rows]
        kernel = (groups * own, made // groups, *size)
    else:
        kernel = (made, own, *size)
    shapes: tuple[tuple[int, ...], ...] = ((groups * own, *rows), kernel)
    return Case(op, shapes if rng.random() < 0.5 else (*shapes, (made,)), options)


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(150))
def test_windows_of_any_kind(seed: int) -> None:
    check_case(random_case(seed), seed, 4)
