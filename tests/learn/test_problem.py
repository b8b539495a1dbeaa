"""What is to be learnt: the loss that is chosen, what takes the data, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.learn.learning import Run


def learnt(source: Any, **settings: Any) -> Run:
    return gv.learn(source, **{"passes": 3, "seed": 1} | settings)


def test_classes_get_cross_entropy_and_numbers_squared_error() -> None:
    """Each first loss is worked out with NumPy from the first weights."""
    run = learnt("x @ W + b", data="ring", W=[[1, 2], [3, 4]], b=[0, 1], batch=200)
    assert run.data is not None and "cross-entropy" in run.notes[0]
    s = run.data.x @ [[1, 2], [3, 4]] + [0, 1]
    p = np.exp(s) / np.exp(s).sum(axis=1, keepdims=True)
    assert run.losses[0] == pytest.approx(-np.log(p[np.arange(200), run.data.t]).mean())

    run = learnt("x @ w + b", data="linear", w=[0.5], b=0.25, batch=50)
    assert run.data is not None and "squared error" in run.notes[0]
    told = (run.data.x @ [0.5] + 0.25 - run.data.t) ** 2
    assert run.losses[0] == pytest.approx(told.mean())

    run = learnt("sigmoid(x @ w)", data="ring", w=[0.5, 1], batch=200)
    assert run.data is not None and "squared error" in run.notes[0]
    told = (1 / (1 + np.exp(-(run.data.x @ [0.5, 1]))) - run.data.t) ** 2
    assert run.losses[0] == pytest.approx(told.mean())


def test_a_vector_is_not_compared_with_a_column() -> None:
    """A target of n numbers beside predictions of n×1 would make n×n differences."""
    for source, w in (("mean((x @ w - t)**2)", [[0.5], [1]]), ("mean((x @ w - t)**2)", [0.5, 1])):
        run = learnt(source, data="ring", w=w, batch=200)
        assert run.data is not None
        told = (np.ravel(run.data.x @ np.array(w)) - run.data.t) ** 2
        assert run.losses[0] == pytest.approx(told.mean())


def test_a_loss_for_each_sample_is_averaged() -> None:
    run = learnt("(w1*x1 + w2*x2 - t)**2", data="ring", w1=0.5, w2=1, batch=200)
    assert run.data is not None
    told = (run.data.x @ [0.5, 1] - run.data.t) ** 2
    assert run.losses[0] == pytest.approx(told.mean())
    assert run.trained == ("w1", "w2")


def test_softmax_at_the_end_is_the_losss_own() -> None:
    run = learnt("softmax(x @ W)", data="ring", W=[[1, 2], [3, 4]], batch=200)
    assert [node.op for node in run.graph.nodes].count("softmax") == 0
    assert run.losses[0] == learnt("x @ W", data="ring", W=[[1, 2], [3, 4]], batch=200).losses[0]


def test_a_network_knows_its_data_and_draws_hand_set_weights_anew() -> None:
    run = learnt("net:xor")
    assert run.data is not None and run.data.name == "xor" and run.batch == 4
    assert any("W1, set by hand" in note for note in run.notes)
    assert run.weights(1)["W1"].tolist() != [[1, 1], [1, 1]]
    assert learnt("net:xor", seed=2).weights(1)["W1"].tolist() != run.weights(1)["W1"].tolist()
    kept = learnt("net:xor", keep_weights=True)
    assert kept.weights(1)["W1"].tolist() == [[1, 1], [1, 1]]
    assert kept.losses[0] == 0  # its weights solve it
    given = learnt("net:xor", W1=[[1, 2], [3, 4]])
    assert given.weights(1)["W1"].tolist() == [[1, 2], [3, 4]]


def test_only_the_parameters_asked_for_move() -> None:
    run = learnt("net:mlp:2-3-2", data="ring", wrt="W2,b2")
    assert run.trained == ("W2", "b2") and set(run.fixed) == {"W1", "b1"}


def test_columns_of_a_table_feed_inputs_of_their_names(tmp_path: Any) -> None:
    path = tmp_path / "points.csv"
    path.write_text("height,age,weight\n1,2,3\n4,5,6\n7,8,10\n")
    run = learnt("mean((a*height + b*age - weight)**2)", data=str(path), a=1, b=1)
    assert run.losses[0] == pytest.approx(((3 - 3) ** 2 + (9 - 6) ** 2 + (15 - 10) ** 2) / 3)
    run = learnt(
        "mean((a*weight + b*age - height)**2)", data=f"{path},target=height", a=1, b=1, batch=3
    )
    assert run.losses[0] == pytest.approx(((5 - 1) ** 2 + (11 - 4) ** 2 + (18 - 7) ** 2) / 3)


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    ("net:mlp:3-2", {"data": "ring"}, "do not fit the source"),
    ("net:mlp:3-2", {"data": "ring"}, r"(?s)x has the wrong shape.*expected: .*3.*got: .*2"),
    ("x @ W", {"data": "ring", "W": [[1, 2, 3]]}, "do not fit the source"),
    ("net:mlp:2-2", {"data": [[1, 2, 0], [3, 4, 1], [5, 6, 7]]}, r"(?s)sample 3.*0 to 1.*got: +7"),
    ("net:mlp:2-2", {"data": [[1, 2, 0], [3, 4, -1], [5, 6, 1]]}, r"(?s)sample 2.*got: +-1"),
    ("net:mlp:2-2", {"data": [[1, 2, 0], [3, 4, 0.5]]}, r"(?s)sample 2.*whole.*got: +0.5"),
    ("net:mlp:2-3", {"data": [[1, 2, 0], [3, 4, 3]]}, r"(?s)sample 2.*0 to 2.*3 outputs"),
    ("net:mlp:2-2", {"data": [[1, 2, 0], [3, float("nan"), 1]]}, "sample 2, feature 2"),
    ("net:mlp:2-2", {"data": ([[1, 2], [3, 4]], [0, float("inf")])}, "sample 2, target"),
    ("net:mlp:64-5-4", {"data": "digits"}, "fewer outputs than there are classes"),
    ("a*b", {"data": "ring", "a": 1, "b": 2}, "nothing in the source takes the data"),
    ("x @ W", {"data": "ring"}, "W has no first value"),
    ("net:xor,activation=step", {}, "no gradient reaches"),
    ("net:and", {"data": "xor"}, "no gradient reaches"),
    ("where(w > 0, 1, 0)", {"w": 1}, "no gradient reaches"),
    ("heaviside(3*w)", {"w": 1}, "no gradient reaches"),
    ("sign(w)**2", {"w": 1}, "no gradient reaches"),
    ("x * 2", {"x": [1, 2]}, "a loss is a single number"),
    ("3 + 4", {}, "nothing to train"),
    ("net:mlp:2-2", {"data": "ring", "wrt": "x"}, "takes the data"),
    ("net:mlp:2-2", {"data": "ring", "wrt": "W9"}, "W9"),
    ("net:mlp:2-2", {}, "no first value|value"),
    ("net:mlp:2-2", {"data": "rung"}, "there is no data set 'rung'"),
    ("net:mlp:2-2", {"data": "ring,size=3"}, "have no option 'size'"),
    ("net:mlp:2-2", {"data": "ring,count=0"}, "count is not valid"),
    ("net:mlp:2-2", {"data": "ring,count=2.5"}, "count is not valid"),
    ("net:mlp:2-2", {"data": "ring,test=200"}, "cannot be held out"),
    ("net:mlp:2-2", {"data": "parity,bits=40"}, "1 to 12 bits"),
    ("net:mlp:2-2", {"data": [[1, 2], [3]]}, "not samples"),
    ("net:mlp:2-2", {"data": [[1], [3]]}, "no table"),
    ("net:mlp:2-2", {"data": ([[1, 2]], [0, 1])}, "do not line up"),
    ("net:mlp:2-2", {"data": [[1, 2, float("nan")]]}, "NaN"),
    ("net:mlp:2-2", {"data": "ring", "lr": 0}, "learning rate is not valid"),
    ("net:mlp:2-2", {"data": "ring", "lr": -0.5}, "learning rate is not valid"),
    ("net:mlp:2-2", {"data": "ring", "optimizer": "adan"}, "there is no optimizer 'adan'"),
    ("net:mlp:2-2", {"data": "ring", "optimizer": "adam,beta=1"}, "no option 'beta'"),
    ("net:mlp:2-2", {"data": "ring", "optimizer": "adam,beta1=1"}, "beta1 is not valid"),
    ("net:mlp:2-2", {"data": "ring", "schedule": "stp"}, "there is no schedule 'stp'"),
    ("net:mlp:2-2", {"data": "ring", "passes": 0}, "passes is not valid"),
    ("net:mlp:2-2", {"data": "ring", "epochs": -1, "passes": None}, "epochs is not valid"),
    ("net:mlp:2-2", {"data": "ring", "epochs": 1}, "say two things"),
    ("net:mlp:2-2", {"data": "ring", "batch": 0}, "batch is not valid"),
    ("net:mlp:2-2", {"data": "ring", "seed": -1}, "seed is not valid"),
    ("(x-1)**2", {"x": 0, "batch": 3}, "no batches"),
    ("(x-1)**2", {"x": 0, "epochs": 3, "passes": None}, "no epochs"),
    ("net:mlp:2-2", {"data": "ring", "passes": 10**9}, "passes is not valid"),
    ("net:alexnet", {"data": "ring"}, "do not fit the source"),
]


@pytest.mark.parametrize(("source", "settings", "says"), REFUSED)
def test_what_does_not_fit_is_refused(source: Any, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(GradvizError, match=says):
        learnt(source, **settings)


def test_a_batch_larger_than_the_data_is_said() -> None:
    run = learnt("net:xor", batch=100)
    assert run.batch == 4 and any("more than the data" in note for note in run.notes)


def test_divergence_ends_the_run_and_says_why() -> None:
    run = learnt("(x - 3)**2", x=0, lr=2.0, passes=5000)
    assert run.diverged and run.passes < 5000
    assert "the rate 2 is too large" in run.stopped and "try 0.2" in run.stopped
    assert run.trace(run.passes).updates is not None
    assert not learnt("(x - 3)**2", x=0).diverged


def test_early_ends() -> None:
    run = learnt("(x - 3)**2", x=0, lr=0.25, passes=500, target=1e-3)
    # 9 · 4^−k: 9/4⁷ = 0.00055 is the first at most 0.001, the loss as pass 8 begins
    assert run.passes == 8 and "as was asked for" in run.stopped
    run = learnt("(x - 3)**2", x=3, passes=500, patience=4)
    assert run.passes == 5 and "has not fallen for 4 epochs" in run.stopped


def test_features_take_the_shape_that_a_network_declares() -> None:
    """The digits as images, row by row."""
    source = "net:conv-relu-pool-fc-softmax,image=1x8x8,filters=2"
    run = learnt(source, data="digits,count=40", batch=5)
    assert run.data is not None and run.feeds["image"] == "x:1x8x8"
    trace = run.trace(1)
    rows = run.samples(1).rows
    assert np.array_equal(trace.value("image")[0, 0], run.data.x[rows[0]].reshape(8, 8))
    assert "test" in run.scores()
