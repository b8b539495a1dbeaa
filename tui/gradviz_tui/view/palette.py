"""The look of each role in the terminal: a theme of the pictures, or the terminal's own colours."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gradviz.scene.colours import contrast, mixed
from gradviz.scene.themes import THEMES

if TYPE_CHECKING:
    from rich.style import Style
    from textual.theme import Theme

DEFAULT, TERMINAL = "dark", "terminal"
TOLD_APART = tuple(n for n, t in THEMES.items() if t.colours["value"] != t.colours["gradient"])
"""The pictures' themes that a terminal has too: colour alone tells values from gradients there."""
NAMES = (DEFAULT, *(name for name in TOLD_APART if name != DEFAULT), TERMINAL)
"""The program's themes, in the order in which a key goes through them."""
_LEVELS = 64


def of_pictures(name: str) -> str:
    """The theme of a picture that is saved from here."""
    return name if name in THEMES else next(iter(THEMES))


def textual_theme(name: str) -> Theme:
    """Textual's own theme for its inputs and lists, in our colours."""
    from textual.theme import BUILTIN_THEMES, Theme

    if name == TERMINAL:
        base = BUILTIN_THEMES["ansi-dark"]
        own = {
            "border": "ansi_bright_black",
            "border-blurred": "ansi_bright_black",
            "scrollbar": "ansi_bright_black",
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
            "block-cursor-foreground": "ansi_black",
            "block-cursor-background": "ansi_white",
        }
        return replace(
            base,
            name="gradviz-terminal",
            primary="ansi_magenta",
            accent="ansi_magenta",
            error="ansi_red",
            variables={**base.variables, **own},
        )
    c = THEMES[name].colours
    return Theme(
        f"gradviz-{name}",
        primary=c["hot"],
        secondary=c["value"],
        warning=c["gradient"],
        error=c["hot"],
        success=c["value"],
        accent=c["hot"],
        foreground=c["ink"],
        background=c["ground"],
        surface=c["gate"],
        panel=c["line"],
        dark=contrast(c["ground"], "#FFFFFF") > contrast(c["ground"], "#000000"),
        variables={
            "border": c["hot"],
            "border-blurred": c["line"],
            "scrollbar": c["line"],
            "scrollbar-background": c["ground"],
            "scrollbar-background-hover": c["ground"],
            "scrollbar-background-active": c["ground"],
            "scrollbar-hover": c["wire"],
            "scrollbar-active": c["wire"],
            "scrollbar-corner-color": c["ground"],
        },
    )


class Look(NamedTuple):
    """How text of a role looks: colours as the terminal or as `#rrggbb` names them, or its own."""

    color: str | None = None
    ground: str | None = None
    bold: bool | None = None
    dim: bool | None = None
    reverse: bool | None = None


@lru_cache(maxsize=8)
def looks(name: str) -> dict[str, Look]:
    """How every role looks."""
    if name == TERMINAL:
        return {
            "": Look(),
            "plain": Look(),
            "value": Look("bright_blue"),
            "gradient": Look("yellow"),
            "label": Look("yellow", bold=True),
            "hot": Look("magenta", bold=True),
            "quiet": Look(dim=True),
            "wire": Look(dim=True),
            "note": Look(dim=True),
            "muted": Look(dim=True),
            "heading": Look(bold=True),
            "warning": Look("red", bold=True),
            "selected": Look(reverse=True),
            "changed": Look("bright_blue", bold=True),
            "key": Look(bold=True),
            "ahead": Look(dim=True),
            "back": Look("yellow"),
            "fore": Look("bright_blue"),
            "good": Look("green", bold=True),
        }
    c = THEMES[name].colours
    plain = {
        "": "ink",
        "plain": "ink",
        "value": "value",
        "gradient": "gradient",
        "quiet": "wire",
        "wire": "wire",
        "note": "muted",
        "muted": "muted",
        "ahead": "line",
        "back": "gradient",
        "fore": "value",
    }
    bold = {
        "label": "gradient",
        "hot": "hot",
        "heading": "ink",
        "warning": "hot",
        "changed": "value",
        "key": "ink",
        "good": "value",
    }
    return {
        **{role: Look(c[colour], c["ground"]) for role, colour in plain.items()},
        **{role: Look(c[colour], c["ground"], bold=True) for role, colour in bold.items()},
        "selected": Look(c["ground"], c["ink"], bold=True),
    }


@lru_cache(maxsize=8)
def styles(name: str) -> dict[str, Style]:
    """The style of every role."""
    from rich.style import Style

    return {
        role: Style(
            color=look.color,
            bgcolor=look.ground,
            bold=look.bold,
            dim=look.dim,
            reverse=look.reverse,
        )
        for role, look in looks(name).items()
    }


def look(name: str, role: str) -> Style:
    """The style of one role; `heat -64` to `heat 64` are the colours of a heatmap's cells.

    `heats -64 64` colours the upper and the lower half of one, and `points #000000 #ffffff` those
    of a picture.
    """
    if role.startswith("heat "):
        return _heat_style(name, int(role[5:]))
    if role.startswith(("heats ", "points ")):
        return _half_style(name, role)
    table = styles(name)
    return table.get(role, table["plain"])


@lru_cache(maxsize=512)
def _heat_style(name: str, level: int) -> Style:
    from rich.style import Style

    ground, ink = heat(name, level)
    return Style(color=ink, bgcolor=ground)


@lru_cache(maxsize=4096)
def _half_style(name: str, role: str) -> Style:
    from rich.style import Style

    kind, *halves = role.split(" ")
    colours = [heat(name, int(half))[0] if kind == "heats" else half for half in halves if half]
    return Style(
        color=colours[0], bgcolor=colours[1] if len(colours) > 1 else looks(name)[""].ground
    )


@lru_cache(maxsize=512)
def heat(name: str, level: int) -> tuple[str, str]:
    """The colour of a heatmap's cell, from -64 to 64, and one that text on it can have."""
    theme = DEFAULT if name == TERMINAL else name
    c = THEMES[theme].colours
    share = min(1.0, abs(level) / _LEVELS)
    ground = mixed(c["high" if level > 0 else "low"], c["zero"], share)
    return ground, max((c["ink"], c["ground"]), key=lambda ink: contrast(ink, ground))
