"""Where the user wants nothing to move by itself, nothing does."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from gradviz_tui.screens.cells import CellScreen
from gradviz_tui.walk.playground import PACES
from tests.tui.driving import drive, settled
from tests.tui.samples import app, screen_text, walking
from tests.tui.test_playground import ground, program, screen_of


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADVIZ_REDUCED_MOTION", "1")


@pytest.mark.parametrize(("value", "still"), [("", False), ("0", False), ("1", True)])
def test_the_variable_says_so(monkeypatch: pytest.MonkeyPatch, value: str, still: bool) -> None:
    monkeypatch.setenv("GRADVIZ_REDUCED_MOTION", value)
    made = app()
    assert made.still == still and (made.animation_level == "none") >= still


def test_space_takes_one_step_and_no_clock_runs() -> None:
    made = app()

    async def script(pilot: Pilot[str]) -> None:
        for k in (1, 2, 3):
            await pilot.press("space")
            assert walking(made).walk.k == k and walking(made).playing is None
        await pilot.press("G", "space")
        assert walking(made).walk.k == 1  # from the start again, as playing does
        await pilot.press(">")
        await pilot.pause()
        assert "Space takes one step" in screen_text(made)

    drive(made, script)


def test_space_takes_one_window_inside_a_node() -> None:
    made = app(("maxpool2d(x, 2)", "x=[[1,2,3,4],[5,6,7,8]]"))

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("right", "enter", "space")
        await pilot.pause()
        screen = next(s for s in made.screen_stack if isinstance(s, CellScreen))
        assert screen.cells.k == 2 and screen.playing is None

    drive(made, script)


def test_training_shows_its_last_pass_only() -> None:
    made = program(ground())

    async def script(pilot: Pilot[str]) -> None:
        screen, shown = screen_of(made), []
        draw = screen.show_panes

        def drawn() -> None:
            shown.append(screen.seen.k)
            draw()

        screen.show_panes = drawn  # type: ignore[method-assign]
        await pilot.press("space")
        await settled(pilot, lambda: screen.seen.k > 0 and not screen.training, "the training")
        assert screen.seen.k == screen.ground.running.done in PACES
        assert set(shown) == {0, screen.seen.k}

    drive(made, script)
