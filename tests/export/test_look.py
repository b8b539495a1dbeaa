"""The options of a drawing: a further one is a further field, and all else follows from it."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

import gradviz as gv
from gradviz import options
from gradviz.errors import GradvizError, UnknownNameError, ValueInputError
from gradviz.export import formats
from gradviz.export.look import Group, Look
from gradviz.export.render import render

DRAWN = str([form.suffix for form in formats.every() if "colours" in form.draws])
PLANTED = """
import sys
from dataclasses import dataclass
from gradviz.export import look
from gradviz.options import option

@dataclass(frozen=True)
class Look(look.Look):
    glow: int = option(0, "How much it glows.", metavar="LUMENS", of="colours", least=0, most=9)

look.Look, look.USUAL = Look, Look()  # before anything else of gradviz is loaded

import inspect
import gradviz as gv
from gradviz.cli.main import run
from gradviz.export import formats
from gradviz.export.drawing import Drawing

parameter = inspect.signature(gv.render).parameters["glow"]
print(parameter.default, parameter.annotation.__name__, parameter.kind.name)
print("glow How much it glows." in " ".join(gv.render.__doc__.split()))
print("glow" in inspect.signature(gv.to_dot).parameters)
print([f.suffix for f in formats.every() if "glow" in f.options])
seen = []
made = Drawing.__init__
Drawing.__init__ = lambda self, *given: seen.append(given[1].glow) or made(self, *given)
source = ["x*y", "x=2", "y=3"]
print(run(["render", *source, "--glow", "7", "-o", sys.argv[1] + "/a.dot"]))
gv.render("x*y", sys.argv[1] + "/b.dot", x=2, y=3, glow=8)
print(seen)
print(run(["render", *source, "--glow", "7", "-o", sys.argv[1] + "/c.txt"]))
try:
    gv.render("x*y", sys.argv[1] + "/d.dot", x=2, y=3, glwo=8)
except gv.GradvizError as error:
    print(error.hint)
print(run(["render", "--help"]))
"""


def test_a_planted_field_is_an_option_everywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLANTED, str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    said = done.stdout.splitlines()
    assert said[:4] == ["0 int KEYWORD_ONLY", "True", "True", DRAWN], done.stderr
    assert said[4:9] == [str(tmp_path / "a.dot"), "0", "[7, 8]", "1", "did you mean glow?"]
    assert "glow does not apply to .txt" in done.stderr
    line = next(line for line in said if "--glow" in line)
    assert line.split()[:6] == ["--glow", "LUMENS", "How", "much", "it", "glows."]
    assert said[-1] == "0"


def test_every_group_is_drawn_by_some_format_and_every_option_belongs_to_one() -> None:
    drawn = {group for form in formats.every() for group in form.draws}
    drawn.add("language")  # what all formats say
    assert drawn == {option.of for option in options.every(Look)} == set(get_args(Group))


PICTURE = (
    "theme transparent width {}{}fonts digits numbers language engine images edges constants slide"
    " only without legend code caption say hide answers spotlight rename classes paths note"
)


@pytest.mark.parametrize(
    ("suffix", "respected"),
    [
        (".svg", PICTURE.format("", "text seconds fragments ")),
        (".pdf", PICTURE.format("", "pages ")),
        (".png", PICTURE.format("scale ", "")),
        (".pptx", PICTURE.format("", "") + " template morph"),
        *[(s, PICTURE.format("scale ", "seconds ")) for s in (".apng", ".gif", ".mp4", ".webm")],
        (".dot", "theme transparent digits numbers language hide answers spotlight rename paths"),
        (".tex", PICTURE.format("", "")),
        (".tikz", PICTURE.format("", "")),
        (".ltx", "theme transparent digits numbers language say rename classes"),
        (".txt", "width plain digits numbers language rename classes"),
        (".json", "language"),
    ],
)
def test_what_a_format_respects(suffix: str, respected: str) -> None:
    assert formats.of(Path(f"a{suffix}")).options == respected.split()


def test_help_that_names_a_format_names_all_that_it_is_about() -> None:
    of_dots = [form.suffix for form in formats.every() if "dots" in form.draws]
    (scale,) = (option for option in options.every(Look) if option.name == "scale")
    assert of_dots == [".apng", ".gif", ".mp4", ".png", ".webm"]
    assert all(suffix in scale.help for suffix in of_dots)
    of_letters = [form.suffix for form in formats.every() if "letters" in form.draws]
    (letters,) = (option for option in options.every(Look) if option.name == "text")
    assert of_letters == [".svg"] and ".svg" in letters.help
    of_slides = [form.suffix for form in formats.every() if "slides" in form.draws]
    slides = [option for option in options.every(Look) if option.of == "slides"]
    assert of_slides == [".pptx"] and all(".pptx" in option.help for option in slides)


def test_the_public_signatures() -> None:
    keywords = list(inspect.signature(gv.render).parameters)
    assert keywords == [
        "source",
        "path",
        "step",
        "steps",
        "every",
        "direction",
        "branch",
        "theme",
        "transparent",
        "width",
        "scale",
        "text",
        "seconds",
        "fragments",
        "pages",
        "plain",
        "pictures",
        "fonts",
        "digits",
        "numbers",
        "language",
        "engine",
        "images",
        "edges",
        "constants",
        "slide",
        "only",
        "without",
        "legend",
        "code",
        "caption",
        "say",
        "hide",
        "answers",
        "spotlight",
        "rename",
        "classes",
        "paths",
        "note",
        "template",
        "morph",
        "depth",
        "expand",
        "repeats",
        "around",
        "hops",
        "into",
        "view",
        "force",
        "values",
        "wrt",
        "upstream",
        "backend",
        "dtype",
        "inputs",
    ]
    dot = (
        "source step theme transparent digits numbers language hide answers spotlight rename paths"
    )
    run = "values wrt upstream backend dtype inputs"
    assert list(inspect.signature(gv.to_dot).parameters) == [*dot.split(), *run.split()]
    assert str(inspect.signature(gv.fold).parameters["repeats"]) == "repeats: bool = False"
    inspect.signature(gv.render).bind("x*y", "a.svg", theme="dark", x=2, y=3)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"edges": "thick"}, "unknown way of drawing wires"),
        ({"constants": "inside"}, "unknown place for constants"),
        ({"every": "nodes"}, "a frame is drawn for every step or for every node"),
        ({"step": 1, "every": "node"}, "step asks for one frame"),
        ({"step": 1, "steps": "all"}, "step asks for one frame"),
        ({"digits": 0}, "not a valid number of digits"),
        ({"numbers": "fraction"}, "numbers are written in digits or as fractions"),
        ({"width": -1}, "not a valid width"),
    ],
)
def test_what_is_not_allowed(given: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValueInputError, match=said):
        gv.render("x*y", tmp_path / "a.svg", x=2, y=3, **given)


def test_a_slip_in_the_name_of_an_option(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError) as refused:
        render(gv.run("x*y", x=2, y=3), tmp_path / "a.svg", widht=300)
    assert refused.value.hint == "did you mean width?"
    with pytest.raises(GradvizError, match="widht is neither an input of the graph nor an option"):
        gv.render("x*y", tmp_path / "a.svg", x=2, y=3, widht=300)
