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
from gradviz.ops.op import Told, say_shape
from gradviz.ops.shapes import axes as reduced_axes
from gradviz.story.accumulation import Branch
from gradviz.story.digits import Enough, enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules, edge_of, equals
from gradviz.story.languages import fill, listed, pattern, say
from gradviz.story.maths import Maths, unicode
from gradviz.story.maths.of_graph import written
from gradviz.story.matrices import FirstElement
from gradviz.story.prose import (
    Lazy,
    Operand,
    Shown,
    axes_named,
    bare,
    in_prose,
    once,
    one_line,
    places_along,
    receivers,
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
FORWARD = pattern("{calculation}.")
FORWARD_ARRAYS = pattern("{output} = {written}, of shape {shape}.")
BACKWARD = pattern(
    "The slope of {written} is {local}: {source} receives {upstream} · {times} = {contribution}."
)
BACKWARD_ROUTED = pattern("{written} routes by its condition: {source} receives {contribution}.")
BACKWARD_ARRAYS = pattern(
    "{source} receives the upstream gradient times the slope, element by element."
)

TIES = pattern("{count:is a tie|are ties}")
ELEMENTS = pattern("{count:element is|elements are}")
BROADCAST = {
    "elements": (
        pattern("{source} was used for a single element: the sum has one term."),
        pattern(
            "{source} was used for both elements, so its gradient is the sum over the elements."
        ),
        pattern(
            "{source} was used for all {count} elements, so its gradient is the sum over the"
            " elements."
        ),
    ),
    "rows": (
        pattern("{source} was used in a single row: the sum has one term."),
        pattern("{source} was used in both rows, so its gradient is the sum over the rows."),
        pattern("{source} was used in all {count} rows, so its gradient is the sum over the rows."),
    ),
    "columns": (
        pattern("{source} was used in a single column: the sum has one term."),
        pattern("{source} was used in both columns, so its gradient is the sum over the columns."),
        pattern(
            "{source} was used in all {count} columns, so its gradient is the sum over the columns."
        ),
    ),
    "axis": (
        pattern("{source} was used in a single place along axis {axes}: the sum has one term."),
        pattern(
            "{source} was used in both places along axis {axes}, so its gradient is the sum over"
            " the places along axis {axes}."
        ),
        pattern(
            "{source} was used in all {count} places along axis {axes}, so its gradient is the sum"
            " over the places along axis {axes}."
        ),
    ),
    "axes": (
        pattern("{source} was used in a single place along axes {axes}: the sum has one term."),
        pattern(
            "{source} was used in both places along axes {axes}, so its gradient is the sum over"
            " the places along axes {axes}."
        ),
        pattern(
            "{source} was used in all {count} places along axes {axes}, so its gradient is the sum"
            " over the places along axes {axes}."
        ),
    ),
}
"""What a contribution is summed along, by `places_along`: for one, for two and for several."""


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
            return say("Everything here is a constant. The forward pass comes next.")
        return say("The inputs have their values. The forward pass comes next.")

    def at_rest(self, backward: bool) -> str:
        """When a pass is complete: the output, or the gradients of the inputs."""
        f = self._output
        if not backward:
            return f"{f} = {self.shown(self.trace.values[self.graph.output])}."
        told = [
            say("{gradient} for {name}", gradient=self.shown(g), name=name)
            for name, g in self.trace.result().items()
        ]
        kept = told if len(told) <= MOST_GRADIENTS + 1 else told[:MOST_GRADIENTS]
        left = len(told) - len(kept)
        more = [say("{count} more", count=Shown(left))] if left else []
        if not told:
            return say("No input has a gradient of {f}.", f=f)
        return say("The gradient of {f} is {gradients}.", f=f, gradients=listed([*kept, *more]))

    @property
    def _output(self) -> str:
        """What the output is called."""
        return self.rules.labels.get(self.graph.output) or say("the output")

    def forward(self, node: int, formula: Formula) -> str:
        """The sentence of a forward step, from its formula; of a value that nothing uses, that this
        is so.
        """
        if node in self.graph.used or node == self.graph.output:
            return self._computed(node, formula)
        name, output = map(self._called, (node, self.graph.output))
        if not self.xp.finite(self.trace.values[node]):
            unused = say("Nothing uses {name}.", name=name)
            return f"{self._computed(node, formula)} {unused}"
        return say(
            "Nothing uses {name}: only the last statement, {output}, is differentiated.",
            name=name,
            output=output,
        )

    def _called(self, node: int) -> str:
        """The label of a node, `it` where it has none."""
        return self.rules.labels.get(node) or say("it")

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
        text = _choose(op.words, [key + suffix for suffix in suffixes for key in keys], default)
        rounded = "{terms}" in text and (formula.underflows or not self._first(node).enough().holds)
        return fill(text, placeholders, {"= {first.value}": "≈ {first.value}"} if rounded else {})

    def seed(self) -> str:
        """The sentence of the seed step."""
        seed, f = self.shown(self.trace.seed), self._output
        if self.rules.loss == f or self.rules.loss == "f":
            start = say(
                "We ask how {f} changes with itself: the gradient starts at {seed}.", f=f, seed=seed
            )
        else:
            start = say(
                "The gradient that arrives at {f} from outside is {seed}: the backward pass starts"
                " there.",
                f=f,
                seed=seed,
            )
        return f"{start} {self._dead_end(f)}" if self._ends_at_once else start

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
        names = [self._called(i) for i in self.trace.wrt]
        return say(
            "It ends there too: {output} depends on {inputs} only through conditions, labels or"
            " indices, which have no slope.",
            output=output,
            inputs=listed(names) if len(names) <= MOST_NAMES else say("the inputs"),
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
        text = _choose(op.words, patterns, default)
        found, sign, signs = Enough(formula.digits), formula.equals, {}
        if step.local is not None and not self.xp.finite(step.local):
            sign = "="
        elif "= {local}" in text:
            found = self.rules.hand.local(step)
            signs["= {local}"] = f"{equals(found)} {{local}}"
        elif "{times}" in text:
            found = self.rules.hand.elements(step)
            sign = equals(found)
        signs["= {contribution}"] = f"{sign} {{contribution}}"
        reason = once(fill(text, self._backward(step, formula, found.digits), signs))
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
        return say(
            "{source} is used {times}: {progress} contributions arrived so far, one is still to"
            " come."
            if left == 1
            else "{source} is used {times}: {progress} contributions arrived so far, {left} are"
            " still to come.",
            source=self.operand(source),
            times=say("twice") if branch.of == 2 else say("{count} times", count=branch.of),
            progress=branch.progress,
            left=Shown(left),
        )

    def branch(self, source: int, branch: Branch) -> str:
        """The sentence of a sum that is complete."""
        if branch.written is None:
            return say(
                "Gradients add at a branch: d{source} is the sum of {of} contributions.",
                source=self.operand(source),
                of=Shown(branch.of),
            )
        return say("Gradients add at a branch: {sum}.", sum=unicode.text(branch.written))

    def _broadcast(self, step: Step) -> str:
        source, target, _ = edge_of(step)
        shape = self.graph.nodes[target].shape or ()
        count = math.prod(shape[a] for a in step.summed)
        one, both, several = BROADCAST[places_along(step.summed, len(shape))]
        return say(
            one if count == 1 else both if count == 2 else several,
            source=self.operand(source),
            count=Shown(count),
            axes=", ".join(map(str, step.summed)),
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
            "holds": lambda: say("holds" if self._condition(node) else "does not hold"),
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
            "ties": lambda: say(TIES, count=Shown(self._ties(target))),
            "elements": lambda: say(ELEMENTS, count=Shown(self._ties(target))),
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
        if isinstance(found, str | Told):
            return Shown(in_words(found))
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
        return axes_named(gone)

    def _first(self, node: int) -> FirstElement:
        return FirstElement(node, self.rules, self.operand)


def in_words(fact: str | Told | tuple[Any, ...]) -> str:
    """A fact in words."""
    if isinstance(fact, Told):
        return say(fact.pattern, **{name: in_words(slot) for name, slot in fact.slots.items()})
    return fact if isinstance(fact, str) else listed(map(in_words, fact))


def _choose(words: Mapping[str, str], keys: list[str], default: str) -> str:
    return next((words[k] for k in keys if k in words), default)


def _plain_number(value: Any) -> Any:
    """A scalar for an op's `case`. Raises TypeError for a symbol."""
    shape = getattr(value, "shape", None)
    element = value if shape is None else value[(0,) * len(shape)]
    return bool(element) if str(element) in ("True", "False") else float(element)
