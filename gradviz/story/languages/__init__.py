"""What gradviz says, in the reader's language.

Texts stand in the code in English, as `str.format` patterns, and `say` fills them. A language is a
catalogue, `CODE.po` in this folder, which maps each English pattern to its own; what it lacks is
said in English. See `catalogue` for what a translation may write; `scripts/language_patterns.py`
lists all patterns.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean

if TYPE_CHECKING:
    from gradviz.story.languages.catalogue import Catalogue

ENGLISH: Final = "en"
VARIABLE: Final = "GRADVIZ_LANGUAGE"
"""The environment variable that names the usual language."""
FOLDER: Final = Path(__file__).parent
NO_CHANGES: Final[Mapping[str, str]] = {}

_SPOKEN: ContextVar[Catalogue | None] = ContextVar("language")
_READ: dict[str, Catalogue] = {}
_usual: Catalogue | None = None
"""What is spoken where no `speaking` surrounds the code, other threads included."""


def say(text: str, /, **slots: Any) -> str:
    """An English pattern in the language of the reader, filled."""
    return fill(text, slots) if slots else translated(text)


def fill(text: str, slots: Mapping[str, Any], changes: Mapping[str, str] = NO_CHANGES) -> str:
    """The same, with slots that may be worked out when they are asked for.

    changes   pieces of the pattern that read otherwise here, in any language: `= {local}`.
    """
    catalogue = _SPOKEN.get(_usual)
    found = None if catalogue is None else catalogue.texts.get(text)
    told = text if found is None else found
    for usual, here in changes.items():
        told = told.replace(usual, here)
    return (
        told.format_map(slots)
        if catalogue is None or found is None
        else catalogue.fill(told, slots)
    )


def translated(text: str) -> str:
    """An English text or pattern in the language of the reader, not filled."""
    catalogue = _SPOKEN.get(_usual)
    return text if catalogue is None else catalogue.of(text)


def pattern(text: str) -> str:
    """A text that is said elsewhere; the mark by which it is found for catalogues."""
    return text


def arranged(text: str, slots: Mapping[str, Any]) -> tuple[str, list[int]]:
    """A pattern in which `{}` stands for parts in their order, with its named slots filled; and
    the order of the parts in the reader's language, in which `{1}` may come before `{0}`.
    """
    count = text.count("{}")
    if _SPOKEN.get(_usual) is None and not slots:
        return text, list(range(count))
    marks = [f"\x00{i}\x00" for i in range(count)]
    told = _with_parts(text, marks, slots).split("\x00")
    return "{}".join(told[::2]), list(map(int, told[1::2]))


def _with_parts(text: str, parts: list[str], slots: Mapping[str, Any]) -> str:
    catalogue = _SPOKEN.get(_usual)
    found = None if catalogue is None else catalogue.texts.get(text)
    if catalogue is None or found is None:
        return text.format(*parts, **slots)
    return catalogue.vformat(found, parts, slots)


def listed(parts: Iterable[str]) -> str:
    """Parts in a sentence: `a, b and c`. Empty for none."""
    *others, last = [*parts] or [""]
    return say("{others} and {last}", others=", ".join(others), last=last) if others else last


def languages() -> list[str]:
    """The codes of all languages, English first."""
    return [ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po"))]


def usual() -> str:
    """The language where none is asked for: that of the environment variable, else English."""
    return os.environ.get(VARIABLE) or ENGLISH


def spoken() -> str:
    """The code of the language in use."""
    catalogue = _SPOKEN.get(_usual)
    return ENGLISH if catalogue is None else catalogue.code


def babel() -> str:
    """What LaTeX's babel calls the language in use; empty for English, and where it is not told."""
    catalogue = _SPOKEN.get(_usual)
    return "" if catalogue is None else catalogue.babel


@contextmanager
def speaking(code: str | None = None) -> Iterator[None]:
    """Speak a language, that of the surrounding code for None.

    Raises UnknownNameError for one that has no catalogue, FileError for a faulty catalogue.
    """
    if code is None:
        yield
        return
    token = _SPOKEN.set(read(code))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def speak(code: str) -> None:
    """Speak a language from now on, in all threads. Raises as `speaking` does."""
    global _usual
    _usual = read(code)


@contextmanager
def kept() -> Iterator[None]:
    """Speak the environment's usual language, and afterwards what was spoken before, whatever
    `speak` has chosen meanwhile. Raises as `speaking` does.
    """
    global _usual
    before = _usual
    try:
        speak(usual())
        yield
    finally:
        _usual = before


def read(code: str) -> Catalogue | None:
    """The catalogue of a language; None for English. Raises as `speaking` does."""
    if code == ENGLISH:
        return None
    if code not in _READ:
        from gradviz.story.languages.catalogue import Catalogue

        _READ[code] = Catalogue.of_file(FOLDER / f"{check(code)}.po")
    return _READ[code]


def check(code: str) -> str:
    """The code of a language. Raises UnknownNameError where there is no such language."""
    if not isinstance(code, str):
        raise ValueInputError(
            "a language is given by its code",
            expected=" or ".join(languages()),
            got=f"{code!r:.40}",
        )
    if code not in languages():
        known = languages()
        raise UnknownNameError(
            f"there is no language {code[:40]!r}",
            expected=", ".join(known),
            hint=did_you_mean(code, known),
        )
    return code
