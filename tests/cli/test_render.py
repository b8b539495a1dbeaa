"""`gradviz render`, as a user meets it."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from tests.sampled import sampled

Gradviz = Callable[..., Any]
CIRCUIT = ("(x*y + z) * maximum(y, z)", "x=1.5", "y=2", "z=-1")
NORM = ("q = W @ x; sum(q**2)", "W=[[0.4,0.6],[0.7,-0.2]]", "x=[0.5,0.3]")
SUFFIXES = [".dot", ".html", ".json", ".pdf", ".png", ".pptx", ".svg", ".txt"]
MOVING = [".gif", ".apng", ".mp4", ".webm", ".svg"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names() -> list[str]:
    return sorted(p.name for p in Path().iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_suffix_says_the_format(gradviz: Gradviz, suffix: str) -> None:
    done = gradviz("render", *CIRCUIT, "-o", f"a{suffix}")
    assert (done.status, done.out, done.err) == (0, f"a{suffix}\n", "")
    beginnings = {
        ".svg": b"<",
        ".png": b"\x89PNG",
        ".pdf": b"%PDF",
        ".pptx": b"PK\x03\x04",
        ".dot": b"//",
        ".txt": b"#",
        ".json": b"{",
        ".html": b"<!doctype html>",
    }
    assert Path(f"a{suffix}").read_bytes().startswith(beginnings[suffix])


@pytest.mark.parametrize("suffix", MOVING)
def test_steps_in_one_file_move(gradviz: Gradviz, suffix: str) -> None:
    small = () if suffix == ".svg" else ("--scale", "0.1")
    words = ("--steps", "1-3", "--seconds", "0.5", *small)
    done = gradviz("render", *CIRCUIT, *words, "-o", f"a{suffix}")
    assert (done.status, done.out, done.err) == (0, f"a{suffix}\n", "")
    content = Path(f"a{suffix}").read_bytes()
    signs = {
        ".gif": (b"GIF89a", b"NETSCAPE2.0"),
        ".apng": (b"\x89PNG", b"acTL\0\0\0\3"),
        ".mp4": (b"\0\0\0", b"ftyp"),
        ".webm": (b"\x1a\x45\xdf\xa3", b"1000/500"),
        ".svg": (b"<svg", b'dur="2000ms"'),
    }
    start, inside = signs[suffix]
    assert content.startswith(start) and inside in content


@pytest.mark.parametrize("pages", ["slide", "figure", "handout-4", "handout-6", "poster"])
def test_the_pages_of_a_pdf(gradviz: Gradviz, pages: str) -> None:
    done = gradviz("render", *NORM, "--pages", pages, "-o", "a.pdf")
    assert (done.status, done.out, done.err) == (0, "a.pdf\n", "")
    counts = {"slide": 8, "figure": 8, "handout-4": 2, "handout-6": 2, "poster": 1}
    assert len(pdfium.PdfDocument("a.pdf")) == counts[pages]


def test_the_deck_of_the_issue_page_by_page(gradviz: Gradviz) -> None:
    assert gradviz("render", *NORM, "-o", "norm.pdf").status == 0
    pages = [
        page.get_textpage().get_text_range().split() for page in pdfium.PdfDocument("norm.pdf")
    ]
    # W, x, q = W @ x, q², Σ forward; the seed; Σ, the power, W and x backward.
    assert len(pages) == 8
    assert {"0.38", "0.29"} <= set(pages[0]) and "0.228" not in pages[0]
    for number in ("0.38", "0.228", "0.29", "0.174", "0.71", "0.34"):
        assert number in pages[-1]


def test_steps_to_a_pattern_and_to_a_folder(gradviz: Gradviz) -> None:
    done = gradviz("render", *CIRCUIT, "--steps", "3-9", "-o", "out/step-{k:02}.dot")
    assert done.status == 0 and done.out.split() == [f"out/step-{k:02}.dot" for k in range(3, 10)]
    assert gradviz("render", *CIRCUIT, "--every", "node", "-o", "nodes/").status == 0
    assert [p.name for p in sorted(Path("nodes").iterdir())] == [
        f"step-{k:02}.svg" for k in (1, 2, 3, 4, 5, 7, 9, 11, 13)
    ]
    assert gradviz("render", *CIRCUIT, "--step", "4", "-o", "one.dot").status == 0
    assert "step 4 of 13" in Path("one.dot").read_text()


def test_options_of_the_run(gradviz: Gradviz) -> None:
    words = (
        "render",
        "x*y",
        "x=2",
        "y=3",
        "--wrt",
        "y",
        "--upstream",
        "5",
        "--dtype",
        "float32",
        "-o",
        "a.json",
    )
    assert gradviz(*words).status == 0
    trace = json.loads(Path("a.json").read_text())
    assert (trace["dtype"], trace["gradients"]["1"]) == ("float32", 10.0) and "0" not in trace[
        "gradients"
    ]
    assert gradviz("render", "x*y", "--backend", "exact", "-o", "b.txt").status == 0
    assert "dx = y, dy = x" in Path("b.txt").read_text()


def test_no_values_draw_the_bare_graph(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch) -> None:
    for suffix in (".svg", ".png", ".pdf", ".pptx", ".dot"):
        assert gradviz("render", "x*y + z", "-o", f"a{suffix}").status == 0
    assert "->" in Path("a.dot").read_text() and "step" not in Path("a.dot").read_text()
    monkeypatch.setattr(sys, "stdin", io.StringIO("x**2"))
    assert gradviz("render", "-", "-o", "b.dot").status == 0
    some = gradviz("render", "x*y + z", "x=1", "-o", "c.svg")
    assert some.status == 1 and some.refused and "y and z" in some.err


def test_a_saved_trace_and_its_drawings_are_the_same(gradviz: Gradviz) -> None:
    gradviz("trace", *CIRCUIT, "-o", "run.json")
    for suffix in SUFFIXES:
        assert gradviz("render", *CIRCUIT, "-o", f"a{suffix}").status == 0
        assert gradviz("render", "run.json", "-o", f"b{suffix}").status == 0
        assert Path(f"a{suffix}").read_bytes() == Path(f"b{suffix}").read_bytes()


def test_what_is_worth_saying_is_said_beside_the_output(gradviz: Gradviz) -> None:
    forward = gradviz("render", "2*v", "v=[1,2]", "-o", "a.dot")
    assert forward.status == 0 and "note: The output is an array of the shape" in forward.err
    strange = gradviz("render", "log(x)", "x=0", "-o", "b.svg")
    assert strange.status == 0 and "warning" in strange.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("-o", "a.svgg"), 1, "did you mean .svg"),
        (("-o", "figure"), 1, "figure.svg"),
        (("-o", "a.svg", "--theme", "drak"), 1, "did you mean dark"),
        (("-o", "a.svg", "--theme", "no.toml"), 1, "no.toml"),
        (("-o", "a.gif", "--seconds", "0"), 1, "from 0.05 to 60 seconds"),
        (("-o", "a.gif", "--seconds", "-1"), 1, "from 0.05 to 60 seconds"),
        (("-o", "a.apng", "--seconds", "nan"), 1, "from 0.05 to 60 seconds"),
        (("-o", "a.gif", "--seconds", "two"), 2, "a number"),
        (("-o", "a.svg", "--seconds", "2"), 1, "--steps all"),
        (("-o", "a.gif", "--fragments"), 1, ".svg respects it"),
        (("-o", "a.png", "--theme", "auto"), 1, "light or dark"),
        (("-o", "a.pdf", "--pages", "handout-5"), 2, "did you mean handout-6?"),
        (("-o", "a.mp4", "--transparent"), 1, "a theme with a ground"),
        (("-o", "a.svg", "--step", "14"), 1, "there is no step 14"),
        (("-o", "a.pdf", "--steps", "9-14"), 1, "there are no steps 9-14"),
        (("-o", "a.png", "--steps", "all"), 1, "a-{k:02}.png"),
        (("-o", "no/such/a.svg"), 1, "mkdir -p"),
        (("-o", "a.svg", "--scale", "3"), 1, "does not apply to .svg"),
        (("-o", "a.txt", "--width", "12"), 1, "the width is too small"),
        (("-o", "a.svg", "--engine", "/no/such/dot"), 1, "/no/such/dot"),
        ((), 2, "--output"),
        (("-o",), 2, "-o needs a value"),
        (("-o", "a.svg", "--step", "1", "--steps", "2"), 2, "one of them"),
        (("-o", "a.svg", "--step", "1", "--every", "node"), 2, "one of them"),
        (("-o", "a.svg", "--step", "two"), 2, "two"),
        (("-o", "a.svg", "--every", "edge"), 2, "edge"),
        (("-o", "a.svg", "--steps", "x"), 2, "is not a step or a range of steps"),
        (("-o", "a.svg", "--digits", "0"), 2, "0"),
        (("-o", "a.svg", "--thene", "dark"), 2, "--theme"),
        (("-o", "a.svg", "--around", "f", "--hops", "0"), 2, "a whole number from 1 to 10,000"),
        (("-o", "a.svg", "--around", "f", "--hops", "far"), 2, "a whole number from 1 to 10,000"),
        (("-o", "a.svg", "--scale", "big"), 2, "expected: a number"),
        (("-o", "a.svg", "--around", "nosuch"), 1, "no node called 'nosuch'"),
        (("-o", "a.svg", "--slide", "1:0"), 2, "expected: 16:9, 4:3 or none"),
        (("-o", "a.svg", "--edges", "magnitud"), 2, "did you mean magnitude?"),
        (("-o", "a.svg", "--width", "3"), 1, "a width from 100"),
        (("-o", "a.svg", "--hide", "nosuch"), 1, "nothing in the picture is called 'nosuch'"),
        (("-o", "a.svg", "--hide", "x:slope"), 1, "x:value or x:gradient"),
        (("-o", "a.svg", "--path", "f..nosuch"), 1, "got:      path f..nosuch"),
        (("-o", "a.svg", "--path", "x"), 1, "x..f, or x..a..f"),
        (("-o", "a.svg", "--path", "f..x"), 1, "x..f"),
        (("-o", "a.svg", "--rename", "x"), 1, "got:      rename x"),
        (("-o", "a.svg", "--rename", "nosuch=y"), 1, "there is no node 'nosuch' to rename"),
        (("-o", "a.svg", "--rename", f"x={'n' * 10_000}"), 1, "10,000 characters"),
        (("-o", "a.svg", "--note", "nosuch=y"), 1, "nothing in the picture is called 'nosuch'"),
        (("-o", "a.svg", "--note", f"x={'n' * 10_000}"), 1, "10,000 characters"),
        (("-o", "a.txt", "--note", "x=an input"), 1, "note does not apply to .txt"),
        (("-o", "a.svg", "--caption", "n" * 10_000), 1, "10,000 characters"),
        (("-o", "a.svg", "--without", "title"), 1, "a picture has no part 'title'"),
        (("-o", "a.svg", "--only", "formula"), 1, "only the graph can stand alone"),
        (("-o", "a.svg", "--image", "x"), 1, "x cannot be drawn as an image"),
    ],
)  # fmt: skip
def test_bad_input_is_one_message_and_no_file(
    gradviz: Gradviz, words: tuple[str, ...], status: int, said: str
) -> None:
    done = gradviz("render", *CIRCUIT, *words)
    assert done.status == status and done.refused and said in done.err
    assert names() == []


def test_an_input_is_never_written_over(gradviz: Gradviz) -> None:
    gradviz("trace", *CIRCUIT, "-o", "run.json")
    before = Path("run.json").read_bytes()
    Path("w.csv").write_text("1,2\n")
    os.link("w.csv", "link.dot")
    Path("mine.toml").write_text('base = "light"\n')
    Path("theme.svg").symlink_to("mine.toml")
    for words in (
        ("run.json", "-o", "run.json"),
        ("run.json", "-o", "./run.json"),
        ("sum(w)", "w=@w.csv", "-o", "link.dot"),
        ("x*x", "x=2", "--theme", "./mine.toml", "-o", "theme.svg"),
    ):
        done = gradviz("render", *words, "--force")
        assert done.status == 1 and done.refused and "is an input" in done.err
    assert Path("run.json").read_bytes() == before and Path("w.csv").read_text() == "1,2\n"


def test_a_foreign_file_asks_for_force(gradviz: Gradviz) -> None:
    Path("a.svg").write_text("<svg/>")
    done = gradviz("render", *CIRCUIT, "-o", "a.svg")
    assert done.status == 1 and done.refused and "--force" in done.err
    assert Path("a.svg").read_text() == "<svg/>" and names() == ["a.svg"]
    assert gradviz("render", *CIRCUIT, "-o", "a.svg", "--force").status == 0
    assert gradviz("render", *CIRCUIT, "-o", "a.svg").status == 0


def test_a_theme_file(gradviz: Gradviz) -> None:
    Path("mine.toml").write_text('[colours]\nvalue = "#004488"\n')
    assert gradviz("render", *CIRCUIT, "--theme", "mine.toml", "-o", "a.svg").status == 0
    assert "#004488" in Path("a.svg").read_text()
    Path("mine.toml").write_text('[colours]\nvalue = "blue"\n')
    assert "value" in gradviz("render", *CIRCUIT, "--theme", "mine.toml", "-o", "b.svg").err


def test_an_interrupt_in_the_middle_of_a_deck(
    gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real Ctrl-C, while the fifth of thirteen files is brought to the disk."""
    calls = iter(range(100))
    monkeypatch.setattr(
        os, "fsync", lambda _: signal.raise_signal(signal.SIGINT) if next(calls) == 4 else None
    )
    done = gradviz("render", *CIRCUIT, "-o", "new/")
    assert (done.status, done.out, done.err) == (1, "", "gradviz: stopped\n")
    assert names() == []


ENDED = """
import os, signal, sys
from gradviz.cli.main import main

calls = iter(range(100))
fsync = os.fsync
os.fsync = lambda _: os.kill(os.getpid(), signal.Signals[sys.argv[1]]) if next(calls) == 4 else None
main(sys.argv[2:])
"""
"""The program, sent a signal while the fifth file is brought to the disk."""


@sampled(
    ("how", "status"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", 1), ("SIGKILL", -9)], few=2
)
def test_a_render_that_is_ended_leaves_nothing_or_the_next_one_clears_it_away(
    gradviz: Gradviz, how: str, status: int
) -> None:
    Path("new").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", ENDED, how, "render", *CIRCUIT, "-o", "new/"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status and not done.stdout
    if how == "SIGKILL":
        assert not done.stderr and len(list(Path("new").iterdir())) == 5
    else:
        assert done.stderr == "gradviz: stopped\n" and not list(Path("new").iterdir())
    assert gradviz("render", *CIRCUIT, "-o", "new/").status == 0
    assert {path.suffix for path in Path("new").iterdir()} == {".svg"}


def test_a_program_that_ignores_hangups_goes_on(gradviz: Gradviz) -> None:
    """As under nohup."""
    code = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{ENDED}"
    done = subprocess.run(
        [sys.executable, "-c", code, "SIGHUP", "render", *CIRCUIT, "-o", "new/"], check=False
    )
    assert done.returncode == 0 and len(list(Path("new").iterdir())) == 13


def test_a_full_disk(gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = gradviz("render", *CIRCUIT, "-o", "a.pdf")
    assert done.status == 1 and done.refused and "No space left on device" in done.err
    assert names() == []


def test_a_page_is_embedded_by_what_is_printed(gradviz: Gradviz) -> None:
    done = gradviz("render", *CIRCUIT, "-o", "a walk.html", "--embed")
    path, frame = done.out.splitlines()
    assert path == "a walk.html" and frame.startswith('<iframe src="a%20walk.html" ')
    refused = gradviz("render", *CIRCUIT, "-o", "a.svg", "--embed")
    assert (refused.status, refused.out) == (1, "") and "only a page can be embedded" in refused.err
    assert not Path("a.svg").exists()
