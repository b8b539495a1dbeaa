"""A whole graph to be filled in: values, gradients, or both with some given."""

from __future__ import annotations

from collections.abc import Callable

from gradviz.exam.answers.number import Numeric, Wrong
from gradviz.exam.kinds import Kind
from gradviz.exam.question.distractors import wrong_gradients
from gradviz.exam.question.given import stem
from gradviz.exam.question.question import PREFIX, Draft, Figure, Part, Solution
from gradviz.exam.question.sample import Sample, difficulty, nice_sample
from gradviz.exam.question.short_numbers import require
from gradviz.exam.stream import Stream
from gradviz.exam.text import decimal, derivative, say
from gradviz.story.maths import M

ASKED = {1: ("value",), 2: ("gradient",), 3: ("value", "gradient")}
Slot = tuple[str, int]
"""An item to ask for: "value" or "gradient", and the node."""

LOCAL: dict[str, tuple[str, ...]] = {
    "add": ("1", "1"), "sub": ("1", "(-1)"), "mul": ("{1}", "{0}"), "square": ("2*{0}",),
    "relu": ("({0} > 0)",), "maximum": ("({0} >= {1})", "({1} > {0})"),
}  # fmt: skip
"""The local gradients of the ops in random graphs, as expressions, for follow-through marks."""

FORWARD = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "square": "{0} * {0}",
    "relu": "relu({0})",
    "maximum": "maximum({0}, {1})",
}


def generate(stream: Stream, level: int) -> Draft:
    """Ask for the values and gradients that are not given."""
    sample = nice_sample(stream, level)
    slots = _slots(sample, level)
    shown = set(stream.chosen(slots, len(slots) // 4)) if level == 3 else set()
    asked = [slot for slot in slots if slot not in shown]
    require(sum(sample.gradient(n) == 0 for what, n in asked if what == "gradient") <= 1)
    sample.proved(*(node for what, node in asked if what == "gradient"))
    ids = {slot: chr(ord("a") + i) for i, slot in enumerate(asked)}
    parts = tuple(_part(sample, slot, ids) for slot in asked)
    what = " and ".join(f"{w}s" for w in ASKED[level])
    return Draft(
        (*stem(sample), say(f"Fill in the {what} that are missing from the graph.")),
        parts,
        difficulty(sample),
        Solution(run=sample.run),
        _figure(sample, level, ids),
    )


def _slots(sample: Sample, level: int) -> list[Slot]:
    """Everything that can be asked for, in the order in which it is computed."""
    slots: list[Slot] = []
    if "value" in ASKED[level]:
        slots += [("value", node) for node in sample.case.program.computed]
    if "gradient" in ASKED[level]:
        last = {edge.source: k for k, edge in enumerate(sample.edges)}
        slots += [("gradient", node) for node in sorted(last, key=last.__getitem__)]
    return slots


def _part(sample: Sample, slot: Slot, ids: dict[Slot, str]) -> Part:
    what, node = slot
    name = sample.labels[node]
    if what == "value":
        return Part(
            ids[slot],
            (M.name(name), " ="),
            Numeric(sample.value(node)),
            follows=_forward(sample, node, ids),
        )
    wrong: tuple[Wrong, ...] = wrong_gradients(sample, node)
    prompt = (derivative("f", name), " =")
    return Part(
        ids[slot],
        prompt,
        Numeric(sample.gradient(node), wrong=wrong),
        follows=_backward(sample, node, ids),
    )


def _namer(sample: Sample, ids: dict[Slot, str]) -> Callable[[Slot], str]:
    def name(slot: Slot) -> str:
        if slot in ids:
            return f"{PREFIX}{ids[slot]}"
        exact = sample.value(slot[1]) if slot[0] == "value" else sample.gradient(slot[1])
        return f"({decimal(exact)})"

    return name


def _forward(sample: Sample, node: int, ids: dict[Slot, str]) -> str:
    name, row = _namer(sample, ids), sample.case.graph.nodes[node]
    rule = FORWARD[row.op].format(*(name(("value", i)) for i in row.inputs))
    return rule if PREFIX in rule else ""


def _backward(sample: Sample, node: int, ids: dict[Slot, str]) -> str:
    name, graph = _namer(sample, ids), sample.case.graph
    terms = []
    for edge in (e for e in sample.edges if e.source == node):
        row = graph.nodes[edge.target]
        local = LOCAL[row.op][edge.slot].format(*(name(("value", i)) for i in row.inputs))
        terms.append(f"{name(('gradient', edge.target))} * {local}")
    rule = " + ".join(terms)
    return rule if PREFIX in rule else ""


def _figure(sample: Sample, level: int, ids: dict[Slot, str]) -> Figure:
    graph, labels = sample.case.graph, sample.labels
    inputs = {n.id for n in graph.inputs}
    forward = "value" not in ASKED[level]
    values = [
        n.id
        for n in graph.nodes
        if n.id in inputs or (("value", n.id) not in ids and (forward or level == 3))
    ]
    gradients = [
        n.id
        for n in graph.nodes
        if "gradient" in ASKED[level]
        and ("gradient", n.id) not in ids
        and sample.gradient(n.id) is not None
    ]
    return Figure(
        sample.run.source,
        values=tuple((labels[n], sample.value(n)) for n in values),
        gradients=tuple((labels[n], sample.gradient(n)) for n in gradients),
        blanks=tuple((labels[node], what, letter) for (what, node), letter in ids.items()),
    )


KIND = Kind("fill-graph", "Fill in a graph", generate)
