"""One quantity is one number: what a figure shows of a step is the rounding of what the step's
formula and sentence say, in every view; and all themes say the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import gradviz as gv
from gradviz.engine.inside.cells import cells
from gradviz.export.look import USUAL
from gradviz.scene import views
from gradviz.scene.model import Scene, Text
from gradviz.scene.themes import THEMES
from gradviz.scene.views.graph.values import Figures
from gradviz.story import walks
from gradviz.story.frame import Story
from gradviz.story.maths import Maths, unicode
from tests import matrix_samples, neuron_samples
from tests.sampled import sampled
from tests.scene.clear import HIGH
from tests.story.test_equations import CASES, WALKS, told

ENOUGH = (4, 3, 2)
"""Digits of numbers in figures; cells have as many as fit into them."""


def read(text: str) -> Fraction | None:
    """A number as it is printed; None for any other text."""
    plain = re.sub("^(Σ )?(≈ )?", "", text).replace("·10", "e").translate(HIGH)
    try:
        return Fraction(plain) if "/" in plain else Fraction(Decimal(plain))
    except (ArithmeticError, ValueError):
        return None


def unit(number: Fraction, digits: int) -> Fraction:
    """One in the last of so many significant digits; whole numbers are printed whole."""
    size = math.floor(math.log10(abs(number))) - digits + 1 if number else 0
    whole = number.denominator == 1 and abs(number) < 10**7
    return Fraction(10) ** (min(0, size) if whole else size)


def rounds(shown: str, said: str, digits: int) -> bool:
    """Whether a figure shows the rounding of what a formula says, or as much of it."""
    a, b = read(shown), read(said)
    if a is None or b is None:
        return shown == said
    return abs(a - b) <= unit(a, digits) / 2


def numbers(maths: Maths | None) -> list[str]:
    """The numbers of a formula, with their signs."""
    if maths is None:
        return []
    if maths.kind == "number":
        return [maths.text]
    if maths.kind == "neg" and maths.parts[0].kind == "number":
        return [f"-{maths.parts[0].text}"]
    return [text for part in maths.parts for text in numbers(part)]


def speaks_of_upstream(formula: Any, upstream: str) -> bool:
    """Whether a formula begins with the upstream gradient, not with what was made of it."""
    body = formula.rule.parts[0] if formula.rule.kind == "given" else formula.rule
    waiting = [body]
    while waiting:
        part = waiting.pop()
        if part.kind == "partial" or (part.kind == "name" and part.text == upstream):
            return True
        waiting += part.parts
    return False


def figure(scene: Scene) -> dict[str, Text]:
    """The numbers of a figure, without what is said around it."""
    around = ("sentence", "note", "header", "legend", "aside")
    return {
        item.id: item
        for item in scene.items
        if isinstance(item, Text) and not item.id.startswith(around) and read(item.text) is not None
    }


def at(shown: dict[str, Text], key: str) -> list[str]:
    """The texts of a number or a grid of numbers."""
    return [t.text for k, t in shown.items() if re.fullmatch(rf"{key}(-\d+-\d+)?", k)]


def odd_in_graph(trace: Any) -> Iterator[str]:
    """What a step uses and makes: cards and wires against the formula."""
    story = walks.of(trace)
    pictures = views.pictures(story, USUAL.framing, vars(USUAL) | {"window": None})
    digits = pictures._placed.figures.digits
    for frame in story:
        step, formula, shown = frame.step, frame.formula, figure(pictures.scene(frame.number))
        if step.kind == "seed":
            continue
        result, used = numbers(formula.result), numbers(formula.filled)
        if step.kind == "forward":
            made = at(shown, f"node-{step.node}-value")
            operands = [at(shown, f"node-{i}-value") for i in trace.graph.nodes[step.node].inputs]
        else:
            edge = "-".join(map(str, step.edge))
            made = at(shown, f"edge-{edge}-contribution")
            if trace.uses(step.edge.source) == 1:
                made = at(shown, f"node-{step.edge.source}-gradient")
            upstream = at(shown, f"node-{step.node}-gradient")
            operands = [upstream] if speaks_of_upstream(formula, story.rules.upstream) else []
        if len(made) == len(result):
            for a, b in zip(made, result, strict=True):
                if not rounds(a, b, digits):
                    yield f"step {frame.number} makes {b}, and the figure shows {a}"
        known = [*used, *(n.removeprefix("-") for n in used), *result]
        for a in (text for texts in operands for text in texts):
            if used and read(a) not in (0, 1, -1):
                plain = a.removeprefix("−")
                if not any(rounds(a, b, digits) or rounds(plain, b, digits) for b in known):
                    yield f"step {frame.number} uses {a}, which {used} does not hold"


def random_run(op: Any, shapes: Any, options: Any, seed: int) -> Any:
    rng = np.random.default_rng(seed + len(op.name))
    size = 10.0 ** rng.integers(-9, 6) if seed % 2 else 1.0
    return told(op, shapes, options, rng, float(size), short=not rng.integers(3))


@sampled(("op", "shapes", "options"), CASES[::7], few=15)
def test_cards_round_what_formulas_say(op: Any, shapes: Any, options: Any) -> None:
    assert list(odd_in_graph(random_run(op, shapes, options, 1))) == []


@pytest.mark.proof
@pytest.mark.parametrize(("op", "shapes", "options"), CASES)
def test_all_cards_round_what_formulas_say(op: Any, shapes: Any, options: Any) -> None:
    for seed in range(4):
        assert list(odd_in_graph(random_run(op, shapes, options, seed))) == []


def odd_results(walk: Any, most: int = 12) -> Iterator[str]:
    """Results of formulas that stand nowhere in the figure of their step."""
    story = walks.of(walk)
    pictures = views.pictures(story, USUAL.framing, vars(USUAL) | {"window": None})
    total = len(walk)
    for k in sorted({1, total, *range(1, total, max(1, total // most))}):
        frame = story.frame(k)
        formula = frame.formula
        if getattr(getattr(frame.step, "place", None), "kind", "") == "weights":
            continue  # arcs show the gradients of weights only where there is room
        while formula and formula.then:
            formula = formula.then
        shown = [t.text for t in figure(pictures.scene(k)).values()]
        shown = [text.replace("Σ ", "").replace("≈ ", "") for text in shown]
        for said in numbers(formula.result) if formula else ():
            if not any(rounds(a, said, d) for a in shown for d in ENOUGH):
                yield f"step {k} comes to {said}, which the figure does not show: {shown}"


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.too_slow])
@given(neuron_samples.samples(layers=2))
def test_networks_show_the_results(sample: Any) -> None:
    assert list(odd_results(sample.walk())) == []


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.too_slow])
@given(matrix_samples.samples())
def test_matrices_show_the_results(sample: Any) -> None:
    assert list(odd_results(sample.walk())) == []


@pytest.mark.proof
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(neuron_samples.samples(), matrix_samples.samples())
def test_many_networks_and_matrices_show_the_results(network: Any, matrix: Any) -> None:
    for sample in (network, matrix):
        assert list(odd_results(sample.walk())) == []


def cell_walk(op: Any, shapes: Any, options: Any) -> Any:
    trace = random_run(op, shapes, options, 2)
    return cells(trace, next(n.id for n in trace.graph.nodes if n.op == op.name))


@pytest.mark.parametrize(("op", "shapes", "options"), WALKS[::5])
def test_cells_show_the_results(op: Any, shapes: Any, options: Any) -> None:
    assert list(odd_results(cell_walk(op, shapes, options), 6)) == []


@pytest.mark.proof
@pytest.mark.parametrize(("op", "shapes", "options"), WALKS)
def test_all_cells_show_the_results(op: Any, shapes: Any, options: Any) -> None:
    assert list(odd_results(cell_walk(op, shapes, options), 30)) == []


@pytest.mark.parametrize("view", ["graph", "neurons", "matrix"])
def test_every_theme_says_the_same(view: str, tmp_path: Any) -> None:
    trace = gv.run("sum(tanh(W @ x + b))", W=[[0.5, 2], [3, 4]], x=[1e-7, -1 / 3], b=[1, 0])
    said = set()
    for theme in THEMES:
        file = tmp_path / f"{theme}.svg"
        gv.render(trace, file, theme=theme, view=view, step="final")
        said.add(tuple(re.findall(r"<text[^>]*>([^<]*)<", file.read_text("utf-8"))))
    (texts,) = said
    assert "1·10⁻⁷" in texts and not any("e−" in text for text in texts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9e−8", "9·10⁻⁸"),
        ("−1.5e10 · 2", "−1.5·10¹⁰ · 2"),
        ("1/1e−7 = 1e7", "1/(1·10⁻⁷) = 1·10⁷"),
        ("2.5^1e−7", "2.5^(1·10⁻⁷)"),
        ("1/1.5e3²", "1/(1.5·10³)²"),
        ("(2e−6)^(−0.5).", "(2·10⁻⁶)^(−0.5)."),
        ("e1 x1e5 0.5e3x 1e7_a", "e1 x1e5 0.5e3x 1e7_a"),  # names, and what is no number
    ],
)
def test_powers_of_ten(text: str, expected: str) -> None:
    assert unicode.powers(text) == expected


def test_small_numbers_look_alike_in_cards_gates_sentences_and_formulas() -> None:
    trace = gv.run("x*2.5e-7 + y", x=3, y=1e-9)
    pictures = views.pictures(walks.of(trace), USUAL.framing, vars(USUAL) | {"window": None})
    texts = {item.text for item in pictures.scene(4).items if isinstance(item, Text)}
    assert {"2.5·10⁻⁷", "7.5·10⁻⁷", "1·10⁻⁹"} <= texts


def test_literals_are_as_they_were_typed_where_cards_have_three_digits() -> None:
    """Their numbers belong to the formula that is drawn."""
    trace = gv.run("0.71334*x", x=0.7364)
    figures = Figures(Story(trace), digits=3)
    by_op = {node.op: figures.value(node.id).words for node in trace.graph.nodes}
    assert by_op == {"constant": "0.71334", "input": "0.736", "mul": "0.525"}
