"""The first frame, written before Textual is loaded: it is what the widgets show then, and it
leaves no trace.
"""

from __future__ import annotations

import re

import pytest
from textual.pilot import Pilot

from gradviz_tui import terminal
from gradviz_tui.config import Settings
from gradviz_tui.view.first_frame import FirstFrame
from tests.sampled import sampled
from tests.tui.driving import drive
from tests.tui.samples import FORK, MARK, NORM, app, screen_text, walk

BARS = re.compile("[▁-▏▐▔▕]")
SEQUENCE = re.compile(r"\x1b\[[0-9;]*[mH]")


def rows(text: str, width: int) -> list[str]:
    """The rows without the scroll bars, which the first frame leaves blank."""
    return [BARS.sub(" ", row[: width - 1]).rstrip() for row in text.split("\n")]


def plain(text: str) -> list[str]:
    """The rows of a text for a terminal."""
    return [SEQUENCE.sub("", row) for row in re.split(r"\x1b\[\d+;1H", text)[1:]]


@pytest.mark.parametrize("words", [MARK, FORK, NORM], ids=["mark", "fork", "norm"])
@sampled(
    "size",
    [(120, 40), (100, 30), (80, 24), (48, 14), (30, 8), (64, 10), (200, 60), (40, 30)],
    few=4,
)
@pytest.mark.parametrize("ascii", [False, True])
def test_it_is_what_the_widgets_show(
    words: tuple[str, ...], size: tuple[int, int], ascii: bool
) -> None:
    k = {30: 0, 80: 3, 64: 6}.get(size[0], 8)
    first = FirstFrame(walk(words, k), size, theme="dark", ascii=ascii)
    shown: list[str] = []

    async def script(pilot: Pilot[str]) -> None:
        await pilot.pause()
        shown.append(screen_text(program))

    program = app(words, k, Settings(ascii=ascii))
    drive(program, script, size)
    assert rows("\n".join(plain(first.text())), size[0]) == rows(shown[0], size[0])


def test_it_fills_the_screen_in_its_colours() -> None:
    text = FirstFrame(walk(MARK, 3), (80, 24), theme="light", ascii=False).text()
    assert list(map(len, plain(text))) == [80] * 24
    assert "48;2;255;255;255" in text


def test_256_colours_are_given_by_number() -> None:
    text = FirstFrame(walk(MARK, 3), (80, 24), theme="light", ascii=False, indexed=True).text()
    assert list(map(len, plain(text))) == [80] * 24
    assert "48;5;231" in text  # white, the last of xterm's colour cube
    assert ";2;" not in text


@pytest.mark.parametrize(
    "words",
    [
        ("x*y", "x=[1, 2]", "y=3"),
        ("log(x)/y", "x=-1", "y=0"),
        ("x", "x=1"),
        ("3",),
        ("sum(x)", "x=random:1:1200x1000"),
        ("net:tiny-cnn", "image=digit:3", "label=1"),
    ],
    ids=["no-backward", "nan", "input", "number", "heavy", "network"],
)
def test_any_run_has_a_first_frame(words: tuple[str, ...]) -> None:
    here = walk(words)
    for k in {0, here.total // 2, here.total}:
        first = FirstFrame(here.at(k), (90, 25), theme="dark", ascii=False)
        assert list(map(len, plain(first.text()))) == [90] * 25
        assert (
            (first.scene is None)
            == ("laying out" in first.text())
            == (words[-1] == "x=random:1:1200x1000")
        )


def test_where_it_cannot_be_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.__stderr__", type("Screen", (), {"isatty": lambda self: True})())
    assert terminal.can_be_early()
    with monkeypatch.context() as patch:
        patch.setenv("COLORTERM", "")
        patch.setenv("TERM", "tmux-256color")
        assert terminal.can_be_early() and terminal.indexed_colours()
    monkeypatch.setenv("TERM", "xterm")
    for name, value in (("NO_COLOR", "1"), ("COLORTERM", ""), ("TEXTUAL_DRIVER", terminal.WEB)):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert not terminal.can_be_early()
