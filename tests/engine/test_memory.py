"""A run that does not fit into memory is refused before anything is sampled."""

import tracemalloc

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays import for_backend
from gradviz.engine import inputs, memory
from gradviz.errors import BackendError, ValueInputError


def test_the_estimate_is_every_value_and_every_gradient() -> None:
    """net:mlp:3-2: x, W1, b1 and the output: 3 + 6 + 2 + 2 numbers."""
    assert memory.estimate(gv.net("mlp:3-2").bind({}), 4) == 2 * 4 * (3 + 6 + 2 + 2)


def test_a_stated_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADVIZ_MEMORY", "100 MB")
    monkeypatch.setattr(inputs, "draw", lambda *_: pytest.fail("something was drawn"))
    with pytest.raises(BackendError, match="more memory than is available") as caught:
        gv.run("net:mlp:270000-1000", x=np.zeros(270_000))
    # 270,000 + 270,000,000 + 1000 + 1000 numbers of 8 bytes are 2.01 GiB; twice that for gradients.
    assert caught.value.got == "4.0 GiB in float64: 2.0 GiB for values and as much for gradients"
    assert caught.value.expected == "at most 95.4 MiB, as GRADVIZ_MEMORY says"
    assert "dtype float32" in caught.value.hint
    monkeypatch.undo()
    monkeypatch.setenv("GRADVIZ_MEMORY", "100kB")
    assert gv.run("net:mlp:3-2", x=[1, 2, 3]).values[-1].shape == (2,)


def test_the_contributions_at_a_branch_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """x of 8,000 bytes used by 20 ops: 20 contributions and 19 sums, of which one is the gradient,
    38 × 8,000 bytes = 297 KiB; x, 20 products, 19 sums and their total are 40 × 8,000 + 8 + the
    numbers, twice.
    """
    graph = gv.parse(f"sum({' + '.join(f'{k}*x' for k in range(1, 21))})")
    monkeypatch.setenv("GRADVIZ_MEMORY", "800 kB")
    with pytest.raises(BackendError, match="more memory than is available") as caught:
        gv.run(graph, x=np.ones(1000))
    assert caught.value.got.endswith("and 297 KiB for the steps")
    monkeypatch.setenv("GRADVIZ_MEMORY", "1 MB")
    assert gv.run(graph, x=np.ones(1000)).gradient("x")[0] == 210


def test_a_long_graph_of_scalars_is_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """x + x + … of 1,000 terms: 1,000 nodes of 8 bytes, twice, and 1,998 steps of 33 bytes."""
    monkeypatch.setenv("GRADVIZ_MEMORY", "80 kB")
    with pytest.raises(BackendError) as caught:
        gv.run(" + ".join(["x"] * 1000), x=1)
    assert caught.value.got == (
        "80.0 KiB in float64: 7.8 KiB for values and as much for gradients, and 64.4 KiB for the"
        " steps"
    )
    monkeypatch.setenv("GRADVIZ_MEMORY", "82 kB")
    assert gv.run(" + ".join(["x"] * 1000), x=1).gradient("x") == 1000


def test_what_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADVIZ_MEMORY", raising=False)
    monkeypatch.setattr(memory, "free_bytes", lambda backend: 1 << 30)
    with pytest.raises(BackendError) as caught:
        gv.run("net:vgg16", image=np.zeros((3, 224, 224)), dtype="float32")
    # 138,357,544 parameters and 28,826,600 values, of 4 bytes, twice.
    assert (
        caught.value.expected == "at most 1.0 GiB, the free memory"
        and "1.2 GiB in float32" in caught.value.got
    )
    assert "float32, which" not in caught.value.hint
    monkeypatch.setattr(memory, "free_bytes", lambda backend: None)
    memory.check(gv.net("vgg16").bind({}), for_backend())  # nobody knows: it is tried


def test_small_runs_ask_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADVIZ_MEMORY", raising=False)
    monkeypatch.setattr(memory, "free_bytes", lambda backend: pytest.fail("asked"))
    assert gv.run("x*2", x=np.ones(1000)).values[-1].size == 1000


def test_this_machine_says_how_much_is_free_or_nothing() -> None:
    free = memory.free_bytes("numpy")
    assert free is None or free > 1 << 20


@pytest.mark.parametrize(
    ("text", "count"), [("2GiB", 2 << 30), ("1.5 kB", 1500), ("300", 300), ("7 MB", 7_000_000)]
)
def test_amounts(text: str, count: int) -> None:
    assert memory.in_bytes(text) == count


@pytest.mark.parametrize("text", ["much", "-3GB", "3 QB", "1e9"])
def test_what_is_no_amount(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADVIZ_MEMORY", text)
    with pytest.raises(ValueInputError, match="MEMORY is not an amount of memory") as caught:
        gv.run("x*2", x=1)
    assert caught.value.got == text


@pytest.mark.parametrize(
    ("count", "said"),
    [(320, "320 bytes"), (2048, "2.0 KiB"), (123 << 20, "123 MiB"), (3 << 40, "3.0 TiB")],
)
def test_bytes_for_people(count: int, said: str) -> None:
    assert memory.say_bytes(count) == said


def test_an_image_that_is_not_finite() -> None:
    image = np.zeros((1, 32, 32))
    image[0, 3, 4] = np.nan
    with pytest.raises(ValueInputError, match="the image image is not finite"):
        gv.run("net:lenet5", image=image)


def test_alexnet_stays_within_three_times_its_own_numbers() -> None:
    """Forward and backward with every step recorded: parameters, activations and their gradients,
    float32.
    """
    graph = gv.net("alexnet")
    own = memory.estimate(graph.bind({}), 4)
    image = np.zeros((3, 227, 227))
    tracemalloc.start()
    trace = gv.run(graph, image=image, label=3, dtype="float32")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert trace.has_backward and trace.gradient("conv1_w").dtype == "float32"
    assert peak < 3 * own
