"""What notebooks show: the text, the picture and the page of every result."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

import gradviz as gv
from gradviz.errors import FileError, GradvizError

TEXT, PICTURE, PAGE = "text/plain", "image/svg+xml", "text/html"
WIDGET = "application/vnd.jupyter.widget-view+json"
NEEDED = ("anywidget", "ipykernel", "nbclient", "nbconvert", "nbformat")

# f = x·y + z at x = −2, y = 5, z = −4: q = x·y = −10, f = −14.
BEGIN = """
import gradviz as gv
from gradviz.learn import views
from gradviz.story import walks
trace = gv.run("q = x*y; f = q + z", x=-2.0, y=5.0, z=-4.0)
image = gv.run("c = conv2d(x, k); sum(c)", x=[[[1.0, 2.0], [3.0, 4.0]]], k=[[[[1.0]]]])
cells = gv.into(image, "c")
line = gv.run("f = tanh(w @ x)", w=[1.0, 2.0], x=[0.5, 0.25])
run = gv.learn("net:xor", passes=2)
training = views.walk(run, "training")
plot = gv.plot("sigmoid")
"""
PAGES = {
    "trace": "trace", "cells": "cells", "run": "run", "training": "training",
    "another pass": "run.trace(2)",
}  # fmt: skip
PICTURES = {
    "graph": "trace.graph", "bare graph": "gv.parse('a*b + 1')", "plot": "plot",
    "expression": "(lambda a, b: a*b + a)(*gv.inputs('a b'))", "frame": "gv.frame(trace, 2)",
    "inputs": "gv.frame(trace, 0)", "end": "walks.of(trace, 4).frame('final')",
    "frame of cells": "gv.frame(cells, 1)", "frame of passes": "gv.frame(training, 2)",
    "frame of a plot": "gv.frame(plot, 1)", "comparison": "gv.compare(trace, trace)",
}  # fmt: skip
FINDINGS = "gv.diagnose(trace, 'df=1', 'dx=-5')"


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(BEGIN, names)
    return names


def shown(thing: Any) -> dict[str, str]:
    found: dict[str, str] = thing._repr_mimebundle_(include=None, exclude=None)
    return found


def texts(picture: str) -> str:
    """All texts of an SVG, which must be well formed."""
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    return " ".join(root.itertext())


def image(tag: str) -> str:
    """The SVG in an image, which also notebooks show that are not trusted."""
    data = re.fullmatch(r'<img alt="[^"]*" src="data:image/svg\+xml;base64,(.*)">', tag)
    assert data is not None
    return base64.b64decode(data[1]).decode()


class Frames(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.frames: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            self.frames.append(dict(attrs))


@pytest.mark.parametrize("source", PAGES.values(), ids=PAGES)
def test_what_has_steps_shows_its_page_in_a_frame_its_picture_and_its_text(
    source: str, made: dict[str, Any]
) -> None:
    thing = eval(source, made)
    bundle = shown(thing)
    assert set(bundle) == {TEXT, PICTURE, PAGE} and bundle[TEXT] == repr(thing)
    texts(bundle[PICTURE])
    (frame,) = Frames(bundle[PAGE]).frames
    assert frame["sandbox"] == "allow-scripts allow-modals"  # nothing of the notebook's
    assert (frame["srcdoc"] or "").startswith("<!doctype html>")
    assert not re.search(r'(?:src|href)=.?"?https?:', bundle[PAGE])
    assert max(map(len, bundle.values())) < 1_000_000


@pytest.mark.parametrize("source", PICTURES.values(), ids=PICTURES)
def test_what_has_no_steps_of_its_own_shows_its_picture_and_its_text(
    source: str, made: dict[str, Any]
) -> None:
    thing = eval(source, made)
    bundle = shown(thing)
    assert set(bundle) == {TEXT, PICTURE, PAGE} and bundle[TEXT] == repr(thing)
    texts(bundle[PICTURE])
    assert image(bundle[PAGE]) == bundle[PICTURE]


def test_the_picture_is_the_graph_alone_in_its_last_state(
    made: dict[str, Any], tmp_path: Path
) -> None:
    picture = shown(made["trace"])[PICTURE]
    assert {"−14", "−10", "5", "−2"} <= set(texts(picture).split())
    gv.render(made["trace"], tmp_path / "f.svg", only="graph")
    assert picture == (tmp_path / "f.svg").read_text(encoding="utf-8")


def test_where_frames_are_taken_out_the_picture_stands(made: dict[str, Any]) -> None:
    bundle = shown(made["trace"])
    inside = re.search(r"<iframe[^>]*>(.*)</iframe>", bundle[PAGE], re.S)
    assert inside is not None
    assert image(inside[1]) == bundle[PICTURE]


def test_findings_say_every_sentence_beside_the_picture(made: dict[str, Any]) -> None:
    found = eval(FINDINGS, made)  # ∂f/∂f = 1 is right; ∂f/∂x is y = 5
    bundle = shown(found)
    assert bundle[TEXT] == found.says and "dx" in found.says
    assert bundle[PAGE].count("<p>") == len(found.says.splitlines()) == 2
    texts(bundle[PICTURE])


def test_hostile_names_are_inert() -> None:
    trace = gv.run("a + b", a=1.0, b=2.0)
    trace.graph.source = '</iframe><script>alert(1)</script>"'
    for kind, text in shown(trace).items():
        assert kind == TEXT or "<script>alert" not in text


def test_a_large_graph_is_folded_or_says_what_draws_it() -> None:
    wide = " + ".join(f"tanh(x{i}*w)" for i in range(60))
    bundle = shown(gv.parse(wide))
    assert set(bundle) == {TEXT} and "gv.render" in bundle[TEXT]
    assert len(bundle[TEXT]) < 5_000

    total, _ = gv.inputs("x unused")
    for part in ("first", "second", "third"):
        with gv.scope(part):
            for _ in range(60):
                total = gv.tanh(total)
    bundle = shown(gv.run(total, x=0.5))
    assert {"first", "second", "third"} <= set(texts(bundle[PICTURE]).split())
    assert Frames(bundle[PAGE]).frames  # of the folded walk, which is short


def test_a_long_walk_is_a_picture_only() -> None:
    chain = "x" + "*x" * 35  # 35 products, the seed, 70 contributions
    bundle = shown(gv.run(chain, x=1.0))
    assert image(bundle[PAGE]) == bundle[PICTURE]


def test_what_cannot_be_drawn_says_why(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise GradvizError("the engine gives up")

    monkeypatch.setattr("gradviz.api.render", refuse)
    assert shown(made["trace"]) == {
        TEXT: f"{made['trace']!r}\nNot everything can be shown: the engine gives up."
    }


def test_a_page_that_fails_leaves_the_picture(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("gradviz.api.page", full)
    bundle = shown(made["trace"])
    assert image(bundle[PAGE]) == bundle[PICTURE]
    assert bundle[TEXT].endswith("No space left on device.")


def test_a_terminal_gets_the_text_alone(
    made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    formatter = SimpleNamespace(active_types=[TEXT])
    shell = SimpleNamespace(display_formatter=formatter)
    module = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", module)  # type: ignore[arg-type]
    assert set(shown(made["trace"])) == {TEXT}
    formatter.active_types = [TEXT, PAGE, PICTURE]
    assert set(shown(made["trace"])) == {TEXT, PICTURE, PAGE}


def test_displays_are_loaded_when_asked_for() -> None:
    code = (
        "import sys, gradviz as gv\n"
        "trace = gv.run('a*b', a=1.0, b=2.0)\n"
        "late = {'gradviz.notebook', 'gradviz.api', 'gradviz.scene', 'IPython'}\n"
        "print(sorted(late & set(sys.modules)))\n"
        "trace._repr_mimebundle_()\n"
        "print(sorted(late & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, then = done.stdout.splitlines()
    assert first == "[]" and then == "['gradviz.api', 'gradviz.notebook', 'gradviz.scene']"


def test_a_player_is_saved_and_overwrites_only_what_gradviz_wrote(
    made: dict[str, Any], tmp_path: Path
) -> None:
    player = gv.player(made["trace"])
    file = player.save(tmp_path / "walk.html")
    assert file.read_text(encoding="utf-8") == player.text == player.save(file).read_text("utf-8")
    other = tmp_path / "notes.html"
    other.write_text("mine", encoding="utf-8")
    with pytest.raises(FileError, match="gradviz did not write it"):
        player.save(other)
    assert other.read_text(encoding="utf-8") == "mine"
    player.save(other, force=True)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("a*b", "a graph without values"),
        ("a*", "expected"),
        (17, "not something that gradviz can run"),
    ],
    ids=["no values", "a slip", "a number"],
)
def test_what_cannot_be_played_is_one_error(source: Any, said: str) -> None:
    with pytest.raises(GradvizError, match=said):
        gv.player(source)


@pytest.mark.proof
def test_a_notebook_shows_every_kind_and_its_export_keeps_them(tmp_path: Path) -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.skip(f"not proved in a notebook: {', '.join(missing)} cannot be imported")
    code = NOTEBOOK.format(
        begin=BEGIN, cells=[*PAGES.values(), *PICTURES.values(), FINDINGS, "gv.player(trace)"]
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out.html")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    kinds = [line.split() for line in done.stdout.splitlines()]
    assert kinds == [
        *([PICTURE, PAGE, TEXT] for _ in PAGES),
        *([PICTURE, PAGE, TEXT] for _ in PICTURES),
        [PICTURE, PAGE, TEXT],
        [WIDGET, PAGE, TEXT],
    ]
    exported = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert len(Frames(exported).frames) == len(PAGES)
    pictures = r'(?:<svg [^>]*xmlns|<img[^>]* src="data:image/svg\+xml)'
    assert len(re.findall(pictures, exported)) == len(PAGES) + len(PICTURES) + 1


NOTEBOOK = """
import sys, nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
cells = [{begin!r}, *{cells!r}]
book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
NotebookClient(book, timeout=600, kernel_name="python3").execute()
for cell in book.cells[1:]:
    (output,) = cell.outputs
    print(*sorted(output.data))
text, _ = HTMLExporter().from_notebook_node(book)
open(sys.argv[1], "w", encoding="utf-8").write(text)
"""
