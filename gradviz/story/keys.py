"""The one table of keys, for the terminal and for web pages: what each key does, and where.

Footers, help, bindings and the `[keys]` of the settings are made from it. To add a key, add an
entry here, and on each screen where it applies a method (or function) named after the action.
"""

from __future__ import annotations

from typing import Final, NamedTuple

Hint = tuple[str, ...]
"""The key and a word or two that a footer shows for an action; empty where it shows nothing."""


class Key(NamedTuple):
    """One action.

    action  its name, under which users can assign other keys.
    keys    its keys, separated by spaces: a character or a key's name, with shift+ or ctrl+ in
            front for modifiers.
    shown   how the keys are written for people; empty where another entry shows them.
    words   what it does; empty where another entry says it.
    graph   its hint in the footer of a walk over a graph.
    cells   its hint in the footer of a walk over cells; None where the action means nothing.
    views   the same in another view of the run.
    training  the same where a network is trained; None where it means nothing there.
    trains  what it does there, where that is something else: steps are passes, and nodes epochs.
    """

    action: str
    keys: str
    shown: str
    words: str
    graph: Hint = ()
    cells: Hint | None = None
    views: Hint | None = None
    training: Hint | None = None
    trains: str = ""

    @property
    def trained(self) -> str:
        """What it does where a network is trained; empty where it means nothing."""
        return "" if self.training is None else self.trains or self.words


GROUPS: Final[dict[str, tuple[Key, ...]]] = {
    "Through the steps": (
        Key("step", "right l s", "→ l s", "go forward one contribution",
            ("→ ←", "step"), ("→ ←", "window"), ("→ ←", "step"), training=("→ ←", "pass"),
            trains="go on by a pass, done already or done now"),
        Key("step_back", "left h S", "← h S", "go back one contribution", cells=(), views=(),
            training=(), trains="go back by a pass"),
        Key("node", "down n j", "↓ n j", "go forward one node",
            ("↓", "node"), ("↓ ↑", "row"), ("↓ ↑", "layer"), training=("↓ ↑", "epoch"),
            trains="go on by an epoch"),
        Key("node_back", "up N k", "↑ N k", "go back one node", cells=(), views=(), training=(),
            trains="go back by an epoch"),
        Key("run", "c", "c", "run to the next breakpoint, or to the end", ("c", "to a stop")),
        Key("run_back", "C", "C", "run back to the previous breakpoint, or to the start"),
        Key("start", "g home", "g Home", "go to the start", cells=(), views=(), training=(),
            trains="show the network as it was drawn"),
        Key("end", "G end", "G End", "go to the end", cells=(), views=(), training=(),
            trains="show the last pass that was done"),
        Key("loss", "m", "m", "go to the loss, where the backward pass starts",
            ("m", "loss"), (), ("m", "loss")),
        Key("layer", "]", "]", "go to the next layer, or to the loss",
            cells=("]", "next pass"), views=()),
        Key("layer_back", "[", "[", "go to the previous layer", cells=(), views=()),
        Key("pass", "}", "}", "go to the next pass of a training run", views=()),
        Key("pass_back", "{", "{", "go to the previous pass", views=()),
        Key("goto", ":", ":", "go to a step by its number", cells=(), views=(), training=(),
            trains="show a pass by its number"),
        Key("play", "space", "Space", "play or stop",
            cells=("Space", "play"), views=("Space", "play"), training=("Space", "play"),
            trains="train on and on, or pause"),
        Key("slower", "<", "<", "play more slowly", cells=(), views=(), training=("< >", "speed"),
            trains="fewer passes per second"),
        Key("faster", ">", ">", "play faster", cells=(), views=(), training=(),
            trains="more passes per second"),
    ),
    "A node": (
        Key("select", "tab", "Tab", "select the next node"),
        Key("select_back", "shift+tab", "Shift+Tab", "select the previous node"),
        Key("choose_left", "ctrl+left", "Ctrl+arrows", "select the nearest node in that direction"),
        Key("choose_right", "ctrl+right", "", ""),
        Key("choose_up", "ctrl+up", "", ""),
        Key("choose_down", "ctrl+down", "", ""),
        Key("search", "/", "/", "select a node by its name"),
        Key("to_node", "t", "t", "go to the step that writes the selected node"),
        Key("write_back", "w", "w", "go to the previous write of its gradient"),
        Key("write", "W", "W", "go to the next write of its gradient"),
        Key("breakpoint", "b", "b", "set a breakpoint on it, or remove it"),
        Key("condition", "B", "B", "stop on a condition, such as abs(grad) < 1e-6"),
        Key("check", "v", "v", "nudge it by hand; measure its gradient",
            ("v", "nudge")),
        Key("into", "enter i", "Enter i", "step into it: its windows, its simpler ops, its card",
            training=("Enter", "walk"),
            trains="walk through this pass; Backspace comes back"),
        Key("out", "backspace o", "Backspace o", "step back out",
            cells=("Backspace", "out"), views=()),
        Key("fold", "f", "f", "open its card, or fold its scope"),
        Key("fold_all", "F", "F", "fold all scopes, or open them all"),
        Key("unselect", "escape", "Esc", "clear the selection and follow the steps", cells=(),
            views=()),
    ),
    "The picture": (
        Key("pan_left", "shift+left H", "Shift+arrows HJKL", "move the picture"),
        Key("pan_right", "shift+right L", "", ""),
        Key("pan_up", "shift+up K", "", "", cells=()),
        Key("pan_down", "shift+down J", "", "", cells=()),
        Key("centre", "z", "z", "centre this step"),
        Key("zoom_in", "+ =", "+", "larger boxes"),
        Key("zoom_out", "-", "-", "smaller boxes"),
        Key("arrays", "a", "a", "show or hide the node's arrays"),
        Key("channel", ".", ".", "next channel of the arrays"),
        Key("channel_back", ",", ",", "previous channel"),
        Key("theme", "T", "T", "switch to the next theme", cells=(), views=(), training=()),
        Key("ascii", "A", "A", "switch ASCII characters on or off", cells=(),
            views=(), training=()),
    ),
    "Try and save": (
        Key("edit", "e", "e", "change an input", ("e", "edit"), training=("e", "change"),
            trains="change the rate, activation, layers, data, …"),
        Key("undo", "u", "u", "undo the change", views=()),
        Key("redo", "ctrl+r", "Ctrl+r", "redo it", views=()),
        Key("make_loss", "M", "M", "sum the output where there is no backward pass"),
        Key("sum_up", "E", "E", "all gradients, and what can follow"),
        Key("quiz", "Q", "Q", "quiz: the next number is hidden", ("Q", "quiz"), cells=()),
        Key("diagnose", "I", "I", "say what went wrong with a number that you got",
            ("I", "I got …"), views=()),
        Key("descend", "d", "d", "take one step of descent",
            ("d", "descend"), views=()),
        Key("rate", "D", "D", "the same, at another rate", views=(), training=(),
            trains="change the rate"),
        Key("where_from", "V", "V", "list every path that a node's gradient comes by",
            ("V", "where from")),
        Key("other", "r", "r", "switch to the other run, where two are compared"),
        Key("view", "p", "p", "switch to the next view of the run, such as neurons",
            ("p", "view"), views=("p", "view")),
        Key("view_back", "P", "P", "switch to the previous view", views=()),
        Key("export", "x", "x", "save this frame or the whole walk", ("x", "export"),
            ("x", "export"), views=("x", "export"), training=("x", "save"), trains="save the run"),
        Key("copy", "y", "y", "copy the formula as LaTeX", views=()),
        Key("command", "Y", "Y", "copy the command that reopens exactly here", views=(),
            training=(), trains="copy the command that begins this training"),
        Key("open", "O", "O", "open something else", training=()),
        Key("help", "? f1", "? F1", "this help", ("?", "help"), ("?", "help"), ("?", "help"),
            training=("?", "help")),
        Key("quit", "q ctrl+c", "q Ctrl+c", "quit", ("q", "quit"), (), ("q", "quit"),
            training=("q", "quit")),
    ),
}  # fmt: skip

EVERY: Final = tuple(key for keys in GROUPS.values() for key in keys)
ACTIONS: Final = tuple(key.action for key in EVERY)
