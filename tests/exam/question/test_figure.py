"""Figures show and describe what is given and no more; solutions have figures of their own."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from fractions import Fraction
from xml.etree import ElementTree

from gradviz.exam import formats
from gradviz.exam.paper.paper import Item, Paper
from gradviz.exam.question import solution
from gradviz.exam.question.figure import alt, picture
from gradviz.exam.question.question import Figure
from gradviz.exam.text import decimal
from tests.exam.conftest import pages

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"(?<![\w.#-])[−-]?\d+(?:\.\d+)?(?![\w.])")


def figures(*papers: Paper) -> Iterator[Item]:
    for made in papers:
        yield from (item for item in made.items if item.question.figure is not None)


def given_in(figure: Figure) -> set[str]:
    """Every number that the figure is given, arrays' cells and the graph's constants too."""
    said = repr([value for _, value in (*figure.values, *figure.gradients)])
    given = {
        decimal(Fraction(int(a), int(b)))
        for a, b in re.findall(r"Fraction\((-?\d+), (\d+)\)", said)
    }
    return given | set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", figure.source))


def test_a_figure_shows_and_says_only_what_is_given(full: Paper, easy: Paper) -> None:
    """Every number in texts, titles, descriptions and alt texts is one that the question gives."""
    for item in figures(full, easy):
        figure = item.question.figure
        assert figure is not None
        given = given_in(figure)
        root = ElementTree.fromstring(picture(figure))
        said = [
            t
            for e in root.iter()
            if e.tag.rpartition("}")[2] in ("text", "title", "desc")
            for t in e.itertext()
        ]
        nodes = re.search(r"with (\d+) nodes", alt(figure))
        shown = {
            n.replace("−", "-") for text in [*said, alt(figure)] for n in NUMBER.findall(text)
        } - {nodes[1] if nodes else ""}
        assert shown <= given, item.question.kind
        ids = [e.get("id", "") for e in root.iter()]
        # An id names a node, a part of its drawing or a glyph by its shape: never a number of the
        # question.
        assert all(
            re.fullmatch(
                r"(node|edge|grid)(-\d+)+(-[a-z]+)*(-\d+)*|(title|desc|glyph)-[0-9a-f]+|ground|", i
            )
            for i in ids
        )


def test_a_picture_is_the_same_whatever_the_key(full: Paper, easy: Paper) -> None:
    """Only the figure's own data goes into it, and what is asked for is not in that."""
    for item in figures(full, easy):
        figure = item.question.figure
        assert figure is not None
        assert {letter for _, _, letter in figure.blanks} <= {p.id for p in item.question.parts}
        named = {(label, what) for label, what, _ in figure.blanks}
        assert not named & (
            {(label, "value") for label, _ in figure.values}
            | {(label, "gradient") for label, _ in figure.gradients}
        )
    item = next(i for i in full.items if i.question.kind == "fill-graph")
    assert {letter for _, _, letter in item.question.figure.blanks} == {
        p.id for p in item.question.parts
    }  # type: ignore[union-attr]


PICTURED = {
    "matrix-gradients": "A computation graph",
    "convolution": "Grids of cells",
    "pool-backward": "Grids of cells",
    "hinge": "A computation graph",
    "softmax": "A computation graph",
    "squared-error": "A computation graph",
}


def test_arrays_and_losses_are_pictured(full: Paper) -> None:
    """Every given number is in the picture, cell by cell."""
    for item in full.items:
        if item.question.kind in PICTURED:
            figure = item.question.figure
            assert figure is not None and alt(figure).startswith(PICTURED[item.question.kind])
            root = ElementTree.fromstring(picture(figure))
            shown = sorted(
                t.text.replace("−", "-")
                for t in root.iter(f"{SVG}text")
                if t.text and NUMBER.fullmatch(t.text)
            )
            said = repr([value for _, value in (*figure.values, *figure.gradients)])
            cells = [
                decimal(Fraction(int(a), int(b)))
                for a, b in re.findall(r"Fraction\((-?\d+), (\d+)\)", said)
            ]
            constants = (
                re.findall(r"(?<![\w.=])\d+(?!\w)", figure.source) if figure.form == "graph" else []
            )
            assert shown == sorted(cells + constants), item.question.kind


def test_solved_figures_and_slips_stand_beside_the_solutions_only(
    full: Paper, written: dict[str, formats.Files]
) -> None:
    """The frame where it goes wrong is drawn for every question that has a mistake in working, and
    on no paper.
    """
    slips = {item.number for item in full.items if solution.likeliest(item.question)}
    assert len(slips) >= 8
    assert slips == {
        int(n)
        for n in re.findall(r"solutions/figures/s-1-(\d+)-slip\.svg", " ".join(written["markdown"]))
    }
    with zipfile.ZipFile(io.BytesIO(written["latex"]["s-1.zip"])) as archive:
        assert slips == {
            int(n) for n in re.findall(r"slip-(\d+)\.pdf", " ".join(archive.namelist()))
        }
    practice, graded = (written["html"][n].decode() for n in ("practice/s-1.html", "s-1.html"))
    assert practice.count("A likely mistake: ") == len(slips) and "A likely mistake" not in graded
    pages_ = {n: "".join(pages(written["pdf"][n])) for n in written["pdf"]}
    counts = {
        n: re.sub(r"\s+", " ", text).count("A likely mistake: ") for n, text in pages_.items()
    }
    assert counts == {"s-1.pdf": 0, "keys/s-1.pdf": 0, "solutions/s-1.pdf": len(slips)}
    root = ElementTree.fromstring(written["moodle"]["s-1.xml"])
    assert sum(
        "A likely mistake: " in (q.findtext("generalfeedback/text") or "") for q in root[1:]
    ) == len(slips)
    asked = [
        q
        for section in json.loads(written["json"]["s-1.json"])["sections"]
        for q in section["questions"]
    ]
    for item, row in zip(full.items, asked, strict=True):
        assert (row["solution"]["likely mistake"] is not None) == (item.number in slips)
        if slip := solution.likeliest(item.question):
            assert row["solution"]["likely mistake"]["step"] == slip.step
            assert f"step {slip.step} of" in solution.slip_scene(item.question, slip.step).title
            assert slip.step in [s.number for s in solution.steps(item.question)], (
                "the step is told"
            )
