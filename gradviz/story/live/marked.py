"""A run of markers, told by the story as any other run: see `gradviz.story.live.patterns`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any, Final

from gradviz.arrays.digits import number
from gradviz.arrays.javascript.namespace import JavaScript
from gradviz.arrays.javascript.writing import function
from gradviz.graph.graph import CONSTANT, Graph, Node
from gradviz.ops.op import Told
from gradviz.story.digits import Enough, HandArithmetic
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules
from gradviz.story.languages import say
from gradviz.story.latest import Latest
from gradviz.story.live.patterns import LEAST, UnwritableError, dressed, marker
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.matrices import MOST_PRODUCTS, FirstElement
from gradviz.story.prose import Lazy, Shown, one_line, receivers
from gradviz.story.sentences import ELEMENTS, TIES, Words, in_words
from gradviz.story.values import is_written_out
from gradviz.trace import Recording, Step, Trace

METHODS: Final = {LEAST + n: name for n, name in enumerate("fsletvmq", 1)}
"""By the digits that it answers with for markers, the method of finding enough digits: forward,
scalar, local, elements, total, arrays, see `gradviz.story.digits.HandArithmetic`; and those
of the first element of a matrix product and of a fact."""
ANSWERS: Final = {name: digits for digits, name in METHODS.items()}
MOST_FACTS: Final = 50
"""Numbers that sentences tell and the run does not hold."""
MANY: Final = 2
COUNTS: Final = {"none": 0, "one": 1, "some": MANY}
"""Numbers for which words differ."""
NUMBERS: Final = "⟦numbers⟧"
"""Stands for arrays of numbers, of which a pattern can hold none."""
LEFT, BETWEEN, RIGHT = "⟪", "¦", "⟫"
"""Around a calculation, whose equal parts are left out when its numbers are known."""


class _Hand(HandArithmetic):
    """Answers at once, with the digits that tell which method was asked."""

    doubtful = ""

    def answer(self, method: str) -> Enough:
        """The answer of a method."""
        return Enough(ANSWERS[method], holds=method not in self.doubtful)

    def forward(self, node: int) -> Enough:
        return self.answer("f")

    def scalar(self, step: Step) -> Enough:
        return self.answer("s")

    def local(self, step: Step) -> Enough:
        return self.answer("l")

    def elements(self, step: Step) -> Enough:
        return self.answer("e")

    def total(self, terms: Sequence[Any], total: Any) -> Enough:
        return self.answer("t")

    def arrays(self, step: Step) -> Enough:
        return self.answer("v")

    def is_typed(self, node: int) -> bool:
        return self.graph.nodes[node].op == CONSTANT and super().is_typed(node)


class _Marked(Shown):
    """The text of a marker."""

    varies = True


class _Count(Shown):
    """A marker that stands for so many."""

    def __new__(cls, text: str, number: int) -> _Count:
        found = super().__new__(cls, text)
        found.counts = str(number)
        return found


class MarkedRules(Rules):
    """The formulas of a run of markers."""

    sign = ""
    hand: _Hand

    def __init__(self, trace: Trace, digits: int) -> None:
        super().__init__(trace, digits)
        self.trace, self.hand = trace, _Hand(trace, digits)

    def shown(self, value: Any, *given: Any, **named: Any) -> Maths:
        """A value as it is shown, with the sign of the telling."""
        found = super().shown(value, *given, **named)
        if found.kind != "number":
            return M.phrase(NUMBERS, found.shape)
        text = dressed(found.text, self.sign)
        return replace(found, text=text, level=M.number(text).level)

    def settled_sum(self, terms: Sequence[Any], total: Any) -> Any:
        """The total: markers do not add up."""
        return total

    def rounding(self, settled: Any, raw: Any, role: Any = "hot") -> Maths:
        """The result: nothing is left of markers."""
        return self.shown(settled, role)

    def _underflows(self, filled: Maths | None, result: Any) -> bool:
        return False


class MarkedWords(Words):
    """The sentences of a run of markers, in one of the ways in which a step may turn out."""

    rules: MarkedRules
    case, tied, passed, holds, nan = "", "none", "all", True, False

    def __init__(self, rules: MarkedRules, markers: Mapping[str, float]) -> None:
        super().__init__(rules)
        self._markers = markers
        self.facts: dict[tuple[tuple[int, ...], tuple[str, ...]], int] = {}
        arrays = [(v, f"v{i}") for i, v in enumerate(rules.trace.values)]
        arrays += [(g, f"g{i}") for i, g in enumerate(rules.trace.gradients)]
        record = rules.trace.recording
        for kind, column in zip(
            "lca", (record.local, record.contribution, record.after), strict=True
        ):
            arrays += [(v, f"{kind}{k}") for k, v in enumerate(column)]
        self._arrays = {id(v): name for v, name in reversed(arrays) if self.xp.shape(v)}

    def shown(self, value: Any, digits: int | None = None) -> Shown:
        """A value as a sentence says it, with the sign of the telling."""
        shape = tuple(self.xp.shape(value))
        if not shape or not (is_written_out(shape, "sentence") or prod(shape) == 1):
            return _Marked(dressed(super().shown(value, digits), self.rules.sign))
        if id(value) not in self._arrays:
            raise UnwritableError("an array that is no number of the run")
        return self._marker(self._arrays[id(value)], digits)

    def _marker(self, name: str, digits: int | None = None) -> Shown:
        text = number(self._markers[name], digits or self.rules.digits)
        return _Marked(dressed(text, self.rules.sign))

    def _tag(self, slot: int, node: int) -> str:
        op = self.graph.op(node)
        shapes = [self.graph.nodes[i].shape or () for i in (*self.graph.nodes[node].inputs, node)]
        is_single = op.setting is None and all(prod(shape) == 1 for shape in shapes)
        return self.case if op.case is not None and is_single else super()._tag(slot, node)

    def _is_nan(self, node: int) -> bool:
        return self.nan

    def _ties(self, node: int) -> int:
        return COUNTS[self.tied]

    def _passed(self, step: Step) -> list[bool]:
        return [self.passed != "none"]

    def _won(self, step: Step) -> int:
        return int(self.passed != "none" and self.tied == "none")

    def _first(self, node: int) -> FirstElement:
        return _First(node, self)

    def element(self, name: str) -> float:
        """The marker of an element of an array. Raises UnwritableError where it has none."""
        if name not in self._markers:
            raise UnwritableError("an element without a marker")
        return self._markers[name]

    def _backward(self, step: Step, formula: Formula, digits: int) -> Lazy:
        """The same; what is counted stands there as slots, in words that fit the count."""
        row = self.graph.nodes[step.node]
        ties, size = COUNTS[self.tied], MANY + 1
        receiving = {**COUNTS, "all": size}[self.passed]
        counts: dict[str, Callable[[], Any]] = {
            "passed": partial(self._marker, "passed"),
            "won": partial(self._marker, "won"),
            "tied": partial(self._marker, "tied"),
            "receivers": partial(receivers, receiving, size),
            "ties": lambda: say(TIES, count=_Count(self._marker("tied"), ties)),
            "elements": lambda: say(ELEMENTS, count=_Count(self._marker("tied"), ties)),
        }
        own = {k: v for k, v in counts.items() if k not in row.options}
        return Lazy({**super()._backward(step, formula, digits).makers, **own})

    def _condition(self, node: int) -> bool:
        return self.holds

    def _fact(self, fact: Callable[..., Any], node: int) -> Shown:
        """A text that holds whatever the numbers are. Raises UnwritableError for others."""
        row, js = self.graph.nodes[node], JavaScript()
        nodes = node, *row.inputs
        js.terms.counted = lambda term: int(self._computed_marker(nodes, js, term))
        try:
            given = [self._unknown(js, f"x{n}", i) for n, i in enumerate(nodes)]
            found = fact(js, *given, **js_options(js, row))
            if isinstance(found, str | Told):
                return Shown(dressed(in_words(found), self.rules.sign))
            if not isinstance(found, tuple):
                return self.shown(self.xp.asarray(self._computed_marker(nodes, js, found)))
            part, combine, result = found
            known = combine(js.leaf("x0", ())), result
            marked = self._computed_marker(nodes, js, part, *known)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            raise UnwritableError("a fact that cannot be written") from None
        return self.shown(self.xp.asarray(marked), ANSWERS["q"])

    def _computed_marker(self, nodes: Sequence[int], js: JavaScript, *known: Any) -> float:
        """The marker of a number that is computed from the values of nodes. With what makes another
        of it, and what that has to be, it is shown with the digits that this takes.
        """
        if any(js.shape(found) for found in known):
            raise UnwritableError("a fact that is an array")
        arguments = f"({','.join(f'x{i}' for i in range(len(nodes)))})"
        texts = [function(js.asarray(found), arguments) for found in known]
        key = tuple(nodes), tuple(texts)
        place = self.facts.setdefault(key, len(self.facts))
        if place >= MOST_FACTS:
            raise UnwritableError("too many facts")
        return self._markers[f"q{place}"]

    def _unknown(self, js: JavaScript, name: str, node: int) -> Any:
        """A node's value as terms; a label, which stays as it is, as such."""
        if node in self.graph.index_leaves:
            return js.asindex(self.trace.values[node])
        return js.leaf(name, self.graph.nodes[node].shape or ())

    def _calculation(self, formula: Formula, value: str) -> str:
        rule = unicode.text(formula.rule)
        filled = one_line(formula.filled, rule)
        parts = unicode.text(formula.left), rule, filled, value
        return f"{LEFT}{BETWEEN.join(parts)}{BETWEEN}{formula.equals}{RIGHT}"

    def turn(self, case: str, tied: str, passed: str, holds: bool, nan: bool) -> None:
        """How the step that is told turns out: its case; how many elements sit at a tie or kink,
        and how many pass something on, of `COUNTS` and "all"; whether its condition holds; and
        whether its value is NaN.
        """
        self.case, self.tied, self.passed, self.holds, self.nan = case, tied, passed, holds, nan

    def tell(self, told: Callable[[MarkedWords], str], sign: str, doubtful: str) -> str:
        """What is told with markers that have this sign, and where the methods named in `doubtful`
        answer with "≈".
        """
        self.rules.sign, self.rules.hand.doubtful = sign, doubtful
        self.rules._latest = Latest()
        return told(self)


class _First(FirstElement):
    """The first element of a product of marked matrices."""

    words: MarkedWords

    def __init__(self, node: int, words: MarkedWords) -> None:
        super().__init__(node, words.rules, words.operand)
        self.words = words

    def _pairs(self) -> list[tuple[Any, Any]]:
        met = met_first(self.graph, self.node)
        element = self.words.element
        return [(element(a), element(b)) for a, b in met[:MOST_PRODUCTS]] + met[MOST_PRODUCTS:]  # type: ignore[operator]

    def _said(self, value: Any, digits: int) -> Shown:
        return _Marked(dressed(super()._said(value, digits), self.words.rules.sign))

    def _value(self) -> Shown:
        return self._said(self.words.element(f"v{self.node}.0"), self.rules.digits)

    def enough(self) -> Enough:
        """The method's own answer; for more products than are named nobody adds them up."""
        few = len(met_first(self.graph, self.node)) <= MOST_PRODUCTS
        return self.words.rules.hand.answer("m") if few else Enough(self.rules.digits)


def js_options(js: JavaScript, row: Node) -> dict[str, Any]:
    """A node's options as its formulas take them."""
    return {k: js.number(v) for k, v in row.options.items()}


def met_first(graph: Graph, node: int) -> list[tuple[str, str]]:
    """The names of the elements that are multiplied for the first element of a matrix product: v3.1
    is the second element of the value of node 3, row by row.
    """
    a, b = graph.nodes[node].inputs
    shape = graph.nodes[b].shape or ()
    step = shape[-1] if len(shape) > 1 else 1
    count = (graph.nodes[a].shape or (0,))[-1] if prod(graph.nodes[node].shape or ()) else 0
    return [(f"v{a}.{i}", f"v{b}.{i * step}") for i in range(count)]


def names(trace: Trace) -> list[str]:
    """The names of all numbers that have markers: v3 and g3 are the value and the gradient of node
    3, l2, c2 and a2 the local gradient, contribution and sum of the contribution with index 2;
    "passed", "won" and "tied" are counts of a step, q0, q1, … are computed from values.
    """
    nodes = range(len(trace.graph.nodes))
    steps = range(len(trace.recording.edges) if trace.has_backward else 0)
    return [
        *("passed", "won", "tied"),
        *(f"q{i}" for i in range(MOST_FACTS)),
        *(f"{kind}{i}" for kind in "vg" for i in nodes),
        *(f"{kind}{k}" for kind in "lca" for k in steps),
        *dict.fromkeys(_elements(trace.graph)),
    ]


def _elements(graph: Graph) -> Iterator[str]:
    """The elements that are named for matrix products."""
    for node, op in enumerate(graph.ops):
        if op is not None and op.roles == ("row", "column"):
            yield f"v{node}.0"
            for pair in met_first(graph, node)[:MOST_PRODUCTS]:
                yield from pair


def marked(trace: Trace, digits: int, kind: str) -> MarkedWords:
    """The sentences of a trace with markers for its single numbers, except constants and labels,
    which stay as they are.
    """
    asarray, shapes = trace.xp.asarray, [n.shape or () for n in trace.graph.nodes]
    markers = {name: marker(i, kind) for i, name in enumerate(names(trace))}
    known, edges = trace.recording, trace.recording.edges if trace.has_backward else ()

    def swapped(values: Sequence[Any], letter: str, fixed: Sequence[bool]) -> list[Any]:
        """Markers for the values that are not fixed."""
        return [
            v if stays or v is None else asarray(markers[f"{letter}{i}"])
            for i, (v, stays) in enumerate(zip(values, fixed, strict=True))
        ]

    labels = trace.graph.index_leaves
    kept = [n.op == CONSTANT or bool(n.shape) or n.id in labels for n in trace.graph.nodes]
    sources = [bool(shapes[e.source]) for e in edges]
    either = [bool(shapes[e.source] or shapes[e.target]) for e in edges]
    record = Recording(
        edges,
        swapped(known.local, "l", either),
        swapped(known.contribution, "c", sources),
        swapped(known.after, "a", sources),
    )
    run = Trace(
        trace.graph,
        swapped(trace.values, "v", kept),
        swapped(trace.gradients, "g", [bool(shape) for shape in shapes]),
        trace.seed,
        record,
        wrt=trace.wrt,
    )
    return MarkedWords(MarkedRules(run, digits), markers)
