"""The DOT source: what Graphviz reads in it is what the frame says, whatever things are called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import graphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.graph.graph import Graph, Node
from gradviz.layout import engines

SVG = "{http://www.w3.org/2000/svg}"
CIRCUIT = "(x*y + z) * maximum(y, z)"
AT = {"x": 1.5, "y": 2, "z": -1}
ODD_NAMES = [
    "<b>",
    "a & b",
    'say "x"',
    "&lt;",
    "<",
    "]]>",
    "<!-- -->",
    "back\\slash",
    "\\N",
    "\\G\\l",
    "\\",
    "a\\",
    "😀",
    "变量",
    "שלום",
    "{x|y}",
    "%s",
    "//",
    "n" * 200,
    "n:p",
    "'",
    ";",
    "//",
    "#",
    "=",
    "-> n0",
    "graph",
]


def executables() -> list[str]:
    """The bundled engine, and the machine's own where it has one."""
    own = shutil.which("dot")
    return [engines.graphviz.bundled()[0].path, *([own] if own else [])]


def drawn(source: str, executable: str | None = None) -> ET.Element:
    """What an engine draws, as SVG; it must not complain."""
    done = subprocess.run(
        [executable or executables()[0], "-Tsvg"],
        input=source.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    said = [
        line
        for line in done.stderr.decode().splitlines()
        if "metrics" not in line and "width of" not in line
    ]
    assert not said, said
    return ET.fromstring(done.stdout)


def groups(picture: ET.Element, kind: str) -> dict[str, list[str]]:
    """The texts of every node or edge, by its title."""
    found = {}
    for group in picture.iter(f"{SVG}g"):
        if group.get("class") == kind:
            texts = ["".join(t.itertext()).replace("\xa0", " ") for t in group.iter(f"{SVG}text")]
            found[group.findtext(f"{SVG}title") or ""] = [text for text in texts if text != " "]
    return found


def graph_of(names: list[str]) -> Graph:
    """The sum of inputs of these names, built in Python, where a name may be any text."""
    nodes = [Node(i, "input", name=name) for i, name in enumerate(names)]
    for i in range(1, len(names)):
        nodes.append(Node(len(nodes), "add", (0 if i == 1 else len(nodes) - 1, i)))
    return Graph(nodes, len(nodes) - 1)


@pytest.mark.parametrize("which", [0, 1], ids=["bundled", "system"])
def test_every_graphviz_draws_the_values_gradients_and_contributions(which: int) -> None:
    found = executables()
    if which >= len(found):
        pytest.skip("this machine has no Graphviz of its own")
    nodes = groups(drawn(gv.to_dot(CIRCUIT, **AT).source, found[which]), "node")
    # By hand: a = xy = 3, b = a + z = 2, c = max(y, z) = 2, f = bc = 4; df/db = c, df/dc = b, df/da
    # = df/db,
    # dy = x·2 + 1·2 = 5 with y winning the max, dz = 2 + 0, dx = y·2 = 4.
    assert Counter(nodes["n0"]) == Counter(["x", "1.5", "4"])
    assert {"y", "2", "5"} <= set(nodes["n1"])
    assert {"z", "−1", "2"} <= set(nodes["n2"])
    assert Counter(nodes["n3"]) == Counter(["4", "3", "×", "3", "2", "a"])
    assert Counter(nodes["n4"]) == Counter(["2", "2", "+", "2", "2", "b"])
    assert Counter(nodes["n5"]) == Counter(["2", "0", "max", "2", "2", "c"])
    assert Counter(nodes["n6"]) == Counter(["2", "2", "×", "4", "1", "f"])


def test_a_step_shows_what_is_known_by_then_and_says_what_happens() -> None:
    picture = drawn(gv.to_dot(CIRCUIT, step=2, **AT).source)
    nodes = groups(picture, "node")
    assert nodes["n4"] == ["+", "2", "b"] and nodes["n6"] == ["×", "f"]
    (caption,) = groups(picture, "graph").values()
    said = " ".join(t.text or "" for t in picture.iter(f"{SVG}text"))
    assert "Forward" in said and "step 2 of 13" in said
    assert " ".join(gv.frame(gv.run(CIRCUIT, **AT), 2).sentence.split()) in " ".join(said.split())
    assert caption


def test_a_partial_gradient_says_how_much_of_it_is_there() -> None:
    trace = gv.run(CIRCUIT, **AT)
    arriving = trace.contributions("y")[0].number
    assert "1 of 2" in groups(drawn(gv.to_dot(trace, step=arriving).source), "node")["n1"]
    last = groups(drawn(gv.to_dot(trace).source), "node")
    assert "Σ 2 + 3" in last["n1"] and "Σ 2 + 0" in last["n2"]


def test_the_wire_of_the_step_is_thick_and_points_backwards() -> None:
    trace = gv.run(CIRCUIT, **AT)
    edge = trace.step(11).edge
    assert edge is not None
    lines = [
        line
        for line in gv.to_dot(trace, step=11).source.splitlines()
        if "penwidth" in line and "->" in line
    ]
    assert len(lines) == 1 and "dir=back" in lines[0]
    assert lines[0].split()[:3] == [
        f"n{edge.source}:out:e",
        "->",
        f"n{edge.target}:in{edge.slot}:w",
    ]


def test_a_repeated_operand_is_two_wires_to_two_ports() -> None:
    source = gv.to_dot("x*x").source
    assert "n0:out:e -> n1:in0:w" in source and "n0:out:e -> n1:in1:w" in source
    picture = drawn(source)
    assert sum(g.get("class") == "edge" for g in picture.iter(f"{SVG}g")) == 2


def test_matrices_stand_number_by_number_with_their_shapes() -> None:
    nodes = groups(
        drawn(gv.to_dot("q = W @ x; sum(q**2)", W=[[0.4, 0.6], [0.7, -0.2]], x=[0.5, 0.3]).source),
        "node",
    )
    # By hand: q = (0.38, 0.29), dq = 2q, dW = dq xᵀ, dx = Wᵀ dq.
    assert nodes["n0"] == [
        "W",
        "0.4",
        "0.6",
        "0.7",
        "−0.2",
        "0.38",
        "0.228",
        "0.29",
        "0.174",
        "shape 2×2",
    ]
    assert nodes["n1"] == ["x", "0.5", "0.3", "0.71", "0.34", "shape 2"]


def test_large_arrays_are_a_few_words() -> None:
    nodes = groups(drawn(gv.to_dot("sum(x)", x=[[1.0] * 9] * 7).source), "node")
    assert nodes["n0"] == ["x", *["[7×9,", "from 1 to 1,", "mean 1]"] * 2, "shape 7×9"]


def test_exact_values_and_strange_ones() -> None:
    exact = groups(drawn(gv.to_dot("sqrt(x)/3", x=2, backend="exact").source), "node")
    assert any("√2" in text for texts in exact.values() for text in texts)
    strange = groups(drawn(gv.to_dot("log(x)", x=0).source), "node")
    assert "−∞" in strange["n1"] and "∞" in strange["n0"]


def test_a_bare_graph_has_names_ops_and_constants_only() -> None:
    nodes = groups(drawn(gv.to_dot("2*x + pi").source), "node")
    assert sorted(t for texts in nodes.values() for t in texts) == sorted(
        ["2", "x", "×", "a", "π", "+", "f"]
    )
    bound = gv.parse("W @ x").bind({"W": (3, 2), "x": (2,)})
    assert "shape 3×2" in groups(drawn(gv.to_dot(bound).source), "node")["n0"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_is_read_back_as_it_is(name: str) -> None:
    graph = graph_of([name, "y"])
    for executable in executables():
        shown = groups(drawn(gv.to_dot(graph, values={name: 3, "y": 4}).source, executable), "node")
        assert shown["n0"] == [name, "3", "1"]


def test_a_name_of_several_lines_and_one_that_xml_cannot_hold() -> None:
    shown = groups(drawn(gv.to_dot(graph_of(["one\ntwo", "a\0b\x1b\ud800", " "])).source), "node")
    assert shown["n0"] == ["one", "two"] and shown["n1"] == ["a\ufffdb\ufffd\ufffd"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=12), min_size=2, max_size=4, unique=True))
def test_no_name_breaks_the_source(names: list[str]) -> None:
    picture = drawn(gv.to_dot(graph_of(names)).source)
    assert len(groups(picture, "node")) == 2 * len(names) - 1
    assert len(groups(picture, "edge")) == 2 * (len(names) - 1)


def test_it_is_a_source_that_graphviz_itself_can_render() -> None:
    source = gv.to_dot("x*y", x=2, y=3)
    assert isinstance(source, graphviz.Source) and source.source.startswith("// made by gradviz\n")


def test_a_machine_without_graphviz_draws_with_the_bundled_engine() -> None:
    """In a process of its own, since the package keeps the name of its executable."""
    program = (
        "import gradviz as gv; print('6' in gv.to_dot('x*y', x=2, y=3).pipe(format='svg',"
        " encoding='utf-8'))"
    )
    environment = os.environ | {"PATH": "/nowhere"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "True\n", done.stderr


def test_themes_change_colours_only() -> None:
    light, dark = (gv.to_dot(CIRCUIT, theme=theme, **AT).source for theme in ("light", "dark"))
    assert light != dark
    assert groups(drawn(light), "node") == groups(drawn(dark), "node")


def test_a_long_chain_is_no_matter() -> None:
    nodes = [Node(0, "input", name="x"), *(Node(i, "neg", (i - 1,)) for i in range(1, 5001))]
    assert gv.to_dot(Graph(nodes, 5000)).source.count("->") == 5000


def test_bad_arguments() -> None:
    with pytest.raises(ValueInputError, match="no step 14"):
        gv.to_dot(CIRCUIT, step=14, **AT)
    with pytest.raises(UnknownNameError):
        gv.to_dot(CIRCUIT, theme="drak", **AT)
    with pytest.raises(ValueInputError) as slip:
        gv.to_dot(CIRCUIT, them="dark", **AT)
    assert "theme" in slip.value.hint
    with pytest.raises(ValueInputError, match="already has its values"):
        gv.to_dot(gv.run(CIRCUIT, **AT), x=3)
    with pytest.raises(ValueInputError, match="without values"):
        gv.to_dot(CIRCUIT, step=3)


SECRET = {"w": 3.173, "x": 0.731, "b": -1.377}


@pytest.mark.parametrize("step", [*range(7), "values", "final"])
@pytest.mark.parametrize(
    ("word", "numbers"), [("a", ("2.319",)), ("f", ("0.9425",)), ("b:value", ("1.377",))]
)
def test_a_hidden_number_is_nowhere(step: int | str, word: str, numbers: tuple[str, ...]) -> None:
    """Neither in a label nor in a tooltip nor in the caption; a box stands in its place."""
    text = gv.to_dot("w*x + b", **SECRET, step=step, hide=[word]).source
    assert not [number for number in numbers if number in text]
    assert "?" in text or step in (0, 1)
    plain = gv.to_dot("w*x + b", **SECRET, step=step).source
    assert text.count("->") == plain.count("->")


def test_hidden_gradients_have_a_box_each_and_no_sum() -> None:
    text = gv.to_dot("x*y + x", x=2, y=3, hide="gradients", step="final").source
    assert text.count("?</FONT>") == 4 + 4  # of four nodes, and brought along four wires
    assert "Σ" not in text and "Fill in the boxes." in text and "gradient hidden" in text


def test_paths_are_lit_and_their_products_told() -> None:
    source = gv.to_dot("x*y + x", x=2, y=3, paths="x..f").source
    hot = [line for line in source.splitlines() if "->" in line]
    assert "x reaches f along 2 paths, whose products add up: 3 + 1 = 4." in source
    plain = {line.split("[")[0].strip() for line in hot}
    widths = {line.split(" [")[0].strip(): line.split("penwidth=")[1] for line in hot}
    assert len(plain) == 4 and len({widths[w] for w in widths if not w.startswith("n1:")}) == 1
    assert widths["n1:out:e -> n2:in1:w"] not in {
        width for wire, width in widths.items() if not wire.startswith("n1:")
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"paths": "y..x"}, "no gradient goes along a path"),
        ({"paths": "x..q"}, "there is no node 'q'"),
        ({"paths": "x"}, "a path is given by its ends"),
        ({"paths": "x..f", "step": 2}, "paths are shown at the end of a run"),
        ({"hide": "q"}, "nothing in the picture is called 'q'"),
        ({"hide": "x:slope"}, "a node has no 'slope'"),
    ],
)
def test_what_cannot_be_hidden_or_lit(options: dict[str, object], said: str) -> None:
    with pytest.raises((ValueInputError, UnknownNameError), match=said):
        gv.to_dot("x*y + x", x=2, y=3, **options)


@pytest.mark.parametrize("options", [{"hide": "x"}, {"paths": "x..f"}])
def test_a_graph_without_values_hides_nothing(options: dict[str, str]) -> None:
    with pytest.raises(ValueInputError, match="no numbers to hide"):
        gv.to_dot("x*y + x", **options)
