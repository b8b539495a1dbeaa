"""Staging: questions with their answers, one pass or one branch, words of the user's own."""

from __future__ import annotations

import math
import re
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

import gradviz as gv
from gradviz.engine.inside import views
from gradviz.errors import GradvizError
from gradviz.export.drawing import Drawing
from gradviz.export.look import Look
from gradviz.scene.hidden import THESE, Asked, is_question
from gradviz.scene.model import Image, Item, Maths, Rect, Scene, Text
from tests.sampled import sampled

W, X, B, T = 0.73125, 1.19375, -0.37625, 0.61375
RUN = gv.run("a = w*x; s = a + b; h = tanh(s); e = h - t; p = e**2; m = s*w; L = p + m",
             w=W, x=X, b=B, t=T)  # fmt: skip
A = W * X
S = A + B
H = math.tanh(S)
E = H - T
DS = 2 * E * (1 - H**2) + W
VALUES = {"a": A, "s": S, "h": H, "e": E, "p": E**2, "m": S * W, "L": E**2 + S * W}
GRADIENTS = {"e": 2 * E, "h": 2 * E, "t": -2 * E, "s": DS, "a": DS, "b": DS, "x": DS * W,
             "w": DS * X + S}  # fmt: skip
PARTIAL = {"s": [W, 2 * E * (1 - H**2)], "w": [S, DS * X]}
"""By hand: every value, every gradient, and what comes to one at a branch."""

NETWORK = gv.run(
    "h = tanh(W @ x + b); o = V @ h + c; L = sum((o - t)**2)",
    W=[[0.317, -0.731], [1.37, 0.871], [-0.593, 0.419]], b=[0.137, -0.239, 0.557], x=[0.913, 1.19],
    V=[[0.611, -1.13, 0.739], [1.57, 0.331, -0.179]], c=[0.271, -0.347], t=[0.157, -0.863],
)  # fmt: skip


def spelt(value: float) -> set[str]:
    """A number as it may be written, with four digits and more, without its sign."""
    return {f"{abs(value):.{digits}g}" for digits in (4, 5, 6, 7)}


def turns(walk: Any, steps: Any = None, **look: Any) -> tuple[Drawing, list[Any]]:
    drawing = Drawing(walk, Look(answers=True, **look))
    given = range(1, drawing.total + 1) if steps is None else steps
    return drawing, list(drawing.turns(list(given)))


def asked(walk: Any, steps: Any = None, **look: Any) -> list[int]:
    """The steps at which something is asked."""
    _, found = turns(walk, steps, **look)
    questions = [t for t in found if is_question(t)]
    answers = [t for t in found if isinstance(t, Asked) and t.answered]
    assert [t.k for t in questions] == [t.k for t in answers]
    return [t.k for t in questions]


def secrets(k: int) -> set[str]:
    """How the numbers may be written that step k makes and no earlier one has shown."""
    step = RUN.step(k)
    if step.kind == "forward":
        made = [VALUES[RUN.graph.nodes[step.node].name]]
    elif step.kind == "seed":
        return set()
    else:
        made = [step.contribution, step.after]
    known = [1.0, W, X, B, T, *(VALUES.values() if k > RUN.forward_steps else ())]
    for j in range(1, k):
        before = RUN.step(j)
        known += [VALUES[RUN.graph.nodes[before.node].name]] if before.kind == "forward" else []
        known += [before.contribution, before.after] if before.kind == "contribute" else []
    return set().union(*map(spelt, made)) - set().union(*map(spelt, known))


# What is asked
# ---------------------------------------------------------------------------------------------


def test_the_run_is_the_one_done_by_hand() -> None:
    for name, value in VALUES.items():
        assert RUN.value(name) == pytest.approx(value, rel=1e-12)
    for name, value in GRADIENTS.items():
        assert RUN.gradient(name) == pytest.approx(value, rel=1e-12)


def test_each_number_is_asked_once_where_it_is_first_known() -> None:
    forward, total = RUN.forward_steps, len(RUN)
    assert asked(RUN, hide=["values"]) == [*range(1, forward + 1)]  # inputs are given
    assert asked(RUN, hide=["gradients"]) == [*range(forward + 1, total + 1)]
    assert asked(RUN, hide=["h:value"]) == [3]
    (w,) = {RUN.graph.find("w")}
    comes = [k for k in range(1, total + 1) if (e := RUN.step(k).edge) and e.source == w]
    assert len(comes) == 2 and asked(RUN, hide=["w:gradient"]) == comes
    assert asked(RUN, hide=["x:value"], steps=[4, 5]) == [4]  # named, so asked


def test_what_was_skipped_is_asked_at_the_next_frame() -> None:
    assert asked(RUN, hide=["values"], steps=[2, 3, 7]) == [2, 3, 7]
    drawing, found = turns(RUN, hide=["values"], steps=[2, 5])
    scene = drawing.scenes(found)[2]
    boxes = {i.id for i in scene.items if i.id.endswith("-box")}
    assert boxes == {f"node-{RUN.graph.find(n)}-value-box" for n in ("h", "e", "p")}
    assert sentence(scene) == THESE


def sentence(scene: Scene) -> str:
    return " ".join(i.text for i in scene.items if i.id.startswith("sentence"))  # type: ignore[union-attr]


def test_how_it_is_asked() -> None:
    drawing, found = turns(RUN, hide=["values", "gradients"])
    said = dict(zip(found, map(sentence, drawing.scenes(found)), strict=True))
    words = {t.k: text for t, text in said.items() if isinstance(t, Asked) and not t.answered}
    assert words[1] == "What is the value of a?"
    back = {RUN.step(k).edge.source: words[k] for k in words if RUN.step(k).kind == "contribute"}  # type: ignore[union-attr]
    first = [words[k] for k in words if RUN.step(k).kind == "contribute"
             and RUN.step(k).edge.source == RUN.graph.find("s")]  # type: ignore[union-attr]  # fmt: skip
    assert first == ["What is the gradient of s so far?", "What is the gradient of s?"]
    assert back[RUN.graph.find("x")] == "What is the gradient of x?"


def test_what_came_before_stays_while_the_sum_is_asked() -> None:
    drawing, found = turns(RUN, hide=["w:gradient"])
    *_, question, _ = (t for t in found if isinstance(t, Asked))
    (scene,) = drawing.scenes([question])
    into = [i for i in scene.items if i.id.startswith("edge-0-") and i.id.endswith("contribution")]
    assert len(into) == 1


# Nothing moves, nothing is told
# ---------------------------------------------------------------------------------------------

WALKS = {
    "graph": (RUN, ["values", "gradients"]),
    "arrays": (NETWORK, ["values", "gradients"]),
    "neurons": (views.walk(NETWORK, "neurons"), ["h", "W:gradient", "V:gradient"]),
    "matrix": (views.walk(NETWORK, "matrix"), ["W:gradient", "x:gradient"]),
}


@sampled("kind", WALKS, few=2)
def test_nothing_moves_between_a_question_and_its_answer(kind: str) -> None:
    walk, hide = WALKS[kind]
    drawing, found = turns(walk, hide=hide)
    pairs = [pair for pair in pairwise(found) if is_question(pair[0])]
    assert len(pairs) >= 3
    for question, answer in pairs:
        without, whole = drawing.scenes([question, answer])
        assert (without.width, without.height) == (whole.width, whole.height)
        before = {i.id: i for i in without.items}
        after = {
            i.id: i for i in whole.items if not i.id.startswith(("sentence", "formula", "note"))
        }
        for key in before.keys() & after.keys():
            if before[key] != after[key]:  # a box in the place of its number
                assert isinstance(before[key], Rect) and isinstance(after[key], Text | Maths)
                assert middle(before[key]) == pytest.approx(middle(after[key]), abs=2.0)
        gone = after.keys() - before.keys()
        assert gone or any(isinstance(before[key], Rect) != isinstance(after[key], Rect)
                           for key in before.keys() & after.keys())  # fmt: skip


def middle(item: Item) -> float:
    if isinstance(item, Text):
        from gradviz.scene.blocks import wide

        left = {"start": 0.0, "middle": 0.5, "end": 1.0}[item.anchor]
        return item.x + (0.5 - left) * wide(item.text, item.size)
    assert not isinstance(item, Image) and isinstance(item, Rect | Maths)
    return item.x + item.width / 2


SUFFIXES = (".svg", ".tex", ".tikz", ".dot", ".html", ".md", ".pdf", ".pptx")


def text_of(path: Path) -> str:
    """All that a file says, as far as it is text; for a page the pictures beside it too."""
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        return " ".join(page.get_textpage().get_text_range() for page in document)
    if path.suffix == ".pptx":
        with zipfile.ZipFile(path) as deck:
            parts = [n for n in deck.namelist() if n.endswith((".xml", ".svg", ".rels"))]
            return " ".join(deck.read(name).decode() for name in parts)
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        question, _, _ = text.partition("**Answer**")
        shown = re.findall(r"\(([^()]*-question\.svg)\)", question)
        return " ".join([question, *((path.parent / name).read_text("utf-8") for name in shown)])
    return text


def numbers(text: str) -> set[str]:
    return set(re.findall(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.]*\d)", text.replace("{,}", "")))


STEPS = [k for k in range(1, len(RUN) + 1) if secrets(k)]


@sampled(("suffix", "k"), [(s, k) for s in SUFFIXES for k in STEPS], few=4)
def test_the_file_of_a_question_gives_no_number_away(suffix: str, k: int, tmp_path: Path) -> None:
    """The answer's has it, which shows that it would have been found."""
    name = tmp_path / ("a{k}" + suffix)
    steps = [k - 1, k] if k > 1 else [k]
    if suffix == ".md":  # both stand on one page
        name = tmp_path / "a.md"
    gv.render(RUN, name, steps=steps, hide="values,gradients", answers=True)
    if suffix == ".md":
        page = name.read_text("utf-8").rsplit("###", 1)
        name.write_text("###" + page[-1])
        question, answer = name, page[-1]
    else:
        question, answer = tmp_path / f"a{k}-question{suffix}", text_of(tmp_path / f"a{k}{suffix}")
    assert not numbers(text_of(question)) & secrets(k)
    assert numbers(answer) & secrets(k)


@pytest.mark.parametrize("suffix", [".svg", ".html", ".dot"])
def test_the_end_of_a_run_is_asked_as_a_whole(suffix: str, tmp_path: Path) -> None:
    gv.render(RUN, tmp_path / ("{k}" + suffix), step="final", hide="gradients", answers=True)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {f"final{suffix}", f"final-question{suffix}"}
    told = numbers((tmp_path / f"final-question{suffix}").read_text("utf-8"))
    assert not told & (spelt(DS * W) | spelt(GRADIENTS["w"]) | spelt(2 * E))


def test_a_handout_of_hidden_numbers_gives_none_away(tmp_path: Path) -> None:
    gv.render(RUN, tmp_path / "a.pdf", steps=[9, 12], hide="gradients", pages="handout-4")
    shown = numbers(text_of(tmp_path / "a.pdf"))
    assert not shown & (secrets(9) | secrets(12) | spelt(2 * E)) and spelt(H) & shown


def test_what_is_dark_is_not_asked() -> None:
    (w,) = [RUN.graph.find("w")]
    comes = [k for k in range(1, len(RUN) + 1) if (e := RUN.step(k).edge) and e.source == w]
    assert asked(RUN, hide=["gradients"], spotlight=["w"]) == comes
    walk = views.walk(NETWORK, "neurons")
    whole = asked(walk, hide=["W:gradient"])
    assert asked(walk, hide=["W:gradient"], spotlight=["h_1", "x_1"]) == whole
    with pytest.raises(GradvizError, match="nothing to answer"):
        asked(walk, hide=["W:gradient"], spotlight=["o_1"])


def test_renamed_nodes_go_by_their_old_names(tmp_path: Path) -> None:
    gv.render(RUN, tmp_path / "{k}.svg", rename={"h": "y"}, branch="h..p", direction="forward")
    assert "In the spotlight: y, e, p." in (tmp_path / "4.svg").read_text()


# Which frames there are
# ---------------------------------------------------------------------------------------------


def files(tmp_path: Path, subject: Any = RUN, **options: Any) -> list[str]:
    made = gv.render(subject, tmp_path / "{k}.svg", **options)
    return [file.stem for file in made.files]


def test_one_pass_alone(tmp_path: Path) -> None:
    forward, total = RUN.forward_steps, len(RUN)
    ahead, back = range(1, forward + 1), range(forward + 1, total + 1)
    assert files(tmp_path, direction="forward") == [*map(str, ahead)]
    assert files(tmp_path, direction="backward") == [*map(str, back)]
    assert f"step {back[0]} of {total}" in (tmp_path / f"{back[0]}.svg").read_text()
    assert files(tmp_path, direction="backward", steps="6-9") == ["8", "9"]


def test_one_branch_alone(tmp_path: Path) -> None:
    """x reaches L through a, s, h, e, p and through a, s, m: 14 edges less those of w, b, t."""
    nodes = {RUN.graph.find(n) for n in ["x", "a", "s", "h", "e", "p", "m", "L"]}
    on = [k for k in range(1, len(RUN) + 1) if (step := RUN.step(k)).kind != "contribute"
          or {step.edge.source, step.edge.target} <= nodes]  # type: ignore[union-attr]  # fmt: skip
    assert files(tmp_path, branch="x..L") == [*map(str, on)]
    some = files(tmp_path, branch="h..p", direction="backward")
    assert [RUN.step(int(k)).edge.source for k in some] == [  # type: ignore[union-attr]
        RUN.graph.find("e"), RUN.graph.find("h"),
    ]  # fmt: skip
    picture = (tmp_path / f"{some[0]}.svg").read_text()
    assert "In the spotlight: h, e, p." in picture and "wire back" not in picture


def test_a_single_picture_shows_the_last_of_them(tmp_path: Path) -> None:
    gv.render(RUN, tmp_path / "a.svg", direction="forward")
    assert f"step {RUN.forward_steps} of" in (tmp_path / "a.svg").read_text()
    gv.render(RUN, tmp_path / "b.svg", direction="forward", steps="all")
    assert (tmp_path / "b.svg").read_text().count("<set ") > RUN.forward_steps


@pytest.mark.parametrize("view", ["neurons", "matrix"])
def test_other_views_have_passes_too(view: str, tmp_path: Path) -> None:
    walk = views.walk(NETWORK, view)
    ahead = range(1, walk.forward_steps + 1)
    assert files(tmp_path, walk, direction="forward") == [*map(str, ahead)]
    assert len(files(tmp_path, walk, direction="backward")) == len(walk) - walk.forward_steps


def test_a_branch_through_units_and_entries(tmp_path: Path) -> None:
    """Steps of neurons: 3 + 2 units, the loss; δ of 2, their weights, δ of 3, weights, inputs.
    Of the product: 3 rows; the bias, 3 rows of weights, 2 inputs.
    """
    network = views.walk(NETWORK, "neurons")
    assert files(tmp_path, network, branch="x_1..h_2..L") == [
        *map(str, (2, 4, 5, 6, 7, 8, 9, 11, 13, 14)),
    ]  # fmt: skip
    product = views.walk(NETWORK, "matrix")
    assert files(tmp_path, product, branch="x_1..g_2") == ["2", "8"]
    assert files(tmp_path, product, branch="W_12..g_1") == ["1", "5"]
    assert "In the spotlight: W_12..g_1." in (tmp_path / "5.svg").read_text()


@pytest.mark.proof
def test_the_frames_of_every_format_come_in_pairs(tmp_path: Path) -> None:
    options: dict[str, Any] = {"hide": "gradients", "answers": True, "direction": "backward"}
    count = 2 * (len(RUN) - RUN.forward_steps)
    gv.render(RUN, tmp_path / "a.pdf", **options)
    assert len(pypdfium2.PdfDocument(tmp_path / "a.pdf")) == count
    gv.render(RUN, tmp_path / "a.pptx", **options)
    with zipfile.ZipFile(tmp_path / "a.pptx") as deck:
        slides = [n for n in deck.namelist() if re.fullmatch(r"ppt/slides/slide\d+\.xml", n)]
    assert len(slides) == count
    gv.render(RUN, tmp_path / "a.html", **options)
    assert (tmp_path / "a.html").read_text("utf-8").count("<li><p") == count
    gv.render(RUN, tmp_path / "a.md", **options)
    assert (tmp_path / "a.md").read_text("utf-8").count("**Answer**") == count // 2
    gv.render(RUN, tmp_path / "a.tex", **options)
    frames = re.findall(r"<(\d+)(?:-(\d+))?>", (tmp_path / "a.tex").read_text())
    assert max(int(n) for pair in frames for n in pair if n) == count


# Words of the user's own
# ---------------------------------------------------------------------------------------------

OWN = "Two paths meet here."


@sampled("suffix", [".svg", ".html", ".md", ".ltx", ".tex", ".pptx", ".pdf"], few=3)
def test_own_words_stand_at_their_step_in_every_format(suffix: str, tmp_path: Path) -> None:
    usual = tmp_path / f"usual{suffix}"
    gv.render(RUN, usual, steps=[3, 4])
    own = tmp_path / f"own{suffix}"
    gv.render(RUN, own, steps=[3, 4], say={4: OWN})
    assert "paths meet" in flat(text_of(own)) and "paths meet" not in flat(text_of(usual))
    if suffix in (".svg", ".md"):
        assert "h − t" not in own.read_text("utf-8").replace(" = h − t", "")


def flat(text: str) -> str:
    return " ".join(text.replace("\\ ", " ").split())


def test_own_words_ask_and_the_usual_ones_answer(tmp_path: Path) -> None:
    gv.render(RUN, tmp_path / "{k}.svg", steps=[3], hide="h", answers=True, say={3: "What now?"})
    question, answer = ((tmp_path / f"3{end}.svg").read_text() for end in ("-question", ""))
    assert "What now?" in question and "What now?" not in answer and "tanh" in answer


def test_own_words_go_before_a_caption_for_all(tmp_path: Path) -> None:
    gv.render(RUN, tmp_path / "{k}.svg", steps=[3, 4], caption="The same.", say="4=Not this.")
    third, fourth = ((tmp_path / f"{k}.svg").read_text() for k in (3, 4))
    assert ">The same.<" in third and ">Not this.<" in fourth and ">The same.<" not in fourth


# Slips
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"answers": True}, "nothing is hidden"),
        ({"hide": "nosuch", "answers": True}, "nothing in the picture is called"),
        ({"hide": "gradients", "answers": True, "direction": "forward"}, "nothing to answer"),
        ({"spotlight": "nosuch"}, "nothing in the picture is called"),
        ({"spotlight": "x..nosuch"}, "there is no node 'nosuch'"),
        ({"direction": "sideways"}, "steps go forward or backward"),
        ({"direction": "forward", "step": 3}, "step asks for one frame"),
        ({"branch": "x..L", "step": "final"}, "step asks for one frame"),
        ({"direction": "forward", "steps": "12-14"}, "belongs to the forward pass"),
        ({"branch": "h..p", "steps": "1-2"}, r"belongs to branch h\.\.p"),
        ({"branch": "x"}, "a path is given by its ends"),
        ({"branch": "x..x"}, "no gradient goes along a path from x to x"),
        ({"branch": "L..x"}, "no gradient goes along a path from L to x"),
        ({"branch": "x..nosuch"}, "there is no node 'nosuch'"),
        ({"branch": "x..L", "paths": "x..L"}, "paths are shown at the end"),
        ({"say": {99: "a"}}, "there is no step 99"),
        ({"say": {2: "a"}, "steps": [3]}, "words are given for step 2, which is not drawn"),
        ({"say": {2: ""}}, "the words to step 2 are empty"),
        ({"say": {2: "a" * 10_000}}, "too long for a slide"),
        ({"say": "here=a"}, "'here' is not a step"),
        ({"say": "3"}, "words to a step are given as STEP=TEXT"),
        ({"say": ["3=a", "3=b"], "steps": "all"}, "two texts are given for step 3"),
        ({"say": {2.5: "a"}}, "words to a step are given as STEP=TEXT"),
        ({"say": {True: "a"}}, "words to a step are given as STEP=TEXT"),
        ({"say": {3: "a"}, "only": "graph", "steps": "all"}, "only graph leaves that out"),
    ],
)
def test_slips(options: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(GradvizError, match=said) as refused:
        gv.render(RUN, tmp_path / "a.svg", **options)
    assert len(str(refused.value)) < 900 and list(tmp_path.iterdir()) == []


def test_one_picture_cannot_hold_both(tmp_path: Path) -> None:
    with pytest.raises(GradvizError, match=r"2 frames do not fit into one \.png"):
        gv.render(RUN, tmp_path / "a.png", step=9, hide="gradients", answers=True)
    with pytest.raises(GradvizError, match="two pictures"):
        gv.to_dot(RUN, hide="gradients", answers=True)


def test_walks_without_passes_and_branches(tmp_path: Path) -> None:
    cells = gv.into(gv.run("sum(W @ x)", W=[[1.0, 2], [3, 4]], x=[5.0, 6]), "a")
    with pytest.raises(GradvizError, match="a walk over cells has other steps"):
        gv.render(cells, tmp_path / "a.pdf", branch="x..f")
    walk = views.walk(NETWORK, "matrix")
    with pytest.raises(GradvizError, match="no step of the backward pass in a walk over matrix"):
        gv.render(walk, tmp_path / "a.pdf", branch="g_1..L", direction="backward")
    only = gv.run("x > y", x=1.0, y=2.0)
    with pytest.raises(GradvizError, match="has no backward pass"):
        gv.render(only, tmp_path / "a.pdf", direction="backward")
    with pytest.raises(GradvizError, match="no steps to choose from"):
        gv.render("x*y", tmp_path / "a.pdf", direction="forward")
    assert list(tmp_path.iterdir()) == []
