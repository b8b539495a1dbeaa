"""The colours of a page as CSS: variables for a light, a dark and a printed page, and the look of
each role as a class.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gradviz.export.formats.page.sheet import css_class, variable
from gradviz.export.formats.svg import _n
from gradviz.fonts import CSS_WEIGHTS
from gradviz.scene.colours import luminance
from gradviz.scene.themes import THEMES, Look, Theme

OF_PAGES: Final = (
    "ground", "ink", "muted", "wire", "line", "gate", "value", "gradient", "hot", "tint",
)  # fmt: skip
"""The colours that the page itself is drawn with."""


def pair(theme: Theme) -> tuple[Theme, Theme]:
    """A theme for light pages and one for dark pages; the one asked for is one of them."""
    if luminance(theme.colours["ground"]) < 0.18:
        return THEMES["light"], theme
    return theme, THEMES["dark"]


def css(theme: Theme, roles: Iterable[str]) -> str:
    """The style sheet of a page in a theme. The usual theme follows what the viewer prefers; any
    other is the one at first, and the page can be switched.
    """
    light, dark = pair(theme)
    used = sorted({*OF_PAGES, *(c for role in roles for c in _colours(light, dark, role))})
    bright, dim = _variables(light, used, "light"), _variables(dark, used, "dark")
    first, other = (bright, dim) if theme is not dark else (dim, bright)
    name = "dark" if theme is not dark else "light"
    rules = [f":root{{{first}}}", f":root[data-theme={name}]{{{other}}}"]
    if follows(theme):
        rules.append(f"@media(prefers-color-scheme:dark){{:root:not([data-theme]){{{dim}}}}}")
    rules.append(f"@media print{{:root,:root:root:root{{{bright}}}}}")
    return "\n".join([*rules, *_roles(light, dark, roles)])


def follows(theme: Theme) -> bool:
    """Whether a page in this theme is light or dark as its viewer prefers."""
    return theme.name == "light"


def _variables(theme: Theme, colours: Iterable[str], scheme: str) -> str:
    return f"color-scheme:{scheme};" + ";".join(
        f"--{css_class(name)}:{_ground(theme, name)}" for name in colours
    )


def _ground(theme: Theme, name: str) -> str:
    return "transparent" if theme.transparent and name == "ground" else theme.colours[name]


def _colours(light: Theme, dark: Theme, role: str) -> list[str]:
    """The colours that a role is drawn with."""
    names = [
        name for theme in (light, dark) if role in theme.looks
        for name in (theme.looks[role].fill, theme.looks[role].stroke)
    ]  # fmt: skip
    return [name for name in names if name in light.colours and name in dark.colours]


def _roles(light: Theme, dark: Theme, roles: Iterable[str]) -> list[str]:
    """The look of each role, in the dark theme where it is another."""
    found = []
    for role in sorted(set(roles) & set(light.looks)):
        name, look, other = css_class(role), light.looks[role], dark.looks[role]
        found.append(f".picture .{name}{{{_painted(light, look)}}}")
        if other != look:
            found.append(f"[data-theme=dark] .picture .{name}{{{_painted(dark, other)}}}")
    return found


def _painted(theme: Theme, look: Look) -> str:
    said = f"fill:{variable(theme, look.fill)}"
    if look.stroke:
        said += f";stroke:{variable(theme, look.stroke)};stroke-width:{_n(look.width)}"
        said += ";stroke-linecap:round"
    if look.dash:
        said += f";stroke-dasharray:{' '.join(map(_n, look.dash))}"
    return said + (f";font-weight:{CSS_WEIGHTS[look.weight]}" if look.weight else "")
