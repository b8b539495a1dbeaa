"""What a page says of a walk, as data: every step in words and mathematics, and every node."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from gradviz.arrays.digits import typeset
from gradviz.graph.graph import CONSTANT, INPUT
from gradviz.progress import each
from gradviz.story.code import source_parts
from gradviz.story.formula import Formula
from gradviz.story.frame import Frame, Story
from gradviz.story.languages import say
from gradviz.story.maths import mathml, unicode
from gradviz.story.maths.of_graph import of_graph
from gradviz.story.maths.tree import M, Maths
from gradviz.story.paths import along
from gradviz.story.values import flat, size
from gradviz.story.walks import WalkFrame, WalkStory
from gradviz.trace import Trace
from gradviz.trace.paths import between
from gradviz.trace.walks import is_graph_walk

LONGEST: Final = 56
"""Expressions of more characters stand in the head as they were typed."""
NARROW: Final = 13
"""Characters in a narrow table."""
MANY: Final = 10**15
MOST_NODES: Final = 400
"""The nodes of larger graphs have no panels with paths."""

Data = dict[str, Any]


def step(story: WalkStory, frame: WalkFrame, *, typed: bool) -> Data:
    """A frame in words: where it stands in the walk, its sentence, note and formula. `group` tells
    apart what the keys for whole nodes step over; where the head shows the source as it was
    `typed`, `at` says what of that is at work.
    """
    made: Data = {
        "k": frame.number,
        "phase": frame.phase,
        "heading": frame.heading,
        "progress": frame.progress,
        "group": group(story, frame),
        "says": unicode.powers(frame.sentence),
        "note": unicode.powers(frame.note),
        "maths": [] if frame.formula is None else formula(frame.formula),
        "beside": _shapes(frame.formula),
    }
    if isinstance(frame, Frame):
        made["node"] = frame.focus
        made["edge"] = None if frame.edge is None else list(frame.edge)
        made["writes"] = _writes(frame)
    if typed and story.walk.trace.graph.source:
        made["at"] = [len(part) for part in source_parts(story.walk, frame.number)[:2]]
    return made


def _shapes(made: Formula | None) -> str:
    """The shapes of the factors of a matrix product."""
    return made.shapes if made is not None and "·" in made.shapes else ""


def group(story: WalkStory, frame: WalkFrame) -> str:
    """What a frame belongs to among its neighbours: a node of a phase, else a step of the trace."""
    if is_graph_walk(story.walk):
        return f"{frame.phase} {frame.focus}"
    return f"{frame.phase} {frame.trace_step} {frame.heading}"


def _writes(frame: Frame) -> list[str]:
    """The ids of the numbers that a step writes."""
    if frame.step is None:
        return []
    if frame.edge is None:
        what = "gradient" if frame.phase == "seed" else "value"
        return [f"node-{frame.step.node}-{what}"]
    source, target, slot = frame.edge
    return [f"edge-{source}-{target}-{slot}-contribution", f"node-{source}-gradient"]


def formula(made: Formula) -> list[str]:
    """A formula as MathML, in parts between which a line may break."""
    (sign, rule), *others = made.parts
    first = write(made.left).removesuffix("</math>") + write(rule, sign).removeprefix("<math>")
    parts = [first, *(write(part, sign) for sign, part in others)]
    return parts if made.then is None else [*parts, *formula(made.then)]


def write(maths: Maths, sign: str = "") -> str:
    """A piece of mathematics, after a sign."""
    made = mathml.write(maths, marked=True)
    head = f"<mo>{sign}</mo>" if sign else ""
    return made.replace("<math>", f"<math>{head}", 1)


def expression(story: WalkStory) -> str:
    """The whole expression as MathML, its parts referring to their nodes; empty where it is too
    long to be read, and where there are two.
    """
    graph = story.walk.trace.graph
    runs = getattr(story.walk, "runs", ())
    if any(run.graph is not graph for run in runs):
        return ""
    if len(graph.nodes) > LONGEST or any(op is not None and op.hidden for op in graph.ops):
        return ""
    whole = of_graph(graph)
    if whole is None or len(unicode.text(whole)) > LONGEST:
        return ""
    rules = getattr(story, "rules", None)
    left = rules.label(graph.output) if rules is not None else M.name("f")
    return write(M.relation("=", left, whole))


def nodes(story: WalkStory, boxes: Mapping[int, list[float]]) -> list[Data]:
    """Every node that stands in the picture of a graph, with the steps that write it and the paths
    by which its gradient comes.
    """
    if not isinstance(story, Story):
        return []
    return [
        _node(story, node, box)
        for node, box in each("nodes told", boxes.items(), len(boxes))
        if node in story.labels
    ]


def _node(story: Story, node: int, box: list[float]) -> Data:
    trace, rules = story.trace, story.rules
    graph, row = trace.graph, trace.graph.nodes[node]
    takes = trace.has_backward and node not in graph.index_leaves
    gradient = trace.gradients[node] if takes else None
    return {
        "id": node,
        "name": story.labels[node],
        "maths": write(rules.label(node)),
        "kind": _kind(story, node),
        "sign": "" if row.is_leaf else graph.symbol(node),
        "input": row.op == INPUT,
        "box": box,
        "value": _alone(rules.number_of(node, rules.digits)),
        "brief": _brief(rules.number_of(node, rules.digits)),
        "says": rules.alone(node, "alt"),
        "gradient": "" if gradient is None else _alone(rules.shown(gradient, "gradient")),
        "brief_gradient": "" if gradient is None else _brief(rules.shown(gradient, "gradient")),
        "since": trace.known_since(node),
        "steps": [step.number for step in trace.contributions(node)],
        "uses": sum(node in graph.args[i] for i in trace.forward_nodes),
        **_ways(story, node),
    }


def _alone(value: Maths) -> str:
    """A value where it stands alone: a number or a few words, or a matrix as MathML."""
    return write(value) if value.kind == "grid" else escape(typeset(unicode.text(value)))


def _brief(shown: Maths) -> str:
    """A value in a narrow table; of a wide matrix and of a large array its shape."""
    is_wide = shown.kind != "number" and len(unicode.write(shown).lines[0]) > NARROW
    return f"<small>{size(shown.shape)}</small>" if is_wide else _alone(shown)


def _kind(story: Story, node: int) -> str:
    graph = story.trace.graph
    row = graph.nodes[node]
    if row.op == INPUT:
        return say("an input")
    return say("a constant") if row.op == CONSTANT else say(graph.op(node).summary.rstrip("."))


def _ways(story: Story, node: int) -> Data:
    """The paths from a node to the output: how many, the steps along each with its numbers, and the
    sum of all.
    """
    trace, output = story.trace, story.trace.graph.output
    if not trace.has_backward or node == output or len(trace.graph.nodes) > MOST_NODES:
        return {}
    found = between(trace, node, output)
    if found is None:
        return {}
    told = along(story.rules, found)
    sign, total = told.sum()
    return {
        "count": min(found.count, MANY),
        "ways": [
            {"steps": [trace.step_of(edge) for edge in way.edges], "numbers": numbers}
            for way, numbers in zip(found.ways, told.numbers(), strict=True)
        ],
        "sum": [sign, total],
    }


def wires(trace: Trace) -> list[list[int]]:
    """The edges that bring a contribution, in the order of their steps: source, target, slot."""
    return [list(edge) for edge in trace.recording.edges] if trace.has_backward else []


def differentiated(story: WalkStory) -> str:
    """What is differentiated, as MathML; empty without a backward pass."""
    if not isinstance(story, Story) or not story.trace.has_backward:
        return ""
    return write(M.name(story.rules.loss))


def given(trace: Trace) -> list[Data]:
    """The inputs as a program of the run takes them: each a number, or a flat list with its
    shape.
    """
    return [
        {
            "node": node.id,
            "shape": list(node.shape or ()),
            "value": _plain(trace, trace.values[node.id]),
        }
        for node in trace.graph.inputs
    ]


def _plain(trace: Trace, value: Any) -> Any:
    found = flat(trace.xp.plain(value))
    return found if trace.xp.shape(value) else found[0]
