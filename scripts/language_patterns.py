"""All patterns that gradviz says, as a catalogue for a language: `.po`, on standard output.

python scripts/language_patterns.py            an empty catalogue, for a new language
python scripts/language_patterns.py de         the catalogue of German, with entries for what is
                                               new, and without those for what is said no more
python scripts/language_patterns.py --missing  what each language does not say yet
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ROOMS = ("gradviz", "tui/gradviz_tui")
OWN = ("gradviz/exam/", "gradviz/progress.py")
"""What has a `say` of its own."""
CALLS = {"say", "pattern", "fill", "translated", "Told", "words"}
MARKS = ("story.languages", "story import languages", "Told(", "m.say(", "M.say(", ".words(")
"""What a file has that says something; others are not parsed."""
HEAD = {
    "Language": "",
    "X-Name": "",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
}


def patterns() -> dict[str, str]:
    """Every pattern, with where it is said: a file, or what declares it."""
    found: dict[str, str] = {}
    for room in ROOMS:
        files = (ROOT / room).rglob("*.py")
        for path in sorted(p for p in files if not p.relative_to(ROOT).as_posix().startswith(OWN)):
            for text in _marked(path):
                found.setdefault(text, path.relative_to(ROOT).as_posix())
    for text, where in _declared():
        found.setdefault(text, where)
    return {text: where for text, where in found.items() if any(map(str.isalpha, bare(text)))}


def bare(text: str) -> str:
    """A pattern without its placeholders, except for what they count."""
    from string import Formatter

    pieces = Formatter().parse(text)
    return "".join(literal + (spec or "") for literal, _, spec, _ in pieces)


def _marked(path: Path) -> Iterator[str]:
    """The texts that are first arguments of `CALLS`, each branch of a choice among them."""
    source = path.read_text(encoding="utf-8")
    if not any(mark in source for mark in MARKS):
        return
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in CALLS:
            yield from _texts(node.args[0])


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from _texts(value)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Dict):
        for value in node.value.values:
            yield from _texts(value)


def _declared() -> Iterator[tuple[str, str]]:
    """What ops and optimisers say of themselves."""
    from gradviz.ops import registry

    for op in registry.every():
        where = f"op {op.name}"
        for text in (*op.words.values(), op.takes, op.summary.rstrip(".")):
            yield text, where
        if op.spoken:
            yield op.called, where
            yield op.in_prose, where
    for group, keys in import_module("gradviz.story.keys").GROUPS.items():
        yield group, "keys"
        for key in keys:
            for text in (key.words, key.trains, *_hints(key)):
                yield text, f"key {key.action}"
    page = import_module("gradviz.export.formats.page")
    for found in page.SPOKEN.finditer(page._part("page.html").partition("<body>")[2]):
        yield found[0].strip(), "page.html"
    for text in page.said_by_scripts():
        yield text, "the page's scripts"
    optimisers = import_module("gradviz.engine.optimisers").OPTIMISERS
    for rule in optimisers.values():
        yield rule.words, f"optimizer {rule.name}"


def _hints(key: Any) -> Iterator[str]:
    """The words of a key in footers."""
    for hint in (key.graph, key.cells, key.views, key.training):
        yield from (hint or ())[1:]


def entry(text: str, translation: str, where: str) -> str:
    """An entry of a `.po` file."""
    return f"#: {where}\n{_field('msgid', text)}\n{_field('msgstr', translation)}\n"


def _field(keyword: str, text: str) -> str:
    return f"{keyword} {json.dumps(text, ensure_ascii=False)}"


def catalogue(code: str) -> str:
    """The catalogue of a language, with an entry for each pattern; "" for a new one."""
    from gradviz.story.languages import FOLDER
    from gradviz.story.languages.catalogue import entries

    known, path = {}, FOLDER / f"{code}.po"
    if code:
        known = dict(entries(path.read_text(encoding="utf-8"), path))
    head = known.pop("", "".join(f"{name}: {value}\n" for name, value in HEAD.items()))
    lines = [f'msgid ""\n{_head(head)}\n']
    lines += [entry(text, known.get(text, ""), where) for text, where in patterns().items()]
    return "\n".join(lines)


def _head(head: str) -> str:
    rows = (json.dumps(f"{line}\n", ensure_ascii=False) for line in head.splitlines())
    return 'msgstr ""\n' + "\n".join(rows)


def missing(code: str) -> list[str]:
    """The patterns that a language does not translate."""
    from gradviz.story.languages import read

    found = read(code)
    assert found is not None
    return [text for text in patterns() if text not in found.texts]


def main() -> None:
    """Write what is asked for."""
    from gradviz.story.languages import ENGLISH, languages

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", nargs="?", default="")
    parser.add_argument("--missing", action="store_true")
    given = parser.parse_args()
    if not given.missing:
        sys.stdout.write(catalogue(given.language))
        return
    for code in languages():
        left = [] if code == ENGLISH else missing(code)
        print(f"{code}: {len(left)} patterns are said in English")
        for text in left:
            print(f"  {text}")


if __name__ == "__main__":
    main()
