"""How long a diagnosis takes, and how often it names a cause for numbers that nobody got.

    python benchmarks/diagnose.py [NUMBERS]

Random wrong numbers are drawn in four ways for tasks of all kinds: within 5 % and 50 % of the right
one, of any size, and with other last digits. They are written with 4 to 6 significant digits.
Times are of the processor, the median and the largest of a query that starts from a trace.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import gradviz as gv
from gradviz.mistakes import every
from gradviz.mistakes.claims import Asked, fits, read
from gradviz.mistakes.made import is_looked_for
from gradviz.mistakes.search import Search
from gradviz.mistakes.working import Working
from gradviz.story.frame import Story
from gradviz.trace.findings import Written
from gradviz_tui.walk.quiz import grade, questions

NUMBERS = 5000
DIGITS = (4, 5, 6)
DRAWN = ("within 5 %", "within 50 %", "of any size", "last digits")
MOST_EXPLAINED, MEDIAN, QUICK = 0.003, 0.2, 0.02


class Task(NamedTuple):
    """A number that is asked for."""

    source: str
    values: dict[str, Any]
    name: str
    lr: float | None = None


NET = (
    "h1 = sigmoid(w1*i1 + w2*i2 + b1); h2 = sigmoid(w3*i1 + w4*i2 + b1);"
    " o1 = sigmoid(w5*h1 + w6*h2 + b2); o2 = sigmoid(w7*h1 + w8*h2 + b2);"
    " E = 0.5*(t1 - o1)**2 + 0.5*(t2 - o2)**2"
)
NET_AT = {
    "w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": 0.45, "w7": 0.5, "w8": 0.55,
    "b1": 0.35, "b2": 0.6, "i1": 0.05, "i2": 0.1, "t1": 0.01, "t2": 0.99,
}  # fmt: skip
SOFTMAX = "s = W @ x + b; e = exp(s); p = e / sum(e); L = -log(p[2])"
SOFTMAX_AT = {
    "W": [[0.01, -0.05, 0.1, 0.05], [0.7, 0.2, 0.05, 0.16], [0.0, -0.45, -0.2, 0.03]],
    "x": [-15, 22, -44, 56],
    "b": [0.0, 0.2, -0.3],
}
DISTANCE = "f = W @ x; L = norm(f - t)"
DISTANCE_AT = {
    "W": [[-0.1, 0.2, 0.15, 0.05], [0.25, 0.05, 0.2, -0.1], [0.25, 0.15, -0.15, 0.4]],
    "x": [0.1, 1.5, 0.07, 2.32],
    "t": [0, 1, 0],
}
LAYER = "z = W @ x + b; a = relu(z); L = sum((a - t)**2)"
LAYER_AT = {
    "W": [[1.0, -2], [0.5, 1.5], [-1, 0.3]],
    "x": [0.7, 1.1],
    "b": [0.1, -0.2, 0.4],
    "t": [0.5, 1.0, 0.2],
}
NEURON = (
    "z = w0*x0 + w1*x1 + w2; f = sigmoid(z)",
    {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
)
CONV = (
    "y = conv2d(x, k); L = sum(y*u)",
    {
        "x": [[[1, 2, 0, 1], [0, 1, 3, 2], [2, 1, 0, 1], [1, 0, 2, 3]]],
        "k": [[[[1, 0], [2, -1]]]],
        "u": [[[1, -2, 3], [0.5, 1, -1], [2, 0, 1.5]]],
    },
)
BATCH = (
    "L = mean(softmax_cross_entropy(X @ W + b, y))",
    {
        "X": [[1, 0.5], [-0.3, 2], [0.7, -1.2]],
        "W": [[0.2, -0.4, 0.1], [0.5, 0.3, -0.6]],
        "b": [0.1, 0, -0.1],
        "y": [0, 2, 1],
    },
)
TASKS = (
    Task(SOFTMAX, SOFTMAX_AT, "L"),
    Task(SOFTMAX, SOFTMAX_AT, "p[1]"),
    Task(SOFTMAX, SOFTMAX_AT, "dW[0,1]"),
    Task(NET, NET_AT, "dw5", 0.5),
    Task(NET, NET_AT, "dw1", 0.5),
    Task(NET, NET_AT, "E"),
    Task(NET, NET_AT, "new w5", 0.5),
    Task(*NEURON, "dx1"),
    Task(*NEURON, "f"),
    Task(DISTANCE, DISTANCE_AT, "L"),
    Task(DISTANCE, DISTANCE_AT, "dW[0,1]"),
    Task("L = softmax_cross_entropy(s, 0)", {"s": [3.2, 5.1, -1.7]}, "ds[1]"),
    Task(*CONV, "dx[0,1,2]"),
    Task(LAYER, LAYER_AT, "dx[0]"),
    Task(LAYER, LAYER_AT, "L"),
    Task(*BATCH, "L"),
    Task(*BATCH, "dW[0,0]"),
)


def main(numbers: int = NUMBERS) -> bool:
    """Print what was measured; whether all of it is as promised."""
    seen, by_task = alarms(numbers)
    as_promised = seen["explained"] <= MOST_EXPLAINED * numbers
    print(f"{numbers:,} random wrong numbers of 4 to 6 digits:")
    for verdict in ("explained", "likely", "too-few-digits", "unexplained"):
        print(f"  {verdict:15} {seen[verdict]:5}  {seen[verdict] / numbers:.2%}")
    print("  explained, by task: " + ", ".join(f"{k} {n}" for k, n in by_task.items() if n))
    for what, found, most in (
        ("a query", times(), MEDIAN),
        ("an answer in the quiz", answers(), QUICK),
    ):
        median = statistics.median(found)
        print(f"{what}: median {median * 1e3:.0f} ms, {max(found) * 1e3:.0f} ms at most")
        as_promised &= median < most
    return as_promised


def alarms(numbers: int) -> tuple[Counter[str], Counter[str]]:
    """How many numbers got which verdict, and how many were explained by task."""
    rng = np.random.default_rng(15)
    searches = [_search(task) for task in TASKS]
    seen: Counter[str] = Counter()
    by_task: Counter[str] = Counter()
    for k in range(numbers):
        task, (search, working) = TASKS[k % len(TASKS)], searches[k % len(TASKS)]
        digits, kind = DIGITS[k % len(DIGITS)], DRAWN[k // len(TASKS) % len(DRAWN)]
        (claim,) = read(working, [f"{task.name}=0.1"])
        true = Asked(working, (claim,), task.lr).true[0]
        decimals = max(digits - 1 - int(np.floor(np.log10(abs(true)))), 0)
        number = next(n for n in _drawn(kind, true, decimals, rng))
        written = Written(number, decimals, f"{number:.{decimals}f}")
        found = search.explain(Asked(working, (claim._replace(written=written),), task.lr))
        seen[found.verdict] += 1
        by_task[f"{task.name} of {task.source[-24:]}"] += found.verdict == "explained"
    return seen, by_task


def _drawn(kind: str, true: float, decimals: int, rng: Any) -> Iterator[float]:
    """Wrong numbers with so many decimals."""
    while True:
        if kind == "last digits":
            number = true + rng.integers(1, 30) * 10.0**-decimals * rng.choice([-1, 1])
        elif kind == "of any size":
            number = true * 10 ** rng.uniform(-1, 1) * rng.choice([1, 1, 1, -1])
        else:
            number = true * (1 + rng.uniform(-1, 1) * (0.05 if kind == DRAWN[0] else 0.5))
        written = Written(round(float(number), decimals), decimals, "")
        if not fits(written, true) and not fits(written, true, cut=True):
            yield written.value


def _search(task: Task) -> tuple[Search, Working]:
    working = Working(gv.run(task.source, values=task.values))
    return Search(working, [m for m in every() if is_looked_for(m)], task.lr), working


def times() -> list[float]:
    """Seconds of the processor for a query of each task: a number that a mistake made, and one that
    none made.
    """
    found = []
    for task in TASKS:
        trace = gv.run(task.source, values=task.values)
        true = Asked(Working(trace), read(Working(trace), [f"{task.name}=0.1"]), task.lr).true[0]
        for number in (-true, true * 1.2345):
            began = time.process_time()
            gv.diagnose(trace, f"{task.name}={number:.5f}", lr=task.lr)
            found.append(time.process_time() - began)
    return found


def answers() -> list[float]:
    """The same for wrong answers about every step of the runs."""
    found = []
    for task in TASKS:
        story = Story(gv.run(task.source, values=task.values))
        for question in questions(story, 0):
            began = time.process_time()
            grade(question, f"{question.answer * 1.2345:.4g}")
            found.append(time.process_time() - began)
    return found


if __name__ == "__main__":
    sys.exit(0 if main(*map(int, sys.argv[1:])) else 1)
