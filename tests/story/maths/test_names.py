"""Names: where a subscript is meant, and that every notation and every sentence agrees on it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from gradviz.layout.text import missing
from gradviz.story.maths import latex, mathml, typst, unicode
from gradviz.story.maths.names import LETTERS, split

WRITTEN = {
    # a letter with an index
    "x1": ("x₁", "x_{1}", "x_1"),
    "x_1": ("x₁", "x_{1}", "x_1"),
    "w12": ("w₁₂", "w_{12}", "w_12"),
    "h_t": ("hₜ", r"h_{\text{t}}", 'h_"t"'),
    "W_out": ("Wₒᵤₜ", r"W_{\text{out}}", 'W_"out"'),
    "W_Q": ("W_Q", r"W_{\text{Q}}", 'W_"Q"'),
    "theta": ("θ", r"\theta", "theta"),
    "theta_1": ("θ₁", r"\theta_{1}", "theta_1"),
    "beta2": ("β₂", r"\beta_{2}", "beta_2"),
    "λ_max": ("λₘₐₓ", r"\lambda_{\text{max}}", 'lambda_"max"'),
    # a word with a number
    "bias_2": ("bias₂", r"\mathrm{bias}_{2}", 'upright("bias")_2'),
    "loss1": ("loss₁", r"\mathrm{loss}_{1}", 'upright("loss")_1'),
    # words, whole
    "learning_rate": ("learning_rate", r"\mathrm{learning\_rate}", 'upright("learning_rate")'),
    "log_prob": ("log_prob", r"\mathrm{log\_prob}", 'upright("log_prob")'),
    "Wq_in": ("Wq_in", r"\mathrm{Wq\_in}", 'upright("Wq_in")'),
    "x_hat_1": ("x_hat_1", r"\mathrm{x\_hat\_1}", 'upright("x_hat_1")'),
    "w_in_out": ("w_in_out", r"\mathrm{w\_in\_out}", 'upright("w_in_out")'),
    "_": ("_", r"\mathrm{\_}", 'upright("_")'),
    "_y": ("_y", r"\mathrm{\_y}", 'upright("_y")'),
    "x_": ("x_", r"\mathrm{x\_}", 'upright("x_")'),
    "x__1": ("x__1", r"\mathrm{x\_\_1}", 'upright("x__1")'),
    "bias_term_of_output": (
        "bias_term_of_output",
        r"\mathrm{bias\_term\_of\_output}",
        'upright("bias_term_of_output")',
    ),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_written_in_every_notation(name: str) -> None:
    assert (unicode.name(name), latex.name(name), typst.name(name)) == WRITTEN[name]
    has_index = "_" in latex.name(name).replace(r"\_", "")
    assert ("<msub>" in mathml.name(name)) == has_index


@given(st.from_regex(r"[A-Za-zŵθЖ_][A-Za-z0-9_]{0,12}", fullmatch=True))
def test_no_letter_of_a_name_is_lost_and_every_notation_has_the_same_index(name: str) -> None:
    base, index = split(name)
    assert name in (base + index, f"{base}_{index}", base)
    assert (base == name) == (not index)
    for written in (latex.name(name).replace(r"\_", ""), typst.name(name).replace(name, "")):
        assert ("_" in written) == bool(index)
    said = unicode.name(name)
    assert not missing(said), "the shipped fonts have every subscript"
    if base not in LETTERS:
        plain = unicodedata.normalize("NFKC", said)  # subscripts as the letters they are
        assert plain.replace("_", "") == unicodedata.normalize("NFKC", name).replace("_", "")


SENTENCES = [
    ("x1 receives 2 · w1 = 4, x10 nothing.", "x₁ receives 2 · w₁ = 4, x₁₀ nothing."),
    ("The slope of theta_1 · beta is x1.", "The slope of θ₁ · β is x₁."),
    ("∂f/∂x1 = −x1, (x1)² and x1²: x1", "∂f/∂x₁ = −x₁, (x₁)² and x₁²: x₁"),
    ("log2(x1) is no log2.", "log2(x₁) is no log₂."),
    ("x1₂₃ = theta₂, xx1 and x1y", "x1₂₃ = θ₂, xx1 and x1y"),
    ("learning_rate and rate", "learning_rate and rate"),
    ("dx1 = 2 adds to dtheta_1, not to adx1.", "dx₁ = 2 adds to dθ₁, not to adx1."),
    ("", ""),
]


@pytest.mark.parametrize(("sentence", "said"), SENTENCES)
def test_names_in_a_sentence(sentence: str, said: str) -> None:
    names = ["x1", "w1", "x10", "theta", "theta_1", "beta", "log2", "learning_rate", "f"]
    assert unicode.named(sentence, names) == said
    assert unicode.named(sentence, []) == sentence


NAMED: list[tuple[str, dict[str, Any], dict[str, Any], set[str]]] = [
    ("theta_1*x1 + x1*beta", {"theta_1": 2, "x1": 3, "beta": 1}, {}, {"x1", "theta_1", "beta"}),
    ("tanh(W_out @ x1)", {"W_out": [[1.0, 2.0]], "x1": [1.0, 2.0]}, {"upstream": [1]}, {"x1"}),
    ("sum(x1*[1, 2] + exp(x1))", {"x1": [3.0, 4.0]}, {}, {"x1"}),
    ("W1 @ x1", {"W1": [[1, 2]], "x1": [1, 2]}, {"upstream": [1], "into": "f"}, {"x1", "W1"}),
    (
        "tanh(w_1*x1 + w_2*x2 + beta_1)",
        {"w_1": 1, "w_2": 2, "x1": 1, "x2": 3, "beta_1": 1},
        {"view": "neurons"},
        {"x1", "x2", "beta_1", "w_1", "w_2"},
    ),
]


@pytest.mark.parametrize(("source", "values", "options", "typed"), NAMED)
def test_no_text_of_a_picture_has_a_name_in_another_form_than_its_graph(
    tmp_path: Path, source: str, values: Any, options: Any, typed: set[str]
) -> None:
    gv.render(source, tmp_path / "k{k}.svg", steps="all", **options, **values)
    told = ""
    for file in tmp_path.iterdir():
        for element in ElementTree.parse(file).iter():
            if element.tag.endswith("}text"):
                told += f" {element.text}"
    assert not (typed | {f"d{name}" for name in typed}) & set(re.findall(r"\w+", told))
    assert any(unicode.name(name) in told for name in typed)


def test_a_caption_stays_as_it_was_typed(tmp_path: Path) -> None:
    gv.render("x1*x1", tmp_path / "a.svg", x1=2, caption="x1 is squared")
    assert ">x1 is squared<" in (tmp_path / "a.svg").read_text()
