"""The story of a walk over volumes, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.graph.graph import labels
from gradviz.story.volumes.frames import VolumeFrame, VolumeStory
from gradviz.trace.io.plain import encode
from gradviz.trace.volumes import Cell, Layer

STORY: Final = VolumeStory


def data(story: VolumeStory, steps: Sequence[int]) -> dict[str, Any]:
    """The layers, and some steps of a walk, as JSON-ready data; places are counted from 0."""
    walk = story.walk
    return {
        "source": walk.source,
        "view": walk.kind,
        "title": story.title,
        "batch": walk.batch,
        "parameters": walk.parameters,
        "layers": [_layer(story, layer) for layer in walk.layers],
        "total": len(walk),
        "steps": [_step(story.frame(k)) for k in steps],
    }


def _layer(story: VolumeStory, layer: Layer) -> dict[str, Any]:
    """One layer.

    name, node   its name, and what `--into` calls it; `form`: image, conv, pool, flat, dense or
                 other.
    shape, takes  channels, rows, columns of what it makes and takes, or the units of a vector.
    window       its size, stride, padding and dilation for rows and columns; null without one.
    skips        the layers whose values are added to it.
    """
    graph, window = story.walk.trace.graph, layer.window
    sliding = None if window is None else {
        "size": list(window.size),
        "stride": list(window.stride),
        "padding": [list(pads) for pads in window.padding],
        "dilation": list(window.dilation),
    }  # fmt: skip
    return {
        "name": layer.name,
        "node": labels(graph).get(layer.node, ""),
        "form": layer.form,
        "shape": list(layer.shape),
        "takes": list(layer.takes),
        "window": sliding,
        "parameters": layer.parameters,
        "work": layer.work,
        "skips": [story.walk.layers[s.source].name for s in layer.skips],
    }


def _step(frame: VolumeFrame) -> dict[str, Any]:
    """One step.

    step, phase, trace_step  its number, and the step of the trace that it belongs to.
    kind       layer, loss or back; `layer` is its name.
    cell       the marked number: its place, what adds up to it, and what the layer hands on.
    value      of the loss.
    norms      the lengths of the gradients of a step back, null for what has none.
    """
    step, formula, xp = frame.step, frame.formula, frame.walk.trace.xp
    assert step is not None and formula is not None

    def plain(value: float | None) -> Any:
        return None if value is None else encode(xp, xp.asarray(value))

    def cell(made: Cell) -> dict[str, Any]:
        return {
            "at": list(made.at),
            "count": made.count,
            "total": plain(made.total),
            "bias": plain(made.bias),
            "sum": plain(made.sum),
            "value": plain(made.value),
        }

    return {
        "step": step.number,
        "phase": frame.phase,
        "trace_step": frame.trace_step,
        "kind": step.place.kind,
        "layer": frame.walk.layers[step.place.layer].name,
        "cell": None if step.cell is None else cell(step.cell),
        "value": plain(step.value),
        "norms": {name: plain(v) for name, v in step.norms._asdict().items()},
        "sentence": frame.sentence,
        "note": frame.note,
        "formula": {
            "latex": list(formula.latex),
            "unicode": list(formula.unicode),
            "typst": list(formula.typst),
        },
        "strange": frame.strange,
    }
