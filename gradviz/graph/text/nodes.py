"""From parts to nodes: calls are sorted into operands and options.

Array literals become constants or `stack`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradviz.errors import GradvizError, ParseError, Span
from gradviz.graph.builder import Builder
from gradviz.graph.text.grammar import DEEPEST_LITERAL
from gradviz.graph.text.pending import Part, Plain, Ref, Row, misfit, plain
from gradviz.graph.text.tokens import shorten, slip
from gradviz.ops import registry
from gradviz.ops.op import Op


class Nodes:
    """Makes the nodes of one text in a builder, in the scope of the statement that is read.

    Every method raises ParseError with the place in the text.
    """

    def __init__(self, builder: Builder) -> None:
        self.builder, self.scope = builder, ""

    def of(self, part: Part) -> int:
        """The node of a part; an array literal becomes a constant, or `stack` if it holds nodes."""
        if isinstance(part, Ref):
            return part.node
        if part.is_number:
            if isinstance(part, Row):
                self._check_rows(part)
            return self.builder.constant(plain(part), span=part.span, scope=self.scope)
        if isinstance(part, Row) and part.bracket == "[":
            self._check_rows(part)
            return self._apply(registry.by_operator("[]"), part.items, {}, part.span).node
        raise self._no_operand(part)

    def join(
        self,
        operator: str,
        parts: Sequence[Part],
        span: Span,
        options: Mapping[str, Any] | None = None,
    ) -> Ref:
        """The op that is written with this operator, applied to parts, its options complete."""
        return self._joined(registry.by_operator(operator), parts, span, options)

    def _joined(
        self, op: Op, parts: Sequence[Part], span: Span, options: Mapping[str, Any] | None
    ) -> Ref:
        operands = [self.of(part) for part in parts]
        node = self.builder.apply(op.name, operands, options, span=span, scope=self.scope)
        return Ref(node, span)

    def call(self, op: Op, items: Sequence[Part], named: Mapping[str, Part], span: Span) -> Ref:
        """The call of an op: `max(a, b)` is `maximum`, `stack([a, b])` is `stack(a, b)`."""
        if op.several and len(items) > 1:
            return self._paired(op, items, named, span)
        if op.variadic and len(items) == 1 and isinstance(items[0], Row):
            items = items[0].items
        return self._apply(op, items, named, span)

    def _paired(self, op: Op, items: Sequence[Part], named: Mapping[str, Part], span: Span) -> Ref:
        if named:
            raise self._slip(
                span,
                f"{op.name} of several operands takes no options",
                expected=f"{op.name}(a, b) or {op.signature()}",
                got=", ".join(f"{key}=…" for key in named),
                hint=f"{op.name}([a, b], …) joins them first",
            )
        pair = registry.get(op.several)
        result = self._apply(pair, items[:2], {}, span)
        for item in items[2:]:
            result = self._apply(pair, [result, item], {}, span)
        return result

    def row(self, items: tuple[Part, ...], span: Span, bracket: str) -> Row:
        """A list in brackets, with commas."""
        row = Row(items, span, bracket)
        if row.depth > DEEPEST_LITERAL:
            most = f"at most {DEEPEST_LITERAL} nested brackets"
            raise self._slip(
                span, "the array literal is nested too deep", expected=most, got=f"{row.depth}"
            )
        return row

    def _apply(self, op: Op, items: Sequence[Part], named: Mapping[str, Part], span: Span) -> Ref:
        slots = len(items) if op.variadic else len(op.inputs)
        args = [*items[:slots], *map(plain, items[slots:])]
        chosen = {key: _given(op, key, part) for key, part in named.items()}
        try:
            operands, options = op.bind(args, chosen, lambda value: isinstance(value, Part))
        except GradvizError as e:
            expected = e.expected or op.signature()
            raise self._slip(span, e.what, expected=expected, got=e.got, hint=e.hint) from None
        return self._joined(op, operands, span, options)

    def _check_rows(self, row: Row) -> None:
        if wrong := misfit(row):
            raise self._slip(
                wrong.span,
                "the rows of the array literal differ in shape",
                expected="rows like those before it",
                got=self._snippet(wrong.span),
                hint="write every row with the same number of elements",
            )

    def _no_operand(self, part: Plain | Row) -> ParseError:
        if isinstance(part, Plain):
            got, hint = (
                repr(part.value),
                "text and None are only allowed as values of options, as in sum(x, axis=None)",
            )
        else:
            got, hint = "a tuple", "an array is written with [ ]"
        if isinstance(part, Row) and not part.items:
            got, hint = "nothing", "write a value between the brackets"
        what = f"{self._snippet(part.span)} is not an operand"
        return self._slip(
            part.span, what, expected="a number, an array or an expression", got=got, hint=hint
        )

    def _snippet(self, span: Span) -> str:
        return shorten(self.builder.source[span.start : span.stop])

    def _slip(self, span: Span, what: str, **parts: str) -> ParseError:
        return slip(self.builder.source, span.start, span.stop, what, **parts)


def _given(op: Op, key: str, part: Part) -> Any:
    """An argument by name: a node for an operand, unless it is None, otherwise a plain value."""
    key = op.aliases.get(key, key)
    left_out = key in op.inputs[op.required :] and isinstance(part, Plain) and part.value is None
    return part if key in op.inputs and not left_out else plain(part)
