"""A run that does not fit into memory is refused before anything is sampled."""

import re
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
    with pytest.raises(BackendError, match="needs about") as caught:
        gv.run("net:mlp:270000-1000", x=np.zeros(270_000))
    # 270,000 + 270,000,000 + 1000 + 1000 numbers of 8 bytes are 2.01 GiB; twice that for gradients.
    assert str(caught.value) == (
        "the run needs about 4.0 GiB, GRADVIZ_MEMORY allows 95.4 MiB: nothing smaller fits"
    )
    monkeypatch.undo()
    monkeypatch.setenv("GRADVIZ_MEMORY", "100kB")
    assert gv.run("net:mlp:3-2", x=[1, 2, 3]).values[-1].shape == (2,)


def test_the_contributions_at_a_branch_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """x of 8,000 bytes used by 20 ops: 20 contributions and 19 sums, of which one is the gradient,
    38 × 8,000 bytes; x, 20 products and 19 sums are 40 × 8,000, their total and the numbers
    21 × 8, twice: 944,336 bytes, or 944.336 an element and 336 besides, so that 847 fit in 800,000.
    """
    graph = gv.parse(f"sum({' + '.join(f'{k}*x' for k in range(1, 21))})")
    monkeypatch.setenv("GRADVIZ_MEMORY", "800 kB")
    with pytest.raises(BackendError, match="needs about") as caught:
        gv.run(graph, x=np.ones(1000))
    assert str(caught.value) == (
        "the run needs about 922 KiB, GRADVIZ_MEMORY allows 781 KiB:"
        " an axis of 847 in place of 1,000 fits"
    )
    monkeypatch.setenv("GRADVIZ_MEMORY", "1 MB")
    assert gv.run(graph, x=np.ones(1000)).gradient("x")[0] == 210


def test_a_long_graph_of_scalars_is_foreseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """x + x + … of 1,000 terms: 1,000 nodes of 8 bytes, twice, and 1,998 steps of 33 bytes: 81,934
    in all, of which 80,000 are 976.4 thousandths.
    """
    monkeypatch.setenv("GRADVIZ_MEMORY", "80 kB")
    with pytest.raises(BackendError) as caught:
        gv.run(" + ".join(["x"] * 1000), x=1)
    assert str(caught.value) == (
        "a graph of 1,000 nodes needs about 80.0 KiB, GRADVIZ_MEMORY allows 78.1 KiB:"
        " a graph of 976 nodes fits"
    )
    monkeypatch.setenv("GRADVIZ_MEMORY", "82 kB")
    assert gv.run(" + ".join(["x"] * 1000), x=1).gradient("x") == 1000


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape)


LIMIT = 20_000_000
TOO_LARGE = {
    "a batch of {:,}": (lambda n: gv.run("net:lenet5", image=np.zeros((n, 1, 32, 32))), 640),
    "a batch of {:,} columns": (
        lambda n: gv.compile("x*y + tanh(x)").batch(x=ones(n), y=ones(n)),
        10**6,
    ),
    "a batch of {:,} rows": (
        lambda n: gv.compile("sum(x*y)").batch(x=ones(n, 3000), y=ones(n, 3000)),
        800,
    ),
    "a batch of {:,} images": (
        lambda n: gv.run("sum(conv2d(x, w))", x=ones(n, 3, 80, 80), w=ones(4, 3, 3, 3)),
        64,
    ),
    "an image of {0:,} x {0:,}": (
        lambda n: gv.run("sum(conv2d(x, w))", x=ones(3, n, n), w=ones(4, 3, 3, 3)),
        800,
    ),
    "an axis of {:,} in place of 2,000": (
        lambda n: gv.run("sum((A@B)**2)", A=ones(1000, n), B=ones(n, 30)),
        2000,
    ),
    "dtype float32": (
        lambda n: gv.run("net:mlp:1500-1000", x=ones(1500), dtype="float64" if n else "float32"),
        1,
    ),
}
"""By what is said to fit, runs of a size that is too large for LIMIT."""


@pytest.mark.parametrize("words", TOO_LARGE)
def test_what_is_said_to_fit_fits_and_one_more_does_not(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, asked = TOO_LARGE[words]
    monkeypatch.setenv("GRADVIZ_MEMORY", str(LIMIT))
    monkeypatch.setattr(
        "gradviz.engine.program.Program.forward", lambda *_: pytest.fail("it was started")
    )
    with pytest.raises(BackendError) as caught:
        run(asked)
    monkeypatch.undo()
    monkeypatch.setenv("GRADVIZ_MEMORY", str(LIMIT))
    said = str(caught.value)
    fits = said.partition(": ")[2]
    assert "\n" not in said and "GRADVIZ_MEMORY allows 19.1 MiB" in said
    if words == "dtype float32":
        assert fits == "dtype float32 fits"
        run(0)
        return
    number = int(re.search(r"[\d,]+", fits)[0].replace(",", ""))  # type: ignore[index]
    shown = re.sub(" (columns|rows|images)$", "", words)
    assert 0 < number < asked and fits == f"{shown.format(number)} fits"
    run(number)
    with pytest.raises(BackendError, match="needs about"):
        run(number + 1)


def test_no_more_memory_is_taken_for_a_run_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADVIZ_MEMORY", "100 MB")
    image = np.zeros((64, 3, 227, 227), dtype="float32")
    graph = gv.net("alexnet")
    given = image.nbytes * 2  # a run takes its inputs as float64
    tracemalloc.start()
    with pytest.raises(BackendError, match="a batch of 64 needs about"):
        gv.run(graph, image=image)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < given + 20_000_000


def test_what_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRADVIZ_MEMORY", raising=False)
    monkeypatch.setattr(memory, "free_bytes", lambda backend: 1 << 30)
    with pytest.raises(BackendError) as caught:
        gv.run("net:vgg16", image=np.zeros((3, 224, 224)), dtype="float32")
    # 138,357,544 parameters and 28,826,600 values, of 4 bytes, twice.
    assert str(caught.value) == (
        "the run needs about 1.2 GiB, 1.0 GiB are free: nothing smaller fits"
    )
    monkeypatch.setattr(memory, "free_bytes", lambda backend: None)
    graph = gv.net("vgg16")  # nobody knows: it is tried
    memory.check(graph.bind({}), for_backend(), memory.Again(graph.bind, ()))


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
