"""Labels, shares and conditions: what is differentiated, and what stays a label."""

import json

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import ValueInputError

SCORES, SHARES = [1.0, 2.0, 3.0], [0.2, 0.3, 0.5]
LOSS = "softmax_cross_entropy(s, y)"


def surprisals(scores: object) -> np.ndarray:
    """−log softmax, written out."""
    s = np.asarray(scores, dtype=float)
    return np.log(np.exp(s).sum(-1, keepdims=True)) - s


def edges_of(trace: gv.Trace, name: str) -> int:
    return len(trace.contributions(name))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shares_receive_the_surprisal_of_their_class(dtype: str) -> None:
    trace = gv.run(LOSS, s=SCORES, y=SHARES, dtype=dtype)
    within = 1e-12 if dtype == "float64" else 1e-6
    np.testing.assert_allclose(trace.gradient("y"), surprisals(SCORES), rtol=within)
    assert trace.gradient("y").dtype == dtype and list(trace.result()) == ["s", "y"]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_shares_of_a_batch(reduction: str) -> None:
    s, y = [[1, 2, 4], [0.5, -1, 2]], [[0.1, 0.6, 0.3], [1, 1, 0]]
    upstream = [2.0, 3.0] if reduction == "none" else 3.0
    rows = (
        np.array([[2.0], [3.0]]) if reduction == "none" else 3 / (2 if reduction == "mean" else 1)
    )
    text = f"softmax_cross_entropy(s, y, reduction='{reduction}')"
    trace = gv.run(text, s=s, y=y, upstream=upstream)
    np.testing.assert_allclose(trace.gradient("y"), rows * surprisals(s), rtol=1e-12)


def test_shares_that_other_nodes_compute_pass_their_gradient_on() -> None:
    """Distillation: dz = p ⊙ (v − p·v) with p = softmax(z) and v = −log softmax(s)."""
    z = np.array([0.1, 0.2, 0.3])
    p, v = np.exp(z) / np.exp(z).sum(), surprisals(SCORES)
    trace = gv.run("softmax_cross_entropy(s, softmax(z))", s=SCORES, z=z)
    np.testing.assert_allclose(trace.gradient("z"), p * (v - p @ v), rtol=1e-12)


def test_a_one_hot_used_as_a_number_elsewhere_receives_both() -> None:
    y = np.array([0, 1, 0])
    trace = gv.run(f"{LOSS} + sum(y**2)", s=SCORES, y=y)
    np.testing.assert_allclose(trace.gradient("y"), surprisals(SCORES) + 2 * y, rtol=1e-12)


@pytest.mark.parametrize("label", [1, 1.0, [0, 1, 0], [0.0, 1.0, 0.0], [False, True, False]])
def test_a_class_and_a_one_hot_stay_labels_without_a_step(label: object) -> None:
    trace = gv.run(LOSS, s=SCORES, y=label)
    assert edges_of(trace, "y") == 0 and list(trace.result()) == ["s"]
    assert not np.any(trace.gradient("y"))


def test_wrt_differentiates_a_one_hot_but_no_class() -> None:
    trace = gv.run(LOSS, s=SCORES, y=[0, 1, 0], wrt="y")
    np.testing.assert_allclose(trace.gradient("y"), surprisals(SCORES), rtol=1e-12)
    assert edges_of(gv.run(LOSS, s=SCORES, y=1, wrt="s y"), "y") == 0
    assert edges_of(gv.run(LOSS, s=SCORES, y=SHARES, wrt="s"), "y") == 0
    computed = gv.run("softmax_cross_entropy(s, y[0])", s=SCORES, y=[1, 2])
    assert edges_of(computed, "y") == 0


def test_on_exact_numbers_and_symbols() -> None:
    exact = gv.run(LOSS, s=[0, 0], y=["1/3", "2/3"], backend="exact")
    assert [str(v) for v in exact.gradient("y")] == ["log(2)", "log(2)"]
    assert edges_of(gv.run(LOSS, s=[0, 0], y=[0, 1], backend="exact"), "y") == 0


def test_programs_are_kept_by_whole_and_real() -> None:
    """Replays in any order: what one call differentiates does not depend on the calls before."""
    program = gv.compile(LOSS)
    for label in (SHARES, [0, 1, 0], 2, [0, 0, 1], SHARES):
        again = gv.run(LOSS, s=SCORES, y=label)
        found = program.gradients(s=SCORES, y=label)
        assert np.array_equal(found["y"], again.gradient("y"))
        assert np.array_equal(found["s"], again.gradient("s"))
        assert edges_of(program.trace(s=SCORES, y=label), "y") == edges_of(again, "y")


def test_a_batch_is_whole_or_real_as_one() -> None:
    """A sample that happens to be a one-hot is differentiated like its neighbours."""
    s, y = np.array([SCORES, SCORES[::-1]]), np.array([[0.0, 1.0, 0.0], SHARES])
    found = gv.compile(LOSS).batch(s=s, y=y)
    np.testing.assert_allclose(found.gradients["y"], surprisals(s), rtol=1e-12)
    assert not gv.compile(LOSS).batch(s=s, y=np.eye(3)[:2]).gradients["y"].any()


@pytest.mark.parametrize("label", [SHARES, [0, 1, 0], 1])
@pytest.mark.parametrize("wrt", [None, "s y", "y"])
@pytest.mark.parametrize("backend", ["numpy", "exact"])
def test_a_saved_trace_reads_as_it_was(label: object, wrt: str | None, backend: str) -> None:
    trace = gv.run(LOSS, s=SCORES, y=label, wrt=wrt, backend=backend)
    again = gv.Trace.from_json(trace.to_json())
    assert again.to_json() == trace.to_json()
    assert again.result().keys() == trace.result().keys()
    assert again.graph.index_leaves == trace.graph.index_leaves


def test_a_label_without_a_gradient_cannot_contribute_in_a_file() -> None:
    document = json.loads(gv.run(LOSS, s=SCORES, y=SHARES).to_json())
    step = next(s for s in document["steps"] if s.get("edge", {}).get("slot") == 1)
    class_number = json.loads(gv.run(LOSS, s=SCORES, y=1).to_json())
    class_number["steps"].append({**step, "contribution": 0, "before": 0, "after": 0})
    with pytest.raises(gv.GradvizError, match="no gradient flows"):
        gv.Trace.from_json(json.dumps(class_number))


def test_the_inside_of_the_loss_brings_the_shares_the_same() -> None:
    trace = gv.run(f"f = {LOSS}", s=SCORES, y=SHARES)
    inside = gv.enter(trace, "f")
    np.testing.assert_allclose(inside.gradient("y"), trace.gradient("y"), rtol=1e-12)
    labelled = gv.run(f"f = {LOSS}", s=SCORES, y=[0, 1, 0])
    assert "y" not in gv.enter(labelled, "f").result()


@pytest.mark.parametrize("label", [SHARES, [0, 1, 0], 1])
def test_check_measures_every_label_that_may_be_real(label: object) -> None:
    row = gv.check(LOSS, s=SCORES, y=label)["y"]
    assert row.verdict == "agrees"
    if label == 1:
        assert row.exact is None and np.isnan(row.measured)
        assert "y takes whole numbers: it has no gradient" in row.notes
    else:
        np.testing.assert_allclose(row.ours, surprisals(SCORES), rtol=1e-12)
        np.testing.assert_allclose(row.measured, surprisals(SCORES), rtol=1e-6)


def test_shares_that_are_no_classes_are_refused_where_classes_are_wanted() -> None:
    with pytest.raises(ValueInputError, match="whole numbers"):
        gv.run(LOSS, s=SCORES, y=0.5)


CONDITION, A, B = [0.3, 2.0, 0.0, -1.0, float("nan")], [1, 2, 3, 4, 5], [6, 7, 8, 9, 10]
CHOSEN = [1, 1, 0, 1, 1]
"""As `np.where` chooses: whatever is not 0 is true, NaN too."""


def test_a_condition_in_numbers_is_true_wherever_it_is_not_0() -> None:
    assert np.where(CONDITION, 1, 0).tolist() == CHOSEN
    trace = gv.run("sum(where(c, a, b))", c=CONDITION, a=A, b=B)
    assert trace.gradient("a").tolist() == CHOSEN
    assert trace.gradient("b").tolist() == [1 - c for c in CHOSEN]
    assert trace.value("f") == np.where(CONDITION, A, B).sum()
    assert not trace.gradient("c").any()
    c, a, b = gv.inputs("c a b")
    python = gv.run(np.sum(np.where(c, a, b)), c=CONDITION, a=A, b=B)
    assert python.gradient("a").tolist() == CHOSEN
    single = gv.run("sum(where(c, a, b))", c=CONDITION, a=A, b=B, dtype="float32")
    assert single.gradient("a").tolist() == CHOSEN


@pytest.mark.parametrize("backend", ["numpy", "exact"])
@pytest.mark.parametrize(("c", "chosen"), [(0.3, 1), (2, 1), (-1, 1), (0, 0), (-0.0, 0)])
def test_scalar_conditions_in_every_way_of_running(c: float, chosen: int, backend: str) -> None:
    given = {"c": c, "a": 5, "b": 7}
    text = "where(c, a, b)"
    assert int(gv.run(text, **given, backend=backend).gradient("a")) == chosen
    program = gv.compile(text, backend=backend)
    for _ in range(3):  # interpreted, then written out
        assert int(program.gradients(**given)["a"]) == chosen
        assert int(program.value(**given)) == (5 if chosen else 7)
        assert int(program.trace(**given).gradient("b")) == 1 - chosen
    if backend == "numpy":
        columns = {name: np.array([v, v], dtype=float) for name, v in given.items()}
        assert program.batch(**columns).gradients["a"].tolist() == [chosen, chosen]
    mixed = gv.run("where(c*d, a, b)", c=c, d=1, a=5, b=7, backend=backend)
    assert int(mixed.gradient("a")) == chosen and int(mixed.gradient("c")) == 0
