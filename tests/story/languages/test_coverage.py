"""Everything that is said goes through the catalogues: told in a language of marks, no word of an
example or of a view stands outside the marks. And a catalogue's translations fit their patterns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.cli.examples import EXAMPLES
from gradviz.engine.inside import views as of_runs
from gradviz.engine.inside.into import into
from gradviz.export.look import Look
from gradviz.export.reports import walks as reports
from gradviz.ops import registry
from gradviz.scene import views
from gradviz.story import languages, walks
from gradviz.story.languages.catalogue import entries, fault_of
from tests.sampled import sampled
from tests.story.languages.marks import marking, outside
from tests.story.test_rules import cases, traced

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "language_patterns.py"
CODES = [code for code in languages.languages() if code != languages.ENGLISH]
OP_WORDS = {
    word for op in registry.every() for word in re.findall("[A-Za-z]+", f"{op.symbol} {op.name}")
}
MATHEMATICS = {"max", "min", "NaN", "true", "false", "axis", "size", "stride", "start"}
"""What is written in formulas as it is written in code."""


@pytest.fixture(scope="module")
def patterns() -> dict[str, str]:
    """All patterns, as the script finds them."""
    spec = util.spec_from_file_location("language_patterns", SCRIPT)
    assert spec is not None and spec.loader is not None
    script = util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found: dict[str, str] = script.patterns()
    return found


def said(walk: Any) -> Iterator[tuple[str, str]]:
    """All texts of a walk: its sentences, formulas, pictures and its walk in the terminal."""
    story = walks.of(walk)
    deck = views.pictures(story, Look(legend=True).framing, vars(Look()) | {"window": None})
    for k in range(len(walk) + 1):
        frame = story.frame(k)
        yield "sentence", frame.sentence
        yield "note", frame.note
        yield "head", f"{frame.heading} {frame.progress}"
        scene = deck.scene(k)
        yield "title", f"{scene.title} {scene.heading}"
        yield "alt text", scene.description
        yield from ((item.id, item.text) for item in scene.items if hasattr(item, "text"))
    for line in reports.lines(walk, steps=None, width=120, digits=4, ascii=False):
        yield "show", "".join(text for text, _ in line)


def check(walk: Any) -> None:
    """No text of a walk has a word outside the marks, but for names and mathematics."""
    graph = walk.trace.graph
    own = " ".join([walk.source or "", *(f"{n.name} {n.scope} {n.op}" for n in graph.nodes)])
    names = {*OP_WORDS, *MATHEMATICS, *re.findall("[A-Za-z]+", own)}
    names |= {f"d{name}" for name in names}
    left = {(where, word, text) for where, text in said(walk) for word in outside(text, names)}
    assert not left


@sampled("example", EXAMPLES, few=3, ids=[e.name for e in EXAMPLES])
def test_no_word_of_an_example_goes_past_the_catalogues(example: Any) -> None:
    with marking():
        check(gv.run(example.source, **dict(value.split("=", 1) for value in example.values)))


@pytest.mark.parametrize("view", ["neurons", "matrix"])
def test_no_word_of_a_view_goes_past_the_catalogues(view: str) -> None:
    trace = gv.run("net:xor", x=[1, 0])
    with marking():
        check(of_runs.seen(trace, view, None))


@pytest.mark.proof
@pytest.mark.parametrize("op", registry.every(), ids=lambda op: op.name)
def test_no_word_of_a_sample_call_of_an_op_goes_past_them(op: Any) -> None:
    """Its sentences, formulas and notes, in arrays and in single numbers."""
    for case in cases(op):
        with marking():
            trace = traced(case)
            names = {*OP_WORDS, *MATHEMATICS, *(n.name for n in trace.graph.nodes if n.name)}
            names |= {"mean", "var", "newaxis", "seen", "window", *op.options, *op.terms}
            names |= {word for name in names for word in name.split("_")}
            names |= {str(value) for _, options in op.examples for value in options.values()}
            for k in range(len(trace) + 1):
                frame = gv.frame(trace, k)
                formula = frame.formula.unicode if frame.formula is not None else ()
                for text in (frame.sentence, frame.note, *formula):
                    assert not outside(text, names), text


@pytest.mark.proof
@pytest.mark.parametrize("view", ["graph", "volumes", "matrix"])
def test_no_word_of_a_convolutional_network_goes_past_them(view: str) -> None:
    trace = gv.run("net:tiny-cnn", image=digit(), label=1)
    with marking():
        check(of_runs.seen(trace, view, None))


@pytest.mark.proof
@pytest.mark.parametrize("node", ["a", "c"])
def test_no_word_of_windows_goes_past_them(node: str) -> None:
    trace = gv.run("net:tiny-cnn", image=digit(), label=1)
    with marking():
        check(into(trace, node))


def digit() -> Any:
    """A small image."""
    return np.arange(25.0).reshape(1, 5, 5) % 7 / 7


def test_every_pattern_of_the_ops_is_listed(patterns: dict[str, str]) -> None:
    ops = {text for op in registry.every() for text in op.words.values() if has_words(text)}
    assert ops <= patterns.keys()


@pytest.mark.proof
def test_every_pattern_that_is_said_is_listed(patterns: dict[str, str]) -> None:
    with marking() as asked:
        for example in EXAMPLES:
            trace = gv.run(example.source, **dict(v.split("=", 1) for v in example.values))
            for _ in said(trace):
                pass
    names = {op.called for op in registry.every()} | {op.in_prose for op in registry.every()}
    assert {text for text in asked if has_words(text)} - names <= patterns.keys()


def has_words(text: str) -> bool:
    """Whether a pattern has words of its own."""
    pieces = Formatter().parse(text)
    return any(map(str.isalpha, "".join(literal + (spec or "") for literal, _, spec, _ in pieces)))


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_translates_every_pattern_and_nothing_else(
    code: str, patterns: dict[str, str]
) -> None:
    texts = read(code)
    assert [text for text in patterns if not texts.get(text)] == []
    assert texts.keys() - patterns.keys() == set()


@pytest.mark.parametrize("code", CODES)
def test_a_translation_has_the_placeholders_of_its_pattern(code: str) -> None:
    assert [
        fault for text, told in read(code).items() if told and (fault := fault_of(text, told))
    ] == []


def read(code: str) -> dict[str, str]:
    """The entries of a catalogue without its head."""
    path = languages.FOLDER / f"{code}.po"
    return {k: v for k, v in entries(path.read_text(encoding="utf-8"), path) if k}
