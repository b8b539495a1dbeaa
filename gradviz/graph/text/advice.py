"""Errors for misplaced tokens, with what to write instead."""

from __future__ import annotations

from gradviz.errors import ParseError, Span
from gradviz.graph.text.cursor import Cursor
from gradviz.graph.text.grammar import BRACKETS, INFIX
from gradviz.graph.text.tokens import (
    END,
    NAME,
    NEWLINE,
    SEPARATOR,
    STATEMENT_ENDS,
    SYMBOL,
    TEXT,
    Token,
    describe,
)
from gradviz.ops import registry

LIBRARIES = (
    "np",
    "numpy",
    "jnp",
    "cp",
    "math",
    "torch",
    "F",
    "nn",
    "tf",
    "sympy",
    "sp",
    "gv",
    "gradviz",
)


def no_operand(cursor: Cursor, before: Token | None) -> ParseError:
    """The error where an operand is expected; `before` is the operator that waits for it."""
    token = cursor.token
    if token.kind == SYMBOL and token.text in BRACKETS.values() and not cursor.open:
        return cursor.error(f"no bracket is open that {token.text} could close", hint="remove it")
    if cursor.at("..."):
        return cursor.error(
            "... is only allowed in an index", expected="an operand", hint="write x[..., 0]"
        )
    if cursor.open and before is cursor.open[-1] and token.kind in (SEPARATOR, END):
        return cursor.unclosed()
    after = f" after {before.text}" if before else ""
    if token.kind == NEWLINE:
        hint = "to continue on the next line, put the expression in ( )"
    elif token.kind == SYMBOL and token.text in INFIX:
        hint = f"write a number or a name before {token.text}"
    else:
        hint = "write a number, a name or a call there"
    return cursor.error(f"an operand is missing{after}", expected=f"an operand{after}", hint=hint)


def empty_scope(cursor: Cursor, name: Token) -> ParseError:
    """The error for the name of a scope with no statement after it."""
    return cursor.error(
        f"{name.text}: is followed by no statement",
        expected=f"a statement on the same line, as in {name.text}: y = relu(w*x)",
        hint="write the name before every statement of the scope",
    )


def no_operator(cursor: Cursor, left: Span) -> ParseError:
    """The error where an operator is expected, after the operand at `left`."""
    token = cursor.token
    if cursor.at("="):
        return equals(cursor)
    if cursor.at(":"):
        return cursor.error(
            ": is only allowed in an index, and after a scope's name at the start of a statement",
            hint="a slice is written x[1:3], a scope block1: y = relu(w*x)",
        )
    if cursor.at("..."):
        return cursor.error("... is only allowed in an index", hint="a slice is written x[1:3]")
    if token.kind in STATEMENT_ENDS:
        return cursor.unclosed()
    first, then = cursor.snippet(left), describe(token)
    if registry.known(first):
        hint = f"to call {first}, write {first}({then if token.text != '(' else '…'})"
    elif token.kind == TEXT:
        hint = "text is only allowed as the value of an option"
    else:
        hint = f"to multiply, write {first}*{then}"
    return cursor.error(
        f"an operator is missing between {first} and {then}",
        expected="an operator such as + or *",
        hint=hint,
    )


def attribute(cursor: Cursor, dot: Token, left: Span) -> ParseError:
    """The error for `x.name`, the name being the next token."""
    owner = cursor.snippet(left)
    name = cursor.token.text if cursor.token.kind == NAME else ""
    op = registry.by_numpy_name(name)
    if owner in LIBRARIES:
        hint = f"write {op.name if op else name}(…) without {owner}."
    elif op:
        hint = f"write {op.name}({owner})"
    else:
        hint = "ops are called, as in sum(x)"
    expected = "an operator or the end of the statement"
    return cursor.error(
        "the only attribute is the transpose, W.T",
        dot,
        expected=expected,
        got=f".{name}",
        hint=hint,
    )


def equals(cursor: Cursor) -> ParseError:
    """The error for `=` inside an expression."""
    return cursor.error(
        "= stands inside an expression",
        expected="name = expression, as a statement of its own",
        hint="compare with ==; separate statements with ;",
    )


def chained(cursor: Cursor) -> ParseError:
    """The error for `a < b < c`."""
    return cursor.error(
        "comparisons do not chain",
        expected="one comparison",
        got=f"a second one, {cursor.token.text}",
        hint="multiply the conditions, (a < b)*(b < c), or choose by where((a < b)*(b < c), x, y)",
    )


def comma(cursor: Cursor) -> ParseError:
    """The error for a comma outside brackets."""
    return cursor.error(
        "a comma stands outside brackets",
        expected="one expression",
        hint="[a, b] is an array; statements are separated by ;",
    )


def after_keyword(cursor: Cursor, span: Span) -> ParseError:
    """The error for a positional argument after a keyword argument."""
    got = cursor.snippet(span)
    return ParseError(
        "a positional argument follows a keyword argument",
        where=(cursor.source, span),
        expected="name=value",
        got=got,
        hint=f"move {got} to the front, or name it",
    )
