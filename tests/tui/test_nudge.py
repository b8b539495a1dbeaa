"""The nudge: numbers by hand, and the program that shows them."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from gradviz_tui.app import GradvizApp
from gradviz_tui.walk.nudge import begun
from tests.tui.driving import drive, settled
from tests.tui.samples import NORM, GradvizError, app, opened, screen_text, walk, walking

LINE = ("x*y + z", "x=2", "y=3", "z=-2")
X, A = 0, 3


def test_by_hand() -> None:
    """f = 3x − 2 rises by 3 times what x is moved by."""
    nudge = begun(walk(LINE).select(X))
    assert nudge.lines == ("x 2 → 2.001,  f 4 → 4.003", "Δf/Δx = 0.003/0.001 = 3 ≈ dx = 3")
    assert nudge.again(1).lines[0] == "x 2 → 2.002,  f 4 → 4.006"
    assert nudge.again(-1).lines[0] == "x 2 → 1.999,  f 4 → 3.997"
    assert nudge.walk.changed == {X, A, nudge.walk.trace.graph.output}
    assert nudge.walk.k == nudge.walk.trace.seed_step


def test_in_the_middle() -> None:
    """What is computed before a node stays as it is."""
    nudge = begun(walk(LINE).select(A))
    assert nudge.lines == ("a 6 → 6.001,  f 4 → 4.001", "Δf/Δa = 0.001/0.001 = 1 ≈ da = 1")
    assert nudge.walk.trace.values[X] == 2


def test_a_curve_and_a_kink() -> None:
    """(2.001² − 4)/0.001 = 4.001; and |x| beside 0 falls where it should rise."""
    curve = begun(walk(("x**2", "x=2")).select(0))
    assert curve.lines[1] == "Δf/Δx = 0.004001/0.001 = 4.001 ≈ dx = 4"
    kink = begun(walk(("abs(x)", "x=-0.0004")).select(0))
    assert kink.lines[1].startswith("Δf/Δx = -1e-7/1e-7 = -1 ≈ dx = -1")
    at_zero = begun(walk(("relu(x)", "x=0")).select(0))
    assert "≠ dx = 0: there is a kink here" in at_zero.lines[1]


def test_an_array() -> None:
    """∂‖Wx‖²/∂W = 2Wx xᵀ: its largest entry is 2 · 0.38 · 0.5 = 0.38, that of W₁₁."""
    nudge = begun(walk(NORM).select(0))
    assert nudge.place == (0, 0) and "≈ dW₁₁ = 0.38" in nudge.lines[1]
    assert "≈ dW₁₂ = 0.228" in nudge.beside(1).lines[1]  # 2 · 0.38 · 0.3
    assert nudge.beside(-1).place == (1, 1)


def test_an_upstream_gradient_counts() -> None:
    nudge = begun(walk_with_upstream())
    assert nudge.lines[1].endswith("= 10 ≈ dx = 10")  # 2 · 5


def walk_with_upstream():  # type: ignore[no-untyped-def]
    from gradviz_tui.walk.state import Walk

    return Walk(opened(("x*y", "x=1", "y=5"), upstream="2")).select(0)


@pytest.mark.parametrize(
    ("words", "node", "options"),
    [(("relu(x)", "x=[1,-2]"), 0, {}), (("x*y", "x=1", "y=1/2"), 0, {"backend": "exact"})],
)
def test_what_cannot_be_nudged(words: tuple[str, ...], node: int, options: dict[str, str]) -> None:
    from gradviz_tui.walk.state import Walk

    with pytest.raises(GradvizError):
        begun(Walk(opened(words, **options)).select(node))


def nudged(program: GradvizApp) -> bool:
    return walking(program).nudge is not None


def test_the_keys() -> None:
    program = app(LINE, 5)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        screen.move(screen.walk.select(X))
        await pilot.press("v")
        await settled(pilot, lambda: nudged(program), "the nudge")
        shown = screen_text(program)
        assert "x 2 → 2.001,  f 4 → 4.003" in shown and "v 4.003 was 4" in shown
        assert "agrees" in shown and "↑ ↓ nudge it" in shown
        await pilot.press("up")
        await settled(pilot, lambda: "2.002" in screen_text(program), "once more")
        for _ in range(3):
            before = screen.nudge
            await pilot.press("down")
            await settled(pilot, lambda b=before: screen.nudge is not b, "back")
        assert screen.nudge is not None and screen.nudge.times == -2
        await pilot.press("escape")
        await pilot.pause()
        assert screen.walk.k == 5 and screen.walk.trace.value("x") == 2 and not nudged(program)
        assert not screen.walk.past and "agrees" in screen_text(program)
        await pilot.press("v")
        await settled(pilot, lambda: nudged(program), "the nudge again")
        await pilot.press("right")
        assert screen.walk.k == 6 and not nudged(program)
        await pilot.press("v")
        await settled(pilot, lambda: nudged(program), "the nudge at the end")
        await pilot.press("q")

    assert drive(program, script) == 'gradviz tui "x*y + z" x=2 y=3 z=-2 --at 6'
