"""Which font draws a text that the shipped ones cannot, and how wide it is there.

Fonts of boxes are made for the purpose; the real ones, of the extra `fonts`, are in the package
manimgx-fonts, against typst as another shaper.
"""

from __future__ import annotations

import os
import unicodedata
from importlib import metadata
from pathlib import Path

import pytest
import typst
from fontTools.ttLib import TTFont

import gradviz as gv
from gradviz import fonts
from gradviz.errors import FileError, GradvizError, ValueInputError
from gradviz.fonts import faces, others
from gradviz.layout import text
from tests.fonts.drawn_boxes import boxes, saved

pytest.importorskip("uharfbuzz", reason="the extra `fonts` is not installed")

HANGUL, HAN, KANA = "가나다중치편향", "重变量権", "みカあ"


def noto() -> Path:
    """The folder of the package manimgx-fonts."""
    try:
        files = metadata.files("manimgx-fonts") or []
    except metadata.PackageNotFoundError:
        pytest.skip("manimgx-fonts, of the extra `fonts`, is not installed")
    return Path(str(next(f.locate() for f in files if f.suffix == ".ttf"))).parent


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which fonts are looked for."""
    place = tmp_path / "fonts"
    place.mkdir()
    monkeypatch.setenv(others.VARIABLE, str(place))
    return place


def named(said: str) -> str:
    """The family that draws a text of one run."""
    (run,) = others.runs(said)
    assert run.family is not None
    return run.family.faces[0].family


def test_nothing_is_looked_for_where_the_variable_names_nothing(tmp_path: Path) -> None:
    assert others.sources() == others.Sources((), ())
    with pytest.raises(ValueInputError, match="no font here has a glyph for 가"):
        text.width("가", 10)


def test_without_the_variable_packages_come_before_the_folders_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(others.VARIABLE)
    found = others.sources()
    assert found.packages == others.PACKAGES and len(found.folders) >= 2


def test_a_given_font_comes_before_one_of_a_folder(folder: Path, tmp_path: Path) -> None:
    saved(folder / "Here.ttf", boxes(HANGUL, "Here"))
    given = saved(tmp_path / "given.ttf", boxes("가", "Given"))
    assert named("가") == "Here"
    with others.using([given]):
        assert named("가") == "Given"
        assert named("나") == "Here", "what the given font lacks comes from elsewhere"
    assert named("가") == "Here", "a choice ends with its drawing"


def test_plain_fonts_are_tried_before_other_styles_and_those_that_draw_boxes_never(
    folder: Path,
) -> None:
    saved(folder / "AnySerif-Italic.ttf", boxes(HANGUL, "Italic"))
    saved(folder / "LastResort.ttf", boxes(HANGUL, "LastResort"))
    assert named("가") == "Italic"
    saved(folder / "Zebra.ttf", boxes(HANGUL, "Zebra"))
    others.installed.cache_clear()
    others._family_of.cache_clear()
    others._runs.cache_clear()
    assert named("가") == "Zebra"


def test_a_font_whose_glyph_is_empty_or_that_is_damaged_is_passed_over(folder: Path) -> None:
    saved(folder / "A.ttf", boxes(HANGUL, "Blank", inked=False))
    (folder / "B.ttf").write_bytes(b"no font at all")
    (folder / "C.otf").write_bytes(saved(folder / "D.ttf", boxes("가", "Whole")).read_bytes()[:200])
    assert named("가") == "Whole"


def test_each_weight_comes_from_the_nearest_of_the_family(folder: Path) -> None:
    saved(folder / "K-Regular.ttf", boxes({"가": 700}, "K", 400))
    saved(folder / "K-Bold.ttf", boxes({"가": 900}, "K", 700))
    saved(folder / "Other-Bold.ttf", boxes({"가": 100}, "Other", 700))
    assert text.width("가", 10, "regular") == 7
    assert text.width("가", 10, "bold") == text.width("가", 10, "semibold") == 9


@pytest.mark.parametrize(
    ("sample", "region"),
    [("重み", "JP"), ("重 가", "KR"), ("变量", "SC"), ("權重", "TC"), ("権", "JP"), ("重", "SC")],
)
def test_han_characters_have_the_shapes_of_their_language(
    tmp_path: Path, sample: str, region: str
) -> None:
    regions = ("JP", "KR", "SC", "TC", "HK")
    made = [boxes(HAN + "權重み가变量権", f"Made {end}") for end in regions]
    with others.using([saved(tmp_path / "all.ttc", *made)], sample):
        assert named("重") == f"Made {region}"


def test_one_font_of_a_collection_can_be_given(tmp_path: Path) -> None:
    file = saved(tmp_path / "two.ttc", boxes(HAN, "First JP"), boxes(HAN, "Second SC"))
    with others.using([f"{file}#2"]):
        assert named("重") == "Second SC"
    with pytest.raises(FileError, match="holds 2 fonts"), others.using([f"{file}#3"]):
        pass


@pytest.mark.parametrize("kind", ["nothing", "a folder", "a text", "a cut font", "a device"])
def test_what_is_no_font_is_one_message(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.ttf"
    if kind == "a folder":
        path.mkdir()
    elif kind == "a text":
        path.write_text("hello")
    elif kind == "a cut font":
        path.write_bytes(saved(tmp_path / "b.ttf", boxes("가", "B")).read_bytes()[:100])
    elif kind == "a device":
        path = Path(os.devnull)
    with pytest.raises(FileError, match=path.name) as told, others.using([path]):
        pass
    assert told.value.where == str(path) and ".ttf" in told.value.expected


def test_a_picture_is_refused_where_harfbuzz_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = saved(tmp_path / "a.ttf", boxes("가", "A"))
    faces.faces.cache_clear()
    for module in (faces, others):
        monkeypatch.setattr(module, "is_there", lambda: False)
    with pytest.raises(ValueInputError, match="no font here has a glyph") as told:
        gv.render(gv.run("가*x", 가=2, x=3), tmp_path / "a.svg")
    assert told.value.hint.startswith(faces.EXTRA)
    with pytest.raises(GradvizError, match="HarfBuzz") as refused:
        gv.render(gv.run("x*y", x=2, y=3), tmp_path / "a.svg", fonts=file)
    assert refused.value.hint == faces.EXTRA and not (tmp_path / "a.svg").exists()


@pytest.mark.parametrize(
    ("lacking", "script", "said"),
    [
        ("한글", "Hangul", "한 (U+D55C HANGUL SYLLABLE HAN), 글 (U+AE00 HANGUL SYLLABLE GEUL)"),
        ("学", "Han", "学 (U+5B66 CJK UNIFIED IDEOGRAPH-5B66)"),
        ("ア", "Katakana", "ア (U+30A2 KATAKANA LETTER A)"),
        ("ก", "Thai", "ก (U+0E01 THAI CHARACTER KO KAI)"),
        ("ع", "Arabic", "ع (U+0639 ARABIC LETTER AIN)"),
        ("ש", "Hebrew", "ש (U+05E9 HEBREW LETTER SHIN)"),
        ("क", "Devanagari", "क (U+0915 DEVANAGARI LETTER KA)"),
        ("😀", "", "😀 (U+1F600 GRINNING FACE)"),
    ],
)
def test_what_no_font_can_draw_is_named(lacking: str, script: str, said: str) -> None:
    with pytest.raises(ValueInputError) as told:
        text.width(f"x {lacking} y", 10)
    assert told.value.what == f"no font here has a glyph for {said}"
    assert told.value.where == f"in the text {f'x {lacking} y'!r}"
    assert (f"a font that has {script}" if script else "--font FILE with a font") in told.value.hint


@pytest.mark.parametrize("character", ["\n", "\x00", "\u200b", "\u202e", "\u200f", "\u2028"])
def test_what_a_renderer_obeys_is_refused_though_a_font_has_it(
    folder: Path, character: str
) -> None:
    saved(folder / "A.ttf", boxes({character: 500, "가": 700}, "A"))
    with pytest.raises(ValueInputError, match=f"U\\+{ord(character):04X}"):
        text.width(f"가{character} 가", 10)


def test_widths_are_the_advances_where_nothing_is_shaped(folder: Path) -> None:
    advances = {c: 600 + 30 * k for k, c in enumerate(HANGUL + HAN + KANA)}
    saved(folder / "A.ttf", boxes(advances, "A"))
    own = TTFont(fonts.path("regular"))
    names = own.getBestCmap()
    shipped = sum(own["hmtx"][names[ord(c)]][0] for c in "w 1") / own["head"].unitsPerEm
    for word in (HANGUL, HAN, "가중치", "み"):
        hand = sum(advances[c] for c in word) / 1000
        assert text.width(word, 16) == pytest.approx(16 * hand)
        assert text.width(f"w {word}1", 16) == pytest.approx(16 * (hand + shipped))


@pytest.mark.parametrize("high", [1, 5, 40, 10_000])
def test_a_text_is_cut_between_its_characters(folder: Path, high: int) -> None:
    saved(folder / "A.ttf", boxes({"가": 1000, "\u0301": 0}, "A"))
    long = "가\u0301" * high
    for room in (0, 5, 30, 100, 55.5):
        cut = text.fit(long, 10, "regular", room)
        assert text.width(cut, 10) <= room and long.startswith(cut.rstrip("…"))
        kept = cut.removesuffix("…")
        assert not kept or kept.endswith("\u0301"), "a mark stays with its letter"
        if cut.endswith("…"):
            further = long[: len(kept) + 2] + "…"
            assert text.width(further, 10) > room


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("אב", ["אב"]),
        ("x אב y", ["x ", "אב", " y"]),
        ("אב גד", ["גד", " ", "אב"]),
        ("x אב גד, y", ["x ", "גד", " ", "אב", ", y"]),
        ("אב 12 גד", ["גד", " 12 ", "אב"]),
        ("אב = 12", ["אב", " = 12"]),
        ("אב = 1, גד = 2", ["אב", " = 1, ", "גד", " = 2"]),
        ("אב × גד", ["אב", " × ", "גד"]),
        ("אב · גד", ["אב", " · ", "גד"]),
        ("אב (גד) ה", ["ה", " (", "גד", ") ", "אב"]),
        ("אב גד.", [".", "גד", " ", "אב"]),
        ("אב 12.", [".12 ", "אב"]),
    ],
)
def test_words_from_right_to_left_are_placed_as_a_whole(
    folder: Path, said: str, seen: list[str]
) -> None:
    saved(folder / "A.ttf", boxes(dict.fromkeys("אבגדה", 500), "A"))
    placed = text.placed(said, 10, "regular")
    assert [run.text for run, _, _ in sorted(placed, key=lambda p: p.left)] == seen
    ends = sorted((p.left, p.left + p.width) for p in placed)
    assert [a for a, _ in ends[1:]] == pytest.approx([b for _, b in ends[:-1]]), "no gaps"
    assert ends[-1][1] == pytest.approx(text.width(said, 10))


def test_the_vowel_am_is_one_character_for_all_that_draws() -> None:
    for vowel in ("\u0e33", "\u0eb3"):
        assert fonts.spelt(unicodedata.normalize("NFKC", f"x{vowel}")) == f"x{vowel}"


SHAPED = {
    "Devanagari": ("भार", "पूर्वाग्रह", "प्रवणता", "क्षेत्र"),
    "Thai": ("ค่าน้ำหนัก", "อคติ", "น้ำ", "ปู่ย่า"),
    "Arabic": ("قيمة", "الوزن", "المشتقة", "لا"),
    "Hebrew": ("משקל", "הטיה", "שָׁלוֹם"),
    "Bengali": ("ক্ষতি", "মান"),
    "Tamil": ("தமிழ்", "எடை"),
}


@pytest.mark.parametrize("script", SHAPED)
@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_shaped_words_are_as_wide_as_typst_sets_them(
    script: str, weight: fonts.Weight, monkeypatch: pytest.MonkeyPatch
) -> None:
    """typst shapes with a library of its own and reads the variable font itself."""
    file = noto() / f"NotoSans{script}[wght].ttf"
    size = 100
    with others.using([file]):
        for word in SHAPED[script]:
            assert text.missing(word) == ""
            source = (
                "#set page(width: auto, height: auto, margin: 0pt)\n"
                f'#set text(font: "Noto Sans {script}", size: {size}pt, fallback: false,'
                f" weight: {fonts.CSS_WEIGHTS[weight]})\n"
                f"#context [#metadata(measure([{word}]).width.pt()) <wide>]"
            )
            found = typst.query(
                source.encode(),
                "<wide>",
                field="value",
                one=True,
                font_paths=[str(file.parent)],
                ignore_system_fonts=True,
            )
            wide = text.width(word, size, weight)
            assert wide == pytest.approx(float(found), rel=0.002), word


@pytest.mark.parametrize("script", SHAPED)
def test_a_subset_draws_the_words_as_the_whole_font_does(script: str) -> None:
    import uharfbuzz as hb

    (face,) = faces.faces(noto() / f"NotoSans{script}[wght].ttf")
    for weight in ("regular", "semibold", "bold"):
        data = face.subset("".join(SHAPED[script]), weight)
        small = hb.Face(data)
        assert not small.axis_infos and len(data) < face.file.stat().st_size / 2
        assert face.subset("".join(SHAPED[script]), weight) == data, "the same bytes"
        for word in SHAPED[script]:
            buffer = hb.Buffer()
            buffer.add_str(word)
            buffer.guess_segment_properties()
            hb.shape(hb.Font(small), buffer)
            wide = sum(place.x_advance for place in buffer.glyph_positions) / small.upem
            assert all(info.codepoint for info in buffer.glyph_infos)
            assert wide == pytest.approx(face.shaped(word, weight).width, abs=0.003)
