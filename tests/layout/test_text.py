"""Measured widths against the font's own metrics and against what two renderers draw."""

import re
import subprocess
import sys
import unicodedata
from html import escape
from io import BytesIO
from typing import get_args

import pytest
import resvg_py
import typst
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gradviz import fonts
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.layout import text

WEIGHTS = get_args(fonts.Weight)
CHARACTERS = fonts.metrics()["characters"]
texts = st.text(alphabet=CHARACTERS, max_size=40)
sizes = st.floats(4, 80)

SAMPLES = [
    "0011223344 −1.25e−17, 3:4;",
    "AVATAR To Ty We fi ffl Yo. P,",
    "max sends the whole gradient to its larger input: y = 2 beats z = −1.",
    "∇f ⊙ xᵀ ∘ ⋅ ∥x∥ ∂Δ×·√∞≤→ x₁² ⁻¹ 1⁄2",
    "Ünïçødé ŷ Ελληνικά Привет Ż ǆ".replace("ǆ", "dž"),
    "x̂ = e\u0301 + q\u0304\u0302 A\u030a",
    "\u1e17\u0323 æ\u0304 \u04d7\u0301",
    "a  b ",
]
PLAIN = [
    c for c in CHARACTERS if not unicodedata.combining(c) and unicodedata.normalize("NFC", c) == c
]
ROWS = ["".join(PLAIN[i : i + 30]) for i in range(0, len(PLAIN), 30)]


def drawn_widths(lines: list[str], size: float, weight: str) -> list[float]:
    """How far resvg advances over each line: where a square starts after it, less where it starts
    alone.
    """
    zoom, row = 4, 2 * size
    attributes = (
        f'font-family="{fonts.FAMILY}" font-size="{size}" font-weight="{fonts.CSS_WEIGHTS[weight]}"'
    )
    marked = "".join(
        f'<text xml:space="preserve" x="10" y="{(i + 1) * row - 0.5 * size}"'
        f' fill="blue">{escape(line)}<tspan fill="red">■</tspan></text>'
        for i, line in enumerate(["", *lines])
    )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size * 45}" '
        f'height="{row * (len(lines) + 1)}" {attributes}>'
        f'<rect width="100%" height="100%" fill="white"/>{marked}</svg>'
    )
    files = [str(file) for file in fonts.files()]
    png = bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg, dpi=96, zoom=zoom, skip_system_fonts=True, font_files=files
        )
    )
    _, green, blue = Image.open(BytesIO(png)).convert("RGB").split()
    ink = Image.eval(green, lambda v: 255 if v < 64 else 0)
    square = Image.composite(
        ink, Image.new("L", ink.size), Image.eval(blue, lambda v: 255 if v < 64 else 0)
    )
    starts = []
    for i in range(len(lines) + 1):
        found = square.crop(
            (0, int(i * row * zoom), square.width, int((i + 1) * row * zoom))
        ).getbbox()
        assert found is not None, lines[i - 1]
        starts.append(found[0] / zoom)
    return [start - starts[0] for start in starts[1:]]


@pytest.mark.parametrize("weight", WEIGHTS)
def test_width_is_what_resvg_draws(weight):
    for line, drawn in zip(SAMPLES, drawn_widths(SAMPLES, 20, weight), strict=True):
        assert text.width(line, 20, weight) == pytest.approx(drawn, abs=0.3), line


def test_width_is_what_resvg_draws_for_every_character():
    for line, drawn in zip(ROWS, drawn_widths(ROWS, 10, "regular"), strict=True):
        assert text.width(line, 10) == pytest.approx(drawn, abs=0.3), line


@pytest.mark.parametrize("weight", WEIGHTS)
def test_width_is_what_typst_sets(weight):
    number = fonts.CSS_WEIGHTS[weight]
    source = "#set page(width: auto, height: auto, margin: 0pt)\n"
    source += f'#set text(font: "{fonts.FAMILY}", size: 20pt, weight: {number}, fallback: false)\n'
    source += "\n#pagebreak()\n".join(f'#("{line}")' for line in SAMPLES)
    folder = str(fonts.path(weight).parent)
    pages = typst.compile(
        source.encode(), format="svg", font_paths=[folder], ignore_system_fonts=True
    )
    for line, page in zip(SAMPLES, pages, strict=True):
        if not line.endswith(" "):  # typst drops the space at a line's end
            found = re.search(r'viewBox="0 0 ([\d.]+) ', page.decode())
            assert found and text.width(line, 20, weight) == pytest.approx(
                float(found[1]), abs=0.3
            ), line


@given(st.text(alphabet=PLAIN, max_size=40), sizes, st.sampled_from(WEIGHTS))
def test_width_is_the_sum_of_the_fonts_advances(line, size, weight):
    font = opened(weight)
    names = font.getBestCmap()
    units = sum(font["hmtx"][names[ord(c)]][0] for c in fonts.spelt(line))
    assert text.width(line, size, weight) == pytest.approx(units / font["head"].unitsPerEm * size)


def opened(weight, cache={}):  # noqa: B006
    return cache.setdefault(weight, TTFont(fonts.path(weight)))


@given(texts, sizes)
def test_width_does_not_depend_on_the_spelling_of_letters_with_marks(line, size):
    assert text.width(unicodedata.normalize("NFD", line), size) == text.width(line, size)


@given(st.integers(0, 10**12), st.sampled_from(WEIGHTS))
def test_numbers_of_equal_length_are_equally_wide(number, weight):
    shown = str(number)
    assert text.width(shown, 13, weight) == pytest.approx(text.width("8" * len(shown), 13, weight))


def test_width_of_nothing_and_of_a_mark_is_nothing():
    assert text.width("", 13) == 0
    assert text.width("x\u0302", 13) == text.width("x", 13)


def test_a_composed_letter_that_the_fonts_lack_is_its_parts():
    assert fonts.spelt("\u0401\u0301") == "\u0401\u0301"
    lacking = "\u04d1"  # a Cyrillic letter with breve, beyond the ranges shipped
    assert lacking not in CHARACTERS
    assert text.missing(lacking) == ""
    assert text.width(lacking, 13) == text.width("\u0430", 13)


def test_a_character_without_a_glyph_is_named():
    with pytest.raises(
        ValueInputError,
        match=r"no font here has a glyph for 漢 \(U\+6F22 CJK .*\), 😀 \(U\+1F600 GRINNING FACE\)",
    ):
        text.width("a漢b😀漢", 13)
    assert text.missing("a漢b😀漢") == "漢😀"
    assert text.missing("max(x, 0) − ∇f") == ""


@pytest.mark.parametrize("character", ["\n", "\t", "\u200b", "\u00ad", "\u202e", "\ufe0f", "\x7f"])
def test_characters_that_a_renderer_obeys_instead_of_drawing_are_refused(character):
    with pytest.raises(ValueInputError, match=f"U\\+{ord(character):04X}"):
        text.width(f"a{character}b", 13)


def test_many_missing_characters_are_summed_up():
    with pytest.raises(ValueInputError, match=r"U\+4E04 [^)]*\) and others"):
        text.width("".join(map(chr, range(0x4E00, 0x4E20))), 13)


def test_an_unknown_weight_is_refused():
    with pytest.raises(UnknownNameError, match="no font weight 'heavy'"):
        text.width("a", 13, "heavy")


@given(texts, sizes, st.sampled_from(WEIGHTS), st.floats(0, 500))
def test_fit_never_exceeds_and_keeps_as_much_as_it_can(line, size, weight, room):
    fitted = text.fit(line, size, weight, room)
    composed = fonts.spelt(line)
    assert text.width(fitted, size, weight) <= room + 1e-9
    if fitted in (line, ""):
        assert fitted == line or text.width("…", size, weight) > room
        return
    kept = fitted.removesuffix("…")
    assert fitted.endswith("…") and composed.startswith(kept)
    # One more letter with its marks, or the spaces that were dropped and one, would be too wide.
    longer = len(kept)
    while longer < len(composed) and (composed[longer].isspace() or longer == len(kept)):
        longer += 1
    while longer < len(composed) and unicodedata.combining(composed[longer]):
        longer += 1
    assert text.width(composed[: longer + 1] + "…", size, weight) > room - 1e-9


def test_fit_never_parts_a_letter_from_its_mark():
    room = text.width("ax…", 13) + 0.01
    assert text.fit("ax\u0302xx", 13, "regular", room) == "ax\u0302…"
    assert text.fit("a x\u0302\u0302 xxxx", 13, "regular", text.width("a x", 13)) == "a…"


def test_line_measures_are_the_fonts():
    font = opened("regular")
    em, lines, capitals = font["head"].unitsPerEm, font["hhea"], font["OS/2"]
    assert text.ascent(16) == pytest.approx(16 * lines.ascent / em)
    assert text.descent(16) == pytest.approx(-16 * lines.descent / em)
    assert text.height(16) == text.ascent(16) + text.descent(16)
    assert text.cap_height(16) == pytest.approx(16 * capitals.sCapHeight / em)
    assert text.x_height(16) == pytest.approx(16 * capitals.sxHeight / em)


def test_measuring_loads_no_font_library():
    code = "import sys; from gradviz.layout import text; text.width('y\\u0302 = 2', 13); "
    code += "sys.exit(any(m.split('.')[0] in ('fontTools', 'PIL', 'numpy') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("gradient", ("gradient",)),
        ("It’s", ("It’s",)),
        ("∂f/∂x", ("∂f/∂x",)),
        ("가중치", ("가중치",)),
        ("重み", ("重", "み")),
        ("「重み」の", ("「重", "み」", "の")),
        ("重、み。", ("重、", "み。")),
        ("x重y", ("x", "重", "y")),
        ("น้ำไทย", ("น้ำ", "ไท", "ย")),
        ("", ("",)),
    ],
)
def test_lines_break_within_words_of_scripts_without_spaces(word, parts):
    assert text.breakable(word) == parts
    assert "".join(text.breakable(word)) == word
