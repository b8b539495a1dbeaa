"""Building the formula of each step of a trace from what the ops declare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from numbers import Real
from typing import Any, Final

from gradviz.arrays.digits import ALL, DIGITS, is_rounding, number, typed
from gradviz.fonts.cells import widest
from gradviz.graph.expression import Expression
from gradviz.graph.graph import INPUT, Edge, labels
from gradviz.graph.symbols import Symbols
from gradviz.ops.op import Routes, Shape, say_shape
from gradviz.story import summing
from gradviz.story.digits import Enough, HandArithmetic, most_digits
from gradviz.story.filled import Filled, WithOptions, is_arithmetic, lacks_numbers
from gradviz.story.formula import Formula
from gradviz.story.languages import translated
from gradviz.story.latest import Latest
from gradviz.story.maths import M, unicode
from gradviz.story.maths.of_graph import of_expression, of_text, written
from gradviz.story.maths.routed import choice, is_choice_of_numbers
from gradviz.story.maths.tree import LETTERS, Maths, Role, given, index_letters
from gradviz.story.maths.worked_out import underflows
from gradviz.story.rounding import settled
from gradviz.story.values import Room, briefly, flat, grid_rows, is_written_out
from gradviz.trace import Step, Trace

WIDEST: Final = 100
"""A formula with numbers put in is left out where it would be wider, in characters."""


ROUGHLY: Final = 2
"""Digits of what rounding has left."""


class Rules:
    """Writes the formulas of one trace. `digits` is the least number of significant digits.

    `recorded` is the trace itself, `trace` the same with 0 for gradients that are nothing but
    rounding.
    """

    def __init__(self, trace: Trace, digits: int = DIGITS) -> None:
        self.recorded, self.trace = trace, settled(trace)
        self.graph, self.xp, self.digits = trace.graph, trace.xp, digits
        self.labels, self.hand = labels(trace.graph), HandArithmetic(self.trace, digits)
        self._latest = Latest()

    @cached_property
    def loss(self) -> str:
        """What is differentiated: the output, or L where an upstream gradient was given."""
        plain_seed = self.xp.plain(self.trace.seed) if self.trace.has_backward else 1.0
        if plain_seed in (1.0, "1"):
            return self.labels.get(self.graph.output, "f")
        return self._free("L", "loss", "loss_")

    @cached_property
    def upstream(self) -> str:
        """The name of the upstream gradient in formulas of arrays."""
        return self._free("u", "g", "u_", "u__")

    @cached_property
    def _first_use(self) -> int:
        """The first step whose formula speaks of the upstream gradient as u."""
        uses = (s.number for s in self.trace.steps if s.edge is not None and self._on_arrays(s))
        return next(uses, 0)

    def _on_arrays(self, step: Step) -> bool:
        source, target, _ = edge_of(step)
        return not self.graph.nodes[source].shape == self.graph.nodes[target].shape == ()

    def _definition(self, step: Step) -> Maths:
        """u = ∂f/∂a, called the upstream gradient where it is used for the first time."""
        _, target, _ = edge_of(step)
        of = M.partial(self.loss, self.label(target))
        if step.number == self._first_use:
            of = M.say("{}, the upstream gradient", of)
        return M.relation("=", M.name(self.upstream), of)

    def _free(self, *names: str) -> str:
        taken = set(self.labels.values())
        return next(n for n in names if n not in taken)

    def label(self, node: int) -> Maths:
        """A node as it is written: its label, or its number for an unnamed constant."""
        if node in self.labels:
            named = M.name(self.labels[node], self.graph.nodes[node].shape or ())
            return replace(named, ref=f"node-{node}")
        return self.number_of(node, self.digits)

    def shown(
        self, value: Any, role: Role = "", digits: int | None = None, *, as_typed: bool = False
    ) -> Maths:
        """A value as it is shown: a number, a small matrix, or a large array in a few words.

        `as_typed` writes a scalar as somebody typed it.
        """
        shape, digits = tuple(self.xp.shape(value)), digits or self.digits
        if shape and not is_written_out(shape, "formula"):
            return M.phrase(briefly(self.xp, value, "formula", digits), shape)
        plain = _as_numbers(self.xp.plain(value))
        if shape == ():
            text = typed(plain, self.trace.dtype) if as_typed else number(plain, digits)
            maths = of_text(plain) if isinstance(plain, str) else M.number(text)
            return Maths(maths.kind, maths.parts, maths.text, maths.level, (), role)
        rows = grid_rows(plain, shape)
        return M.grid([[_cell(v, digits) for v in row] for row in rows], role, shape)

    def number_of(self, node: int, digits: int, *, signed: bool = False) -> Maths:
        """A node's value as it is substituted for its name; `signed` shows the sign of zero."""
        value, role = self.trace.values[node], "value" if node in self.labels else ""
        as_typed = self.hand.is_short(node) or (digits == ALL and self.hand.is_typed(node))
        zero = signed and self.xp.shape(value) == () and self.xp.plain(value) == 0
        shown = self.shown(value, role, digits, as_typed=as_typed or zero)  # type: ignore[arg-type]
        return replace(shown, ref=f"node-{node}-value")

    def _names(self, target: int) -> list[Maths]:
        """The operands of a node, and the node itself, as they are written."""
        nodes = *self.graph.nodes[target].inputs, target
        found: list[Maths] = self._latest.of(target, "names", lambda: list(map(self.label, nodes)))
        return found

    def _numbers(self, target: int, digits: int, *, signed: bool = False) -> list[Maths]:
        """The operands of a node, and the node itself, as numbers."""
        nodes = *self.graph.nodes[target].inputs, target
        write = partial(self.number_of, digits=digits, signed=signed)
        found: list[Maths] = self._latest.of(
            target, (digits, signed), lambda: list(map(write, nodes))
        )
        return found

    def alone(self, node: int, room: Room, value: Any = None) -> str:
        """A node's value where it stands alone: what was typed as it was typed; another `value`
        that it has by now.
        """
        known = self.trace.values[node] if value is None else value
        return briefly(self.xp, known, room, self.hand.digits_of(node))

    def rounding(self, settled: Any, raw: Any, role: Role = "hot") -> Maths:
        """A result of which some elements are 0 but for rounding, and by how much."""
        shown = self.shown(settled, role)
        if settled is raw:
            return shown
        pairs = zip(flat(self.xp.plain(settled)), flat(self.xp.plain(raw)), strict=True)
        left = [old for new, old in pairs if new != old and new == new]
        if not left:
            return shown
        largest = max(left, key=abs)
        return M.rounding(shown, M.number(number(largest, min(self.digits, ROUGHLY))))

    def settled_sum(self, terms: Sequence[Any], total: Any) -> Any:
        """A sum with 0 for each element that is nothing but what rounding left of its terms."""
        xp = self.xp
        if xp.name == "exact" or not terms or not is_written_out(xp.shape(total), "formula"):
            return total
        shape, plain = xp.shape(total), flat(xp.plain(total))
        if any(xp.shape(t) != shape for t in terms):
            terms = [xp.asarray(t) + xp.zeros(shape) for t in terms]
        elements = zip(*(flat(xp.plain(t)) for t in terms), strict=True)
        new = [
            0.0 if is_rounding(value, own, self.trace.dtype) else value
            for value, own in zip(plain, elements, strict=True)
        ]
        if new == plain or any(value != value for value in plain):
            return total
        return xp.reshape(xp.asarray(new), shape) if shape else xp.asarray(new[0])

    def rule_of(self, node: int) -> Maths:
        """What a node computes, over the names of its operands."""
        row = self.graph.nodes[node]
        return written(self.graph.op(node), [self.label(i) for i in row.inputs], row.options)

    def forward(self, node: int) -> Formula:
        """The formula of a node's value."""
        row, op, value = self.graph.nodes[node], self.graph.op(node), self.trace.values[node]
        rule = self.rule_of(node)
        total, added = value, summing.terms(self.trace, node)
        if op.operator in ("+", "-") and not op.variadic:
            total = self.settled_sum([self.trace.values[i] for i in row.inputs], value)
        else:
            total = summing.settled(self.trace, node, value, added)
        found = Enough(self.digits)
        if total is value and not op.hidden:
            found = self.hand.forward(node)
        signed = not self.xp.finite(value)
        filled: Maths | None = None
        if not op.hidden:
            numbers = [self.number_of(i, found.digits, signed=signed) for i in row.inputs]
            filled = self.readable(written(op, numbers, row.options))
            if filled is not None and filled.kind == "iverson":
                filled = None if filled.parts[0].kind in ("number", "grid") else filled
        sign = equals(found, filled)
        lost = self._underflows(filled, value) or summing.lost(self.trace, node, value, added)
        result = in_column(self.rounding(total, value), rule)
        shapes, result = "", replace(result, ref=f"node-{node}-value")
        if filled is not None and unicode.text(filled) in map(unicode.text, (rule, result)):
            filled = None
        if any(self.graph.nodes[i].shape for i in (*row.inputs, node)):
            shapes = matrix_shapes(rule) or say_shape(row.shape or ())
        return Formula(
            self.label(node),
            "=",
            rule,
            filled,
            result,
            shapes,
            digits=found.digits,
            equals="≈" if lost else sign,
            underflows=lost,
        )

    def _underflows(self, filled: Maths | None, result: Any) -> bool:
        """Whether some element of a result is 0 only because floats hold nothing so small."""
        written = is_written_out(self.xp.shape(result), "formula")
        if filled is None or self.xp.name == "exact" or not written:
            return False
        shown = flat(self.xp.plain(result))
        if 0 not in shown:
            return False
        lost = underflows(filled)
        return len(lost) == len(shown) and any(
            gone and value == 0 for gone, value in zip(lost, shown, strict=True)
        )

    def _followed(self, step: Step, found: Enough) -> tuple[Enough, Maths]:
        """The op's own rule with the numbers put in, and the digits it takes.

        A term that the rule calls by a name stands there as a rounded number of its own, so these
        rules are worked out as they are written.
        """
        filled = self._filled(step, found.digits)
        if not self.graph.op(step.node).terms or not found.holds:
            return found, filled
        most = most_digits(self.digits, is_array=bool(self.xp.shape(step.contribution)))
        for digits in range(found.digits, most + 1):
            written = self._filled(step, digits)
            if self.hand.follows(written, step.contribution):
                return Enough(digits), written
        return Enough(found.digits, holds=False), filled

    def readable(self, filled: Maths) -> Maths | None:
        """A formula with numbers put in, None where an array is too large to be written out or the
        whole too wide to be read.
        """
        wide = widest(unicode.write(filled).lines) > WIDEST
        return None if wide or lacks_numbers(filled, self.xp.name == "exact") else filled

    def seed(self) -> Formula:
        """The formula of the gradient that the backward pass starts from."""
        seed = self.shown(self.trace.seed, "hot")
        seed = replace(seed, ref=f"node-{self.graph.output}-gradient")
        return Formula(M.partial(self.loss, self.label(self.graph.output)), "=", seed, None, None)

    def contribute(self, step: Step) -> Formula:
        """The formula of one contribution."""
        _, target, _ = edge_of(step)
        if self.graph.op(target).hidden:
            return self._from_scope(step)
        if not self.graph.op(target).elementwise:
            return self._from_arrays(step)
        return self._from_elements(step) if self._on_arrays(step) else self._from_scalar(step)

    def local(self, step: Step, operands: Sequence[Maths], value: Maths) -> Maths:
        """An elementwise op's local gradient over given pieces, by its own declaration."""
        _, target, slot = edge_of(step)
        if self.routes(step) is not None:
            return self.routed(step, M.number(1), operands, value)
        rule = self.graph.op(target).rule_for(slot)
        leaves = [Expression(INPUT, name=f"_{i}") for i in range(len(operands) + 1)]
        built = rule(Symbols(), leaves[-1], *leaves[:-1], **self.graph.nodes[target].options)
        pieces = dict(zip(map(id, leaves), [*operands, value], strict=True))
        return of_expression(Symbols().asarray(built), pieces)

    def routes(self, step: Step) -> Routes | None:
        """The routes of a contribution, for an op that routes."""
        return self.graph.routes(Edge(*edge_of(step)))

    def routed(self, step: Step, upstream: Maths, operands: Sequence[Maths], value: Maths) -> Maths:
        """What a routing op passes back of the upstream gradient, over given pieces."""
        options = self.graph.nodes[edge_of(step)[1]].options
        return choice(self.routes(step) or (), upstream, operands, value, options)

    def _from_choice(self, step: Step) -> Formula:
        """∂f/∂x ← ∂f/∂a where x > 0, else 0, from scalar to scalar."""
        source, target, _ = edge_of(step)
        found = self.hand.scalar(step)
        digits = found.digits
        names, numbers = self._names(target), self._numbers(target, digits)
        arriving = M.partial(self.loss, self.label(target))
        rule = self.routed(step, arriving, names[:-1], names[-1])
        upstream = self._arriving(step, digits)
        filled = self.routed(step, upstream, numbers[:-1], numbers[-1])
        return Formula(
            M.partial(self.loss, self.label(source)),
            "←",
            rule,
            filled if rule.kind == "choice" else None,
            self._brought(step) if rule.kind != "number" else None,
            digits=digits,
            equals=equals(found),
        )

    def _from_scalar(self, step: Step) -> Formula:
        """∂f/∂x ← ∂f/∂a · ∂a/∂x, from scalar to scalar."""
        if self.routes(step) is not None:
            return self._from_choice(step)
        source, target, _ = edge_of(step)
        *operands, value = self._names(target)
        rule = self.local(step, operands, value)
        found, local = self.hand.elements(step), self._local_filled(step, self.digits)
        if is_arithmetic(local):
            found = self.hand.scalar(step)
            local = self._local_filled(step, found.digits)
        else:
            local = self._slope(step, found.digits)
        if (rule.kind, rule.text) == ("number", "0"):  # whatever the operands are
            found = Enough(self.digits)
        filled = M.mul(self._arriving(step, found.digits), local)
        lost = self._underflows(filled, step.contribution)
        return Formula(
            M.partial(self.loss, self.label(source)),
            "←",
            M.mul(M.partial(self.loss, self.label(target)), rule),
            filled,
            self._brought(step),
            digits=found.digits,
            equals="≈" if lost else equals(found),
            underflows=lost,
        )

    def _slope(self, step: Step, digits: int) -> Maths:
        """The local gradient of a step as it came out."""
        shown = self.shown(step.local, "value", digits)
        return replace(shown, ref=f"{edge_name(edge_of(step))}-local")

    def _local_filled(self, step: Step, digits: int) -> Maths:
        """A declared local gradient with the numbers put in."""
        signed = not self.xp.finite(step.contribution)
        *operands, value = self._numbers(step.node, digits, signed=signed)
        return self.local(step, operands, value)

    def _arriving(self, step: Step, digits: int) -> Maths:
        """The upstream gradient of a step."""
        shown = self.shown(step.upstream, "gradient", digits)
        return replace(shown, ref=f"node-{step.node}-gradient")

    def _brought(self, step: Step) -> Maths:
        """The contribution of a step; with what rounding left where that comes up here."""
        return replace(self._contribution(step), ref=f"{edge_name(edge_of(step))}-contribution")

    def _contribution(self, step: Step) -> Maths:
        if self.recorded is self.trace:
            return self.shown(step.contribution, "hot")
        raw, plain = self.recorded.step(step.number), self.xp.plain
        if raw.contribution is step.contribution or (
            raw.upstream is not step.upstream
            and flat(plain(raw.upstream)) != flat(plain(step.upstream))
        ):
            return self.shown(step.contribution, "hot")
        return self.rounding(step.contribution, raw.contribution)

    def _from_elements(self, step: Step) -> Formula:
        """∂f/∂x ← u ⊙ local, element by element, summed where x was broadcast."""
        source, target, _ = edge_of(step)
        row, shape = self.graph.nodes[target], self.graph.nodes[source].shape or ()
        rule = self._passed(
            step,
            M.name(self.upstream, row.shape or ()),
            self._names(target)[:-1],
            self.label(target),
        )
        found = self.hand.elements(step)
        digits = found.digits
        upstream = self._arriving(step, digits)
        if self.routes(step) is None:
            passed = rule.kind == "name"  # the upstream gradient as it is, the slope being 1
            local = M.number(1) if passed else self._slope(step, digits)
            filled = times(upstream, local)
            is_followed = is_arithmetic(filled)
        else:
            numbers = self._numbers(target, digits)
            filled = self.routed(step, upstream, numbers[:-1], numbers[-1])
            is_followed = rule.kind == "choice" and is_choice_of_numbers(filled)
        if step.summed:
            axes = () if len(step.summed) == len(row.shape or ()) else step.summed
            rule, filled = M.sum_axes(axes, rule), M.sum_axes(axes, filled)
        result = self._brought(step)
        is_new = is_followed and unicode.text(filled) != unicode.text(result)
        lost = is_new and self._underflows(filled, step.contribution)
        return Formula(
            M.partial(self.loss, self.label(source)),
            "←",
            rule,
            self.readable(filled) if is_new else None,
            result,
            say_shape(shape),
            self._index_of_elements(step),
            found.digits,
            "≈" if lost else equals(found, filled),
            (self._definition(step),),
            underflows=lost,
        )

    def _passed(
        self, step: Step, upstream: Maths, operands: Sequence[Maths], value: Maths
    ) -> Maths:
        """The rule of an elementwise op: a product, or a choice where it routes."""
        if self.routes(step) is not None:
            return self.routed(step, upstream, operands, value)
        return times(upstream, self.local(step, operands, value))

    def _from_scope(self, step: Step) -> Formula:
        """The contribution of a folded scope, whose own steps are not told."""
        source, target, _ = edge_of(step)
        shape, wide = self.graph.nodes[source].shape or (), self.graph.nodes[target].shape or ()
        on_arrays = self._on_arrays(step)
        upstream = (
            M.name(self.upstream, wide) if on_arrays else M.partial(self.loss, self.label(target))
        )
        return Formula(
            M.partial(self.loss, self.label(source)),
            "←",
            M.say("{} taken back through {}", upstream, self.label(target)),
            None,
            self.shown(step.contribution, "hot"),
            say_shape(shape),
            where=(self._definition(step),) if on_arrays else (),
        )

    def _from_arrays(self, step: Step) -> Formula:
        """The op's own rule in matrix form, by index where it has no such form."""
        source, target, slot = edge_of(step)
        row, op = self.graph.nodes[target], self.graph.op(target)
        *names, value = self._names(target)
        on_arrays = self._on_arrays(step)
        u = (
            M.name(self.upstream, row.shape or ())
            if on_arrays
            else M.partial(self.loss, self.label(target))
        )
        left = M.partial(self.loss, self.label(source))
        rule, filled = op.written_rule(slot, M, u, value, *names, **row.options), None
        index = self._by_index(step, u)
        found = self.hand.arrays(step)
        if rule is None:
            left = self.index_left(step) if index is not None else left
            rule = index or M.say("{} taken back through {op}", u, op=translated(op.in_prose))
        else:
            found, filled = self._followed(step, found)
            filled = self.readable(filled)
        result = in_column(self._brought(step), given(rule)[0])
        if filled is not None and unicode.text(filled) == unicode.text(result):
            filled = None
        lost = self._underflows(filled, step.contribution)
        rule, *where = given(rule)
        if where:  # an option stands in a definition as the number it is
            set_ = WithOptions({k: v for k, v in row.options.items() if isinstance(v, Real)})
            made = op.written_rule(slot, set_, u, value, *names, **row.options)
            where = list(given(made)[1:]) if made is not None else where
        return Formula(
            left,
            "←",
            rule,
            filled,
            result,
            matrix_shapes(rule) or say_shape(self.graph.nodes[source].shape or ()),
            index,
            found.digits,
            "≈" if lost else equals(found, filled),
            (self._definition(step), *where) if on_arrays else tuple(where),
            underflows=lost,
        )

    def _by_index(self, step: Step, u: Maths) -> Maths | None:
        """The op's own rule index by index, where it declares one."""
        _, target, slot = edge_of(step)
        row, op = self.graph.nodes[target], self.graph.op(target)
        declared = op.index[0 if op.variadic else slot] if op.index else None
        if declared is None or any(
            len(self.graph.nodes[i].shape or ()) > len(LETTERS) for i in row.inputs
        ):
            return None
        *names, value = self._names(target)
        return declared(M, u, value, *names, **row.options)  # type: ignore[no-any-return]

    def _filled(self, step: Step, digits: int) -> Maths:
        """The op's own rule with the numbers put in."""
        _, target, slot = edge_of(step)
        row, op = self.graph.nodes[target], self.graph.op(target)
        options = self.hand.options(target)

        def term(name: str) -> Maths | None:
            if name in op.terms:
                values = self.hand.operands(target)
                with self.xp.quiet():
                    value = op.terms[name](
                        self.xp, step.upstream, self.trace.values[target], *values, **options
                    )
                return self.shown(self.xp.asarray(value), "", digits)
            return self.shown(self.xp.asarray(options[name])) if name in options else None

        *operands, value = self._numbers(target, digits)
        upstream = self._arriving(step, digits)
        notation = Filled(term)
        filled: Maths | None = op.written_rule(
            slot, notation, upstream, value, *operands, **row.options
        )
        assert filled is not None
        return filled

    def _index_of_elements(self, step: Step) -> Maths | None:
        """The elementwise rule index by index, None for more axes than there are letters."""
        source, target, _ = edge_of(step)
        row = self.graph.nodes[target]
        wide = row.shape or ()
        if len(wide) > len(LETTERS):
            return None
        at = [M.at(self.label(i), self._letters(i, wide)) for i in (*row.inputs, target)]
        u = M.at(M.name(self.upstream), index_letters(wide))
        body = self._passed(step, u, at[:-1], at[-1])
        own = self._letters(source, wide)
        summed = "".join(c for c in index_letters(wide) if c != "1" and c not in own)
        return M.sum_over(summed, body) if summed else body

    def _letters(self, node: int, wide: Shape) -> str:
        """The index letters of a node that was broadcast to a shape."""
        own = self.graph.nodes[node].shape or ()
        letters = LETTERS[len(wide) - len(own) : len(wide)]
        return "".join("1" if n == 1 else c for n, c in zip(own, letters, strict=True))

    def index_left(self, step: Step) -> Maths:
        """The left side of a contribution in index form."""
        source, target, _ = edge_of(step)
        own, wide = (self.graph.nodes[i].shape or () for i in (source, target))
        letters = self._letters(source, wide if self.graph.op(target).elementwise else own)
        return M.partial(self.loss, M.at(self.label(source), letters))


def _cell(value: Any, digits: int) -> str | Maths:
    return of_text(value) if isinstance(value, str) else number(value, digits)


def _as_numbers(plain: Any) -> Any:
    """Conditions as 1 and 0."""
    if isinstance(plain, list):
        return [_as_numbers(v) for v in plain]
    if plain in ("True", "False"):
        return str(int(plain == "True"))
    return int(plain) if isinstance(plain, bool) else plain


def equals(found: Enough, *filled: Maths | None) -> str:
    """The sign before a result: that of the arithmetic, where it is shown."""
    if found.holds or None in filled:
        return "="
    return "→" if found.limit else "≈"


def edge_name(edge: tuple[int, int, int]) -> str:
    """What scenes call an edge."""
    return f"edge-{'-'.join(map(str, edge))}"


def edge_of(step: Step) -> tuple[int, int, int]:
    """The edge of a contribution: source, target, slot."""
    assert step.edge is not None
    return step.edge


def in_column(result: Maths, rule: Maths) -> Maths:
    """The result of a rule, a vector as a column where the rule makes a column of it."""
    is_column = rule.shape == (*result.shape, 1) and len(result.shape) == 1
    return M.column(result) if is_column else result


def times(upstream: Maths, local: Maths) -> Maths:
    """upstream · local, the bare upstream gradient where the local one is 1."""
    return upstream if (local.kind, local.text) == ("number", "1") else M.mul(upstream, local)


def matrix_shapes(rule: Maths) -> str:
    """The shapes of the factors of a matrix product: `2×1 · 1×2 = 2×2`; nothing for other rules."""
    if rule.kind != "product":
        return ""
    return f"{' · '.join(say_shape(p.shape) for p in rule.parts)} = {say_shape(rule.shape)}"
