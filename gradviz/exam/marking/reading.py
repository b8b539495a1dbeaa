"""What students write, read: numbers with commas, fractions and units, matrices, expressions,
choices.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from gradviz.arrays.exact import Exact, same
from gradviz.arrays.rationals import Rationals
from gradviz.engine.program import Program
from gradviz.errors import GradvizError
from gradviz.exam.question.identity import Stream, digest
from gradviz.graph.graph import CONSTANT, Graph
from gradviz.graph.text.parser import parse

LONGEST = 400
SIGNS = str.maketrans(
    {
        "−": "-",
        "–": "-",
        "‒": "-",
        "⁻": "-",
        "·": "*",
        "×": "*",
        "∗": "*",
        "\u00a0": " ",
        "\u202f": " ",
        "′": "",
        "⁄": "/",
    }
)
FRACTION = re.compile("[¼-¾⅐-⅞↉]")
"""One character that is a fraction, as word processors make of 1/2."""
NUMBER = re.compile(
    r"""(?:[^\W\d_]\w*\s*[=≈:]\s*|[=≈~]\s*)?    # x =, about
    (?P<sign>[+-]?)\s*
    (?:(?:(?P<whole>\d{1,6})\s+)?(?P<top>\d{1,12})\s*/\s*(?P<bottom>\d{1,12})
      |(?P<digits>\d{1,15}(?:[.,]\d{0,15}|(?:,\d{3})+(?:\.\d{0,15})?|(?:\.\d{3})+,\d{0,15})?|[.,]\d{1,15})
       (?:[eE](?P<power>[+-]?\d{1,2}))?)
    \s*(?P<unit>[^\W\d_]{1,12}[²³]?(?:\s?[/*]?\s?[^\W\d_]{1,12}[²³]?){0,2}|[%°])?""",
    re.VERBOSE,
)


class UnreadableError(ValueError):
    """An answer that cannot be read; its text says why."""


def numbers(text: str) -> tuple[Fraction, ...]:
    """What a number may mean: `1,234` is 1.234 to some and 1234 to others, `50%` is 50 or a half.

    Raises UnreadableError.
    """
    text = FRACTION.sub(lambda found: f" {unicodedata.normalize('NFKC', found[0])}", text)
    text = text.translate(SIGNS).strip().rstrip(".;!").strip("$ ")
    match = NUMBER.fullmatch(text)
    if match is None:
        raise UnreadableError(f"{text!r:.40} is no number")
    sign = -1 if match["sign"] == "-" else 1
    if match["top"]:
        if int(match["bottom"]) == 0:
            raise UnreadableError(f"{text!r:.40} divides by 0")
        return (
            sign * (int(match["whole"] or 0) + Fraction(int(match["top"]), int(match["bottom"]))),
        )
    scale = Fraction(10) ** int(match["power"] or 0)
    found = [sign * Fraction(d) * scale for d in _decimals(match["digits"])]
    return (*found, *(value / 100 for value in found if match["unit"] == "%"))


def _decimals(digits: str) -> list[str]:
    """The decimals that digits with commas and points may stand for."""
    commas, points = digits.count(","), digits.count(".")
    if commas and points:  # the last sign is the decimal one
        comma_last = digits.rindex(",") > digits.rindex(".")
        return [
            digits.replace(".", "").replace(",", ".") if comma_last else digits.replace(",", "")
        ]
    if commas > 1:
        return [digits.replace(",", "")]
    if not commas:
        return [f"0{digits}" if digits.startswith(".") else digits]
    as_decimal = digits.replace(",", ".")
    grouped = re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits) is not None
    return [
        f"0{as_decimal}" if as_decimal.startswith(".") else as_decimal,
        *([digits.replace(",", "")] if grouped else []),
    ]


def matrix(text: str) -> tuple[tuple[Fraction, ...], ...]:
    """Rows of numbers: `[[1, 2], [3, 4]]`, or rows split by `;` or lines, numbers by spaces or `,`.

    Raises UnreadableError.
    """
    text = text.translate(SIGNS).strip()
    if not text or len(text) > LONGEST:
        raise UnreadableError("this is no matrix")
    if text.startswith("["):
        body = re.sub(r"\]\s*,?\s*\[", ";", text)
        if not re.fullmatch(r"[\[\]\d\s.,;/+\-eE]*", body):
            raise UnreadableError(f"{text!r:.40} is no matrix")
        text = body.replace("[", "").replace("]", "")
    rows = [row for row in re.split(r"[;\n|]", text) if row.strip()]
    found = tuple(tuple(numbers(cell)[0] for cell in _cells(row)) for row in rows)
    if not found or len({len(row) for row in found}) != 1:
        raise UnreadableError("the rows of the matrix differ in length")
    return found


def _cells(row: str) -> list[str]:
    """The numbers of a row: split at commas where there is a space behind them or nowhere a space,
    else at spaces.
    """
    row = row.strip().strip(",")
    cells = (
        re.split(r"\s*,\s+", row)
        if re.search(r",\s", row)
        else row.split()
        if " " in row
        else row.split(",")
    )
    return [cell for cell in cells if cell]


def choice(text: str, count: int) -> tuple[int, ...]:
    """The places of the chosen options, from letters (`A`, `B, D`) or numbers counted from 1.

    Raises UnreadableError.
    """
    words = [w for w in re.split(r"[\s,;.+()&]+|\band\b", text.strip().lower()) if w]
    if len(words) == 1 and len(words[0]) > 1 and words[0].isalpha():
        words = list(words[0])
    found = []
    for word in words:
        place = (
            ord(word) - ord("a")
            if len(word) == 1 and word.isascii() and word.isalpha()
            else _whole(word) - 1
        )
        if not 0 <= place < count:
            raise UnreadableError(f"{text!r:.40} names no option")
        found.append(place)
    if not found:
        raise UnreadableError("nothing is chosen")
    return tuple(dict.fromkeys(found))


def _whole(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 4 else 0


def expression(text: str, variables: tuple[str, ...]) -> Graph:
    """The graph of an expression, never evaluated by Python. Raises UnreadableError.

    Only the question's variables may occur, and powers that stay small: nothing a student writes
    takes long.
    """
    text = text.translate(SIGNS).replace("^", "**").strip()
    text = re.sub(r"^[^=<>]{0,12}=", "", text)
    text = re.sub(r"(?<=[\d)])\s*(?=[A-Za-z(])", "*", text)
    if not text or len(text) > LONGEST or ";" in text or "\n" in text:
        raise UnreadableError("there is not one expression")
    try:
        graph = parse(text).bind(
            dict.fromkeys(variables, ()) | {n.name: () for n in parse(text).inputs}
        )
    except GradvizError as error:
        raise UnreadableError(f"{text!r:.40} is no expression: {error.what}") from None
    strange = [n.name for n in graph.inputs if n.name not in variables]
    if strange:
        raise UnreadableError(f"{strange[0]} does not occur in the question")
    _check_size(graph)
    return graph


def _check_size(graph: Graph) -> None:
    degrees: list[int] = []
    if len(graph.nodes) > 80:
        raise UnreadableError("the expression is too long")
    for node in graph.nodes:
        degree = max([1, *(degrees[i] for i in node.inputs)])
        if node.op == "pow":
            power = _constant(graph, node.inputs[1])
            if power is None or abs(power) > 12 or power != int(power):
                raise UnreadableError("an exponent must be a whole number of at most 12")
            degree *= max(1, abs(int(power)))
        elif node.op == CONSTANT:
            value = node.options["value"]
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not abs(value) <= 10**9
            ):
                raise UnreadableError("a number in the expression is too large, or none")
        elif not node.is_leaf and node.op not in ALLOWED:
            raise UnreadableError(f"{node.op} has no place in the answer")
        if node.op in ("mul", "square", "div"):
            degree = sum(degrees[i] for i in node.inputs) * (2 if node.op == "square" else 1)
        if degree > 60:
            raise UnreadableError("the powers in the expression are too high")
        degrees.append(degree)


ALLOWED = (
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "square",
    "exp",
    "log",
    "sqrt",
    "sigmoid",
    "tanh",
    "reciprocal",
    "pow",
)


def _constant(graph: Graph, node: int) -> float | None:
    row = graph.nodes[node]
    if row.op == "neg":
        inner = _constant(graph, row.inputs[0])
        return None if inner is None else -inner
    value = row.options.get("value") if row.op == CONSTANT else None
    return value if isinstance(value, int | float) else None


XP = Rationals()
POINTS = 8
CLOSE = Fraction(1, 10**25)


def equal(a: Graph, b: Graph, variables: tuple[str, ...]) -> bool:
    """Whether two expressions are equal everywhere: different at some point is no, else exact
    symbols decide.
    """
    stream, tried = Stream(digest("points", *variables)), 0
    for _ in range(POINTS):
        point = {name: Fraction(stream.between(1, 40), stream.between(3, 17)) for name in variables}
        try:
            x, y = (_at(graph, point) for graph in (a, b))
        except (ArithmeticError, ValueError, TypeError):
            continue  # outside the domain of one of them
        tried += 1
        if abs(x - y) > CLOSE * max(Fraction(1), abs(y)):
            return False
    # Beyond all numbers, as exp(exp(exp(99))) is, nothing is compared: symbols would take for ever.
    if not tried:
        return False
    try:
        exactly = same(*(_symbols(graph) for graph in (a, b)))
    except (GradvizError, ArithmeticError):  # one of them has no value anywhere, such as log(0)
        return False
    return exactly if exactly is not None else tried > POINTS // 2


def _at(graph: Graph, point: dict[str, Fraction]) -> Fraction:
    program = Program(graph, XP, ())
    return Fraction(program.forward([point[n.name] for n in graph.inputs])[graph.output])


def _symbols(graph: Graph) -> object:
    xp = Exact()
    return Program(graph, xp, ()).forward([xp.symbol(n.name) for n in graph.inputs])[graph.output]
