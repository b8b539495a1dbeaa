"""All keys, and how to read the picture."""

from __future__ import annotations

from collections.abc import Container
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gradviz.export.reports.text import Line
from gradviz.story.keys import GROUPS
from gradviz.story.languages import pattern, say
from gradviz_tui.view.lines_widget import Lines

READING: tuple[Line, ...] = (
    [("Reading the picture", "heading")],
    [("  v ", "value"), ("a value, written by the forward pass", "plain")],
    [
        ("  ∂ ", "gradient"),
        ("a gradient, written by the backward pass; 1 of 2 while a path is missing", "plain"),
    ],
    [
        ("  ┏━ ", "hot"),
        ("heavy lines: this step; the number on a wire is its contribution", "plain"),
    ],
    [
        ("  ├ ", "wire"),
        ("a junction: the value is used more than once, so its gradients add", "plain"),
    ],
    [("  ─│─ ", "wire"), ("a crossing: two wires that are not connected", "plain")],
    [],
)
PLAIN: tuple[Line, ...] = (
    READING[0],
    READING[1],
    [("  d ", "gradient"), READING[2][1]],
    [("  #= ", "hot"), READING[3][1]],
    [("  + ", "wire"), READING[4][1]],
    [("  -|- ", "wire"), READING[5][1]],
    [],
)
"""The same for pictures in ASCII."""


TRAINING: tuple[tuple[str, str, str, str], ...] = (
    ("▀", "#", "heats 40 -40", "a unit: what it says at each point of the plane"),
    ("━ ╍", "-- .", "value", "a weight above 0, below 0; the wider, the larger"),
    ("● ■", "o x", "value", "a sample of each class, on the field of the class that leads"),
    ("● ■", "O X", "hot", "a sample that the network gets wrong"),
    ("◆", "O", "hot", "this pass, among the losses and on the line of passes"),
)
"""What stands in the picture of a training, in ASCII, in which role, and what it means."""


def reading_training(ascii: bool) -> list[Line]:
    """How to read the picture where a network is trained."""
    rows = [
        [(f"  {plain if ascii else sign} ", role), (words, "plain")]
        for sign, plain, role, words in TRAINING
    ]
    return [[("Reading the picture", "heading")], *rows, []]


OF_TRAINING = {"Through the steps": pattern("Through the passes"), "A node": pattern("A pass")}
"""What groups of keys are called where a network is trained."""


def help_lines(
    remapped: dict[str, str],
    withheld: Container[str] = (),
    *,
    training: bool = False,
    ascii: bool = False,
) -> list[Line]:
    """Every key with its words, in groups; remapped keys as the user set them, none of those
    withheld. With `training` those of the playground.
    """
    lines: list[Line] = [*(reading_training(ascii) if training else PLAIN if ascii else READING)]
    for group, keys in GROUPS.items():
        rows: list[Line] = []
        for key in keys:
            words = key.trained if training else key.words
            if words and key.action not in withheld:
                shown = remapped.get(key.action, "").replace(",", " ") or key.shown
                rows.append([(f"  {shown:<20}", "key"), (say(words), "plain")])
        if rows:
            title = OF_TRAINING.get(group, group) if training else group
            lines += [[(say(title), "heading")], *rows, []]
    lines.append(
        [("With a screen reader: gradviz tui … --plain, gradviz show … --plain.", "muted")]
    )
    lines.append([("Nothing moves by itself where GRADVIZ_REDUCED_MOTION=1 is set.", "muted")])
    return lines


class HelpScreen(ModalScreen[None]):
    """A page that scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss", show=False),
        Binding("ctrl+c", "dismiss", show=False, priority=True),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen { background: $background; }
    HelpScreen VerticalScroll { padding: 0 2; scrollbar-size: 1 1; }
    HelpScreen .bar { dock: bottom; height: 1; padding: 0 2; color: $foreground 70%; }
    """

    def __init__(
        self,
        colours: str,
        ascii: bool,
        remapped: dict[str, str],
        withheld: Container[str] = (),
        *,
        training: bool = False,
    ) -> None:
        super().__init__()
        self._colours, self._ascii = colours, ascii
        self._lines = help_lines(remapped, withheld, training=training, ascii=ascii)

    def compose(self) -> ComposeResult:
        """The page, and a line that says how to leave it."""
        with VerticalScroll():
            page = Lines(lambda width, height: self._lines)
            page.styles.height = len(self._lines)
            page.look(self._colours, self._ascii)
            yield page
        yield Static("Esc: back   Up, Down: scroll", markup=False, classes="bar")

    def action_down(self) -> None:
        """Scroll down."""
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        """Scroll up."""
        self.query_one(VerticalScroll).scroll_up(animate=False)
