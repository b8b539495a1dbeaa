"""Contact sheets of the lecture examples, other graphs of lectures and networks: each run's most
telling step, in every view that fits it and every theme.

`python scripts/gallery_sheet.py` writes `out/gallery-VIEW-THEME-N.png`. `--only WORD` keeps the
runs whose names contain the word, `--view NAME` and `--theme NAME` keep one view and one theme,
`--all-steps` shows every step.
"""

from __future__ import annotations

import argparse
import io
import runpy
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

import gradviz as gv
from gradviz import fonts
from gradviz.cli.sources import run_source
from gradviz.engine.inside import views
from gradviz.errors import ValueInputError
from gradviz.export.drawing import Drawing
from gradviz.export.folding import fold_to_fit
from gradviz.export.formats.png import png
from gradviz.scene.model import Scene
from gradviz.scene.themes import THEMES, Theme

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT), str(ROOT / "examples"), str(ROOT / "scripts")]
from _shared import decks  # noqa: E402
from legibility import LECTURES  # noqa: E402

TELLING = {
    "activations-relu": 3,
    "activations-sigmoid": 3,
    "bias_trick": 1,
    "branches": 14,
    "conv_layer_facts": 1,
    "conv_shapes": 1,
    "cost_functions-squared-error": 6,
    "cost_functions-sigmoid-cross-entropy": 18,
    "cost_functions-softmax-cross-entropy": 8,
    "finite_difference_table": 5,
    "gates-or": 5,
    "gates-xor": 7,
    "linear_2x2": 1,
    "linear_unscaled": 2,
    "losses-hinge": 12,
    "losses-regularised": 18,
    "maxpool_2x2_s2-in-two-stages": 15,
    "maxpool_2x2_s2-windows": 6,
    "maxpool_3x3_s2-graph": 3,
    "maxpool_3x3_s2-windows": 7,
    "mnist_mlp": 19,
    "norm_squared": 7,
    "optimisation_ways": 11,
    "random_search": 1,
    "regularisers": 14,
    "softmax_cat": 13,
    "softmax_cat_log10": 11,
    "squared_error": 7,
    "svm_softmax_table-softmax": 3,
    "svm_softmax_table-svm": 3,
    "svm_three_images": 10,
    "svm_vs_softmax-softmax": 13,
    "svm_vs_softmax-svm": 10,
    "three_layer_net": 4,
    "three_layer_sigmoid": 4,
    "xor_net": 6,
    "xy_plus_z": 6,
}
"""The step of the graph that tells most, by the name of the run; of other runs and views it is one
two thirds of the way.
"""

NETWORKS = {
    "net:mlp:2-3-1": ["x=random:1"],
    "net:mlp:4-6-6-3": ["x=random:1", "label=2"],
    "net:linear-classifier": ["label=1"],
    "net:mnist-mlp-plain": ["x=digit:3", "label=3"],
    "net:lenet5": ["image=random:1", "label=3"],
}
"""Networks of the zoo, and the values that they are run on."""

SHEET, TALL, GAP, CAPTION = 2000, 1700, 24, 44
"""Pixels: the width of a sheet, how high it grows, the space between tiles, the height of a
caption.
"""

HALF = (SHEET - 3 * GAP) // 2
WIDE = 1300
"""A picture wider than this gets a row to itself."""

INK, PAPER = "#000000", "#E3E6EA"


class Tile(NamedTuple):
    """A picture with its caption."""

    caption: str
    image: Image.Image


def runs() -> dict[str, gv.Trace | gv.CellTrace]:
    """Every run by name: of the examples, of lectures, of networks."""
    found: dict[str, gv.Trace | gv.CellTrace] = {}
    for script in sorted((ROOT / "examples").glob("*/*.py")):
        names = runpy.run_path(str(script))
        found |= decks(str(script), names["runs" if "runs" in names else "run"]())
    found |= {name: gv.run(source, values=values) for name, (source, values) in LECTURES.items()}
    for source, words in NETWORKS.items():
        found[source] = run_source(source, words, (), None, "numpy", "float64")
    return found


def seen(run: gv.Trace | gv.CellTrace) -> Iterator[tuple[str, Any]]:
    """The walks of the views that fit a run, or what a node holds, by name."""
    for name in views.names():
        view = views.view(name)
        try:
            if name in views.FIRST:
                yield (name, fold_to_fit(run)[0]) if isinstance(run, gv.Trace) else ("cells", run)
            elif isinstance(run, gv.Trace):
                yield name, view.walk(run)
            elif view.inside is not None:
                yield name, view.inside(run)
        except ValueInputError:
            continue


def tile(name: str, scene: Scene, step: int, theme: Theme) -> Tile:
    """A picture as wide as a sheet, or as half of one."""
    width = HALF if scene.width <= WIDE else SHEET - 2 * GAP
    image = Image.open(io.BytesIO(png(scene, theme, scale=width / scene.width)))
    return Tile(f"{name}, step {step}, {theme.name}", image.convert("RGB"))


def sheets(tiles: Iterable[Tile]) -> Iterator[Image.Image]:
    """The tiles in rows, first those that share a row, with as many rows per sheet as fit."""
    half, wide = [], []
    for each in tiles:
        (half if each.image.width <= HALF else wide).append(each)
    rows = [*(half[i : i + 2] for i in range(0, len(half), 2)), *([each] for each in wide)]
    while rows:
        taken = [rows.pop(0)]
        while rows and sum(map(_height, [*taken, rows[0]])) <= TALL:
            taken.append(rows.pop(0))
        yield _sheet(taken)


def _height(row: Sequence[Tile]) -> int:
    return max(each.image.height for each in row) + CAPTION + GAP


def _sheet(rows: Sequence[Sequence[Tile]]) -> Image.Image:
    sheet = Image.new("RGB", (SHEET, sum(map(_height, rows)) + GAP), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(fonts.files()[0]), 22)
    y = GAP
    for row in rows:
        for column, each in enumerate(row):
            x = GAP + column * (HALF + GAP)
            sheet.paste(each.image, (x, y))
            draw.text((x, y + each.image.height + 8), each.caption, fill=INK, font=font)
        y += _height(row)
    return sheet


def main(words: Sequence[str] | None = None) -> None:
    """Draw the sheets and say where they are."""
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ask.add_argument("--only", default="", metavar="WORD")
    ask.add_argument("--view", choices=[*views.names(), "cells"])
    ask.add_argument("--theme", choices=THEMES)
    ask.add_argument("--all-steps", action="store_true")
    ask.add_argument("--out", type=Path, default=ROOT / "out")
    given = ask.parse_args(words)
    given.out.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, list[tuple[str, int, Scene]]] = {}
    for name, run in runs().items():
        if given.only not in name:
            continue
        for view, walk in seen(run):
            if given.view in (None, view):
                steps = range(1, len(walk) + 1) if given.all_steps else [_telling(name, view, walk)]
                deck = Drawing(walk).deck
                drawn.setdefault(view, []).extend((name, k, deck.scene(k)) for k in steps)
    themes = [THEMES[given.theme]] if given.theme else THEMES.values()
    for (view, scenes), theme in product(drawn.items(), themes):
        shown = (tile(name, scene, step, theme) for name, step, scene in scenes)
        for number, sheet in enumerate(sheets(shown), 1):
            file = given.out / f"gallery-{view}-{theme.name}-{number}.png"
            sheet.save(file)
            print(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)


def _telling(name: str, view: str, walk: Any) -> int:
    known = TELLING.get(name, 0) if view in ("graph", "cells") else 0
    return known if 0 < known <= len(walk) else -(-2 * len(walk) // 3)


if __name__ == "__main__":
    main()
