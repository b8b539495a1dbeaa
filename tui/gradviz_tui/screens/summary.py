"""The end of a walk: all gradients, and what can follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from gradviz.arrays.digits import plain_minus
from gradviz.export.reports.text import Line
from gradviz.story.frame import Story
from gradviz.story.values import briefly
from gradviz_tui.program import Program
from gradviz_tui.view.lines_widget import Lines

MOST = 24
"""So many inputs are listed."""
KEYS: dict[str, tuple[str, str]] = {
    "d": ("descend", "take one step of descent with these gradients"),
    "Q": ("quiz", "answer a quiz on this run"),
    "e": ("edit", "change an input, and see what follows"),
    "g": ("start", "go back to the start"),
    "n": ("next", "open the next example"),
    "O": ("open", "open something else"),
}
"""What can follow: the key, its action, and what it does."""


def gradient_lines(story: Story, width: int) -> list[Line]:
    """A row for each input that has a gradient: its name, its value, and the gradient."""
    trace = story.trace
    inputs = [n for n in trace.graph.inputs if trace.gradients[n.id] is not None]
    rows = [("input", "value", "gradient")]
    for n in inputs[:MOST]:
        texts = (briefly(trace.xp, a, "panel") for a in (trace.values[n.id], trace.gradients[n.id]))
        rows.append((n.name, *texts))  # type: ignore[arg-type]
    name, value = (max(len(row[i]) for row in rows) for i in (0, 1))
    value = min(value, max(8, (width - name - 6) // 2))
    lines: list[Line] = []
    for number, row in enumerate(rows):
        cells = (f"{row[0]:<{name}}   ", f"{row[1][:value]:<{value}}   ", row[2])
        roles = ("muted",) * 3 if not number else ("plain", "value", "gradient")
        lines.append([(plain_minus(c), r) for c, r in zip(cells, roles, strict=True)])
    if len(inputs) > MOST:
        lines.append([(f"… and {len(inputs) - MOST} more", "muted")])
    return lines


class SummaryScreen(ModalScreen[str | None]):
    """A page over the walk, dismissed with the action that is to follow."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,left,backspace,q,enter", "leave", show=False),
        Binding("ctrl+c", "leave", show=False, priority=True),
        *(Binding(key, f"follow('{action}')", show=False) for key, (action, _) in KEYS.items()),
    ]
    DEFAULT_CSS = """
    SummaryScreen { align: left bottom; background: $background 0%; }
    SummaryScreen VerticalScroll {
        height: auto;
        max-height: 85%;
        padding: 0 1;
        background: $background;
        border-top: solid $border;
        scrollbar-size: 1 1;
    }
    """

    app: Program

    def __init__(
        self, story: Story, why_not: str, following: str, colours: str, *, ascii: bool
    ) -> None:
        super().__init__()
        self._story, self._why_not, self._next = story, why_not, following
        self._colours, self._ascii = colours, ascii

    def compose(self) -> ComposeResult:
        """One page that scrolls."""
        with VerticalScroll():
            page = Lines(lambda width, height: self.lines(width))
            page.styles.height = len(self.lines(self.app.size.width))
            page.look(self._colours, self._ascii)
            yield page

    def lines(self, width: int) -> Sequence[Line]:
        """The loss, the gradients, the keys."""
        story, trace = self._story, self._story.trace
        out = trace.graph.output
        value = briefly(trace.xp, trace.values[out], "panel")
        head: Line = [(plain_minus(f"{story.labels.get(out, 'the output')} = {value}"), "heading")]
        body = [[(self._why_not, "warning")]] if self._why_not else gradient_lines(story, width - 2)
        can = [key for key in KEYS if not (self._why_not and key == "d")]
        keys: list[Line] = [
            [
                (f"  {key}  ", "key"),
                (KEYS[key][1] + (f": {self._next}" if key == "n" else ""), "plain"),
            ]
            for key in can
            if key != "n" or self._next
        ]
        return [head, *body, [], *keys, [("  Esc  ", "key"), ("back to the last step", "plain")]]

    def on_mount(self) -> None:
        """Draw the line above."""
        self.app.rule_above(self.query_one(VerticalScroll))

    def action_follow(self, action: str) -> None:
        """Leave for what is to follow."""
        if action == "next" and not self._next:
            return
        self.dismiss(action)

    def action_leave(self) -> None:
        """Back to the walk."""
        self.dismiss(None)
