"""Wrong numbers of lectures, publications and students: the cause is named, and how sure it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.graph.graph import labels
from gradviz.mistakes import Made, Mistake, every
from gradviz.mistakes.claims import Asked, fits, read, written
from gradviz.mistakes.edits import NOTHING, Edit
from gradviz.mistakes.made import is_looked_for, trials
from gradviz.mistakes.search import Search
from gradviz.mistakes.working import Working
from tests.mistakes.slip_cases import LECTURES, PUBLISHED, STUDENTS, Case
from tests.sampled import sampled
from tests.strategies import Sample, runs

CASES = [*LECTURES, *PUBLISHED, *STUDENTS]


def diagnosed(case: Case, **options: Any) -> Any:
    return gv.diagnose(case.source, *case.claims, values=case.values, **{**case.options, **options})


@sampled("case", CASES, few=17, ids=lambda case: case.id)
def test_the_cause_and_the_verdict(case: Case) -> None:
    found = diagnosed(case)
    verdicts = [f.verdict for f in found.findings]
    wanted = case.verdicts.split()
    assert len(verdicts) == len(wanted)
    assert all(v in w.split("|") for v, w in zip(verdicts, wanted, strict=True)), verdicts
    named = [f.best.slips[0].mistake for f in found.findings if f.best and f.best.slips]
    assert not case.causes or named[0] in case.causes.split(), (named, found.says)
    assert case.says in found.says


def test_the_whole_table_of_the_lecture_is_explained() -> None:
    """One chance in 17,000 that anything else gives all of its digits."""
    table = next(case for case in LECTURES if case.id == "whole-table")
    found = diagnosed(table)
    assert found.verdict == "explained" and found.chance < 1e-4


@sampled("case", CASES, few=10, ids=lambda case: case.id)
def test_a_working_without_slips_is_the_run_itself(case: Case) -> None:
    trace = gv.run(case.source, values=case.values)
    working = Working(trace)
    again = working.work(Edit(each=lambda node, x: x), frozenset(range(len(working.graph.nodes))))
    for node in trace.graph.nodes:
        here = working.inner[node.id]
        np.testing.assert_allclose(again.values[here], trace.values[node.id], rtol=1e-13)
        if trace.gradients[node.id] is not None:
            np.testing.assert_allclose(
                again.gradients[here], trace.gradients[node.id], rtol=1e-12, atol=1e-15
            )


SAMPLE = [*LECTURES[:3], *PUBLISHED[:1], *STUDENTS[-8:-4]]


@sampled("case", SAMPLE, few=3, ids=lambda case: case.id)
def test_an_edit_worked_in_part_gives_what_a_whole_pass_gives(case: Case) -> None:
    """Only what can differ is worked again; the same changes made to a whole run agree."""
    working = Working(gv.run(case.source, values=case.values))
    of = read(working, case.claims[:1])
    asked = Asked(working, of)
    program, truth = working.program, working.truth
    for trial in trials(asked, [m for m in every() if is_looked_for(m)])[::7]:
        edit = trial.made.edit
        if edit.written or edit.numerical or edit.step or edit.plan:
            continue
        changes = edit.changes(working.graph.output)
        inputs = [truth.values[n.id] for n in working.graph.inputs]
        values = program.forward(inputs, changes)
        partly = working.work(edit, asked.needed)
        np.testing.assert_allclose(partly.values[of[0].of.node], values[of[0].of.node])
        if asked.is_backward:
            seed = working.xp.asarray(working.trace.seed)
            gradients = program.backward(values, seed, changes)
            np.testing.assert_allclose(
                partly.gradients[of[0].of.node], gradients[of[0].of.node], rtol=1e-10
            )


# Slips of textbooks and forums: what is named first, as it was judged by hand.
HERE = Path(__file__).parent
SLIPS = [
    slip
    for name in ("slips.json", "slips-second.json", "slips-third.json", "slips-fourth.json")
    for slip in json.loads((HERE / name).read_text("utf-8"))
]
NAMED = json.loads((HERE / "slips-named.json").read_text("utf-8"))


def names_the_cause(slip: dict[str, Any]) -> None:
    options = {k: slip[k] for k in ("lr", "h") if k in slip}
    found = gv.diagnose(slip["source"], *slip["claims"], values=slip["inputs"], **options)
    wrong = [f for f in found.findings if not f.is_right]
    best = wrong[0].best or (found.together and found.together.best)
    assert best and best.slips[0].mistake == NAMED[slip["name"]], found.says


def test_three_quarters_of_the_slips_are_named_first() -> None:
    assert len(NAMED) >= 0.75 * len(SLIPS) and len(SLIPS) >= 40


SURELY = [slip for slip in SLIPS if slip["name"] in NAMED]


@sampled("slip", SURELY, few=9, ids=lambda slip: slip["name"])
def test_the_slips_are_named(slip: dict[str, Any]) -> None:
    names_the_cause(slip)


# Numbers as they are written.
@pytest.mark.parametrize(
    ("text", "result", "rounded", "cut"),
    [
        ("0.452", 0.45175, True, False),
        ("0.452", 0.4525, True, True),
        ("0.452", 0.45249, True, True),
        ("0.452", 0.4519, True, False),
        ("-0.118", -0.1185, True, True),
        ("-0.118", -0.1186, False, True),
        ("1.50", 1.496, True, False),
        ("1.5", 1.46, True, False),
        ("2", 2.4, True, True),
        ("2", 2.6, False, True),
        ("12 %", 0.1234, True, True),
        ("1/3", 1 / 3, True, True),
        ("1/3", 0.3333, False, False),
        ("1.2e-3", 0.001249, True, True),
        ("0.00", 0.004, True, True),
        ("-3", 3.0, False, False),
    ],
)
def test_every_digit_counts(text: str, result: float, rounded: bool, cut: bool) -> None:
    number = written(text)
    assert fits(number, result) == rounded
    assert fits(number, result, cut=True) == cut


@pytest.mark.parametrize(
    ("text", "decimals"),
    [
        ("[0.987, 0.223, 0.38]", [3, 3, 3]),  # 0.38 is 0.380 with its zero dropped
        ("[0.058, 2.36, 1.32]", [3, 2, 2]),  # all written with about three digits
        ("[24.5, 164.0, 0.18]", [1, 1, 2]),
        ("[0.5, _, 0.125]", [3, 3]),
    ],
)
def test_zeros_that_a_program_drops_at_the_end_of_a_number_count(
    text: str, decimals: list[int]
) -> None:
    working = Working(gv.run("e = exp(s)", s=[1, 2, 3]))
    assert [c.written.decimals for c in read(working, [f"e={text}"])] == decimals


def test_a_number_that_was_cut_off_is_right_and_that_is_said() -> None:
    found = gv.diagnose("y = x/3", "y=0.66", x=2)
    assert found.is_right and "cut off" in found.says


def test_with_a_step_gradients_may_be_measured_ones() -> None:
    """The lecture's table with its slopes written as gradients."""
    table = next(case for case in LECTURES if case.id == "whole-table")
    claims = [c.replace("slope W", "dW") for c in table.claims]
    found = gv.diagnose(table.source, *claims, values=table.values, h=0.001)
    verdicts = {f.claims[0].name: f.verdict for f in found.findings}
    assert verdicts["dW[0,0]"] == "follows"
    right = gv.diagnose(table.source, "dW[0,1]=0.3749", values=table.values, h=0.001)
    assert right.is_right, "by differences; backpropagation gives 0.3743"
    assert not gv.diagnose(table.source, "dW[0,1]=0.3749", values=table.values).is_right


def test_nothing_is_made_up_for_a_number_that_no_slip_gives() -> None:
    found = gv.diagnose("f = x*y + sin(z)", "f=8.713645", x=1.5, y=2.25, z=0.7)
    assert found.verdict == "unexplained" and found.findings[0].best is None


def test_two_slips_at_once_are_found_where_the_digits_carry_them() -> None:
    """log10 and b2 counted as 0: 0.5 (0.01 − σ(0.4 h1 + 0.45 h2))², worked out in NumPy."""
    net = STUDENTS[0]
    h = 1 / (1 + np.exp(-np.array([0.3775, 0.3925])))
    o = 1 / (1 + np.exp(-(0.4 * h[0] + 0.45 * h[1])))
    claim = f"E1={(o - 0.01) ** 2:.6f}"
    assert gv.diagnose(net.source, claim, values=net.values).verdict == "unexplained"
    found = gv.diagnose(net.source, claim, values=net.values, slips=2)
    best = found.findings[0].best
    assert best is not None and {s.mistake for s in best.slips} == {
        "constant-factor-left-out",
        "term-left-out-of-sum",
    }


def test_a_mistake_of_ones_own_is_looked_for_too() -> None:
    def places(asked: Asked) -> Iterator[Made]:
        yield Made(Edit(written=lambda results: tuple(r * 7 for r in results)))

    own = Mistake("sevenfold", about="working", places=places, says="it was taken seven times")
    found = gv.diagnose("f = x*y", "f=42.7", x=2, y=3.05, mistakes=[own])
    assert found.slips()[0].mistake == "sevenfold" and found.slips()[0].family == "own"
    assert "seven times" in found.says


def test_only_some_families_are_looked_for() -> None:
    case = LECTURES[0]
    assert diagnosed(case, only=["signs", "rounding"]).verdict == "unexplained"
    assert diagnosed(case, only=["functions"]).slips()[0].family == "functions"
    assert diagnosed(case, only=["logarithm-to-base-10"]).verdict == "explained"


def test_a_slip_is_data_with_its_place_and_its_step() -> None:
    found = diagnosed(STUDENTS[0])
    (slip,) = found.slips()
    trace = found.trace
    assert slip.place.edge is not None and slip.step == trace.step_of(slip.place.edge)
    assert trace.graph.nodes[slip.place.node].name == "o1" and slip.place.back
    data = found.data()
    assert data["schema"] == "gradviz.findings/1" and data["verdict"] == "explained"
    best = data["findings"][0]["best"]
    assert best["slips"][0]["mistake"] == "local-dropped" and best["slips"][0]["step"] == slip.step
    assert data["findings"][0]["others"] == []


def test_a_slip_inside_a_composite_is_told_where_the_composite_stands() -> None:
    """The logarithm of a cross-entropy to base 10: log10(e^2 + e^1) − 2/ln 10."""
    wrong = np.log10(np.exp(2) + np.exp(1)) - 2 / np.log(10)
    found = gv.diagnose("L = softmax_cross_entropy(s, 0)", f"L={wrong:.6f}", s=[2, 1])
    (slip,) = found.slips()
    assert slip.mistake == "logarithm-to-base-10" and slip.place.inside == "log"
    assert slip.step == 1 and "log inside L" in found.says


CLAIMS = [
    ("dz=0.2", "gradient"), ("df/dz=0.2", "gradient"), ("∂z=0.2", "gradient"),
    ("z->x0=1", "contribution"), ("new w0=1", "update"), ("slope w0=1", "slope"),
    ("f(w0+h)=1", "moved"), ("z=1", "value"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind"), CLAIMS)
def test_what_a_claim_is_about(text: str, kind: str) -> None:
    source, values = "a = w0*x0; z = a + w2; f = sigmoid(z)", {"w0": 2, "x0": -1, "w2": -3}
    working = Working(gv.run(source, values=values))
    text = text.replace("z->x0", "a->x0")
    (claim,) = read(working, [text])
    assert claim.of.kind == kind


BAD = [
    (["L"], {}, "not a claim"),
    (["=3"], {}, "not a claim"),
    (["L=three"], {}, "not numbers"),
    (["L=1.5 or 2"], {}, "not numbers"),
    (["Q=1"], {}, "no node called 'Q'"),
    (["L=[1, 2]"], {}, "has 1 number"),
    (["s=[1, 2]"], {}, "has 3 numbers"),
    (["s[3]=1"], {}, "no element"),
    (["s[0,0]=1"], {}, "no element"),
    (["L=1/0"], {}, "divides by 0"),
    (["L=1", "p=[_, 0.6, _]", "L=1.1"], {}, "claimed twice"),
    (["L=1e999"], {}, "too large"),
    (["new W[0,0]=1"], {}, "learning rate"),
    (["new W[0,0]=1"], {"lr": -1}, "above 0"),
    (["slope W[0,0]=1"], {}, "--h NUMBER"),
    (["slope W[0,0]=1"], {"h": float("nan")}, "above 0"),
    (["new s[0]=1"], {"lr": 0.1}, "is computed"),
    (["L->s=1"], {}, "no step of the backward pass"),
    (["L=1"], {"slips": 3}, "1 or 2"),
    (["L=1"], {"only": ["roundin"]}, "rounding"),
    ([], {}, "no number is claimed"),
]


@pytest.mark.parametrize(("claims", "options", "says"), BAD)
def test_bad_claims_are_refused_with_one_message(
    claims: list[str], options: dict[str, Any], says: str
) -> None:
    with pytest.raises(gv.GradvizError) as caught:
        gv.diagnose(LECTURES[0].source, *claims, values=LECTURES[0].values, **options)
    assert says in str(caught.value)


def test_exact_runs_and_very_long_graphs_are_refused() -> None:
    with pytest.raises(gv.GradvizError, match="numpy"):
        gv.diagnose(gv.run("x*y", x=2, y=3, backend="exact"), "f=5")
    chain = "a0 = x*x" + "".join(f"; a{k} = a{k - 1} + x" for k in range(1, 1200))
    with pytest.raises(gv.GradvizError, match="too large"):
        gv.diagnose(chain, "dx=5", x=1.0)


def test_a_gradient_of_an_array_needs_a_single_output() -> None:
    with pytest.raises(gv.GradvizError) as caught:
        gv.diagnose("s = W @ x", "dW[0,0]=1", W=[[1, 2], [3, 4]], x=[5, 6])
    assert "sum(" in str(caught.value)


def test_the_same_numbers_are_looked_up_not_worked_again() -> None:
    working = Working(gv.run(LECTURES[0].source, values=LECTURES[0].values))
    search = Search(working, [m for m in every() if is_looked_for(m)])
    (claim,) = read(working, ["L=0.452"])
    other = claim._replace(written=written("0.453"))
    first = search.explain(Asked(working, (claim,)))
    second = search.explain(Asked(working, (other,)))
    assert first.verdict == "explained" and second.verdict != "explained"
    assert len(search._known) == 1 and Asked(working, (claim,)).before is NOTHING


def test_a_cause_leaves_the_numbers_right_that_are_right() -> None:
    """dw = 2(y − t)·x is halved and db is not: the 2 of the square was not left out."""
    found = gv.diagnose("y = w*x + b; L = (y - t)**2", "L=4", "dw=6", "db=4", w=2, x=3, b=1, t=5)
    wrong = found.findings[1]
    assert wrong.best is not None
    named = [wrong.best, *wrong.others]
    assert all(s.mistake != "power-factor-left-out" for e in named for s in e.slips)
    alone = gv.diagnose("y = w*x + b; L = (y - t)**2", "dw=6", w=2, x=3, b=1, t=5)
    assert alone.slips()[0].mistake == "power-factor-left-out"


@settings(max_examples=25, deadline=None)
@given(runs(), st.integers(0, 3), st.sampled_from([-1.0, 0.5, 1.1, 2.0]))
def test_any_number_of_any_graph_can_be_asked_about(
    sample: Sample, decimals: int, factor: float
) -> None:
    trace = sample.run()
    asked = {labels(trace.graph)[trace.graph.output]: trace.values[trace.graph.output]}
    asked |= {f"d{trace.graph.nodes[i].name}": trace.gradients[i] for i in trace.wrt[:2]}
    for what, array in asked.items():
        true = np.ravel(np.asarray(array, float))
        if np.isfinite(true).all() and (abs(true) < 1e12).all():
            texts = ", ".join(f"{factor * t + 0.25:.{decimals}f}" for t in true)
            found = gv.diagnose(trace, f"{what}=[{texts}]" if np.ndim(array) else f"{what}={texts}")
            assert found.verdict and found.says
