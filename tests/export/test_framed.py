"""Slides, parts, moments, new names and paths in files, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.scene.themes import THEMES

MARK: dict[str, Any] = {"source": "(x*y + z) * maximum(y, z)", "x": 1.5, "y": 2, "z": -1}
NEURON = gv.run("sigmoid(w0*x0 + w1*x1)", w0=2, x0=-1, w1=-3, x1=-2)


def size(path: Path) -> tuple[float, float]:
    root = ElementTree.parse(path).getroot()
    return float(root.attrib["width"]), float(root.attrib["height"])


def texts(path: Path) -> list[str]:
    return [t.text for t in ElementTree.parse(path).iter() if t.text and "text" in t.tag]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, (960, 540)),
        ({"slide": "4:3"}, (720, 540)),
        ({"width": 1920}, (1920, 1080)),
        ({"slide": "4:3", "width": 1024}, (1024, 768)),
        ({"without": "header,sentence,formula"}, (960, 540)),
    ],
)
def test_the_size_of_a_slide(
    tmp_path: Path, options: dict[str, Any], wanted: tuple[float, float]
) -> None:
    assert size(gv.render(**MARK, path=tmp_path / "a.svg", **options).files[0]) == wanted
    (file,) = gv.render(**MARK, path=tmp_path / "a.png", scale=1, **options).files
    with Image.open(file) as image:
        assert image.size == wanted


def test_a_graph_alone_is_cropped(tmp_path: Path) -> None:
    alone = gv.render(**MARK, path=tmp_path / "a.svg", only="graph").files[0]
    whole = gv.render(**MARK, path=tmp_path / "b.svg", slide="none").files[0]
    assert size(alone)[1] < size(whole)[1] and size(alone)[0] < 760
    assert not [t for t in texts(alone) if "step" in t or "receives" in t]
    assert [t for t in texts(whole) if t.startswith("step 13")]
    wide = gv.render(**MARK, path=tmp_path / "c.svg", only="graph", width=1000).files[0]
    assert size(wide)[0] == 1000


@pytest.mark.parametrize("theme", THEMES)
def test_a_transparent_picture_has_no_ground(tmp_path: Path, theme: str) -> None:
    for transparent in (False, True):
        done = gv.render(**MARK, path=tmp_path / "a.svg", theme=theme, transparent=transparent)
        assert ('id="ground"' in done.files[0].read_text()) != transparent
        png = gv.render(**MARK, path=tmp_path / "a.png", theme=theme, transparent=transparent)
        with Image.open(png.files[0]) as image:
            corner = image.convert("RGBA").getpixel((1, 1))
        assert isinstance(corner, tuple) and (corner[3] == 0) == transparent
    dot = gv.render(**MARK, path=tmp_path / "a.dot", theme=theme, transparent=True)
    assert "bgcolor=transparent" in dot.files[0].read_text()
    assert gv.render(**MARK, path=tmp_path / "a.pdf", theme=theme, transparent=True).files


def test_a_theme_without_a_ground(tmp_path: Path) -> None:
    file = tmp_path / "clear.toml"
    file.write_text('base = "dark"\n[colours]\nground = "none"\n')
    done = gv.render(**MARK, path=tmp_path / "a.svg", theme=str(file))
    text = done.files[0].read_text()
    assert 'id="ground"' not in text and THEMES["dark"].colours["ink"] in text


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".pptx", ".dot"])
@pytest.mark.parametrize("step", ["values", "final"])
def test_moments_in_every_format(tmp_path: Path, suffix: str, step: str) -> None:
    (file,) = gv.render(**MARK, path=tmp_path / f"a{suffix}", step=step).files
    assert file.stat().st_size > 500
    (numbered,) = gv.render(**MARK, path=tmp_path / ("b-{k:02}" + suffix), step=step).files
    assert numbered.name == f"b-{step}{suffix}"


def test_all_values_and_nothing_hot(tmp_path: Path) -> None:
    """f = (1.5·2 − 1)·max(2, −1) = 4; ∂f/∂x = 4, ∂f/∂y = 5, ∂f/∂z = 2."""
    values = gv.render(**MARK, path=tmp_path / "a.svg", step="values").files[0]
    final = gv.render(**MARK, path=tmp_path / "b.svg", step="final").files[0]
    for file, sentence in (
        (values, "f = 4."),
        (final, "The gradient of f is 4 for x, 5 for y and 2 for z."),
    ):
        assert sentence in texts(file)
        hot = THEMES["light"].colours["hot"]
        assert hot not in file.read_text()
    assert "-gradient" not in values.read_text() and 'id="node-1-gradient"' in final.read_text()


def test_a_folder_holds_the_moment(tmp_path: Path) -> None:
    (file,) = gv.render(**MARK, path=f"{tmp_path}/", step="final").files
    assert file.name == "final.svg"


def test_without_gradients_there_is_no_final_figure(tmp_path: Path) -> None:
    with pytest.raises(GradvizError, match="no gradients to show"):
        gv.render("x*y", tmp_path / "a.svg", x=[1, 2], y=3, step="final")
    assert gv.render("x*y", tmp_path / "a.svg", x=[1, 2], y=3, step="values").files


@pytest.mark.parametrize("suffix", [".svg", ".txt", ".dot"])
@pytest.mark.parametrize("names", ["w0=theta", ["w0=theta"], {"w0": "theta"}])
def test_nodes_are_called_otherwise_everywhere(tmp_path: Path, suffix: str, names: Any) -> None:
    (file,) = gv.render(NEURON, tmp_path / f"a{suffix}", rename=names).files
    text = file.read_text(encoding="utf-8")
    body = re.sub("<style>.*?</style>", "", text).replace("sigmoid(w0*x0 + w1*x1)", "")
    assert "theta" in body and re.search(r"\bw0\b", body) is None


def test_new_names_in_dot_source_and_in_what_is_hidden_and_lit(tmp_path: Path) -> None:
    assert "theta" in gv.to_dot(NEURON, rename={"w0": "theta"}).source
    for word in ("w0", "theta"):
        (file,) = gv.render(
            NEURON, tmp_path / "a.svg", rename={"w0": "theta"}, hide=f"{word}:gradient"
        ).files
        assert 'id="node-0-gradient-box"' in file.read_text()
        (file,) = gv.render(
            NEURON, tmp_path / "a.svg", rename={"w0": "theta"}, paths=f"{word}..f"
        ).files
        assert "Along theta → a → c → f" in file.read_text(encoding="utf-8")


def test_names_may_be_exchanged(tmp_path: Path) -> None:
    names = {"w0": "x0", "x0": "w0"}
    (file,) = gv.render(NEURON, tmp_path / "a.txt", rename=names).files
    assert "x0 = 2, w0 = -1" in file.read_text(encoding="utf-8")


def test_the_trace_keeps_its_names(tmp_path: Path) -> None:
    gv.render(NEURON, tmp_path / "a.svg", rename={"w0": "theta"})
    assert NEURON.graph.nodes[0].name == "w0"


def test_a_lit_path(tmp_path: Path) -> None:
    (file,) = gv.render(**MARK, path=tmp_path / "a.svg", paths="x..f").files
    text = file.read_text(encoding="utf-8")
    assert set(re.findall(r'id="(edge-[\d-]+)-lit"', text)) == {
        "edge-0-3-0",
        "edge-3-4-0",
        "edge-4-6-0",
    }
    assert "Along x → a → b → f the local gradients multiply: 2 · 1 · 2 = 4." in text
    (deck,) = gv.render(**MARK, path=tmp_path / "a.pdf", paths="x..f").files
    assert deck.read_bytes().startswith(b"%PDF")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"slide": "16:10"}, "there is no such slide"),
    ({"only": "header"}, "only the graph can stand alone"),
    ({"without": "head"}, "no part 'head'"),
    ({"without": ["header", "x" * 10_000]}, "no part 'xxx"),
    ({"without": 3}, "without takes words"),
    ({"hide": [3]}, "hide takes words"),
    ({"legend": True, "only": "graph"}, "a legend is asked for"),
    ({"legend": True, "without": "legend"}, "a legend is asked for"),
    ({"caption": "a", "only": "graph"}, "the caption stands in place of the sentence"),
    ({"caption": "a", "without": "sentence"}, "the caption stands in place of the sentence"),
    ({"caption": "x" * 10_000}, "the caption is too long"),
    ({"caption": 3}, "a caption is a text"),
    ({"caption": "重"}, "no font here has a glyph"),
    ({"width": 5}, "a picture cannot be 5 pixels wide"),
    ({"width": 1e9}, "pixels wide"),
    ({"width": -3}, "not a valid width"),
    ({"step": "fianl"}, "is not a step"),
    ({"step": "9" * 10_000}, "is not a step"),
    ({"step": "-1"}, "there is no step -1"),
    ({"step": "99"}, "there is no step 99"),
    ({"step": "final", "steps": "all"}, "step asks for one frame"),
    ({"hide": "q"}, "nothing in the picture is called 'q'"),
    ({"rename": "x"}, "a new name is given as NODE=NAME"),
    ({"rename": 3}, "a new name is given as NODE=NAME"),
    ({"rename": "=x"}, "a new name is given as NODE=NAME"),
    ({"rename": "q=x"}, "no node 'q' to rename"),
    ({"rename": "x="}, "x cannot be called that"),
    ({"rename": {"x": "y"}}, "two nodes would be called y"),
    ({"rename": {"x": "w", "y": "w"}}, "two nodes would be called w"),
    ({"rename": {"x": "w" * 10_000}}, "x cannot be called that"),
    ({"rename": {"x": "two\nlines"}}, "x cannot be called that"),
    ({"paths": ""}, "a path is given by its ends"),
    ({"paths": 3}, "a path is given by its ends"),
    ({"paths": "x"}, "a path is given by its ends"),
    ({"paths": "f..x"}, "no gradient goes along"),
    ({"paths": "x..q"}, "there is no node 'q'"),
    ({"paths": "x..f", "step": 3}, "paths are shown at the end"),
    ({"paths": "x..f", "every": "node"}, "paths are shown at the end"),
]


@pytest.mark.parametrize(("options", "said"), REFUSED)
@pytest.mark.parametrize("suffix", [".svg", ".pdf"])
def test_what_is_refused_leaves_nothing_behind(
    tmp_path: Path, suffix: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(GradvizError, match=re.escape(said)) as refused:
        gv.render(**MARK, path=tmp_path / f"a{suffix}", **options)
    assert len(str(refused.value)) < 1000
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("options", [{"hide": "x"}, {"paths": "x..f"}, {"step": "final"}])
def test_a_graph_without_values_has_no_numbers(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(GradvizError):
        gv.render("x*y", tmp_path / "a.svg", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "options", [{"step": "final"}, {"hide": "x"}, {"paths": "x..f"}, {"rename": {"x": "w"}}]
)
def test_what_figures_of_cells_do_not_have(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(GradvizError, match="cells"):
        gv.render("maxpool2d(x, 2)", tmp_path / "a.svg", x=[[1, 2], [3, 4]], into="f", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".txt", {"slide": "4:3"}),
        (".txt", {"hide": "x"}),
        (".txt", {"step": "final"}),
        (".txt", {"transparent": True}),
        (".dot", {"without": "header"}),
        (".json", {"rename": "x=w"}),
        (".json", {"caption": "A run"}),
    ],
)
def test_each_format_says_what_it_does_not_do(
    tmp_path: Path, suffix: str, options: dict[str, Any]
) -> None:
    (name,) = options
    with pytest.raises(GradvizError, match=f"{name} does not apply|told in steps"):
        gv.render(**MARK, path=tmp_path / f"a{suffix}", **options)
    assert not list(tmp_path.iterdir())
