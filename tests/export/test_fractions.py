"""Numbers as fractions in every format that has numbers."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.export import formats
from tests.small import small

TRACE = gv.run("(x/16 + y)*x", x=3, y=2 / 16)
"""a = 3/16, b = 5/16, f = 15/16; df/dx = 5/16 + 3/16 = 1/2."""

LATEX, MATHML = r"\frac{15}{16}", "<mfrac><mn>15</mn><mn>16</mn></mfrac>"
WRITTEN = {
    ".svg": ">15/16<",
    ".html": MATHML,
    ".tex": LATEX,
    ".ltx": LATEX,
    ".md": LATEX,
    ".tikz": "15/16",
    ".dot": "15/16",
    ".txt": "15/16",
}
"""How 15/16 stands in the files that are text."""
QUICK = (".txt", ".dot", ".ltx")
FILES = pytest.mark.parametrize(
    "suffix", [pytest.param(s, marks=[] if s in QUICK else [pytest.mark.proof]) for s in WRITTEN]
)


def drawn(folder: Path, suffix: str, **options: Any) -> str:
    """The text of a file."""
    path = folder / f"a{suffix}"
    gv.render(TRACE, path, **options)
    return path.read_text("utf-8")


@FILES
def test_a_file_has_the_fractions_and_no_rounded_number(suffix: str, tmp_path: Path) -> None:
    """0.9375 is 15/16, 0.3125 is 5/16; without the option it is the other way round."""
    found = drawn(tmp_path, suffix, numbers="fractions")
    usual = drawn(tmp_path, suffix)
    assert WRITTEN[suffix] in found and not re.search(r"0\.9375|0\.3125", found)
    assert "15/16" not in usual.replace(LATEX, "15/16").replace(MATHML, "15/16")
    assert "0.9375" in usual


@pytest.mark.proof
def test_slides_have_them_in_boxes_formulas_and_notes(tmp_path: Path) -> None:
    gv.render(TRACE, tmp_path / "a.pptx", numbers="fractions")
    with zipfile.ZipFile(tmp_path / "a.pptx") as deck:
        parts = [deck.read(name).decode() for name in deck.namelist() if name.endswith(".xml")]
    text = "\n".join(parts)
    assert ">15/16<" in text and LATEX in text and "0.9375" not in text


@pytest.mark.parametrize("form", formats.every(), ids=lambda form: form.suffix)
def test_whatever_respects_digits_respects_fractions(form: formats.Format) -> None:
    assert ("digits" in form.options) == ("numbers" in form.options)


def test_words_say_them(tmp_path: Path) -> None:
    assert "equals 15 over 16" in drawn(tmp_path, ".txt", plain=True, numbers="fractions")


def test_a_figure_in_dot_and_the_run_of_another_type() -> None:
    assert "15/16" in gv.to_dot(TRACE, numbers="fractions").source
    single = gv.run("x/7", x=3, dtype="float32")
    assert "3/7" in gv.to_dot(single, numbers="fractions").source


@pytest.mark.proof
def test_exact_numbers_are_what_they_are(tmp_path: Path) -> None:
    """In both ways of writing."""
    exact = gv.run("sqrt(x)/3", x=2, backend="exact")
    files = [tmp_path / f"{way}.svg" for way in ("digits", "fractions")]
    for file in files:
        gv.render(exact, file, numbers=file.stem)
    assert files[0].read_bytes() == files[1].read_bytes() and "√" in files[0].read_text()


def test_a_file_of_numbers_alone_has_no_way_of_writing_them(tmp_path: Path) -> None:
    with pytest.raises(ValueInputError, match=r"numbers does not apply to \.json"):
        gv.render(TRACE, tmp_path / "a.json", numbers="fractions", **small(".json"))


@pytest.mark.proof
def test_a_fraction_is_in_brackets_where_it_is_divided_or_divides(tmp_path: Path) -> None:
    """(3/4)/3 rather than 3/4/3, in sentences and gates, in both kinds of fractions."""
    floats, exact = (
        gv.run("w*(x/3)", x=1, w="3/4" if backend == "exact" else 0.75, backend=backend)
        for backend in ("numpy", "exact")
    )
    for trace, numbers in ((floats, "fractions"), (exact, "digits")):
        gv.render(trace, tmp_path / "a.txt", numbers=numbers)
        assert "(3/4)/3 = 1/4 for x" in " ".join((tmp_path / "a.txt").read_text().split())
    gv.render(gv.run("0.5/x - x/0.25", x=2), tmp_path / "b.svg", numbers="fractions")
    gates = re.findall(r">([^<>]*)</text>", (tmp_path / "b.svg").read_text())
    assert "(" in "".join(gates) and "1/2" in gates and ")/x" in gates and "÷(" in gates
