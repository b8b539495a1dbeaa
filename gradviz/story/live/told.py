"""The sentences of a trace with slots for its numbers: what a page says of other inputs.

Only steps of single numbers are told so; the words are those of `gradviz.story.sentences`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib import resources
from itertools import product
from typing import Any, Final, TypeAlias

from gradviz.arrays.digits import writes_fractions
from gradviz.arrays.javascript.namespace import JavaScript
from gradviz.arrays.javascript.writing import function
from gradviz.arrays.written import Written
from gradviz.errors import GradvizError
from gradviz.graph.graph import Edge
from gradviz.ops.op import Op
from gradviz.ops.routing import cases, select
from gradviz.story.accumulation import branch
from gradviz.story.formula import REMARKS, UNDERFLOW, Formula
from gradviz.story.formulas import Rules, edge_of
from gradviz.story.languages import say, translated
from gradviz.story.live import why
from gradviz.story.live.marked import METHODS, MarkedWords, marked, met_first, names
from gradviz.story.live.patterns import FIRST, Pattern, Reader, UnwritableError
from gradviz.story.live.scripts import compact
from gradviz.story.maths.names import ROUNDING
from gradviz.story.matrices import MOST_PRODUCTS, NOTHING
from gradviz.story.reasons import ARISEN, ARRIVED, GIVEN
from gradviz.story.sentences import SUFFIXES, Words
from gradviz.story.values import is_small
from gradviz.trace import Step, Trace

SCRIPTS: Final = ("numbers.js", "digits.js", "why.js", "sentences.js")
Telling: TypeAlias = Callable[[MarkedWords], str]
FORWARD: Final = {"-": "f"}
BACKWARD: Final = {"-": "s", "e": "l", "/": "e"}
ARRAYS: Final = {"-": "v", "/": "e"}
BRANCH: Final = {"-": "t"}
"""By the sign that markers have in a telling, the method that answers "≈" in it."""
TURNS: Final = ("case", "tied", "passed", "holds", "nan")
"""What the words of a step may depend on: the op's case, how many elements sit at a tie or a kink,
how many pass something on, whether its condition holds, whether its value is NaN."""


def told(trace: Trace, digits: int) -> str:
    """An expression of JavaScript: a function of what the graph's `run` gives (see
    `gradviz.engine.listing.javascript`) that gives an object of

    sentence(k)  the sentence of step k, as `Frame.sentence`; null where a step is not one of single
                 numbers.
    note(k)      `Frame.note`, likewise.
    digits(k)    with how many digits the numbers of its formula are shown, see `Formula.digits`;
                 `sign(k)` the sign before its result.
    number(name, k)  the text of a number as the step's formula shows it.
    found        what the graph gave, with 0 for what is nothing but rounding.

    digits  the least number of significant digits.
    """
    data = _Told(trace, digits)
    source = "\n".join(map(script, SCRIPTS))
    steps = json.dumps(data.everything(), ensure_ascii=False, separators=(",", ":"))
    return f"(()=>{{{source}\nreturn teller({steps},[{','.join(data.functions)}])}})()"


def script(name: str) -> str:
    """A file of JavaScript of this folder, as it is sent."""
    return compact(resources.files(__package__).joinpath(name).read_text("utf-8"))


class _Told:
    def __init__(self, trace: Trace, digits: int) -> None:
        self.trace, self.graph, self.digits = trace, trace.graph, digits
        self.functions: list[str] = []
        self.whys: list[dict[str, int]] = []
        self.common: dict[str, int] = {}
        self.texts: dict[str, int] = {}
        self._kinds: dict[Any, int] = {}
        self._places: dict[str, int] = {}
        self.edges: Sequence[Edge] = trace.recording.edges if trace.has_backward else ()
        self.rules = Rules(trace, digits)
        self.reader = Reader(names(trace), METHODS)
        self.worlds = {kind: marked(trace, digits, kind) for kind in FIRST}
        self.words = self.worlds["usual"]

    def everything(self) -> dict[str, Any]:
        """What `teller` takes."""
        count, nodes = self.trace.pass_steps, self.graph.nodes
        steps = [self._step(self.trace.step(k)) for k in range(1, count + 1)]
        return {
            "steps": steps,
            "whys": self.whys,
            "common": self.common,
            "texts": [json.loads(text) for text in self.texts],
            "facts": [self._fact(nodes, texts) for nodes, texts in self.words.facts],
            "names": [self.words.reasons._name(n.id) if n.shape == () else "" for n in nodes],
            "leaves": [n.id for n in nodes if n.is_leaf],
            "origins": [say(GIVEN, name="{}"), say(ARISEN, step="{}"), say(ARRIVED)],
            "digits": self.digits,
            "fractions": writes_fractions(),
            "start": self.words.start(),
            "rounding": say(ROUNDING),
            "remarks": {
                **{sign: translated(remark) for sign, remark in REMARKS.items()},
                "underflow": translated(UNDERFLOW),
            },
            "nothing": say(NOTHING),
            "typed": [n.id for n in self.graph.inputs if not n.shape],
            "edges": [[e.source, e.target] for e in self.edges],
            "shapes": [list(n.shape or ()) for n in self.graph.nodes],
        }

    def _step(self, step: Step) -> dict[str, Any] | None:
        if step.kind == "seed":
            return {"way": "seed", "says": Words(self.rules).seed()}
        row, op = self.graph.nodes[step.node], self.graph.op(step.node)
        shapes = [self.graph.nodes[i].shape for i in (*row.inputs, row.id)]
        try:
            if any(shapes) or op.variadic or (op.terms and step.kind == "contribute"):
                return self._of_arrays(step, op)
            return self._forward(step.node, op) if step.kind == "forward" else self._backward(step)
        except (
            UnwritableError,
            GradvizError,
            TypeError,
            AttributeError,
        ):  # a formula that cannot be written
            return None

    def _of_arrays(self, step: Step, op: Op) -> dict[str, Any]:
        """A step whose numbers a reader does not work out again: no digits are chosen for them."""
        way = "forward" if step.kind == "forward" else "backward"
        if not all(map(self.trace.xp.finite, self.trace.values)):
            raise UnwritableError("what is told is why a number is not finite")

        def said(words: MarkedWords) -> str:
            if step.edge is None:
                return words.forward(step.node, words.rules.forward(step.node))
            own = words.trace.step(step.number)
            return words.own(own, words.rules.contribute(own))

        found: dict[str, Any] = {
            "way": way,
            "node": step.node,
            "array": True,
            "parts": [f"v{i}" for i in (step.node, *self.graph.nodes[step.node].inputs)],
            **self._shared(op, step.node),
            "says": self._says(op, way, said, {"-": "m"} if step.edge is None else ARRAYS),
            **self._by_hand(step, op),
        }
        if op.roles == ("row", "column"):
            found["pairs"] = met_first(self.graph, step.node)[:MOST_PRODUCTS]
        if step.edge is not None:
            found["edge"] = k = step.number - self.trace.seed_step - 1
            found["before"] = [
                i for i, e in enumerate(self.edges[:k]) if e.source == step.edge.source
            ]
            found |= self._sum(step.edge.source, step.number)
        return found

    def _forward(self, node: int, op: Op) -> dict[str, Any]:
        def said(words: MarkedWords) -> str:
            return words.forward(node, words.rules.forward(node))

        def plain(words: MarkedWords) -> str:
            return f"{words.operand(node)} = {words.shown(words.trace.values[node])}."

        parts = self._parts(node)
        ways = list(why.forward(op, node, len(parts)))
        return {
            **self._why(op, node, ways),
            "way": "forward",
            "node": node,
            "parts": parts,
            **self._shared(op, node, self.words.rules.forward(node)),
            "f": self._function(op.forward, node, parts),
            "adds": op.operator in ("+", "-") and not op.variadic,
            "says": self._says(op, "forward", said, FORWARD),
            "plain": self._pattern(plain, FORWARD),
        }

    def _backward(self, step: Step) -> dict[str, Any]:
        source, target, slot = edge_of(step)
        k, op = step.number - self.trace.seed_step - 1, self.graph.op(target)
        doubtful = BACKWARD if op.elementwise else {**BACKWARD, "-": "v"}

        def said(words: MarkedWords) -> str:
            own = words.trace.step(step.number)
            return words.own(own, words.rules.contribute(own))

        def plain(words: MarkedWords) -> str:
            brought = words.shown(words.trace.step(step.number).contribution)
            return f"{words.operand(source)} receives {brought}."

        formula = self.words.rules.contribute(self.words.trace.step(step.number))
        parts = [f"v{target}", *self._parts(target)]
        edge = Edge(source, target, slot)
        return {
            **self._why(
                op, target, list(why.backward(op, edge, step.number, len(parts) - 1)), slot
            ),
            "way": "backward",
            "node": target,
            "edge": k,
            "parts": parts,
            **self._shared(op, target, formula),
            **self._slopes(op, slot, target, [f"g{target}", *parts]),
            "says": self._says(op, "backward", said, doubtful),
            "plain": self._pattern(plain, doubtful),
            "before": [i for i, e in enumerate(self.edges[:k]) if e.source == source],
            **self._sum(source, step.number),
        }

    def _sum(self, source: int, number: int) -> dict[str, Any]:
        """What is said of the sum that a contribution belongs to."""

        def said(words: MarkedWords) -> str:
            found = branch(words.rules, source, number)
            assert found is not None
            return words.branch(source, found)

        found = branch(self.words.rules, source, number)
        if found is None:
            return {}
        if found.is_complete:
            return {"branch": self._pattern(said, BRANCH)}
        return {"waiting": self.words.waiting(source, found)}

    def _why(
        self, op: Op, node: int, ways: Sequence[why.Way], slot: int | None = None
    ) -> dict[str, Any]:
        """Why a number would not be finite: the place among what steps of its kind share, by the
        way it comes about what is said, the remedy, and whether the op's own sentence comes before;
        functions that tell where the op has no real value and where its poles are.
        """
        if not op.elementwise:
            return {}
        row = self.graph.nodes[node]
        same = tuple(map(row.inputs.index, row.inputs))
        fixed = [
            i not in self.words.rules.labels and str(self.words.operand(i)) for i in row.inputs
        ]
        kind = row.op, repr(sorted(row.options.items())), same, *fixed, slot
        if kind not in self._kinds:
            self._kinds[kind] = len(self.whys)
            found = dict(self._reasons(node, ways))
            own = {k: v for k, v in found.items() if self.common.setdefault(k, v) != v}
            self.whys.append(own)
        asked = {"outside": op.outside, "pole": op.pole}
        tests = {k: self._asked(test, node) for k, test in asked.items() if test is not None}
        return {"why": self._kinds[kind], "routed": op.routes is not None, **tests}

    def _reasons(self, node: int, ways: Iterable[why.Way]) -> Iterator[tuple[str, int]]:
        """By kind what is said, with slots that are named by what they are to the node."""
        roles = {f"v{i}": f"x{slot}" for slot, i in enumerate(self.graph.nodes[node].inputs)}
        for kind, give in ways:
            reason = give(self.words)
            said = self._pattern(partial(why.said, give), {})
            if reason is not None and said is not None:
                slots = [[roles.get(p[0], "y"), *p[1:]] if isinstance(p, list) else p for p in said]
                found = [slots, self._text(reason.remedy), int(reason.explains_slope)]
                yield kind, self._text(found)

    def _text(self, said: Any) -> int:
        """The place of a text, or of a pattern, among those that steps share."""
        return self.texts.setdefault(json.dumps(said, ensure_ascii=False), len(self.texts))

    def _fact(self, nodes: Sequence[int], texts: Sequence[str]) -> list[Any]:
        """What a fact is computed from, and the places of its functions."""
        return [[f"v{i}" for i in nodes], *map(self._place, texts)]

    def _asked(self, test: Callable[..., bool], node: int) -> int:
        """The place of a function of the operands that tells whether something holds."""
        js, count = JavaScript(), len(self.graph.nodes[node].inputs)
        given = [js.leaf(f"x{i}", ()).item() for i in range(count)]
        options = self.graph.nodes[node].options
        found = js.terms.explored(lambda: bool(test(*given, **options)))
        return self._place(function(found, f"({','.join(f'x{i}' for i in range(count))})"))

    def _shared(self, op: Op, node: int, formula: Formula | None = None) -> dict[str, Any]:
        """What both passes tell of a step: the method that gives the digits of its formula, what
        its result is a product of, and the node whose truth its sentence may tell.
        """
        inputs = self.graph.nodes[node].inputs
        deciding = inputs[op.roles.index("condition")] if "condition" in op.roles else node
        if formula is None:
            return {"method": "", "condition": deciding}
        method = METHODS.get(formula.digits, "")
        return {"method": method, "factors": self._factors(formula), "condition": deciding}

    def _by_hand(self, step: Step, op: Op) -> dict[str, Any]:
        """What gives a result of arrays by hand: by the method a function of its parts, `given`;
        `small` says whether they are so few that a reader may follow. `method` is the one that
        gives the digits of the formula, "" where it has no numbers put in.
        """
        names = [f"v{step.node}", *self._parts(step.node)]
        if step.edge is not None:
            names = [f"v{step.edge.source}", f"g{step.node}", *names]
        shapes = [self.graph.nodes[int(name[1:])].shape or () for name in names]
        if op.hidden or not all(map(is_small, shapes)):
            return {"small": False}
        method, formula, parts = self._formula(step, op)
        rules = self.rules.forward(step.node) if step.edge is None else self.rules.contribute(step)
        return {
            "small": True,
            method: self._function(formula, step.node, parts),
            "given": parts,
            "method": method if rules.filled is not None else "",
        }

    def _formula(self, step: Step, op: Op) -> tuple[str, Callable[..., Any], list[str]]:
        """What gives the result of a step of arrays: its method, its formula and the parts of
        that.
        """
        if step.edge is None:
            return "f", op.forward, self._parts(step.node)
        source, target, slot = step.edge
        routes, parts = self.graph.routes(step.edge), self._parts(target)
        parts = [f"g{target}", f"v{target}", *parts]
        if not op.elementwise:
            extra = {"slot": slot} if op.variadic else {}
            return "v", partial(op.rule_for(slot), **extra), parts
        wide, narrow = (self.graph.nodes[i].shape or () for i in (target, source))

        def reduced(xp: Any, brought: Any) -> Any:
            brought = xp.broadcast_to(brought, wide) if wide else brought
            brought = xp.sum(brought, axis=step.summed) if step.summed else brought
            return xp.reshape(xp.asarray(brought), narrow)

        def product(xp: Any, u: Any, local: Any, **_: Any) -> Any:
            return reduced(xp, u * local)

        def selected(xp: Any, u: Any, y: Any, *v: Any, **options: Any) -> Any:
            return reduced(xp, select(xp, u, cases(routes or (), xp, y, *v, **options)))

        if routes is not None:
            return "e", selected, parts
        return "e", product, [f"g{target}", f"l{step.number - self.trace.seed_step - 1}"]

    def _slopes(self, op: Op, slot: int, node: int, parts: Sequence[str]) -> dict[str, int]:
        """By the method that uses it, a function of the upstream gradient, the value and the
        operands, `parts`, that gives the contribution by hand; for l without the upstream gradient
        the slope. As they are written, and with the limits where they differ.
        """
        make = partial(self._function, node=node)
        if not op.elementwise:
            return {"v": make(op.rule_for(slot), parts=parts)}
        routes = self.graph.routes(Edge(self.graph.nodes[node].inputs[slot], node, slot))
        if routes is not None:

            def selected(xp: Any, u: Any, y: Any, *v: Any, **options: Any) -> Any:
                return select(xp, u, cases(routes, xp, y, *v, **options))

            return {"s": make(selected, parts=parts)}
        rule = op.rule_for(slot)

        def product(xp: Any, u: Any, y: Any, *v: Any, **options: Any) -> Any:
            return u * rule(xp, y, *v, **options)

        found = {}
        for name, limits in (("", False), ("limit", True)):
            found[f"s{name}"] = make(product, parts=parts, limits=limits)
            found[f"l{name}"] = make(rule, parts=parts[1:], limits=limits)
        return {k: v for k, v in found.items() if len(k) == 1 or v != found[k[0]]}

    def _says(self, op: Op, way: str, tell: Telling, doubtful: Mapping[str, str]) -> list[Any]:
        """What is said of a step in each way in which it may turn out: by which of `TURNS` it
        depends, and by these the pattern, None where there is none.
        """
        cases = {"", *(_case(key, way) for key in op.words)} if op.case is not None else {""}
        says: dict[str, Sequence[Any]] = {
            "case": sorted(cases),
            "tied": ("none", "one", "some") if op.tied is not None else ("none",),
            "passed": ("all", "none", "one", "some") if way == "backward" else ("all",),
            "holds": (True, False) if _mentions(op, "{holds}") else (True,),
            "nan": (False, True) if _mentions(op, " nan") else (False,),
        }
        found = {}
        for turns in product(*says.values()):
            for words in self.worlds.values():
                words.turn(*turns)
            found[turns] = self._pattern(tell, doubtful)
        used = [i for i in range(len(says)) if _matters(found, i)]
        return [
            [TURNS[i] for i in used],
            {"|".join(_said(turns[i]) for i in used): text for turns, text in found.items()},
        ]

    def _pattern(self, tell: Telling, doubtful: Mapping[str, str]) -> Pattern | None:
        def said(sign: str, kind: str) -> str:
            return self.worlds[kind].tell(tell, sign, doubtful.get(sign, ""))

        try:
            return self.reader.pattern(said, doubtful)
        except UnwritableError:
            return None

    def _factors(self, formula: Formula) -> list[str] | None:
        """The numbers that a result is a product of, quotients and exponentials included: it is not
        0 where none of them is, except by underflow. None where that cannot be told.
        """
        todo, found = [formula.filled], []
        while todo:
            maths = todo.pop()
            if maths is None:
                return None
            is_call = maths.kind == "call" and maths.text == "exp"
            is_exp = is_call or (maths.kind == "pow" and maths.parts[0].text == "e")
            if maths.kind == "mul":
                todo += maths.parts
            elif maths.kind in ("div", "neg", "pow", "root") and not is_exp:
                todo.append(maths.parts[0])
            elif maths.kind == "number":
                found += self.reader.named(maths.text)
            elif not is_exp:
                return None
        return found

    def _parts(self, node: int) -> list[str]:
        """The names of what a node is computed from; a condition that is computed with is a number
        then.
        """
        numbers = self.graph.truths.get(node, ())
        inputs = enumerate(self.graph.nodes[node].inputs)
        return [f"{'n' if slot in numbers else 'v'}{i}" for slot, i in inputs]

    def _function(
        self, formula: Callable[..., Any], node: int, parts: Sequence[str], *, limits: bool = True
    ) -> int:
        """The place of a formula of these numbers among the functions."""
        js = JavaScript()
        options = {k: js.number(v) for k, v in self.graph.nodes[node].options.items()}
        given = [self._argument(js, f"x{i}", part) for i, part in enumerate(parts)]
        found = formula(Written(js, limits=limits), *given, **options)
        text = function(js.asarray(found), f"({','.join(f'x{i}' for i in range(len(parts)))})")
        return self._place(text)

    def _place(self, text: str) -> int:
        """The place of a function among all."""
        if text not in self._places:
            self._places[text] = len(self.functions)
            self.functions.append(text)
        return self._places[text]

    def _argument(self, js: JavaScript, name: str, part: str) -> Any:
        place = int(part[1:])
        node = self.edges[place].target if part[0] == "l" else place
        op, shape = self.graph.ops[node] if part[0] == "v" else None, self.graph.nodes[node].shape
        if part[0] == "v" and node in self.graph.index_leaves:
            return js.asindex(self.trace.values[node])
        is_condition = op is not None and op.is_condition
        if is_condition and not shape:
            return js.terms.condition(name)
        return js.leaf(name, shape or ())


def _case(key: str, way: str) -> str:
    """The case that the key of a pattern names, see `gradviz.story.sentences`; "" for none."""
    first, *rest = key.split(" ")
    rest = rest[1:] if rest and rest[0].isdigit() else rest
    while rest and f" {rest[-1]}" in SUFFIXES:
        rest = rest[:-1]
    return " ".join(rest) if first == way and "arrays" not in rest else ""


def _mentions(op: Op, piece: str) -> bool:
    """Whether the key or the text of one of an op's patterns has a piece."""
    return any(key.endswith(piece) or piece in text for key, text in op.words.items())


def _matters(found: Mapping[tuple[Any, ...], Any], place: int) -> bool:
    """Whether what is found depends on the turn at a place."""
    others: dict[tuple[Any, ...], Any] = {}
    return any(
        others.setdefault((*turns[:place], *turns[place + 1 :]), text) != text
        for turns, text in found.items()
    )


def _said(turn: Any) -> str:
    return turn if isinstance(turn, str) else str(int(turn))
