"""The registry of formats: found by suffix, complete, and able to tell its own files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

import gradviz as gv
from gradviz.errors import UnknownNameError
from gradviz.export import formats
from gradviz.export.drawing import Drawing
from gradviz.export.formats import Format
from gradviz.export.look import Look
from tests.small import small

SUFFIXES = [
    ".apng", ".dot", ".gif", ".html", ".json", ".ltx", ".md", ".mp4", ".pdf", ".png", ".pptx",
    ".svg", ".tex", ".tikz", ".txt", ".webm",
]  # fmt: skip
every = pytest.mark.parametrize("form", formats.every(), ids=lambda form: form.suffix)


def test_every_promised_format_is_there_and_no_suffix_is_taken_twice() -> None:
    suffixes = [suffix for form in formats.every() for suffix in form.suffixes]
    assert set(SUFFIXES) <= set(suffixes) and len(set(suffixes)) == len(suffixes)


def test_a_format_is_found_by_the_name_of_its_file() -> None:
    assert sorted(formats.suffixes()) == [form.suffix for form in formats.every()]
    files = {path.stem for path in Path(formats.__file__).parent.glob("[a-z]*.py")}
    assert {suffix.removeprefix(".") for suffix in formats.suffixes()} == files


def test_a_suffix_is_found_in_any_case() -> None:
    assert formats.of(Path("a.b/Deck.PDF")).suffix == ".pdf"
    assert formats.of(Path("graph.gv")).suffix == ".dot"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("a.pgn", ".png"),
        ("a.svgg", ".svg"),
        ("figure", "figure.svg"),
        (".svg", ".svg.svg"),
        ("a.", "a"),
    ],
)
def test_an_unknown_suffix_gets_a_suggestion(name: str, hint: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        formats.of(Path(name))
    assert hint in refused.value.hint
    assert ".svg" in refused.value.expected


@every
def test_a_format_knows_its_own_files_and_no_others(form: Format) -> None:
    trace = gv.run("(x*y + z) * maximum(y, z)", x=1.5, y=2, z=-1)
    frames = [len(trace)] if form.holds == "frame" else range(1, len(trace) + 1)
    drawing = Drawing(trace, Look(**small(form.suffix)))
    path = Path(f"a{form.suffix}")
    content = form.files(drawing, list(frames), path)[path]
    data = content.encode() if isinstance(content, str) else content
    assert form.is_ours(data)
    strangers = [
        b"",
        b"gradviz",
        b"made by gradviz",
        b"<svg></svg>",
        b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n",
        b"{}",
        b"graph {}",
        b"GIF89a made by gradviz",
        b"\0\0\0\x18ftypisom",
        b"\x1a\x45\xdf\xa3",
    ]
    assert not any(form.is_ours(stranger) for stranger in strangers)


@pytest.mark.parametrize(
    "form", [form for form in formats.every() if form.bare], ids=lambda form: form.suffix
)
def test_a_bare_graph_is_known_too(form: Format) -> None:
    drawing = Drawing(gv.parse("x*y + z"), Look(**small(form.suffix)))
    path = Path(f"a{form.suffix}")
    content = form.files(drawing, (), path)[path]
    assert form.is_ours(content.encode() if isinstance(content, str) else content)


def test_the_mark_of_a_png_is_one_that_others_can_read() -> None:
    (content,) = (
        formats.of(Path("a.png")).files(Drawing(gv.parse("x*y")), (), Path("a.png")).values()
    )
    image = Image.open(io.BytesIO(content))  # type: ignore[arg-type]
    image.load()
    assert set(image.text) == {"Software"} and image.text["Software"].startswith("gradviz, ")  # type: ignore[attr-defined]
