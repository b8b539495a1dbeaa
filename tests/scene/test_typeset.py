"""Mathematics as shapes."""

from __future__ import annotations

import pytest

from gradviz.errors import ValueInputError
from gradviz.scene import typeset as module
from gradviz.scene.typeset import marked, typeset


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(module, "_known", {})


def test_glyphs_take_the_role_that_their_number_is_marked_with():
    source = f"f = {marked('gradient', '2')} dot {marked('value', '3')} = {marked('hot', '6')}"
    setting = typeset([source])[source]
    assert [m.role for m in setting.marks] == ["", "", "gradient", "", "value", "", "hot"]


def test_a_fraction_has_a_line():
    setting = typeset(["frac(1, 2)"])["frac(1, 2)"]
    assert len([m for m in setting.marks if m.stroke > 0]) == 1 and len(setting.marks) == 3


def test_words_are_set_glyph_after_glyph():
    setting = typeset(["log(x)"])["log(x)"]
    places = [m.matrix[4] for m in setting.marks]
    assert len(places) == 6 and places == sorted(set(places))
    assert places[-1] < setting.width


def test_a_box_holds_the_ink_and_the_baseline_is_that_of_the_letters():
    settings = typeset(["x", "y", "f"])
    x, y, f = settings["x"], settings["y"], settings["f"]
    assert x.baseline == y.baseline < f.baseline  # x and y are equally high, f is higher
    assert x.height - x.baseline < 1 < y.height - y.baseline  # y reaches below the line


def test_many_at_once_are_the_same_as_one_by_one(monkeypatch):
    sources = ["x", "frac(a, b)", 'mat(delim: "[", 1, 2; 3, 4)', "sqrt(2)"]
    together = typeset(sources)
    monkeypatch.setattr(module, "_known", {})
    assert {s: typeset([s])[s] for s in sources} == together


def test_typst_starts_once_for_many_and_never_for_known_ones(monkeypatch):
    calls = []
    compiled = module._compile
    monkeypatch.setattr(module, "_compile", lambda new: calls.append(list(new)) or compiled(new))
    typeset(["x", "y", "x"])
    typeset(["y", "z"])
    typeset(["x"])
    assert calls == [["x", "y"], ["z"]]


def test_names_in_letters_that_the_mathematical_font_lacks_are_drawn():
    settings = typeset(['upright("Жук")', 'upright("ab")'])
    assert len(settings['upright("Жук")'].marks) == 3 and settings['upright("Жук")'].width > 10


@pytest.mark.parametrize(
    ("source", "said"), [("frac(1", "typeset"), ("nosuchname", "typeset"), ('"😀"', "U\\+1F600")]
)
def test_what_cannot_be_set_is_an_error(source, said):
    with pytest.raises(ValueInputError, match=said):
        typeset([source])
