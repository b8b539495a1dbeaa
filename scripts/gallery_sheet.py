"""Contact sheets of the lecture examples: each run's most telling step, in every theme.

`python scripts/gallery_sheet.py` writes `out/gallery-THEME-N.png`. `--only WORD` keeps the runs
whose names contain the word, `--theme NAME` keeps one theme, `--all-steps` shows every step.
"""

from __future__ import annotations

import argparse
import io
import runpy
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

import gradviz as gv
from gradviz import fonts
from gradviz.export.drawing import Drawing
from gradviz.export.formats.png import png
from gradviz.scene.model import Scene
from gradviz.scene.themes import THEMES, Theme

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "examples"))
from _shared import decks  # noqa: E402

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
"""The step that tells most, by the name of the run."""

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
    """Every run of every example, by name."""
    found = {}
    for script in sorted((ROOT / "examples").glob("*/*.py")):
        names = runpy.run_path(str(script))
        found |= decks(str(script), names["runs" if "runs" in names else "run"]())
    return found


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
    ask.add_argument("--theme", choices=THEMES)
    ask.add_argument("--all-steps", action="store_true")
    ask.add_argument("--out", type=Path, default=ROOT / "out")
    given = ask.parse_args(words)
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = {name: trace for name, trace in runs().items() if given.only in name}
    drawn = {name: Drawing(trace).deck for name, trace in chosen.items()}
    for theme in [THEMES[given.theme]] if given.theme else THEMES.values():
        shown = []
        for name, pictures in drawn.items():
            steps = range(1, len(chosen[name]) + 1) if given.all_steps else [TELLING[name]]
            shown += [tile(name, pictures.scene(k), k, theme) for k in steps]
        for number, sheet in enumerate(sheets(shown), 1):
            file = given.out / f"gallery-{theme.name}-{number}.png"
            sheet.save(file)
            print(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)


if __name__ == "__main__":
    main()
