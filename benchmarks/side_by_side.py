"""Timing calls that take turns, and the figures that come of it: what all benchmarks share."""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

Calls = dict[str, Callable[[], Any]]

ROUNDS, FEWEST = 9, 3
LEAST = 0.02
"""The least number of seconds for one timing; short calls are repeated."""
LONGEST = 8.0
"""After so many seconds a comparison ends early, with no fewer than `FEWEST` rounds."""
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Figure(NamedTuple):
    """What was measured: ours, and the peers' in the same unit; None for one that is missing."""

    name: str
    ours: float
    peers: dict[str, float | None] = {}


def environment(threads: int) -> dict[str, str]:
    """The environment of a process whose libraries use so many threads."""
    env = {**os.environ, **dict.fromkeys(THREADS, str(threads))}
    env.pop("OPENBLAS_CORETYPE", None)  # it can halve the speed of NumPy's products
    if threads == 1:
        env["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return env


def clock() -> Callable[[], float]:
    """Processor time where there is one thread, so that a busy machine matters less."""
    one = os.environ.get("OMP_NUM_THREADS", "1") == "1"
    return time.process_time if one else time.perf_counter


def timed(
    calls: Calls,
    *,
    rounds: int = ROUNDS,
    least: float = LEAST,
    middle: Callable[[list[float]], float] | None = None,
) -> dict[str, float]:
    """Seconds per call, with all calls taking turns: the median, or another `middle` of the rounds.
    Garbage is collected between timings.
    """
    middle = middle or statistics.median
    times: dict[str, list[float]] = {name: [] for name in calls}
    repeats = {name: max(1, int(least / taken(call, 1, warm=True))) for name, call in calls.items()}
    end = time.monotonic() + LONGEST
    for k in range(rounds):
        if k >= FEWEST and time.monotonic() > end:
            break
        for name, call in calls.items():
            times[name].append(taken(call, repeats[name]))
    return {name: middle(took) for name, took in times.items()}


def taken(call: Callable[[], Any], runs: int, *, warm: bool = False) -> float:
    """Seconds per call, of so many calls; after one that does not count if `warm`."""
    now = clock()
    if warm:
        call()
    gc.collect()
    gc.disable()
    start = now()
    try:
        for _ in range(runs):
            call()
    finally:
        gc.enable()
    return max(now() - start, 1e-6) / runs


def available(makers: dict[str, Callable[[], Callable[[], Any]]]) -> dict[str, Any]:
    """The calls of the peers that are installed; None for the others."""
    found: dict[str, Any] = {}
    for name, make in makers.items():
        try:
            found[name] = make()
        except ImportError:
            found[name] = None
    return found


def compared(name: str, ours: float, peers: Iterable[str], took: dict[str, float]) -> Figure:
    """Our figure with those of the peers among what was timed."""
    return Figure(name, ours, {peer: took.get(peer) for peer in peers})


def parser(about: str | None) -> argparse.ArgumentParser:
    """The options of a benchmark; `--json` is how `table.py` asks for its figures."""
    found = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    found.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    return found


def send(figures: Iterable[Figure]) -> None:
    """Print figures as they come, for `received`."""
    for figure in figures:
        print(json.dumps(figure._asdict()), flush=True)


def received(lines: Iterable[str]) -> Iterator[Figure]:
    """The figures that another process sends."""
    for line in lines:
        if line.startswith('{"name"'):
            yield Figure(**json.loads(line))
        else:
            print(line, end="", file=sys.stderr)
