"""What is drawn depends on the seed and the parameter's name, and on nothing else."""

import hashlib
import math

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.networks import Linear, data, net, parameter
from gradviz.networks import initialisers as init
from gradviz.networks.initialisers import chosen, constant, draw, he, normal, xavier, zeros


def test_the_stream_is_numpys_pcg64_seeded_with_seed_and_name() -> None:
    """Written out by hand from NumPy's own parts."""
    word = int.from_bytes(hashlib.sha256(b"conv1_w").digest()[:16], "little")
    stream = np.random.Generator(np.random.PCG64(np.random.SeedSequence([7, word])))
    expected = math.sqrt(2 / 75) * stream.standard_normal((6, 75))
    np.testing.assert_array_equal(draw("conv1_w", (6, 75), he(75, seed=7)), expected)


def test_seed_name_and_type() -> None:
    same = draw("w", (50,), he(4))
    np.testing.assert_array_equal(same, draw("w", (50,), he(4)))
    np.testing.assert_array_equal(draw("w", (50,), he(4), "float32"), same.astype("float32"))
    assert draw("w", (50,), he(4), "float32").dtype == "float32"
    for other in (draw("v", (50,), he(4)), draw("w", (50,), he(4, seed=1))):
        assert not np.isin(other, same).any()


def test_large_arrays_are_drawn_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (he(3), xavier(3, 4), normal(0.5, 2)):
        whole = draw("w", (5, 9), kind)
        monkeypatch.setattr(init, "CHUNK", 7)
        np.testing.assert_array_equal(draw("w", (5, 9), kind), whole)
        monkeypatch.undo()


def test_he_xavier_and_normal_have_the_spread_of_their_papers() -> None:
    """A hundred thousand numbers: the standard deviation is known to about half a percent."""
    assert draw("w", (100_000,), he(50)).std() == pytest.approx(math.sqrt(2 / 50), rel=0.01)
    uniform = draw("w", (100_000,), xavier(20, 30))
    assert np.abs(uniform).max() == pytest.approx(math.sqrt(6 / 50), rel=0.001)
    assert uniform.std() == pytest.approx(math.sqrt(2 / 50), rel=0.01)
    drawn = draw("w", (100_000,), normal(0.1, mean=3))
    assert (drawn.mean(), drawn.std()) == (
        pytest.approx(3, abs=0.002),
        pytest.approx(0.1, rel=0.01),
    )


def test_constants() -> None:
    assert draw("b", (2, 2), zeros()).tolist() == [[0, 0], [0, 0]]
    assert draw("b", (2,), constant([1, 2])).tolist() == [1, 2]
    assert draw("b", (), constant(4)).shape == ()
    assert (
        chosen("zeros", 3, 4) == zeros()
        and chosen("he", 3, 4) == he(3)
        and chosen("xavier", 3, 4) == xavier(3, 4)
    )
    with pytest.raises(UnknownNameError, match="did you mean xavier"):
        chosen("xavir", 3, 4)


def test_a_run_draws_what_is_not_given() -> None:
    graph = net("mlp:2-3-1")
    trace = gv.run(graph, x=[1, 2])
    np.testing.assert_array_equal(trace.value("W1"), draw("W1", (3, 2), he(2)))
    assert gv.run(graph, x=[1, 2], W1=[[0, 0]] * 3).value("W1").tolist() == [[0, 0]] * 3
    assert (
        gv.run(graph, x=[1, 2], dtype="float32").value("W1") == trace.value("W1").astype("float32")
    ).all()
    np.testing.assert_array_equal(
        gv.run(net("mlp:2-3-1", seed=5), x=[1, 2]).value("W1"), draw("W1", (3, 2), he(2, seed=5))
    )


def test_a_compiled_network_draws_once_and_batches_share_it() -> None:
    program = gv.compile("net:mlp:2-4-1")
    samples = [[1.0, 2.0], [3.0, -1.0], [0.0, 0.5]]
    batch = program.batch(x=samples)
    for k, sample in enumerate(samples):
        np.testing.assert_allclose(batch.value[k], program.value(x=sample), rtol=1e-14)
    assert batch.gradients["W1"].shape == (3, 4, 2)
    assert program.trace(x=samples[0]).value("W1") is program.trace(x=samples[1]).value("W1")


def test_the_exact_backend_takes_constants_and_refuses_what_is_drawn() -> None:
    assert str(gv.run("net:tiny-cnn", backend="exact").values[-1]) == "[8 4]"
    with pytest.raises(ValueInputError, match="W1 is sampled at random") as caught:
        gv.run("net:mlp:1-1", x=[1], backend="exact")
    assert "give W1=…" in caught.value.hint
    exact = gv.run("net:mlp:1-1", x=["1/3"], W1=[[6]], b1=["1/2"], backend="exact")
    assert str(exact.values[-1]) == "[5/2]"


def test_what_is_missing_is_said_with_its_shape() -> None:
    with pytest.raises(ValueInputError, match="no value for image") as caught:
        gv.run("net:lenet5")
    assert caught.value.expected == "a value for every input (image: 1×32×32)"
    x = data("x", (2,))
    with pytest.raises(ValueInputError, match="no value for x"):
        gv.run(Linear(1)(x) * parameter("s", (), constant(2)), backend="exact")
