"""Every sentence of a walk over cells is true, and every formula: what they claim is held against
the numbers of the step, for every op with cells over the grid of operands (`tests.story.grid`).
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.ops import Op, every
from gradviz.story.cells.frames import CellFrame, CellStory
from gradviz.trace.cells import CellStep, CellTrace, Place
from tests.story.grid import Claims, runs
from tests.story.test_claims import CODE, ONE_OF_MANY, near, read
from tests.story.test_equations import untrue

WITH_CELLS = [op for op in every() if op.combine]
MUTE = re.compile(r"means nothing|is in it|goes on from")
LONGEST = 135
"""Two lines of the terminal program."""


class Window:
    """A step over cells, its numbers looked up anew in the arrays of the trace."""

    def __init__(self, walk: CellTrace, step: CellStep) -> None:
        self.walk, self.step = walk, step
        self.arrays = [np.asarray(walk.value(slot), float) for slot in range(len(step.cells))]
        self.columns = [
            [None if c is None else float(a[c]) for c in cells or ()]
            for a, cells in zip(self.arrays, step.cells, strict=True)
        ]
        self.there = [n for n in self.columns[0] if n is not None]
        self.padded = len(self.columns[0]) - len(self.there)
        self.result = float(np.asarray(walk.value(None))[step.place])

    @property
    def products(self) -> list[float]:
        pairs = zip(self.columns[0], self.columns[1], strict=True)
        return [(a or 0.0) * (b or 0.0) for a, b in pairs]

    @property
    def upstream(self) -> float:
        return float(np.asarray(self.walk.upstream)[self.step.place])

    def slot_of(self, name: str) -> list[int]:
        return [i for i in range(len(self.arrays)) if self.walk.name(i) == name]

    def reaches(self, target: Place) -> int:
        """How many windows of the walk hold a cell of the operand that receives."""
        assert self.step.slot is not None
        return sum(target in (self.walk.window(p)[self.step.slot] or ()) for p in self.walk.places)


CLAIMS = Claims()
claim = CLAIMS.of


@claim(r"^(\S+) is the (largest|smallest) of (\d+)")
def _(w: Window, m: re.Match[str]) -> bool:
    best = max(w.there) if m[2] == "largest" else min(w.there)
    return near(read(m[1]), best) and int(m[3]) == len(w.there) > 1


@claim(r"it occurs (?:(twice)|(\d+) times)")
def _(w: Window, m: re.Match[str]) -> bool:
    return w.there.count(w.result) == (2 if m[1] else int(m[2]))


@claim(r"^(\S+) is the only number")
def _(w: Window, m: re.Match[str]) -> bool:
    return len(w.there) == 1 and near(read(m[1]), w.there[0])


@claim(r"window's (\d+) numbers(?:, (\d+) of them padding,)? have the mean (\S+)( but)?")
def _(w: Window, m: re.Match[str]) -> bool:
    count = int(m[1])
    wanted = len(w.there) if m[0].startswith("Without") or not m[2] else len(w.columns[0])
    mean = sum(w.there) / count
    zero = bool(m[4]) and abs(mean) < 1e-12
    return (
        count == wanted and int(m[2] or w.padded) == w.padded and (zero or near(read(m[3]), mean))
    )


@claim(r"^A single number is its own mean: (\S+)\.$")
def _(w: Window, m: re.Match[str]) -> bool:
    return len(w.there) == 1 and near(read(m[1]), w.there[0])


@claim(r"window's (\d+) numbers add up; their root, (\S+), is")
def _(w: Window, m: re.Match[str]) -> bool:
    return int(m[1]) == len(w.columns[0]) > 1 and near(read(m[2]), math.hypot(*w.there))


@claim(r"length of a single number is its absolute value: (\S+)\.$")
def _(w: Window, m: re.Match[str]) -> bool:
    return len(w.columns[0]) == 1 and near(read(m[1]), abs(w.there[0]))


@claim(r"(?:([Oo]ne) product|(\d+) products)")
def _(w: Window, m: re.Match[str]) -> bool:
    return len(w.products) == (1 if m[1] else int(m[2])) and (m[1] is not None or int(m[2]) > 1)


@claim(r"nothing to multiply: \S+ is (\S+)\.$")
def _(w: Window, m: re.Match[str]) -> bool:
    return not w.products and read(m[1]) == 0


@claim(r"product[^:]*: (\S+)( but for rounding)?\.$")
def _(w: Window, m: re.Match[str]) -> bool:
    total = math.fsum(w.products) + (w.columns[2][0] if len(w.columns) > 2 else 0)
    return near(read(m[1]), total) or (m[2] is not None and abs(total) < 1e-12)


@claim(r"products?, (?:(\d+|all) )?with padding")
def _(w: Window, m: re.Match[str]) -> bool:
    return w.padded == (int(m[1]) if m[1] and m[1] != "all" else len(w.products))


@claim(r"plus the bias (\S+):")
def _(w: Window, m: re.Match[str]) -> bool:
    return near(read(m[1]), w.columns[2][0])


@claim(r"No input cell reaches \S+: it is (?:0|the bias, (\S+))\.")
def _(w: Window, m: re.Match[str]) -> bool:
    return not w.products and (m[1] is None or near(read(m[1]), w.columns[2][0]))


@claim(r"(?:[Rr]ow|[Cc]olumn) \d+ of \w+")
def _(w: Window, m: re.Match[str]) -> bool:
    for kind, number, name in re.findall(r"(?i)(row|column) (\d+) of (\w+)", m.string):
        axis = -2 if kind.lower() == "row" else -1
        along = -3 - axis
        fits = [
            len({c[axis] for c in w.step.cells[slot]}) == 1
            and w.step.cells[slot][0][axis] == int(number) - 1
            and len(w.step.cells[slot]) == w.arrays[slot].shape[along]
            for slot in w.slot_of(name)
            if w.step.cells[slot] and w.arrays[slot].ndim > 1
        ]
        if not any(fits):
            return False
    return True


@claim(r"window at (?:row (\d+), column (\d+)|place (\d+))")
def _(w: Window, m: re.Match[str]) -> bool:
    said = [int(n) - 1 for n in m.groups() if n]
    return list(w.step.place[-len(said) :]) == said


@claim(r"meets kernel (\d+)")
def _(w: Window, m: re.Match[str]) -> bool:
    cells = w.step.cells[1] or ()
    return {c[0] for c in cells if c is not None} == {int(m[1]) - 1}


@claim(r"arrives at \S+ is 0, so this (?:window|cell) passes nothing on")
def _(w: Window, m: re.Match[str]) -> bool:
    return w.upstream == 0 and not any(w.step.contributions)


@claim(r"none receives anything|receives nothing|nothing passes")
def _(w: Window, m: re.Match[str]) -> bool:
    return not any(w.step.contributions)


@claim(r"receives? (?:the gradient |it )?(−?[\d.e−]+|NaN|∞) times")
def _(w: Window, m: re.Match[str]) -> bool:
    return near(read(m[1]), w.upstream)


@claim(r"[Tt]he gradient (−?[\d.e−]+) (?:goes|times)")
def _(w: Window, m: re.Match[str]) -> bool:
    return near(read(m[1]), w.upstream)


@claim(r"[Ee]ach (?:cell|weight)")
def _(w: Window, m: re.Match[str]) -> bool:
    return len(w.step.targets) > 1


@claim(
    r"The (?:only )?(?:cell|weight) (?:receives|takes)|it takes (?:the gradient|its)|which it met"
)
def _(w: Window, m: re.Match[str]) -> bool:
    return len(w.step.targets) == 1 or w.step.winner is not None


@claim(r"^(\S+) won .*gradient, (\S+); the others get nothing")
def _(w: Window, m: re.Match[str]) -> bool:
    best = max(w.there) if w.walk.rule == "max" else min(w.there)
    got = [c for c in w.step.contributions if c != 0]
    return near(read(m[1]), best) and near(read(m[2]), w.upstream) and got == [w.upstream]


@claim(r"^(\S+) is the (largest|smallest) in this window too")
def _(w: Window, m: re.Match[str]) -> bool:
    (i,) = [i for i, t in enumerate(w.step.through) if t != 0]
    return near(read(m[1]), w.result) and w.step.before[i] != 0


@claim(r"as well: overlapping|with what came before|[Oo]verlapping windows add up|parts add up\.$")
def _(w: Window, m: re.Match[str]) -> bool:
    return any(b != 0 for b in w.step.before)


@claim(r"All windows add up")
def _(w: Window, m: re.Match[str]) -> bool:
    return all(w.reaches(target) > 1 for target in w.step.targets)


@claim(r"(?:All (\d+) cells|(\d+) numbers.*) share the gradient equally: (\S+) / (\d+) each")
def _(w: Window, m: re.Match[str]) -> bool:
    count, divisor = int(m[1] or m[2]), int(m[4])
    share = w.upstream / divisor
    return (
        near(read(m[3]), w.upstream)
        and count in (len(w.columns[0]), divisor)
        and all(near(share, c) for c in w.step.contributions)
    )


@claim(r"takes the whole gradient, (\S+)\.")
def _(w: Window, m: re.Match[str]) -> bool:
    return w.step.contributions == (w.upstream,) and near(read(m[1]), w.upstream)


@claim(r"share of the length, x / (\S+), of the gradient (\S+)\.")
def _(w: Window, m: re.Match[str]) -> bool:
    size = math.hypot(*w.there)
    return near(read(m[1]), size) and all(
        math.isclose(c, w.upstream * n / size, rel_tol=1e-12)
        for c, n in zip(w.step.contributions, w.there, strict=True)
    )


@claim(r"The length is 0")
def _(w: Window, m: re.Match[str]) -> bool:
    return not any(w.there)


@claim(r"takes its gradient unchanged: (\S+)\.")
def _(w: Window, m: re.Match[str]) -> bool:
    return w.step.contributions == (w.upstream,) and near(read(m[1]), w.upstream)


@claim(r"^(NaN|An infinity) came in with (\w+)")
def _(w: Window, m: re.Match[str]) -> bool:
    among = [n for slot in w.slot_of(m[2]) for n in w.columns[slot] if n is not None]
    return any(map(math.isnan if m[1] == "NaN" else math.isinf, among))


@claim(r"^(NaN|An infinity) arrives from")
def _(w: Window, m: re.Match[str]) -> bool:
    return (math.isnan if m[1] == "NaN" else math.isinf)(w.upstream)


@claim(r"^(\w+) is (NaN|infinite) here")
def _(w: Window, m: re.Match[str]) -> bool:
    among = [n for slot in w.slot_of(m[1]) for n in w.columns[slot] if n is not None]
    return any(map(math.isnan if m[2] == "NaN" else math.isinf, among))


@claim(r"(∞ − ∞|0 · ∞|∞ · 0) has no value: the result is NaN")
def _(w: Window, m: re.Match[str]) -> bool:
    numbers = [n for column in w.columns for n in column if n is not None]
    return math.isnan(w.result) and any(map(math.isinf, numbers))


@claim(r"so (\w+) receives NaN\.$")
def _(w: Window, m: re.Match[str]) -> bool:
    return w.walk.name(w.step.slot or 0) == m[1] and any(map(math.isnan, w.step.contributions))


@claim(r"is larger than any number that fits: it overflows( to ∞| to −∞)?")
def _(w: Window, m: re.Match[str]) -> bool:
    brought = w.step.contributions if w.step.slot is not None else (w.result,)
    finite = all(math.isfinite(n) for column in w.columns for n in column if n is not None)
    return finite and any(map(math.isinf, brought))


@claim(r"^NaN counts as the (?:largest|smallest)")
def _(w: Window, m: re.Match[str]) -> bool:
    return any(map(math.isnan, w.there))


def faults(frame: CellFrame) -> Iterator[str]:
    """What is wrong with a frame's sentence."""
    said = frame.sentence
    if (
        said[-1] != "."
        or len(said) > LONGEST
        or (said[0].islower() and said.split()[0] in ("row",))
    ):
        yield "not a sentence"
    if ONE_OF_MANY.search(said) or CODE.search(said) or MUTE.search(said):
        yield "plural of one, code, or no reason"
    if frame.strange and not frame.note:
        yield "no remedy"
    assert frame.step is not None
    window, met = Window(frame.walk, frame.step), 0
    for pattern, check in CLAIMS.items():
        if match := re.search(pattern, said):
            met += 1
            if not check(window, match):
                yield f"claim {pattern!r}"
    if not met:
        yield "nothing that it claims is checked"


def walks(op: Op, stride: int = 1) -> Iterator[tuple[str, CellTrace]]:
    """The walks of every `stride`-th run of the grid, and over every sample of a batch."""
    for told in itertools.islice(runs(op), 0, None, stride):
        node = next(row.id for row in told.trace.graph.nodes if row.op == op.name)
        yield told.what, gv.cells(told.trace, node)


def told_wrongly(op: Op, stride: int = 1) -> list[str]:
    """What is wrong in the sentences and formulas of the grid."""
    found = []
    for what, walk in walks(op, stride):
        story = CellStory(walk)
        for frame in story:
            found += [f"{what}: {frame.sentence} [{fault}]" for fault in faults(frame)]
        found += [f"{what}: {equation}" for equation in untrue(story)]
    return found


@pytest.mark.parametrize("op", WITH_CELLS, ids=lambda op: op.name)
def test_sentences_and_formulas_are_true(op: Op) -> None:
    wrong = told_wrongly(op, 7)
    assert not wrong, "\n".join(wrong[:12])


@pytest.mark.proof
@pytest.mark.parametrize("op", WITH_CELLS, ids=lambda op: op.name)
def test_every_sentence_and_formula_is_true(op: Op) -> None:
    wrong = told_wrongly(op)
    assert not wrong, "\n".join(wrong[:12]) + f"\n… {len(wrong)} in all"


FURTHER: list[tuple[str, dict[str, Any], Any]] = [
    ("avgpool2d(x, 2, padding=1, count_include_pad=False)", {"x": [[1, 4], [2, 4]]}, 3),
    ("avgpool2d(x, 2, padding=1)", {"x": [[1, 4], [2, 4]]}, 3),
    ("avgpool2d(x, 3, padding=1, stride=1)", {"x": [[1, 4], [2, 4]]}, 3),
    ("avgpool2d(x, (1, 2))", {"x": [[1, -1]]}, 1),
    ("avgpool2d(x, (1, 3))", {"x": [[0.1, 0.2, -0.3]]}, 1),
    ("maxpool2d(x, 2, stride=2)", {"x": [[5, 5], [5, 5]]}, -2),
    ("maxpool2d(x, 2, stride=1)", {"x": [[1, 2, 1], [2, 9, 2], [1, 2, 1]]}, 1),
    ("maxpool2d(x, 2, padding=1)", {"x": [[7]]}, 2),
    ("maxpool2d(x, 1)", {"x": [[7, 8]]}, 2),
    ("l2pool2d(x, 2, stride=1)", {"x": [[0, 0, 3], [0, 0, 4]]}, 1),
    ("conv2d(x, w)", {"x": [[[1.0]]], "w": [[[[2.0]]]]}, 3),
    ("conv2d(x, w, padding=1)", {"x": [[[1.0]]], "w": [[[[2.0]]], [[[4.0]]]]}, 3),
    ("conv2d(x, w)", {"x": [[[1.0, np.inf], [2, 3]]], "w": [[[[2.0, 0]]]]}, 3),
    ("conv1d(x, w)", {"x": [[1.0, np.inf, -np.inf]], "w": [[[1.0, 1]]]}, 0),
    ("conv1d(x, w)", {"x": [[1.0, 2, 3]], "w": [[[1.0, 1]]]}, np.inf),
    ("conv1d(x, w)", {"x": [[1.0, 2, 3]], "w": [[[1.0, 0]]]}, np.inf),
    ("conv1d(x, w)", {"x": [[1.0, 2, 3]], "w": [[[1.0, 1]]]}, np.nan),
    ("conv1d(x, w)", {"x": [[1e200, 2, 3]], "w": [[[1e200, 1]]]}, 1e200),
    ("maxpool2d(x, 2)", {"x": [[1.0, np.nan], [2, 3]]}, np.inf),
    ("maxpool2d(x, 2)", {"x": [[1.0, np.nan], [2, 3]]}, 1),
    ("conv_transpose2d(x, w, stride=2)", {"x": [[[1.0]]], "w": [[[[2.0]]]]}, 3),
    ("conv_transpose2d(x, w, b, stride=2)",
     {"x": [[[1.0, 2]]], "w": [[[[2.0]]]], "b": [5.0]}, 3),
    ("linear(x, W)", {"x": [2.0], "W": [[3.0], [4]]}, 1),
    ("W @ x", {"x": [2.0], "W": [[3.0], [4]]}, 1),
    ("A @ B", {"A": [[2.0], [3]], "B": [[3.0, 4]]}, 1),
    ("A @ B", {"A": [[2.0, -2]], "B": [[3.0], [3]]}, 1),
    ("maxout(x, 1)", {"x": [2.0, 3]}, 1),
    ("maxout(x, 2)", {"x": [2.0, 2]}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("source", "values", "upstream"), FURTHER)
def test_sentences_at_edges_are_true(source: str, values: dict[str, Any], upstream: float) -> None:
    walk = gv.cells(_run(source, values, upstream), "f")
    story = CellStory(walk)
    wrong = [f"{frame.sentence} [{fault}]" for frame in story for fault in faults(frame)]
    assert wrong + list(untrue(story)) == []


def _run(source: str, values: dict[str, Any], upstream: float) -> Any:
    with np.errstate(all="ignore"):
        shape = np.shape(gv.run(source, values=values, wrt=[]).value("f"))
        return gv.run(source, values=values, upstream=np.full(shape, float(upstream)))


@pytest.mark.proof
def test_every_claim_is_held_against_numbers() -> None:
    """No way of checking a claim stands idle."""
    made = [walk for op in WITH_CELLS for _, walk in walks(op)]
    made += [gv.cells(_run(*further), "f") for further in FURTHER]
    said = "\n".join({frame.sentence for walk in made for frame in CellStory(walk)})
    assert [p for p in CLAIMS if not re.search(p, said, re.MULTILINE)] == []


@pytest.mark.parametrize("op", WITH_CELLS, ids=lambda op: op.name)
def test_a_walk_ends_at_the_recorded_gradient(op: Op) -> None:
    """At zeros, ties, NaN and infinities too: what the last window leaves is what was recorded."""
    compared = 0
    for what, walk in walks(op, 3):
        if not walk.places.is_whole:
            continue
        for slot in walk.slots:
            edges = walk.trace.recording.edges
            index = [(e.target, e.slot) for e in edges].index((walk.node, slot))
            recorded = np.asarray(walk.trace.recording.contribution[index])
            for number in range(len(walk.places)):
                walk.step(walk.first_step(slot) + number)  # raises where a window disagrees
            made = walk.gradient(slot, len(walk.places))
            if op.name == "conv_transpose2d":  # which multiplies what it crops by 0, infinities too
                made = np.where(np.isnan(recorded), np.nan, made)
            np.testing.assert_allclose(made, recorded, 1e-12, 1e-12, err_msg=what)
            compared += 1
    assert compared > 3


def test_a_window_without_infinities_knows_nothing_of_those_elsewhere() -> None:
    """The first window of [1 2 ∞] brings its cells numbers: 0 · ∞ is not part of it."""
    walk = gv.cells(
        gv.run("x @ W", values={"x": [1.0, 2], "W": [[3.0, np.inf], [4, 5]]}, upstream=[1, 1]), "f"
    )
    first = walk.step(walk.first_step(0))
    assert first.after == (3.0, 4.0) and walk.step(walk.first_step(0) + 1).after == (np.inf, 9.0)
