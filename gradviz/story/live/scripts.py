"""Scripts of pages as they are sent: without comments, indents and spaces that say nothing."""

from __future__ import annotations

import re
from typing import Final

COMMENTS: Final = re.compile(
    r"^ */\*(?s:.*?)\*/$|^ *//.*$|(?P<code>^[^\"'`\n]*?)  //.*$", re.MULTILINE
)
"""Comments of whole lines, and those at the end of a line without texts."""
SIGNS: Final = re.compile(r" ?([=<>!&|?:*,;{}()\[\]]) ?")
"""Signs that need no space beside them; + and − may meet another."""
TEXTS: Final = re.compile(r'("(?:[^"\\]|\\.)*")')
OPERATORS: Final = re.compile(r" (=>|===|!==|&&|\?\?|\|\|) ")
"""Signs that no template and no pattern of these scripts holds between spaces."""


def compact(script: str) -> str:
    """A script with as few characters as its lines allow; what stands in texts stays."""
    lines = map(str.strip, COMMENTS.sub(r"\g<code>", script).split("\n"))
    return "\n".join(map(_tight, filter(None, lines)))


def _tight(line: str) -> str:
    if any(sign in line for sign in "`'/"):
        return OPERATORS.sub(r"\1", line)
    parts = TEXTS.split(line)
    return "".join(p if n % 2 else SIGNS.sub(r"\1", p) for n, p in enumerate(parts)).strip()
