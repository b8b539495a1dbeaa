"""The sentence of a step: the op's own pattern, filled with the student's names and numbers.

Patterns are `str.format` texts; an op's `words` maps a key to each. The key of a forward step is
"forward", that of a contribution "backward" or "backward SLOT". It is followed by the op's
`setting`, such as "batch"; or by "arrays" for arrays; or, for scalars, by the op's `case`, such as
"open". A key with one of these at its end comes first where that is so:

    " tied"   elements sit at a tie or a kink (`tied`)
    " fixed"  the operand meets a fixed one, which ties then go to
    " nan"    the value is NaN, though the contribution is not
    " empty"  an operand has no elements; only in a forward step
    " one"    a single element is reduced, or a single loss
    " alone"  no other operand receives anything
    " skip"   it goes past a residual block, which adds what came in to what it made of that
    " body"   it goes back into such a block
    " none"   nothing passes, whatever arrives

The placeholders are the keys that `_forward` and `_backward` fill. `{count:element}` counts: "1
element", "3 elements".

    {x} {a} {b} …                     an operand's label; .value its number, .factor the same,
                                      bracketed if negative, .named "x = 3", .element one of its
                                      elements and .met what that met (matrix products)
    {output} {value} {about}          the node's label and value; {about} in no more digits than
                                      usual
    {written} {filled} {calculation}  the op over labels, over numbers, and both with the value
    {source} {other}                  the operand that receives, and the other one of two; as {x}
    {upstream} {local} {contribution} the step's numbers
    {slope} {times}                   the local gradient written out, and the same as a factor
    {rule}                            the contribution in matrix form
    {count} {axes}                    elements reduced, and along which axes
    {shape} {size}                    the output's shape and size
    {passed}                          how many elements have a local gradient that is not 0
    {receivers}                       "no element receives", "only that one receives", …
    {won} {tied} {ties} {elements}    the same without those at a tie or kink; how many are at one:
                                      as a number, "1 is a tie", "1 element is"
    {holds}                           "holds" or "does not hold", of a condition
    {first} {terms}                   the first element of a matrix product, and its sum
    …                                 and the names of the op's own `facts`
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from numbers import Real
from typing import Any

from gradviz.arrays.digits import number, typeset
from gradviz.graph import skips
from gradviz.graph.graph import Edge
from gradviz.ops.op import say_shape
from gradviz.ops.shapes import axes as reduced_axes
from gradviz.story.accumulation import Branch
from gradviz.story.digits import Enough, enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules, edge_of, equals
from gradviz.story.maths import Maths, unicode
from gradviz.story.maths.of_graph import written
from gradviz.story.matrices import FirstElement
from gradviz.story.prose import (
    Lazy,
    Operand,
    Shown,
    bare,
    counted,
    in_prose,
    once,
    one_line,
    places_along,
    receivers,
    singular,
)
from gradviz.story.reasons import Reasons
from gradviz.story.values import briefly, flat
from gradviz.trace import Step

SUFFIXES = (
    *(" nan", " tied fixed", " tied", " fixed", " one", " alone", " skip", " body", " none"),
    " empty",
)
"""What a key may end in, the most particular first."""
MOST_GRADIENTS = 5
"""A sentence gives no more gradients."""
MOST_NAMES = 3
"""A sentence names no more inputs."""
FORWARD = "{calculation}."
FORWARD_ARRAYS = "{output} = {written}, of shape {shape}."
BACKWARD = (
    "The slope of {written} is {local}: {source} receives {upstream} · {times} = {contribution}."
)
BACKWARD_ROUTED = "{written} routes by its condition: {source} receives {contribution}."
BACKWARD_ARRAYS = "{source} receives the upstream gradient times the slope, element by element."


def _listed(parts: list[str]) -> str:
    """Parts in a sentence: `a, b and c`."""
    *others, last = parts
    return f"{', '.join(others)} and {last}" if others else last


class Words:
    """Says the steps of one trace."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.trace, self.graph, self.xp = rules, rules.trace, rules.graph, rules.xp
        self.reasons = Reasons(rules)

    def shown(self, value: Any, digits: int | None = None) -> Shown:
        """A value as a sentence says it: a number, a small array in brackets, or a size."""
        if set(self.xp.shape(value)) == {1}:
            value = self.xp.reshape(value, ())
        if self.xp.shape(value) == () and str(self.xp.plain(value)) in ("True", "False"):
            return Shown(int(str(self.xp.plain(value)) == "True"))
        return Shown(briefly(self.xp, value, "sentence", digits or self.rules.digits))

    def operand(self, node: int, digits: int | None = None) -> Operand:
        """A node as an operand of a sentence."""
        value = self.shown(self.trace.values[node], digits)
        if self.rules.hand.is_short(node):
            value = Shown(unicode.text(self.rules.number_of(node, self.rules.digits)))
        operand = Operand(self.rules.labels.get(node, value))
        operand.number = value
        return operand

    def start(self) -> str:
        """Before the first step."""
        if not self.graph.inputs:
            return "Everything here is a constant. The forward pass comes next."
        return "The inputs have their values. The forward pass comes next."

    def at_rest(self, backward: bool) -> str:
        """When a pass is complete: the output, or the gradients of the inputs."""
        f = self.rules.labels.get(self.graph.output, "the output")
        if not backward:
            return f"{f} = {self.shown(self.trace.values[self.graph.output])}."
        told = [f"{self.shown(g)} for {name}" for name, g in self.trace.result().items()]
        kept = told if len(told) <= MOST_GRADIENTS + 1 else told[:MOST_GRADIENTS]
        more = [f"{len(told) - len(kept)} more"] if len(kept) < len(told) else []
        if not told:
            return f"No input has a gradient of {f}."
        return f"The gradient of {f} is {_listed([*kept, *more])}."

    def forward(self, node: int, formula: Formula) -> str:
        """The sentence of a forward step, from its formula; of a value that nothing uses, that this
        is so.
        """
        if node in self.graph.used or node == self.graph.output:
            return self._computed(node, formula)
        name, output = (self.rules.labels.get(i, "it") for i in (node, self.graph.output))
        if not self.xp.finite(self.trace.values[node]):
            return f"{self._computed(node, formula)} Nothing uses {name}."
        return f"Nothing uses {name}: only the last statement, {output}, is differentiated."

    def _computed(self, node: int, formula: Formula) -> str:
        if reason := self.reasons.forward(node):
            return reason.because
        op, placeholders = self.graph.op(node), self._forward(node, lambda: formula)
        if formula.result is not None and formula.result.kind == "rounding":
            left = Shown(one_line(formula.result, self.shown(self.trace.values[node])))
            placeholders = Lazy({**placeholders.makers, "value": lambda: left})
        tag = self._tag(0, node)
        keys = [f"forward {tag}"] if tag == "arrays" else [f"forward {tag}", "forward"]
        default = FORWARD_ARRAYS if tag == "arrays" else FORWARD
        found = {" empty": self._is_empty(node), " one": self._is_one(node), "": True}
        suffixes = [suffix for suffix, holds in found.items() if holds]
        pattern = _choose(op.words, [key + suffix for suffix in suffixes for key in keys], default)
        if "{terms}" in pattern and (formula.underflows or not self._first(node).enough().holds):
            pattern = pattern.replace("= {first.value}", "≈ {first.value}")
        return _fill(pattern, placeholders)

    def seed(self) -> str:
        """The sentence of the seed step."""
        seed, f = (
            self.shown(self.trace.seed),
            self.rules.labels.get(self.graph.output, "the output"),
        )
        if self.rules.loss == f or self.rules.loss == "f":
            start = f"We ask how {f} changes with itself: the gradient starts at {seed}."
        else:
            start = (
                f"The gradient that arrives at {f} from outside is {seed}: the backward pass starts"
                " there."
            )
        return f"{start} It ends there too: {self._dead_end(f)}" if self._ends_at_once else start

    @property
    def _ends_at_once(self) -> bool:
        """Whether nothing receives a gradient from the output, though it depends on inputs that
        are differentiated.
        """
        if self.trace.recording.edges or self.graph.nodes[self.graph.output].is_leaf:
            return False
        depends = set(self.trace.wrt)
        for row in self.graph.nodes:  # in topological order
            if depends.intersection(row.inputs):
                depends.add(row.id)
        return self.graph.output in depends

    def _dead_end(self, output: str) -> str:
        *names, last = [self.rules.labels.get(i, "it") for i in self.trace.wrt]
        inputs = f"{', '.join(names)} and {last}" if names else last
        if len(names) > MOST_NAMES - 1:
            inputs = "the inputs"
        return (
            f"{output} depends on {inputs} only through conditions, labels or indices, which have"
            " no slope."
        )

    def contribute(self, step: Step, formula: Formula, branch: Branch | None) -> str:
        """The sentences of a contribution, from its formula: the op's own reason, why a number is
        not finite, and the sum where it completes a branch.
        """
        reason = self.reasons.contribution(step)
        said = [] if reason and not reason.explains_slope else [self.own(step, formula)]
        said += [reason.because] if reason else []
        if branch is not None and branch.is_complete:
            said.append(self.branch(edge_of(step)[0], branch))
        return " ".join(said)

    def remedy(self, step: Step) -> str:
        """What people do about a step that brings NaN or an infinity; empty for others."""
        if step.kind in ("seed", "update"):
            return ""
        reason = (
            self.reasons.forward(step.node)
            if step.kind == "forward"
            else self.reasons.contribution(step)
        )
        return reason.remedy if reason else ""

    def own(self, step: Step, formula: Formula) -> str:
        """The op's own sentence on a contribution."""
        _, target, slot = edge_of(step)
        if step.summed and not self._ties(target):
            return self._broadcast(step)
        op, tag = self.graph.op(target), self._tag(slot, target)
        keys = [f"backward {slot} {tag}", f"backward {tag}"]
        if tag != "arrays":
            keys += [f"backward {slot}", "backward"]
        patterns = [key + suffix for suffix in self._suffixes(step) for key in keys]
        scalar = BACKWARD if op.routes is None else BACKWARD_ROUTED
        default = BACKWARD_ARRAYS if tag == "arrays" else scalar
        pattern = _choose(op.words, patterns, default)
        found, sign = Enough(formula.digits), formula.equals
        if step.local is not None and not self.xp.finite(step.local):
            sign = "="
        elif "= {local}" in pattern:
            found = self.rules.hand.local(step)
            pattern = pattern.replace("= {local}", f"{equals(found)} {{local}}")
        elif "{times}" in pattern:
            found = self.rules.hand.elements(step)
            sign = equals(found)
        pattern = pattern.replace("= {contribution}", f"{sign} {{contribution}}")
        reason = once(_fill(pattern, self._backward(step, formula, found.digits)))
        return f"{reason} {self._broadcast(step)}" if step.summed else reason

    def _suffixes(self, step: Step) -> list[str]:
        """What the keys of patterns may end in, the most particular first."""
        edge = Edge(*edge_of(step))
        fixed = self.graph.op(edge.target).fixed_routes and self.graph.meets_fixed(edge)
        tied, role = self._ties(edge.target), skips.role(self.graph, edge)
        found = {
            " nan": self._is_nan(edge.target),
            " tied fixed": tied and fixed,
            " tied": tied,
            " fixed": fixed,
            " one": self._is_one(edge.target),
            " alone": self._is_alone(edge),
            f" {role}": bool(role),
            " none": self._is_stopped(step),
            "": True,
        }
        return [suffix for suffix, holds in found.items() if holds]

    def _is_nan(self, node: int) -> bool:
        """Whether a value has a NaN."""
        value = self.trace.values[node]
        if self.xp.finite(value):
            return False
        return any(v != v or v == "NaN" for v in flat(self.xp.plain(value)))

    def _is_empty(self, node: int) -> bool:
        """Whether an operand has no elements."""
        return any(0 in (self.graph.nodes[i].shape or ()) for i in self.graph.nodes[node].inputs)

    def _is_one(self, node: int) -> bool:
        """Whether a single element is reduced, or a single loss."""
        op = self.graph.op(node)
        return not op.elementwise and not op.variadic and self._count(node) == 1

    def _is_stopped(self, step: Step) -> bool:
        """Whether nothing passes, where the op has something to say of that."""
        says = any(key.endswith(" none") for key in self.graph.op(step.node).words)
        return says and not any(self._passed(step))

    def _is_alone(self, edge: Edge) -> bool:
        """Whether no other operand of its target receives a contribution."""
        others = (
            Edge(i, edge.target, s) for s, i in enumerate(self.graph.nodes[edge.target].inputs)
        )
        return all(e.slot == edge.slot or self.trace.step_of(e) is None for e in others)

    def _tied(self, node: int) -> list[bool]:
        """Which elements of a node sit at a tie or a kink, where its op says so."""
        row, op = self.graph.nodes[node], self.graph.op(node)
        if op.tied is None:
            return []
        operands = [self.trace.values[i] for i in row.inputs]
        with self.xp.quiet():
            found = op.tied(self.xp, self.trace.values[node], *operands, **row.options)
            if row.shape and op.elementwise:
                found = self.xp.broadcast_to(found, row.shape)
        return [v in (True, "True") for v in flat(self.xp.plain(found))]

    def _ties(self, node: int) -> int:
        """How many elements of a node sit at a tie or a kink."""
        return sum(self._tied(node))

    def _won(self, step: Step) -> int:
        """How many elements of a routed gradient pass that are at no tie or kink."""
        tied = self._tied(step.node)
        return sum(v and not t for v, t in zip(self._passed(step), tied, strict=True))

    def _passed(self, step: Step) -> list[bool]:
        """Which elements have a local gradient that is not 0."""
        if step.local is None:
            return []
        return [v not in (0, "0") for v in flat(self.xp.plain(step.local))]

    def waiting(self, source: int, branch: Branch) -> str:
        """A short note on what is still to come at a branch; empty once it is complete."""
        if branch.is_complete:
            return ""
        left = branch.of - branch.arrived
        more = "one is" if left == 1 else f"{left} are"
        times = "twice" if branch.of == 2 else f"{branch.of} times"
        have = "has" if branch.arrived == 1 else "have"
        return (
            f"{self.operand(source)} is used {times}: {branch.progress} contributions {have}"
            f" arrived, {more} still to come."
        )

    def branch(self, source: int, branch: Branch) -> str:
        """The sentence of a sum that is complete."""
        if branch.written is None:
            return (
                f"Gradients add at a branch: d{self.operand(source)} is the sum of {branch.of}"
                " contributions."
            )
        return f"Gradients add at a branch: {unicode.text(branch.written)}."

    def _broadcast(self, step: Step) -> str:
        source, target, _ = edge_of(step)
        shape = self.graph.nodes[target].shape or ()
        count = math.prod(shape[a] for a in step.summed)
        places = places_along(step.summed, len(shape))
        if count == 1:
            one = (
                "for a single element"
                if places == "elements"
                else f"in a single {singular(places)}"
            )
            return f"{self.operand(source)} was used {one}: the sum has one term."
        them = "both" if count == 2 else f"all {count}"
        times = f"{'for' if places == 'elements' else 'in'} {them} {places}"
        return (
            f"{self.operand(source)} was used {times}, so its gradient is the sum over the"
            f" {places}."
        )

    def _tag(self, slot: int, node: int) -> str:
        row, op = self.graph.nodes[node], self.graph.op(node)
        shapes = [self.graph.nodes[i].shape or () for i in row.inputs]
        if op.setting is not None and (found := op.setting(*shapes, **row.options)):
            return found
        single = op.elementwise and all(
            math.prod(shape) == 1 for shape in (*shapes, row.shape or ())
        )
        is_whole = "keepdims" in row.options and math.prod(row.shape or ()) == 1
        if row.shape and not single and not is_whole:
            return "arrays"
        if op.case is None or (not single and any(shapes)):
            return ""
        try:
            numbers = [_plain_number(self.trace.values[i]) for i in (node, *row.inputs)]
            return op.case(slot, *numbers, **row.options)
        except TypeError:  # a symbol's value is not known, so no case is either
            return ""

    def _forward(
        self, node: int, formula: Callable[[], Formula], digits: int | None = None
    ) -> Lazy:
        row, op = self.graph.nodes[node], self.graph.op(node)
        names = ["xs"] * len(row.inputs) if op.variadic else op.inputs[: len(row.inputs)]
        makers: dict[str, Callable[[], Any]] = {
            name: partial(self.operand, i, digits)
            for name, i in zip(names, row.inputs, strict=True)
        }
        value = self.trace.values[node]
        makers |= {
            "output": lambda: self.operand(node),
            "value": lambda: self.shown(value, digits),
            "about": lambda: self.shown(value),
            "written": lambda: unicode.text(bare(formula().rule)),
            "filled": lambda: self._put_in(node, formula()),
            "calculation": lambda: self._calculation(formula(), self.shown(value)),
            "shape": lambda: say_shape(row.shape or ()),
            "size": lambda: math.prod(row.shape or ()),
            "count": lambda: Shown(self._count(node)),
            "axes": lambda: self._reduced(node),
            "holds": lambda: "holds" if self._condition(node) else "does not hold",
        }
        if op.roles == ("row", "column"):
            makers |= self._first(node).placeholders()
        makers |= {name: partial(self._fact, fact, node) for name, fact in op.facts.items()}
        return Lazy(
            makers
            | {
                k: partial(Shown, typeset(number(v)))
                for k, v in row.options.items()
                if isinstance(v, Real)
            }
        )

    def _backward(self, step: Step, formula: Formula, digits: int) -> Lazy:
        source, target, slot = edge_of(step)
        row = self.graph.nodes[target]
        others = [i for k, i in enumerate(row.inputs) if k != slot]
        makers: dict[str, Callable[[], Any]] = {
            "source": lambda: self.operand(source),
            "other": lambda: self.operand(others[-1]),
            "upstream": lambda: self.shown(step.upstream, digits),
            "times": lambda: self.shown(step.local, digits).factor,
            "local": lambda: self.shown(step.local),
            "contribution": lambda: self.shown(step.contribution),
            "slope": lambda: self._slope(step, digits),
            "rule": lambda: in_prose(unicode.text(formula.rule)),
            "passed": lambda: sum(self._passed(step)),
        }
        makers |= {
            "receivers": lambda: receivers(sum(self._passed(step)), math.prod(row.shape or ())),
            "won": lambda: self._won(step),
            "tied": lambda: self._ties(target),
            "ties": lambda: counted(self._ties(target), "is a tie", "are ties"),
            "elements": lambda: counted(self._ties(target), "element is", "elements are"),
        }
        own = {k: v for k, v in makers.items() if k not in row.options}  # leaky_relu has a `slope`
        forward = self._forward(target, lambda: self.rules.forward(target), digits)
        return Lazy({**forward.makers, **own})

    def _fact(self, fact: Callable[..., Any], node: int) -> Shown:
        """A number or a text that an op's own patterns name."""
        hand = self.rules.hand
        with self.xp.quiet():
            found = fact(
                self.xp, self.trace.values[node], *hand.operands(node), **hand.options(node)
            )
        if isinstance(found, str):
            return Shown(found)
        if not isinstance(found, tuple):
            return self.shown(self.xp.asarray(found))
        part, combine, result = found
        needed = enough([part], result, combine, self.xp, self.rules.digits)
        return Shown(f"{'' if needed.holds else '≈ '}{self.shown(part, needed.digits)}")

    def _calculation(self, formula: Formula, value: str) -> str:
        """`a + z = 3 + (−1) = 2`; parts that add nothing new are left out."""
        written = unicode.text(formula.rule)
        parts = [written, one_line(formula.filled, written), one_line(formula.result, value)]
        told = [p for i, p in enumerate(parts) if p not in parts[:i]]
        *before, last = told if len(told) > 1 else [unicode.text(formula.left), *told]
        return f"{' = '.join(before)} {formula.equals if len(told) > 1 else '='} {last}"

    def _put_in(self, node: int, formula: Formula) -> str:
        """The op over numbers, on one line."""
        row, op = self.graph.nodes[node], self.graph.op(node)
        if row.shape and math.prod(row.shape) == 1:
            numbers = [self._bare_number(i, formula.digits) for i in row.inputs]
            return unicode.text(bare(written(op, numbers, row.options)))
        return one_line(formula.filled or formula.rule, self.shown(self.trace.values[node]))

    def _slope(self, step: Step, digits: int) -> str:
        row = self.graph.nodes[edge_of(step)[1]]
        nodes = (*row.inputs, row.id)
        numbers = [self._bare_number(i, digits) for i in nodes]
        return unicode.text(self.rules.local(step, numbers[:-1], numbers[-1]))

    def _bare_number(self, node: int, digits: int) -> Maths:
        """A value as it is substituted for its name; a single element without its brackets."""
        value = self.trace.values[node]
        if not self.xp.shape(value) or set(self.xp.shape(value)) != {1}:
            return self.rules.number_of(node, digits)
        return self.rules.shown(self.xp.reshape(value, ()), "value", digits)

    def _condition(self, node: int) -> bool:
        """The truth of a comparison, or of the condition by which an op chooses."""
        row, roles = self.graph.nodes[node], self.graph.op(node).roles
        deciding = row.inputs[roles.index("condition")] if "condition" in roles else node
        (value,) = flat(self.xp.plain(self.trace.values[deciding]))
        return value not in (False, "False", "0")

    def _count(self, node: int) -> int:
        shape = self.graph.nodes[self.graph.nodes[node].inputs[0]].shape or ()
        gone = reduced_axes("reduction", self.graph.nodes[node].options.get("axis"), len(shape))
        return math.prod(shape[a] for a in gone)

    def _reduced(self, node: int) -> str:
        shape = self.graph.nodes[self.graph.nodes[node].inputs[0]].shape or ()
        gone = reduced_axes("reduction", self.graph.nodes[node].options.get("axis"), len(shape))
        return f"ax{'i' if len(gone) == 1 else 'e'}s {', '.join(map(str, gone))}"

    def _first(self, node: int) -> FirstElement:
        return FirstElement(node, self.rules, self.operand)


def _choose(words: Mapping[str, str], keys: list[str], default: str) -> str:
    return next((words[k] for k in keys if k in words), default)


def _fill(pattern: str, placeholders: Mapping[str, Any]) -> str:
    return pattern.format_map(placeholders)


def _plain_number(value: Any) -> Any:
    """A scalar for an op's `case`. Raises TypeError for a symbol."""
    shape = getattr(value, "shape", None)
    element = value if shape is None else value[(0,) * len(shape)]
    return bool(element) if str(element) in ("True", "False") else float(element)
