"""The chain rule written out: df/dx as a sum over all paths of products of local gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from itertools import islice
from typing import Any

from gradviz.export.reports.text import HOT, MUTED, Line, wrapped
from gradviz.graph.graph import Edge
from gradviz.layout.grid import ljust, widest
from gradviz.story.digits import Enough, enough
from gradviz.story.frame import Story
from gradviz.story.maths import M, Maths, unicode

LONGEST = 100
"""A product of more factors is not worth reading."""


class ChainRule:
    """Writes the rows of a check (`gradviz.engine.check.check.Row`) that have their paths."""

    def __init__(self, story: Story) -> None:
        self.rules, self.trace = story.rules, story.trace
        self.output = self._name(self.trace.graph.output)
        self.loss = self.rules.loss

    def lines(self, rows: Sequence[Any], width: int) -> Iterator[Line]:
        """The rule of every input, then the meaning of ∂₁ and ∂₂ if they occur."""
        for row in rows:
            if row.paths is not None:
                yield from self._rule(row, width)
            for found in row.sums:
                yield from self._sum(row, found, width)
        walked = {edge for row in rows for path in row.paths or () for edge in path.edges}
        walked |= {term.edge for row in rows for found in row.sums for term in found.terms}
        for (source, target), edges in sorted(self.repeated.items()):
            if walked.issuperset(edges):
                slopes = listed([self._partial(edge) for edge in edges])
                uses = f"{self._name(target)} uses {self._name(source)} in several places"
                yield from wrapped(
                    f"({uses}: {slopes} are the slopes of one use each.)", width, MUTED
                )

    @cached_property
    def repeated(self) -> dict[tuple[int, int], list[Edge]]:
        """The edges that are not the only one from their source to their target."""
        found: dict[tuple[int, int], list[Edge]] = {}
        for edge in sorted(self.trace.recording.edges):
            found.setdefault((edge.source, edge.target), []).append(edge)
        return {pair: edges for pair, edges in found.items() if len(edges) > 1}

    def _rule(self, row: Any, width: int) -> Iterator[Line]:
        """One input's rule: on one line if it fits, else one or two for each path."""
        left = f"d{self.loss}/d{row.name}"
        if not row.paths:
            yield [
                (f"{left} = 0", HOT),
                (f"    no path leads from {row.name} to {self.output}", MUTED),
            ]
            return
        longest = max(len(path.edges) for path in row.paths)
        if longest > LONGEST:
            yield [(f"{left}: a path has {longest} steps, more than {LONGEST}", MUTED)]
            return
        symbols, total = (
            [self._in_symbols(path) for path in row.paths],
            unicode.text(self.rules.shown(row.ours)),
        )
        found = self._enough(row.paths, row.ours)
        digits = found.digits
        numbers = unicode.text(
            reduce(M.add, [self._in_numbers(path, digits) for path in row.paths])
        )
        parts = [left, " + ".join(filter(None, symbols)), numbers, total]
        shown = [part for i, part in enumerate(parts) if part and part not in parts[1:i]]
        whole = f"{' = '.join(shown[:-1])} {_sign(found)} {shown[-1]}"
        if widest([whole]) <= width:
            yield [(whole, HOT)]
            return
        values = [path.product for path in row.paths]
        added = self.rules.hand.total(values, row.ours)
        digits = added.digits
        products = [self.rules.shown(v, digits=digits) for v in values]
        results = [
            self._result(path, product, digits)
            for path, product in zip(row.paths, products, strict=True)
        ]
        yield from _paths(left, symbols, results, width)
        if len(products) > 1:
            pad = " " * (widest([left]) + 1)
            yield from hanging(
                f"{pad}= {unicode.text(reduce(M.add, products))} {_sign(added)} {total}",
                f"{pad}  ",
                width,
            )

    def _sum(self, row: Any, found: Any, width: int) -> Iterator[Line]:
        """The rule of one element of an array: a sum over the elements that it enters."""
        own = self._element(self.trace.graph.find(row.name), found.place)
        left = unicode.text(M.partial(self.loss, own))
        result = self.rules.shown(row.ours[found.place])
        if not found.terms:
            yield [(f"{left} = 0", HOT)]
            return
        symbols = [self._term(term, own) for term in found.terms]
        factors = [[term.upstream, term.local] for term in found.terms]
        digits = enough(
            [v for pair in factors for v in pair], row.ours[found.place], _added, self.trace.xp,
            self.rules.digits,
        )  # fmt: skip
        shown = [[self.rules.shown(v, digits=digits.digits) for v in pair] for pair in factors]
        numbers = reduce(M.add, [M.mul(*pair) for pair in shown])
        products = self.rules.hand.total([t.product for t in found.terms], row.ours[found.place])
        added = reduce(
            M.add, [self.rules.shown(t.product, digits=products.digits) for t in found.terms]
        )
        parts = [" + ".join(symbols), *map(unicode.text, (numbers, added, result))]
        parts = parts if max(map(len, parts[1:])) <= width else [parts[0], parts[-1]]
        said = " = ".join(dict.fromkeys(parts))
        yield from hanging(f"{left} = {said}", " " * (widest([left]) + 1), width)

    def _term(self, term: Any, own: Maths) -> str:
        """(∂f/∂q₁)(∂q₁/∂x₂)."""
        met = self._element(term.edge.target, term.through)
        local = f"∂{self._which(term.edge)}{unicode.text(met)}/∂{unicode.text(own)}"
        is_loss = self.loss == self.output and not term.through
        if is_loss and term.edge.target == self.trace.graph.output:
            return f"({local})"
        return f"({unicode.text(M.partial(self.loss, met))})({local})"

    def _element(self, node: int, place: tuple[int, ...]) -> Maths:
        label = self.rules.label(node)
        return M.element(label, [str(k + 1) for k in place]) if place else label

    def along(self, path: Any) -> str:
        """The product along a path, from the output back: `2 · 3 = 6`."""
        product = self.rules.shown(path.product)
        return self._result(path, product, self.rules.digits)

    def _result(self, path: Any, product: Maths, digits: int) -> str:
        """2 · 3 = 6, with as many digits as it takes to get the product by hand."""
        found = self._enough([path], path.product, digits)
        shown = map(unicode.text, (self._in_numbers(path, found.digits), product))
        return f" {_sign(found)} ".join(dict.fromkeys(shown))

    def _in_symbols(self, path: Any) -> str:
        """(∂f/∂a)(∂a/∂x), from the output back; empty for the output itself."""
        factors = [f"d{self.loss}/d{self.output}"] if self.loss != self.output else []
        factors += [self._partial(edge) for edge in reversed(path.edges)]
        return "".join(f"({f})" for f in factors) if len(factors) > 1 else "".join(factors)

    def _in_numbers(self, path: Any, digits: int) -> Maths:
        seed = [self.trace.seed] if self.loss != self.output or not path.edges else []
        factors = (*seed, *reversed(path.locals))
        if self._stops(path):
            return self.rules.shown(path.product, digits=digits)
        return reduce(M.mul, [self.rules.shown(v, digits=digits) for v in factors])

    def _enough(self, paths: Sequence[Any], result: Any, digits: int = 0) -> Enough:
        """The digits that the local gradients need to add up to the result by hand."""
        if any(map(self._stops, paths)):
            return Enough(digits or self.rules.digits)
        lengths = [len(path.locals) for path in paths]

        def by_hand(seed: Any, *factors: Any) -> Any:
            rest = iter(factors)
            return sum(seed * math.prod(islice(rest, length)) for length in lengths)

        factors = [self.trace.seed, *(v for path in paths for v in path.locals)]
        return enough(factors, result, by_hand, self.trace.xp, digits or self.rules.digits)

    def _stops(self, path: Any) -> bool:
        """Whether a route on the path stops an infinity: then it is no product."""
        finite = self.trace.xp.finite
        return finite(path.product) and not all(map(finite, (self.trace.seed, *path.locals)))

    def _partial(self, edge: Edge) -> str:
        """∂a/∂x; ∂₁a/∂x for the first operand of a if x is several of its operands."""
        which = self._which(edge)
        return f"∂{which}{self._name(edge.target)}/∂{self._name(edge.source)}"

    def _which(self, edge: Edge) -> str:
        """The number of an operand, where the source is several of them."""
        several = (edge.source, edge.target) in self.repeated
        return str(edge.slot + 1).translate(unicode.SUBSCRIPT_DIGITS) if several else ""

    def _name(self, node: int) -> str:
        return unicode.text(self.rules.label(node))


def _added(*factors: Any) -> Any:
    """The sum of products of neighbours."""
    return sum(a * b for a, b in zip(factors[::2], factors[1::2], strict=True))


def _sign(found: Enough) -> str:
    return "=" if found.holds else "≈"


def _paths(left: str, symbols: Sequence[str], results: Sequence[str], width: int) -> Iterator[Line]:
    """A line for every path, its numbers next to its symbols, or below if the line is too long."""
    pad = " " * (widest([left]) + 1)
    across = widest(symbols)
    beside = len(pad) + 2 + across + 3 + widest(results) <= width
    for i, (symbol, numbers) in enumerate(zip(symbols, results, strict=True)):
        head = f"{left} = " if i == 0 else f"{pad}+ "
        if beside:
            yield [(f"{head}{ljust(symbol, across)}   {numbers}", HOT)]
        else:
            yield from hanging(head + symbol, f"{pad}  ", width)
            yield from hanging(f"{pad}  = {numbers}", f"{pad}    ", width)


def hanging(text: str, indent: str, width: int) -> Iterator[Line]:
    """A formula on as many lines as it takes, the later ones indented."""
    lead = text[: len(text) - len(text.lstrip())]
    line, words = lead, text.lstrip().split(" ")
    for word in words:
        longer = f"{line} {word}" if line.strip() else line + word
        if line.strip() and widest([longer]) > width:
            yield [(line, HOT)]
            line = indent + word
        else:
            line = longer
    yield [(line, HOT)]


def listed(names: Sequence[str]) -> str:
    """`x, y and z`."""
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
