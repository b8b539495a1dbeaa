"""Building the formula of each step of a trace from what the ops declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gradviz.arrays.digits import DIGITS, number
from gradviz.graph.expression import Expression
from gradviz.graph.graph import INPUT, Edge, labels
from gradviz.graph.symbols import Symbols
from gradviz.ops.op import Routes, say_shape
from gradviz.story.digits import HandArithmetic
from gradviz.story.maths import M, latex, typst, unicode
from gradviz.story.maths.names import RELATIONS
from gradviz.story.maths.of_graph import of_expression, of_text, written
from gradviz.story.maths.routed import choice, is_choice_of_numbers
from gradviz.story.maths.tree import KINDS, LETTERS, Maths, Role
from gradviz.story.maths.typst import Painter
from gradviz.story.maths.unicode import Block
from gradviz.story.values import briefly, grid_rows, is_written_out
from gradviz.trace import Step, Trace


@dataclass(frozen=True)
class Formula:
    """The formula of a step: `left` = or ← `rule` = `filled` = `result`.

    `filled` is None where there are too many numbers to substitute, `result` where the rule already
    states it. `shapes` gives the shapes of the factors of a rule in matrix form. `index` is the
    rule element by element, for arrays. `digits` is the least number of digits with which the
    substituted numbers give the result by hand.
    """

    left: Maths
    sign: str
    rule: Maths
    filled: Maths | None
    result: Maths | None
    shapes: str = ""
    index: Maths | None = None
    digits: int = DIGITS

    def _written(self, write: Callable[[Maths], str], sign: str) -> tuple[str, ...]:
        lines = [f"{write(self.left)} {sign} {write(self.rule)}"]
        parts = [p for p in (self.filled, self.result) if p is not None]
        return tuple(lines + [f"= {write(p)}" for p in parts])

    @cached_property
    def latex(self) -> tuple[str, ...]:
        """The lines as LaTeX, without dollar signs."""
        return self._written(latex.write, RELATIONS[self.sign].latex)

    @cached_property
    def unicode(self) -> tuple[str, ...]:
        """The lines as text; a matrix makes a line several lines high."""
        blocks = [unicode.write(self.left) + f" {self.sign} " + unicode.write(self.rule)]
        blocks += ["= " + unicode.write(p) for p in (self.filled, self.result) if p is not None]
        return tuple(b.flat for b in blocks)

    @cached_property
    def block(self) -> Block:
        """The formula on one line (of several rows, with matrices)."""
        block = unicode.write(self.left) + f" {self.sign} " + unicode.write(self.rule)
        for part in (self.filled, self.result):
            if part is not None:
                block = block + " = " + unicode.write(part)
        return block

    @cached_property
    def typst(self) -> tuple[str, ...]:
        """The lines as typst maths, without dollar signs."""
        return self.painted(lambda role, source: source)

    def painted(self, paint: Painter) -> tuple[str, ...]:
        """The lines as typst maths, each number painted in the colour of its role."""
        return self._written(lambda m: typst.write(m, paint), RELATIONS[self.sign].typst)


def is_arithmetic(maths: Maths) -> bool:
    """Whether a formula holds numbers and arithmetic only, so that a reader can follow it by
    hand.
    """
    stack = [maths]
    while stack:
        piece = stack.pop()
        is_constant = piece.kind == "name" and piece.text in ("e", "π")
        if not KINDS[piece.kind].arithmetic and not is_constant:
            return False
        stack.extend(piece.parts)
    return True


class Rules:
    """Writes the formulas of one trace. `digits` is the least number of significant digits."""

    def __init__(self, trace: Trace, digits: int = DIGITS) -> None:
        self.trace, self.graph, self.xp, self.digits = trace, trace.graph, trace.xp, digits
        self.labels, self.hand = labels(trace.graph), HandArithmetic(trace, digits)

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

    def _free(self, *names: str) -> str:
        taken = set(self.labels.values())
        return next(n for n in names if n not in taken)

    def label(self, node: int) -> Maths:
        """A node as it is written: its label, or its number for an unnamed constant."""
        if node in self.labels:
            return M.name(self.labels[node], self.graph.nodes[node].shape or ())
        return self.shown(self.trace.values[node])

    def shown(self, value: Any, role: Role = "", digits: int | None = None) -> Maths:
        """A value as it is shown: a number, a small matrix, or a large array in a few words."""
        shape, digits = tuple(self.xp.shape(value)), digits or self.digits
        if shape and not is_written_out(shape, "formula"):
            return M.phrase(briefly(self.xp, value, "formula", digits), shape)
        plain = self.xp.plain(value)
        if shape == ():
            maths = of_text(plain) if isinstance(plain, str) else M.number(number(plain, digits))
            return Maths(maths.kind, maths.parts, maths.text, maths.level, (), role)
        return M.grid(
            [[number(v, digits) for v in row] for row in grid_rows(plain, shape)], role, shape
        )

    def number_of(self, node: int, digits: int) -> Maths:
        """A node's value as it is substituted for its name."""
        return self.shown(self.trace.values[node], "value" if node in self.labels else "", digits)

    def forward(self, node: int) -> Formula:
        """The formula of a node's value."""
        row, op, value = self.graph.nodes[node], self.graph.op(node), self.trace.values[node]
        digits = self.digits if op.hidden else self.hand.forward(node)
        rule = written(op, [self.label(i) for i in row.inputs], row.options)
        filled: Maths | None = None
        if not op.hidden:
            filled = written(op, [self.number_of(i, digits) for i in row.inputs], row.options)
        shapes, result = "", self.shown(value, "hot")
        if filled is not None and unicode.text(filled) == unicode.text(result):
            filled = None
        if any(self.graph.nodes[i].shape for i in (*row.inputs, node)):
            filled = filled if filled is not None and is_arithmetic(filled) else None
            shapes = matrix_shapes(rule) or say_shape(row.shape or ())
        return Formula(self.label(node), "=", rule, filled, result, shapes, digits=digits)

    def seed(self) -> Formula:
        """The formula of the gradient that the backward pass starts from."""
        seed = self.shown(self.trace.seed, "hot")
        return Formula(M.partial(self.loss, self.label(self.graph.output)), "=", seed, None, None)

    def contribute(self, step: Step) -> Formula:
        """The formula of one contribution."""
        source, target, _ = edge_of(step)
        if self.graph.op(target).hidden:
            return self._from_scope(step)
        if self.graph.nodes[source].shape == self.graph.nodes[target].shape == ():
            return self._from_scalar(step)
        if self.graph.op(target).elementwise:
            return self._from_elements(step)
        return self._from_arrays(step)

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
        row, digits = self.graph.nodes[target], self.hand.scalar(step)
        names = [self.label(i) for i in (*row.inputs, target)]
        numbers = [self.number_of(i, digits) for i in (*row.inputs, target)]
        arriving = M.partial(self.loss, self.label(target))
        rule = self.routed(step, arriving, names[:-1], names[-1])
        upstream = self.shown(step.upstream, "gradient", digits)
        filled = self.routed(step, upstream, numbers[:-1], numbers[-1])
        return Formula(
            M.partial(self.loss, self.label(source)),
            "←",
            rule,
            filled if rule.kind == "choice" else None,
            self.shown(step.contribution, "hot") if rule.kind != "number" else None,
            digits=digits,
        )

    def _from_scalar(self, step: Step) -> Formula:
        """∂f/∂x ← ∂f/∂a · ∂a/∂x, from scalar to scalar."""
        if self.routes(step) is not None:
            return self._from_choice(step)
        source, target, _ = edge_of(step)
        row, op = self.graph.nodes[target], self.graph.op(target)
        digits, local = self.hand.scalar(step), self.shown(step.local, "value")
        rule = M.partial(self.labels.get(target, ""), self.label(source))
        if op.elementwise:
            rule = self.local(step, [self.label(i) for i in row.inputs], self.label(target))
            numbers = [self.number_of(i, digits) for i in (*row.inputs, target)]
            filled = self.local(step, numbers[:-1], numbers[-1])
            local = filled if is_arithmetic(filled) else self.shown(step.local, "value", digits)
        upstream = self.shown(step.upstream, "gradient", digits)
        return Formula(
            M.partial(self.loss, self.label(source)),
            "←",
            M.mul(M.partial(self.loss, self.label(target)), rule),
            M.mul(upstream, local),
            self.shown(step.contribution, "hot"),
            digits=digits,
        )

    def _from_elements(self, step: Step) -> Formula:
        """dx = u ⊙ local, element by element, summed where x was broadcast."""
        source, target, _ = edge_of(step)
        row, shape = self.graph.nodes[target], self.graph.nodes[source].shape or ()
        rule = self._passed(
            step,
            M.name(self.upstream, row.shape or ()),
            [self.label(i) for i in row.inputs],
            self.label(target),
        )
        digits = self.hand.elements(step)
        upstream = self.shown(step.upstream, "gradient", digits)
        if self.routes(step) is None:
            filled = M.mul(upstream, self.shown(step.local, "value", digits))
            is_followed = is_arithmetic(filled)
        else:
            numbers = [self.number_of(i, digits) for i in (*row.inputs, target)]
            filled = self.routed(step, upstream, numbers[:-1], numbers[-1])
            is_followed = rule.kind == "choice" and is_choice_of_numbers(filled)
        if step.summed:
            axes = () if len(step.summed) == len(row.shape or ()) else step.summed
            rule, filled = M.sum_axes(axes, rule), M.sum_axes(axes, filled)
        return Formula(
            M.differential(self.label(source)),
            "=",
            rule,
            filled if is_followed else None,
            self.shown(step.contribution, "hot"),
            say_shape(shape),
            self._index_of_elements(step),
            digits,
        )

    def _passed(
        self, step: Step, upstream: Maths, operands: Sequence[Maths], value: Maths
    ) -> Maths:
        """The rule of an elementwise op: a product, or a choice where it routes."""
        if self.routes(step) is not None:
            return self.routed(step, upstream, operands, value)
        return times(upstream, self.local(step, operands, value))

    def _from_scope(self, step: Step) -> Formula:
        """The contribution of a folded scope: its whole derivative, which is not written out, times
        the upstream gradient.
        """
        source, target, _ = edge_of(step)
        shape, wide = self.graph.nodes[source].shape or (), self.graph.nodes[target].shape or ()
        slope, result = (
            M.partial(self.labels[target], self.label(source)),
            self.shown(step.contribution, "hot"),
        )
        if shape == wide == ():
            upstream = M.partial(self.loss, self.label(target))
            return Formula(
                M.partial(self.loss, self.label(source)), "←", M.mul(upstream, slope), None, result
            )
        upstream = M.name(self.upstream, wide)
        rule = M.product(M.transpose(slope), upstream) if shape and wide else M.mul(upstream, slope)
        return Formula(
            M.differential(self.label(source)), "=", rule, None, result, say_shape(shape)
        )

    def _from_arrays(self, step: Step) -> Formula:
        """The op's own rule in matrix form, or words where it declares none."""
        source, target, slot = edge_of(step)
        row, op = self.graph.nodes[target], self.graph.op(target)
        left, result = M.differential(self.label(source)), self.shown(step.contribution, "hot")
        shapes = say_shape(self.graph.nodes[source].shape or ())
        declared = op.rule[0 if op.variadic else slot] if op.rule else None
        u, names = M.name(self.upstream, row.shape or ()), [self.label(i) for i in row.inputs]
        rule = declared(M, u, self.label(target), *names, **row.options) if declared else None
        if rule is None:
            where = (
                f"the part of {self.upstream} that stands where {self.labels.get(source, 'it')}"
                " stood"
            )
            part = M.phrase(f"{self.upstream} sent back through {op.name}" if op.rule else where)
            return Formula(left, "=", part, None, result, shapes)
        digits = self.hand.arrays(step)
        numbers = [self.number_of(i, digits) for i in (target, *row.inputs)]
        filled = declared(M, self.shown(step.upstream, "gradient", digits), *numbers, **row.options)  # type: ignore[misc]
        declared_index = op.index[0 if op.variadic else slot] if op.index else None
        return Formula(
            left,
            "=",
            rule,
            filled if is_arithmetic(filled) else None,
            result,
            matrix_shapes(rule) or shapes,
            (
                declared_index(M, u, self.label(target), *names, **row.options)
                if declared_index
                else None
            ),
            digits,
        )

    def _index_of_elements(self, step: Step) -> Maths | None:
        """The elementwise rule index by index, None for more axes than there are letters."""
        _, target, _ = edge_of(step)
        row = self.graph.nodes[target]
        rank = len(row.shape or ())
        if rank > len(LETTERS):
            return None
        at = [M.at(self.label(i), self._letters(i, rank)) for i in (*row.inputs, target)]
        body = self._passed(step, M.at(M.name(self.upstream), LETTERS[:rank]), at[:-1], at[-1])
        summed = "".join(LETTERS[a] for a in step.summed)
        return M.sum_over(summed, body) if summed else body

    def _letters(self, node: int, rank: int) -> str:
        """The index letters of a node that was broadcast to `rank` axes."""
        return LETTERS[rank - len(self.graph.nodes[node].shape or ()) : rank]

    def index_left(self, step: Step) -> Maths:
        """The left side of a contribution in index form."""
        source, target, _ = edge_of(step)
        own = len(self.graph.nodes[source].shape or ())
        elementwise = self.graph.op(target).elementwise
        rank = len(self.graph.nodes[target].shape or ()) if elementwise else own
        return M.at(M.differential(self.label(source)), self._letters(source, rank))


def edge_of(step: Step) -> tuple[int, int, int]:
    """The edge of a contribution: source, target, slot."""
    assert step.edge is not None
    return step.edge


def times(upstream: Maths, local: Maths) -> Maths:
    """upstream · local, the bare upstream gradient where the local one is 1."""
    return upstream if (local.kind, local.text) == ("number", "1") else M.mul(upstream, local)


def matrix_shapes(rule: Maths) -> str:
    """The shapes of the factors of a matrix product: `2×1 · 1×2`; nothing for other rules."""
    return " · ".join(say_shape(p.shape) for p in rule.parts) if rule.kind == "product" else ""
