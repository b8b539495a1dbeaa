"""`--view`: another view of the same run, on the command line and from Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pypdfium2 as pdfium
import pytest

import gradviz as gv
from gradviz.errors import UnknownNameError, ValueInputError
from tests.matrix_samples import IMAGE
from tests.neuron_samples import FIGURES

Gradviz = Callable[..., Any]
SCORES = (IMAGE[0], *(f"{name}={json.dumps(value)}" for name, value in IMAGE[1].items()))
SOURCE, VALUES = FIGURES["2-3-1"]
RUN = (SOURCE, *(f"{name}={json.dumps(value)}" for name, value in VALUES.items()))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


CNN = ("net:tiny-cnn", "image=random:1", "label=1")


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".txt"])
@pytest.mark.parametrize("source", [CNN, ("net:alexnet",)])
def test_every_format_draws_volumes(gradviz: Gradviz, suffix: str, source: tuple[str, ...]) -> None:
    words = ("--view", "volumes", "--step", "2")
    for name in ("a", "b"):
        done = gradviz("render", *source, *words, "-o", f"{name}{suffix}")
        assert done.status == 0 and done.out == f"{name}{suffix}\n"
    assert Path(f"a{suffix}").read_bytes() == Path(f"b{suffix}").read_bytes()


@pytest.mark.parametrize("theme", ["light", "dark", "print", "cs231n"])
def test_volumes_are_drawn_in_every_theme(gradviz: Gradviz, theme: str) -> None:
    words = ("--view", "volumes", "--step", "1", "--theme", theme, "--legend")
    assert gradviz("render", "net:lenet5", *words, "-o", "a.svg").status == 0
    gv.render(gv.net("lenet5"), "b.svg", view="volumes", step=1, theme=theme, legend=True)
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    texts = {t.text for t in ElementTree.parse("a.svg").iter() if t.text}
    assert {"conv1", "28×28", "5×5", "48,120", "this step"} <= texts
    assert "scale: edges linear, channels ×0.6, bars as √units · not drawn: tanh" in texts


def test_show_tells_volumes_in_text_and_as_data(gradviz: Gradviz) -> None:
    told = gradviz("show", "net:alexnet", "--view", "volumes", "--width", "100").out
    assert "rows = columns = (n + 2 · p - k)/s + 1 = (227 + 2 · 0 - 11)/4 + 1 = 55" in told
    assert "parameters = 96 · (3 · 11 · 11 + 1) = 34,944" in told
    step = gradviz("show", *CNN, "--view", "volumes", "--step", "6").out.splitlines()
    assert [line for line in step if line.startswith("  > fc ")]
    assert gradviz("show", *CNN, "--view", "volumes", "--step", "6", "--ascii").out.isascii()
    data = json.loads(gradviz("show", "net:vgg16", "--view", "volumes", "--json").out)
    assert data["parameters"] == 138_357_544 and data["total"] == 22


def test_a_layer_of_volumes_is_stepped_into(gradviz: Gradviz) -> None:
    windows = gradviz("show", *CNN, "--into", "conv").out
    assert windows and gradviz("show", *CNN, "--view", "volumes", "--into", "conv").out == windows
    done = gradviz("show", *CNN, "--view", "volumes", "--into", "loss")
    assert done.status == 1 and "opens into its windows" in done.err


@pytest.mark.parametrize(
    "parts", [("--only", "graph"), ("--without", "formula"), ("--slide", "4:3")]
)
def test_parts_of_a_slide_of_volumes(gradviz: Gradviz, parts: tuple[str, ...]) -> None:
    words = ("--view", "volumes", "--step", "values", *parts)
    done = gradviz("render", "net:lenet5", *words, "-o", "a.svg")
    assert done.status == 0 and done.err == ""
    texts = {t.text for t in ElementTree.parse("a.svg").iter() if t.text}
    assert "conv1" in texts and ("scale: edges" in " ".join(texts)) == (parts[0] != "--only")


@pytest.mark.parametrize("view", ["neurons", "matrix"])
@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".txt"])
def test_every_format_draws_the_view(gradviz: Gradviz, suffix: str, view: str) -> None:
    done = gradviz("render", *RUN, "--view", view, "--step", "9", "-o", f"a{suffix}")
    assert (done.status, done.out, done.err) == (0, f"a{suffix}\n", "")
    again = gradviz("render", *RUN, "--view", view, "--step", "9", "-o", f"b{suffix}")
    assert again.status == 0 and Path(f"a{suffix}").read_bytes() == Path(f"b{suffix}").read_bytes()


def test_a_deck_has_a_page_for_each_step_of_the_view(gradviz: Gradviz) -> None:
    assert gradviz("render", *RUN, "--view", "neurons", "-o", "a.pdf").status == 0
    pages = [page.get_textpage().get_text_range() for page in pdfium.PdfDocument("a.pdf")]
    assert len(pages) == 12
    told = " ".join(pages[8].split())
    assert "step 9 of 12" in told and "so one arc brings back its whole gradient" in told


@pytest.mark.parametrize("theme", ["light", "dark", "print", "cs231n"])
def test_python_draws_what_the_command_line_draws(gradviz: Gradviz, theme: str) -> None:
    words = ("--view", "neurons", "--step", "2", "--theme", theme)
    assert gradviz("render", *RUN, *words, "-o", "a.svg").status == 0
    gv.render(SOURCE, "b.svg", view="neurons", step=2, theme=theme, **VALUES)
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    texts = [t.text for t in ElementTree.parse("a.svg").iter() if t.text]
    assert {"−0.291", "−0.8", "+0.6", "+0.2", "hidden, tanh", "step 2 of 12"} <= set(texts)


def test_show_tells_it_in_text_and_as_data(gradviz: Gradviz) -> None:
    told = gradviz("show", *RUN, "--view", "neurons").out.splitlines()
    assert told[0] == "2 inputs → 3 units, tanh → 1 unit → L"
    assert "           z₂ = -0.8 · 1 + 0.6 · 0.5 + 0.2 = -0.3" in told
    assert "           δ₂ = -0.383 · (1 - (-0.291)²) = -0.351" in told
    step = gradviz("show", *RUN, "--view", "neurons", "--step", "9").out.splitlines()
    assert any("┏━h₂━" in line for line in step) and any("┃δ -0.351┃" in line for line in step)
    narrow = gradviz("show", *RUN, "--view", "neurons", "--step", "9", "--width", "40").out
    assert "    h₂    -0.3  -0.291  -0.351" in narrow and "    x₁        1" in narrow
    plain = gradviz("show", *RUN, "--view", "neurons", "--step", "9", "--ascii").out
    assert plain.isascii() and "delta2 = -0.383 * (1 - (-0.291)^2) = -0.351" in plain
    data = json.loads(gradviz("show", *RUN, "--view", "neurons", "--json").out)
    assert data["total"] == 12 and data["steps"][8]["delta"] == pytest.approx(-0.3508799)


@pytest.mark.parametrize("theme", ["light", "dark", "print", "cs231n"])
def test_the_matrix_is_drawn_in_every_theme(gradviz: Gradviz, theme: str) -> None:
    words = ("--view", "matrix", "--step", "2", "--theme", theme)
    assert gradviz("render", *SCORES, *words, "-o", "a.svg").status == 0
    texts = [t.text for t in ElementTree.parse("a.svg").iter() if t.text]
    assert {"−0.05", "0.007", "0.812", "Σ 1.07", "0.969", "true class"} <= set(texts)


def test_show_tells_the_matrix_in_text_and_as_data(gradviz: Gradviz) -> None:
    told = gradviz("show", *SCORES, "--view", "matrix").out.splitlines()
    assert told[0] == "s = W · x + b, W 3×4"
    assert (
        "           s₂ = -0.5 · 0.1 + 0.2 · 1.5 + 0.1 · 0.07 + 0.35 · 2.32 + (-0.1) = 1.069 - 0.1"
        " = 0.969"
    ) in told
    step = gradviz("show", *SCORES, "--view", "matrix", "--step", "2").out.splitlines()
    assert any(line.split("]")[0].split() == ["[", "-0.5", "0.2", "0.1", "0.35"] for line in step)
    narrow = gradviz("show", *SCORES, "--view", "matrix", "--step", "2", "--width", "60").out
    assert "    0.35 · 2.32 = 0.812" in narrow and "  s      0.631  0.969      ." in narrow
    assert gradviz("show", *SCORES, "--view", "matrix", "--step", "2", "--ascii").out.isascii()
    data = json.loads(gradviz("show", *SCORES, "--view", "matrix", "--json").out)
    assert data["total"] == 11 and data["label"] == 1 and data["shape"] == [3, 4]
    assert [t["product"] for t in data["steps"][1]["terms"]] == pytest.approx(
        [-0.05, 0.3, 0.007, 0.812]
    )


def test_the_matrix_of_the_node_that_is_named(gradviz: Gradviz) -> None:
    told = gradviz("show", *RUN, "--view", "matrix").out
    assert told.startswith("c = W₁ · x + b₁, W₁ 3×2")
    inner = "h = tanh(W1 @ x + b1); v = W2 @ h; sum((v + b2 - y)**2)"
    told = gradviz("show", inner, *RUN[1:], "--view", "matrix", "--into", "v").out
    assert told.startswith("g = W₂ · h + b₂, W₂ 1×3")
    done = gradviz("show", inner, *RUN[1:], "--view", "matrix", "--into", "q")
    assert done.status == 1 and "there is no node 'q'" in done.err


def test_the_graph_is_the_view_that_is_shown_without_another(gradviz: Gradviz) -> None:
    one = gradviz("show", *RUN, "--view", "graph").out
    assert one == gradviz("show", *RUN).out and "contribut" not in one[:40]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x*y", "x=1", "y=2", "--view", "neurons"), "no weights are multiplied with inputs"),
        ((*RUN, "--view", "neuron"), "there is no view 'neuron'"),
        ((*RUN, "--view", "neurons", "--into", "a"), "not what is inside a node"),
        (("net:mlp:2-3-1", "x=[[1,2],[3,4]]", "--view", "neurons"), "neurons show one sample"),
        (("x*y", "x=1", "y=2", "--view", "matrix"), "no product of a matrix and a column"),
        (("net:tiny-cnn", "image=random:1", "--view", "neurons"), "the convolution comes before"),
        (("x*y", "x=1", "y=2", "--view", "volumes"), "nothing slides over"),
        (("x*y", "--view", "volumes"), "no shape for x, y"),
        (("net:mlp:2-3-1", "--view", "volumes"), "nothing slides over"),
    ],
)
@pytest.mark.parametrize("command", [("show",), ("render", "-o", "a.svg")])
def test_what_does_not_fit_is_one_message(
    gradviz: Gradviz, command: tuple[str, ...], words: tuple[str, ...], said: str
) -> None:
    done = gradviz(*command, *words)
    assert done.status == 1 and done.out == "" and not Path("a.svg").exists()
    errors = [line for line in done.err.splitlines() if not line.startswith("gradviz: note")]
    assert said in errors[0] and all(line.startswith("  ") for line in errors[1:])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--depth", "1"), "no scopes to fold"),
        (("--every", "node"), "has one frame per step"),
        (("--edges", "magnitude"), "edges does not apply"),
        (("--step", "13"), "there is no step 13"),
    ],
)
def test_options_of_graphs_are_refused(gradviz: Gradviz, words: tuple[str, ...], said: str) -> None:
    done = gradviz("render", *RUN, "--view", "neurons", *words, "-o", "a.svg")
    assert done.status == 1 and said in done.err and not Path("a.svg").exists()


@pytest.mark.parametrize("suffix", [".dot", ".json"])
def test_formats_of_graphs_are_refused(gradviz: Gradviz, suffix: str) -> None:
    done = gradviz("render", *RUN, "--view", "neurons", "-o", f"a{suffix}")
    assert done.status == 1 and f"{suffix} cannot hold them" in done.err


def test_a_graph_without_values_has_no_neurons(gradviz: Gradviz) -> None:
    done = gradviz("render", "net:mlp:2-3-1", "--view", "neurons", "-o", "a.svg")
    assert done.status == 1 and "without values cannot be shown as neurons" in done.err
    with pytest.raises(ValueInputError, match="without values"):
        gv.render("W @ x", "a.svg", view="neurons")
    with pytest.raises(UnknownNameError, match="there is no view"):
        gv.render("W @ x", "a.svg", view="nurons", W=[[1, 2]], x=[3, 4])
    done = gradviz("show", "net:mlp:2-3-1", "--summary", "--view", "neurons")
    assert done.status == 2 and "--view does not apply to a summary" in done.err


def test_a_forward_pass_alone_has_no_deltas(gradviz: Gradviz) -> None:
    done = gradviz("render", "net:mlp:2-3-2", "x=[1,2]", "--view", "neurons", "-o", "a.svg")
    assert done.status == 0 and "δ" not in Path("a.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("units", [3, 8, 15])
def test_a_network_in_text_is_no_longer_than_a_screen_or_two(gradviz: Gradviz, units: int) -> None:
    """Layers of more units are drawn in shorter forms, in a row each at last."""
    run = (f"net:mlp:4-{units}-2", "x=[1,2,3,4]", "--view", "neurons", "--step", "2")
    told = gradviz("show", *run, "--width", "120").out.splitlines()
    assert 10 < len(told) < 50 and any("h₂" in line for line in told[5:])


CLASSES = (*SCORES, "--view", "matrix", "--classes")


def test_classes_are_named_in_text_pictures_and_data(gradviz: Gradviz) -> None:
    told = gradviz("show", *CLASSES, "cat,car,plane").out
    assert "s₂ (car) is 0.969" in told and "u₂ (car) = -0.598" in told
    assert "car, true class" in told
    data = json.loads(gradviz("show", *CLASSES, "cat,car,plane", "--json").out)
    assert data["classes"] == ["cat", "car", "plane"] and data["labels"] == [1]
    assert gradviz("render", *CLASSES, "cat,car,plane", "--step", "2", "-o", "a.svg").status == 0
    texts = [t.text for t in ElementTree.parse("a.svg").iter() if t.text]
    assert {"cat", "car", "plane", "true class"} <= set(texts)
    assert gradviz("render", *CLASSES, "cat,car,plane", "-o", "a.txt").status == 0
    assert "s₂ (car)" in Path("a.txt").read_text(encoding="utf-8")
    units = gradviz("show", *SCORES, "--view", "neurons", "--classes", "cat,car,plane").out
    assert "car weighs its four inputs" in units


def test_classes_in_python(tmp_path: Path) -> None:
    trace = gv.run(SCORES[0], **IMAGE[1])
    gv.render(trace, tmp_path / "a.svg", view="matrix", classes=["cat", "car", "plane"], step=2)
    assert "plane" in (tmp_path / "a.svg").read_text(encoding="utf-8")


MANY = ",".join(f"c{k}" for k in range(1000))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*CLASSES, "cat,car"), "there are 3 rows and 2 names of classes"),
        ((*CLASSES, MANY), "there are 3 rows and 1,000 names of classes"),
        ((*CLASSES, "a,b,a"), "two classes are called a"),
        ((*CLASSES, f"a,b,{'c' * 31}"), "a class cannot be called that"),
        ((*CLASSES, f"a,b,{'c' * 10_000}"), "a class cannot be called that"),
        ((*SCORES, "--classes", "a,b,c"), "classes are the rows of a matrix"),
        ((*RUN, "--view", "neurons", "--classes", "a,b"), "1 output units and 2 names"),
    ],
)
@pytest.mark.parametrize("command", [("show",), ("render", "-o", "a.svg")])
def test_names_of_classes_that_do_not_fit_are_one_message(
    gradviz: Gradviz, command: tuple[str, ...], words: tuple[str, ...], said: str
) -> None:
    done = gradviz(*command, *words)
    assert done.status == 1 and done.out == "" and not Path("a.svg").exists()
    errors = [line for line in done.err.splitlines() if not line.startswith("gradviz: note")]
    assert said in errors[0] and all(line.startswith("  ") for line in errors[1:])
    assert len(done.err) < 600


def test_a_thousand_classes_are_folded(gradviz: Gradviz) -> None:
    run = ("s = W @ x; softmax_cross_entropy(s, y)", "W=random:1:1000x4", "x=[1,2,3,4]", "y=7")
    told = gradviz("show", *run, "--view", "matrix", "--classes", MANY, "--step", "1").out
    assert ("s₁ (c0)" in told and "996 more" in told) or "⋮" in told


@pytest.mark.parametrize("view", ["neurons", "matrix"])
def test_numbers_are_hidden_and_unknown_names_refused(gradviz: Gradviz, view: str) -> None:
    words = ("render", *SCORES, "--view", view, "-o", "a.svg")
    assert gradviz(*words, "--hide", "W", "--step", "2").status == 0
    texts = [t.text for t in ElementTree.parse("a.svg").iter() if t.text]
    assert "?" in texts and "Fill in the boxes." in texts and "0.35" not in texts
    done = gradviz(*words, "--path", "image..q", "--force")
    assert done.status == 1 and "'q' in this view" in done.err
    done = gradviz(*words, "--hide", "q", "--force")
    assert done.status == 1 and "nothing in the picture is called 'q'" in done.err
