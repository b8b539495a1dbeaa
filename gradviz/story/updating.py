"""The story of an update: its lines as formulas with the numbers put in, and its sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from gradviz.story.digits import Enough, enough
from gradviz.story.formula import Formula
from gradviz.story.formulas import Rules, equals
from gradviz.story.languages import fill, say
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.maths.of_graph import of_graph
from gradviz.story.values import briefly
from gradviz.trace import Step
from gradviz.trace.rules import GRADIENT, WEIGHT, Line, value_of, worked_out
from gradviz.trace.updates import Updates

HAT: Final = "_hat"
"""The end of a name that is written with a hat."""
COMPUTED: Final = ("length", "lr")
"""Numbers of a rule that nobody typed, or that a schedule may have made."""
MOST_DIGITS: Final = 12
"""Losses before and after are told apart with up to so many digits."""


class UpdateRules:
    """Writes the formulas and the sentences of the updates of one trace."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.trace, self.xp = rules, rules.trace, rules.xp

    @cached_property
    def updates(self) -> Updates:
        """What the updates share."""
        assert self.trace.updates is not None
        return self.trace.updates

    def formula(self, step: Step, place: Sequence[int] | None = None) -> Formula:
        """The lines of a step, one after the other, each with its numbers; `place` is the index of
        one element that is told for all.
        """
        known = self._known(step, place)
        names = self._names(step, place)
        found: Formula | None = None
        last: Formula | None = None
        for line, before, after in reversed(list(self._lines(known))):
            made = self._line(line, before, after[line.name], names)
            last = last or made
            found = made if found is None else replace(made, then=found)
        assert found is not None
        return found if found.then is None else replace(found, shorter=last)

    def _known(self, step: Step, place: Sequence[int] | None) -> dict[str, Any]:
        """What the first line takes."""
        update = step.update
        assert update is not None
        hidden = update.hidden
        gradient = self.trace.gradients[step.node] if hidden is None else hidden.gradient
        arrays = {WEIGHT: step.before, GRADIENT: gradient}
        arrays |= update.state_before
        if place is not None:
            arrays = {k: self.xp.asarray(v[tuple(place)]) for k, v in arrays.items()}
        numbers = {k: self.xp.number(v) for k, v in self.updates.rule.numbers.items()}
        return numbers | arrays

    def _lines(self, known: dict[str, Any]) -> Any:
        """Each line with what is known before it and after it."""
        for line in self.updates.rule.lines:
            after = worked_out([line], known, self.xp)
            yield line, known, after
            known = after

    def _names(self, step: Step, place: Sequence[int] | None) -> Mapping[str, Maths]:
        """How each name of the lines is written."""
        rule, taken = self.updates.rule, set(self.rules.labels.values())
        parameter = self._parameter(step)
        shape = () if place is not None else parameter.shape
        symbols = dict(rule.symbols)
        state = set(step.update.state_before) if step.update else set()
        state |= {line.name for line in rule.lines if line.name.removesuffix(HAT) in state}
        names = {line.name for line in rule.lines} | set(rule.numbers) | state
        numbers = _numbers(parameter.shape, place)
        found: dict[str, Maths] = {}
        for name in names:
            bare = name.removesuffix(HAT)
            symbol = symbols.get(bare, bare)
            while symbol in taken:
                symbol += "′"
            written = M.name(symbol, shape if name in state else ())
            written = M.hat(written) if name.endswith(HAT) else written
            told = place is not None and name in state
            found[name] = M.element(written, numbers) if told else written
        if place is None:
            gradient = M.differential(parameter) if shape else M.partial(self.rules.loss, parameter)
            return found | {WEIGHT: parameter, GRADIENT: gradient}
        element = M.element(replace(parameter, shape=()), numbers)
        return found | {WEIGHT: element, GRADIENT: M.partial(self.rules.loss, element)}

    def _parameter(self, step: Step) -> Maths:
        """The parameter as it is written; one inside a folded scope by its own name."""
        hidden = step.update.hidden if step.update is not None else None
        if hidden is None:
            return self.rules.label(step.node)
        return M.name(hidden.name, tuple(self.xp.shape(hidden.before)))

    def _line(
        self, line: Line, known: Mapping[str, Any], result: Any, names: Mapping[str, Maths]
    ) -> Formula:
        used = [node.name for node in line.graph.inputs]
        digits = self._digits(line, used, known, result)
        roles = {WEIGHT: "value", GRADIENT: "gradient"}
        typed = self.updates.rule.numbers
        numbers = {
            name: self.rules.shown(
                self.xp.asarray(known[name]),
                roles.get(name, ""),  # type: ignore[arg-type]
                digits.digits,
                as_typed=name in typed and name not in COMPUTED,
            )
            for name in used
        }
        rule, filled = of_graph(line.graph, names), of_graph(line.graph, numbers)
        assert rule is not None and filled is not None
        shown = self.rules.shown(result, "hot" if line.name == WEIGHT else "")
        readable = self.rules.readable(filled)
        if readable is not None and unicode.text(readable) == unicode.text(shown):
            readable = None
        return Formula(
            names[line.name],
            "←" if line.name in used else "=",
            rule,
            readable,
            shown,
            digits=digits.digits,
            equals=equals(digits, filled),
        )

    def _digits(
        self, line: Line, used: Sequence[str], known: Mapping[str, Any], result: Any
    ) -> Enough:
        parts = [self.xp.asarray(known[name]) for name in used]

        def by_hand(*values: Any) -> Any:
            return value_of(line.graph, dict(zip(used, values, strict=True)), self.xp)

        flags = [name in self.updates.rule.numbers for name in used]
        if any(self.xp.shape(p) for p in parts):
            flags = []
        return enough(parts, self.xp.asarray(result), by_hand, self.xp, self.rules.digits, flags)

    def sentence(self, step: Step) -> str:
        """What the optimiser does with a parameter; at the last one, what becomes of the loss."""
        known = {k: v for k, v in self._known(step, None).items() if k in self.updates.rule.numbers}
        for line in self.updates.rule.lines:  # such as the rate of this pass, from its schedule
            if {node.name for node in line.graph.inputs} <= set(known):
                known[line.name] = value_of(line.graph, known, self.xp)
        said = {k: briefly(self.xp, self.xp.asarray(v), "sentence") for k, v in known.items()}
        hidden = step.update.hidden if step.update is not None else None
        card = self.rules.labels[step.node]
        name = card
        if hidden is not None:
            name = say("{parameter} in {card}", parameter=hidden.name, card=card)
        told = fill(self.updates.rule.words, _Said(said | {"name": name}))
        return f"{told} {self.outcome}" if step.number == len(self.trace) else told

    @cached_property
    def outcome(self) -> str:
        """What becomes of the loss, with enough digits to tell before from after."""
        before, after = self.updates.before, self.updates.after
        loss = self.rules.labels.get(self.trace.graph.output, "loss")
        loss = say("the loss") if loss in ("f", "loss") else loss
        if not math.isfinite(after):
            return say("With all parameters updated, {loss} is no longer finite.", loss=loss)
        for digits in range(self.rules.digits, MOST_DIGITS):
            told = [
                briefly(self.xp, self.xp.asarray(v), "sentence", digits) for v in (before, after)
            ]
            if told[0] != told[1] or before == after:
                break
        if before == after:
            return say(
                "With all parameters updated, {loss} stays {value}.", loss=loss, value=told[0]
            )
        return say(
            "With all parameters updated, {loss} falls from {before} to {after}."
            if after < before
            else "With all parameters updated, {loss} rises from {before} to {after}.",
            loss=loss,
            before=told[0],
            after=told[1],
        )


def notation(lines: Sequence[Line], symbols: Mapping[str, str]) -> list[Maths]:
    """The lines of a rule without numbers: `v ← μ · v + g`."""
    found = []
    names: dict[str, Maths] = {}
    for line in lines:
        for name in (*(node.name for node in line.graph.inputs), line.name):
            bare = name.removesuffix(HAT)
            plain = M.name(symbols.get(bare, bare))
            names[name] = M.hat(plain) if name.endswith(HAT) else plain
        right = of_graph(line.graph, names)
        assert right is not None
        own = line.name in {node.name for node in line.graph.inputs}
        found.append(M.relation("←" if own else "=", names[line.name], right))
    return found


class _Said(dict[str, str]):
    """Placeholders; one that has no number stays its name."""

    def __missing__(self, key: str) -> str:
        return key


def _numbers(shape: Sequence[int], place: Sequence[int] | None) -> list[str]:
    """The index of an element, from 1 as mathematics counts; none for an only element."""
    if place is None or max(shape, default=1) == 1:
        return []
    return [str(i + 1) for i in place]
