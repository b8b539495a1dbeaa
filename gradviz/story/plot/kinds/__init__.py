"""What is told of a plot, by the kind of its content: a file of that name that declares `TELLER`.

A teller is called with the content and the least number of significant digits. It answers `Teller`.
"""

from __future__ import annotations

import re
from typing import Any, Final, Protocol, cast

from gradviz import plugins
from gradviz.arrays.digits import number, typeset
from gradviz.story import languages
from gradviz.story.formula import Formula
from gradviz.story.languages import say, translated
from gradviz.story.maths.unicode import powers
from gradviz.trace.plots import Content

AWAY: Final = 3.0
"""Losses of so many times the first one are running away."""
LOGARITHMIC: Final = 20.0
"""Losses that fall to one of so many parts are shown on an axis of logarithms."""


class Teller(Protocol):
    """The words of a plot."""

    @property
    def heading(self) -> str:
        """What the plot shows, in a word or two."""

    @property
    def subtitle(self) -> str:
        """What of it, beside the heading; may be empty."""

    @property
    def sentence(self) -> str:
        """What can be read from it, from its numbers."""

    @property
    def note(self) -> str:
        """A short remark, usually empty."""

    @property
    def formula(self) -> Formula | None:
        """Its formula, where there is one."""

    @property
    def alt(self) -> str:
        """The numbers that it shows, for those who cannot see it."""

    def data(self) -> dict[str, Any]:
        """Everything that was sampled, as JSON-ready data."""


def teller(content: Content, digits: int) -> Teller:
    """The teller of a plot's content."""
    return cast(Teller, plugins.entry(__name__, content.form).TELLER(content, digits))


def said(value: float, digits: int) -> str:
    """A number in a sentence; a very small or large one with a power of ten: 9.2·10⁻⁵."""
    return powers(typeset(number(value, digits)))


def said_when(when: str) -> str:
    """`as pass 3 begins`, in the reader's language; other moments as they are called."""
    found = re.fullmatch(r"as pass ([\d,]+) begins", when)
    return say("as pass {number} begins", number=found[1]) if found else translated(when)


def said_pass(name: str) -> str:
    """`pass 3`, in the reader's language; other names as they are."""
    found = re.fullmatch(r"pass ([\d,]+)", name)
    return say("pass {number}", number=found[1]) if found else name


PLURALS: Final = {"minimum": "minima", "maximum": "maxima", "saddle": "saddles"}
SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def listed(words: list[str]) -> str:
    """Words in a row: "a, b and c"."""
    return languages.listed(words)
