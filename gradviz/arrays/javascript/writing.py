"""Terms as the text of JavaScript: what is used more than once gets a name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np

from gradviz.arrays.javascript.helpers import definitions
from gradviz.arrays.javascript.terms import Term, literal

DEEPEST: Final = 10
"""So deep are expressions nested before a part of one gets a name."""
ATOM: Final = 9
BINDS: Final = (
    (re.compile(r"\?"), 1),
    (re.compile(r"\|\|"), 2),
    (re.compile(r"&&"), 3),
    (re.compile(r"[<>=]"), 4),
    (re.compile(r".[+-]"), 5),
    (re.compile(r"[*/%]"), 6),
    (re.compile(r"^-"), 7),
)
"""How strongly the operators of a pattern bind."""
DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def function(results: Any, arguments: str = "x") -> str:
    """An expression that is a function: it gives `results`, which are terms, arrays of terms,
    numbers, texts and None in lists and dicts. Arrays come flat, row by row.
    """
    writer = _Writer(results)
    body = f"{arguments}=>{{{writer.lines}return {writer.value(results)}}}"
    helpers = definitions(body)
    return f"(()=>{{{helpers}return {body}}})()" if helpers else body


class _Writer:
    def __init__(self, results: Any) -> None:
        self._uses: dict[int, int] = {}
        self._texts: dict[int, tuple[str, int, int]] = {}
        self._arrays: dict[tuple[Any, ...], str] = {}
        terms = self._needed(results)
        lines = [line for term in terms if (line := self._line(term))]
        lines += [
            f"{name}=[{','.join(self._shown(e) for e in array)}]"
            for name, array in self._rows(results)
        ]
        self.lines = f"const {','.join(lines)};" if lines else ""

    def _needed(self, results: Any) -> list[Term]:
        """The terms that results are made of, in order; counts where each is used."""
        found: dict[int, Term] = {}
        todo = list(_terms(results))
        for term in todo:
            self._uses[term.serial] = self._uses.get(term.serial, 0) + 1
        while todo:
            term = todo.pop()
            if term.serial in found:
                continue
            found[term.serial] = term
            for part in term.parts:
                self._uses[part.serial] = self._uses.get(part.serial, 0) + 1
                todo.append(part)
        return [found[serial] for serial in sorted(found)]

    def _line(self, term: Term) -> str:
        """The declaration of a term that gets a name; empty for one that stands where it is
        used.
        """
        text, binds, depth = self._written(term)
        is_atom = not term.parts
        if is_atom or (self._uses[term.serial] == 1 and depth < DEEPEST):
            self._texts[term.serial] = text, binds, depth
            return ""
        name = f"T{_short(term.serial)}"
        self._texts[term.serial] = name, ATOM, 0
        return f"{name}={text}"

    def _written(self, term: Term) -> tuple[str, int, int]:
        if not term.parts:
            text = term.pattern.replace("{{", "{").replace("}}", "}")
            return text, (7 if text.startswith("-") else ATOM), 0
        is_call = term.pattern[0].isalpha()
        binds = ATOM if is_call else _binds(term.pattern)
        texts, depth = [], 0
        for place, part in enumerate(term.parts):
            text, inner, deep = self._texts[part.serial]
            loose = inner <= binds if place or binds in (1, 7) else inner < binds
            loose = loose or (place > 0 and text.startswith("-"))
            texts.append(f"({text})" if loose and not is_call else text)
            depth = max(depth, deep)
        return term.pattern.format(*texts), binds, depth + 1

    def _rows(self, results: Any) -> Iterator[tuple[str, list[Any]]]:
        """The arrays of results, each once, with a name."""
        for array in _arrays(results):
            entries = list(array.flat)
            key = _key(entries)
            if key not in self._arrays:
                self._arrays[key] = f"A{_short(len(self._arrays))}"
                yield self._arrays[key], entries

    def value(self, result: Any) -> str:
        """The text of results."""
        if isinstance(result, dict):
            entries = ",".join(f"{key}:{self.value(found)}" for key, found in result.items())
            return f"{{{entries}}}"
        if isinstance(result, list | tuple):
            return f"[{','.join(map(self.value, result))}]"
        if isinstance(result, np.ndarray) and result.ndim:
            return self._arrays[_key(result.flat)]
        return self._shown(result[()] if isinstance(result, np.ndarray) else result)

    def _shown(self, entry: Any) -> str:
        if isinstance(entry, Term):
            return self._texts[entry.serial][0]
        if isinstance(entry, np.generic):
            entry = entry.item()
        return literal(entry) if isinstance(entry, float) else json.dumps(entry)


def _terms(results: Any) -> Iterator[Term]:
    """The terms in results, those of equal arrays once."""
    seen = set()
    for part in _parts(results):
        if isinstance(part, np.ndarray) and part.ndim:
            key = _key(part.flat)
            if key not in seen:
                seen.add(key)
                yield from (v for v in part.flat if isinstance(v, Term))
        else:
            part = part[()] if isinstance(part, np.ndarray) else part
            yield from [part] if isinstance(part, Term) else []


def _arrays(results: Any) -> Iterator[np.ndarray[Any, Any]]:
    return (p for p in _parts(results) if isinstance(p, np.ndarray) and p.ndim)


def _parts(results: Any) -> Iterator[Any]:
    if isinstance(results, dict):
        results = list(results.values())
    if isinstance(results, list | tuple):
        for part in results:
            yield from _parts(part)
    else:
        yield results


def _key(entries: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(e.serial if isinstance(e, Term) else repr(e) for e in entries)


def _binds(pattern: str) -> int:
    bare = re.sub(r"\{\d+\}", "x", pattern)
    return next(strength for sign, strength in BINDS if sign.search(bare))


def _short(number: int) -> str:
    digits = ""
    while number or not digits:
        number, last = divmod(number, len(DIGITS))
        digits = DIGITS[last] + digits
    return digits
