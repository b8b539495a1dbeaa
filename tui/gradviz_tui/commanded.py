"""Lines in which a word says what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.story.languages import listed


def command(line: str, words: Collection[str], short: Mapping[str, str]) -> tuple[str, str]:
    """The word at the beginning of a line, and what follows it.

    short  other forms of words.

    Raises UnknownNameError for none of the words.
    """
    word, _, rest = line.strip().partition(" ")
    name = short.get(word.lower(), word.lower())
    if name not in words:
        raise UnknownNameError(
            f"{word} is not a word that I know",
            expected=listed(words),
            hint=did_you_mean(name, words),
        )
    return name, rest.strip()
