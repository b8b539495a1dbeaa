"""An expression in the question's variables; any equivalent expression is right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from gradviz.arrays.exact import Exact, same
from gradviz.arrays.rationals import Rationals
from gradviz.engine.program import Program
from gradviz.errors import GradvizError
from gradviz.exam.answers._formula import rewritten
from gradviz.exam.answers.form import (
    LONGEST,
    RIGHT,
    AmbiguousError,
    Answer,
    Judgement,
    UnreadableError,
    wrong,
)
from gradviz.exam.answers.typed import plainly
from gradviz.exam.stream import Stream, digest
from gradviz.exam.text import Text, expression
from gradviz.graph.graph import CONSTANT, Graph
from gradviz.graph.text.parser import parse


@dataclass(frozen=True, slots=True)
class WrongExpression:
    """A wrong expression produced by a known mistake, without a step of a trace."""

    step: ClassVar[None] = None

    source: str
    misconception: str
    feedback: str


@dataclass(frozen=True, slots=True)
class Symbolic(Answer):
    """An expression in `variables`; any expression equal to `source` everywhere is right."""

    name = "symbolic"
    malformed = ("x +", "__import__('os')", "9**9**9**9", "x if y else z", "zeta + 1")

    source: str
    variables: tuple[str, ...]
    wrong: tuple[WrongExpression, ...] = ()

    @property
    def written(self) -> str:
        """The key as text of the grammar."""
        return self.source

    @property
    def shown(self) -> Text:
        """The key as mathematics."""
        return (expression(self.source),)

    @property
    def hint(self) -> str:
        """Which variables to use, with an example."""
        return f"an expression in {' and '.join(self.variables)}, such as 2*x"

    def mark(self, text: str) -> Judgement:
        """Right if it equals the key everywhere, however it is written."""
        given = read(text, self.variables)
        if self._is(given, self.source):
            return RIGHT
        return wrong(next((w for w in self.wrong if self._is(given, w.source)), None))

    def _is(self, given: Graph, source: str) -> bool:
        return equal(given, read(source, self.variables), self.variables)

    def wrong_texts(self) -> Iterator[str]:
        """The key plus 1, and the result of every mistake."""
        yield f"{self.source} + 1"
        yield from (w.source for w in self.wrong)

    def data(self) -> dict[str, Any]:
        """Key, variables and mistakes."""
        return {
            "form": "symbolic",
            "key": self.source,
            "variables": list(self.variables),
            "wrong": [
                {"source": w.source, "misconception": w.misconception, "feedback": w.feedback}
                for w in self.wrong
            ],
        }


FORM = Symbolic


LABEL = re.compile(r"^[\s()]*[∂d]?\s*\w+'*[\s()\w,]*(?:/[\s()]*[∂d]\s*\w+[\s()\w]*)?=(?!=)\s*")
"""The prompt, which many copy: `∂f/∂x =`, `df/dx =`, `f'(x) =`."""


def read(text: str, variables: tuple[str, ...]) -> Graph:
    """The graph of an expression, never evaluated by Python. Raises UnreadableError.

    Only the question's variables and small powers may occur, so that no answer takes long to mark.
    """
    if len(text) > LONGEST:
        raise UnreadableError("this is not a single expression")
    text = LABEL.sub("", plainly(text))
    if not text or ";" in text or "\n" in text:
        raise UnreadableError("this is not a single expression")
    try:
        text = rewritten(text, variables)
    except AmbiguousError:
        raise
    except UnreadableError:
        text = text.replace("^", "**")  # the grammar knows more functions
    try:
        graph = parse(text).bind(
            dict.fromkeys(variables, ()) | {n.name: () for n in parse(text).inputs}
        )
    except GradvizError as error:
        raise UnreadableError(f"{text!r:.40} is not an expression: {error.what}") from None
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
        degree = 1
        if node.op == CONSTANT:
            value = node.options["value"]
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not abs(value) <= 10**9
            ):
                raise UnreadableError("a number in the expression is too large or not a number")
        elif not node.is_leaf:
            op = graph.op(node)
            if op.degree is None:
                raise UnreadableError(f"{node.op} is not allowed in the answer")
            degree = op.degree(*(degrees[i] for i in node.inputs))
            if "exponent" in op.roles:
                degree *= _exponent(graph, node.inputs[op.roles.index("exponent")])
        if degree > 60:
            raise UnreadableError("the powers in the expression are too high")
        degrees.append(degree)


def _exponent(graph: Graph, node: int) -> int:
    """The factor by which an exponent multiplies the degree. Raises UnreadableError if large."""
    power = _constant(graph, node)
    if power is None or abs(power) > 12 or power != int(power):
        raise UnreadableError("an exponent must be a whole number of at most 12")
    return max(1, abs(int(power)))


def _constant(graph: Graph, node: int) -> float | None:
    row = graph.nodes[node]
    if not row.is_leaf and graph.op(node).operator == "-x":
        inner = _constant(graph, row.inputs[0])
        return None if inner is None else -inner
    value = row.options.get("value") if row.op == CONSTANT else None
    return value if isinstance(value, int | float) else None


XP = Rationals()
POINTS = 8
CLOSE = Fraction(1, 10**25)


def equal(a: Graph, b: Graph, variables: tuple[str, ...]) -> bool:
    """Whether two expressions are equal everywhere.

    They are not if they differ at some test point; otherwise exact symbols decide.
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
    # Values such as exp(exp(exp(99))) overflow and are not compared: symbols would take forever.
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
