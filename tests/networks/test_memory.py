"""What a run of a large network keeps: its parameters, activations and gradients, and little
besides.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, resource, sys
import numpy as np
import gradviz as gv
gv.run("maxpool2d(x, 2)", x=np.zeros((4, 4)), dtype="float32", upstream=np.zeros((2, 2)))
unit = 1 if sys.platform == "darwin" else 1024
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
image = np.random.default_rng(0).standard_normal((3, 227, 227))
trace = gv.run("net:alexnet", image=image, label=3, dtype="float32")
nodes = range(len(trace.graph.nodes))
values = [trace.value(i) for i in nodes]
held = sum(np.asarray(v).nbytes for v in values)
gradients = sum(np.asarray(trace.gradient(n.name)).nbytes for n in trace.graph.parameters)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print(json.dumps([peak - before, held, gradients]))
"""


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="Windows does not report the largest memory of a process this way",
)
def test_alexnet_with_its_trace_stays_within_three_times_its_numbers() -> None:
    """Batch 1, float32, forward and backward: 62 million parameters and as many gradients, and the
    activations.
    """
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    largest, values, gradients = json.loads(done.stdout)
    assert gradients == 4 * 62_378_344
    assert largest < 3 * (values + gradients)
