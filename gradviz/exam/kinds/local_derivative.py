"""A derivative in symbols; any equivalent expression is right."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from gradviz.engine.run import run
from gradviz.exam.answers.expression import Symbolic, WrongExpression
from gradviz.exam.kinds import Kind
from gradviz.exam.question.keys import agree
from gradviz.exam.question.keys import derivative as measured
from gradviz.exam.question.question import Difficulty, Draft, Part, Run, Solution, parsed
from gradviz.exam.question.short_numbers import require
from gradviz.exam.stream import Stream
from gradviz.exam.text import derivative, equation, expression, say
from gradviz.mistakes import Case, about
from gradviz.story.maths import M

FUNCTIONS = {
    1: (
        "{a}*x*y + {b}*y",
        "{a}*x**2 + {b}*x",
        "{a}*x*y**2",
        "{a}*x - {b}*x*y",
        "x**3 + {a}*x*y",
        "{a}*x**2*y",
    ),
    2: (
        "{b}/({a}*x + 1)",
        "exp({a}*x) + {b}*x",
        "{b}*sigmoid({a}*x)",
        "{b}*tanh({a}*x)",
        "log({a}*x**2 + {b})",
        "{b}*x*y/({a} + y)",
        "({b}*x + {a}*y)**3",
        "{b}*x*log({a}*y)",
        "exp({a}*x)*y - {b}*y",
        "x/({a}*y) + {b}*x*y",
    ),
    3: (
        "{b}*x*exp({a}*x)",
        "sigmoid({a}*x + {b}*y)",
        "log({b} + {a}*x**2)",
        "{b}*tanh({a}*x*y)",
        "({b}*y*x**2 + {a})**2",
        "exp({a}*x*y)/{b}",
        "{b}*x/(x + {a}*y)",
        "sigmoid({a}*x)**{b}",
    ),
}
MOST = 4
POINTS = (
    (Fraction(3, 7), Fraction(5, 4)),
    (Fraction(8, 5), Fraction(2, 3)),
    (Fraction(11, 9), Fraction(7, 10)),
)


def generate(stream: Stream, level: int) -> Draft:
    """Ask for ∂f/∂x or ∂f/∂y of a small function."""
    a, b = (stream.between(2, 9) for _ in range(2))
    source = stream.pick(FUNCTIONS[level]).format(a=a, b=b)
    variables = tuple(n.name for n in parsed(source).inputs)
    by = stream.pick(variables)
    key, wrong = solved(source, by)
    require(key not in ("0", "1") and len(wrong) >= 1)
    asked = derivative("f", by)
    count = len(parsed(source).nodes)
    return Draft(
        (say("Let {f}. Give {asked} in symbols.", f=equation("f", source), asked=asked),),
        (Part("", (asked, " ="), Symbolic(key, variables, wrong)),),
        Difficulty(count, 0, count),
        Solution(
            (
                say(
                    "{key}, or any equivalent expression.",
                    key=M.relation("=", asked, expression(key)),
                ),
            ),
            Run(source, _at(variables)),
        ),
    )


def _at(variables: tuple[str, ...]) -> tuple[tuple[str, Fraction], ...]:
    """The point for the worked solution: ½ for x and 3/2 for y, so that exponentials stay small."""
    return tuple((name, Fraction(1 + 2 * i, 2)) for i, name in enumerate(variables))


@lru_cache(maxsize=4096)
def solved(source: str, by: str) -> tuple[str, tuple[WrongExpression, ...]]:
    """The derivative as text of the grammar, from the trace's symbols, and its wrong versions.

    The key is checked against exact differences at several points; the wrong expressions must
    differ from it and from one another at the same points.
    """
    graph = parsed(source)
    variables = tuple(n.name for n in graph.inputs)
    cases = [Case(source, dict(zip(variables, point, strict=False))) for point in POINTS]
    node = graph.find(by)
    trace = run(source, backend="exact")
    key = str(trace.xp.plain(trace.gradient(by)))
    for case in cases:
        agree(f"the derivative of {source}", Case(key, _of(key, case)).output, measured(case, node))
    seen = [[case.backward().gradients[node] for case in cases]]
    wrong: list[WrongExpression] = []
    for mistake in about("backward"):
        if mistake.rule is None or len(wrong) == MOST:
            continue
        found = [case.backward(mistake.rule).gradients[node] for case in cases]
        if found not in seen:
            seen.append(found)
            symbols = Case(source, {}, exact=True).backward(mistake.rule).gradients[node]
            wrong.append(
                WrongExpression(str(trace.xp.plain(symbols)), mistake.name, mistake.feedback)
            )
    return key, tuple(wrong)


def _of(source: str, case: Case) -> dict[str, Fraction]:
    return {n.name: case.given[n.name] for n in parsed(source).inputs}


KIND = Kind("local-derivative", "A derivative in symbols", generate)
