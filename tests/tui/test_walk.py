"""The program as a student meets it: steps, edits, checks, the quiz, taking away, arrays, windows
of any size.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from gradviz_tui.config import Settings
from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.screens.quiz import QuizScreen
from gradviz_tui.screens.walk import WalkScreen
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import FORK, MARK, NORM, app, screen_text, walking


def test_every_step_on_and_back_shows_the_same_screens() -> None:
    """Rows are drawn anew only where a frame changes them; that must leave nothing behind."""
    program = app(FORK)
    seen: dict[int, str] = {}

    async def script(pilot: Pilot[str]) -> None:
        walk = walking(program).walk
        for _ in range(walk.total):
            await pilot.press("right")
            await pilot.pause()
            seen[walking(program).walk.k] = screen_text(program)
        for k in range(walk.total - 1, 0, -1):
            await pilot.press("left")
            await pilot.pause()
            assert screen_text(program) == seen[k]
        await pilot.press("tab", "tab", "b", "G", "g", "c")
        await pilot.pause()
        patched = screen_text(program)
        walking(program).graph._strips.clear()
        walking(program).refresh(layout=True)
        await pilot.pause()
        assert screen_text(program) == patched

    drive(program, script)


def test_change_an_input_and_undo_it() -> None:
    program = app(MARK, 12)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        before = screen_text(program)
        await pilot.press("e")
        line = program.screen.query_one(Input)
        assert line.value == "x = 1.5"
        await pilot.press("down")
        assert line.value == "y = 2"
        for wrong in ("y = 2 +", "y =", "q = 3", "nonsense", "y = [1, 2"):
            await type_line(pilot, wrong)
            await settled(pilot, lambda: program.screen.query_one(".problem").display, wrong)
            assert line.value == wrong
        await type_line(pilot, "x = 4")
        await settled(pilot, lambda: program.screen is screen, "the edit")
        text = screen_text(program)
        assert "v 4 was 1.5" in text and "v 14 was 4" in text and "v -1       ├" in text
        assert screen.walk.k == 12
        await pilot.press("left", "u", "right")
        await pilot.pause()
        assert screen_text(program) == before
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert "v 4 was 1.5" in screen_text(program)

    drive(program, script)


def test_an_edit_lights_the_wires_of_what_it_changed() -> None:
    """After 0, 1 and 2 steps: only z changed, then b = a + z with it; a = x*y and y stay as they
    were.
    """
    program = app(("a = x*y; b = a + z; b*y", "x=2", "y=3", "z=1"))

    def lit(screen: WalkScreen) -> set[int]:
        layout = screen.graph.scene.layout  # type: ignore[union-attr]
        found = set()
        for wire, path in layout.paths.items():
            x, y = path[0]
            runs = screen.graph._canvas.row(y, x, x + 1)  # type: ignore[union-attr]
            found |= {wire[0]} if runs[0][1] == "changed" else set()
        return found

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        z, b, f = 2, 4, 5
        assert lit(screen) == set()
        await pilot.press("e")
        await type_line(pilot, "z = 5")
        await settled(pilot, lambda: program.screen is screen, "the edit")
        seen = []
        for key in ("g", "right", "right", "right", "right"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(lit(screen))
            assert screen.walk.changed == {z, b, f}
            drawn = [list(screen.graph.render_line(row)) for row in range(screen.graph.size.height)]
            screen.graph._strips.clear()
            assert drawn == [
                list(screen.graph.render_line(row)) for row in range(screen.graph.size.height)
            ]
        assert seen == [{z}, {z}, {b}, {z}, {z, b}]
        await pilot.press("u")
        await pilot.pause()
        assert lit(screen) == set()

    drive(program, script)


def test_an_edit_that_changes_a_shape() -> None:
    program = app(("sum(x)*y", "x=[1, 2]", "y=3"), 2)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("e")
        await type_line(pilot, "x = [[1, 2], [3, 4]]")
        await settled(pilot, lambda: program.screen is screen, "the edit")
        assert screen.walk.trace.value("f") == 30
        assert "3  4" in screen_text(program)

    drive(program, script)


def test_check_shows_the_measured_gradient() -> None:
    program = app(MARK, 13)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("tab", "v")
        await settled(pilot, lambda: bool(screen.checked), "the check")
        assert "agrees" in screen_text(program) and "measured" in screen_text(program)
        await pilot.press("e")
        await type_line(pilot, "x = 7")
        await settled(pilot, lambda: program.screen is screen, "the edit")
        assert not screen.checked

    drive(program, script)


def test_a_quiz_from_a_fork_to_its_score() -> None:
    program = app(("x*y + y*z + 3*y", "x=2", "y=1", "z=4"))

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        trace = screen.walk.trace
        last = trace.contributions("y")[-1]
        screen.move(screen.walk.at(last.number - 1))
        await pilot.press("Q")
        quiz = program.screen
        assert isinstance(quiz, QuizScreen)
        assert "What is dy after this path (3 of 3)?" in " ".join(screen_text(program).split())
        await type_line(pilot, "what")
        assert quiz.quiz.tries == 0
        await type_line(pilot, f"{float(last.contribution):g}")
        assert "kept only the path that arrives last" in " ".join(screen_text(program).split())
        assert screen.walk.k == last.number - 1
        await type_line(pilot, "2 + 4 + 3")
        assert "Right: 9." in screen_text(program) and screen.walk.k == last.number
        while program.screen is quiz:
            await pilot.press("enter" if quiz.quiz.done else "ctrl+n")
            await pilot.pause()
        assert quiz.quiz.second == 1
        assert any("1 on the second try" in n.message for n in program._notifications)

    drive(program, script)


def test_a_breakpoint_a_condition_and_playing() -> None:
    program = app(MARK, 0, Settings(speed=16.0))

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("slash")
        await type_line(pilot, "z")
        await pilot.press("b", "escape", "c")
        assert screen.walk.k == 8 or screen.walk.stops[0] == screen.walk.k
        stop = screen.walk.k
        await pilot.press("g", "space")
        await settled(pilot, lambda: screen.playing is None, "playing to the breakpoint")
        assert screen.walk.k == stop
        await pilot.press("g", "B")
        await type_line(pilot, "valu > 2")
        await settled(
            pilot, lambda: "did you mean value" in screen_text(program), "a bad condition"
        )
        await type_line(pilot, "value > 3")
        await settled(pilot, lambda: program.screen is screen, "the condition")
        await pilot.press("c")
        await settled(pilot, lambda: screen.walk.k == 4, "f = 4 is above 3")
        await pilot.press("colon")
        await type_line(pilot, "99")
        await settled(
            pilot, lambda: "there is no step 99" in screen_text(program), "beyond the end"
        )
        await type_line(pilot, "11")
        await settled(pilot, lambda: screen.walk.k == 11, "step 11")

    drive(program, script)


def test_saving_a_frame_and_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program = app(MARK, 10)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("x", "enter")
        await settled(
            pilot,
            lambda: (tmp_path / "step-10.svg").exists() and program.screen is screen,
            "the frame",
        )
        await pilot.press("x", "tab", "down")
        assert program.screen.query_one(Input).value == "walk.txt"
        await pilot.press("enter")
        await settled(
            pilot, lambda: (tmp_path / "walk.txt").exists() and program.screen is screen, "the walk"
        )
        (tmp_path / "mine.svg").write_text("mine")
        await pilot.press("x")
        for wrong, says in (
            ("mine.svg", "gradviz did not write it"),
            ("no/such/folder.svg", "folder"),
            ("step.doc", "no format"),
            ("", "no name"),
        ):
            await type_line(pilot, wrong)
            await settled(pilot, lambda says=says: says in screen_text(program), wrong)
            assert program.screen.query_one(Input).value == wrong

    drive(program, script)
    assert (tmp_path / "mine.svg").read_text() == "mine"
    assert "step 10" in (tmp_path / "step-10.svg").read_text().lower()
    assert "13 of 13" in (tmp_path / "walk.txt").read_text()


def test_clicks_choose_nodes_and_steps() -> None:
    program = app(MARK, 13)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        box = screen.graph.box(1)
        assert box is not None
        top, left = screen.graph._origin
        await pilot.click("#graph", offset=(box.x - left + 2, box.y - top + 1))
        assert screen.walk.selected == 1
        await pilot.click("#graph", offset=(1, 1))
        assert screen.walk.selected is None
        await pilot.click("#scrubber", offset=(0, 0))
        assert screen.walk.k == 0
        await pilot.click("#scrubber", offset=(99, 0))
        assert screen.walk.k == 13

    drive(program, script)


def test_any_size_of_window() -> None:
    program = app(MARK, 10)

    async def script(pilot: Pilot[str]) -> None:
        for size in ((80, 24), (20, 5), (1, 1), (29, 40), (200, 8), (30, 8), (300, 90), (80, 9)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            text = screen_text(program)
            fits = size[0] >= 30 and size[1] >= 8
            assert ("too small" in text.replace("\n", "")) == (not fits and size != (1, 1))
            await pilot.press("left", "right")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "step 10 of 13" in screen_text(program)

    drive(program, script, (80, 24))


def test_settings_with_nonsense_are_named_and_the_program_runs() -> None:
    program = app(MARK, 3, Settings(problems=("theme is 'drak', but must be one of dark, light",)))

    async def script(pilot: Pilot[str]) -> None:
        await settled(pilot, lambda: "drak" in screen_text(program), "the problem is named")
        await pilot.press("right")
        assert walking(program).walk.k == 4

    drive(program, script)


def test_a_run_without_a_backward_pass_and_one_with_nan() -> None:
    for words in (("x*y", "x=[1, 2]", "y=3"), ("log(x)/y", "x=-1", "y=0"), ("x", "x=1"), ("3",)):
        program = app(words)

        async def script(pilot: Pilot[str]) -> None:
            await pilot.press(
                "G", "n", "N", "m", "tab", "w", "W", "t", "v", "a", "e", "escape", "g", "c", "C"
            )
            await pilot.app.workers.wait_for_complete()
            await pilot.pause()

        drive(program, script)


def test_channels_of_an_image() -> None:
    program = app(("sum(x)", "x=random:1:3x4x4"), 1)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("full_stop")
        assert screen.channel == 0
        await pilot.press("slash")
        await type_line(pilot, "x")
        await settled(pilot, lambda: program.screen is screen, "x is chosen")
        await pilot.press("a")
        await settled(pilot, lambda: "channel 1 of 3" in screen_text(program), "the arrays")
        value = screen.walk.trace.value("x")
        for key, channel in (("full_stop", 1), ("full_stop", 2), ("full_stop", 0), ("comma", 2)):
            await pilot.press(key)
            await settled(
                pilot,
                lambda channel=channel: f"channel {channel + 1} of 3" in screen_text(program),
                key,
            )
            assert f"{value[channel][0][0]:.4g}" in screen_text(program)

    drive(program, script, (120, 40))


def test_into_softmax_and_out_with_a_breadcrumb() -> None:
    program = app(("p = softmax(s); -log(p[0])", "s=[3.2, 5.1, -1.7]"), 3)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("slash")
        await type_line(pilot, "p")
        await settled(pilot, lambda: program.screen is screen, "p is chosen")
        outside = screen.walk
        await pilot.press("enter")
        await settled(pilot, lambda: screen.walk.trail == ("p",), "inside")
        assert "-log(p[0]) › p" in screen_text(program) and "exp" in screen_text(program)
        await pilot.press("e", "right", "left", "backspace")
        await settled(pilot, lambda: screen.walk == outside, "outside again")
        assert "›" not in screen_text(program)

    drive(program, script)


def test_a_large_graph_is_laid_out_away_from_the_screen() -> None:
    source = "s = x*x; " + "; ".join(
        f"n{i} = {'s' if i == 0 else f'n{i - 1}'} + {'x' if i % 7 else 's'}" for i in range(600)
    )
    program = app((f"{source}; n599", "x=0.5"), 300)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await settled(pilot, lambda: screen.graph.scene is not None, "the layout")
        assert screen.graph.scene is not None and screen.graph.scene.layout.width > 5000
        await pilot.press("right", "L", "L")
        assert screen.walk.k == 301

    drive(program, script)


def test_a_prompt_is_left_by_escape() -> None:
    program = app(MARK, 3)

    async def script(pilot: Pilot[str]) -> None:
        for key in ("e", "x", "slash", "colon", "B", "question_mark", "Q"):
            await pilot.press(key)
            assert program.screen is not walking(program)
            await pilot.press("escape")
            await pilot.pause()
            assert program.screen is walking(program), key
        assert not isinstance(program.screen, Prompt)

    drive(program, script)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_the_words_of_a_step_are_worked_out_once(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    """For the division of the screen and for both panes, at every step and in every width."""
    from collections import Counter

    from gradviz_tui.view import node_pane, step_pane

    worked: Counter[object] = Counter()
    kept: list[object] = []  # so that no two have the same id

    def counted(module: object, name: str) -> None:
        function = getattr(module, name)

        def once(subject: object, *rest: object) -> object:
            kept.append(subject)
            worked[name, id(subject), rest] += 1
            return function(subject, *rest)

        monkeypatch.setattr(module, name, once)

    counted(step_pane, "_stacked")
    counted(step_pane, "_adds")
    counted(node_pane, "_parts")
    counted(node_pane, "_head")
    counted(node_pane, "_value")
    program = app(NORM)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        for _ in range(screen.walk.total):
            await pilot.press("right")
        await pilot.pause()
        assert screen.walk.k == screen.walk.total

    drive(program, script, size)
    assert {name for name, *_ in worked} == {"_stacked", "_adds", "_parts", "_head", "_value"}
    assert set(worked.values()) == {1}, worked.most_common(5)
