"""What each role looks like in the terminal: the themes of the pictures, or the terminal's own colours."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from gradviz.scene.colours import contrast, mixed
from gradviz.scene.themes import THEMES

DARK = {"dark"}
TERMINAL = "terminal"
_LEVELS = 64


def textual_theme(name: str) -> Theme:
    """Textual's own theme for its inputs and lists, in our colours."""
    if name == TERMINAL:
        base = BUILTIN_THEMES["ansi-dark"]
        own = {
            "border": "ansi_bright_black", "border-blurred": "ansi_bright_black", "scrollbar": "ansi_bright_black",
            "scrollbar-background": "ansi_default", "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default", "block-cursor-foreground": "ansi_black",
            "block-cursor-background": "ansi_white",
        }  # fmt: skip
        return replace(
            base, name="gradviz-terminal", primary="ansi_magenta", accent="ansi_magenta", error="ansi_red",
            variables={**base.variables, **own},
        )  # fmt: skip
    c = THEMES[name].colours
    return Theme(
        f"gradviz-{name}", primary=c["hot"], secondary=c["value"], warning=c["gradient"], error=c["hot"],
        success=c["value"], accent=c["hot"], foreground=c["ink"], background=c["ground"], surface=c["gate"],
        panel=c["line"], dark=name in DARK,
        variables={
            "border": c["hot"], "border-blurred": c["line"], "scrollbar": c["line"], "scrollbar-background": c["ground"],
            "scrollbar-background-hover": c["ground"], "scrollbar-background-active": c["ground"],
            "scrollbar-hover": c["wire"], "scrollbar-active": c["wire"], "scrollbar-corner-color": c["ground"],
        },
    )  # fmt: skip


@lru_cache(maxsize=8)
def styles(name: str) -> dict[str, Style]:
    """The style of every role."""
    if name == TERMINAL:
        return {
            "": Style(), "plain": Style(), "value": Style(color="bright_blue"), "gradient": Style(color="yellow"),
            "label": Style(color="yellow", bold=True), "hot": Style(color="magenta", bold=True), "quiet": Style(dim=True),
            "wire": Style(dim=True), "note": Style(dim=True), "muted": Style(dim=True), "heading": Style(bold=True),
            "warning": Style(color="red", bold=True), "selected": Style(reverse=True), "changed": Style(color="bright_blue", bold=True),
            "key": Style(bold=True), "ahead": Style(dim=True), "back": Style(color="yellow"), "fore": Style(color="bright_blue"),
            "good": Style(color="green", bold=True),
        }  # fmt: skip
    c = THEMES[name].colours
    on: dict[str, Any] = {"bgcolor": c["ground"]}
    return {
        "": Style(color=c["ink"], **on), "plain": Style(color=c["ink"], **on),
        "value": Style(color=c["value"], **on), "gradient": Style(color=c["gradient"], **on),
        "label": Style(color=c["gradient"], bold=True, **on), "hot": Style(color=c["hot"], bold=True, **on),
        "quiet": Style(color=c["wire"], **on), "wire": Style(color=c["wire"], **on),
        "note": Style(color=c["muted"], **on), "muted": Style(color=c["muted"], **on),
        "heading": Style(color=c["ink"], bold=True, **on), "warning": Style(color=c["hot"], bold=True, **on),
        "selected": Style(color=c["ground"], bgcolor=c["ink"], bold=True),
        "changed": Style(color=c["value"], bold=True, **on), "key": Style(color=c["ink"], bold=True, **on),
        "ahead": Style(color=c["line"], **on), "back": Style(color=c["gradient"], **on), "fore": Style(color=c["value"], **on),
        "good": Style(color=c["value"], bold=True, **on),
    }  # fmt: skip


def look(name: str, role: str) -> Style:
    """The style of one role; `heat -64` to `heat 64` are the colours of a heatmap's cells."""
    if role.startswith("heat "):
        return _heat_style(name, int(role[5:]))
    table = styles(name)
    return table.get(role, table["plain"])


@lru_cache(maxsize=512)
def _heat_style(name: str, level: int) -> Style:
    ground, ink = heat(name, level)
    return Style(color=ink, bgcolor=ground)


@lru_cache(maxsize=512)
def heat(name: str, level: int) -> tuple[str, str]:
    """The colour of a heatmap's cell, from -64 to 64, and one that text on it can have."""
    theme = "dark" if name == TERMINAL else name
    c = THEMES[theme].colours
    share = min(1.0, abs(level) / _LEVELS)
    ground = mixed(c["high" if level > 0 else "low"], c["zero"], share)
    return ground, max((c["ink"], c["ground"]), key=lambda ink: contrast(ink, ground))
