"""Several pictures in one SVG: an animation, or the fragments of a slide.

The test reads the file as a browser does, from the elements and what is set at which time, and
compares what is seen at a time with the file of that step alone.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
import resvg_py

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.export.formats import _turns
from gradviz.graph.graph import Graph, Node
from tests.sampled import sampled

SVG = "{http://www.w3.org/2000/svg}"
CIRCUIT: dict[str, Any] = {"source": "(x*y + z) * maximum(y, z)", "x": 1.5, "y": 2, "z": -1}
ARRAYS: dict[str, Any] = {
    "source": "q = W @ x; sum(q**2)",
    "W": [[0.4, 0.6], [0.7, -0.2]],
    "x": [0.5, 0.3],
}
NETWORK: dict[str, Any] = {
    "source": gv.net("mlp:2-3-2"),
    "values": {"x": [0.2, -0.4], "label": 1},
    "view": "neurons",
}
CELLS: dict[str, Any] = {
    "source": "maxpool2d(x, 3, stride=2)",
    "x": [[1, 3, 2, 7, 2], [5, 1, 3, 0, 5], [4, 8, 5, 0, 6], [3, 2, 6, 0, 8], [0, 7, 4, 6, 9]],
    "upstream": [[1, -2], [3, 0.5]],
    "into": "f",
}


def drawn(path: Path, **options: Any) -> Element:
    (file,) = gv.render(path=path, **options).files
    return ElementTree.fromstring(file.read_text())


def clock(root: Element) -> tuple[str, float]:
    """The clock of an animation, and its seconds: it starts at once, and again after its end."""
    (one,) = (e for e in root.iter(f"{SVG}set") if e.attrib["begin"].startswith("0s;"))
    name = one.attrib["id"]
    (other,) = (e for e in root.iter(f"{SVG}set") if e.attrib["begin"] == f"{name}.end")
    assert one.attrib["begin"] == f"0s;{other.attrib['id']}.end" and other.attrib["dur"] == "10ms"
    assert re.fullmatch(r"\w+", name), "a sign in it would be read as a time"
    return name, int(one.attrib["dur"].removesuffix("ms")) / 1000


def shown(root: Element, seconds: float | None) -> list[str]:
    """The elements that are seen, without ids, in drawing order; of a still picture at None."""
    name, round_ = clock(root) if seconds is not None else ("", 0.0)

    def is_seen(element: Element) -> bool:
        state = element.get("display", "inline")
        for change in element.findall(f"{SVG}set") if seconds is not None else ():
            begin = change.attrib["begin"].removeprefix(f"{name}.begin+")
            start, length = (int(t.removesuffix("ms")) for t in (begin, change.attrib["dur"]))
            assert change.attrib["attributeName"] == "display"
            if start <= 1000 * (seconds % round_) + 1e-6 < start + length:
                state = change.attrib["to"]
        return state != "none" and element.get("visibility") != "hidden"

    return list(seen(root, is_seen))


def seen(root: Element, is_seen: Any) -> Any:
    for element in root:
        if element.tag.removeprefix(SVG) in {"title", "desc", "style", "defs", "set"}:
            continue
        if element.tag == f"{SVG}rect" and element.get("display") == "none":
            continue
        if element.tag == f"{SVG}g" and set(element.attrib) <= GROUPING:
            if is_seen(element):
                yield from seen(element, is_seen)
        else:
            copy = ElementTree.fromstring(ElementTree.tostring(element))
            copy.attrib.pop("id", None)
            copy.tail = None
            yield ElementTree.tostring(copy, encoding="unicode")


GROUPING = {"class", "display", "visibility", "data-fragment-index"}


def fragments(root: Element, index: int) -> list[str]:
    """What a slide of reveal.js shows when its fragments up to an index have been seen."""

    def is_seen(element: Element) -> bool:
        past = int(element.attrib["data-fragment-index"]) <= index
        return past != ("fade-out" in element.attrib["class"].split())

    return list(seen(root, is_seen))


RUNS = [CIRCUIT, ARRAYS, NETWORK, CELLS]
NAMES = ["circuit", "arrays", "neurons", "cells"]


@sampled(
    ("run", "text"),
    [*((run, "font") for run in RUNS), (CELLS, "outline")],
    2,
    ids=[*NAMES, "cells outlined"],
)
def test_at_its_time_each_step_looks_as_it_does_alone(
    tmp_path: Path, run: dict[str, Any], text: str
) -> None:
    moving = drawn(tmp_path / "a.svg", **run, steps="all", text=text, seconds=1.5)
    files = gv.render(path=f"{tmp_path}/alone/", **run, text=text).files
    assert len(files) > 4
    for k, file in enumerate(files):
        alone = shown(ElementTree.fromstring(file.read_text()), None)
        for moment in (0.0, 1.49):
            assert shown(moving, 1.5 * k + moment) == alone
    last = shown(ElementTree.fromstring(files[-1].read_text()), None)
    held = 1.5 * (len(files) + 1)
    assert clock(moving)[1] == held
    assert shown(moving, held - 0.01) == last != shown(moving, held)
    assert shown(moving, held) == shown(ElementTree.fromstring(files[0].read_text()), None)
    assert shown(moving, None) == last, "where nothing is animated"


@sampled("run", RUNS, 2, ids=NAMES)
def test_fragments_show_one_step_after_another(tmp_path: Path, run: dict[str, Any]) -> None:
    slide = drawn(tmp_path / "a.svg", **run, steps="all", fragments=True)
    files = gv.render(path=f"{tmp_path}/alone/", **run).files
    alone = [shown(ElementTree.fromstring(file.read_text()), None) for file in files]
    assert [fragments(slide, k) for k in range(len(files))] == alone
    assert shown(slide, None) == alone[-1], "outside of reveal.js"
    indices = {
        int(element.attrib["data-fragment-index"])
        for element in slide.iter()
        if "data-fragment-index" in element.attrib
    }
    assert indices == set(range(1, len(files))) and not slide.findall(f".//{SVG}set")


@sampled(("run", "options"), product(RUNS, [{}, {"fragments": True}]), 2)
def test_ids_stand_once_and_the_last_picture_has_them(
    tmp_path: Path, run: dict[str, Any], options: dict[str, Any]
) -> None:
    slide = drawn(tmp_path / "a.svg", **run, steps="all", **options)
    ids = [element.attrib["id"] for element in slide.iter() if "id" in element.attrib]
    last = drawn(tmp_path / "b.svg", **run)
    assert len(ids) == len(set(ids))
    of_last = {element.attrib["id"] for element in last.iter() if "id" in element.attrib}
    assert {name for name in of_last if not re.match("(title|desc)-", name)} <= set(ids)


def test_elements_stand_once_so_a_step_more_costs_little(tmp_path: Path) -> None:
    one = len(gv.render(path=tmp_path / "one.svg", **CIRCUIT).files[0].read_bytes())
    (file,) = gv.render(path=tmp_path / "all.svg", steps="all", **CIRCUIT).files
    assert len(file.read_bytes()) < 2 * one, "of 13 steps"
    root = ElementTree.fromstring(file.read_text())
    texts = [t.text for t in root.iter(f"{SVG}text")]
    assert texts.count("×") == 3, "a, f, and f when it is not reached yet, so in another colour"


def test_paper_and_people_who_want_little_motion_see_the_last_picture(tmp_path: Path) -> None:
    root = drawn(tmp_path / "a.svg", **CIRCUIT, steps="all")
    css = "".join(style.text or "" for style in root.iter(f"{SVG}style"))
    (still,) = re.findall(r"@media print,\(prefers-reduced-motion:reduce\)\{(.*?\})\}", css)
    rules = dict(re.findall(r"\.([\w-]+):not\(#_\)\{display:(\w+)!important\}", still))
    assert set(rules.values()) == {"inline", "none"}, "nothing set by a clock is stronger"
    for group in root.iter(f"{SVG}g"):
        if group.find(f"{SVG}set") is not None:
            assert rules[group.attrib["class"]] == group.get("display", "inline")


def test_several_animations_can_stand_on_a_page(tmp_path: Path) -> None:
    """Their clocks are called differently, the same ones alike."""
    runs = [CIRCUIT, ARRAYS, {**CIRCUIT, "seconds": 1}, {**CIRCUIT, "theme": "dark"}]
    names = [clock(drawn(tmp_path / f"{k}.svg", steps="all", **r))[0] for k, r in enumerate(runs)]
    assert len(set(names)) == 4
    assert clock(drawn(tmp_path / "again.svg", steps="all", **CIRCUIT))[0] == names[0]


def test_a_screen_reader_hears_every_step(tmp_path: Path) -> None:
    root = drawn(tmp_path / "a.svg", **CIRCUIT, steps="1-3")
    (title,), (desc,) = root.findall(f"{SVG}title"), root.findall(f"{SVG}desc")
    assert title.text == CIRCUIT["source"]
    assert desc.text is not None and desc.text.startswith(
        "3 pictures. Step 1: x · y = 1.5 · 2 = 3. Step 2: a + z = 3 + (−1) = 2."
    )


@pytest.mark.parametrize("options", [{}, {"fragments": True}])
def test_one_step_is_a_picture(tmp_path: Path, options: dict[str, Any]) -> None:
    several = gv.render("x*y", tmp_path / "a.svg", x=2, y=[1, 2], steps="all", **options)
    gv.render("x*y", tmp_path / "b.svg", x=2, y=[1, 2])
    assert several.files[0].read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_what_is_drawn_in_another_order_stands_twice() -> None:
    pictures = [[("a", "<a/>"), ("b", "<b/>")], [("b", "<b/>"), ("a", "<a/>")]]
    found = list(_turns.merged(pictures).groups())
    assert [(named, stretches) for stretches, named, _ in found] == [
        (["<a/>"], [range(1)]),
        (["<b/>"], [range(2)]),
        (["<a/>"], [range(1, 2)]),
    ]


def test_hundreds_find_room_between_two() -> None:
    """Whatever is put in at the same place, the order of every picture is kept."""
    pictures = [[("top", "t"), (f"new-{k}", f"{k}"), ("end", "e")] for k in range(1000)]
    merged = _turns.merged(pictures)
    places = [element.place for element in merged.elements]
    assert len(places) == 1002 and places == sorted(set(places))
    assert merged.elements[0].text == "t" and merged.elements[-1].text == "e"
    assert all(element.shown == [int(element.text)] for element in merged.elements[1:-1])


# Light or dark


def test_a_picture_follows_its_viewer(tmp_path: Path) -> None:
    """Its colours are those of the light theme, its rules give those of the dark one."""
    run = {**ARRAYS, "steps": "all"}
    auto, light, dark = (
        drawn(tmp_path / f"{theme}.svg", **run, theme=theme) for theme in ("auto", "light", "dark")
    )
    (css,) = (style.text or "" for style in auto.iter(f"{SVG}style"))
    (media,) = re.findall(r"@media \(prefers-color-scheme:dark\)\{((?:\.[^{]*\{[^}]*\})*)\}", css)
    rules = dict(re.findall(r"\.([\w-]+):not\(#_\)\{(\w+:#\w+)\}", media))
    painted = set()
    for element, by_day, by_night in zip(auto.iter(), light.iter(), dark.iter(), strict=True):
        for paint in ("fill", "stroke"):
            assert element.get(paint) == by_day.get(paint)
            own = [rules[c] for c in element.get("class", "").split() if c in rules]
            said = dict(rule.split(":") for rule in own)
            if element.get(paint, "none") != "none":
                assert said[paint] == by_night.get(paint)
                painted |= set(element.get("class", "").split())
    assert painted == set(rules), "no rule is without use"


def test_only_some_pictures_can_follow_their_viewer(tmp_path: Path) -> None:
    for suffix in (".png", ".gif", ".pdf", ".dot"):
        with pytest.raises(GradvizError) as refused:
            gv.render("x*y", tmp_path / f"a{suffix}", theme="auto", x=2, y=3)
        assert "cannot be light or dark" in str(refused.value) and ".svg" in refused.value.expected
    assert list(tmp_path.iterdir()) == []


def test_rules_are_for_browsers_alone(tmp_path: Path) -> None:
    """Programs that heed rules but not their conditions cannot read these selectors."""
    file = gv.render(path=tmp_path / "a.svg", theme="auto", steps="all", **CIRCUIT).files[0]
    (css,) = (s.text or "" for s in ElementTree.parse(file).getroot().iter(f"{SVG}style"))
    selectors = re.findall(r"(?<=[{}])(\.[^{]*)\{", css)
    assert len(selectors) > 15 and all(s.endswith(":not(#_)") for s in selectors)


# Names that would break out


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "]]>", "a\"b'c&d", "x" * 500])
@pytest.mark.parametrize("options", [{}, {"fragments": True}, {"theme": "auto"}])
def test_names_stay_text(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    graph = Graph([Node(0, "input", name=name), Node(1, "exp", (0,))], 1)
    root = drawn(
        tmp_path / "a.svg", source=graph, values={name: 0.5}, steps="all", text="outline", **options
    )
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "defs", "rect", "path", "g", "use", "circle",
                    "polygon", "polyline", "set"}  # fmt: skip


@pytest.mark.parametrize("options", [{}, {"fragments": True}, {"theme": "auto"}])
def test_a_renderer_that_plays_nothing_draws_the_last_picture(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    """Pixel by pixel, in resvg, which reads attributes and rules and knows no viewer."""
    drawn(tmp_path / "a.svg", **ARRAYS, steps="all", text="outline", **options)
    drawn(tmp_path / "b.svg", **ARRAYS, text="outline")
    moving, still = (
        resvg_py.svg_to_bytes(svg_path=str(tmp_path / name), skip_system_fonts=True)
        for name in ("a.svg", "b.svg")
    )
    assert moving == still
