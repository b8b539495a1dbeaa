"""`gradviz show`, as a user meets it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gradviz.cli.examples import EXAMPLES
from gradviz.cli.sources import run_source
from gradviz.export.reports.walks.graph import panels
from gradviz.scene.characters import CharacterScene
from gradviz.story.frame import Story

GOLDEN = Path(__file__).parent.parent / "golden"
Gradviz = Callable[..., "object"]
NEURON = ("sigmoid(w0*x0 + w1*x1 + w2)", "w0=2", "x0=-1", "w1=-3", "x1=-2", "w2=-3")
NORM = ("q = W @ x; sum(q**2)", "W=[[0.4,0.6],[0.7,-0.2]]", "x=[0.5,0.3]")


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        (("x*y + z", "x=-3", "y=5", "z=2"), "f = -13\ndx = 5, dy = -3, dz = 1\n"),
        (("(x + y)*z", "x=-2", "y=5", "z=-4"), "f = -12\ndx = -4, dy = -4, dz = 3\n"),
        (
            NEURON,
            "f = 0.7311\ndw0 = -0.1966, dx0 = 0.3932, dw1 = -0.3932, dx1 = -0.5898, dw2 = 0.1966\n",
        ),
        (NORM, "dW = [[0.38, 0.228], [0.29, 0.174]], dx = [0.71, 0.34]\n"),
        (("-x**2", "x=3"), "f = -9\ndx = -6\n"),
        (("x*x", "x=3"), "f = 9\ndx = 6\n"),
        (("x - x", "x=3"), "f = 0\ndx = 0\n"),
        (("x/x", "x=3"), "f = 1\ndx = 0\n"),
        (("x*y", "x=1/3", "y=6", "--backend", "exact"), "f = 2\ndx = 6, dy = 1/3\n"),
        (("x*y", "--backend", "exact"), "f = x*y\ndx = y, dy = x\n"),
        (("x*y", "x=2", "y=3", "--upstream", "5"), "f = 6\ndx = 15, dy = 10\n"),
        (("x*y", "x=2", "y=3", "--wrt", "y"), "f = 6\ndy = 2\n"),
        (("sqrt(x)", "x=2", "--backend", "exact"), "f = sqrt(2)\ndx = sqrt(2)/4\n"),
    ],
)
def test_the_last_lines(gradviz: Gradviz, words: tuple[str, ...], ending: str) -> None:
    shown = gradviz("show", *words)
    assert shown.status == 0 and not shown.err
    assert shown.out.endswith(ending)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("look", ("(x*y + z) * maximum(y, z)", "x=1.5", "y=2", "z=-1")),
        ("neuron", NEURON),
        ("norm-index", (*NORM, "--index")),
        ("branch-step-9", ("y*(2*y) + y", "y=3", "--step", "9")),
        ("strange", ("log(x)/y", "x=-1", "y=0")),
        ("ascii", ("x*y + z", "x=-3", "y=5", "z=2", "--ascii")),
    ],
)
def test_goldens(gradviz: Gradviz, name: str, words: tuple[str, ...]) -> None:
    """Looked at line by line before they were kept; REGOLD=1 writes them anew."""
    shown = gradviz("show", *words)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("REGOLD"):
        path.write_text(shown.out, encoding="utf-8")
    assert shown.out == path.read_text(encoding="utf-8")


def test_three_uses_are_counted_and_summed(gradviz: Gradviz) -> None:
    out = gradviz("show", "y*(2*y) + y", "y=3").out
    assert out.index("1 of 3") < out.index("2 of 3") < out.index("Σ 1 + 6 + 6 = 13")


def test_an_expression_may_begin_with_a_minus(gradviz: Gradviz) -> None:
    assert gradviz("show", "-x**2", "x=3", "--brief").out.endswith("dx = -6\n")
    assert gradviz("show", "--x", "x=3", "--brief").out.endswith("dx = 1\n")


def test_options_may_stand_anywhere(gradviz: Gradviz) -> None:
    ways = [
        gradviz("show", "--steps=3-5", "x*y", "x=1", "y=2"),
        gradviz("show", "x*y", "--steps", "3-", "x=1", "y=2"),
    ]
    assert [w.status for w in ways] == [1, 0]  # four steps: 3-5 goes beyond the end
    assert "3 of 4" in ways[1].out and "2 of 4" not in ways[1].out


def test_brief_is_the_table_only(gradviz: Gradviz) -> None:
    assert (
        gradviz("show", "a = x*y; a + z", "x=-3", "y=5", "z=2", "--brief").out
        == "node  value  gradient\n"
        "x     -3     5\n"
        "y     5      -3\n"
        "z     2      1\n"
        "a     -15    1\n"
        "f     -13    1\n"
        "\n"
        "f = -13\n"
        "dx = 5, dy = -3, dz = 1\n"
    )


def test_an_array_output_is_shown_forward_only(gradviz: Gradviz) -> None:
    shown = gradviz("show", "x + y", "x=[1,2]", "y=1")
    assert shown.status == 0 and "Backward" not in shown.out
    assert "The output is an array of the shape (2,), not a scalar" in shown.out


def test_strange_numbers_warn_and_the_walk_goes_on(gradviz: Gradviz) -> None:
    shown = gradviz("show", "log(x) + exp(y)", "x=-1", "y=1000")
    assert shown.status == 0
    assert (
        shown.err
        == "gradviz: warning: step 1: log(-1) has no real value: log takes numbers above 0.\n"
    )
    assert "!1 of 8" in shown.out and "!2 of 8" in shown.out


def test_values_from_files_and_seeds(gradviz: Gradviz, tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.array([[1.0, 2.0], [3.0, 4.0]]))
    (tmp_path / "x.csv").write_text("5,6\n")
    out = gradviz(
        "show", "sum(W @ x)", f"W=@{tmp_path}/w.npy", f"x=@{tmp_path}/x.csv", "--brief"
    ).out
    assert "dW = [[5, 6], [5, 6]], dx = [4, 6]" in out
    once, again, other = (
        gradviz("show", "sum(x)", f"x=random:{seed}:2x3", "--brief").out for seed in (7, 7, 8)
    )
    assert once == again != other


def test_standard_input_and_saved_traces(
    gradviz: Gradviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", __import__("io").StringIO("x*y + z\n"))
    first = gradviz("show", "-", "x=-3", "y=5", "z=2")
    assert first.out.endswith("dx = 5, dy = -3, dz = 1\n")
    saved = tmp_path / "run.json"
    for words in (NEURON, NORM, ("x*y", "--backend", "exact"), ("log(x)", "x=-1")):
        assert gradviz("trace", *words, "-o", str(saved)).status == 0
        assert gradviz("show", str(saved)).out == gradviz("show", *words).out


def test_json_holds_sentences_and_formulas(gradviz: Gradviz) -> None:
    told = json.loads(gradviz("show", *NORM, "--json").out)
    assert told["total"] == 8 and len(told["steps"]) == 8
    assert told["steps"][6]["formula"]["unicode"][0] == "∂f/∂W ← u xᵀ"
    assert told["gradients"]["x"] == pytest.approx([0.71, 0.34])


def test_large_graphs_are_said_not_drawn(gradviz: Gradviz) -> None:
    out = gradviz("show", "+".join(["x"] * 300), "x=1", "--steps", "1-2").out
    assert "too many to draw in 100 columns" in out


BAD = [
    (("x*y + z", "x=-3", "y=5"), 1, "no value for z"),
    (("x*y",), 1, "no value for x and y"),
    (("x*y", "x=1", "y=2", "q=3"), 1, "no input called 'q'"),
    (("width*y", "widht=1", "y=2"), 1, "did you mean width?"),
    (("W @ x", "W=[[1,2],[3,4]]", "x=[1,2,3]"), 1, "(2, 2) and (3,)"),
    (("", "x=1"), 1, "there is no expression"),
    (("x" * 1_000_000, "x=1"), 1, "200,000"),
    (("__import__('os').system('true')",), 1, "there is no op '__import__'"),
    (("x.t", "x=1"), 1, "W.T"),
    (("lambda x: x", "x=1"), 1, "lambda"),
    (("sigmiod(x)", "x=1"), 1, "did you mean sigmoid?"),
    (("x*y", "x=[1,[2]]", "y=2"), 1, "the value of x"),
    (("x*y", "x=1", "y=abc"), 1, "the value of y"),
    (("x*y", "x=1", "y="), 1, "the value of y is empty"),
    (("x", "x=@nowhere.npy"), 1, "the value of x: there is no file nowhere.npy"),
    (("x", "x=@photo.bmp"), 1, ".jpg, .jpeg, .csv or .tsv file"),
    (("x", "x=random:seven"), 1, "random:SEED"),
    (("x*y", "x=1", "y=2", "--wrt", "q"), 1, "wrt names an unknown input"),
    (("x", "x=1", "--backend", "exat"), 1, "did you mean exact?"),
    (("x", "x=1", "--dtype", "float16"), 1, "float64, float32"),
    (("log(x)", "x=-1", "--backend", "exact"), 1, "no real, finite value"),
    (("1/x", "x=0", "--backend", "exact"), 1, "infinity"),
    (("x", "x=nan", "--backend", "exact"), 1, "finite numbers only"),
    (("x", "x=1", "--step", "2"), 1, "there is no step 2"),
    (("x", "x=1", "--steps", "0-1"), 1, "there are no steps 0-1"),
    (("x + 1", "x=[1,2]", "--upstream", "[1,2,3]"), 1, "does not fit the output"),
    (("nowhere.json",), 1, "there is no file nowhere.json"),
    (("net:lenet",), 1, "there is no network 'lenet'"),
    (("x", "x=1", "--steps", "a-b"), 2, "is not a step or a range of steps"),
    (("x", "x=1", "--step", "1", "--steps", "1"), 2, "different things"),
    (("x", "x=1", "x=2"), 2, "x is given twice"),
    (("x", "1"), 2, "NAME=VALUE"),
    (("x", "x=1", "--bakend", "exact"), 2, "did you mean --backend?"),
    (("x", "x=1", "--digits", "0"), 2, "digits"),
    (("x", "x=1", "--width", "5"), 2, "at least 40"),
    ((), 2, "SOURCE"),
]


@pytest.mark.parametrize(("words", "status", "says"), BAD, ids=[" ".join(b[0])[:40] for b in BAD])
def test_bad_input_gets_one_message(
    gradviz: Gradviz, words: tuple[str, ...], status: int, says: str
) -> None:
    refused = gradviz("show", *words)
    assert refused.refused and refused.status == status
    assert says in refused.err and len(refused.err) < 1500


@pytest.mark.parametrize(
    "text", ["not json", "[]", '{"schema": "gradviz.trace/2"}', '{"schema": "x"}', ""]
)
def test_files_that_are_no_traces(gradviz: Gradviz, tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    refused = gradviz("show", str(path))
    assert refused.refused and refused.status == 1


def test_a_trace_takes_no_values(gradviz: Gradviz, tmp_path: Path) -> None:
    path = str(tmp_path / "a.json")
    gradviz("trace", "x", "x=1", "-o", path)
    refused = gradviz("show", path, "x=2")
    assert refused.status == 1 and "already has its values" in refused.err


def test_unknown_commands_are_answered_with_the_nearest(gradviz: Gradviz) -> None:
    assert gradviz("shwo", "x").err.endswith("did you mean show?\n")
    assert gradviz("x*y", "x=1").status == 2


def test_deep_and_long_expressions(gradviz: Gradviz) -> None:
    deep = "(" * 3000 + "x" + ")" * 3000
    assert gradviz("show", deep, "x=2", "--brief").out.endswith("dx = 1\n")
    long = "+".join(["x"] * 10_000)
    assert gradviz("show", long, "x=1", "--brief").out.endswith("dx = 10000\n")
    assert gradviz("show", "-" * 5000 + "x", "x=1", "--brief").status == 0


# The real program, for what only a process shows.


def program(*words: str, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gradviz", *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )  # type: ignore[call-overload]


def test_two_processes_write_the_same_text_and_json() -> None:
    for command in ("show", "trace"):
        outs = []
        for seed in ("0", "4711"):
            process = program(command, *NORM, env={**os.environ, "PYTHONHASHSEED": seed})
            outs.append(process.communicate())
        assert outs[0] == outs[1] and outs[0][0]


def test_a_reader_that_goes_away() -> None:
    process = program("show", "+".join(["x"] * 3000), "x=1", "--steps", "all")
    assert process.stdout is not None and process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) in (0, 1) and errors == ""


def test_ctrl_c_in_a_long_walk() -> None:
    process = program("show", "+".join(["x"] * 9000), "x=1")
    assert process.stdout is not None
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 1 and errors == "gradviz: stopped\n"


def test_a_terminal_without_unicode_gets_ascii() -> None:
    process = program("show", "x*y", "x=1", "y=2", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    out, errors = process.communicate()
    assert out.isascii() and "df/dx" in out and not errors


def test_values_that_nothing_uses_are_shown_and_said(gradviz: Gradviz) -> None:
    done = gradviz("show", "r = x*y; q = r + 1; p = 2*x; x + y", "x=2", "y=3")
    assert done.status == 0
    assert "warning: nothing uses q and p; only the last statement is differentiated" in done.err
    told = " ".join(done.out.split())
    assert (
        "2 of 7 Nothing uses q: only the last statement, f, is differentiated."
        " q = r + 1 = 6 + 1 = 7" in told
    )
    assert "Nothing uses r" not in done.out and done.out.rstrip().endswith("dx = 1, dy = 1")
    quiet = gradviz("show", "r = x*y; r + y", "x=2", "y=3")
    assert quiet.err == "" and "Nothing uses" not in quiet.out
    assert "nothing uses r" in gradviz("check", "r = x*y; x + y", "x=2", "y=3").err


def test_a_whole_number_that_no_float_keeps_is_refused(gradviz: Gradviz) -> None:
    shown = gradviz("show", "x - 9007199254740992", "x=9007199254740993")
    assert (shown.status, shown.out) == (1, "")
    assert "more digits than a float keeps" in shown.err and "the exact backend" in shown.err
    exact = gradviz("show", "x - 9007199254740992", "x=9007199254740993", "--backend", "exact")
    assert exact.out.endswith("f = 1\ndx = 1\n")


def test_a_wide_picture_is_parted_between_cards(gradviz: Gradviz) -> None:
    shown = gradviz("show", *NEURON, "--width", "60", "--step", "1").out
    parts = shown.partition("Forward")[0].split("(part ")[1:]
    assert len(parts) > 1
    for part in parts:
        assert part.count("╭") == part.count("╮") and part.count("╰") == part.count("╯")
        assert not part.strip("\n").endswith("\n\n")


WIDE = [
    *((example.source, *example.values) for example in EXAMPLES),
    ("e0=exp(s0); e1=exp(s1); e2=exp(s2); p=e0/(e0+e1+e2); -log(p)", "s0=3.2", "s1=5.1", "s2=-1.7"),
    (
        "s = x @ Wq @ transpose(x @ Wk)/2; sum(softmax(s) @ (x @ Wv))",
        *(f"{name}=random:1:3x3" for name in ("x", "Wq", "Wk", "Wv")),
    ),
    ("unused_but_given = a*b*c*d*e; x*y", *(f"{name}=2" for name in "abcdexy")),
]


@pytest.mark.parametrize("words", WIDE, ids=[words[0][:40] for words in WIDE])
def test_no_page_of_a_picture_cuts_a_card_or_the_number_beside_it(words: tuple[str, ...]) -> None:
    story = Story(run_source(words[0], words[1:], (), None, "numpy", "float64"))
    for options, width in itertools.product(({}, {"labels": False}), range(40, 140, 7)):
        layout = CharacterScene(story, **options).layout
        cards = layout.boxes.values()
        if max(card.width for card in cards) + layout.label_width + 1 > width:
            continue
        pages = panels(layout, width)
        assert [a for a, _ in pages] == [0, *(b for _, b in pages[:-1])]
        assert pages[-1][1] == layout.width and all(0 < b - a <= width for a, b in pages)
        for _, cut in pages[:-1]:
            assert not any(card.x < cut < card.x + card.width for card in cards)
            beside = [path[-1][0] for path in layout.paths.values()]
            assert not any(x - layout.label_width < cut <= x for x in beside)


# --- for screen readers


def test_plain_says_a_step_a_line_in_words(gradviz: Gradviz) -> None:
    shown = gradviz("show", "x*y + z", "x=-3", "y=5", "z=2", "--plain")
    assert shown.status == 0 and not shown.err
    lines = shown.out.splitlines()
    assert lines[:5] == [
        "x times y plus z.",
        "Inputs: x equals minus 3; y equals 5; z equals 2.",
        "7 steps.",
        "Forward.",
        "Step 1 of 7: a equals x times y equals minus 3 times 5 equals minus 15.",
    ]
    assert (
        "Step 6 of 7: times swaps its inputs: x receives the upstream gradient times y, 1 times 5 "
        "equals 5. The gradient of f in x gets the gradient of f in a times y equals 1 times 5 "
        "equals 5."
    ) in lines
    assert lines[-5:] == [
        "Results.",
        "x: value minus 3, gradient 5.",
        "y: value 5, gradient minus 3.",
        "z: value 2, gradient 1.",
        "f: value minus 13, gradient 1.",
    ]
    brief = gradviz("show", "x*y + z", "x=-3", "y=5", "z=2", "--plain", "--brief").out
    assert brief.splitlines()[-2] == "a: value minus 15, gradient 1." and "Step" not in brief


def test_plain_adds_up_at_a_branch_and_warns_first(gradviz: Gradviz) -> None:
    shown = gradviz("show", "x*x", "x=3", "--plain").out
    assert "1 of 2 paths are in: 0 plus 3 becomes 3." in shown
    assert "All 2 paths are in: 3 plus 3 equals 6." in shown
    strange = gradviz("show", "log(x)", "x=-1", "--plain", "--step", "1").out
    assert "Step 1 of 3: Attention: log of minus 1 has no real value" in strange
    flat = gradviz("show", "relu(x)", "x=[1,-2]", "--plain").out
    assert "For a backward pass, make a scalar of it, for example with sum" in flat


def test_plain_says_the_line_of_code_where_there_are_lines(gradviz: Gradviz) -> None:
    shown = gradviz("show", "a = x*y\na + 1", "x=2", "y=3", "--plain").out.splitlines()
    assert [line for line in shown if line.startswith("Line ")] == [
        "Line 1: a equals x times y.",
        "Line 2: a plus 1.",
        "Line 1: a equals x times y.",
    ]
    alone = gradviz("show", "x*y", "x=2", "y=3", "--plain").out
    assert "Line" not in alone


@pytest.mark.parametrize("view", ["neurons", "matrix", "volumes"])
def test_plain_leads_through_every_view(gradviz: Gradviz, view: str) -> None:
    words = {
        "neurons": ("net:mlp:2-2-1", "x=[0.5,-1]"),
        "matrix": ("sum(W @ x)", "W=[[1,2]]", "x=[1,1]"),
        "volumes": ("net:tiny-cnn", "image=random:1:1x5x5", "label=1"),
    }[view]
    shown = gradviz("show", *words, "--view", view, "--plain")
    assert shown.status == 0 and "Step 1 of" in shown.out and "│" not in shown.out


@pytest.mark.parametrize("option", ["--summary", "--json", "--samples", "--width=60"])
def test_plain_refuses_what_it_cannot_say(gradviz: Gradviz, option: str) -> None:
    shown = gradviz("show", "x*y", "x=1", "y=2", "--plain", option)
    assert (shown.status, shown.out) == (2, "")
    assert f"{option.partition('=')[0]} does not go with --plain" in shown.err


def test_a_gradient_that_is_used_once_has_its_only_contribution(gradviz: Gradviz) -> None:
    wide = "x=" + str([[1.25, 2.5, 3.125, 4.0625, 5.75, 6.5, 7.5]] * 2).replace(" ", "")
    shown = gradviz("show", "sum(x*x*x)", wide, "--width", "80").out
    assert "in so far" not in shown and "dx: this contribution is added" in shown
    assert "db: its only contribution" in shown


@pytest.mark.parametrize(
    "words",
    [
        ("(x/4 + y)*x - maximum(x, y)/8", "x=3", "y=1/8"),
        ("x*y**2/8 + relu(-x)", "x=3/4", "y=-1/2"),
        ("sum(W @ x)", "W=[[1/2,1/4],[3,1/8]]", "x=[1/2,3/2]"),
        ("a = x**2; b = a/4; a*b - 0.5*x", "x=3/2"),
    ],
)
def test_fractions_are_those_of_exact_arithmetic(gradviz: Gradviz, words: tuple[str, ...]) -> None:
    """Floats hold these numbers exactly, so both walks are the same to the letter."""
    found = gradviz("show", *words, "--numbers", "fractions")
    exact = gradviz("show", *words, "--backend", "exact")
    assert found.out == exact.out and "/8" in found.out


def test_numbers_are_digits_or_fractions(gradviz: Gradviz) -> None:
    found = gradviz("show", "x", "x=1", "--numbers", "percent")
    assert found.status == 2 and "fractions" in found.err
