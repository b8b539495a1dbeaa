"""JavaScript that gradviz writes, run by Node."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest

from gradviz.trace import Trace

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None, reason="node is not installed: what JavaScript computes was not proved"
)
REVIVE = """
const floats={"#nan":NaN,"#inf":Infinity,"#-inf":-Infinity};
const revive=v=>Array.isArray(v)?v.map(revive):v in floats?floats[v]:v;
const name=v=>v!==v?"#nan":v===Infinity?"#inf":v===-Infinity?"#-inf":Object.is(v,-0)?"#-0":v;
const keep=(k,v)=>typeof v==="number"?name(v):v;
"""


def plain(value: Any) -> Any:
    """Nested lists in which JSON can carry every float."""
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return f"#{value}" if isinstance(value, float) and not math.isfinite(value) else value


def parsed(value: Any) -> Any:
    """What Node gave, with every float."""
    if isinstance(value, dict):
        return {k: parsed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [parsed(v) for v in value]
    if type(value) is int:
        return float(value)
    return float(value[1:]) if isinstance(value, str) and value.startswith("#") else value


def run(text: str) -> str:
    """What a program prints."""
    assert NODE is not None
    done = subprocess.run([NODE, "-"], input=text, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def called(functions: Iterable[tuple[str, Sequence[Sequence[Any]]]]) -> list[list[Any]]:
    """What each function gives for each list of its arguments; all by one process."""
    lines = [REVIVE]
    for text, calls in functions:
        given = json.dumps(plain(list(calls)))
        lines.append(
            f"{{const f={text};console.log(JSON.stringify(revive({given}).map(a=>f(...a)),keep))}}"
        )
    return [parsed(json.loads(line)) for line in run("\n".join(lines)).splitlines()]


def inputs_of(trace: Trace) -> list[Any]:
    """The inputs of a run as `Live.run` takes them."""
    return [flat(trace.values[n.id]) for n in trace.graph.inputs]


def flat(value: Any) -> Any:
    """A value as a page has it: a number, a bool, or a flat list."""
    if value is None:
        return None
    array = np.asarray(value)
    return array.reshape(-1).tolist() if array.shape else array.item()


def recorded(trace: Trace) -> dict[str, Any]:
    """What `Live.run` has to give."""
    steps = [s for s in trace.steps if s.kind == "contribute"]
    return {
        "values": [flat(v) for v in trace.values],
        "gradients": [flat(g) for g in trace.gradients],
        "steps": [[flat(v) for v in (s.upstream, s.local, s.contribution, s.after)] for s in steps],
    }


def distance(ours: Any, theirs: Any, scale: float = 0.0) -> float:
    """The largest difference of two nests of numbers, relative to the larger of the two and
    `scale`; infinite where one is not finite and the other another.
    """
    if isinstance(theirs, dict):
        assert ours.keys() >= theirs.keys()
        return max(distance(ours[k], v, scale) for k, v in theirs.items())
    if isinstance(theirs, list):
        assert isinstance(ours, list) and len(ours) == len(theirs)
        return max((distance(a, b, scale) for a, b in zip(ours, theirs, strict=True)), default=0.0)
    if ours is None or theirs is None or isinstance(theirs, bool):
        return 0.0 if ours is theirs else math.inf
    if ours == theirs or (ours != ours and theirs != theirs):
        return 0.0
    if not (math.isfinite(ours) and math.isfinite(theirs)):
        return math.inf
    return abs(ours - theirs) / max(abs(ours), abs(theirs), scale)
