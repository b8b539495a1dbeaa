"""Steps of optimisers, worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from gradviz.engine.optimisers import optimiser
from gradviz.errors import GradvizError


def test_optimisers_step_as_pytorch_documents() -> None:
    """Worked out by hand from the formulas in the documentation of torch.optim."""
    from gradviz.arrays.rationals import Rationals

    xp, f = Rationals(), Fraction
    assert optimiser("sgd").step(xp, f(3), f(-2), {"lr": f(1, 10)})[0] == f(32, 10)
    w, state = optimiser("momentum").step(
        xp, f(1), f(2), {"lr": f(1, 2), "momentum": f(1, 2)}, {"v": f(4)}
    )
    assert (w, state["v"]) == (f(-1), f(4))
    w, state = optimiser("adam").step(xp, f(1), f(2), {"lr": f(1, 10), "eps": f(0)})
    assert (w, state["m"], state["v"]) == (f(9, 10), f(2, 10), f(4, 1000))
    w, state = optimiser("adam").step(xp, w, f(-2), {"lr": f(1, 10), "eps": f(0)}, state, t=2)
    # m = 0.9 · 0.2 − 0.2 = −0.02, m̂ = −0.02 / 0.19; v = 0.999 · 0.004 + 0.004 = 0.007996, v̂ = v /
    # 0.001999 = 4.
    assert state["m"] == f(-2, 100) and abs(w - (f(9, 10) + f(1, 10) * f(2, 19) / 2)) < f(1, 10**20)


def test_optimisers_on_floats_and_bad_names() -> None:
    from gradviz.arrays import for_backend

    assert float(optimiser("adam").step(for_backend(), 1.0, 2.0, {})[0]) == pytest.approx(0.999)
    with pytest.raises(GradvizError, match="there is no optimizer 'adan'"):
        optimiser("adan")
    with pytest.raises(GradvizError, match="sgd has no option 'momentun'"):
        optimiser("sgd").step(for_backend(), 1.0, 2.0, {"momentun": 1})


def test_nesterov_adagrad_rmsprop_and_adamw_step_as_pytorch_documents() -> None:
    """Worked out by hand, with numbers whose roots are whole."""
    from gradviz.arrays.rationals import Rationals

    xp, f = Rationals(), Fraction
    half, none = f(1, 2), {"eps": f(0)}
    options = {"lr": half, "momentum": half}
    w, state = optimiser("nesterov").step(xp, f(1), f(2), options, {"v": f(4)})
    assert (w, state["v"]) == (1 - half * (2 + half * 4), f(4))
    w, state = optimiser("adagrad").step(xp, f(1), f(3), {"lr": half, **none}, {"s": f(16)})
    assert (w, state["s"]) == (f(1) - half * f(3, 5), f(25))  # √(16 + 9) = 5
    options = {"lr": half, "alpha": half, **none}
    w, state = optimiser("rmsprop").step(xp, f(1), f(-4), options, {"s": f(16)})
    assert (w, state["s"]) == (f(3, 2), f(16))  # √(8 + 8) = 4
    w, _ = optimiser("adamw").step(xp, f(1), f(2), {"lr": half, "decay": half, **none})
    assert w == f(3, 4) - half  # first shrunk by a quarter, then Adam's first step of 1/2


def test_settings_of_a_descent_by_hand() -> None:
    import numpy as np

    from gradviz.arrays import for_backend
    from gradviz.engine.descent import descent

    w, g = np.array([2.0, -1.0]), np.array([3.0, 4.0])

    def stepped(k: int = 1, **settings: Any) -> list[float]:
        found, _ = descent("sgd", lr=0.5, **settings).step(w, g, {}, k, 10, for_backend())
        return [float(v) for v in found]

    assert stepped() == [0.5, -3.0]
    assert stepped(l2=0.5) == [2 - 0.5 * 4, -1 - 0.5 * 3.5]
    assert stepped(l1=1) == [2 - 0.5 * 4, -1 - 0.5 * 3]
    assert stepped(clip_value=3.5) == [0.5, -2.75]
    assert stepped(clip_norm=100) == [0.5, -3.0]
    assert stepped(clip_norm=1) == pytest.approx([2 - 0.5 * 0.6, -1 - 0.5 * 0.8], abs=1e-6)
    assert stepped(3, schedule="step,factor=0.5,every=2") == [2 - 0.25 * 3, -1 - 0.25 * 4]
    assert stepped(6, schedule="cosine") == [2 - 0.25 * 3, -1 - 0.25 * 4]  # halfway: half
    assert stepped(1, schedule="warmup,over=2") == [2 - 0.25 * 3, -1 - 0.25 * 4]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"lr": 0}, "the learning rate is not valid"),
        ({"lr": -0.1}, "the learning rate is not valid"),
        ({"lr": float("nan")}, "the learning rate is not valid"),
        ({"l2": -1}, "l2 is not valid"),
        ({"clip_norm": 0}, "clip_norm is not valid"),
        ({"momentum": 0.9}, "sgd has no option 'momentum'"),
        ({"schedule": "cosin"}, "there is no schedule 'cosin'"),
        ({"schedule": "step,every=0"}, "every of a schedule is not valid"),
        ({"schedule": "step,size=3"}, "the schedule step has no option 'size'"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], says: str) -> None:
    from gradviz.engine.descent import descent

    with pytest.raises(GradvizError, match=says):
        descent("sgd", **settings)
