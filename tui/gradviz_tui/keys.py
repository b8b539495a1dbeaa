"""The one table of keys: what each does, in words; the footer, the help screen and the bindings are
made from it.
"""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """One action.

    id     the action's name, under which a user gives it other keys.
    keys   Textual's names of its keys, with commas.
    shown  how the keys are written for people.
    words  what it does.
    brief  what the footer says; empty for an action that the footer does not show.
    """

    id: str
    keys: str
    shown: str
    words: str
    brief: str = ""


GROUPS: dict[str, tuple[Key, ...]] = {
    "Through the steps": (
        Key("step", "right,l,s", "→ l s", "one contribution on", "→ step"),
        Key("step_back", "left,h,S", "← h S", "one contribution back", "← back"),
        Key("node", "down,n,j", "↓ n j", "a whole node on", "↓ node"),
        Key("node_back", "up,N,k", "↑ N k", "a whole node back"),
        Key("run", "c", "c", "on to the next breakpoint, or to the end", "c run"),
        Key("run_back", "C", "C", "back to the breakpoint before, or to the start"),
        Key("start", "g,home", "g Home", "to the start"),
        Key("end", "G,end", "G End", "to the end"),
        Key("loss", "m", "m", "to the loss, where the pass turns round", "m loss"),
        Key("layer", "right_square_bracket", "]", "to the next layer, or to where the pass turns"),
        Key("layer_back", "left_square_bracket", "[", "to the layer before"),
        Key("goto", "colon", ":", "to a step by its number"),
        Key("play", "space", "Space", "play, and stop"),
        Key("slower", "less_than_sign", "<", "play more slowly"),
        Key("faster", "greater_than_sign", ">", "play faster"),
    ),
    "A node": (
        Key("select", "tab", "Tab", "choose the next node"),
        Key("select_back", "shift+tab", "Shift+Tab", "choose the node before"),
        Key("choose_left", "ctrl+left", "Ctrl+arrows", "choose the nearest node in that direction"),
        Key("choose_right", "ctrl+right", "", ""),
        Key("choose_up", "ctrl+up", "", ""),
        Key("choose_down", "ctrl+down", "", ""),
        Key("search", "slash", "/", "choose a node by its name"),
        Key("to_node", "t", "t", "to the step that writes the chosen node"),
        Key("write_back", "w", "w", "to the write of its gradient before this one"),
        Key("write", "W", "W", "to the next write of its gradient"),
        Key("breakpoint", "b", "b", "set a breakpoint on it, or take it away"),
        Key("condition", "B", "B", "stop on a condition, such as abs(grad) < 1e-6"),
        Key("check", "v", "v", "its gradient beside finite differences", "v check"),
        Key("into", "enter,i", "Enter i", "step into it: its windows, its simpler ops, its card"),
        Key("out", "backspace,o", "Backspace o", "step out again"),
        Key("fold", "f", "f", "open its card, or fold the scope that it is in"),
        Key("fold_all", "F", "F", "fold all scopes, or open them all"),
        Key("unselect", "escape", "Esc", "choose nothing: follow the steps"),
    ),
    "The picture": (
        Key("pan_left", "shift+left,H", "Shift+arrows HJKL", "move the picture"),
        Key("pan_right", "shift+right,L", "", ""),
        Key("pan_up", "shift+up,K", "", ""),
        Key("pan_down", "shift+down,J", "", ""),
        Key("centre", "z", "z", "bring this step to the centre"),
        Key("zoom_in", "plus,equals_sign", "+", "larger boxes"),
        Key("zoom_out", "minus", "-", "smaller boxes"),
        Key("arrays", "a", "a", "show the node's arrays, or put them away"),
        Key("channel", "full_stop", ".", "the arrays' next channel"),
        Key("channel_back", "comma", ",", "the channel before"),
        Key("theme", "T", "T", "other colours"),
        Key("ascii", "A", "A", "plain characters, and back"),
    ),
    "Try and keep": (
        Key("edit", "e", "e", "change an input", "e edit"),
        Key("undo", "u", "u", "undo the change"),
        Key("redo", "ctrl+r", "Ctrl+r", "make it again"),
        Key("quiz", "Q", "Q", "a quiz: the next number is hidden", "Q quiz"),
        Key("export", "x", "x", "save this frame or the whole walk", "x export"),
        Key("copy", "y", "y", "copy the formula as LaTeX"),
        Key("command", "Y", "Y", "copy the command that reopens exactly here"),
        Key("open", "O", "O", "open something else"),
        Key("help", "question_mark,f1", "? F1", "this help", "? help"),
        Key("quit", "q,ctrl+c", "q Ctrl+c", "leave", "q quit"),
    ),
}  # fmt: skip

EVERY = tuple(key for keys in GROUPS.values() for key in keys)
ACTIONS = tuple(key.id for key in EVERY)


def footer(width: int, ascii: bool = False) -> list[tuple[str, str]]:
    """The footer's keys as (key, words), as many as fit; help and quit come first, and stand
    last.
    """
    swap = {"→": "right", "←": "left", "↓": "down"} if ascii else {}
    brief = [
        (swap.get(key, key), words)
        for key, words in (k.brief.split(" ", 1) for k in EVERY if k.brief)
    ]
    last, rest = brief[-2:], brief[:-2]
    room = width - sum(len(k) + len(w) + 3 for k, w in last)
    kept = []
    for key, words in rest:
        room -= len(key) + len(words) + 3
        if room < 0:
            break
        kept.append((key, words))
    return [*kept, *last]
