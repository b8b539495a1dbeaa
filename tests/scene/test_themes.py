"""Themes: readable, and told apart without full colour vision."""

from __future__ import annotations

from itertools import combinations

import pytest

from gradviz.errors import FileError, GradvizError, ParseError, UnknownNameError, ValueInputError
from gradviz.scene.colours import contrast, mixed
from gradviz.scene.model import LEVELS, Rect, Text
from gradviz.scene.themes import GROUNDS, LOOKS, TEXT_ROLES, THEMES, changed, theme
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story
from tests.scene.samples import sample
from tests.scene.vision import DEFICIENCIES, difference

APART = 20.0


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#FFFFFF", "#FFFFFF") == 1
    # The well-known pair about the limit of 4.5 on white.
    assert (
        round(contrast("#767676", "#FFFFFF"), 2) == 4.54
        and round(contrast("#777777", "#FFFFFF"), 2) == 4.48
    )


@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read_on_what_is_behind_it(name):
    chosen = theme(name)
    for role, ground in GROUNDS:
        colour = chosen.colour(chosen.looks[role].fill)
        assert contrast(colour, chosen.colour(ground)) >= 4.5, (role, ground)
    assert chosen.unreadable() == []


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("which", ["the mark", "norm", "NaN"])
def test_the_texts_of_pictures_are_among_those_and_readable_where_they_stand(name, which):
    chosen, trace = theme(name), sample(which)
    pictures = Pictures(Story(trace))
    for k in range(len(trace) + 1):
        scene = pictures.scene(k)
        gates = {i.id: i for i in scene.items if isinstance(i, Rect) and i.id.endswith("-gate")}
        for item in scene.items:
            if isinstance(item, Text):
                assert item.role in TEXT_ROLES
                gate = gates.get(item.id.replace("-symbol", "-gate"))
                behind = chosen.looks[gate.role].fill if gate else "ground"
                colour = chosen.colour(chosen.looks[item.role].fill)
                assert contrast(colour, chosen.colour(behind)) >= 4.5, (item.id, behind)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_value_gradient_and_hot_are_apart_for_every_reader(name, deficiency):
    colours = theme(name).colours
    for one, other in combinations(("value", "gradient", "hot"), 2):
        assert difference(colours[one], colours[other], deficiency) > APART, (one, other)
    assert difference(colours["low"], colours["high"], deficiency) > 2 * APART


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_this_step_is_never_taken_for_a_value_or_a_gradient_in_green_and_red(deficiency):
    """Of value and gradient, place tells which is which; of what is at work, only its colour."""
    colours = theme("cs231n").colours
    for other in ("value", "gradient"):
        assert difference(colours["hot"], colours[other], deficiency) > 2 * APART
    orange = "#BF470A"
    assert difference(orange, colours["gradient"], "tritanopia") < APART


def test_the_simulation_confuses_what_readers_confuse():
    red, green = "#B3261E", "#0B6E4F"
    assert difference(red, green, "none") > 2 * difference(red, green, "deuteranopia")


@pytest.mark.parametrize("name", THEMES)
def test_what_a_graph_is_drawn_with_stands_out_from_the_ground(name):
    """WCAG 2.2, 1.4.11: 3 to 1, also for what is not reached yet."""
    assert not theme(name).faint()
    grey = theme(name).colour("ground")
    faded = changed(theme(name), "faded", {"wire": grey, "quiet": grey}, {})
    assert {"wire", "wire quiet", "dot", "gate quiet"} <= {role for role, _ in faded.faint()}


def test_a_transparent_picture_has_no_casing(tmp_path):
    path = tmp_path / "clear.toml"
    path.write_text('[colours]\nground = "none"\n')
    assert theme(path).looks["casing"].stroke == "" == theme(path).looks["casing hot"].stroke
    assert theme("light").looks["casing"].stroke == "ground"


def test_print_tells_roles_apart_by_weight_width_and_dash():
    looks, colours = theme("print").looks, theme("print").colours
    assert len({looks[role].weight for role in ("value", "gradient", "hot")}) == 3
    assert looks["wire hot"].width > looks["wire"].width and looks["wire quiet"].dash
    assert all(c[1:3] == c[3:5] == c[5:7] for c in colours.values())  # greys only


@pytest.mark.parametrize("name", THEMES)
def test_heat_runs_from_low_through_zero_to_high(name):
    chosen = theme(name)
    assert len(chosen.heat) == 2 * LEVELS + 1 == len(set(chosen.heat))
    ends = chosen.heat[0], chosen.heat[LEVELS], chosen.heat[-1]
    assert ends == tuple(chosen.colours[c] for c in ("low", "zero", "high"))


def test_every_theme_has_every_colour_and_only_known_roles():
    for chosen in THEMES.values():
        assert set(chosen.colours) == set(THEMES["light"].colours)
        assert set(chosen.looks) == set(LOOKS)
        for look in chosen.looks.values():
            assert {look.fill, look.stroke} - {""} <= set(chosen.colours)


def test_a_mixture():
    assert mixed("#000000", "#FFFFFF", 0.5) == "#808080"
    assert mixed("#8F2D6B", "#FFFFFF", 0) == "#FFFFFF"


def test_an_unknown_theme_gets_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean dark"):
        theme("drak")


def test_a_file_changes_what_it_names(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'base = "dark"\n[colours]\nhot = "#FFFFFF"\n[roles."wire hot"]\nwidth = 5\ndash = [6,'
        ' 3]\n[roles.value]\nweight = "bold"\nfill = "ink"\n'
    )
    mine, dark = theme(path), THEMES["dark"]
    assert mine.name == "mine" and theme(str(path)) == mine
    assert mine.colours["hot"] == "#FFFFFF" and mine.colours["value"] == dark.colours["value"]
    assert mine.colours["tint"] == mixed("#FFFFFF", dark.colours["ground"], 0.08)
    assert (mine.looks["wire hot"].width, mine.looks["wire hot"].dash) == (5, (6, 3))
    assert mine.looks["wire hot"].stroke == "hot" and mine.looks["value"].fill == "ink"
    assert mine.looks["gate"] == dark.looks["gate"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("base = ", "not valid TOML"),
        ('base = "drak"', "did you mean dark"),
        ("base = 3", "start from"),
        ('colors = {value = "#000000"}', "colours"),
        ('[colours]\nvalues = "#000000"', "did you mean value"),
        ('[colours]\nvalue = "blue"', "#0072B2"),
        ('[colours]\nvalue = "#12345"', "colours.value"),
        ("[colours]\nvalue = 7", "colours.value"),
        ('colours = "red"', "table"),
        ('[roles."wire hott"]\nwidth = 2', "did you mean wire hot"),
        ("[roles]\nwire = 3", "table"),
        ("[roles.wire]\nwidth = 0", "above 0"),
        ('[roles.wire]\nwidth = "2"', "above 0"),
        ("[roles.wire]\nwidth = true", "above 0"),
        ("[roles.wire]\nwidth = nan", "above 0"),
        ("[roles.wire]\ndash = 3", "dash"),
        ("[roles.wire]\ndash = [1, -2]", "dash"),
        ('[roles.wire]\nstroke = "hott"', "roles.wire.stroke"),
        ("[roles.wire]\nwide = 3", "did you mean width"),
        ('[roles.value]\nweight = "heavy"', "semibold"),
        ('[colours]\nvalue = "#BBBBBB"', "1.92 to 1"),
        ('[colours]\nground = "#808080"', "contrast"),
        ('[roles.value]\nfill = "line"', "colours.line on colours.ground"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_place(tmp_path, content, said):
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(GradvizError) as caught:
        theme(path)
    assert said in str(caught.value) and "mine.toml" in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(FileError, match=r"missing\.toml"):
        theme(tmp_path / "missing.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParseError, match="UTF-8"):
        theme(tmp_path / "binary.toml")
    with pytest.raises(FileError):
        theme(tmp_path)
    assert issubclass(ValueInputError, GradvizError)
