"""`--into`: a node cell by cell, or in its simpler ops, as a user meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

import gradviz as gv

Gradviz = Callable[..., Any]
POOL = (
    "maxpool2d(x, 3, stride=2)",
    "x=[[1,3,2,7,2],[5,1,3,0,5],[4,8,5,0,6],[3,2,6,0,8],[0,7,4,6,9]]",
    "--upstream",
    "[[1,-2],[3,0.5]]",
)
LAYER = ("h = linear(x, w); sum(relu(h))", "x=[1,2]", "w=[[1,2],[3,-4]]")
SOFTMAX = ("p = softmax(s); sum(p * [1, 0])", "s=[1,2]")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_lecturers_deck_with_one_command(gradviz: Gradviz) -> None:
    """Eight pages, a window each; the outputs of the lecture, 8 7 / 8 9, then every gradient back
    to its winner.
    """
    done = gradviz("render", *POOL, "--into", "f", "-o", "pool.pdf")
    assert (done.status, done.out, done.err) == (0, "pool.pdf\n", "")
    pages = [page.get_textpage().get_text_range() for page in pdfium.PdfDocument("pool.pdf")]
    assert len(pages) == 8
    for k, winner in enumerate((8, 7, 8, 9)):
        assert f"{winner} is the largest of 9." in pages[k] and f"window {k + 1} of 4" in pages[k]
    assert "overlapping windows" in " ".join(pages[6].split()) and "1 + 3" in pages[6]


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".txt"])
def test_every_kind_of_picture(gradviz: Gradviz, suffix: str) -> None:
    assert gradviz("render", *POOL, "--into", "f", "--step", "7", "-o", f"a{suffix}").status == 0
    assert Path(f"a{suffix}").stat().st_size > 300
    again = gradviz("render", *POOL, "--into", "f", "--step", "7", "-o", f"b{suffix}")
    assert again.status == 0 and Path(f"a{suffix}").read_bytes() == Path(f"b{suffix}").read_bytes()


def test_a_folder_and_a_choice_of_steps(gradviz: Gradviz) -> None:
    assert (
        gradviz(
            "render",
            *POOL,
            "--into",
            "maxpool2d",
            "--steps",
            "5-7",
            "--theme",
            "dark",
            "-o",
            "out/",
        ).status
        == 0
    )
    assert sorted(p.name for p in Path("out").iterdir()) == [
        "step-5.svg",
        "step-6.svg",
        "step-7.svg",
    ]
    assert gradviz("render", *POOL, "--into", "f", "--steps", "2,3", "-o", "p-{k}.txt").status == 0
    assert " 2 of 8  window 2 of 4" in Path("p-2.txt").read_text()
    assert gradviz("render", *POOL, "--into", "f", "--step", "0", "-o", "start.svg").status == 0


def test_show_tells_the_walk_and_json_gives_it_as_data(gradviz: Gradviz) -> None:
    shown = gradviz("show", *POOL, "--into", "f")
    assert (
        shown.status == 0
        and shown.out == (Path(__file__).parents[1] / "golden/cells-lecture.txt").read_text()
    )
    assert gradviz("show", *POOL, "--into", "f", "--ascii").out.isascii()
    found = json.loads(gradviz("show", *POOL, "--into", "f", "--json", "--step", "7").out)
    assert [s["step"] for s in found["steps"]] == [7] and found["steps"][0]["upstream"] == 3


def test_a_composite_opens_into_its_own_steps(gradviz: Gradviz) -> None:
    inside = gv.enter(gv.run(SOFTMAX[0], s=[1, 2]), "p")
    shown = gradviz("show", *SOFTMAX, "--into", "p", "--json")
    assert shown.status == 0 and json.loads(shown.out)["total"] == len(inside)
    assert gradviz("render", *SOFTMAX, "--into", "p", "-o", "p.dot").status == 0
    assert gradviz("render", *SOFTMAX, "--into", "p", "-o", "p.svg").status == 0


def test_a_path_steps_in_twice(gradviz: Gradviz) -> None:
    shown = gradviz("show", *LAYER, "--into", "h/f", "--step", "1")
    assert shown.status == 0 and shown.out.startswith("Forward through matrix product of w and x\n")


def test_a_forward_pass_alone_says_how_to_get_a_backward_one(gradviz: Gradviz) -> None:
    out = gradviz("show", "avgpool2d(x, 1)", "x=[[1,2],[3,4]]", "--into", "f").out
    assert "4 of 4  window 4 of 4" in out and "upstream" in out.splitlines()[-1]


BAD: list[tuple[tuple[str, ...], int, str]] = [
    ((*POOL, "--into", "g", "-o", "a.svg"), 1, "there is no node 'g'"),
    ((*POOL, "--into", "x", "-o", "a.svg"), 1, "x is an input: there is nothing inside"),
    ((*LAYER, "--into", "f", "-o", "a.svg"), 1, "f is one step of sum: there is nothing inside"),
    ((*LAYER, "--into", "h/x", "-o", "a.svg"), 1, "x is an input"),
    ((*POOL, "--into", "f/f", "-o", "a.svg"), 1, "f is one step of maxpool2d"),
    (("x * y", "x=1", "y=2", "--into", "f", "-o", "a.svg"), 1, "a graph with a convolution"),
    ((*POOL, "--into", "f", "--step", "9", "-o", "a.svg"), 1, "there is no step 9"),
    ((*POOL, "--into", "f", "--steps", "3-12", "-o", "a.pdf"), 1, "there are no steps 3-12"),
    (
        (*POOL, "--into", "f", "-o", "a.dot"),
        1,
        "figures of cells are not graphs, so .dot cannot hold them",
    ),
    (
        (*POOL, "--into", "f", "-o", "a.json"),
        1,
        "figures of cells are not graphs, so .json cannot hold them",
    ),
    ((*POOL, "--into", "f", "--every", "node", "-o", "a.pdf"), 1, "one frame per step"),
    ((*POOL, "--into", "f", "--engine", "system", "-o", "a.svg"), 1, "engine does not apply"),
    ((*POOL, "--into", "f", "--depth", "1", "-o", "a.svg"), 1, "no scopes to fold"),
    (("maxpool2d(x, 2)", "--into", "f", "-o", "a.svg"), 1, "cannot be stepped into"),
    (
        ("maxpool2d(x, 2)", "x=random:1:200x200", "--into", "f", "-o", "a.pdf"),
        1,
        "at most 2,000 are drawn at once: --steps 1-2000 fits",
    ),
]


@pytest.mark.parametrize(("words", "status", "said"), BAD)
def test_bad_input(gradviz: Gradviz, words: tuple[str, ...], status: int, said: str) -> None:
    done = gradviz("render", *words)
    assert done.status == status and done.refused and said in done.err, done.err
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("--brief", "--brief does not apply"),
        ("--index", "--index does not apply"),
        ("--step=9", "there is no step 9"),
    ],
)
def test_options_of_graphs_are_refused_by_show(gradviz: Gradviz, flag: str, said: str) -> None:
    done = gradviz("show", *POOL, "--into", "f", flag)
    assert done.status in (1, 2) and done.refused and said in done.err


def test_what_can_be_entered_is_listed(gradviz: Gradviz) -> None:
    assert "one of h (linear)" in gradviz("show", *LAYER, "--into", "q").err


def test_python_takes_into_and_a_walk_of_its_own() -> None:
    x = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    done = gv.render("avgpool2d(x, 2, stride=1)", "a.svg", x=x, into="f", step=2)
    walk = gv.cells(gv.run("avgpool2d(x, 2, stride=1)", x=x), "f")
    same = gv.render(walk, "b.svg", step=2)
    assert done.files[0].read_bytes() == same.files[0].read_bytes()
    with pytest.raises(gv.GradvizError, match="only a run can be stepped into"):
        gv.render("avgpool2d(x, 2)", "c.svg", into="f")
    with pytest.raises(gv.GradvizError, match="already has its values"):
        gv.render(walk, "c.svg", x=x)


def test_more_steps_than_can_be_told_are_refused_with_those_that_can(
    gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four windows forward take a million operations each; 2.5 million are enough for two."""
    monkeypatch.setattr("gradviz.trace.cells.MOST", 2_500_000)
    for flags in ((), ("--json",)):
        done = gradviz("show", *POOL, "--into", "f", *flags)
        assert done.status == 1 and not done.out
        assert done.err.strip().endswith("at most 2.5 million are done: --steps 1-2 fits")
        assert len(done.err.splitlines()) == 1
        assert gradviz("show", *POOL, "--into", "f", "--steps", "1-2", *flags).status == 0
        assert gradviz("show", *POOL, "--into", "f", "--steps", "1-3", *flags).status == 1


def test_a_deck_is_as_long_as_is_said(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradviz.export.render.MOST_PICTURES", 3)
    done = gradviz("render", "x*y + x", "x=1", "y=2", "-o", "a.pdf")
    assert done.refused and done.status == 1 and not list(Path().iterdir())
    assert done.err.strip().endswith("at most 3 are drawn at once: --steps 1-3 fits")
    assert gradviz("render", "x*y + x", "x=1", "y=2", "--steps", "1-3", "-o", "a.pdf").status == 0
    assert gradviz("render", "x*y + x", "x=1", "y=2", "-o", "a.json").status == 0
