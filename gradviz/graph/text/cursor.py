"""Walking along the tokens of a text, and describing positions in it."""

from __future__ import annotations

from gradviz.errors import ParseError, Span
from gradviz.graph.text.grammar import BRACKETS
from gradviz.graph.text.tokens import NEWLINE, SYMBOL, Token, describe, scan, shorten, slip


class Cursor:
    """A place in the tokens of a text.

    `open` holds the open brackets; newlines are skipped while there is one.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.open: list[Token] = []
        self._tokens = scan(source)
        self.token = next(self._tokens)

    def advance(self) -> Token:
        """Step to the next token; returns the one left behind."""
        left = self.token
        self.token = next(self._tokens)
        while self.open and self.token.kind == NEWLINE:
            self.token = next(self._tokens)
        return left

    def enter(self) -> Token:
        """Step past an opening bracket; returns it."""
        self.open.append(self.token)
        return self.advance()

    def leave(self) -> Token:
        """Step past the partner of the last bracket opened; returns it.

        Raises ParseError elsewhere.
        """
        if not self.open:
            raise self.error(
                f"no bracket is open that {self.token.text} could close", hint="remove it"
            )
        if not self.at(BRACKETS[self.open[-1].text]):
            raise self.unclosed()
        self.open.pop()
        return self.advance()

    def unclosed(self) -> ParseError:
        """The error for the last bracket opened, when another token is in its partner's place."""
        first = self.open[-1]
        partner = BRACKETS[first.text]
        if self.token.text in BRACKETS.values():
            opened = f"{first.text} was opened at {self.place(first.start)}"
            what = f"{first.text} is closed by {self.token.text}"
            return self.error(what, expected=partner, hint=opened)
        what = f"{first.text} is never closed"
        return self.error(
            what, first, expected=partner, got=describe(self.token), hint=f"add {partner}"
        )

    def at(self, symbol: str) -> bool:
        """Whether the cursor is at this symbol."""
        return self.token.text == symbol and self.token.kind == SYMBOL

    def error(self, what: str, token: Token | None = None, **parts: str) -> ParseError:
        """The ParseError at a token, by default the current one."""
        token = token or self.token
        parts.setdefault("got", describe(token))
        return slip(self.source, token.start, token.stop, what, **parts)

    def place(self, offset: int) -> str:
        """An offset in words: `line 1, column 5`."""
        line_start = self.source.rfind("\n", 0, offset) + 1
        return f"line {self.source.count(chr(10), 0, offset) + 1}, column {offset - line_start + 1}"

    def snippet(self, span: Span) -> str:
        """The source text of a span, on one line, shortened."""
        return shorten(self.source[span.start : span.stop])
