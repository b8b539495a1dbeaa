"""The one table of keys, for the terminal and for a page: what each does, in words, and where.

Footers, help, bindings and the settings' own keys are made from it. A key is an entry here, and on
each screen where it applies a method (or a function) of the action's name.
"""

from __future__ import annotations

from typing import Final, NamedTuple

Hint = tuple[str, ...]
"""What a footer says of an action: its key and a word or two; empty where it does not show it."""


class Key(NamedTuple):
    """One action.

    action  its name, under which a user gives it other keys.
    keys    its keys, with blanks between them: a character, or a key's name, after shift+ or ctrl+
            where these are held.
    shown   how the keys are written for people; empty where another entry shows them.
    words   what it does; empty where another entry says so.
    graph   its hint in the footer on a walk over a graph.
    cells   its hint on a walk over cells; None for an action that has no meaning there.
    """

    action: str
    keys: str
    shown: str
    words: str
    graph: Hint = ()
    cells: Hint | None = None


GROUPS: Final[dict[str, tuple[Key, ...]]] = {
    "Through the steps": (
        Key("step", "right l s", "→ l s", "one contribution on",
            ("→", "step"), ("→ ←", "window")),
        Key("step_back", "left h S", "← h S", "one contribution back", ("←", "back"), ()),
        Key("node", "down n j", "↓ n j", "a whole node on", ("↓", "node"), ("↓ ↑", "row")),
        Key("node_back", "up N k", "↑ N k", "a whole node back", cells=()),
        Key("run", "c", "c", "on to the next breakpoint, or to the end", ("c", "run")),
        Key("run_back", "C", "C", "back to the breakpoint before, or to the start"),
        Key("start", "g home", "g Home", "to the start", cells=()),
        Key("end", "G end", "G End", "to the end", cells=()),
        Key("loss", "m", "m", "to the loss, where the pass turns round", ("m", "loss"), ()),
        Key("layer", "]", "]", "to the next layer, or to where the pass turns",
            cells=("]", "next pass")),
        Key("layer_back", "[", "[", "to the layer before", cells=()),
        Key("goto", ":", ":", "to a step by its number", cells=()),
        Key("play", "space", "Space", "play, and stop", cells=("Space", "play")),
        Key("slower", "<", "<", "play more slowly", cells=()),
        Key("faster", ">", ">", "play faster", cells=()),
    ),
    "A node": (
        Key("select", "tab", "Tab", "choose the next node"),
        Key("select_back", "shift+tab", "Shift+Tab", "choose the node before"),
        Key("choose_left", "ctrl+left", "Ctrl+arrows", "choose the nearest node in that direction"),
        Key("choose_right", "ctrl+right", "", ""),
        Key("choose_up", "ctrl+up", "", ""),
        Key("choose_down", "ctrl+down", "", ""),
        Key("search", "/", "/", "choose a node by its name"),
        Key("to_node", "t", "t", "to the step that writes the chosen node"),
        Key("write_back", "w", "w", "to the write of its gradient before this one"),
        Key("write", "W", "W", "to the next write of its gradient"),
        Key("breakpoint", "b", "b", "set a breakpoint on it, or take it away"),
        Key("condition", "B", "B", "stop on a condition, such as abs(grad) < 1e-6"),
        Key("check", "v", "v", "its gradient beside finite differences", ("v", "check")),
        Key("into", "enter i", "Enter i", "step into it: its windows, its simpler ops, its card"),
        Key("out", "backspace o", "Backspace o", "step out again", cells=("Backspace", "out")),
        Key("fold", "f", "f", "open its card, or fold the scope that it is in"),
        Key("fold_all", "F", "F", "fold all scopes, or open them all"),
        Key("unselect", "escape", "Esc", "choose nothing: follow the steps", cells=()),
    ),
    "The picture": (
        Key("pan_left", "shift+left H", "Shift+arrows HJKL", "move the picture"),
        Key("pan_right", "shift+right L", "", ""),
        Key("pan_up", "shift+up K", "", "", cells=()),
        Key("pan_down", "shift+down J", "", "", cells=()),
        Key("centre", "z", "z", "bring this step to the centre"),
        Key("zoom_in", "+ =", "+", "larger boxes"),
        Key("zoom_out", "-", "-", "smaller boxes"),
        Key("arrays", "a", "a", "show the node's arrays, or put them away"),
        Key("channel", ".", ".", "the arrays' next channel"),
        Key("channel_back", ",", ",", "the channel before"),
        Key("theme", "T", "T", "other colours", cells=()),
        Key("ascii", "A", "A", "plain characters, and back", cells=()),
    ),
    "Try and keep": (
        Key("edit", "e", "e", "change an input", ("e", "edit")),
        Key("undo", "u", "u", "undo the change"),
        Key("redo", "ctrl+r", "Ctrl+r", "make it again"),
        Key("quiz", "Q", "Q", "a quiz: the next number is hidden", ("Q", "quiz")),
        Key("export", "x", "x", "save this frame or the whole walk", ("x", "export")),
        Key("copy", "y", "y", "copy the formula as LaTeX"),
        Key("command", "Y", "Y", "copy the command that reopens exactly here"),
        Key("open", "O", "O", "open something else"),
        Key("help", "? f1", "? F1", "this help", ("?", "help"), ("?", "help")),
        Key("quit", "q ctrl+c", "q Ctrl+c", "leave", ("q", "quit"), ()),
    ),
}  # fmt: skip

EVERY: Final = tuple(key for keys in GROUPS.values() for key in keys)
ACTIONS: Final = tuple(key.action for key in EVERY)
