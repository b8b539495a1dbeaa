"""The walk on paper: every step with its sentence and its formula, whatever names it has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import FileError, ValueInputError
from gradviz.scene.themes import THEMES
from tests.export.test_tikz import HOSTILE
from tests.export.tikz_reader import balanced

MARK = gv.run("(x*y + z) * maximum(y, z)", x=1.5, y=2, z=-1)


def written(path: Path, source: Any = MARK, **options: Any) -> str:
    (file,) = gv.render(source, path, **options).files
    return file.read_text(encoding="utf-8")


def test_every_step_has_its_sentence_and_its_equation(tmp_path: Path) -> None:
    text = written(tmp_path / "a.ltx")
    assert re.findall(r"(?m)^\\textbf\{(\d+)\}", text) == [str(k) for k in range(1, 14)]
    assert re.findall(r"\\subsection\*\{(.*?)\}", text) == ["Forward", "Backward"]
    assert text.count("\\begin{align*}") == text.count("\\end{align*}") == 13
    assert "at x = 1.5, y = 2, z = $-$1" in text


def test_an_equation_lines_up_at_its_signs(tmp_path: Path) -> None:
    """∂f/∂y ← ∂f/∂a · x = 2 · 1.5 = 3, which makes 2 + 3 = 5 with what came before."""
    text = written(tmp_path / "a.ltx", step=13)
    (block,) = re.findall(r"\\begin\{align\*\}\n(.*?)\n\\end", text, re.DOTALL)
    bare = re.sub(r"\\textcolor\{gv-\w+\}\{([^}]*)\}", r"\1", block)
    assert [line.strip().removesuffix(r" \\") for line in bare.splitlines()] == [
        r"\frac{\partial f}{\partial y} &\leftarrow \frac{\partial f}{\partial a} \cdot x",
        r"&= 2 \cdot 1.5",
        r"&= 3",
        r"\mathrm{d}y &:\ 2 + 3 \to 5",
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_numbers_have_the_colours_of_the_theme(tmp_path: Path, theme: str) -> None:
    declared = re.findall(r"\\definecolor\{gv-(\w+)\}\{HTML\}\{(\w+)\}", written(
        tmp_path / "a.ltx", theme=theme))  # fmt: skip
    assert declared == [
        (role, THEMES[theme].colours[role].removeprefix("#"))
        for role in ("value", "gradient", "hot")
    ]


@pytest.mark.parametrize("view", ["neurons", "differences"])
def test_other_walks(tmp_path: Path, view: str) -> None:
    source = gv.net("mlp:2-2-1") if view == "neurons" else "sum(x * [1, 2])"
    values = {"x": [1, 2], **({"label": 1} if view == "neurons" else {})}
    text = written(tmp_path / "a.ltx", gv.run(source, values=values), view=view)
    assert balanced(text) and "\\begin{align*}" in text


@pytest.mark.parametrize("said", [t for k, t in HOSTILE.items() if k != "Cyrillic"])
def test_hostile_names_are_printed_and_never_obeyed(tmp_path: Path, said: str) -> None:
    text = written(tmp_path / "a.ltx", rename={"x": said[:60]})
    body = text[text.index("\\section*") :]
    assert text.isascii() and balanced(text) and text.count("\\end{document}") == 1
    assert not re.search(r"\\(?:input|write|immediate|usepackage)(?![a-z])", body)


def test_a_long_source_is_cut(tmp_path: Path) -> None:
    trace = gv.run("x*y # " + "\\end{document}%" * 1000, x=1, y=2)
    text = written(tmp_path / "a.ltx", trace)
    assert len(text) < 4000 and text.count("\\end{document}") == 1


@pytest.mark.parametrize("name", ["вес", "重み", "가중치", "שלום", "😀"])
def test_letters_that_latex_lacks_are_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueInputError, match="the fonts of LaTeX have no glyph") as caught:
        written(tmp_path / "a.ltx", rename={"x": name})
    assert name[0] in str(caught.value) and "--rename" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueInputError, match=r"width does not apply to \.ltx"):
        written(tmp_path / "a.ltx", width=100)
    with pytest.raises(ValueInputError, match=r"no run to write as \.ltx"):
        written(tmp_path / "a.ltx", "x*y")
    (tmp_path / "a.ltx").write_text("\\documentclass{article}")
    with pytest.raises(FileError, match="gradviz did not write it"):
        written(tmp_path / "a.ltx")
