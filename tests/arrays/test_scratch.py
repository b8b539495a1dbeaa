"""Memory that is kept between calls: who shares it, and that no result ever lies in it."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradviz.arrays import namespace
from gradviz.arrays import scratch as kept
from gradviz.arrays.scratch import scratch
from gradviz.ops import get

XP = namespace("numpy", "float64")


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
    for xp, size, dtype in ((XP, 9, "float64"), (namespace("exact"), 2, object)):
        assert not np.shares_memory(scratch(xp, "a", (size,), dtype), scratch(xp, "a", (size,), dtype))


@pytest.mark.parametrize(
    ("channels", "size", "groups"), [(2, 8, 1), (4, 6, 4), (96, 26, 1)], ids=["columns", "depthwise", "Winograd"]
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
