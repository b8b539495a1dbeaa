"""The font files themselves: names, figures, features, subsets, and that they can be made again."""

import hashlib
import os
import subprocess
import sys
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import get_args

import fontTools
import pytest
import resvg_py
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz import fonts
from gradviz.errors import UnknownNameError

WEIGHTS = get_args(fonts.Weight)
ORIGINALS = Path("/usr/share/fonts/opentype/inter")
CHARACTERS = fonts.metrics()["characters"]


@pytest.fixture(params=WEIGHTS, scope="module")
def opened(request):
    return request.param, TTFont(fonts.path(request.param))


def drawn(text: str, files: list[Path], weight: str = "regular") -> bytes:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="60">'
        f'<text x="10" y="40" font-family="{fonts.FAMILY}" font-size="24" '
        f'font-weight="{fonts.CSS_WEIGHTS[weight]}">{text}</text></svg>'
    )
    names = [str(file) for file in files]
    return bytes(
        resvg_py.svg_to_bytes(svg_string=svg, dpi=96, skip_system_fonts=True, font_files=names)
    )


def test_all_weights_are_here_lightest_first():
    assert [TTFont(file)["OS/2"].usWeightClass for file in fonts.files()] == [400, 500, 600, 700]
    assert list(fonts.CSS_WEIGHTS.values()) == [400, 500, 600, 700]
    assert list(fonts.CSS_WEIGHTS) == list(WEIGHTS)


def test_an_unknown_weight_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownNameError, match="did you mean semibold"):
        fonts.path("semi-bold")


def test_digits_and_their_marks_are_equally_wide(opened):
    _, font = opened
    advance, names = font["hmtx"], font.getBestCmap()
    assert len({advance[names[ord(c)]][0] for c in "0123456789"}) == 1
    assert len({advance[names[ord(c)]][0] for c in ".,:;"}) == 1
    assert len({advance[names[ord(c)]][0] for c in "+−×=±<>"}) == 1


def test_combining_marks_have_no_advance_and_nothing_else_has_none(opened):
    weight, _ = opened
    for character, advance in zip(CHARACTERS, fonts.metrics()[weight], strict=True):
        assert (advance == 0) == unicodedata.category(character).startswith("M"), hex(
            ord(character)
        )


def test_the_one_is_the_tabular_one(opened):
    """Its ink stands near the middle of its advance, as Inter's narrow one would not after mere
    widening.
    """
    _, font = opened
    pen = BoundsPen(font.getGlyphSet())
    glyph = font.getBestCmap()[ord("1")]
    font.getGlyphSet()[glyph].draw(pen)
    left, _, right, _ = pen.bounds
    width = font["hmtx"][glyph][0]
    assert abs((left + right) / 2 - width / 2) < 0.12 * width


def test_outlines_and_metrics_tell_the_same_advance_and_bearing(opened):
    _, font = opened
    outlines, glyphs = font["CFF "].cff.topDictIndex[0].CharStrings, font.getGlyphSet()
    for name in font.getGlyphOrder():
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        string = outlines[name]
        string.draw(BoundsPen(None))
        assert string.width == font["hmtx"][name][0], name
        if pen.bounds:
            assert abs(pen.bounds[0] - font["hmtx"][name][1]) <= 1, name


def test_no_feature_moves_an_advance(opened):
    _, font = opened
    assert "GSUB" not in font and "kern" not in font
    features = {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}
    assert features <= {"mark", "mkmk"}


def test_the_family_is_renamed_and_the_licence_kept(opened):
    weight, font = opened
    table = font["name"]
    assert table.getBestFamilyName() == fonts.FAMILY
    assert font["CFF "].cff.fontNames == [fonts.path(weight).stem] == [table.getDebugName(6)]
    assert "Inter Project Authors" in table.getDebugName(0)
    assert "SIL Open Font License" in table.getDebugName(13)
    assert (
        "SIL OPEN FONT LICENSE Version 1.1" in fonts.path(weight).with_name("OFL.txt").read_text()
    )


def test_every_weight_has_the_same_characters_and_the_table_tells_their_advances(opened):
    weight, font = opened
    names = font.getBestCmap()
    assert "".join(map(chr, sorted(names))) == CHARACTERS
    assert [font["hmtx"][names[ord(c)]][0] for c in CHARACTERS] == fonts.metrics()[weight]


def test_what_the_pictures_say_can_be_written():
    wanted = "−×·÷±≈≠≤≥∞√∂∇∑Σ∏⊙∘⋅∥‖ᵀ⁻¹²³₀₁₂ᵢⱼⁿ→←↑↓…–—“”‘’αβγδεθλμσφΔŷé½•✓✗"
    assert not set(wanted) - set(CHARACTERS)


@pytest.mark.parametrize("character", CHARACTERS[::37] + "∇⊙ᵀ⋅∘∥")
def test_characters_have_ink_unless_they_are_spaces(character):
    font = TTFont(fonts.path("regular"))
    pen = BoundsPen(font.getGlyphSet())
    font.getGlyphSet()[font.getBestCmap()[ord(character)]].draw(pen)
    assert (pen.bounds is None) == (unicodedata.category(character) == "Zs")


@given(st.text(alphabet=CHARACTERS, max_size=30))
@settings(max_examples=25, deadline=None)
def test_a_subset_has_exactly_the_characters_of_the_text(text):
    font = TTFont(BytesIO(fonts.subset("bold", text)))
    assert set(font.getBestCmap() or ()) == {ord(c) for c in fonts.spelt(text)}


def test_a_subset_leaves_out_what_the_font_lacks():
    font = TTFont(BytesIO(fonts.subset("regular", "a漢b")))
    assert sorted(font.getBestCmap()) == [ord("a"), ord("b")]


@pytest.mark.parametrize("weight", WEIGHTS)
def test_a_subset_draws_as_the_whole_font_does(tmp_path, weight):
    text = "0 − 1.25 × ∇f x̂ é Σ 2 + 3"
    file = tmp_path / "subset.otf"
    file.write_bytes(fonts.subset(weight, text))
    picture = drawn(text, [file], weight)
    assert picture == drawn(text, fonts.files(), weight)
    assert picture != drawn("", fonts.files())
    assert file.stat().st_size < fonts.path(weight).stat().st_size / 10


def test_a_subset_depends_on_the_set_of_characters_only():
    assert fonts.subset("medium", "gradient 12") == fonts.subset("medium", "21 tneidarg ")
    assert fonts.subset("medium", "e\u0301") == fonts.subset("medium", "é")


def test_a_subset_is_the_same_in_another_process():
    text = "max sends the whole gradient: y = 2 beats z = −1."
    code = (
        "import hashlib, gradviz.fonts as f; print(hashlib.sha256(f.subset('bold',"
        f" {text!r})).hexdigest())"
    )
    here = hashlib.sha256(fonts.subset("bold", text)).hexdigest()
    for seed in ("1", "2"):
        command = [sys.executable, "-c", code]
        other = subprocess.run(
            command,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert other.stdout.strip() == here


def test_the_fonts_can_be_made_again(tmp_path):
    original = ORIGINALS / "Inter-Regular.otf"
    if not original.exists() or "0a5106e0b" not in TTFont(original)["name"].getDebugName(5):
        pytest.skip("the original files of fonts-inter 4.0~beta7 are not installed")
    if not fontTools.version.startswith("4.68."):
        pytest.skip("the committed files were written by fontTools 4.68")
    code = (
        "from gradviz.fonts.build import build; from pathlib import Path;"
        f" build(Path({str(ORIGINALS)!r}), "
    )
    code += f"Path({str(tmp_path)!r}))"
    subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": "5"}, check=True
    )
    for file in [*fonts.files(), fonts.path("regular").with_name("advances.json")]:
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


def test_embedded_letters_have_the_same_bytes_whether_or_not_harfbuzz_is_installed():
    """fontTools packs tables with HarfBuzz, in another way, where it finds it."""
    code = (
        "import hashlib, sys; {}; import gradviz.fonts as f;"
        "print(hashlib.sha256(f.subset('bold', 'abcx\u0302\u1e91 \u00e9 12')).hexdigest())"
    )
    blocked, free = (
        subprocess.run(
            [sys.executable, "-c", code.format(first)], capture_output=True, text=True, check=True
        ).stdout
        for first in ("sys.modules['uharfbuzz'] = None", "pass")
    )
    assert blocked == free


def test_the_fonts_of_web_pages_are_shipped_compressed() -> None:
    """WOFF2 begins with its signature (W3C, WOFF File Format 2.0, 4.1)."""
    shipped = [fonts.MATHS, *map(fonts.page_font, get_args(fonts.Weight))]
    assert all(file.read_bytes().startswith(b"wOF2") for file in shipped)
    assert set(fonts.NUMBERS) <= set(fonts.ON_PAGES) <= fonts.characters()
