"""Every kind of mathematics and every name, written by all writers.

A kind that a writer does not know fails here with the writer's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from types import ModuleType
from xml.etree import ElementTree

import pytest
import typst as typesetter

from gradviz.ops import every
from gradviz.story.maths import M, latex, mathml, names, typst, unicode, words
from gradviz.story.maths.ascii import to_ascii
from gradviz.story.maths.ascii import write as in_ascii
from gradviz.story.maths.of_graph import written
from gradviz.story.maths.tree import KINDS, Maths
from tests.sampled import sampled

TABLES: list[ModuleType] = [latex, mathml, typst, unicode, words]
"""The writers with an entry for each kind; ASCII is made from Unicode."""
WRITE: dict[str, Callable[[Maths], str]] = {
    "LaTeX": latex.write,
    "MathML": mathml.write,
    "typst": typst.write,
    "Unicode": unicode.text,
    "ASCII": in_ascii,
}
P, Q, R = M.name("P"), M.name("Q"), M.name("R")
GRID = M.grid([["1", "2"], ["3", "-4"]], shape=(2, 2))

SAMPLES: list[tuple[Maths, str]] = [
    (P, "P"),
    (M.name("P_1"), "P1"),
    (M.name("P12"), "P12"),
    (M.number(37), "37"),
    (M.number("-2/3"), "23"),
    (M.number("1.5"), "15"),
    (M.phrase("the P of 3 < 4 & 5"), "P345"),
    (GRID, "1234"),
    (GRID.parts[0], "12"),
    (M.rounding(P, Q), "PQ"),
    (M.add(P, Q), "PQ"),
    (M.sub(P, M.sub(Q, R)), "PQR"),
    (M.mul(M.add(P, Q), R), "PQR"),
    (M.mul(M.name("P", (2,)), M.name("Q", (2,))), "PQ"),
    (M.convolve(P, Q), "PQ"),
    (M.div(M.mul(P, Q), R), "PQR"),
    (M.over(M.add(P, Q), R), "PQR"),
    (M.product(P, Q), "PQ"),
    (M.neg(M.add(P, Q)), "PQ"),
    (M.pow(M.neg(P), M.number(2)), "P2"),
    (M.pow(P, M.add(Q, R)), "PQR"),
    (M.root(M.add(P, Q)), "PQ"),
    (M.bars(P), "P"),
    (M.length(P), "P"),
    (M.call("max", P, Q), "PQ"),
    (M.call("log₂", P), "2P"),
    (M.call("onehot", P, M.phrase("size=3")), "P3"),
    (M.iverson(M.relation("≥", P, Q)), "PQ"),
    (M.cases(M.relation("<", P, Q), R, M.number(3)), "RPQ3"),
    (M.choice([(R, M.relation("<", P, Q)), (M.number(4), Q)], M.number(3)), "RPQ4Q3"),
    (M.total("sum", M.add(P, Q)), "PQ"),
    (M.transpose(P), "P"),
    (M.at(P, "12"), "P12"),
    (M.sum_over("ij", M.at(P, "ij")), "P"),
    (M.sum_axes((), P), "P"),
    (M.sum_axes((0, 2), P), "02P"),
    (M.subscript(P, [0, "1:3"]), "P013"),
    (M.say("{} at {}, zeros elsewhere", P, Q), "PQ"),
    (M.given(P, M.relation("=", Q, R)), "PQR"),
    (M.partial("P", Q), "PQ"),
    (M.differential(P), "P"),
    (M.hat(P), "P"),
] + [(M.relation(sign, P, Q), "PQ") for sign in names.RELATIONS]
"""Pieces, and the letters from A to S and digits that a reader of each sees, in order."""


NAMES = [*names.GREEK, *names.GREEK_LETTERS, *names.SYMBOLS, *(f"{n}_1" for n in names.GREEK)]


def test_every_kind_has_a_sample() -> None:
    assert {maths.kind for maths, _ in SAMPLES} == set(KINDS)


@pytest.mark.parametrize("writer", TABLES, ids=lambda w: w.__name__.rpartition(".")[2])
def test_a_writer_knows_every_kind_and_no_other(writer: ModuleType) -> None:
    assert set(writer.WRITERS) == set(KINDS)


@pytest.mark.parametrize(("maths", "seen"), SAMPLES, ids=[unicode.text(m) for m, _ in SAMPLES])
def test_a_sample_is_made_as_its_kind_says(maths: Maths, seen: str) -> None:
    kind = KINDS[maths.kind]
    if not kind.parts.startswith("*"):
        assert len(maths.parts) == len(kind.parts.split())
    if not kind.text:
        assert not maths.text


@pytest.mark.parametrize("writer", WRITE)
@pytest.mark.parametrize(("maths", "seen"), SAMPLES, ids=[unicode.text(m) for m, _ in SAMPLES])
def test_all_writers_show_the_same_letters_and_digits(maths: Maths, seen: str, writer: str) -> None:
    text = WRITE[writer](maths)
    if writer == "MathML":
        text = "".join(ElementTree.fromstring(text).itertext())
    plain = text.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789"))
    assert "".join(re.findall("[A-S0-9]", plain)) == seen


SOURCES = [m for m, _ in SAMPLES] + [M.name(n) for n in NAMES]
SOURCES += [M.call(n, P) for n in (*names.FUNCTIONS, *names.SYMBOLS)]
SOURCES += [M.total(kind, P) for kind in names.TOTALS] + [
    M.number(n) for n in ("∞", "-∞", "NaN", "true", "false", "1.5e-7", "-2e30", "−4")
]
IDS = [unicode.text(m) for m in SOURCES]


@sampled("maths", SOURCES, few=50, ids=IDS)
def test_typst_takes_it(maths: Maths) -> None:
    if maths.kind != "row":
        assert typesetter.compile(f"$ {typst.write(maths)} $".encode(), format="svg")


@pytest.mark.parametrize("maths", SOURCES, ids=IDS)
def test_ascii_is_ascii(maths: Maths) -> None:
    assert in_ascii(maths).isascii()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("x⁻¹ · y¹²", "x^-1 * y^12"),
        ("−2×3 ≤ √δ₁", "-2x3 <= sqrtdelta1"),
        ("Σᵢ uᵢⱼ ⊙ x̂", "sum_i u_i_j (*) x_hat"),
        ("dw = u ∗ xᵀ", "dw = u (conv) x^T"),
        ("Zoë", "Zoë"),
    ],
)
def test_text_in_ascii(text: str, plain: str) -> None:
    assert to_ascii(text) == plain


def test_formulas_of_all_ops_are_ascii() -> None:
    for op in every():
        operands = [M.name(c) for c in "pqrst"[: 2 if op.variadic else len(op.inputs)]]
        if op.name != "index":
            assert in_ascii(written(op, operands, op.options)).isascii(), op.name
        assert to_ascii(op.symbol).isascii(), op.name


def test_braces_and_environments_of_latex_are_closed() -> None:
    for maths in SOURCES:
        source = re.sub(r"\\[\\{}|]", "", latex.write(maths))
        assert source.isascii(), source
        assert source.count("{") == source.count("}"), source
        assert len(re.findall(r"\\left\b", source)) == len(re.findall(r"\\right\b", source))
        begun, ended = (re.findall(rf"\\{w}{{(\w+)}}", source) for w in ("begin", "end"))
        assert sorted(begun) == sorted(ended)


# MathML 3.0, W3C Recommendation of 2014, 3.1.3: elements that take so many arguments. 3.2: elements
# that hold text; the others of these hold any number of elements.
ARGUMENTS = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2}
TOKENS = {"mi", "mn", "mo", "mtext"}
OTHERS = {"math", "mrow", "msqrt", "mtable", "mtr", "mtd"}
HOLDS = {"mtable": {"mtr"}, "mtr": {"mtd"}}


@pytest.mark.parametrize("maths", SOURCES, ids=IDS)
def test_mathml_is_presentation_markup(maths: Maths) -> None:
    if maths.kind == "row":  # a row of a table, which stands in no formula by itself
        return
    for element in ElementTree.fromstring(mathml.write(maths)).iter():
        assert element.tag in {*ARGUMENTS, *TOKENS, *OTHERS}
        inside = [child.tag for child in element]
        assert len(inside) == ARGUMENTS.get(element.tag, len(inside))
        assert set(inside) <= HOLDS.get(element.tag, set(inside))
        if element.tag in TOKENS:
            assert not inside and element.text
            assert element.text == element.text.strip(" "), "plain spaces are dropped there"
        else:
            assert not element.text and not any(child.tail for child in element)


MATHML = [
    (M.name("omega"), "<mi>ω</mi>"),
    (M.name("theta_1"), "<msub><mi>θ</mi><mn>1</mn></msub>"),
    (M.name("sigma_max"), "<msub><mi>σ</mi><mtext>max</mtext></msub>"),
    (M.name("x_hat_1"), "<mi>x_hat_1</mi>"),
    (M.name("_y"), "<mi>_y</mi>"),
    (M.number("-∞"), "<mo>−</mo><mi>∞</mi>"),
    (M.number("NaN"), "<mtext>NaN</mtext>"),
    (
        M.number("-1.5e-7"),
        "<mo>−</mo><mn>1.5</mn><mo>·</mo><msup><mn>10</mn><mrow><mo>−</mo><mn>7</mn></mrow></msup>",
    ),
    (M.number("-2/3"), "<mo>−</mo><mfrac><mn>2</mn><mn>3</mn></mfrac>"),
    (
        M.call("log₂", P),
        '<msub><mi>log</mi><mn>2</mn></msub><mrow><mo stretchy="false" lspace="0" rspace="0">(</mo>'
        '<mrow><mi>P</mi></mrow><mo stretchy="false" lspace="0" rspace="0">)</mo></mrow>',
    ),
    (M.at(P, "ki"), "<msub><mrow><mi>P</mi></mrow><mrow><mi>k</mi><mi>i</mi></mrow></msub>"),
    (M.sum_over("k", P), "<munder><mo>∑</mo><mi>k</mi></munder><mrow><mi>P</mi></mrow>"),
    (
        M.sum_axes((0, 1), P),
        "<munder><mo>∑</mo><mtext>axis=(0, 1)</mtext></munder><mrow><mi>P</mi></mrow>",
    ),
    (M.total("prod", P), "<mo>∏</mo><mrow><mi>P</mi></mrow>"),
    (
        M.cases(M.relation(">", P, Q), P, Q),
        '<mo>{</mo><mtable columnalign="left">'
        "<mtr><mtd><mrow><mi>P</mi></mrow></mtd><mtd><mtext>if\u00a0</mtext>"
        "<mrow><mrow><mi>P</mi></mrow><mo>&gt;</mo><mrow><mi>Q</mi></mrow></mrow></mtd></mtr>"
        "<mtr><mtd><mrow><mi>Q</mi></mrow></mtd><mtd><mtext>otherwise</mtext></mtd></mtr>"
        "</mtable>",
    ),
]


@pytest.mark.parametrize(("maths", "inside"), MATHML, ids=[unicode.text(m) for m, _ in MATHML])
def test_mathml(maths: Maths, inside: str) -> None:
    assert mathml.write(maths) == f"<math><mrow>{inside}</mrow></math>"


def test_greek_letters_may_be_typed_by_name_or_as_letters() -> None:
    for write in (latex.write, typst.write, mathml.write):
        assert write(M.name("delta_1")) == write(M.name("δ_1")) == write(M.name("δ1"))


def test_greek_letters_are_the_ones_that_unicode_names() -> None:
    for name, sign in names.GREEK.items():
        called = {"lambda": "LAMDA"}.get(name, name.upper())
        assert unicodedata.name(sign.unicode) == f"GREEK SMALL LETTER {called}"
