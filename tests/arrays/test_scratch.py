"""Memory that is kept between calls: who shares it, and that no result ever lies in it."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradviz.arrays import for_backend
from gradviz.arrays.kernels import scratch as kept
from gradviz.arrays.kernels.scratch import LARGE, Pool, fresh, scratch
from gradviz.ops import get

XP = for_backend("numpy", "float64")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    kept._kept.arrays.clear()
    yield
    kept._kept.arrays.clear()


def test_the_same_use_gets_the_same_memory() -> None:
    first = scratch(XP, "a", (4, 6), "float64")
    again = scratch(XP, "a", (3, 2), "float64")
    assert first.shape == (4, 6) and again.shape == (3, 2) and np.shares_memory(first, again)
    assert not np.shares_memory(first, scratch(XP, "b", (4, 6), "float64"))
    assert not np.shares_memory(first, scratch(XP, "a", (4, 6), "float32"))
    larger = scratch(XP, "a", (5, 6), "float64")
    assert larger.shape == (5, 6) and not np.shares_memory(first, larger)


def test_threads_share_nothing() -> None:
    found: list[Any] = [scratch(XP, "a", (9,), "float64")]
    thread = threading.Thread(target=lambda: found.append(scratch(XP, "a", (9,), "float64")))
    thread.start()
    thread.join()
    assert not np.shares_memory(*found)


def test_what_is_large_or_exact_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 64)
    for xp, size, dtype in ((XP, 9, "float64"), (for_backend("exact"), 2, object)):
        assert not np.shares_memory(
            scratch(xp, "a", (size,), dtype), scratch(xp, "a", (size,), dtype)
        )


@pytest.mark.parametrize(
    ("channels", "size", "groups"),
    [(2, 8, 1), (4, 6, 4), (96, 26, 1)],
    ids=["columns", "depthwise", "Winograd"],
)
def test_no_result_lies_in_kept_memory(channels: int, size: int, groups: int) -> None:
    """The results of one call are what they were after another call."""
    op, rng = get("conv2d"), np.random.default_rng(0)
    options = {**op.options, "padding": 1, "groups": groups}

    def results() -> list[Any]:
        x, g = rng.normal(size=(2, 2, channels, size, size))
        w = rng.normal(size=(channels, channels // groups, 3, 3))
        y = op.forward(XP, x, w, **options)
        return [y, *(op.vjp[slot](XP, g, y, x, w, **options) for slot in range(2))]

    first = results()
    copies = [a.copy() for a in first]
    results()
    assert kept._kept.arrays
    for a, copy in zip(first, copies, strict=True):
        np.testing.assert_array_equal(a, copy)
        assert not any(np.shares_memory(a, memory) for memory in kept._kept.arrays.values())


SIDE = (LARGE // 8, 1)


def test_a_pool_fills_again_what_nobody_holds() -> None:
    pool = Pool()
    with pool.open():
        first = fresh(XP, SIDE, "float64")
        place = first.ctypes.data
        second = fresh(XP, SIDE, "float64")
        assert not np.shares_memory(first, second)
        view = first[:3]
        del first
        assert fresh(XP, SIDE, "float64").ctypes.data != place
        del view
        assert fresh(XP, SIDE, "float64").ctypes.data == place
        small = fresh(XP, (4, 4), "float64")
        assert not any(small is a for arrays in pool._arrays.values() for a in arrays)
    assert kept._kept.pool is None


def test_a_pool_keeps_two_runs_of_results_and_no_more() -> None:
    pool = Pool()
    held = []
    for _ in range(5):
        with pool.open():
            held += [fresh(XP, SIDE, "float64") for _ in range(3)]
    assert len({id(a) for a in held}) == 15
    assert [len(a) for a in pool._arrays.values()] == [6]


def test_a_pool_closes_when_something_goes_wrong() -> None:
    with pytest.raises(RuntimeError, match="wrong"), Pool().open():
        raise RuntimeError("wrong")
    assert kept._kept.pool is None


def test_results_that_are_held_stay_as_they_are() -> None:
    """A compiled network fills its arrays again, but never one that somebody can still see."""
    import gradviz as gv

    rng = np.random.default_rng(1)
    compiled = gv.compile("sum(linear(x, w)**2)")
    w = rng.normal(size=(400, 400))
    first = compiled.gradients(x=rng.normal(size=400), w=w)
    row, copy = first["w"][7], first["w"][7].copy()
    trace = compiled.trace(x=rng.normal(size=400), w=w)
    gradient = trace.gradient("w").copy()
    del first
    for _ in range(5):
        compiled.gradients(x=rng.normal(size=400), w=w)
    np.testing.assert_array_equal(row, copy)
    np.testing.assert_array_equal(trace.gradient("w"), gradient)
    places = {compiled.gradients(x=rng.normal(size=400), w=w)["w"].ctypes.data for _ in range(5)}
    assert len(places) == 1
