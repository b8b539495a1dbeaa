"""The program line by line: what is typed, and what is heard."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from gradviz.arrays.digits import number
from gradviz.cli.commands.tui import _host
from gradviz.cli.opening import open_source
from gradviz_tui.plain import ANSWERING, CHOOSING, PROMPT, SHORT, WORDS, Reader
from gradviz_tui.walk.playground import Playground
from gradviz_tui.walk.setup import Setup
from tests.story.maths.test_words import left_over

BRANCH = ("x*x*y", "x=3", "y=2")
NORM = ("q = W @ x; sum(q**2)", "W=[[0.4,0.6],[0.7,-0.2]]", "x=[0.5,0.3]")


class Session:
    """A student who types these lines; `heard` are the answers, `prompts` what was asked."""

    def __init__(
        self, words: Sequence[str] | None, *typed: str, k: int = 0, view: str = ""
    ) -> None:
        self.heard: list[str] = []
        self.prompts: list[str] = []
        self._typed = iter(typed)
        self.reader = Reader(_host(), self._read, self.heard.append)
        if words is not None:
            options = {"view": view} if view else {}
            self.reader.begin(open_source(words[0], words[1:], **options), k)
        self.line = self.reader.run()

    def _read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        try:
            return next(self._typed)
        except StopIteration:
            raise EOFError from None

    def says(self, text: str) -> bool:
        return any(text in line for line in self.heard)


def test_a_whole_walk_forward_and_back() -> None:
    session = Session(BRANCH, *[""] * 8, "back", "b", "quit")
    steps = [line.split(":")[0] for line in session.heard if line.startswith("Step ")]
    assert steps == [*(f"Step {k} of 7" for k in range(1, 8)), "Step 6 of 7", "Step 5 of 7"]
    assert session.says("This was the last step.") and session.says("the last step already")
    assert "x: value 3, gradient 12." in session.heard  # d(x²y)/dx = 2xy
    assert session.line == 'gradviz tui "x*x*y" x=3 y=2 --at 5 --plain'
    assert set(session.prompts) == {PROMPT}


def test_an_edit_says_what_it_changed_and_undo_takes_it_back() -> None:
    session = Session(BRANCH, "edit x 4", "edit x = 5", "undo", "undo", "undo")
    assert session.says("f was 18, is now 32.") and session.says("f was 32, is now 50.")
    assert session.says("the gradient of x was 12, is now 16.")  # 2xy
    assert session.says("f was 50, is now 32.") and session.heard[-2] == "Nothing was edited."


def test_the_value_of_a_name_as_far_as_it_is_known() -> None:
    session = Session(BRANCH, "value f", "go 6", "value x", "end", "value x", "value q")
    assert "f: not computed yet." in session.heard
    assert "x: value 3, gradient 6 so far, 1 of 2 paths." in session.heard
    assert "x: value 3, gradient 12." in session.heard
    assert session.says("Q is not a value of this run. Expected: x, y, f and a.")


def test_a_quiz_by_words() -> None:
    answers = ("quiz", "5", "2", "", "skip", "skip", "no number", "stop", "quit")
    session = Session(BRANCH, "go 3", *answers)
    assert session.says("Backward through times f: what does it contribute to da?")
    assert session.says("Try again.") and session.says("Right: 2.")
    assert session.says("Hint: ") and session.says("The answer is 9.")
    assert session.says("Quiz: 0 of 2 right on the first try, 1 on the second try, 1 missed.")
    assert ANSWERING in session.prompts


def test_a_quiz_ends_where_no_question_is_left() -> None:
    session = Session(("x*y", "x=2", "y=3"), "quiz", "6", "3", "2")
    assert session.says("Quiz: 3 of 3 right on the first try. No questions are left.")


def test_a_source_is_chosen_by_name_or_typed() -> None:
    session = Session(None, "", "nothing known", "circuit", "open", "open x*y x=2 y=5", "end")
    assert session.prompts[:3] == [CHOOSING] * 3
    assert session.says("circuit: the first circuit")
    assert session.says("x times y plus z.") and "f: value 10, gradient 1." in session.heard
    assert Session(None, "quit").line == "" and Session(None).line == ""


def test_missing_values_are_asked_for_with_small_numbers() -> None:
    session = Session(None, "w*x + b x=5", "", "10", "end", "open a*b", "1/2")
    asked = [p for p in session.prompts if p.startswith("value of")]
    assert asked == [
        "value of w, or Enter for 2: ",
        "value of b, or Enter for 3: ",
        "value of a, or Enter for 2: ",
        "value of b, or Enter for 3: ",
    ]
    assert session.says("Inputs: w equals 2; x equals 5; b equals 10.")
    assert "f: value 20, gradient 1." in session.heard


def test_the_line_of_code_is_said_where_it_changes() -> None:
    session = Session(("a = x*y\na + 1", "x=2", "y=3"), *["next"] * 3)
    assert [line for line in session.heard if line.startswith("Line ")] == [
        "Line 1: a equals x times y.",
        "Line 2: a plus 1.",
    ]


def test_another_view_is_walked_likewise() -> None:
    words = ("s = W @ x + b; softmax_cross_entropy(s, 1)", "W=[[1,2],[3,4]]", "x=[1,-1]", "b=[0,1]")
    session = Session(words, "next", "value x", "quiz", "edit b [1,1]", "end", view="matrix")
    assert session.says("Row 1 of W meets x")
    assert session.says("This works in the graph, not in another view of it.")
    assert session.line.endswith("--view matrix --at 7 --plain")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("foo", "Foo is not a word that I know. Expected: next, back, go"),
        ("nxt", "Did you mean next?"),
        ("go", "Expected: a number from 0 to 7"),
        ("go 99", "There is no step 99. Expected: a number from 0 to 7."),
        ("edit", "is not an input"),
        ("edit q 3", "Q is not an input. Expected: x, y."),
        ("edit x", "Expected"),
        ("edit x banana", "Expected"),
        ("edit x [1,2]", "."),
        ("open x*", "An operand is missing after times."),
        ("open x*y x=1 y=2 x=3", "X is given twice."),
        ("value", "Nothing is not a value of this run."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(typed: str, said: str) -> None:
    session = Session(BRANCH, "go 2", typed)
    answer = " ".join(session.heard[session.heard.index("") - 1 :]) if typed else ""
    assert said in answer, session.heard[-2:]
    assert session.reader.place.k == 2 and not left_over(answer)


@pytest.mark.parametrize("words", [BRANCH, NORM])
def test_nothing_that_is_heard_holds_a_symbol(words: tuple[str, ...]) -> None:
    session = Session(
        words,
        "help",
        *["next"] * 9,
        "edit x 2",
        "undo",
        "repeat",
        "open",
        "got dx 3",
        "got banana",
        "quiz",
    )
    for line in session.heard:
        assert not left_over(line), line


def test_every_word_is_in_help_and_every_short_one_is_a_word() -> None:
    session = Session(BRANCH, "help")
    for name in WORDS:
        assert any(line.startswith(name) and line.endswith(".") for line in session.heard)
    assert set(SHORT.values()) <= set(WORDS)


def test_it_needs_no_terminal_and_loads_no_screen() -> None:
    code = (
        "import sys; sys.argv = ['gradviz', 'tui', 'x*y', 'x=2', 'y=3', '--plain']\n"
        "from gradviz.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('textual' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="end\nquit\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "f: value 6, gradient 1." in done.stdout and done.stdout.endswith("False\n")
    assert "\x1b" not in done.stdout and not done.stderr


def test_refused_beside() -> None:
    words = [sys.executable, "-m", "gradviz", "tui", "net:mlp:2-2-1", "--plain", "--serve"]
    done = subprocess.run(words, input="", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "does not go with --plain" in done.stderr


def trained(*typed: str) -> tuple[list[str], str]:
    """What is heard of a training on which these lines are typed, and the command that is left."""
    heard: list[str] = []
    lines = iter(typed)
    reader = Reader(_host(), lambda prompt: next(lines), heard.append)
    again = reader.train(Playground(Setup("net:mlp:2-4-2", "ring", lr=0.1)))
    return heard, again


def test_training_is_heard_pass_by_pass() -> None:
    """Losses and weights are those that the run keeps."""
    heard, again = trained("", "run 4", "back 2", "go 1", "change rate 0.5", "", "quit")
    kept = Setup("net:mlp:2-4-2", "ring", lr=0.1).begin()
    for _ in range(5):
        kept.step()
    before, gradient, after = (part["W2"][0, 0] for part in kept.moved(1))
    assert np.isclose(after, before - 0.1 * gradient)
    said = next(line for line in heard if line.startswith("W2"))
    assert f"to {number(after, 6)}" in said and "0.1 times that" in said
    steps = [line.split(":")[0] for line in heard if line.startswith(("Pass", "Before the"))]
    assert steps == [
        *("Before the first pass", "Pass 1 of 1 done", "Pass 5 of 5 done", "Pass 3 of 5 done"),
        *("Pass 1 of 5 done", "Pass 1 of 5 done", "Pass 2 of 5 done"),
    ]
    assert again == "gradviz tui net:mlp:2-4-2 --data ring --lr 0.5 --plain"
    assert not any(left_over(line) for line in heard)


def test_a_pass_is_walked_through_and_left_again() -> None:
    heard, _ = trained("walk", "next", "walk", "", "quit", "settings", "quit")
    assert any("Expected: next first" in line for line in heard)
    assert any(line.startswith("Step 1 of ") for line in heard)
    assert heard[-2] == "Back in training." and "rate 0.1" in heard[-1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train", "not a word that I know"),
        ("run x", "not a number of passes"),
        ("run 99999999999", "not a number of passes"),
        ("go 3", "was not done yet"),
        ("change foo 3", "no setting"),
        ("change rate -1", "learning rate"),
        ("change layers a", "no layers"),
        ("save", "no pass to save yet"),
    ],
)
def test_what_cannot_be_done_in_training_is_said(line: str, said: str) -> None:
    heard, _ = trained(line, "quit")
    assert said in heard[-1] and not left_over(heard[-1])


def test_training_is_opened_from_the_list() -> None:
    heard: list[str] = []
    lines = iter(["net:mlp:2-4-2 --data ring", "quit", "quit"])
    Reader(_host(), lambda prompt: next(lines), heard.append).run()
    assert any(line.startswith("Training net") for line in heard)


def test_a_training_run_is_saved_where_it_was_asked_for(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "gradviz", "tui", "net:mlp:2-2-2", "--data", "xor", "--plain"]
    where = tmp_path / "run.json"
    done = subprocess.run(
        [*words, "-o", str(where)],
        input="next\nnext\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0 and "its last pass: gradviz show" in done.stdout
    assert len(json.loads(where.read_text())["losses"]) == 2


def test_what_went_wrong_with_a_number_is_heard_with_its_step() -> None:
    session = Session(("L = log(a*b)", "a=2", "b=50"), "got L 2, da 0.5", "go 2")
    said = " ".join(session.heard)
    assert "base 10" in said and "Type go 2 to hear the step." in said
    assert "da equals 0.5 is right." in said
    gate = Session(("x*y + z", "x=-3", "y=5", "z=2"), "got dx -3")
    assert gate.says("in step 6;") and not gate.says("bracket")
    inside = Session(NORM, "got dx 0.304", view="neurons")
    assert inside.says("x has 2 numbers")


def test_numbers_are_heard_as_fractions() -> None:
    """3/16 + 1/8 = 5/16, and the line that reopens the walk asks for fractions too."""
    words = ("(x/16 + y)*x", "x=3", "y=1/8", "--numbers", "fractions", "--plain")
    program = [sys.executable, "-m", "gradviz", "tui", *words]
    told = subprocess.run(program, input="\n\nquit\n", capture_output=True, text=True, check=True)
    assert "equals 3 over 16 plus 1 over 8 equals 5 over 16" in told.stdout
    assert "--numbers fractions" in told.stdout.splitlines()[-1]


@pytest.mark.parametrize("beside", [("--data", "ring"), ("--serve",)])
def test_fractions_are_refused_where_there_are_none(beside: Sequence[str]) -> None:
    words = ("net:mlp:2-2-1", "x=[1,2]", *beside, "--numbers", "fractions")
    program = [sys.executable, "-m", "gradviz", "tui", *words]
    told = subprocess.run(program, capture_output=True, text=True, check=False)
    assert told.returncode == 2 and f"does not go with {beside[0]}" in told.stderr
