""" "I got …": numbers are asked for, and told why they are different, their steps shown above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.screens.run import RunScreen
from gradviz_tui.screens.steps import Row, StepsScreen
from gradviz_tui.walk.diagnosing import Told, diagnosed, offered
from gradviz_tui.walk.state import Walk

HINT: Final = """\
several: L=1.67, dx=3   an element, counted from 0: dW[0,1]=0.5
a weight after a step: new w=0.4, lr=0.1   a slope: slope w=0.5, h=0.01
↑ ↓: other names   Enter: why is it different?   Esc: back"""


def ask(screen: RunScreen, walk: Walk, go: Callable[[int | None], None]) -> None:
    """Ask what the student got in a run, and show at which step each number went wrong.

    go  shows a step; with None, where the student was before.
    """
    screen.stop()
    names = offered(walk)

    def tell(told: tuple[Told, ...] | None) -> None:
        if told is None:
            return
        rows = [Row("\n".join(one.says), one.step) for one in told]
        wrong = [k for k, one in enumerate(told) if not one.right]
        title = "What went wrong" if wrong else "Right" if len(told) == 1 else "All right"
        page = StepsScreen(
            title,
            rows,
            first=wrong[0] if wrong else 0,
            others="other numbers",
            wrapped=True,
            seen=go,
        )
        screen.app.push_screen(page, go)

    prompt = Prompt(
        "I got …",
        lambda text: diagnosed(walk, text),
        initial=names[0],
        after=" = ",
        others=names,
        hint=HINT,
    )
    screen.app.push_screen(prompt, tell)
