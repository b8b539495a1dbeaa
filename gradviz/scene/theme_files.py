"""A user's own theme, from a TOML file:

    base = "light"                  # the theme to start from; light by default

    [colours]                       # any of a theme's colours, as "#rrggbb"
    value = "#005A9C"

    [roles."wire hot"]              # any role: fill, stroke (a colour's name or "#rrggbb"), width, dash, weight
    width = 4
    dash = [6, 3]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from gradviz.errors import FileError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.fonts import Weight
from gradviz.scene.colours import is_colour
from gradviz.scene.themes import LOOKS, READABLE, THEMES, Look, Theme, changed

PARTS = ("base", "colours", "roles")
WIDEST = 20


def read(path: Path) -> Theme:
    """The theme of a file. Raises FileError or, naming the key, UnknownNameError or ValueInputError."""
    table = _table(path)
    _known(path, "", table, PARTS)
    base = table.get("base", "light")
    if not isinstance(base, str) or base not in THEMES:
        raise UnknownNameError(
            "there is no such theme to start from", where=f"{path}, base", expected=", ".join(THEMES),
            got=base, hint=did_you_mean(str(base), THEMES),
        )  # fmt: skip
    colours = _section(path, table, "colours")
    _known(path, "colours.", colours, THEMES[base].colours)
    for name, colour in colours.items():
        _colour(path, f"colours.{name}", colour)
    roles = _section(path, table, "roles")
    _known(path, "roles.", roles, LOOKS)
    start = THEMES[base]
    looks = {role: _look(path, role, roles[role], start.looks[role], start) for role in roles}
    theme = changed(start, path.stem, colours, looks)
    for role, ground, ratio in theme.unreadable():
        raise ValueInputError(
            f"the text of the role {role} cannot be read on the colour {ground}",
            where=f"{path}, colours.{theme.looks[role].fill} on colours.{ground}",
            expected=f"a contrast of at least {READABLE} to 1",
            got=f"{ratio:.2f} to 1",
            hint="a darker text colour or a lighter ground, or the other way round",
        )
    return theme


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"cannot read the theme {path}", got=error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(f"cannot read the theme {path}", expected="text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueInputError("the theme is no TOML", where=str(path), got=str(error)) from None


def _section(path: Path, table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section = table.get(key, {})
    if not isinstance(section, dict):
        raise ValueInputError(f"{key} must be a table", where=f"{path}, {key}", expected=f"[{key}]", got=section)
    return section


def _known(path: Path, prefix: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
    names = list(known)
    for key in table:
        if key not in names:
            raise UnknownNameError(
                f"a theme has no {prefix}{key}",
                where=str(path), expected=", ".join(names), got=key, hint=did_you_mean(key, names),
            )  # fmt: skip


def _colour(path: Path, key: str, value: Any, names: Iterable[str] = ()) -> str:
    names = list(names)
    if is_colour(value) or value in names:
        return str(value)
    expected = "a colour such as \"#0072B2\"" + (f", or one of {', '.join(names)}" if names else "")
    raise ValueInputError("this is no colour", where=f"{path}, {key}", expected=expected, got=repr(value))


def _look(path: Path, role: str, table: Any, look: Look, base: Theme) -> Look:
    key = f"roles.{role}"
    if not isinstance(table, dict):
        raise ValueInputError(f"{key} must be a table", where=str(path), expected=f'[roles."{role}"]', got=table)
    _known(path, f"{key}.", table, Look.__dataclass_fields__)
    changes: dict[str, Any] = {}
    for name, value in table.items():
        where = f"{path}, {key}.{name}"
        if name in ("fill", "stroke"):
            changes[name] = _colour(path, f"{key}.{name}", value, base.colours)
        elif name == "weight":
            if value not in get_args(Weight):
                weights = ", ".join(get_args(Weight))
                raise ValueInputError("this is no weight", where=where, expected=weights, got=repr(value))
            changes[name] = value
        elif name == "dash":
            if not isinstance(value, list) or len(value) > 8 or not all(map(_is_length, value)):
                raise ValueInputError("this is no dash", where=where, expected="lengths, as in [6, 3]", got=value)
            changes[name] = tuple(map(float, value))
        elif not _is_length(value):
            expected = f"a number above 0 and up to {WIDEST}"
            raise ValueInputError("this is no width", where=where, expected=expected, got=repr(value))
        else:
            changes[name] = float(value)
    return replace(look, **changes)


def _is_length(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= WIDEST
