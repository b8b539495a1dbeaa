"""A language that marks what it says: `«step» 3 «of» 12`. What stands outside the marks was never
looked up in a catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from string import Formatter

from gradviz.story import languages
from gradviz.story.languages.catalogue import Catalogue
from gradviz.story.languages.counting import plural

WORDS = re.compile("[A-Za-z]+")
INNERMOST = re.compile(r"«[^«»]*»")
WORD = re.compile(r"(?<![\w.\\])[A-Za-z][a-z]{2,}(?![\w(\[_])")


def _marked(text: str) -> str:
    pieces = []
    for literal, name, spec, _ in Formatter().parse(text):
        pieces.append(
            WORDS.sub(lambda m: f"«{m[0]}»", literal.replace("{", "{{").replace("}", "}}"))
        )
        if name is not None:
            pieces.append(f"{{{name}{_forms(spec or '')}}}")
    return "".join(pieces)


def _forms(spec: str) -> str:
    if not spec or spec[0] in ",.":
        return f":{spec}" if spec else ""
    one, bar, several = spec.partition("|")
    forms = one, several if bar else plural(one)
    return ":" + "|".join(WORDS.sub(lambda m: f"«{m[0]}»", form) for form in forms)


class _Texts(dict[str, str]):
    """The marked form of any pattern; `asked` are those that were looked up."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, text: str, otherwise: str | None = None) -> str:  # type: ignore[override]
        self.asked.add(text)
        return _marked(text)


@contextmanager
def marking() -> Iterator[set[str]]:
    """Speak the language of marks; gives the patterns that are said meanwhile."""
    catalogue = Catalogue("marks", {"Plural-Forms": "nplurals=2; plural=(n != 1)"}, _Texts())
    languages._READ["marks"] = catalogue
    try:
        with languages.speaking("marks"):
            yield catalogue.texts.asked  # type: ignore[attr-defined]
    finally:
        del languages._READ["marks"]


def outside(text: str, names: Iterable[str] = ()) -> list[str]:
    """The words of a text that stand outside its marks, and are none of these names."""
    while INNERMOST.search(text):
        text = INNERMOST.sub(" ", text)
    known = set(names)
    return [word for word in WORD.findall(text) if word not in known]
