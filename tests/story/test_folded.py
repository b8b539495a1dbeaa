"""What is said of folded scopes is true: shapes and numbers that come in and go out, for networks
and for graphs with scopes, at ordinary numbers, at 0, and at NaN and infinities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.story.frame import Frame, Story
from tests.story.test_claims import faults, read
from tests.story.test_equations import untrue

FILLS = {"ordinary": 0.5, "zeros": 0.0, "nan": np.nan, "inf": np.inf, "huge": 1e200}
NETS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("net:tiny-cnn", {"image": (1, 5, 5)}, {"label": 1}),
    ("net:mlp:2-3-1", {"x": (2,)}, {}),
    ("net:mlp:1-1-1", {"x": (1,)}, {}),
    ("net:mlp:2-3-2", {"x": (2,)}, {"label": 0}),
]
TURNS = re.compile(r"^(\S+) turns (.+) into (.+)\.$")
PASSES = re.compile(r"^(\S+) passes the gradient back to (\S+): (.+) arrives, (.+) leaves\.")


def size(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    if len(shape) > 1:
        return "×".join(map(str, shape))
    return "a number" if shape in ((), (1,)) else f"{shape[0]} numbers"


def scope_faults(frame: Frame) -> Iterator[str]:
    """What is wrong with what is said of a folded scope."""
    step, trace = frame.step, frame.trace
    assert step is not None
    said = frame.sentence
    if match := TURNS.match(said):
        shapes = [np.shape(trace.values[i]) for i in trace.graph.nodes[step.node].inputs]
        if len(shapes) == 1 and match[2] != size(shapes[0]):
            yield f"{match[2]} is not {size(shapes[0])}"
        value = np.asarray(trace.values[step.node])
        single = value.size == 1 and match[3] != "a number"
        made = read(match[3]) if single else match[3]
        if made != (pytest.approx(value.item(), rel=1e-3) if single else size(value.shape)):
            yield f"{match[3]} is not {value}"
    elif match := PASSES.match(said):
        for text, array in ((match[3], step.upstream), (match[4], step.contribution)):
            numbers = [read(n) for n in re.findall(r"[−\d.e∞]+|NaN", text.replace("…", ""))]
            held = np.ravel(np.asarray(array, float))
            if text.startswith("an array of") or len(numbers) != held.size:
                continue
            if not np.allclose(numbers, held, 1e-3, 1e-12, equal_nan=True):
                yield f"{text} is not {held}"
    elif step.kind == "seed":
        return
    elif np.isfinite(np.asarray(step.contribution if step.edge else trace.values[step.node])).all():
        yield "nothing that it claims is checked"


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize(("source", "shapes", "labels"), NETS, ids=[n[0] for n in NETS])
def test_what_is_said_of_scopes_is_true(
    source: str, shapes: dict[str, Any], labels: dict[str, Any], fill: str
) -> None:
    values: dict[str, Any] = dict(labels)
    for name, shape in shapes.items():
        array = np.linspace(-1, 1, int(np.prod(shape))).reshape(shape)
        array.flat[0] = FILLS[fill]
        values[name] = array * (fill != "zeros")
    with np.errstate(all="ignore"):
        folded = gv.fold(gv.run(gv.net(source.removeprefix("net:")), values=values), depth=1)
    story, found, scopes = Story(folded), [], 0
    for frame in story:
        found += [f"{frame.sentence} [{fault}]" for fault in faults(frame)]
        if frame.step is not None and folded.graph.nodes[frame.step.node].op == "scope":
            scopes += 1
            found += [f"{frame.sentence} [{fault}]" for fault in scope_faults(frame)]
    assert found + list(untrue(story)) == [] and scopes >= 4
