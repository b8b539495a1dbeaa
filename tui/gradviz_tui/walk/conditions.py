"""Conditions on which a run stops, written in gradviz's own grammar: `abs(grad) < 1e-6`."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import gradviz as gv
from gradviz.engine.run import compile_graph
from gradviz.errors import GradvizError, ParseError, did_you_mean
from gradviz.story.values import flat

NAMES = {
    "value": "the value of the current node",
    "grad": "the gradient that was written",
    "contribution": "the contribution of the edge",
    "upstream": "the upstream gradient",
    "local": "the local gradient",
}
WORDS = {
    "nan": "something is NaN or infinite",
    "dead": "a gradient arrives, and none of it passes through",
}


class Condition:
    """One condition.

    Raises ParseError for text that is not a comparison, or that uses unknown names.
    """

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        if self.text in WORDS:
            return
        known = ", ".join([*WORDS, *NAMES])
        if not self.text:
            raise ParseError(
                "the condition is empty",
                expected=f"a comparison of {known}",
                hint="abs(grad) < 1e-6",
            )
        graph = gv.parse(self.text)
        for node in graph.inputs:
            if node.name not in NAMES:
                raise ParseError(
                    f"unknown name {node.name!r} in a condition",
                    where=(self.text, node.span) if node.span else "",
                    expected=known,
                    hint=did_you_mean(node.name, [*WORDS, *NAMES]),
                )
        output = graph.nodes[graph.output]
        if not graph.inputs or output.is_leaf or not graph.op(output).is_condition:
            raise ParseError(
                "this is not a comparison",
                expected=f"a comparison of {known}",
                hint="abs(grad) < 1e-6",
            )

    @cached_property
    def _names(self) -> list[str]:
        return [node.name for node in gv.parse(self.text).inputs]

    def holds(self, trace: gv.Trace, k: int) -> bool:
        """Whether the condition holds at step k; false if one of its names has no value there."""
        step = trace.step(k)
        if self.text == "nan":
            return not all(
                trace.xp.finite(v)
                for v in (_read(trace, step, n) for n in ("value", "grad"))
                if v is not None
            )
        if self.text == "dead":
            arrived, passed = step.upstream, step.contribution
            return arrived is not None and _any(trace, arrived) and not _any(trace, passed)
        values = {name: _read(trace, step, name) for name in self._names}
        if any(v is None for v in values.values()):
            return False
        try:
            found = self._program(trace).value(values=values)
        except GradvizError:  # incompatible shapes: the condition does not apply here
            return False
        return any(v is True or v == "True" for v in flat(trace.xp.plain(trace.xp.asarray(found))))

    def _program(self, trace: gv.Trace) -> Any:
        if trace.backend not in self._programs:
            self._programs[trace.backend] = compile_graph(self.text, backend=trace.backend)
        return self._programs[trace.backend]

    @cached_property
    def _programs(self) -> dict[str, Any]:
        return {}


def _read(trace: gv.Trace, step: gv.Step, name: str) -> Any:
    if name == "value":
        return trace.values[step.node] if step.kind == "forward" else None
    if name == "grad":
        return step.after
    return getattr(step, name)


def _any(trace: gv.Trace, value: Any) -> bool:
    """Whether some number is not 0."""
    return any(v not in (0, "0") for v in flat(trace.xp.plain(value)))
