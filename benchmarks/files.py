"""Saving and loading the trace of a long scalar graph, beside the same numbers as plain data.

    python benchmarks/files.py [--steps 1000000]

gradviz checks every step of what it reads against the formulas of the ops. `pickle` and `json`
write the same columns as lists and read them without looking. Calls take turns, and the medians of
processor time count.
"""

from __future__ import annotations

import json
import pickle
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from scalars import grow, recipe
from side_by_side import Figure, compared, parser, send, timed

import gradviz as gv

STEPS, ROUNDS = 1_000_000, 3
STEPS_OF_ONE = 4.65
"""How many steps of a trace a step of a recipe makes."""
PEERS = ("pickle", "json")


def long_trace(steps: int) -> gv.Trace:
    names = [f"x{i}" for i in range(8)]
    output = grow(recipe(round(steps / STEPS_OF_ONE)), list(gv.inputs(names)), gv.relu)
    program = gv.compile(output)
    values = {name: 0.1 * i - 0.35 for i, name in enumerate(names)}
    return program.trace(**{n.name: values[n.name] for n in program.graph.inputs})


def plain(trace: gv.Trace) -> dict[str, Any]:
    """What a trace is made of, as lists."""
    graph, record = trace.graph, trace.recording
    return {
        "ops": [op and op.name for op in graph.ops],
        "operands": [list(operands) for operands in graph.args],
        "constants": [list(row) for row in graph.constants],
        "values": list(map(float, trace.values)),
        "gradients": [None if g is None else float(g) for g in trace.gradients],
        "edges": [list(edge) for edge in record.edges],
        **{name: list(getattr(record, name)) for name in ("local", "contribution", "after")},
    }


def figures(steps: int = STEPS) -> Iterator[Figure]:
    """Seconds to save and to load, and bytes a step."""
    trace = long_trace(steps)
    data = plain(trace)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pickled, text, ours = folder / "plain.pickle", folder / "plain.json", folder / "run.json"
        save: dict[str, Callable[[], Any]] = {
            "gradviz": lambda: trace.save(ours),
            "pickle": lambda: pickled.write_bytes(pickle.dumps(data)),
            "json": lambda: text.write_text(json.dumps(data)),
        }
        load: dict[str, Callable[[], Any]] = {
            "gradviz": lambda: gv.Trace.load(ours),
            "pickle": lambda: pickle.loads(pickled.read_bytes()),
            "json": lambda: json.loads(text.read_text()),
        }
        for what, calls in (("save", save), ("load", load)):
            took = timed(calls, rounds=ROUNDS)
            yield compared(what, took["gradviz"], PEERS, took)
        size = {
            "gradviz": sum(path.stat().st_size for path in (ours, ours.with_suffix(".npz"))),
            "pickle": pickled.stat().st_size,
            "json": text.stat().st_size,
        }
        each = {name: count / len(trace) for name, count in size.items()}
        yield compared("bytes a step", each["gradviz"], PEERS, each)


def main() -> None:
    """Print the figures."""
    options = parser(__doc__)
    options.add_argument("--steps", type=int, default=STEPS)
    given = options.parse_args()
    if given.json:
        send(figures(given.steps))
        return
    for name, ours, peers in figures(given.steps):
        shown = ", ".join(f"{peer} {value:.2f}" for peer, value in peers.items())
        print(f"{name:<14} {ours:>8.2f}   {shown}", flush=True)


if __name__ == "__main__":
    main()
