"""Every sentence is true: what a pattern claims is held against the numbers of its step, for every
pattern of every op over a grid of operands (`tests.story.grid`).
"""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.ops import Op, every
from gradviz.story import sentences
from gradviz.story.frame import Frame, Story
from tests.sampled import sampled
from tests.story.grid import Claims, runs

COUNTED = (
    "elements|losses|weights|cells|products|places|windows|targets|distances|differences|scores|"
    "exponentials|classes|examples|rows|columns|pieces|features|contributions|numbers|paths|ties|"
    "channels|groups|axes"
)
ONE_OF_MANY = re.compile(rf"(?<![\d.×/,·−]) ?(?<![\d.×/,·])\b1 (?:[a-z]+ )?(?:{COUNTED})\b")
CODE = re.compile(
    r" if | else |[{}]|np\.|==|\bTrue\b|\bFalse\b|\bNone\b|[=·(/] ?(?:true|false)\b|lambda|\(\)"
    r"|axis=|\bw_|''"
)

NOBODY = re.compile(r"\b0 of \d+ [^.;]*\breceives?\b")
TWICE = re.compile(r"(?:\bis |: )([^=:]+) = \1(?=$|[.,:]? |\.$)")


class Step:
    """The numbers of a step, as arrays."""

    def __init__(self, frame: Frame) -> None:
        trace, step = frame.trace, frame.step
        assert step is not None
        self.frame, self.trace, self.step = frame, trace, step
        self.node = step.node
        self.row = trace.graph.nodes[self.node]
        self.op = trace.graph.op(self.node)
        self.value = np.asarray(trace.values[self.node], float)
        self.operands = [np.asarray(trace.values[i], float) for i in self.row.inputs]
        self.backward = step.edge is not None
        if step.edge is not None:
            self.slot = step.edge.slot
            self.own = self.operands[self.slot]
            self.others = [v for i, v in enumerate(self.operands) if i != self.slot]
            self.upstream = np.asarray(step.upstream, float)
            self.brought = np.asarray(step.contribution, float)
            self.local = None if step.local is None else np.asarray(step.local, float)


CLAIMS = Claims()
claim = CLAIMS.of


def read(text: str) -> float:
    text = text.strip("()[].,:; ").replace("−", "-").replace("∞", "inf").replace("NaN", "nan")
    return float(text)


def near(a: float, b: Any) -> bool:
    """Equal in the four digits shown."""
    (value,) = np.ravel(np.asarray(b, float))
    if math.isnan(a) or math.isnan(value):
        return math.isnan(a) and math.isnan(value)
    return a == value or abs(a - value) <= 6e-4 * max(abs(a), abs(value), 1e-300)


@claim(r"A larger divisor makes a (smaller|larger) quotient")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.all(s.local <= 0 if m[1] == "smaller" else s.local >= 0))


@claim(r"^At (\S+) (?:the slope of|σ is|tanh is)")
def _(s: Step, m: re.Match[str]) -> bool:
    return near(read(m[1]), s.own)


@claim(r"^The slope of \S+ at (\S+) is")
def _(s: Step, m: re.Match[str]) -> bool:
    return near(read(m[1]), s.operands[0])


@claim(r": at (\S+) it is (\S+)\.$")
def _(s: Step, m: re.Match[str]) -> bool:
    return (" = " in m[0] or near(read(m[1]), s.own)) and near(read(m[2]), s.local)


@claim(r"^(\S+) > 0, so")
def _(s: Step, m: re.Match[str]) -> bool:
    return near(read(m[1]), s.own) and bool(np.all(s.own > 0))


@claim(r"^(\S+) < 0[:,]")
def _(s: Step, m: re.Match[str]) -> bool:
    return near(read(m[1]), s.own) and bool(np.all(s.own < 0))


@claim(r"^(\S+) ≤ 0:")
def _(s: Step, m: re.Match[str]) -> bool:
    return near(read(m[1]), s.own) and bool(np.all(s.own <= 0))


@claim(r"^Exactly 0")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.all(s.own == 0))


@claim(r"nothing passes|nothing reaches|brings (?:it )?nothing|no gradient passes|routes nothing")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.all(s.brought == 0))


@claim(r"lost the (max|min)")
def _(s: Step, m: re.Match[str]) -> bool:
    (other,) = s.others
    return bool(s.own < other if m[1] == "max" else s.own > other)


@claim(r"^(max|min) routes: .* beats")
def _(s: Step, m: re.Match[str]) -> bool:
    (other,) = s.others
    return bool(s.own > other if m[1] == "max" else s.own < other)


@claim(r"^(max|min) routes the gradient to the winner: \S+ won (\d+) of (\d+) places")
def _(s: Step, m: re.Match[str]) -> bool:
    (other,) = s.others
    won = np.broadcast_to(s.own > other if m[1] == "max" else s.own < other, s.value.shape)
    return int(m[2]) == won.sum() and int(m[3]) == s.value.size


@claim(r"(\d+) (?:is a tie|are ties)")
def _(s: Step, m: re.Match[str]) -> bool:
    (other,) = s.others
    return int(m[1]) == np.broadcast_to(s.own == other, s.value.shape).sum()


@claim(r"^Both inputs are (\S+): a tie")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(s.operands[0] == s.operands[1]) and near(read(m[1]), s.own)


@claim(r"a tie, and the slope is taken as 0|slope is taken as 0[.;]$")
def _(s: Step, m: re.Match[str]) -> bool:
    return s.value.size > 1 or bool(np.any(s.brought == 0))


@claim(r"(no element receives|only that one receives|only those receive|all receive) the gradient")
def _(s: Step, m: re.Match[str]) -> bool:
    passed = int((s.local != 0).sum())
    said = {0: "no element receives", s.local.size: "all receive", 1: "only that one receives"}
    return m[1] == said.get(passed, "only those receive")


@claim(r"open for (\d+) of (\d+) elements")
def _(s: Step, m: re.Match[str]) -> bool:
    return int(m[1]) == (s.own > 0).sum() and int(m[2]) == s.own.size


@claim(r"both inputs receive")
def _(s: Step, m: re.Match[str]) -> bool:
    edges = [e.slot for e in s.trace.recording.edges if e.target == s.node]
    return sorted(edges) == [0, 1]


@claim(r"(?:receives? the upstream gradient (\S+)?|the gradient passes|gradient passes) ?unchanged")
def _(s: Step, m: re.Match[str]) -> bool:
    same = s.brought.shape != s.upstream.shape or np.array_equal(
        s.brought, s.upstream, equal_nan=True
    )
    return same and (m[1] is None or near(read(m[1]), s.upstream))


@claim(r"sign turned|turns the sign|turns its sign")
def _(s: Step, m: re.Match[str]) -> bool:
    if not s.backward or s.brought.shape != s.upstream.shape:
        return True
    return np.array_equal(s.brought, -s.upstream, equal_nan=True)


@claim(r"receives (?:all of it|the whole gradient)")
def _(s: Step, m: re.Match[str]) -> bool:
    return np.array_equal(s.brought.sum(), s.upstream.sum(), equal_nan=True)


@claim(r"divides the gradient too: (\S+)/(\S+) = (\S+) for")
def _(s: Step, m: re.Match[str]) -> bool:
    return near(read(m[3]), s.brought) and near(read(m[2]), s.operands[1])


@claim(r"times the upstream gradient\.$")
def _(s: Step, m: re.Match[str]) -> bool:
    found = re.search(r"(?:receives |: )(\S+) times the upstream", m.string)
    return found is None or not re.match(r"[−\d∞]", found[1]) or near(read(found[1]), s.local)


@claim(r"(?:little|only \S+) of the gradient passes")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.all(np.abs(s.local) < 0.05))


@claim(r"The condition .* (does not hold|holds)")
def _(s: Step, m: re.Match[str]) -> bool:
    truth = s.operands[0] if "condition" in s.op.roles else s.value
    return bool(truth != 0) == (m[1] == "holds")


@claim(r"single element|only one element|its only element|single exponential")
def _(s: Step, m: re.Match[str]) -> bool:
    return (s.backward and bool(s.step.summed)) or s.operands[0].size == max(1, s.value.size)


@claim(
    r"(?:sum of|mean of|product of|largest of|smallest"
    r" of|√\(sum of squares\) of) (\d+) elements? is"
)
def _(s: Step, m: re.Match[str]) -> bool:
    return int(m[1]) == s.operands[0].size


@claim(r"only the (largest|smallest) element, (\S+), receives")
def _(s: Step, m: re.Match[str]) -> bool:
    best = s.own.max() if m[1] == "largest" else s.own.min()
    return near(read(m[2]), best) and (s.own == best).sum() == 1


@claim(r"^(\d+) elements share the")
def _(s: Step, m: re.Match[str]) -> bool:
    return int(m[1]) == (s.own == s.value).sum()


@claim(r"is a pole: near it")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.isinf(s.value).any()) and all(np.isfinite(v).any() for v in s.operands)


@claim(r"the slope is infinite: a pole")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.isinf(s.local).any())


@claim(r"infinities or zeros met in it")
def _(s: Step, m: re.Match[str]) -> bool:
    return any(((v == 0) | np.isinf(v)).any() for v in s.operands)


@claim(r"has no real logarithm")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.all(s.operands[0] < 0)) and bool(np.isnan(s.brought).any())


@claim(r"has no real value: |has no real value, so")
def _(s: Step, m: re.Match[str]) -> bool:
    there = np.isnan(s.value)
    given = [np.broadcast_to(v, s.value.shape)[there] for v in s.operands]
    return bool(there.any()) and all(not np.isnan(v).all() for v in given)


@claim(r"is larger than any number that fits")
def _(s: Step, m: re.Match[str]) -> bool:
    shown = s.brought if s.backward else s.value
    return not np.isfinite(shown).all()


@claim(r"has no value: the result is NaN|so \S+ receives NaN")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.isnan(s.brought if s.backward else s.value).any())


@claim(r"^(NaN|An infinity) came in")
def _(s: Step, m: re.Match[str]) -> bool:
    among = np.concatenate([np.ravel(v) for v in s.operands])
    return bool(np.isnan(among).any() if m[1] == "NaN" else not np.isfinite(among).all())


@claim(r"^(NaN|An infinity) arrives")
def _(s: Step, m: re.Match[str]) -> bool:
    u = s.upstream
    return bool(np.isnan(u).any() if m[1] == "NaN" else not np.isfinite(u).all())


@claim(r"positive for (\d+) of (\d+) scores?|below 1 receive a gradient[:,] (\d+) of (\d+)")
def _(s: Step, m: re.Match[str]) -> bool:
    scores, labels = s.operands
    count = (labels * scores < 1).sum()
    return int(m[1] or m[3]) == count and int(m[2] or m[4]) == scores.size


@claim(r"σ squashes (\S+) into|tanh squashes (\S+) into|ReLU keeps what is above 0: (\S+) becomes")
def _(s: Step, m: re.Match[str]) -> bool:
    return near(read(next(filter(None, m.groups()))), s.operands[0])


@claim(r"To the power of 0")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.all(s.operands[1] == 0)) and bool(np.all(s.value == 1))


@claim(r"At base 0")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.all(s.operands[0] == 0)) and bool(np.all(s.brought == 0))


@claim(r"0 over any divisor is 0")
def _(s: Step, m: re.Match[str]) -> bool:
    return bool(np.all(s.operands[0] == 0)) and bool(np.all(s.brought == 0))


@claim(r"what was chosen: \S+ in (\d+) of (\d+) places")
def _(s: Step, m: re.Match[str]) -> bool:
    chosen = np.broadcast_to((s.operands[0] != 0) == (s.slot == 1), s.value.shape)
    return int(m[1]) == chosen.sum() and int(m[2]) == s.value.size


@claim(
    r"(?<!No element )lies (between|outside) the bounds"
    r"|^Between the bounds: (\d+) of (\d+) elements"
)
def _(s: Step, m: re.Match[str]) -> bool:
    inside = np.ones(s.own.shape, bool)
    low, high = s.row.options["low"], s.row.options["high"]
    inside &= True if low is None else s.own > low
    inside &= True if high is None else s.own < high
    if m[1]:
        return bool(inside) == (m[1] == "between")
    return int(m[2]) == inside.sum() and int(m[3]) == s.own.size


@claim(r"√\(variance \+ eps\)(, then scaled)?( and shifted)?\.")
def _(s: Step, m: re.Match[str]) -> bool:
    return [bool(m[1]), bool(m[2])] == [len(s.operands) > 1, len(s.operands) > 2]


@claim(r"(\d+) windows? in all")
def _(s: Step, m: re.Match[str]) -> bool:
    return int(m[1]) == s.value.size


@claim(r"products, summed(, plus the bias)?\.")
def _(s: Step, m: re.Match[str]) -> bool:
    return (m[1] is not None) == (len(s.operands) == 3)


class Chosen:
    """Which pattern of which op each sentence was made from."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.keys: dict[int, set[str]] = defaultdict(set)
        choose = sentences._choose

        def recorded(words: Any, keys: list[str], default: str) -> str:
            self.keys[id(words)].update([next((k for k in keys if k in words), "")])
            return choose(words, keys, default)

        monkeypatch.setattr(sentences, "_choose", recorded)


def faults(frame: Frame) -> Iterator[str]:
    """What is wrong with a frame's sentence."""
    said = frame.sentence
    if not said or said[-1] != "." or len(said) > 260:
        yield "not a sentence"
    if ONE_OF_MANY.search(said):
        yield "plural of one"
    if CODE.search(said):
        yield "code in prose"
    if NOBODY.search(said) and "no element receives" not in said:
        yield "none of them receive"
    if TWICE.search(said):
        yield "said twice"
    if frame.strange and frame.step is not None and frame.step.kind != "seed" and not frame.remark:
        yield "no remedy"
    if frame.step is None or frame.step.kind == "seed":
        return
    step = Step(frame)
    brought = step.brought if step.backward else step.value
    if not np.isfinite(brought).all() and "means nothing" in said and "real value" not in said:
        yield "mute"
    for pattern, check in CLAIMS.items():
        if (match := re.search(pattern, said)) and not check(step, match):
            yield f"claim {pattern!r}"


def told_wrongly(op: Op, stride: int = 1) -> list[str]:
    """What is wrong in every `stride`-th run of the grid."""
    return [
        f"{told.what}: {frame.sentence}  [{fault}]"
        for told in itertools.islice(runs(op), 0, None, stride)
        for frame in Story(told.trace)
        for fault in faults(frame)
    ]


@sampled("op", every(), few=30, ids=lambda op: op.name)
def test_sentences_are_true(op: Op) -> None:
    wrong = told_wrongly(op, 11)
    assert not wrong, "\n".join(wrong[:12])


@pytest.mark.proof
@pytest.mark.parametrize("op", every(), ids=lambda op: op.name)
def test_every_sentence_is_true(op: Op, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Chosen(monkeypatch)
    wrong = told_wrongly(op)
    assert not wrong, "\n".join(wrong[:12]) + f"\n… {len(wrong)} in all"
    nowhere = {key for key in op.words if key.endswith(" none")}  # of NOWHERE, below
    nowhere |= {key for key in op.words if key.endswith((" skip", " body"))}  # of residual blocks
    unreached = set(op.words) - chosen.keys[id(op.words)] - nowhere
    assert not unreached, f"the grid does not reach {sorted(unreached)}"


@pytest.mark.proof
def test_every_claim_is_held_against_numbers() -> None:
    """No way of checking a claim stands idle."""
    traces = [told.trace for op in every() for told in runs(op)]
    traces += [gv.run(source, values=values) for source, values in FURTHER]
    said = [frame.sentence for trace in traces for frame in Story(trace)]
    text = "\n".join(dict.fromkeys(said))
    assert [p for p in CLAIMS if not re.search(p, text, re.MULTILINE)] == []


FURTHER: list[tuple[str, dict[str, Any]]] = [
    ("x*(2*x) + x", {"x": 3}),
    ("x*x", {"x": 0}),
    ("x - x", {"x": 2}),
    ("sum(x*x) + sum(x)", {"x": [1, -2]}),
    ("log(x)*x", {"x": -1}),
    ("exp(x)/exp(x)", {"x": 1000}),
    ("sqrt(x)*0", {"x": 0}),
    ("sum(X + b)", {"X": [[1.0, 2], [3, 4]], "b": [1, 2]}),
    ("sum(X + b)", {"X": [[1.0, 2]], "b": [1, 2]}),
    ("sum(X * b)", {"X": [[1.0, 2], [3, 4]], "b": 2}),
    ("sum(X * b)", {"X": [[1.0]], "b": 2}),
    ("sum(X * b)", {"X": [3.0], "b": 2}),
    ("sum(X * c)", {"X": [[1.0, 2], [3, 4]], "c": [[1], [2]]}),
    ("sum(maximum(X, b))", {"X": [[1.0, 2], [3, 4]], "b": 2}),
    ("sum(T * c)", {"T": np.ones((2, 1, 3)), "c": [[1.0], [2]]}),
    ("1 + x", {"x": 2}),
    ("x + y", {"x": 2, "y": 3}),
    ("(x > 1) * x", {"x": 2}),
    ("x / (x > 1)", {"x": 2}),
    ("x * (c == 1)", {"x": 2, "c": 0}),
    ("tan(x)", {"x": 1e-9}),
    ("sum(x**p)", {"x": [0.3], "p": [4.0]}),
    ("(2 > 1) * x", {"x": 2}),
    ("x / y", {"x": 1, "y": -0.0}),
]


@pytest.mark.parametrize("upstream", [1, -2])
@pytest.mark.parametrize(("source", "values"), FURTHER)
def test_branches_and_broadcasts_are_true(
    source: str, values: dict[str, Any], upstream: float
) -> None:
    wrong = []
    for frame in Story(gv.run(source, values=values, upstream=upstream)):
        wrong += [f"{frame.sentence} [{fault}]" for fault in faults(frame)]
        branch = frame.branch
        if branch is not None and branch.is_complete:  # its own reason, then the sum
            assert not frame.sentence.startswith("Gradients add")
            assert "Gradients add at a branch" in frame.sentence
    assert not wrong


@pytest.mark.parametrize(
    ("source", "values", "step", "reason", "remedy"),
    [
        ("1/x", {"x": 0}, 1, "1/0 = ∞ is a pole", "add a small eps, or clip it"),
        ("log(x)", {"x": 0}, 1, "log(0) = −∞ is a pole", "add a small eps, or clip it"),
        ("log(x)", {"x": -1}, 1, "log(−1) has no real value", "where inside the call"),
        ("log(x)", {"x": -1}, 3, "what reaches x through it means nothing", "where inside"),
        ("sqrt(x)", {"x": -1}, 1, "√(−1) has no real value", "where inside the call"),
        ("arcsin(x)", {"x": 2}, 1, "arcsin(2) has no real value: arcsin takes numbers from −1 to 1",
         "Clip x"),
        ("exp(x)", {"x": 1000}, 1, "exp(1000) is larger than any number", "subtract the maximum"),
        ("a/b", {"a": np.inf, "b": np.inf}, 1, "∞/∞ has no value", "Keep infinities from meeting"),
        ("a/b", {"a": 0, "b": 0}, 1, "0/0 has no value", ""),
        ("a/b", {"a": 0, "b": 0}, 3, "At 0/0 the slope is infinite: a pole", "Keep b off the pole"),
        ("a/b", {"a": 1, "b": -0.0}, 1, "1/(−0) = −∞ is a pole", "Keep b off the pole"),
        ("W @ x", {"W": [[1e308, 1e308]], "x": [10, 10]}, 1,
         "A number inside the matrix product is larger than any number that fits", "smaller"),
        ("a - b", {"a": np.inf, "b": np.inf}, 1, "∞ − ∞ has no value", "Keep infinities"),
        ("a * b", {"a": 0, "b": np.inf}, 1, "0 · ∞ has no value", "Keep infinities"),
        ("a + b", {"a": 0, "b": np.nan}, 1, "NaN came in with b", "b was given so"),
        ("sqrt(x)*0", {"x": 0}, 5, "0 arrives and meets a slope of ∞", "where inside the call"),
        ("sqrt(x)", {"x": 0}, 3, "1/(2 · 0) = ∞. At √0 the slope is infinite: a pole", "eps"),
        ("exp(x)/exp(x)", {"x": 1000}, 8, "NaN arrives from b", "It arose in step 1"),
        ("sum(log(x))", {"x": [1, -1, 0]}, 1, "log(−1) has no real value", "Clip x"),
    ],
)  # fmt: skip
def test_why_a_number_is_not_finite(
    source: str, values: dict[str, Any], step: int, reason: str, remedy: str
) -> None:
    frame = Story(gv.run(source, values=values)).frame(step)
    assert reason in frame.sentence and remedy in frame.remark and frame.strange


@pytest.mark.parametrize(
    ("source", "values", "step", "said"),
    [
        ("tan(x)", {"x": 1e-9}, 3, "The slope of tan is 1 + tan²: 1 + (1e−9)² = 1."),
        ("(x > 1) * x", {"x": 2}, 4, "× swaps its inputs: x receives the upstream gradient times a,"
         " 1 · 1 = 1."),
        ("x**2", {"x": 1e200}, 3, "The slope of x² at 1e200 is 2 · (1e200) = 2e200, so x receives"
         " 2e200 times the upstream gradient."),
        ("(2 > 1) * x", {"x": 2}, 1, "Is 2 > 1? The condition 2 > 1 holds."),
        ("sum(x**p)", {"x": [0.3], "p": [4]}, 5, "The slope of x^p at 0.3 is 4 · 0.3³ = 0.108, so x"
         " receives 0.108 times the upstream gradient."),
        ("sum(relu(x))", {"x": [-1, -2]}, 5, "ReLU is open for none of 2 elements: nothing"
         " passes."),
        ("sum(x > y) * y", {"x": [2], "y": [1]}, 1, "Is 2 > 1? The condition x > y holds."),
        ("sum(clip(x, 0, 1))", {"x": [-1, 2]}, 5, "No element lies between the bounds: nothing"
         " passes."),
        ("sum(maximum(x, y))", {"x": [-1, 0], "y": [1, 1]}, 5, "x won the max nowhere: this path"
         " brings it nothing."),
        ("sum(where(c, x, y))", {"c": [1, 1], "x": [1, 2], "y": [3, 4]}, 6, "y was chosen nowhere:"
         " nothing reaches it."),
    ],
)  # fmt: skip
def test_counts_of_none_brackets_and_conditions(
    source: str, values: dict[str, Any], step: int, said: str
) -> None:
    assert Story(gv.run(source, values=values)).frame(step).sentence == said


@pytest.mark.parametrize(
    ("source", "values", "step", "lines"),
    [
        ("sum(where(x > y, x, y))", {"x": [1, 2], "y": [2, 1]}, 6,
         "∂f/∂x ← u where a, else 0 = [1  1] where [0  1], else 0 = [0  1]"),
        ("(x > 1) * x", {"x": 2}, 2, "f = a · x = 1 · 2 = 2"),
        ("sum(arccos(x))", {"x": ["1/3", "1/2"]}, 1,
         "a = arccos(x) = arccos([1/3  1/2]) = [arccos(1/3)  π/3]"),
        ("sum(sqrt(x))", {"x": [8, 2]}, 1, "a = √x = √[8  2] = [2 · √2  √2]"),
        ("sqrt(x)", {"x": 10**20 + 39}, 1, "f = √x = √100000000000000000039"),
    ],
)  # fmt: skip
def test_exact_arrays_and_conditions_are_mathematics(
    source: str, values: dict[str, Any], step: int, lines: str
) -> None:
    frame = Story(gv.run(source, values=values, backend="exact")).frame(step)
    assert frame.formula is not None
    assert " ".join(frame.formula.unicode).startswith(lines)


def test_an_exact_local_gradient_of_0_is_0() -> None:
    said = Story(gv.run("sum(where(x > y, x, y))", x=[1, 2], y=[0, 1], backend="exact")).frame(7)
    assert said.sentence == "y was chosen nowhere: nothing reaches it."


def test_an_option_named_like_a_placeholder_is_the_option() -> None:
    said = Story(gv.run("leaky_relu(x, slope=0.25)", x=-3)).frame(3).sentence
    assert said == "−3 < 0: leaky ReLU lets 0.25 of the gradient leak through."


NOWHERE = [
    ("relu(x)", {"x": [-1.0, -2.0]}, "ReLU is open for none of 2 elements: nothing passes."),
    ("clip(x, -1, 1)", {"x": [3.0, -2.0]}, "No element lies between the bounds: nothing passes."),
    ("where(c, x, y)", {"c": [0, 0], "x": [1.0, 2], "y": [3.0, 4]}, "x was chosen nowhere"),
    ("maximum(x, y)", {"x": [1.0, 2], "y": [3.0, 4]}, "x won the max nowhere"),
    ("minimum(x, y)", {"x": [5.0, 6], "y": [3.0, 4]}, "x won the min nowhere"),
]


@pytest.mark.parametrize(("source", "values", "said"), NOWHERE)
def test_where_nothing_passes_that_is_said(source: str, values: Any, said: str) -> None:
    trace = gv.run(f"sum({source})", values=values)
    assert not np.any(trace.gradient("x"))
    assert any(frame.sentence.startswith(said) for frame in Story(trace))


def test_every_sentence_about_nowhere_is_tested() -> None:
    told = {op.name for op in every() if any(key.endswith(" none") for key in op.words)}
    assert told == {source.partition("(")[0] for source, *_ in NOWHERE}
