"""From text to a graph, by operator precedence with an explicit stack.

Nothing is evaluated, and nothing recurses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from gradviz.errors import GradvizError, ParseError, Span
from gradviz.graph.builder import Builder
from gradviz.graph.graph import Graph
from gradviz.graph.text import advice as misplaced
from gradviz.graph.text import subscripts
from gradviz.graph.text.cursor import Cursor
from gradviz.graph.text.grammar import BRACKETS, CONSTANTS, INFIX, LIMIT, PREFIX, Operator
from gradviz.graph.text.nodes import Nodes
from gradviz.graph.text.pending import Part, Plain, Ref
from gradviz.graph.text.tokens import END, NAME, NUMBER, STATEMENT_ENDS, SYMBOL, TEXT, Token
from gradviz.ops import registry
from gradviz.ops.op import Op


def parse(text: str) -> Graph:
    """The graph of an expression, or of statements of which the last is the output.

    The tree is kept as written: `x + x` uses one input twice. Every node has the `Span` of its
    text. `block1: y = relu(w*x)` puts what the statement computes into the scope block1, and
    `block1: conv: …` into block1/conv; inputs belong to no scope. After `x[2] = 0`, x is the array
    with that element changed. Raises ParseError, with the place in the text, for anything outside
    the grammar.
    """
    if not isinstance(text, str):
        raise ParseError(
            "an expression is text", expected="text such as x*y + z", got=type(text).__name__
        )
    if len(text) > LIMIT:
        raise ParseError(
            "the text is too long",
            where=(text, Span(LIMIT, LIMIT)),
            expected=f"at most {LIMIT:,} characters",
            got=f"{len(text):,} characters",
            hint="build large graphs in Python, or use a network, such as net:lenet5",
        )
    return _Parser(text.replace("\r\n", "\n").replace("\r", "\n")).graph()


@dataclass(slots=True)
class _Pending:
    """An operator that waits for the end of its right operand."""

    operator: Operator
    token: Token

    @property
    def level(self) -> int:
        """How tightly it binds."""
        return self.operator.level


@dataclass(slots=True)
class _Open:
    """A bracket that waits for its partner: an array literal, a group, or the arguments of a
    call.
    """

    token: Token
    op: Op | None = None
    start: int = 0
    items: list[Part] = field(default_factory=list)
    named: dict[str, Part] = field(default_factory=dict)
    key: str = ""
    commas: bool = False

    level = 0  # no operator inside reaches past the bracket


class _Item(NamedTuple):
    """The elements of a name that a statement assigns to."""

    name: str
    entries: list[Any]
    span: Span


class _Parser:
    """Builds one graph. `parts` are finished operands, `stack` holds what waits for more."""

    def __init__(self, source: str) -> None:
        self.cursor = Cursor(source)
        self.builder = Builder(source)
        self.nodes = Nodes(self.builder)
        self.names: dict[str, tuple[int, int]] = {}  # name -> node, and where it was first written
        self.parts: list[Part] = []
        self.stack: list[_Pending | _Open] = []
        self.target: Token | None = None
        self.item: _Item | None = None
        self.changed: list[tuple[str, int]] = []

    def graph(self) -> Graph:
        output = None
        while self.cursor.token.kind != END:
            if self.cursor.token.kind in STATEMENT_ENDS:
                self.cursor.advance()
            else:
                output = self._statement()
        if output is None:
            raise self.cursor.error(
                "there is no expression", expected="an expression such as x*y + z"
            )
        for name, node in self.changed:
            self.builder.name(node, self._free(name))
        return self.builder.graph(output)

    # Statements

    def _statement(self) -> int:
        """Read one statement; returns its node."""
        self.target = self.item = None
        self.nodes.scope = ""
        expecting = True
        while expecting or self.cursor.token.kind not in STATEMENT_ENDS:
            expecting = self._operand() if expecting else self._operator()
        self._reduce(1)
        if self.stack:
            raise self.cursor.unclosed()
        part = self.parts.pop()
        if self.item:
            return self._assign(self.item, part)
        node = self.nodes.of(part)
        if self.target:
            self._check_target(self.target)  # again: the result may use the name as an input
            self.builder.name(node, self.target.text)
            self.names[self.target.text] = node, self.target.start
        return node

    def _begins(self) -> bool:
        """Whether a statement, or what follows its labels, has only just begun."""
        return not (self.stack or self.parts or self.target or self.item)

    def _assign(self, item: _Item, part: Part) -> int:
        """`x[2] = 0`: from here on the name stands for the array with its new elements."""
        base, options = Ref(self.names[item.name][0], item.span), {"index": item.entries}
        span = Span(item.span.start, part.span.stop)
        node = self.nodes.join("x[]=", (base, part), span, options).node
        self.names[item.name] = node, item.span.start
        self.changed.append((item.name, node))
        return node

    def _free(self, name: str) -> str:
        """A name that is not in use: x2, x3, … for the x that was assigned to."""
        found = next(f"{name}{k}" for k in count(2) if f"{name}{k}" not in self.names)
        self.names[found] = self.names[name]
        return found

    def _label(self, name: Token) -> None:
        """A name before `:`: the scope of the statement, or one within the last."""
        self._check_free(name)
        outer = self.nodes.scope
        self.nodes.scope = f"{outer}/{name.text}" if outer else name.text
        self.cursor.advance()
        if self.cursor.token.kind in (END, *STATEMENT_ENDS):
            raise misplaced.empty_scope(self.cursor, name)

    def _name_equals(self, name: Token) -> None:
        """A name before `=`: the key of an argument, or the name of the statement's result."""
        frame = self.stack[-1] if self.stack else None
        if isinstance(frame, _Open) and frame.op and not frame.key:
            if name.text in frame.named:
                what = f"the argument {name.text} is given twice"
                raise self.cursor.error(
                    what, name, expected="each argument once", hint="remove one of them"
                )
            frame.key = name.text
        elif self.stack or self.target or self.item:
            raise misplaced.equals(self.cursor)
        else:
            self._check_target(name)
            self.target = name
        self.cursor.advance()

    def _check_free(self, name: Token) -> None:
        if name.text in CONSTANTS or name.text == "None":
            raise self.cursor.error(
                f"{name.text} is a constant", name, expected="a name of your own"
            )

    def _check_target(self, name: Token) -> None:
        self._check_free(name)
        if name.text in self.names:
            first = self.cursor.place(self.names[name.text][1])
            raise self.cursor.error(
                f"{name.text} already has a value",
                name,
                expected="a name that is not in use",
                got=f"{name.text}, first written at {first}",
                hint=f"another name, such as {name.text}2",
            )

    # One operand or operator; the result is whether an operand must follow

    def _operand(self) -> bool:
        token = self.cursor.token
        if token.kind == NAME:
            return self._name()
        if token.kind in (NUMBER, TEXT):
            self.cursor.advance()
            self.parts.append(Plain(token.value, token.span))
            return False
        if token.kind == SYMBOL and token.text in PREFIX:
            self.stack.append(_Pending(PREFIX[token.text], self.cursor.advance()))
            return True
        if token.kind == SYMBOL and token.text in BRACKETS:
            self.stack.append(_Open(self.cursor.enter(), start=token.start))
            return True
        frame = self.stack[-1] if self.stack else None
        if isinstance(frame, _Open) and not frame.key and token.text in BRACKETS.values():
            self._close(ends_item=False)
            return False
        raise misplaced.no_operand(self.cursor, frame.token if frame else None)

    def _name(self) -> bool:
        name = self.cursor.advance()
        if self.cursor.at("("):
            op = self._op(name)
            self.stack.append(_Open(self.cursor.enter(), op, name.start))
            return True
        if self.cursor.at("="):
            self._name_equals(name)
            return True
        if self.cursor.at(":") and self._begins():
            self._label(name)
            return True
        if name.text == "pi":
            node = self.builder.constant("pi", span=name.span, scope=self.nodes.scope)
            self.parts.append(Ref(node, name.span))
        elif name.text in CONSTANTS or name.text == "None":
            self.parts.append(Plain(CONSTANTS.get(name.text), name.span))
        else:
            if name.text not in self.names:
                self.names[name.text] = self.builder.input(name.text, span=name.span), name.start
            self.parts.append(Ref(self.names[name.text][0], name.span))
        return False

    def _op(self, name: Token) -> Op:
        try:
            return registry.get(name.text)
        except GradvizError as error:
            product = name.text in self.names and f"to multiply, write {name.text}*(…)"
            raise self.cursor.error(
                error.what, name, expected="the name of an op before (", hint=product or error.hint
            ) from None

    def _operator(self) -> bool:
        token = self.cursor.token
        if token.kind == SYMBOL:
            if token.text in INFIX:
                self._infix(INFIX[token.text])
                return True
            if token.text == "[":
                return self._subscript()
            if token.text == ".":
                self._transpose()
                return False
            if token.text == ",":
                self._comma()
                return True
            if token.text in BRACKETS.values():
                self._close(ends_item=True)
                return False
        raise misplaced.no_operator(self.cursor, self.parts[-1].span)

    def _infix(self, operator: Operator) -> None:
        self._reduce(operator.left)
        if self.stack and self.stack[-1].level == operator.level and not operator.chains:
            raise misplaced.chained(self.cursor)
        left = self.parts[-1]
        if not isinstance(left, Ref):
            self.parts[-1] = Ref(self.nodes.of(left), left.span)
        self.stack.append(_Pending(operator, self.cursor.advance()))

    def _subscript(self) -> bool:
        """Read a subscript; whether an operand must follow: what is assigned to it."""
        base = self.parts.pop()
        base = Ref(self.nodes.of(base), base.span)
        entries, last = subscripts.read(self.cursor)
        span = Span(base.span.start, last.stop)
        name = self.builder.source[base.span.start : base.span.stop]
        if self.cursor.at("=") and self._begins() and self._stands_for(name, base):
            self.item = _Item(name, entries, span)
            self.cursor.advance()
            return True
        self.parts.append(self.nodes.join("x[]", (base,), span, {"index": entries}))
        return False

    def _stands_for(self, name: str, part: Ref) -> bool:
        """Whether a part is nothing but this name."""
        return name in self.names and self.names[name][0] == part.node

    def _transpose(self) -> None:
        base, dot = self.parts.pop(), self.cursor.advance()
        if self.cursor.token[:2] != (NAME, "T"):
            raise misplaced.attribute(self.cursor, dot, base.span)
        span = Span(base.span.start, self.cursor.advance().stop)
        self.parts.append(self.nodes.join("x.T", (base,), span, {"axes": None}))

    # Brackets

    def _comma(self) -> None:
        self._reduce(1)
        if not self.stack:
            raise misplaced.comma(self.cursor)
        frame = self.stack[-1]
        assert isinstance(frame, _Open)
        self._add_item(frame)
        frame.commas = True
        self.cursor.advance()

    def _add_item(self, frame: _Open) -> None:
        part = self.parts.pop()
        if frame.key:
            frame.named[frame.key] = part
            frame.key = ""
        elif frame.named:
            raise misplaced.after_keyword(self.cursor, part.span)
        else:
            frame.items.append(part)

    def _close(self, *, ends_item: bool) -> None:
        self._reduce(1)
        last = self.cursor.leave()
        frame = self.stack.pop()
        assert isinstance(frame, _Open)
        if ends_item:
            self._add_item(frame)
        span = Span(frame.start, last.stop)
        if frame.op:
            self.parts.append(self.nodes.call(frame.op, frame.items, frame.named, span))
        elif frame.token.text == "[" or frame.commas or not frame.items:
            self.parts.append(self.nodes.row(tuple(frame.items), span, frame.token.text))
        else:
            self.parts.append(_grouped(frame.items[0], span))

    # Operators that wait

    def _reduce(self, level: int) -> None:
        """Apply the waiting operators that bind at least as tightly as `level`."""
        while self.stack and self.stack[-1].level >= level:
            pending = self.stack.pop()
            assert isinstance(pending, _Pending)
            right = self.parts.pop()
            if pending.operator.left:
                left = self.parts.pop()
                span = Span(left.span.start, right.span.stop)
                self.parts.append(self.nodes.join(pending.operator.op, (left, right), span))
            else:
                self.parts.append(self._signed(pending, right))

    def _signed(self, pending: _Pending, part: Part) -> Part:
        span = Span(pending.token.start, part.span.stop)
        if not pending.operator.op:
            return part._replace(span=span)
        if (
            isinstance(part, Plain)
            and part.bare
            and part.is_number
            and not isinstance(part.value, bool)
        ):
            return Plain(-part.value, span, bare=False)
        return self.nodes.join(pending.operator.op, (part,), span)


def _grouped(part: Part, span: Span) -> Part:
    """A part with brackets around it."""
    return (
        part._replace(span=span, bare=False)
        if isinstance(part, Plain)
        else part._replace(span=span)
    )
