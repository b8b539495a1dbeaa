"""How gradients add up, against sums worked out by hand."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings

import gradviz as gv
from gradviz.engine.inside.cells import cells
from gradviz.story import walks
from gradviz.story.accumulation import MOST_TERMS, Branch
from gradviz.story.cells.frames import CellStory
from gradviz.story.frame import Story
from gradviz.story.maths import latex, unicode
from tests.strategies import SCALARS, Sample, runs

FORK = "y*(2*y) + y"
"""Its derivative is 4y + 1; the last sum passes 1 to y, then × sends back 2y and, by way of 2·y,
2y once more.
"""


def branches(source: str, name: str, **values: object) -> list[Branch]:
    """What stands at a branch after each of its contributions."""
    story = Story(gv.run(source, values=values))
    node = story.trace.graph.find(name)
    found = [story.frame(s.number).branch for s in story.trace.contributions(node)]
    assert found == [story.branch(node, s.number) for s in story.trace.contributions(node)]
    return [branch for branch in found if branch is not None]


def test_the_terms_come_one_by_one() -> None:
    first, second, last = branches(FORK, "y", y=3)
    assert [t.value and float(t.value) for t in first.terms] == [1, None, None]
    assert [t.value and float(t.value) for t in second.terms] == [1, 6, None]
    assert [float(t.value) for t in last.terms] == [1, 6, 6]
    assert [t.via for t in last.terms] == ["f", "b", "a"]
    assert [b.arrived for b in (first, second, last)] == [1, 2, 3] and last.of == 3
    assert [float(b.total) for b in (first, second, last)] == [1, 7, 13]
    assert [b.said for b in (first, second, last)] == ["1 of 3", "2 of 3", "Σ 1 + 6 + 6 = 13"]
    assert [b.note for b in (first, second, last)] == ["1 of 3", "2 of 3", "Σ 1 + 6 + 6"]
    assert first.written is None and last.written is not None
    assert latex.write(last.written) == "1 + 6 + 6 = 13"


def test_a_value_that_is_used_once_has_no_branch() -> None:
    story = Story(gv.run("x*y", x=2, y=3))
    assert [f.branch for f in story] == [None] * 4 and story.branch(0, 4) is None


def test_before_the_first_term_nothing_is_said() -> None:
    story = Story(gv.run(FORK, y=3))
    start = story.frame(1).branch_at(story.trace.graph.find("y"))
    assert start is not None and (start.arrived, start.said, start.note) == (0, "", "")
    assert start.total is None and all(t.value is None for t in start.terms)


def test_negative_terms_are_in_brackets() -> None:
    last = branches("y - x*2 - x", "x", x=1, y=0)[-1]
    # d/dx (y - 2x - x) = -1 - 2, the outer subtraction first
    assert last.said == "Σ −1 + (−2) = −3"


def test_a_sum_has_as_many_digits_as_hand_arithmetic_needs() -> None:
    """0.4337475 + 0.3457312 is 0.7795, but 0.4337 + 0.3457 would be 0.7794."""
    last = branches("gelu(x)*where(x > y, x, y)", "x", x=0.5, y=0.3)[-1]
    # gelu(x) = x Φ(x), so the derivative of gelu(x) · x is x (Φ(x) + x φ(x)) + x Φ(x)
    phi, big = math.exp(-0.125) / math.sqrt(2 * math.pi), (1 + math.erf(0.5 / math.sqrt(2))) / 2
    through, beside = 0.5 * (big + 0.5 * phi), 0.5 * big
    assert sorted(float(t.value) for t in last.terms) == pytest.approx(sorted([through, beside]))
    assert last.said == "Σ 0.43375 + 0.34573 = 0.7795"


def test_sums_of_more_terms_are_counted() -> None:
    eight = branches(" + ".join(f"{n}*x" for n in range(1, MOST_TERMS + 1)), "x", x=1)[-1]
    assert eight.said == "Σ 8 + 7 + 6 + 5 + 4 + 3 + 1 + 2 = 36"
    assert eight.note == "Σ of 8"  # 31 characters are more than a picture has room for
    nine = branches(" + ".join(f"{n}*x" for n in range(1, MOST_TERMS + 2)), "x", x=1)[-1]
    assert (nine.said, nine.note) == ("Σ of 9: complete", "Σ of 9")
    assert nine.terms == () and float(nine.total) == 45


def test_sums_of_arrays_are_counted() -> None:
    last = branches("sum(x*x) + sum(x)", "x", x=[1, 2])[-1]
    assert (last.said, last.note) == ("Σ of 3: complete", "Σ of 3")
    assert last.total.tolist() == [3, 5] and last.written is None


def test_exact_sums_are_written_as_mathematics() -> None:
    story = Story(gv.run("x*(2*y) + x", backend="exact"))
    last = story.branch(story.trace.graph.find("x"), len(story.trace))
    assert last is not None and last.said == "Σ 1 + 2 · y = 2 · y + 1"


def test_before_plus_contribution_is_after() -> None:
    story = Story(gv.run(FORK, y=3))
    found = [f.accumulation for f in story if f.edge is not None and f.edge.source == 0]
    written = [unicode.text(a.written) for a in found if a is not None]
    assert sorted(written) == sorted(["0 + 1 → 1", "1 + 6 → 7", "7 + 6 → 13"])
    assert [unicode.text(a.left) for a in found if a is not None] == ["dy"] * 3
    assert all(f.accumulation is None for f in story if f.phase != "backward")


@settings(max_examples=60)
@given(runs(shapes=SCALARS))
def test_the_terms_of_any_branch_add_up(sample: Sample) -> None:
    """The last total is the gradient, and the sum of the terms as Python adds them."""
    story = Story(sample.run())
    for node, gradient in enumerate(story.trace.gradients):
        branch = story.branch(node, len(story.trace))
        if branch is None:
            continue
        assert branch.is_complete and branch.of == len(story.trace.contributions(node))
        assert float(branch.total) == pytest.approx(float(gradient), nan_ok=True)
        if branch.terms and math.isfinite(float(gradient)):
            total = math.fsum(float(t.value) for t in branch.terms)
            scale = max(abs(float(t.value)) for t in branch.terms)
            assert float(branch.total) == pytest.approx(total, rel=1e-12, abs=1e-12 * scale)


def test_a_window_adds_to_the_cell_that_its_formula_is_about() -> None:
    """Two windows of 2 overlap in the middle cell, which is the largest of both."""
    trace = gv.run("maxpool2d(x, (1, 2), stride=1)", x=[[1, 5, 2]], upstream=[[3, 4]])
    story = CellStory(cells(trace, "f"))
    assert [f.accumulation is None for f in story] == [True, True, False, False]
    first, second = (story.frame(k).accumulation for k in (3, 4))
    assert first is not None and second is not None
    assert [unicode.text(a.written) for a in (first, second)] == ["0 + 3 → 3", "3 + 4 → 7"]
    assert unicode.text(second.left) == "dx₁₂"


def told(source: str, **values: object) -> list[dict[str, Any]]:
    """The steps of a run as they come out of `show --json`."""
    found = walks.data(gv.run(source, values=values))
    return json.loads(json.dumps(found, allow_nan=False))["steps"]


def test_the_sum_at_a_branch_as_data() -> None:
    steps = told(FORK, y=3)
    assert all((s["branch"] is None) == (not s["edge"] or s["edge"]["source"] != 0) for s in steps)
    partial, last = [s["branch"] for s in steps if s["branch"]][1:]
    assert (partial["of"], partial["arrived"], partial["to_come"], partial["total"]) == (3, 2, 1, 7)
    assert partial["said"] == "2 of 3" and partial["sum"] is None
    assert [(t["via"], t["value"]) for t in partial["terms"]] == [("f", 1), ("b", 6), ("a", None)]
    assert [t["step"] for t in last["terms"]] == [s["step"] for s in steps if s["branch"]]
    assert last["sum"] == dict.fromkeys(("latex", "unicode", "typst"), "1 + 6 + 6 = 13")
    added = steps[-1]["accumulation"]
    assert (added["before"], added["contribution"], added["after"]) == (7, 6, 13)
    assert added["latex"] == r"7 + 6 \to 13" and added["node"] == 0


def test_larger_arrays_and_longer_sums_are_null_as_data() -> None:
    last = told("sum(x*x) + sum(x)", x=[1.0] * 6)[-1]
    assert [last["accumulation"][k] for k in ("before", "contribution", "after")] == [None] * 3
    assert last["branch"]["total"] is None and last["branch"]["sum"] is None
    assert [t["value"] for t in last["branch"]["terms"]] == [None] * 3
    assert told("+".join(["x"] * 9), x=1)[-1]["branch"]["terms"] is None
    small = told("sum(x*x) + sum(x)", x=[1, 2])[-1]
    assert small["branch"]["total"] == [3, 5] and small["accumulation"]["after"] == [3, 5]


def test_numbers_that_json_does_not_have_are_text() -> None:
    assert told("log(x)*x", x=-1)[-1]["accumulation"]["after"] == "NaN"
