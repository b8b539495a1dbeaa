"""Numbers put into rules, and whether a reader can follow what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

from gradviz.arrays.digits import ALL, number
from gradviz.story.maths import M
from gradviz.story.maths.tree import KINDS, Maths, Notation


class WithOptions(Notation):
    """The notation of definitions over names, with an op's options as the numbers they are."""

    def __init__(self, options: Mapping[str, Real]) -> None:
        self._options = options

    def value(self, name: str, written: Maths) -> Maths:
        """The number of an option; else the term as it is written."""
        return M.number(number(self._options[name], ALL)) if name in self._options else written


class Filled(Notation):
    """The notation of a rule with numbers put in.

    `term` gives the number of what an op calls by a name, or None where it has none.
    """

    def __init__(self, term: Callable[[str], Maths | None]) -> None:
        self._term = term

    def value(self, name: str, written: Maths) -> Maths:
        """The number itself."""
        found = self._term(name)
        return written if found is None else found

    def place(self, x: Maths, index: Sequence[Any]) -> Maths:
        """The index alone: what stands there does not matter."""
        return self.phrase(f"[{', '.join(map(str, index))}]")

    def given(self, body: Maths, *definitions: Maths) -> Maths:
        """The formula alone: there is nothing left to define."""
        return body


def is_arithmetic(maths: Maths) -> bool:
    """Whether a formula holds numbers and arithmetic only, so that a reader can follow it by
    hand.
    """
    stack = [maths]
    while stack:
        piece = stack.pop()
        is_constant = piece.kind == "name" and piece.text in ("e", "π")
        if piece.kind == "grid":
            continue
        if not KINDS[piece.kind].arithmetic and not is_constant:
            return False
        stack.extend(piece.parts)
    return True


def lacks_numbers(maths: Maths, symbols: bool) -> bool:
    """Whether words or names stand for numbers: an array that is too large, a term without one.
    Exact values may be `symbols`.
    """
    constant = maths.kind == "name" and (symbols or maths.text in ("e", "π", "1"))
    index = (
        maths.kind == "phrase" and not maths.shape and ("=" in maths.text or maths.text[0] == "[")
    )
    if maths.kind in ("name", "phrase"):
        return not (constant or index)
    return any(lacks_numbers(part, symbols) for part in maths.parts)
