"""A step of descent from a key: what it changes, what it says, that it can be repeated, undone and
done in every view.

For f = (w·x − t)²: ∂f/∂w = 2(wx − t)x, ∂f/∂x = 2(wx − t)w, ∂f/∂t = −2(wx − t).
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from textual.pilot import Pilot

from gradviz.errors import GradvizError
from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.screens.view import ViewScreen
from gradviz_tui.view.panes import said_fall
from gradviz_tui.walk.descent import descended, parameters, read_rate
from gradviz_tui.walk.opened import Descended
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import app, opened, screen_text, walking

LINE = ("(w*x - t)**2", "w=1", "x=2", "t=0.5")
"""Its gradients are 6, 3 and −3, its value 2.25."""
NET = ("net:mlp:2-2-1", "x=[0.5,-1]")


def numbers(words: tuple[str, ...], rate: float = 0.1, **options: object) -> dict[str, float]:
    trace = descended(opened(words, **options), rate).trace
    return {n.name: trace.xp.plain(trace.values[n.id]) for n in trace.graph.inputs}


def test_every_input_goes_against_its_gradient() -> None:
    found = descended(opened(LINE), 0.1)
    assert numbers(LINE) == pytest.approx({"w": 0.4, "x": 1.7, "t": 0.8}, abs=1e-15)
    assert found.descent == pytest.approx((0.1, 2.25, (0.4 * 1.7 - 0.8) ** 2), abs=1e-15)
    assert float(found.trace.value("f")) == found.descent.after


def test_only_what_was_asked_for_changes() -> None:
    assert numbers(LINE, wrt=("w",)) == pytest.approx({"w": 0.4, "x": 2, "t": 0.5}, abs=1e-15)


def test_of_a_network_only_the_parameters_change() -> None:
    assert parameters(opened(NET).trace) == ["W1", "b1", "W2", "b2"]
    assert parameters(opened(NET).trace, chosen=True)[0] == "x"
    assert numbers(NET)["x"] == [0.5, -1]


def test_exact_numbers_stay_exact() -> None:
    words = ("(w*x - t)**2", "w=1/3", "x=2", "t=1/2")
    slope = 2 * (Fraction(1, 3) * 2 - Fraction(1, 2))
    wanted = {
        "w": Fraction(1, 3) - slope * 2 / 10,
        "x": 2 - slope / 3 / 10,
        "t": Fraction(1, 2) + slope / 10,
    }
    found = numbers(words, backend="exact")
    assert {name: Fraction(text) for name, text in found.items()} == wanted


def test_the_step_can_be_typed_again() -> None:
    """The command opens exactly the same numbers; not where they are too many."""
    words = ("sum((W@x)**2)", "W=[[0.1,0.5],[-0.3,0.8]]", "x=[0.2,0.4]")
    found = descended(opened(words), 0.3)
    again = opened((found.source, *(f"{k}={v}" for k, v in found.values.items())))
    assert (again.trace.value("W") == found.trace.value("W")).all()
    assert found.command(3).endswith("--at 3")
    large = descended(opened(("sum(W**2)", "W=random:1:11x11")), 0.1)
    assert large.command(3) == "" and "too many numbers" in large.unsaid


@pytest.mark.parametrize(
    ("words", "options", "says"),
    [
        (("x*y", "x=[1,2]", "y=3"), {}, "gradient"),
        (("x*y", "x=[1,2]", "y=3"), {"upstream": "[1,1]"}, "one number"),
        (("W*x", "W=symbols", "x=2"), {"backend": "exact"}, "symbols"),
    ],
)
def test_what_has_no_step(words: tuple[str, ...], options: dict[str, str], says: str) -> None:
    with pytest.raises(GradvizError, match=says):
        descended(opened(words, **options), 0.1)


@pytest.mark.parametrize("text", ["0", "-1", "", "abc", "nan", "inf", "1/0", "1e999", "0.1 0.2"])
def test_rates_that_are_none(text: str) -> None:
    with pytest.raises(GradvizError, match="learning rate"):
        read_rate(text)


def test_rates() -> None:
    assert [read_rate(text) for text in ("0.1", " 1/8 ", "1e-3", "2")] == [0.1, 0.125, 0.001, 2]


def test_the_losses_are_told_apart() -> None:
    assert said_fall(Descended(0.1, 0.2285, 0.061)) == "0.2285 → 0.061"
    assert said_fall(Descended(0.1, 1.0000001, 1.0), ascii=True) == "1.0000001 -> 1"


def test_the_rate_is_typed_once_and_steps_repeat_and_are_undone() -> None:
    program = app(("(w - 3)**2", "w=0"), 3)
    seen = [9.0, 5.76, 3.6864, 2.359296]  # (0.8ⁿ · 3)² at the rate 0.1

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        before = screen_text(program)
        await pilot.press("d")
        assert isinstance(program.screen, Prompt)
        for wrong in ("0", "fast"):
            await type_line(pilot, wrong)
            await settled(pilot, lambda: program.screen.query_one(".problem").display, wrong)
        await type_line(pilot, "0.1")
        await settled(pilot, lambda: program.screen is screen, "the step")
        text = screen_text(program)
        assert "loss 9 → 5.76" in text
        assert "v 0.6   was 0" in text
        assert screen.walk.k == 3
        await pilot.press("d", "d")
        await settled(pilot, lambda: len(screen.walk.past) == 3, "two more steps")
        for value in reversed(seen):
            assert float(screen.walk.trace.value("f")) == pytest.approx(value)
            await pilot.press("u")
            await pilot.pause()
        program.clear_notifications()
        await pilot.pause()
        assert screen_text(program) == before
        await pilot.press("ctrl+r")
        await pilot.pause()
        assert "loss 9 → 5.76" in screen_text(program)

    drive(program, script)


def test_a_rate_that_is_too_large_is_said_and_can_be_changed() -> None:
    program = app(("(w - 3)**2", "w=0"))

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("d")
        await type_line(pilot, "2")  # w = 12: 81
        await settled(pilot, lambda: program.screen is screen, "the step")
        await settled(pilot, lambda: "too large" in screen_text(program), "the warning")
        await pilot.press("u", "D")
        await type_line(pilot, "0.5")
        await settled(pilot, lambda: program.screen is screen, "the step")
        assert float(screen.walk.trace.value("w")) == 3

    drive(program, script)


def test_refusals() -> None:
    program = app(("x*y", "x=[1,2]", "y=3"))

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("d")
        await type_line(pilot, "0.1")
        await settled(pilot, lambda: "gradient" in screen_text(program).split("rate?")[1], "why")

    drive(program, script)


def test_in_another_view_the_view_follows() -> None:
    program = app(("net:xor", "x=[1,0]"), 2)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("p")
        await settled(pilot, lambda: isinstance(program.screen, ViewScreen), "the view")
        view = program.screen
        assert isinstance(view, ViewScreen)
        before, k = screen_text(program), view.viewed.k
        await pilot.press("d")
        await type_line(pilot, "0.1")
        await settled(pilot, lambda: program.screen is view, "the step")
        trace = view.viewed.walk.trace  # type: ignore[attr-defined]
        # y = h1 − 2·h2 with h = relu(1, 0): dW2 = h = (1, 0).
        assert trace.xp.plain(trace.value("W2")) == [[pytest.approx(0.9), -2]]
        assert view.viewed.k == k and screen_text(program) != before
        await pilot.press("u")
        program.clear_notifications()
        await pilot.pause()
        assert screen_text(program) == before

    drive(program, script, size=(120, 40))
