"""What a catalogue may write, which languages there are, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import gradviz as gv
from gradviz.errors import FileError, GradvizError
from gradviz.story import languages
from gradviz.story.languages import arranged, listed, say, speaking, translated
from gradviz.story.languages.catalogue import Catalogue, fault_of
from gradviz.story.languages.counting import count, spelt

HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'


@pytest.fixture
def language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a language xx of some entries, found by its file."""

    def make(entries: str) -> None:
        (tmp_path / "xx.po").write_text(HEAD + entries, encoding="utf-8")
        monkeypatch.setattr(languages, "FOLDER", tmp_path)
        monkeypatch.setattr(languages, "_READ", {})

    return make


def entry(text: str, translation: str) -> str:
    return f'msgid "{text}"\nmsgstr "{translation}"\n\n'


def test_a_pattern_is_said_with_its_slots_in_another_order(language: Callable[[str], None]) -> None:
    language(entry("{a} of {b}", "{b} hat {a}"))
    assert languages.languages() == ["en", "xx"]
    assert say("{a} of {b}", a=1, b=2) == "1 of 2"
    with speaking("xx"):
        assert say("{a} of {b}", a=1, b=2) == "2 hat 1"
        assert say("not translated: {a}", a=count(3)) == "not translated: 3"
    assert say("{a} of {b}", a=1, b=2) == "1 of 2"


def test_what_is_not_translated_is_said_in_english_with_english_plurals(
    language: Callable[[str], None],
) -> None:
    language("")
    with speaking("xx"):
        assert say("{n:loss}", n=count(2)) == "2 losses"
        assert say("{n.word:is|are}", n=count(1)) == "is"


@pytest.mark.parametrize(("number", "told"), [(0, "0 Dinge"), (1, "1 Ding"), (2, "2 Dinge")])
def test_numbers_choose_the_form_of_a_noun(
    language: Callable[[str], None], number: int, told: str
) -> None:
    language(
        entry("{n:thing}", "{n:Ding|Dinge}") + entry("{n:thing} {n.word:is|are}", "{n.word:a|b}")
    )
    with speaking("xx"):
        assert say("{n:thing}", n=count(number)) == told
        assert say("{n:thing} {n.word:is|are}", n=count(number)) == ("a" if number == 1 else "b")


def test_numbers_are_spelt_in_english_only(language: Callable[[str], None]) -> None:
    language(entry("{n:layer}", "{n:Schicht|Schichten}"))
    assert say("{n:layer}", n=spelt(2)) == "two layers"
    assert say("{n:layer}", n=spelt(1)) == "one layer"
    with speaking("xx"):
        assert say("{n:layer}", n=spelt(2)) == "2 Schichten"
        assert say("{n:layer}", n=spelt(1)) == "1 Schicht"


def test_parts_of_formulas_may_change_places(language: Callable[[str], None]) -> None:
    language(entry("{} where {}, else {x}", "falls {1}: {0}, sonst {x}"))
    assert arranged("{} where {}, else {x}", {"x": 0}) == ("{} where {}, else 0", [0, 1])
    with speaking("xx"):
        assert arranged("{} where {}, else {x}", {"x": 0}) == ("falls {}: {}, sonst 0", [1, 0])


def test_lists_end_as_the_language_ends_them() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    with speaking("de"):
        assert listed(["a", "b", "c"]) == "a, b und c"


@pytest.mark.parametrize(
    ("text", "translation", "says"),
    [
        ("{a} and {b}", "{a}", "does not have {a}, {b}"),
        ("{a}", "{a} {c}", "does not have {a}"),
        ("no slot", "{a}", "does not have no placeholders"),
        ("{a}", "{a", "is no pattern"),
        ("{a.factor}", "{a}", "does not have {a.factor}"),
        ("it is = {local}", "es ist {local}", "other signs of equality"),
    ],
)
def test_a_translation_with_other_placeholders_is_refused(
    language: Callable[[str], None], text: str, translation: str, says: str
) -> None:
    language(entry(text, translation))
    with pytest.raises(FileError) as refused, speaking("xx"):
        pass
    assert says in str(refused.value) and text in str(refused.value)


def test_forms_particles_and_repetition_are_no_other_placeholders() -> None:
    assert fault_of("{n:thing} {x}", "{x:은/는} {n:a|b} {n.word:c|d} {x}") == ""


@pytest.mark.parametrize("text", ['msgid "a"\nmsgstr b\n', "msgid 'a' + 1\n", "nothing"])
def test_a_file_that_is_no_catalogue_is_refused_with_its_line(
    language: Callable[[str], None], text: str
) -> None:
    language(text)
    with pytest.raises(FileError, match="no catalogue") as refused, speaking("xx"):
        pass
    assert "line" in str(refused.value)


@pytest.mark.parametrize("code", ["dee", "../de", "", "de.po", "x" * 200])
def test_an_unknown_language_is_refused(code: str) -> None:
    with pytest.raises(GradvizError, match="no language"), speaking(code):
        pass


def test_a_language_that_is_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GradvizError, match="by its code"):
        gv.render("x*y", tmp_path / "a.svg", x=1, y=2, language=7)
    assert not list(tmp_path.iterdir())


def test_pictures_are_in_the_language_and_the_next_ones_are_not(tmp_path: Path) -> None:
    told = gv.render("x*y", tmp_path / "a.svg", x=2, y=3, language="de", slide="16:9")
    assert "Rückwärts" in told.files[0].read_text(encoding="utf-8")
    assert translated("Forward") == "Forward"


def test_the_catalogues_are_whole_files_of_their_language() -> None:
    for code in languages.languages()[1:]:
        catalogue = languages.read(code)
        assert isinstance(catalogue, Catalogue)
        assert catalogue.name != code, "the language does not say its own name"
