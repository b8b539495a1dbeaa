"""From text to tokens, one at a time, so that the first mistake in the text is reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gradviz.errors import ParseError, Span
from gradviz.files import compatible
from gradviz.graph.text.grammar import (
    ASSIGNING_HINT,
    CONSTANTS,
    FOREIGN,
    KEYWORD_HINT,
    KEYWORDS,
    LOOK_ALIKES,
    RESERVED,
)

NUMBER, NAME, TEXT, SYMBOL = "number", "name", "text", "symbol"
NEWLINE, SEPARATOR, END = "newline", "separator", "end"
STATEMENT_ENDS = frozenset({NEWLINE, SEPARATOR, END})


class Token(NamedTuple):
    """The smallest part of a text: its kind, how it is written, and where."""

    kind: str
    text: str
    start: int
    stop: int
    value: Any = None
    """The value of a number, or the characters of a text."""

    @property
    def span(self) -> Span:
        """Its place in the source text."""
        return Span(self.start, self.stop)


_FOREIGN = "|".join(re.escape(s) for s in sorted(FOREIGN, key=len, reverse=True) if len(s) > 1)
_PATTERN = re.compile(
    rf"""
    (?P<space>    (?: [ \t\f]+ | \#[^\n]* )+ )
  | (?P<number>   (?: \d+(?:_\d+)* (?:\.(?:\d+(?:_\d+)*)?)? | \.\d+(?:_\d+)* )
                  (?:[eE][-+]?\d+(?:_\d+)*)? )
  | (?P<name>     (?: [A-Za-z_] | [^\x00-\x7f] ) (?: \w | [^\x00-\x7f] )* )
  | (?P<newline>  \n )
  | (?P<separator> ; )
  | (?P<text>     '[^'\\\n]*' | "[^"\\\n]*" )
  | (?P<assigning> (?: \*\* | // | [-+*/@%^&|] ) = (?!=) )
  | (?P<foreign>  {_FOREIGN} )
  | (?P<symbol>   \*\* | \.\.\. | [<>=!]= | [-+*/@<>=()\[\],:.] )
    """,
    re.ASCII | re.VERBOSE,
)
_MALFORMED = re.compile(r"(?: _* [\d.] | _ ) [\w.]*", re.ASCII | re.VERBOSE)
_OTHER_BASE = re.compile(
    r"0 (?: [xX][\da-fA-F_]+ | [oO][0-7_]+ | [bB][01_]+ )", re.ASCII | re.VERBOSE
)


def scan(source: str) -> Iterator[Token]:
    """The tokens of `source`, ending with one of the kind `END`.

    Raises ParseError where there is no token.
    """
    at = 0
    match = _PATTERN.match
    while found := match(source, at):
        kind, text, start, at = found.lastgroup, found.group(), at, found.end()
        if kind == "space":
            continue
        if kind == "name":
            yield _name(source, text, start)
        elif kind == "number":
            yield _number(source, text, start)
        elif kind == "text":
            yield Token(TEXT, text, start, at, text[1:-1])
        elif kind == "foreign":
            raise _foreign(source, text, start, FOREIGN[text])
        elif kind == "assigning":
            raise _foreign(source, text, start, ASSIGNING_HINT)
        else:
            yield Token(kind or "", text, start, at)
    if at < len(source):
        raise _stranger(source, at)
    yield Token(END, "", at, at)


def slip(source: str, start: int, stop: int, what: str, **parts: str) -> ParseError:
    """The ParseError for a stretch of `source`; `parts` are `expected`, `got` and `hint`."""
    return ParseError(what, where=(source, Span(start, stop)), **parts)


def _number(source: str, text: str, start: int) -> Token:
    digits = text.replace("_", "")
    if other := _OTHER_BASE.match(source, start):
        raise _no_number(source, start, other.end(), "write it in decimal")
    if wrong := _MALFORMED.match(source, start + len(text)):
        raise _no_number(source, start, wrong.end(), "one point at most, and _ only between digits")
    if digits.isdecimal() and digits[0] == "0" and digits.strip("0"):
        raise _no_number(source, start, start + len(text), f"write {shorten(digits.lstrip('0'))}")
    try:
        value = int(digits) if digits.isdecimal() else float(digits)
    except ValueError:  # Python only reads integers of up to a few thousand digits
        hint = "write it with an exponent, such as 1e300"
        raise _no_number(source, start, start + len(text), hint) from None
    return Token(NUMBER, text, start, start + len(text), value)


def _no_number(source: str, start: int, stop: int, hint: str) -> ParseError:
    written = shorten(source[start:stop])
    expected = "a number such as 3, 0.25, 1e-3 or 1_000"
    return slip(
        source, start, stop, f"{written} is not a number", expected=expected, got=written, hint=hint
    )


def _name(source: str, text: str, start: int) -> Token:
    length = len(text) if text.isascii() else _identifier_length(text)
    if length < len(text):
        raise _stranger(source, start + length)
    name = compatible(text)
    if name in RESERVED and name not in CONSTANTS and name != "None":
        raise slip(
            source,
            start,
            start + len(text),
            f"{name} is not known here",
            expected="mathematics",
            got=f"Python's keyword {name}",
            hint=KEYWORDS.get(name, KEYWORD_HINT),
        )
    return Token(NAME, name, start, start + len(text))


def _identifier_length(text: str) -> int:
    """How many leading characters form an identifier, by Python's rules without look-alikes."""
    for i, character in enumerate(text):
        if (
            character in LOOK_ALIKES
            or not (character if i == 0 else "_" + character).isidentifier()
        ):
            return i
    return len(text)


def clean_name(name: str) -> str:
    """A valid name as close as possible to `name`; `name` itself if it is valid."""
    plain = compatible(name)
    plain = (
        "".join(c if ("_" + c).isidentifier() and c not in LOOK_ALIKES else "_" for c in plain)
        or "_"
    )
    if not plain.isidentifier():
        plain = "_" + plain
    return plain + "_" if plain in RESERVED else plain


def _foreign(source: str, symbol: str, start: int, hint: str) -> ParseError:
    return slip(
        source,
        start,
        start + len(symbol),
        f"{symbol} is not known here",
        expected="one of Python's operators + - * / ** @ or a comparison",
        got=symbol,
        hint=hint,
    )


def _stranger(source: str, at: int) -> ParseError:
    """The error for a character that begins no token."""
    character = source[at]
    if character in FOREIGN:
        return _foreign(source, character, at, FOREIGN[character])
    code = f"U+{ord(character):04X}"
    if not character.isprintable():
        what, hint = f"an unprintable character, {code}", "delete it"
        if character.isspace():
            what, hint = f"a special space character, {code}", "write a plain space"
        return slip(source, at, at + 1, what, expected="printable characters", got=code, hint=hint)
    plain = LOOK_ALIKES.get(character) or compatible(character)
    known = plain != character and plain.isascii()
    return slip(
        source,
        at,
        at + 1,
        f"the character {character} is not known here",
        expected="letters, digits and + - * / ** @ < > = ( ) [ ] , ;",
        got=f"{character} ({code})",
        hint=f"write {plain}" if known else "names are made of letters, digits and _",
    )


def shorten(text: str, width: int = 24) -> str:
    """`text` on one line, cut in the middle if it is longer than `width`."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: width // 2]} … {line[-width // 4 :]}"


def describe(token: Token) -> str:
    """A token in words."""
    return {END: "the end of the text", NEWLINE: "the end of the line"}.get(token.kind) or shorten(
        token.text
    )
