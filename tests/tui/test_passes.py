"""The passes of a saved run, one key apart: the same step of the next one, in every view."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

import gradviz as gv
from gradviz.cli.commands.tui import open_words
from gradviz_tui.app import GradvizApp
from gradviz_tui.config import Settings
from gradviz_tui.host import Host
from gradviz_tui.screens.view import ViewScreen
from gradviz_tui.view.first_frame import FirstFrame
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.state import Walk
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import screen_text, walking
from tests.tui.test_first_frame import plain, rows


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "run.json"
    gv.learn("net:mlp:2-2-1,activation=tanh", data="xor", passes=9).save(path)
    return path


def opened(run: Path, *words: str) -> Opened:
    found = open_words((str(run), *words))
    assert isinstance(found, Opened)
    return found


def program(found: Opened, k: int = 0, settings: Settings | None = None) -> GradvizApp:
    host = Host(open_words, lambda line: tuple(line.split()))
    made = GradvizApp(host, Walk(found).at(k), settings=settings or Settings())
    made.saving = False
    return made


def test_the_command_opens_this_pass_again(run: Path) -> None:
    found = opened(run, "--pass", "4")
    assert found.command(3) == f"gradviz tui {run} --pass 4 --at 3"
    beside = found.beside(2)
    assert beside.number == 6 and beside.command(0).endswith("--pass 6 --at 0")
    again = opened(run, "--pass", "6")
    assert (again.trace.value("W1") == beside.trace.value("W1")).all()
    assert found.beside(-9).number == 1 and found.beside(99).number == 9


def test_passes_are_gone_through(run: Path) -> None:
    found = program(opened(run, "--pass", "3"), 7)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(found)
        total = screen.walk.total
        assert f"pass 3 of 9 · step 7 of {total}" in screen_text(found)
        assert "{ } pass" in screen_text(found)
        await pilot.press("right_curly_bracket")
        await settled(pilot, lambda: screen.walk.opened.number == 4, "the next pass")
        assert screen.walk.k == 7 and f"pass 4 of 9 · step 7 of {total}" in screen_text(found)
        trace = screen.walk.opened.trace
        assert (trace.value("W1") == opened(run, "--pass", "4").trace.value("W1")).all()
        for _ in range(4):
            await pilot.press("left_curly_bracket")
        await settled(pilot, lambda: screen.walk.opened.number == 1, "the first pass")
        await pilot.press("left_curly_bracket")
        await settled(pilot, lambda: "the first pass of the run" in screen_text(found), "no more")
        await pilot.press("G", "right")
        await settled(pilot, lambda: "} goes on to the next one" in screen_text(found), "a hint")
        assert screen.walk.k == total
        await pilot.press("right_curly_bracket")
        await settled(pilot, lambda: screen.walk.opened.number == 2, "on from its end")
        assert screen.walk.k == 0
        for _ in range(12):
            await pilot.press("right_curly_bracket")
        await settled(pilot, lambda: screen.walk.opened.number == 9, "the last pass")
        await settled(pilot, lambda: "the last pass of the run" in screen_text(found), "no more")

    drive(found, script, size=(120, 40))


def test_a_pass_that_was_changed_and_one_that_descends(run: Path) -> None:
    """Steps of descent from a pass are done again and undone; its neighbours are then out of reach
    until it is as it was.
    """
    found = program(opened(run, "--pass", "3"), 2)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(found)
        first = screen.walk.opened
        await pilot.press("d")
        await type_line(pilot, "0.1")
        await settled(pilot, lambda: screen.walk.opened is not first, "a step")
        assert "pass 3 of 9" not in screen_text(found)
        # The step is the update of the pass itself: the rate is the same.
        after = opened(run, "--pass", "4").trace
        for name in ("W1", "b1", "W2", "b2"):
            assert (screen.walk.opened.trace.value(name) == after.value(name)).all()
        once = screen.walk.opened
        await pilot.press("d")
        await settled(pilot, lambda: len(screen.walk.past) == 2, "another step")
        await pilot.press("right_curly_bracket")
        await settled(pilot, lambda: "u undoes the change" in screen_text(found), "why not")
        await pilot.press("u")
        assert screen.walk.opened is once
        await pilot.press("u")
        assert screen.walk.opened is first and "pass 3 of 9" in screen_text(found)
        await pilot.press("right_curly_bracket")
        await settled(pilot, lambda: screen.walk.opened.number == 4, "the next pass")
        assert screen.walk.undo() is None

    drive(found, script, size=(120, 40))


def test_views_go_through_the_passes_too(run: Path) -> None:
    found = program(opened(run, "--pass", "3"), 4)

    async def script(pilot: Pilot[str]) -> None:
        seen = []
        await pilot.press("p")
        await settled(pilot, lambda: isinstance(found.screen, ViewScreen), "a view")
        while isinstance(screen := found.screen, ViewScreen):
            name, number = screen.viewed.name, screen.walk.opened.number
            k = screen.viewed.k
            assert f"pass {number} of 9 · step" in screen_text(found), name
            await pilot.press("right_curly_bracket")
            await settled(pilot, lambda s=screen, n=number: s.walk.opened.number == n + 1, name)
            assert screen.viewed.name == name and screen.viewed.k == k
            seen.append(name)
            await pilot.press("p")
            await settled(
                pilot,
                lambda s=screen, n=name: found.screen is not s or s.viewed.name != n,
                f"after {name}",
            )
        assert "matrix" in seen
        assert walking(found).walk.opened.number == 3 + len(seen)

    drive(found, script, size=(160, 60))


@pytest.mark.parametrize("ascii", [False, True])
def test_the_first_frame_says_so_too(run: Path, ascii: bool) -> None:
    found = opened(run, "--pass", "3")
    first = FirstFrame(Walk(found).at(5), (100, 30), theme="dark", ascii=ascii)
    app, shown = program(found, 5, Settings(ascii=ascii)), []

    async def script(pilot: Pilot[str]) -> None:
        await pilot.pause()
        shown.append(screen_text(app))

    drive(app, script, (100, 30))
    assert rows("\n".join(plain(first.text())), 100) == rows(shown[0], 100)
    assert "pass 3 of 9" in shown[0] and shown[0].isascii() == ascii
