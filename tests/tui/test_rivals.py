"""Two runs in the terminal: a key switches between them at the same place, and both numbers of a
node are shown.

Scores W @ (2, 1) with W the unit matrix and with its rows exchanged: (2, 1) and (1, 2).
"""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from gradviz.cli.commands.tui import open_words
from gradviz.errors import GradvizError, UsageError
from gradviz_tui.walk.opened import Opened
from gradviz_tui.walk.rivals import counterpart, differing, meeting, switched
from gradviz_tui.walk.state import Walk
from tests.tui.driving import drive
from tests.tui.samples import app, screen_text, walking

WORDS = ("s = W @ x; L = softmax_cross_entropy(s, 1)", "W=[[1,0],[0,1]]", "x=[2,1]")
AGAINST = ("--against", "W=[[0,1],[1,0]]")
LOSSES = ("multiclass_hinge(s, 2)", "s=[1,2,3]", "--against", "softmax_cross_entropy(s, 2)")


def opened(*words: str) -> Opened:
    return open_words(words)


def test_the_other_run_at_the_same_place() -> None:
    walk = Walk(opened(*WORDS, *AGAINST))
    assert walk.opened.title.startswith("W₁: ")
    for k in range(walk.total + 1):
        there = switched(walk.at(k))
        assert there is not None and there.k == k and there.opened.title.startswith("W₂: ")
        back = switched(there)
        assert back is not None and back.k == k and back.trace is walk.trace


def test_both_numbers_of_a_node() -> None:
    walk = Walk(opened(*WORDS, *AGAINST)).at(4)
    s = walk.trace.graph.find("s")
    found = counterpart(walk, s)
    assert found is not None and found.name == "W₂" and found.value.tolist() == [1, 2]
    assert found.gradient == pytest.approx([0.26894142, -0.26894142])
    assert counterpart(walk.at(0), s).value is None  # type: ignore[union-attr]
    names = {walk.trace.graph.names.get(n) for n in differing(walk)}
    assert names == {"W", "s", "L"}


def test_ends_that_differ_go_side_by_side() -> None:
    """One op, its seed and its contribution in each: three steps, none in common."""
    walk = Walk(opened(*LOSSES))
    found = [switched(walk.at(k)) for k in range(4)]
    assert [there.k for there in found if there] == [0, 1, 2, 3]
    assert meeting(((0, 0), (1, 1), (2, 1), (3, 1), (3, 2), (4, 3))) == (0, 1, 2, 2, 3)


def test_what_is_chosen_stays_chosen_if_the_other_has_it() -> None:
    walk = Walk(opened(*LOSSES))
    there = switched(walk.select(0))
    assert there is not None and there.selected == 0
    hinge = switched(walk.select(walk.trace.graph.output))
    assert hinge is not None and hinge.selected is None


def test_the_command_opens_both_again() -> None:
    again = opened(*opened(*WORDS, *AGAINST).words())
    assert again.rival is not None and (again.name, again.rival.name) == ("W₁", "W₂")
    assert again.rival.trace.value("W").tolist() == [[0, 1], [1, 0]]
    other = opened(*WORDS, *AGAINST).switched
    assert other is not None
    assert opened(*other.words()).trace.value("W").tolist() == [[0, 1], [1, 0]]


def test_a_key_switches() -> None:
    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("right", "right", "right", "right")
        assert "W₁: " in screen_text(pilot.app) and "in W₂" in screen_text(pilot.app)  # type: ignore[arg-type]
        await pilot.press("r")
        await pilot.pause()
        text = screen_text(pilot.app)  # type: ignore[arg-type]
        assert "W₂: " in text and "in W₁" in text and "step 4 of 6" in text
        assert "0.2689" in text
        await pilot.press("r")
        assert walking(program).walk.trace.value("W").tolist() == [[1, 0], [0, 1]]

    program = app((*WORDS, *AGAINST))
    drive(program, script, (110, 32))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x*y", "x=1", "y=2", "--against", "a+b a=1 b=2"), "nothing in common"),
        (("x*y", "x=1", "y=2", "--against", "x*z"), "z"),
        (("x*y", "x=1", "y=2", "--against", "q=3"), "q"),
        (("x*y", "x=1", "y=2", "--against", ""), "--against"),
        (("x*y", "x=1", "y=2", "--against", "x=[1,2,3] y=[1,2]"), "shapes"),
    ],
)
def test_bad_input(words: tuple[str, ...], said: str) -> None:
    with pytest.raises((GradvizError, UsageError)) as caught:
        opened(*words)
    assert said in str(caught.value)
