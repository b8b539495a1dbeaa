"""Tokens: Python's own numbers and names, and what is said about symbols from elsewhere."""

import ast
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradviz.errors import ParseError
from gradviz.graph.text.cursor import Cursor
from gradviz.graph.text.grammar import (
    CONSTANTS,
    FOREIGN,
    INFIX,
    KEYWORDS,
    LOOK_ALIKES,
    PREFIX,
    RESERVED,
)
from gradviz.graph.text.tokens import END, NAME, NUMBER, TEXT, clean_name, scan, shorten
from gradviz.ops import registry


def test_every_token_knows_its_place() -> None:
    source = "q = W@x  # product\nsum(q**2.5, axis='a b'); [...]"
    found = [(t.kind, t.text) for t in scan(source)]
    assert [text for _, text in found] == [
        "q",
        "=",
        "W",
        "@",
        "x",
        "\n",
        "sum",
        "(",
        "q",
        "**",
        "2.5",
        ",",
        "axis",
        "=",
        "'a b'",
        ")",
        ";",
        "[",
        "...",
        "]",
        "",
    ]
    assert all(source[t.start : t.stop] == t.text for t in scan(source))
    assert [t.value for t in scan(source) if t.kind in (NUMBER, TEXT)] == [2.5, "a b"]
    assert found[-1][0] == END


@settings(deadline=None, max_examples=400)
@given(st.text("0123456789._eE+-xj", min_size=1, max_size=10))
@example("1e5")
@example("1_000.5")
@example("00")
@example("0_7")
@example("1.e-3")
@example(".5e1_0")
def test_a_number_is_pythons_number(text: str) -> None:
    try:
        token, end = scan(text)
        ours = repr(token.value) if (token.kind, end.kind) == (NUMBER, END) else None
    except (ParseError, ValueError):
        ours = None
    try:
        body = ast.parse(text, mode="eval").body
        python = body.value if isinstance(body, ast.Constant) else None
    except SyntaxError:
        python = None
    other_base = text[:2] in ("0x", "0X", "0e", "0E") and isinstance(python, int)
    expected = repr(python) if isinstance(python, int | float) and not other_base else None
    assert ours == expected


@settings(deadline=None, max_examples=400)
@given(st.text(min_size=1, max_size=4))
@example("ﬁ")
@example("Größe_2")
@example("x̂")
@example("𝑥")
def test_a_name_is_pythons_name(text: str) -> None:
    try:
        token, end = scan(text)
        whole = (token.kind, token.start, token.stop, end.kind) == (NAME, 0, len(text), END)
        ours = token.text if whole else None
    except (ParseError, ValueError):
        ours = None
    expected = unicodedata.normalize("NFKC", text) if text.isidentifier() else None
    if expected in RESERVED - set(CONSTANTS) - {"None"} or set(text) & set(LOOK_ALIKES):
        expected = None
    assert ours == expected


@pytest.mark.parametrize("symbol", FOREIGN)
def test_a_symbol_from_elsewhere_gets_its_hint(symbol: str) -> None:
    with pytest.raises(ParseError) as caught:
        list(scan(f"x {symbol} y"))
    assert caught.value.hint == FOREIGN[symbol]
    assert caught.value.got == symbol


@pytest.mark.parametrize("character", LOOK_ALIKES)
def test_a_look_alike_gets_its_hint(character: str) -> None:
    for text in (f"x {character} y", f"x{character}"):
        with pytest.raises(ParseError) as caught:
            list(scan(text))
        assert caught.value.hint == f"write {LOOK_ALIKES[character]}"
        assert isinstance(caught.value.where, tuple)
        assert caught.value.where[1].start == text.index(character)


@pytest.mark.parametrize("word", sorted(RESERVED - set(CONSTANTS) - {"None"}))
def test_a_keyword_is_refused(word: str) -> None:
    with pytest.raises(ParseError, match=f"{word} is not known here") as caught:
        list(scan(f"x + {word}"))
    assert caught.value.hint


def test_the_tables_are_about_what_they_say() -> None:
    assert set(KEYWORDS) <= RESERVED
    named = {symbol: registry.by_operator(o.op).numpy[0] for symbol, o in INFIX.items()}
    assert named == {
        "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "@": "matmul", "**": "power",
        "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
        "==": "equal", "!=": "not_equal",
    }  # fmt: skip
    assert registry.by_operator(PREFIX["-"].op).numpy == ("negative",)
    assert not set(FOREIGN) & set(INFIX)
    assert not any(character.isascii() for character in LOOK_ALIKES)


def test_the_first_mistake_is_the_one_that_is_found() -> None:
    tokens = scan("x + y ^ 2 $ 3")
    assert [next(tokens).text for _ in range(3)] == ["x", "+", "y"]
    with pytest.raises(ParseError, match=r"\^ is not known"):
        next(tokens)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x", "x"), ("Größe", "Größe"), ("layer 1", "layer_1"), ("conv.weight", "conv_weight"),
        ("1st", "_1st"), ("pi", "pi_"), ("lambda", "lambda_"), ("ﬁ", "fi"), ("a·b", "a_b"),
        ("", "_"), ("⟨x⟩", "_x_"),
    ],
)  # fmt: skip
def test_a_name_is_made_one_that_text_can_hold(name: str, expected: str) -> None:
    assert clean_name(name) == expected


@given(st.text(max_size=8))
def test_a_clean_name_is_one_token_and_stays(name: str) -> None:
    clean = clean_name(name)
    token, _ = scan(clean)
    assert (token.kind, token.text) == (NAME, clean)
    assert clean not in RESERVED
    assert clean_name(clean) == clean


def test_a_cursor_skips_newlines_inside_brackets_only() -> None:
    cursor = Cursor("(\nx\n)\ny")
    cursor.enter()
    assert cursor.token.text == "x"
    cursor.advance()
    assert cursor.leave().text == ")"
    assert cursor.token.text == "\n"


def test_a_cursor_says_where_it_is() -> None:
    cursor = Cursor("a\nbb + c")
    assert cursor.place(0) == "line 1, column 1"
    assert cursor.place(2) == "line 2, column 1"
    assert cursor.place(7) == "line 2, column 6"
    assert not cursor.at("a"), "a name is no symbol"


def test_long_text_is_cut_in_the_middle() -> None:
    assert shorten("x\n  +  y") == "x + y"
    assert shorten("a" * 30 + "b" * 30) == "a" * 12 + " … " + "b" * 6
