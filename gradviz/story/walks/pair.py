"""The story of two runs on one graph, and as plain data for other renderers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.progress import each
from gradviz.story.pair.frames import PairFrame, PairStory
from gradviz.trace.compared import difference
from gradviz.trace.io.plain import encode

STORY: Final = PairStory


def data(story: PairStory, steps: Sequence[int]) -> dict[str, Any]:
    """Both runs with all their values and gradients, and some steps, as JSON-ready data.

    runs   the name, the source and the result of each.
    nodes  each node of both graphs: its label, its op, the node of each run that it is (null where
           a run lacks it), the values and the gradients of both, null where there is none, and how
           these differ.
    steps  for each the steps of the runs that it is, null in a run that waits, and what is said.
    """
    walk = story.walk
    return {
        "schema": "gradviz.pair/1",
        "source": walk.source,
        "runs": story.teller.data()["runs"],
        "classes": list(walk.classes),
        "differing": list(walk.comparison.differing),
        "total": len(walk),
        "nodes": [_node(story, k) for k in range(len(walk.union.nodes))],
        "steps": [_step(story.frame(k)) for k in each("steps told", steps)],
        "sentence": story.teller.sentence,
    }


def _node(story: PairStory, k: int) -> dict[str, Any]:
    pair, runs = story.walk.union.nodes[k], story.walk.runs
    values = [None if i is None else run.values[i] for i, run in zip(pair, runs, strict=True)]
    slopes = [None if i is None else run.gradients[i] for i, run in zip(pair, runs, strict=True)]

    def plain(given: list[Any]) -> list[Any]:
        both = zip(runs, given, strict=True)
        return [None if v is None else encode(run.xp, v) for run, v in both]

    return {
        "node": k,
        "label": story.labels.get(k),
        "op": story.walk.union.graph.nodes[k].op,
        "nodes": list(pair),
        "values": plain(values),
        "gradients": plain(slopes),
        "differences": {"value": _apart(values), "gradient": _apart(slopes)},
    }


def _apart(values: list[Any]) -> dict[str, Any] | None:
    """How two values differ; null where one is missing or no number."""
    found = None if any(v is None for v in values) else difference(*values)
    return None if found is None else found.data()


def _step(frame: PairFrame) -> dict[str, Any]:
    formulas = [f.formula for _, f in frame.frames]
    step = frame.step
    return {
        "step": frame.number,
        "phase": frame.walk.phase(frame.number),
        "steps": [None if s is None else s.number for s in frame.steps],
        "node": frame.focus,
        "edge": step.edge._asdict() if step is not None and step.edge is not None else None,
        "sentence": frame.sentence,
        "note": frame.note,
        "formulas": [
            {"latex": list(f.latex), "unicode": list(f.unicode), "typst": list(f.typst)}
            for f in formulas
            if f is not None
        ],
        "strange": frame.strange,
    }
