"""Mathematics as shapes: typst sets formulas and returns glyphs without a colour.

A formula is typst maths, whose numbers may be marked with a role by `marked`. Many formulas are set
in one go, one page each, since starting typst costs more than setting a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import typst

from gradviz import fonts
from gradviz.errors import ValueInputError
from gradviz.fonts import others
from gradviz.fonts.faces import Family
from gradviz.fonts.letters import Letters
from gradviz.progress import stoppable
from gradviz.story.maths.typst import quote

SIZE = 17.0
"""The size at which all formulas are set; drawings scale them."""

MARKS = {"value": "#000001", "gradient": "#000002", "hot": "#000003"}
_ROLES = {colour: role for role, colour in MARKS.items()}

_PREAMBLE = "\n".join(
    [
        "#set page(width: auto, height: auto, margin: 0pt, fill: none)",
        f'#set text(size: {SIZE}pt, top-edge: "bounds", bottom-edge: "bounds")',
        f'#show math.equation: set text(font: ("New Computer Modern Math", "{fonts.FAMILY}"))',
        *(f'#let mark{role}(x) = text(fill: rgb("{colour}"), x)' for role, colour in MARKS.items()),
        "",
    ]
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_KEPT = 20_000

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A glyph, filled, or a line, stroked with a width of `stroke`.

    `path` is SVG path data, `matrix` takes it to the formula's top left corner. `role` is empty
    where the formula's own role holds.
    """

    path: str
    matrix: Matrix
    role: str = ""
    stroke: float = 0.0


@dataclass(frozen=True, slots=True)
class Setting:
    """A formula as it was set: its size, the height of its baseline from the top, and its marks."""

    width: float
    height: float
    baseline: float
    marks: tuple[Mark, ...]


_known: dict[tuple[others.Choice, str], Setting] = {}


def marked(role: str, source: str) -> str:
    """A piece of typst maths with a role: value, gradient or hot."""
    return f"mark{role}({source})"


def typeset(sources: Iterable[str]) -> dict[str, Setting]:
    """Each formula's setting. All new formulas are set in one go.

    Raises ValueInputError for characters that no font here can draw, and for invalid typst maths.
    """
    wanted, choice = list(dict.fromkeys(sources)), others.chosen()
    new = [s for s in wanted if (choice, s) not in _known]
    if len(_known) + len(new) > _KEPT:
        _known.clear()
        new = wanted
    if new:
        made = map(_setting, _compile(new))
        _known.update(((choice, s), setting) for s, setting in zip(new, made, strict=True))
    return {s: _known[choice, s] for s in wanted}


def families(source: str) -> list[Family]:
    """The families of a formula that are not shipped.

    Raises ValueInputError, which names the text, for characters that no font here can draw.
    """
    if source.isascii():
        return []
    quoted = (re.sub(r"\\(.)", r"\1", text) for text in _QUOTED.findall(source))
    texts = (*quoted, _QUOTED.sub("", source))
    return [run.family for text in texts for run in others.runs(text) if run.family]


def _with_words(source: str, letters: Letters) -> str:
    """A formula whose texts in other scripts are set in their own fonts, not first in the one for
    mathematics, which has some letters of theirs but not the forms in which they join.
    """

    def words(found: re.Match[str]) -> str:
        text = fonts.spelt(found[0])
        runs = ((run.family, run.text) for run in others.runs(text))
        faces = (letters.take(family, "regular", words) for family, words in runs if family)
        named = dict.fromkeys(face.alias for face in faces)
        if not named:
            return text
        return f"#text(font: ({', '.join(map(quote, [*named, fonts.FAMILY]))}), {text})"

    return source if source.isascii() else _QUOTED.sub(words, source)


def _compile(sources: list[str]) -> list[bytes]:
    letters, shipped = Letters(), fonts.path("regular").parent
    for source in sources:
        families(source)  # refuses characters that no font has
    written = (_with_words(source, letters) for source in sources)
    body = "\n#pagebreak()\n".join(f"$ {source} $" for source in written)
    try:
        compile_document: Any = typst.compile
        with letters.folder() as further:
            pages: Any = stoppable(
                compile_document,
                (_PREAMBLE + body).encode(),
                root=str(shipped),  # else the working directory, which may be gone
                format="svg",
                font_paths=[str(shipped), *further],
                ignore_system_fonts=True,
            )
    except typst.TypstError as error:
        raise ValueInputError("a formula cannot be typeset", got=str(error)[:300]) from None
    return pages if isinstance(pages, list) else [pages]


def _setting(page: bytes) -> Setting:
    root = ElementTree.fromstring(page)
    width, height = (float(v) for v in root.attrib["viewBox"].split()[2:])
    symbols = {s.attrib["id"]: s[0].attrib["d"] for s in root.iter(f"{_SVG}symbol") if len(s)}
    marks: list[Mark] = []
    waiting = [(child, IDENTITY) for child in reversed(root)]
    while waiting:
        element, outer = waiting.pop()
        if element.tag == f"{_SVG}defs":
            continue
        matrix = _product(outer, _matrix(element.get("transform", "")))
        if element.tag == f"{_SVG}use" and (path := symbols.get(element.attrib[_LINK][1:])):
            place = (1.0, 0.0, 0.0, 1.0, float(element.get("x", "0")), float(element.get("y", "0")))
            marks.append(
                Mark(path, _product(matrix, place), _ROLES.get(element.attrib["fill"], ""))
            )
        elif element.tag == f"{_SVG}path":
            marks.append(_line(element, matrix))
        waiting += [(child, matrix) for child in reversed(element)]
    glyphs = [m.matrix[5] for m in marks if not m.stroke]
    return Setting(width, height, glyphs[0] if glyphs else height, tuple(marks))


def _line(element: ElementTree.Element, matrix: Matrix) -> Mark:
    colour = element.get("stroke", "none")
    if colour == "none":
        return Mark(element.attrib["d"], matrix, _ROLES.get(element.get("fill", ""), ""))
    return Mark(
        element.attrib["d"], matrix, _ROLES.get(colour, ""), float(element.get("stroke-width", "1"))
    )


def _matrix(transform: str) -> Matrix:
    if not transform:
        return IDENTITY
    kind, _, rest = transform.removesuffix(")").partition("(")
    numbers = [float(v) for v in rest.replace(",", " ").split()]
    if kind == "matrix":
        a, b, c, d, e, f = numbers
        return a, b, c, d, e, f
    if kind == "translate":
        return 1.0, 0.0, 0.0, 1.0, numbers[0], numbers[1] if len(numbers) > 1 else 0.0
    if kind == "scale":
        return numbers[0], 0.0, 0.0, numbers[-1], 0.0, 0.0
    raise ValueInputError("typst answered with a transform that is not known", got=transform)


def _product(m: Matrix, n: Matrix) -> Matrix:
    """The transform that does n first, then m."""
    if n is IDENTITY:
        return m
    a, b, c, d, e, f = m
    p, q, r, s, t, u = n
    return (
        a * p + c * q,
        b * p + d * q,
        a * r + c * s,
        b * r + d * s,
        a * t + c * u + e,
        b * t + d * u + f,
    )
