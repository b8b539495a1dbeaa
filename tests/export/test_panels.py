"""Two walks side by side in every format: whole, or refused with a reason that holds."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.export import formats
from tests.panel_samples import EVERY
from tests.small import small

REFUSED = (".dot", ".json")
QUICK = (".txt", *REFUSED)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(f, id=f.suffix, marks=[] if f.suffix in QUICK else [pytest.mark.proof])
        for f in formats.every()
    ],
)
def test_every_format_has_both_panels(form: formats.Format, tmp_path: Path) -> None:
    path = tmp_path / f"a{form.suffix}"
    walk = EVERY["sigmoid"]()
    if form.suffix in REFUSED:
        with pytest.raises(ValueInputError, match="figures of panels are not graphs"):
            gv.render(walk, path)
        return
    gv.render(walk, path, **small(form.suffix))
    assert form.is_ours(path.read_bytes())
    (tmp_path / "again").mkdir()
    again = tmp_path / "again" / path.name
    gv.render(walk, again, **small(form.suffix))
    assert path.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    "suffix",
    [".ltx", *(pytest.param(s, marks=pytest.mark.proof) for s in (".svg", ".tex", ".md", ".html"))],
)
def test_files_of_text_tell_both(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{suffix}"
    gv.render(EVERY["sigmoid"](), path)
    said = path.read_text("utf-8")
    assert "sigmoid" in said and "in pieces" in said and "4.482" in said


@pytest.mark.proof
def test_ids_are_unique_and_slides_are_in_step(tmp_path: Path) -> None:
    """e^1.5 = 4.482 comes in step 5 of the pieces, on a slide of its own."""
    walk = EVERY["sigmoid"]()
    gv.render(walk, tmp_path / "a.svg", step=5)
    ids = re.findall(r' id="([^"]+)"', (tmp_path / "a.svg").read_text())
    assert len(ids) == len(set(ids)) and {"a-name", "b-name"} <= {*ids}
    gv.render(walk, tmp_path / "a.pptx")
    with zipfile.ZipFile(tmp_path / "a.pptx") as deck:
        slides = [n for n in deck.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", n)]
        said = {int(re.findall(r"\d+", n)[0]): deck.read(n).decode() for n in slides}
    assert len(slides) == len(walk)
    shown = [k for k, text in said.items() if "4.482" in text]
    assert min(shown) == 4


@pytest.mark.proof
def test_shapes_on_slides_say_of_which_panel_they_are(tmp_path: Path) -> None:
    pptx = pytest.importorskip("pptx", reason="slides are not read again without python-pptx")
    gv.render(EVERY["sigmoid"](), tmp_path / "a.pptx", step=5)
    slide = pptx.Presentation(tmp_path / "a.pptx").slides[0]
    alt = {s.name: s._element.xpath(".//p:cNvPr")[0].get("descr") for s in slide.shapes}
    assert alt["a-node-0-value"] == "value of w: 2, panel sigmoid"
    assert alt["b-node-8-value"] == "value of h: 4.482, panel in pieces"
    wires = [s for s in slide.shapes if s._element.xpath(".//a:stCxn | .//a:endCxn")]
    assert {s.name[:2] for s in wires} == {"a-", "b-"}
    assert "1 + h = 1 + 4.482 = 5.482." in slide.notes_slide.notes_text_frame.text


@pytest.mark.proof
def test_hidden_values_stand_in_no_file(tmp_path: Path) -> None:
    """Names that tell what differs, `x = 1.5`, give way."""
    walk = EVERY["other numbers"]()
    for suffix in (".svg", ".pptx"):
        path = tmp_path / f"a{suffix}"
        gv.render(walk, path, hide="values", step=2)
        data = path.read_bytes()
        if suffix == ".pptx":
            with zipfile.ZipFile(path) as deck:
                data = b"".join(deck.read(name) for name in deck.namelist() if "slide" in name)
        assert b"15.25" not in data and b"run 2" in data


@pytest.mark.proof
def test_a_page_plays_both_and_computes_neither(tmp_path: Path) -> None:
    gv.render(EVERY["passes"](), tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "let live = null" in page and "Forward and backward" in page
    gv.render(EVERY["sigmoid"](), tmp_path / "b.html")
    head = (tmp_path / "b.html").read_text("utf-8")
    assert "sigmoid(w*x + b) and 1/(1 + exp(-(w*x + b)))" in head


def test_fractions_are_those_of_both_panels(tmp_path: Path) -> None:
    walk, file = gv.beside(gv.run("x/4", x=3), gv.run("x/8", x=3)), tmp_path / "a.svg"
    gv.render(walk, file, numbers="fractions")
    said = file.read_text()
    assert ">3/4<" in said and ">3/8<" in said and "0.375" not in said
    gv.render(gv.beside(gv.run("x/4", x=0.5), gv.run("x/4", x=3)), file, numbers="fractions")
    assert ">x = 1/2</text>" in file.read_text()


@pytest.mark.proof
def test_a_window_and_folds_are_those_of_each(tmp_path: Path) -> None:
    walk = EVERY["passes"]()
    gv.render(walk, tmp_path / "a.svg", around="b", hops=1)
    said = (tmp_path / "a.svg").read_text()
    assert "window of 4 of 7 nodes around b" in said
    trace = gv.run(gv.net("mlp:2-3-1"), x=[1, -1])
    folded = gv.beside(trace, "backward")
    whole = len(folded)
    gv.render(folded, tmp_path / "b.pdf", depth=1)
    assert len(gv.beside(gv.fold(trace, depth=1), "backward")) < whole


@pytest.mark.proof
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "]]>", r"\input{x}$%"])
def test_names_of_panels_are_inert(name: str, tmp_path: Path) -> None:
    """They stand where they are drawn, and are never obeyed."""
    walk = gv.beside(gv.run("x*y", x=2, y=3), "backward", names=[name, "b"])
    for suffix in (".svg", ".html", ".md"):
        gv.render(walk, tmp_path / f"a{suffix}")
        assert "<script>alert" not in (tmp_path / f"a{suffix}").read_text("utf-8")
    gv.render(walk, tmp_path / "a.tex")
    said = re.sub(r"(?m)^%.*$", "", (tmp_path / "a.tex").read_text("utf-8"))
    assert r"\input{x}" not in said
    gv.render(walk, tmp_path / "a.txt")
    assert name in (tmp_path / "a.txt").read_text("utf-8")


@pytest.mark.proof
def test_a_notebook_shows_both() -> None:
    shown = EVERY["passes"]()._repr_mimebundle_()
    assert "image/svg+xml" in shown or "text/html" in shown
    assert "PanelWalk of Forward and Backward" in str(shown["text/plain"])
    assert "Forward" in gv.frame(EVERY["passes"](), 3).sentence
