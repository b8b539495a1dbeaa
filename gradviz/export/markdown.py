"""Text and mathematics in Markdown, as CommonMark, GitHub, MyST and Quarto read it.

Texts come from people: nothing in them is markup, an entity, a tag, a mention, a citation, a
directive, a shortcode or a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

from gradviz.files import clean_line

SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#|$~^&@%]|:(?=[\w+-]*:|//)")
"""What is markup wherever it stands; CommonMark takes a backslash before all of it."""
OPENING: Final = re.compile(r"([-+=!:]|\d{1,9}(?=[.)](?:\s|$)))")
"""What is markup at the beginning of a line: lists, underlines, comments."""
APART: Final = re.compile(r"<(?=[A-Za-z/!?])|\](?=\()|\{(?=[{%#])|\}(?=\})")
"""What must not stand together in LaTeX, where a blank between changes nothing."""


def escape(text: str) -> str:
    """Text on one line, without markup."""
    said = SPECIAL.sub(lambda found: "\\" + found[0], clean_line(text).strip())
    return OPENING.sub(_opened, said, count=1) if OPENING.match(said) else said


def _opened(found: re.Match[str]) -> str:
    """A sign that opens a line, or the number of a list, whose point is escaped."""
    return f"{found[1]}\\" if found[1][0].isdigit() else f"\\{found[1]}"


def maths(latex: str) -> str:
    """LaTeX that no reader of the page takes for a tag, a link or braces of its own."""
    return APART.sub(lambda found: f"{found[0]} ", latex)


def inline(latex: str) -> str:
    """A formula within a line, which may stand in a table."""
    bars = maths(latex).replace(r"\|", r"\Vert ").replace("|", r"\vert ")
    return f"${bars.strip()}$"


def display(lines: Sequence[str], *, together: bool = False) -> str:
    """A formula of several lines as a paragraph of its own, or of all on one line."""
    shown = list(map(maths, lines))
    if together or len(shown) == 1:
        return f"$$\n{' '.join(shown)}\n$$"
    first, *others = shown
    rows = " \\\\\n".join([f"& {first}", *(f"& \\quad {line}" for line in others)])
    return f"$$\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n$$"


def code(text: str) -> str:
    """Lines of code, which may hold fences themselves."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    lines = "\n".join(clean_line(line) for line in text.strip("\n").splitlines())
    return f"{fence}text\n{lines}\n{fence}"


def picture(alt: str, path: str) -> str:
    """A picture with its description; the path is relative to the page."""
    return f"![{escape(alt)}]({quote(path)})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
