"""Steps of optimisers, worked out by hand."""

from __future__ import annotations

from fractions import Fraction

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
    with pytest.raises(GradvizError, match="there is no optimiser 'adan'"):
        optimiser("adan")
    with pytest.raises(GradvizError, match="sgd has no option 'momentun'"):
        optimiser("sgd").step(for_backend(), 1.0, 2.0, {"momentun": 1})
