"""TikZ and walks on paper, set by LaTeX itself, by both of its engines: `make proofs`.

It needs Debian's texlive-latex-extra, which brings beamer and TikZ.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2 as pdfium
import pytest

import gradviz as gv
from gradviz.cli.examples import EXAMPLES
from gradviz.errors import GradvizError
from gradviz.graph.expression import call
from gradviz.scene.themes import THEMES
from tests.export.test_tikz import HOSTILE
from tests.export.tikz_pictures import PICTURES
from tests.ops.test_registry import OPS, a_point, cases, floats

pytestmark = pytest.mark.proof
ENGINES = ["pdflatex", "lualatex"]
SVG = "{http://www.w3.org/2000/svg}"
NEAR = 1.5
"""How far, in points of a slide of 160 mm, an edge may be off: letters differ from ours."""
OVERFULL = re.compile(rb"Overfull \\[hv]box|Missing character|Undefined control|^! ", re.MULTILINE)


def compiled(engine: str, source: Path) -> Path:
    """The PDF of a file, set by an engine that may run no program; nothing may stand out."""
    for name in (engine, "kpsewhich"):
        if shutil.which(name) is None:
            pytest.skip(f"this machine has no {name}")
    if subprocess.run(["kpsewhich", "beamer.cls"], capture_output=True).returncode:
        pytest.skip("this machine's LaTeX has no beamer")
    done = subprocess.run(
        [engine, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", source.name],
        cwd=source.parent,
        capture_output=True,
        timeout=600,
    )
    log = source.with_suffix(".log").read_bytes()
    assert done.returncode == 0, log[-1500:]
    assert not OVERFULL.search(log), OVERFULL.findall(log)
    return source.with_suffix(".pdf")


def frames(folder: Path, names: list[str]) -> Path:
    """A document of one's own, with a frame for each fragment."""
    lines = [r"\documentclass[aspectratio=169]{beamer}", r"\usepackage{tikz,amsmath}"]
    lines += [r"\begin{document}", *(rf"\begin{{frame}}\input{{{n}}}\end{{frame}}" for n in names)]
    file = folder / "mine.tex"
    file.write_text("\n".join([*lines, r"\end{document}", ""]))
    return file


@pytest.mark.parametrize("name", PICTURES)
def test_every_view_compiles(tmp_path: Path, name: str) -> None:
    (file, *_) = PICTURES[name](tmp_path / "a.tex").files
    slides = len(re.findall(r"(?m)^% slide \d+: ", file.read_text())) or 1
    assert len(pdfium.PdfDocument(compiled("pdflatex", file))) == slides


def test_every_view_compiles_in_frames_of_ones_own(tmp_path: Path) -> None:
    names = [f"{name}.tikz" for name in PICTURES]
    for name in PICTURES:
        PICTURES[name](tmp_path / f"{name}.tikz", slide="none", step=1)
    document = pdfium.PdfDocument(compiled("lualatex", frames(tmp_path, names)))
    assert len(document) == len(names)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_example_compiles(tmp_path: Path, engine: str) -> None:
    names = []
    for example in EXAMPLES:
        values = dict(v.split("=", 1) for v in example.values if "=" in v and v[0] != "-")
        try:
            trace = gv.run(example.source, values=values)
        except GradvizError:
            continue
        gv.render(trace, tmp_path / f"{example.name}.tikz", steps=[len(trace)], slide="none")
        names.append(f"{example.name}.tikz")
    assert len(names) > 5
    assert len(pdfium.PdfDocument(compiled(engine, frames(tmp_path, names)))) == len(names)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_op_compiles(tmp_path: Path, engine: str) -> None:
    names = []
    for op in OPS:
        case = next(iter(cases(op)))
        inputs = [f"x{i}" for i in range(len(case.shapes))]
        values = dict(zip(inputs, floats(a_point(case)), strict=True))
        graph = call(op, *gv.inputs(" ".join(inputs)), **case.options)
        trace = gv.run(graph, values=values)
        if trace.value(trace.graph.output).shape:
            ones = np.ones(trace.value(trace.graph.output).shape)
            trace = gv.run(graph, values=values, upstream=ones)
        gv.render(trace, tmp_path / f"{op.name}.tikz", step=len(trace), slide="none")
        names.append(f"{op.name}.tikz")
    assert len(names) == len(OPS) > 90
    assert len(pdfium.PdfDocument(compiled(engine, frames(tmp_path, names)))) == len(names)


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_compiles_on_its_ground(tmp_path: Path, theme: str) -> None:
    trace = gv.run("x*y + z", x=-3, y=5, z=2)
    (file,) = gv.render(trace, tmp_path / "a.tex", theme=theme, step=4).files
    page = pdfium.PdfDocument(compiled("pdflatex", file))[0]
    ground = THEMES[theme].colours["ground"]
    corner = page.render(scale=1).to_pil().convert("RGB").getpixel((3, 40))
    assert corner == tuple(int(ground[i : i + 2], 16) for i in (1, 3, 5))


@pytest.mark.parametrize("engine", ENGINES)
def test_every_example_is_told_on_paper(tmp_path: Path, engine: str) -> None:
    for example in EXAMPLES:
        values = dict(v.split("=", 1) for v in example.values if "=" in v and v[0] != "-")
        try:
            trace = gv.run(example.source, values=values)
        except GradvizError:
            continue
        (file,) = gv.render(trace, tmp_path / f"{example.name}.ltx").files
        source = file.rename(file.with_suffix(".tex"))
        assert len(pdfium.PdfDocument(compiled(engine, source))) >= 1


# Places
# ---------------------------------------------------------------------------------------------


def letters_of(page: Any) -> Iterator[tuple[str, float, float, float, float]]:
    """The characters of a page, with their left, top, right and bottom in points, y downwards."""
    text, height = page.get_textpage(), page.get_height()
    for i in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(i)
        yield text.get_text_range(i, 1), left, height - top, right, height - bottom


def runs_of(page: Any) -> list[tuple[str, float, float, float, float]]:
    """Neighbouring characters on one baseline as words."""
    found: list[list[Any]] = []
    for c, left, top, right, bottom in letters_of(page):
        if not c.strip():
            found.append([""])
            continue
        if found and found[-1][0] and -1 < left - found[-1][3] < 2.3:
            last = found[-1]
            last[0], last[2], last[3] = last[0] + c, min(last[2], top), right
            last[4] = max(last[4], bottom)
        else:
            found.append([c, left, top, right, bottom])
    return [tuple(run) for run in found if run[0]]  # type: ignore[misc]


@pytest.mark.parametrize("name", ["graph", "arrays", "matrix", "neurons", "cells", "curve"])
def test_texts_and_boxes_stand_where_the_scene_has_them(tmp_path: Path, name: str) -> None:
    (svg, *_) = PICTURES[name](tmp_path / "a.svg").files
    last = {} if name == "curve" else {"step": int(re.findall(r"of (\d+)", svg.read_text())[0])}
    (svg, *_) = PICTURES[name](tmp_path / "a.svg", **last).files
    (tex, *_) = PICTURES[name](tmp_path / "a.tex", **last).files
    page = pdfium.PdfDocument(compiled("pdflatex", tex))[0]
    unit = page.get_width() / 960
    runs, checked = runs_of(page), 0
    for element in ElementTree.parse(svg).getroot().iter(f"{SVG}text"):
        words = element.text or ""
        if not re.fullmatch(r"\d+(\.\d+)?|[A-Za-z]{3,}", words):
            continue
        x, y = (float(element.get(side, "")) * unit for side in "xy")
        anchor = element.get("text-anchor", "start")
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        places = [
            (left + share * (right - left), bottom)
            for said, left, _, right, bottom in runs
            if said == words
        ]
        assert places, f"{words} is not printed"
        slack = 0.25 * float(element.get("font-size", "")) * unit  # of descenders
        assert any(abs(px - x) < NEAR and -NEAR < py - y < NEAR + slack for px, py in places), (
            words,
            (x, y),
            places,
        )
        checked += 1
    assert checked > 5
    check_boxes(svg, page, unit)


def check_boxes(svg: Path, page: Any, unit: float) -> None:
    """Each rectangle and circle is a path of its size in its place, but for half of its line."""
    height = page.get_height()
    drawn = []
    for item in page.get_objects(max_depth=15):
        left, bottom, right, top = item.get_bounds()
        drawn.append((left, height - top, right, height - bottom))
    for element in ElementTree.parse(svg).getroot():
        box = outline(element)
        if box is None or element.get("id", "ground") == "ground":
            continue
        wide = float(element.get("stroke-width", "0")) / 2 * unit
        wanted = [v * unit + (-wide if i < 2 else wide) for i, v in enumerate(box)]
        near = min(max(abs(a - b) for a, b in zip(wanted, d, strict=True)) for d in drawn)
        assert near < NEAR, (element.get("id"), wanted, near)


def outline(element: ElementTree.Element) -> tuple[float, float, float, float] | None:
    def number(key: str) -> float:
        return float(element.get(key, "0"))

    if element.tag == f"{SVG}rect":
        x, y = number("x"), number("y")
        return x, y, x + number("width"), y + number("height")
    if element.tag == f"{SVG}circle":
        x, y, r = number("cx"), number("cy"), number("r")
        return x - r, y - r, x + r, y + r
    return None


def test_nothing_moves_from_slide_to_slide(tmp_path: Path) -> None:
    (file,) = PICTURES["graph"](tmp_path / "a.tex").files
    document = pdfium.PdfDocument(compiled("pdflatex", file))
    first, *others = ({(w, *map(round, box)) for w, *box in runs_of(page)} for page in document)
    kept = {run for run in first if all(run in other for other in others)}
    assert {run[0] for run in kept} >= {"x", "y", "z", "max", "1.5"}


# Documents of one's own
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_lecturer_points_at_a_part(tmp_path: Path, engine: str) -> None:
    """The line ends at the middle of the text that it points at, whatever else the page holds."""
    trace = gv.run("(x*y + z) * maximum(y, z)", x=1.5, y=2, z=-1)
    gv.render(trace, tmp_path / "walk.tikz", steps="1-3")
    file = tmp_path / "mine.tex"
    file.write_text(r"""\documentclass{beamer}\usetheme{Madrid}\usepackage{tikz,amsmath}
\begin{document}\begin{frame}{Backpropagation}
Before \def\gradvizwidth{7cm}\input{walk.tikz}after.
\only<2>{\tikz[remember picture, overlay]
  \fill[red] (node-0-value.south west) rectangle (node-0-value.north east);}
\end{frame}\end{document}
""")
    compiled(engine, file)
    page = pdfium.PdfDocument(compiled(engine, file))[1]
    (word,) = (run for run in runs_of(page) if run[0] == "1.5")
    pixels = np.asarray(page.render(scale=4).to_pil().convert("RGB")).astype(int)
    red = (pixels[..., 0] > 200) & (pixels[..., 1:].max(axis=-1) < 60)
    rows, columns = np.nonzero(red)
    found = columns.min() / 4, rows.min() / 4, columns.max() / 4, rows.max() / 4
    assert max(abs(a - b) for a, b in zip(found, word[1:], strict=True)) < 1


@pytest.mark.parametrize("engine", ENGINES)
def test_one_figure_stands_in_any_document(tmp_path: Path, engine: str) -> None:
    trace = gv.run("x*y + z", x=-3, y=5, z=2)
    gv.render(trace, tmp_path / "one.tikz", step="final")
    file = tmp_path / "mine.tex"
    file.write_text(
        r"\documentclass{article}\usepackage{tikz,amsmath}\begin{document}"
        r"\noindent Before\input{one.tikz}after\end{document}"
    )
    page = pdfium.PdfDocument(compiled(engine, file))[0]
    runs = {run[0]: run for run in runs_of(page)}
    text = (tmp_path / "one.tikz").read_text()
    width = float(re.findall(r"\\useasboundingbox \(0,0\) rectangle \(([\d.]+),", text)[0])
    gap = runs["after"][1] - runs["Before"][3]
    assert gap == pytest.approx(width * 0.6 * 72 / 72.27, abs=1)


# Hostile texts
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_hostile_texts_are_printed(tmp_path: Path, engine: str) -> None:
    """Nothing is read, written or run for them, and each is printed as it stands."""
    trace = gv.run("x*y + z", x=-3, y=5, z=2)
    for name, text in HOSTILE.items():
        more: dict[str, Any] = {"rename": {"x": text[:60]}, "note": {"y": text}, "caption": text}
        gv.render(trace, tmp_path / f"{name}.tikz", step=1, **more)
    document = frames(tmp_path, [f"{name}.tikz" for name in HOSTILE])
    pages = pdfium.PdfDocument(compiled(engine, document))
    assert len(pages) == len(HOSTILE)
    left = {".tikz", ".tex", ".pdf", ".log", ".aux", ".nav", ".out", ".snm", ".toc", ".vrb"}
    assert {p.suffix for p in tmp_path.iterdir()} <= left
    for page, (name, text) in zip(pages, HOSTILE.items(), strict=True):
        printed = page.get_textpage().get_text_range()
        said = "".join(printed.split()).translate(str.maketrans("ˆ˜∗", "^~*"))
        assert "root:" not in printed
        if name in ("input", "shell", "end", "signs", "markup"):
            wanted = "".join(text.split()).replace("_", "")  # which is a rule, no letter
            # as the caption, as words below a node, in the formula, and where it is short as a name
            assert said.count(wanted) >= 3, (name, said)
