"""One family of errors.

Each says what is wrong, where, what was expected, what came, and what to try.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source text: character offsets `start` (included) to `stop` (excluded)."""

    start: int
    stop: int


class GradvizError(Exception):
    """The base of every error that gradviz raises for bad input.

    The message is `what`; the other parts, where given, are printed below it, one per line.
    `where` may be a phrase, or a pair of source text and `Span`, which is shown with a caret.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | tuple[str, Span] = "",
        expected: object = "",
        got: object = "",
        hint: str = "",
    ) -> None:
        self.what = what
        self.where = where
        self.expected = str(expected)
        self.got = str(got)
        self.hint = hint
        super().__init__(what)

    def at(self, source: str, span: Span | None) -> GradvizError:
        """Add the place in the source text, unless one is known; returns the error itself."""
        if span is not None and not self.where:
            self.where = (source, span)
        return self

    def __str__(self) -> str:
        where = self.where if isinstance(self.where, str) else caret(*self.where)
        parts = [
            ("where", where),
            ("expected", self.expected),
            ("got", self.got),
            ("try", self.hint),
        ]
        lines = [self.what]
        for label, text in parts:
            if text:
                lines.append(f"  {label + ':':<9} " + text.replace("\n", "\n" + " " * 12))
        return "\n".join(lines)


class UsageError(GradvizError):
    """The command line was used wrongly (exit status 2)."""


class ParseError(GradvizError, ValueError):
    """Text that is not an expression."""


class UnknownNameError(GradvizError, KeyError):
    """A name (of an op, option, input, node, theme, …) that does not exist."""

    __str__ = GradvizError.__str__


class ValueInputError(GradvizError, ValueError):
    """A value that is missing, extra, unreadable or of the wrong kind."""


class ShapeError(GradvizError, ValueError):
    """Shapes that do not fit an op."""


class DomainError(GradvizError, ArithmeticError):
    """A value for which an exact computation has no real, finite result."""


class ExpressionError(GradvizError, TypeError):
    """Python asked an expression for something that only a number has."""


class CallError(GradvizError, TypeError):
    """A public function that is called with arguments that it does not take."""


class TraceFormatError(GradvizError, ValueError):
    """A file that is not a trace, or one that this version cannot read."""


class FileError(GradvizError, OSError):
    """A file that cannot be read or written."""

    __str__ = GradvizError.__str__


class LayoutError(GradvizError, RuntimeError):
    """A layout engine that is missing, crashed or ran out of time."""


class BackendError(GradvizError, RuntimeError):
    """An array library that is not installed, or that cannot do what was asked."""


def caret(source: str, span: Span, *, width: int = 76) -> str:
    """The line of `source` that holds `span`, with its position above it and carets below it.

    A long line is cut to `width` characters around the span.
    """
    start = min(span.start, len(source))
    line_start = source.rfind("\n", 0, start) + 1
    line_stop = source.find("\n", start)
    line = "".join(
        c if c.isprintable() or c == "\t" else "�"
        for c in source[line_start : line_stop if line_stop >= 0 else len(source)]
    )
    row, column = source.count("\n", 0, start) + 1, start - line_start
    length = max(1, min(span.stop, line_start + len(line)) - start)
    cut = max(0, column - width // 2)
    head = "…" if cut else ""
    shown = head + line[cut : cut + width] + ("…" if len(line) > cut + width else "")
    length = min(length, max(1, len(shown) - (column - cut + len(head))))
    # A tab or a wide character must push the caret as far as it pushes the text.
    pad = "".join("\t" if c == "\t" else " " for c in shown[: column - cut + len(head)])
    return f"line {row}, column {column + 1}\n{shown}\n{pad}{'^' * length}"


def nearest(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The known name that `name` was probably meant to be, or the empty string."""
    import difflib

    found = difflib.get_close_matches(str(name).lower(), list(known), n=1, cutoff=cutoff)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean …?` for the nearest known name, or the empty string."""
    found = nearest(name, known)
    return f"did you mean {found}?" if found else ""
