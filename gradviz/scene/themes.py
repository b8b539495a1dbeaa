"""Themes: the look of each role of a scene.

A theme names some colours, and says for each role which of them fills it, which outlines it, how
thick, with what dash, and in what weight its text is. All themes share one table of looks and
change some entries.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, get_args

from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.files import LARGEST_SETTINGS, clean_line, read_text
from gradviz.fonts import Weight
from gradviz.scene.colours import contrast, is_colour, mixed

PARTS = ("base", "colours", "roles", "fonts")
WIDEST = 20
NO_GROUND = "none"
"""The ground of a theme whose pictures are transparent."""


def read(path: Path) -> Theme:
    """The theme of a file.

    Raises FileError, ParseError or, naming the key, UnknownNameError or ValueInputError.
    """
    table = _table(path)
    _known(path, "", table, PARTS)
    base = table.get("base", "light")
    if not isinstance(base, str) or base not in THEMES:
        raise UnknownNameError(
            "there is no such theme to start from",
            where=f"{path}, base",
            expected=", ".join(THEMES),
            got=base,
            hint=did_you_mean(str(base), THEMES),
        )
    colours = _section(path, table, "colours")
    _known(path, "colours.", colours, THEMES[base].colours)
    transparent = colours.get("ground") == NO_GROUND
    colours = {n: c for n, c in colours.items() if not (transparent and n == "ground")}
    for name, colour in colours.items():
        _colour(path, f"colours.{name}", colour)
    roles = _section(path, table, "roles")
    _known(path, "roles.", roles, LOOKS)
    start = THEMES[base]
    looks = {role: _look(path, role, roles[role], start.looks[role], start) for role in roles}
    theme = changed(start, clean_line(path.stem), colours, looks)
    theme = replace(theme, transparent=transparent, fonts=_fonts(path, table.get("fonts", [])))
    for role, ground, ratio in theme.unreadable():
        raise ValueInputError(
            f"the text of the role {role} cannot be read on the colour {ground}",
            where=f"{path}, colours.{theme.looks[role].fill} on colours.{ground}",
            expected=f"a contrast of at least {READABLE} to 1",
            got=f"{ratio:.2f} to 1",
            hint="a darker text colour or a lighter ground, or the other way round",
        )
    return theme


def _fonts(path: Path, given: Any) -> tuple[str, ...]:
    """The paths of a theme's font files, which it names from its own folder."""
    if not isinstance(given, list) or not all(isinstance(name, str) and name for name in given):
        raise ValueInputError(
            "fonts must be a list of font files",
            where=f"{path}, fonts",
            expected='fonts = ["NotoSansKR.ttf"]',
            got=f"{given!r:.60}",
        )
    return tuple(str(path.parent / name) for name in given)


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path, LARGEST_SETTINGS, "a theme"))
    except tomllib.TOMLDecodeError as error:
        raise ValueInputError(
            "the theme is not valid TOML", where=str(path), got=str(error)
        ) from None


def _section(path: Path, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section = table.get(key, {})
    if not isinstance(section, dict):
        raise ValueInputError(
            f"{key} must be a table", where=f"{path}, {key}", expected=f"[{key}]", got=section
        )
    return section


def _known(path: Path, prefix: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    names = list(known)
    for key in table:
        if key not in names:
            raise UnknownNameError(
                f"a theme has no {prefix}{key}",
                where=str(path),
                expected=", ".join(names),
                got=key,
                hint=did_you_mean(key, names),
            )


def _colour(path: Path, key: str, value: Any, names: Iterable[str] = ()) -> str:
    names = list(names)
    if is_colour(value) or value in names:
        return str(value)
    expected = 'a colour such as "#0072B2"' + (f", or one of {', '.join(names)}" if names else "")
    raise ValueInputError(
        "not a valid colour", where=f"{path}, {key}", expected=expected, got=repr(value)
    )


def _look(path: Path, role: str, table: Any, look: Look, base: Theme) -> Look:
    key = f"roles.{role}"
    if not isinstance(table, dict):
        raise ValueInputError(
            f"{key} must be a table", where=str(path), expected=f'[roles."{role}"]', got=table
        )
    _known(path, f"{key}.", table, Look.__dataclass_fields__)
    changes: dict[str, Any] = {}
    for name, value in table.items():
        where = f"{path}, {key}.{name}"
        if name in ("fill", "stroke"):
            changes[name] = _colour(path, f"{key}.{name}", value, base.colours)
        elif name == "weight":
            if value not in get_args(Weight):
                weights = ", ".join(get_args(Weight))
                raise ValueInputError(
                    "not a valid weight", where=where, expected=weights, got=repr(value)
                )
            changes[name] = value
        elif name == "dash":
            if not isinstance(value, list) or len(value) > 8 or not all(map(_is_length, value)):
                raise ValueInputError(
                    "not a valid dash", where=where, expected="lengths, as in [6, 3]", got=value
                )
            changes[name] = tuple(map(float, value))
        elif not _is_length(value):
            expected = f"a number above 0 and up to {WIDEST}"
            raise ValueInputError(
                "not a valid width", where=where, expected=expected, got=repr(value)
            )
        else:
            changes[name] = float(value)
    return replace(look, **changes)


def _is_length(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= WIDEST


HEIGHTS: Final = 12
"""The tints of a surface's ground, the lowest first."""
FIELDS: Final = 4
"""The tints of a class's field in a plane, the palest first: even levels, as a smooth or a stronger
field would drown the samples.
"""
TINTS: Final[Mapping[str, tuple[str, float]]] = {
    "tint": ("hot", 0.08),
    "band": ("hot", 0.17),
    "contour": ("muted", 0.6),
    "back": ("wire", 0.6),
    **{f"height {k}": ("muted", 0.02 + 0.026 * k) for k in range(HEIGHTS)},
    "field value": ("value", 0.28),
    "field gradient": ("gradient", 0.28),
    **{f"dust {s}": (s, 0.4) for s in ("ink", "a", "b", "c")},
    **{f"field {s} {k}": (s, 0.05 + 0.07 * k) for s in ("ink", "a", "b", "c") for k in range(4)},
}
"""What is a colour thinned on the ground: which, and how much of it. The tint and the band lie in
and behind hot parts.
"""
SERIES: Final = ("ink", "a", "b", "c")
DASHES: Final[tuple[tuple[float, ...], ...]] = ((), (9, 4), (1.5, 4.5), (8, 3, 1.5, 3))
"""The colours of the series of a plot, none of which stands for a role in a trace; each has a dash
and a mark of its own too.
"""
READABLE: Final = 4.5
"""The least contrast of text with what is behind it (WCAG 2.2, success criterion 1.4.3)."""


@dataclass(frozen=True, slots=True)
class Look:
    """The look of one role. `fill` and `stroke` are names of colours, empty for none.

    `weight` replaces a text's own weight; scenes leave room for bold.
    """

    fill: str = ""
    stroke: str = ""
    width: float = 0.0
    dash: tuple[float, ...] = ()
    weight: Weight | None = None


LOOKS: Final[Mapping[str, Look]] = {
    "ink": Look("ink"),
    "muted": Look("muted"),
    "value": Look("value"),
    "gradient": Look("gradient"),
    "hot": Look("hot"),
    "warning": Look("hot", weight="bold"),
    "ground": Look("ground"),
    "line": Look("", "line", 1),
    "grid": Look("", "line", 1),
    "paper": Look("ground", "line", 1),
    "padding": Look("", "wire", 0.8, (2.5, 3)),
    "window": Look("", "hot", 2.6),
    "window tint": Look("tint"),
    "gate": Look("gate", "ink", 1.3),
    "gate hot": Look("tint", "hot", 2.4),
    "gate quiet": Look("ground", "quiet", 1.0),
    "wire": Look("", "wire", 1.7),
    "wire quiet": Look("", "quiet", 1.0),
    "casing": Look("", "ground", 6.0),
    "casing hot": Look("", "ground", 8.0),
    "wire hot": Look("", "hot", 3),
    "arrow": Look("hot"),
    "dot": Look("wire"),
    "dot quiet": Look("quiet"),
    "dot hot": Look("hot"),
    "scope": Look("", "wire", 1.2, (6, 5)),
    "scope hot": Look("", "hot", 1.6, (6, 5)),
    "entry": Look("gate", "wire", 1.0),
    "entry hot": Look("tint", "hot", 2),
    "ring": Look("", "hot", 1.4),
    "ring warning": Look("", "hot", 1.4, (3, 2.5)),
    "back": Look("muted", weight="regular"),
    "wire back": Look("", "back", 1.0),
    "arrow back": Look("back"),
    "gate back": Look("ground", "back", 1.0),
    "dot back": Look("back"),
    "arc back": Look("", "back", 0.8),
    "tie back": Look("", "back", 0.8),
    "window back": Look("", "back", 1.2),
    "ring back": Look("", "back", 1.0),
    "scope back": Look("", "back", 1.0, (6, 5)),
    "entry back": Look("ground", "back", 1.0),
    "progress forward": Look("value"),
    "progress backward": Look("gradient"),
    "progress update": Look("hot"),
    "progress now": Look("hot"),
    "progress ahead": Look("line"),
    "heat": Look(),
    "heat invalid": Look("hot"),
    "image": Look(),
    "arc": Look("", "plus", 1.4),
    "arc negative": Look("", "minus", 1.4),
    "arc hot": Look("", "hot", 2),
    "arc quiet": Look("", "line", 0.8),
    "arc casing": Look("", "ground", 5),
    "arc band": Look("", "band", 9),
    "capsule largest": Look("gate", "hot", 1.8),
    "tie": Look("", "wire", 0.9),
    "tie quiet": Look("", "quiet", 0.9),
    "face": Look("gate", "ink", 1.1),
    "face pool": Look("ground", "ink", 1.1),
    "face hot": Look("tint", "hot", 1.6),
    "face quiet": Look("ground", "quiet", 0.9),
    "side": Look("line", "ink", 1.1),
    "side pool": Look("gate", "ink", 1.1),
    "side hot": Look("band", "hot", 1.6),
    "side quiet": Look("ground", "quiet", 0.9),
    "frame": Look("", "ink", 1.1),
    "frame hot": Look("", "hot", 2.2),
    "frame gradient": Look("", "gradient", 2.0),
    "kernel": Look("", "ink", 1.1),
    "kernel hot": Look("", "hot", 2.0),
    "kernel quiet": Look("", "quiet", 0.9),
    "kernel casing": Look("", "ground", 3.6),
    "cell casing": Look("", "ground", 0.9),
    "prism": Look("", "ink", 0.7, (2.2, 2.2)),
    "prism hot": Look("", "hot", 1.0, (2.2, 2.2)),
    "prism quiet": Look("", "quiet", 0.7, (2.2, 2.2)),
    "pixel": Look("", "ink", 1.1),
    "axis": Look("", "wire", 1.1),
    "zero line": Look("", "line", 1),
    "reference": Look("", "ink", 1.1, (2.4, 4)),
    "at": Look("", "hot", 1.1, (2.4, 4)),
    "at tick": Look("", "hot", 1.6),
    "curve value": Look("", "value", 2.4),
    "curve gradient": Look("", "gradient", 2),
    "hollow value": Look("ground", "value", 1.5),
    "hollow gradient": Look("ground", "gradient", 1.5),
    "hollow hot": Look("ground", "hot", 1.8),
    "mark hot": Look("hot", "ground", 1),
    "tangent": Look("", "hot", 2.3),
    "field value": Look("field value"),
    "field gradient": Look("field gradient"),
    "contour": Look("", "contour", 0.8),
    "plate": Look("ground"),
    "critical": Look("", "ink", 1.9),
    "critical dot": Look("ink"),
    **{f"height {k}": Look(f"height {k}") for k in range(HEIGHTS)},
    **{f"series {s}": Look("", s, 2.2, dash) for s, dash in zip(SERIES, DASHES, strict=True)},
    **{f"way {s}": Look("", s, 1.9) for s in SERIES},
    **{f"mark {s}": Look(s, "ground", 0.9) for s in SERIES},
    **{f"hollow {s}": Look("ground", s, 2) for s in SERIES},
    **{f"dust {s}": Look(f"dust {s}") for s in SERIES},
    **{f"name {s}": Look(s) for s in SERIES},
    **{f"field {s} {k}": Look(f"field {s} {k}") for s in SERIES for k in range(FIELDS)},
    **{f"pale {s}": Look("", f"dust {s}", 0.9) for s in SERIES},
    "border": Look("", "ink", 2),
    "missed": Look("", "hot", 1.8),
    "differs": Look("", "ink", 1.3),
    "residual": Look("", "muted", 0.9),
    "tube": Look("", "value", 1),
    "tube inside": Look("", "ground", 1),
    "past value": Look("", "value", 2.4),
    "past ink": Look("", "ink", 2, (6, 3.5)),
    "future value": Look("", "field value", 1.6),
    "future ink": Look("", "dust ink", 1.6, (6, 3.5)),
    "hollow now": Look("hot", "ground", 1.6),
    "wire dot": Look("ground", "wire", 1.3),
}
"""The looks that themes start from."""

TEXT_ROLES: Final = (
    "ink", "muted", "back", "value", "gradient", "hot", "warning", *(f"name {s}" for s in SERIES),
)  # fmt: skip

GROUNDS: Final[tuple[tuple[str, str], ...]] = (
    *((role, "ground") for role in TEXT_ROLES),
    ("ink", "gate"),
    ("ink", "tint"),
    ("hot", "tint"),
)
"""The grounds on which each text stands."""


GRAPHICS: Final = (
    "gate", "gate hot", "gate quiet", "wire", "wire quiet", "wire hot", "arrow", "dot", "dot quiet",
    "dot hot", "ring", "ring warning", "face", "face pool", "face hot", "face quiet", "side",
    "frame gradient", "kernel", "kernel hot", "kernel quiet", "tie", "tie quiet", "scope",
    "scope hot", "entry", "entry hot", "axis", "curve value", "curve gradient", "tangent",
    "critical", *(f"series {s}" for s in SERIES),
)  # fmt: skip
VISIBLE: Final = 3.0
"""The least contrast of what a graph is drawn with (WCAG 2.2, success criterion 1.4.11)."""


@dataclass(frozen=True)
class Theme:
    """Colours by name as `#rrggbb`, and the looks that differ from LOOKS.

    The colours are ground, ink, muted, wire, quiet (what is not reached yet), line, gate, value,
    gradient, hot, tint (in hot parts), band (behind hot lines), back (what a spotlight leaves
    dark), plus and minus for the signs of weights, low, zero, high for heatmaps, a, b, c for the
    series of plots, and TINTS of these.
    Where it is transparent, its ground is not drawn; the colour is the one that its texts can be
    read on. `fonts` are files for letters that the shipped fonts lack. `dark` is a theme with the
    same looks and the colours for viewers that prefer dark ones, where a picture can follow them.
    """

    name: str
    colours: Mapping[str, str]
    changes: Mapping[str, Look] = field(default_factory=dict)
    transparent: bool = False
    fonts: tuple[str, ...] = ()
    dark: Theme | None = None

    @cached_property
    def looks(self) -> Mapping[str, Look]:
        """The look of every role."""
        uncased = {"casing": Look(), "casing hot": Look()} if self.transparent else {}
        return {**LOOKS, **uncased, **self.changes}

    def colour(self, name: str) -> str:
        """A colour by name or as `#rrggbb`; empty for none."""
        return self.colours.get(name, name)

    @cached_property
    def heat(self) -> tuple[str, ...]:
        """The colours of a heatmap's levels, lowest first."""
        low, zero, high = (self.colours[name] for name in ("low", "zero", "high"))
        from gradviz.scene.model import LEVELS  # a terminal does not need what this import loads

        steps = [n / LEVELS for n in range(LEVELS + 1)]
        return (
            *(mixed(low, zero, s) for s in reversed(steps[1:])),
            *(mixed(high, zero, s) for s in steps),
        )

    def unreadable(self) -> list[tuple[str, str, float]]:
        """Text roles with too little contrast to their ground: role, ground, contrast."""
        found = []
        for role, ground in GROUNDS:
            ratio = contrast(self.colour(self.looks[role].fill), self.colour(ground))
            if ratio < READABLE:
                found.append((role, ground, ratio))
        return found

    def faint(self) -> list[tuple[str, float]]:
        """What a graph is drawn with and does not stand out from the ground: role, contrast."""
        looks = ((role, self.looks[role]) for role in GRAPHICS)
        ground = self.colour("ground")
        found = [(r, contrast(self.colour(look.stroke or look.fill), ground)) for r, look in looks]
        return [(role, ratio) for role, ratio in found if ratio < VISIBLE]


def _theme(name: str, changes: Mapping[str, Look], /, **colours: str) -> Theme:
    for tint, (colour, share) in TINTS.items():
        colours.setdefault(tint, mixed(colours[colour], colours["ground"], share))
    return Theme(name, colours, changes)


_ON_WHITE = {
    "ground": "#FFFFFF", "ink": "#1B1F24", "muted": "#6B7480", "wire": "#747E89", "line": "#C9D0D8",
    "quiet": "#8C959F",
    "gate": "#F4F6F8", "low": "#2166AC", "zero": "#F4F6F8", "high": "#B2182B",
    "plus": "#7B8DA0", "minus": "#A07C2C",
    "a": "#0B7A75", "b": "#6B4400", "c": "#5D4FB3",
}  # fmt: skip
_BLACK = "#000000"

THEMES: Final[Mapping[str, Theme]] = {
    theme.name: theme
    for theme in (
        _theme("light", {}, **_ON_WHITE, value="#0072B2", gradient="#C25500", hot="#8F2D6B"),
        _theme(
            "dark",
            {},
            ground="#14171B",
            ink="#E9EDF1",
            muted="#8B96A2",
            wire="#7B8793",
            quiet="#626D79",
            line="#3A424B",
            gate="#1F242A",
            plus="#71849A",
            minus="#A88838",
            a="#86FDB4",
            b="#A67D47",
            c="#9A7BFF",
            value="#5DB7E8",
            gradient="#FFB070",
            hot="#F5749B",
            low="#6FB1EA",
            zero="#242A31",
            high="#F4806B",
        ),
        _theme(
            "print",
            {
                "value": Look("value", weight="regular"),
                "gradient": Look("gradient", weight="semibold"),
                "hot": Look("hot", weight="bold"),
                "gate hot": Look("ground", "hot", 3),
                "window": Look("", "hot", 3.2),
                "gate quiet": Look("ground", "wire", 1, (3, 3)),
                "wire quiet": Look("", "wire", 1.2, (1, 4)),
                "wire hot": Look("", "hot", 4),
                "curve gradient": Look("", "gradient", 2, (7, 3.5)),
                "tangent": Look("", "hot", 3.6),
                "progress forward": Look("wire"),
                "progress ahead": Look("ground", "wire", 0.8),
            },
            ground="#FFFFFF",
            ink=_BLACK,
            muted="#555555",
            wire="#777777",
            quiet="#777777",
            line="#BBBBBB",
            gate="#FFFFFF",
            plus="#777777",
            minus="#777777",
            a=_BLACK,
            b="#555555",
            c="#333333",
            value=_BLACK,
            gradient=_BLACK,
            hot=_BLACK,
            tint="#FFFFFF",
            low="#FFFFFF",
            zero="#BBBBBB",
            high=_BLACK,
        ),
        _theme("cs231n", {}, **_ON_WHITE, value="#0B6E4F", gradient="#B3261E", hot="#7B2CBF"),
    )
}
"""The themes that come with gradviz; the first is the default."""

FOLLOWING: Final = replace(THEMES["light"], name="auto", dark=THEMES["dark"])
"""Light or dark, as the viewer of a picture prefers."""


def theme(name_or_path: str | Path = "light") -> Theme:
    """A theme by name, or read from a TOML file (see `gradviz.scene.themes`).

    A name that ends in `.toml` or contains a slash is a path. Raises UnknownNameError for an
    unknown name, FileError for a file that cannot be read, and ValueInputError for one with a
    mistake.
    """
    name = str(name_or_path)
    if name in THEMES:
        return THEMES[name]
    if isinstance(name_or_path, Path) or name.endswith(".toml") or "/" in name or "\\" in name:
        return read(Path(name_or_path))
    raise UnknownNameError(
        f"there is no theme {name!r:.80}",
        expected=", ".join(THEMES) + ", or the path of a .toml file",
        hint=did_you_mean(name, THEMES),
    )


def changed(base: Theme, name: str, colours: Mapping[str, str], looks: Mapping[str, Look]) -> Theme:
    """A theme with some colours and looks replaced; tints follow their colours unless they are
    given.
    """
    merged = {**base.colours, **colours}
    for tint, (colour, share) in TINTS.items():
        if tint not in colours and {colour, "ground"} & set(colours):
            merged[tint] = mixed(merged[colour], merged["ground"], share)
    return replace(base, name=name, colours=merged, changes={**base.changes, **looks})
