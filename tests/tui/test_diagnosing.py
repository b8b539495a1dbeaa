"""Numbers that the student got: what is read, what is told, and the step that is shown."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from gradviz.errors import GradvizError, ParseError
from gradviz_tui.host import Host
from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.screens.steps import StepsScreen
from gradviz_tui.screens.view import ViewScreen
from gradviz_tui.walk.diagnosing import claims_of, diagnosed, offered, subject
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import NORM, app, opened, screen_text, walk, walking

LOG = ("L = log(a*b)", "a=2", "b=50")
"""ln 100 = 4.60517; to base 10 it is 2."""


@pytest.mark.parametrize(
    ("typed", "claims"),
    [
        ("L=1.6688", {"L": "1.6688"}),
        ("I got L = 1.6688, dW[0,0]=0.5", {"L": "1.6688", "dW[0,0]": "0.5"}),
        ("L=1.67 dx=3;dy=-2", {"L": "1.67", "dx": "3", "dy": "-2"}),
        ("L=1,5, dx=2", {"L": "1.5", "dx": "2"}),
        ("f=[0.4, -1, _]; s=[[1,2],[3,4]]", {"f": "[0.4, -1, _]", "s": "[[1,2],[3,4]]"}),
        ("f->x=3 new W[0,0]=0.36", {"f->x": "3", "new W[0,0]": "0.36"}),
        ("L(W[0,0]+h)=1.6693, h=0.001", {"L(W[0,0]+h)": "1.6693", "h": "0.001"}),
        ("dx = ½", {"dx": "1/2"}),
        ("x=1e-5,y=−3/4", {"x": "1e-5", "y": "-3/4"}),
        ("x=√2", {"x": "1.414213562373"}),
        ("x=12,5 %", {"x": "12.5 %"}),
        ("dx 3, dW[0,0] is -2", {"dx": "3", "dW[0,0]": "-2"}),
        ("0,5", {"q": "0.5"}),
        ("got [1, 2]", {"q": "[1, 2]"}),
    ],
)
def test_claims_are_read_as_people_type_them(typed: str, claims: dict[str, str]) -> None:
    assert claims_of(typed, "q") == claims


@pytest.mark.parametrize("typed", ["", "L", "=3", "L=", "banana", "L=1, dx", "L=1 L=2", "x=a=1"])
def test_what_is_no_claim_is_refused(typed: str) -> None:
    with pytest.raises(ParseError):
        claims_of(typed, "q")


@pytest.mark.parametrize(
    "typed", ["Q=1", "L=[1,2]", "h=0.1", "slope a=1", "new a=1, lr=-1", "dL=banana", "L=1, lr=x"]
)
def test_claims_that_do_not_fit_are_refused(typed: str) -> None:
    with pytest.raises(GradvizError):
        diagnosed(walk(LOG), typed)


def test_the_cause_and_its_step_are_told() -> None:
    wrong, right = diagnosed(walk(LOG), "L=2, da=0.5")
    assert not wrong.right and wrong.step == 2 and "base 10" in " ".join(wrong.says)
    assert right.right and "right" in right.says[0]


def test_a_number_without_a_name_is_what_the_step_makes() -> None:
    """After the first step that is a*b, on the way back the gradient that is written."""
    forward, back = walk(LOG, 1), walk(LOG, 5)
    assert subject(forward) == "a2" or subject(forward) in offered(forward)[0]
    assert diagnosed(forward, "100")[0].right
    assert subject(back).startswith("d")
    assert diagnosed(back, "1/2" if subject(back) == "da" else "0.02")[0].right


def test_a_step_of_descent_gives_the_rate() -> None:
    from dataclasses import replace

    here = replace(walk(("(x - 3)**2", "x=1")), rate=0.25)
    assert diagnosed(here, "new x = 2")[0].right  # 1 - 0.25 * 2(1 - 3)
    assert diagnosed(here, "new x = 1.4, lr=0.1")[0].right


def test_names_of_a_folded_run_are_those_that_are_seen() -> None:
    """A folded card has another letter than in the whole run, or the name of its layer."""
    from gradviz.graph.graph import labels
    from gradviz_tui.walk.folding import CLOSED
    from gradviz_tui.walk.state import Walk

    seen = Walk(opened(("net:mlp:2-3-2", "x=[1,-2]"))).folded(CLOSED)
    for node, name in labels(seen.trace.graph).items():
        value = seen.trace.values[node]
        if value is None or seen.trace.xp.shape(value) != (2,):
            continue
        said = ", ".join(f"{float(v):.6f}" for v in value)
        assert diagnosed(seen, f"{name} = [{said}]")[0].right, name


@pytest.mark.parametrize("visited", [False, True])
def test_the_step_where_it_went_wrong_is_shown_and_enter_stays_there(visited: bool) -> None:
    program = app(LOG, 4)
    program.host = Host(*program.host[:3], visited)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        before = screen.walk
        for leaving in ("escape", "enter"):
            await pilot.press("I")
            await pilot.pause()
            await type_line(pilot, "L = 2")
            await settled(pilot, lambda: isinstance(program.screen, StepsScreen), "told")
            await pilot.pause()
            assert "base 10" in screen_text(program) and screen.walk.k == 2
            await pilot.press(leaving)
            await pilot.pause()
            assert program.screen is screen
            assert screen.walk == before if leaving == "escape" else screen.walk.k == 2

    drive(program, script)


def test_several_numbers_are_told_one_below_the_other() -> None:
    program = app(LOG, 4)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        await pilot.press("I")
        await pilot.pause()
        await type_line(pilot, "L = 2, db = 0.5")
        await settled(pilot, lambda: isinstance(program.screen, StepsScreen), "told")
        rows: Any = program.screen.query_one(OptionList)
        assert rows.option_count == 2
        await pilot.press("down")
        await pilot.pause()
        step = screen.walk.trace.step(screen.walk.k)
        assert step.kind == "contribute" and rows.highlighted == 1

    drive(program, script)


def test_a_wrong_claim_stays_in_the_line() -> None:
    program = app(LOG)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("I")
        await pilot.pause()
        await type_line(pilot, "banana")
        await settled(pilot, lambda: "which number" in screen_text(program), "refused")
        assert isinstance(program.screen, Prompt)
        await type_line(pilot, "L = 4.605")
        await settled(pilot, lambda: isinstance(program.screen, StepsScreen), "told")
        await pilot.pause()
        assert "L = 4.605 is right." in screen_text(program)

    drive(program, script)


def test_in_another_view_its_own_step_is_shown() -> None:
    program = app(NORM)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("p")
        await settled(pilot, lambda: isinstance(program.screen, ViewScreen), "a view")
        view = program.screen
        assert isinstance(view, ViewScreen)
        await pilot.press("I")
        await pilot.pause()
        await type_line(pilot, "dx = [0.304, 0.116]")  # W and not its transpose: 0.4·0.76 + 0.6·0
        await settled(pilot, lambda: isinstance(program.screen, StepsScreen), "told")
        await pilot.pause()
        k = view.viewed.k
        step = view.viewed.walk.trace_step(k)
        assert view.viewed.walk.trace.phase(step) == "backward"
        await pilot.press("escape")
        await pilot.pause()
        assert view.viewed.k == 0

    drive(program, script)
