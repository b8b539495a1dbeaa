"""The real program on a real terminal: a lecture example from the first frame to the shell."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.tui.samples import MARK
from tests.tui.terminal import HANGS, Terminal

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ptys are POSIX")
EXAMPLE = ("tui", "x*y + max(y, z) + 3*y", "x=2", "y=1", "z=4")
RIGHT, LEFT, DOWN, ESCAPE, BACK = "\x1b[C", "\x1b[D", "\x1b[B", "\x1b", "\x7f"


def test_a_whole_lecture_example(tmp_path: Path) -> None:
    """Steps, a resize, the quiz, a live edit, an export, a check, and out; one process, as a
    student has it.
    """
    with Terminal(EXAMPLE, cwd=str(tmp_path)) as terminal:
        terminal.until("step 0 of 15")
        terminal.press(RIGHT * 6)
        terminal.until("step 6 of 15")
        terminal.press(LEFT)
        terminal.until("step 5 of 15")
        terminal.resize(120, 40)
        terminal.until("V where from")
        terminal.press("G")
        terminal.until("dz: 0 + 1 → 1")
        terminal.press("m")
        terminal.until("step 6 of 15")
        terminal.press("Q")
        terminal.until("Quiz, step 7")
        terminal.press("7\r")
        terminal.until("Try again.")
        terminal.press("2/2\r")
        terminal.until("Right: 1.")
        terminal.press(ESCAPE)
        terminal.until("e edit")
        terminal.press("e")
        terminal.until("Change an input")
        terminal.press(" /\r")
        terminal.until("operand is missing")
        terminal.press(BACK * 3)
        terminal.press(" 5\r")
        terminal.until("was 2")
        terminal.press("x")
        terminal.until("Save this frame as")
        terminal.press("\r")
        terminal.until("Saved step-07.svg")
        terminal.press("v")
        terminal.until("agrees")
        terminal.press("q")
        assert terminal.end() == 0
        assert terminal.is_sane
        assert (
            'Reopen exactly here: gradviz tui "x*y + max(y, z) + 3*y" x=5 y=1 z=4 --at 7'
            in terminal.out.decode()
        )
    assert (tmp_path / "step-07.svg").stat().st_size > 1000


def test_a_network_folded_searched_and_stepped_into() -> None:
    """Search, the arrays, a convolution window by window, scopes that fold; and the command that
    opens it so again.
    """
    with Terminal(("tui", "net:tiny-cnn", "image=digit:3", "label=1"), size=(100, 30)) as terminal:
        terminal.until("step 0 of 17")
        terminal.press("/")
        terminal.until("Which node?")
        terminal.press("image\r")
        terminal.until("image  input")
        terminal.press("a")
        terminal.until("image gradient")
        terminal.until("not known yet")
        terminal.press("a/")
        terminal.until("Which node?")
        terminal.press("a\r")
        terminal.until("a = image")
        terminal.press("\r")
        terminal.until("window 1 of 36")
        terminal.press(RIGHT * 3)
        terminal.until("4 of 36  window 4 of 9")
        terminal.press(BACK)
        terminal.until("step 0 of 17")
        terminal.press("F")
        terminal.until("step 0 of 13")
        terminal.until("10 parameters")
        terminal.press("q")
        assert terminal.end() == 0 and terminal.is_sane
        assert (
            "gradviz tui net:tiny-cnn image=digit:3 label=1 --depth 1 --at 0"
            in terminal.out.decode()
        )


def test_a_signal_before_the_program_is_there_leaves_the_terminal_sane() -> None:
    """The first frame is on the screen before Textual is loaded."""
    with Terminal(("tui", *MARK)) as terminal:
        terminal.until("quit")
        os.kill(terminal.pid, signal.SIGTERM)
        terminal.end()
        assert terminal.is_sane


def test_keys_of_the_first_moment_are_not_lost() -> None:
    with Terminal(("tui", *MARK)) as terminal:
        terminal.until("quit")
        terminal.press("lll\r")
        terminal.until("step 3 of 13")
        terminal.press("q")
        assert terminal.end() == 0 and terminal.is_sane


def test_at_begins_there_and_ctrl_c_leaves() -> None:
    with Terminal(("tui", *MARK, "--at", "10")) as terminal:
        terminal.until("step 10 of 13")
        terminal.press("\x03")
        assert terminal.end() == 0 and terminal.is_sane
        assert "--at 10" in terminal.out.decode()


def test_sigterm_leaves_the_terminal_sane() -> None:
    with Terminal(("tui", *MARK)) as terminal:
        terminal.until("q quit")
        os.kill(terminal.pid, signal.SIGTERM)
        terminal.end()
        assert terminal.is_sane


@pytest.mark.parametrize("words", [("tui", *MARK), ("tui",)])
def test_a_hangup_ends_the_program(words: tuple[str, ...]) -> None:
    with Terminal(words) as terminal:
        terminal.until("q quit" if len(words) > 1 else "Enter: open")
        os.kill(terminal.pid, signal.SIGHUP)
        assert terminal.end() == -signal.SIGHUP


def test_a_closed_terminal_ends_the_program() -> None:
    with Terminal(("tui", *MARK)) as terminal:
        terminal.until("q quit")
        os.close(terminal.fd)
        terminal.fd = -1
        limit = time.monotonic() + HANGS
        while os.waitpid(terminal.pid, os.WNOHANG) == (0, 0):
            assert time.monotonic() < limit, "it runs on without a terminal"
            time.sleep(0.02)
        terminal.pid = 0


def test_no_color_is_heeded_and_16_colours_do() -> None:
    colour = re.compile(rb"\x1b\[[0-9;]*(?:3[0-7]|38;|4[0-7]|48;|9[0-7])[0-9;]*m")
    with Terminal(("tui", *MARK, "--at", "10"), env={"NO_COLOR": "1"}) as terminal:
        terminal.until("q quit")
        assert not colour.search(terminal.out)
        terminal.press("q")
        terminal.end()
    with Terminal(("tui", *MARK, "--at", "10"), env={"TERM": "linux", "COLORTERM": ""}) as terminal:
        terminal.until("q quit")
        assert (
            colour.search(terminal.out)
            and b"38;2" not in terminal.out
            and b"38;5" not in terminal.out
        )
        terminal.press("q")
        terminal.end()


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "linux", "COLORTERM": ""}])
def test_the_playground_keeps_to_the_colours_that_there_are(env: dict[str, str]) -> None:
    words = ("tui", "net:mlp:2-3-2", "--data", "ring,count=60,test=20")
    with Terminal(words, env=env) as terminal:
        terminal.until("Space")
        terminal.press(RIGHT)
        terminal.until("pass 1")
        assert b"38;2" not in terminal.out and b"38;5" not in terminal.out
        assert ("NO_COLOR" in env) != bool(re.search(rb"\x1b\[(?:[0-9;]*;)?3[1-6]m", terminal.out))
        terminal.press("q")
        terminal.end()


def test_256_colours_stay_the_same_from_the_first_frame_on() -> None:
    with Terminal(("tui", *MARK), env={"COLORTERM": ""}) as terminal:
        terminal.until("q quit")
        first = terminal.out
        terminal.resize(100, 30)  # Textual draws all of it anew
        terminal.press(RIGHT)
        terminal.until("step 1 of 13")
        terminal.press("q")
        assert terminal.end() == 0 and terminal.is_sane
        early, late = (
            set(re.findall(rb"[34]8;5;\d+", text)) for text in (first, terminal.out[len(first) :])
        )
        assert early and early <= late and b"8;2;" not in terminal.out


def test_the_picker_shows_what_fails(tmp_path: Path) -> None:
    with Terminal(("tui",)) as terminal:
        terminal.until("norm-squared")
        terminal.press("x*y x=1")
        terminal.until("x*y x=1")
        terminal.press("\r")
        terminal.until("y has no value yet")
        terminal.press("3")  # over the 2 that is offered
        terminal.until("x*y x=1 y=3")
        terminal.press("\r")
        terminal.until("step 0 of 4")
        terminal.press("q")
        assert terminal.end() == 0 and terminal.is_sane


def test_letters_do_not_overtake_the_keys_before_them() -> None:
    """All of it comes at once, as from somebody who types faster than the screen is drawn."""
    with Terminal(("tui",)) as terminal:
        terminal.until("norm-squared")
        terminal.press(f"x*q y=2{LEFT * 4}{BACK}y x=3\r")
        terminal.until("step 0 of 4")
        terminal.press("q")
        assert terminal.end() == 0 and 'gradviz tui "x*y" x=3 y=2' in terminal.out.decode()


@pytest.mark.parametrize(
    ("words", "says", "status"),
    [
        (("tui", "x*y", "x=1", "y=2", "--at", "9"), "there is no step 9", 1),
        (("tui", "x*y", "x=1"), "y", 1),
        (("tui", "x*"), "operand", 1),
        (("tui", "--at", "3"), "need a source", 2),
    ],
)
def test_bad_input_on_a_terminal(words: tuple[str, ...], says: str, status: int) -> None:
    with Terminal(words) as terminal:
        assert terminal.end() == status
        text = terminal.out.decode()
        assert (
            text.startswith("gradviz: ")
            and says in text
            and "Traceback" not in text
            and "\x1b[?1049h" not in text
        )


def test_a_network_in_its_own_view() -> None:
    """From the command line, to the graph and back, at the same step; and how to come back."""
    net = ("tui", "net:mlp:2-3-1", "x=[1,-0.5]", "--view", "neurons", "--at", "2")
    with Terminal(net) as terminal:
        terminal.until("2-3-1 neurons")
        terminal.until("step 2 of")
        terminal.press(RIGHT)
        terminal.until("step 3 of")
        terminal.press("p")
        terminal.until("c to a stop")
        terminal.press("P")
        terminal.until("2-3-1 neurons")
        terminal.press("q")
        assert terminal.end() == 0
        assert b"--view neurons --at" in terminal.out
