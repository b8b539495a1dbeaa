"""A catalogue: what one language says for each English pattern, read from a gettext `.po` file.

An entry has the English pattern as its `msgid` and the translation as its `msgstr`, with the same
placeholders in any order. A placeholder may say more after a colon:

    {count:Element|Elemente}       the number with what is counted, one form for each of the
                                   language's plurals (`Plural-Forms` in the head of the file)
    {count.word:wird|werden}       such a form alone, without the number
    {count.digits}                 the number in digits, where English spells it
    {source:은/는}                 the text, followed by the first of two particles where its last
                                   sound is a consonant, by the second else

Signs before a number that may turn into ≈ stay with it: `= {local}`.
"""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, Final

from gradviz.errors import FileError
from gradviz.files import read_text
from gradviz.story.languages.counting import Form
from gradviz.story.languages.particles import chosen, either

PLURALS: Final = re.compile(r"plural=([^;]+);")
FIELD: Final = re.compile(r"([\w-]+): (.*)")
COMMENT: Final = "#"
KEYWORDS: Final = ("msgid", "msgstr")


class Catalogue(Formatter):
    """The texts of a language, by their English patterns.

    code      the language, such as `de`.
    name      what it calls itself.
    texts     the translations by English pattern.
    babel     what LaTeX's babel calls it.
    """

    def __init__(self, code: str, head: Mapping[str, str], texts: Mapping[str, str]) -> None:
        self.code, self.name, self.texts = code, head.get("X-Name", code), texts
        self.babel = head.get("X-Babel", "")
        found = PLURALS.search(head.get("Plural-Forms", "") + ";")
        self._plural = gettext.c2py(found[1] if found else "n != 1")  # type: ignore[attr-defined]

    @classmethod
    def of_file(cls, path: Path) -> Catalogue:
        """Read a catalogue. Raises FileError for one that is no `.po` file, or whose translations
        have other placeholders than their patterns.
        """
        texts = dict(entries(read_text(path), path))
        head = dict(FIELD.findall(texts.pop("", "")))
        for text, translation in texts.items():
            if translation and (fault := fault_of(text, translation)):
                raise FileError(f"{path.name}: {fault}", where=text)
        return cls(path.stem, head, {k: v for k, v in texts.items() if v})

    def of(self, text: str) -> str:
        """The translation of a pattern; the pattern itself where there is none."""
        return self.texts.get(text, text)

    def fill(self, text: str, slots: Mapping[str, Any]) -> str:
        """Fill a pattern."""
        return self.vformat(text, (), slots) if "{" in text else text

    def format_field(self, value: Any, format_spec: str) -> str:
        """A number or a word as a placeholder wants it."""
        if not format_spec or not isinstance(value, str):
            return format(value, format_spec)
        if "/" in format_spec:
            particles = format_spec.split("/")
            varies = getattr(value, "varies", False)
            return f"{value}{either(*particles) if varies else chosen(value, *particles)}"
        forms = format_spec.split("|")
        form = forms[self._plural_of(getattr(value, "counts", "") or str(value)) % len(forms)]
        return form if isinstance(value, Form) else f"{value} {form}"

    def _plural_of(self, number: str) -> int:
        """Which plural form goes with a number; the last for what is no whole number."""
        whole = number.replace(",", "")
        return int(self._plural(int(whole))) if whole.isdigit() else -1


def entries(text: str, path: Path) -> Iterator[tuple[str, str]]:
    """The entries of a `.po` file. Raises FileError, with the line."""
    found, keyword = {"msgid": "", "msgstr": ""}, ""
    for number, line in enumerate([*text.splitlines(), "msgid"], 1):
        if not line.strip() or line.startswith(COMMENT):
            continue
        start, _, rest = line.partition(" ")
        if start in KEYWORDS:
            if start == "msgid" and keyword:
                yield found["msgid"], found["msgstr"]
                found = {"msgid": "", "msgstr": ""}
            keyword, line = start, rest or '""'
        try:
            found[keyword] += ast.literal_eval(line.strip())
        except (KeyError, SyntaxError, TypeError, ValueError):
            raise FileError(
                f"{path.name} is no catalogue",
                where=f"line {number}",
                expected='msgid "…" or msgstr "…"',
                got=f"{line:.60}",
            ) from None


OWN: Final = re.compile(r"\.(?:word|digits)$")
"""What translations may ask of a number."""


def fields(text: str) -> list[str]:
    """The placeholders of a pattern, sorted, without what stands after a colon, or is of `OWN`.

    Raises ValueError for a pattern that is broken.
    """
    named = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    placed = iter(range(len(named)))
    named = [str(next(placed)) if name == "" else OWN.sub("", name) for name in named]
    return sorted(set(named))


SIGNED: Final = re.compile(r"= \{(?:local|contribution|first\.value)\}")
"""Signs of equality that become ≈ where the numbers shown are rounded."""


def fault_of(text: str, translation: str) -> str:
    """What is wrong with the placeholders of a translation; empty for a right one."""
    try:
        if fields(text) != fields(translation):
            there = ", ".join(f"{{{name}}}" for name in fields(text)) or "no placeholders"
            return f"{translation!r:.60} does not have {there}"
    except ValueError as error:
        return f"{translation!r:.60} is no pattern: {error}"
    if sorted(SIGNED.findall(text)) != sorted(SIGNED.findall(translation)):
        return f"{translation!r:.60} has other signs of equality before its numbers"
    return ""
