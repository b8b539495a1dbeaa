"""Saved settings: read from the user's folder, checked one by one, written back as a whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gradviz.errors import GradvizError, did_you_mean, nearest
from gradviz.files import read_text
from gradviz.story.keys import ACTIONS
from gradviz_tui.view import palette

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Steps per second."""
MOST_RECENT = 12
LARGEST = 100_000
"""The most bytes that a settings file may have."""


@dataclass(frozen=True)
class Settings:
    """What a user chose.

    theme     one of the pictures' themes, or terminal (the terminal's own colours).
    ascii     whether the picture is drawn in ASCII.
    speed     steps per second while playing.
    keys      the keys of each action by its name, separated by commas: `step = "right,l"`.
    recent    recently opened sources, latest first, as typed on the command line.
    problems  what was ignored in the file, and why; never saved.
    asked     whether ASCII was asked for by an option: for this session, so it is not saved.
    locked    whether the file could not be read at all; then it is not overwritten.
    """

    theme: str = palette.DEFAULT
    ascii: bool = False
    speed: float = 2.0
    keys: dict[str, str] = field(default_factory=dict)
    recent: tuple[tuple[str, ...], ...] = ()
    problems: tuple[str, ...] = ()
    asked: bool = False
    locked: bool = False

    def in_ascii(self, asked: bool) -> Settings:
        """In ASCII for this session, if an option asks for that."""
        return self if self.ascii or not asked else replace(self, ascii=True, asked=True)

    def opened(self, words: tuple[str, ...], instead: tuple[str, ...] = ()) -> Settings:
        """With a source at the front of the recent ones; it replaces `instead`."""
        rest = tuple(w for w in self.recent if w not in (words, instead))
        return replace(self, recent=(words, *rest)[:MOST_RECENT])


def folder() -> Path:
    """The settings folder: GRADVIZ_CONFIG, XDG, Application Support or AppData."""
    if given := os.environ.get("GRADVIZ_CONFIG"):
        return Path(given)
    home = Path("~").expanduser()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "gradviz"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / "gradviz"
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(base if os.path.isabs(base) else home / ".config") / "gradviz"  # noqa: PTH117


def path() -> Path:
    """The file of settings."""
    return folder() / "tui.toml"


def load(file: Path | None = None) -> Settings:
    """Load settings from a file; missing or invalid ones get their default.

    `problems` names the invalid ones.
    """
    import tomllib

    file = file or path()
    try:
        if not file.exists():
            return Settings()
        data = tomllib.loads(read_text(file, LARGEST, "TOML"))
    except (GradvizError, OSError, tomllib.TOMLDecodeError) as error:
        why = error.what if isinstance(error, GradvizError) else error
        return Settings(problems=(f"{file} cannot be read and is ignored: {why}",), locked=True)
    return _checked(data)


def _checked(data: dict[str, Any]) -> Settings:
    checks: dict[str, tuple[Callable[[Any], bool], str]] = {
        "theme": (lambda v: v in palette.NAMES, f"one of {', '.join(palette.NAMES)}"),
        "ascii": (lambda v: isinstance(v, bool), "true or false"),
        "speed": (
            lambda v: v in SPEEDS and not isinstance(v, bool),
            f"one of {', '.join(f'{s:g}' for s in SPEEDS)}",
        ),
        "recent": (_is_recent, "a list of lists of strings"),
        "keys": (lambda v: isinstance(v, dict), "a table of actions and their keys"),
    }
    kept: dict[str, Any] = {}
    problems = []
    for name, value in data.items():
        if name not in checks:
            problems.append(f"unknown setting {name!r:.40}" + _maybe(did_you_mean(name, checks)))
        elif not checks[name][0](value):
            problems.append(f"{name} is {value!r:.40}, but must be {checks[name][1]}")
        else:
            kept[name] = value
    keys = {}
    for action, text in kept.pop("keys", {}).items():
        if action not in ACTIONS:
            problems.append(
                f"unknown action {action!r:.40} under [keys]"
                + _maybe(did_you_mean(action, ACTIONS))
            )
        elif not isinstance(text, str) or not text.strip():
            problems.append(f'the keys of {action} must be a string such as "right,l"')
        elif bad := [k for k in text.split(",") if not is_key(k.strip())]:
            problems.append(f"{bad[0].strip()!r:.40} is not a key" + _maybe(_known_key(bad[0])))
        else:
            keys[action] = ",".join(k.strip() for k in text.split(","))
    recent = tuple(tuple(words) for words in kept.pop("recent", ()))[:MOST_RECENT]
    speed = float(kept.pop("speed", Settings.speed))
    return Settings(**kept, speed=speed, keys=keys, recent=recent, problems=tuple(problems))


def _maybe(hint: str) -> str:
    return f": {hint}" if hint else ""


def _is_recent(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(words, list) and words and all(isinstance(w, str) for w in words)
        for words in value
    )


MODIFIERS = {"ctrl", "shift", "alt", "super"}


def is_key(name: str) -> bool:
    """Whether a name is a key: a character or a key's name, perhaps after ctrl+, shift+ or alt+."""
    *before, last = name.split("+") if len(name) > 1 else [name]
    return set(before) <= MODIFIERS and (len(last) == 1 or last in _names())


def _names() -> set[str]:
    from textual.keys import Keys

    return {key.value for key in Keys} | {f"f{n}" for n in range(1, 25)} | set(NAMED)


NAMED = (
    "space",
    "slash",
    "question_mark",
    "colon",
    "plus",
    "minus",
    "equals_sign",
    "left_square_bracket",
    "right_square_bracket",
    "less_than_sign",
    "greater_than_sign",
    "comma",
    "full_stop",
    "upper",
)


def _known_key(name: str) -> str:
    found = nearest(name.strip(), _names())
    return f"did you mean {found}?" if found else ""


def _text(value: Any) -> str:
    """A string, or nested lists of strings, in TOML: as in JSON except for one character."""
    import json  # only what is saved needs it

    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def save(settings: Settings, file: Path | None = None) -> str:
    """Save the settings; returns the reason for a failure, or the empty string.

    A file that could not be read is left alone.
    """
    from gradviz.files import write_whole  # after the first frame

    file = file or path()
    if settings.locked:
        return ""
    lines = [
        '# Settings of gradviz tui. Keys: action = "key,key".',
        f"theme = {_text(settings.theme)}",
        f"ascii = {str(settings.ascii and not settings.asked).lower()}",
        f"speed = {settings.speed:g}",
        f"recent = {_text([list(words) for words in settings.recent])}",
    ]
    if settings.keys:
        lines += [
            "",
            "[keys]",
            *(f"{name} = {_text(text)}" for name, text in sorted(settings.keys.items())),
        ]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, ("\n".join(lines) + "\n").encode())
    except OSError as error:
        return f"the settings were not saved: {error}"
    return ""
