"""The data sets: what each is said to be, and samples from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradviz.errors import GradvizError
from gradviz.learn import data as sets
from gradviz.learn.order import order
from gradviz.trace.run import Data


def test_every_set_is_made_and_depends_on_the_seed_alone() -> None:
    for name in sets.names():
        first, again = sets.read(name, 5), sets.read(name, 5)
        assert np.array_equal(first.x, again.x) and np.array_equal(first.t, again.t)
        assert first.name == name and len(first) == len(first.t) and np.isfinite(first.x).all()
        if first.classes:
            assert set(first.t.tolist()) == set(range(len(first.classes)))


def test_exclusive_or_and_parity() -> None:
    assert sets.read("xor").x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert sets.read("xor").t.tolist() == [0, 1, 1, 0]
    parity = sets.read("parity,bits=4")
    assert len(parity) == 16 == len({tuple(row) for row in parity.x.tolist()})
    assert all(sum(row) % 2 == t for row, t in zip(parity.x, parity.t, strict=True))


def radius(data: Data) -> Any:
    return np.hypot(data.x[:, 0], data.x[:, 1])


def test_toy_sets_are_where_they_are_said_to_be() -> None:
    ring = sets.read("ring")
    assert radius(ring)[ring.t == 1].max() <= 0.46 and radius(ring)[ring.t == 0].min() >= 0.62
    quadrants = sets.read("quadrants")
    assert np.array_equal(quadrants.t == 1, quadrants.x[:, 0] * quadrants.x[:, 1] > 0)
    line = sets.read("linear,noise=0,count=9")
    assert np.allclose(line.t, 2 * line.x[:, 0] + 1)
    modes = sets.read("modes")
    middles = np.array([(-0.6, -0.5), (0.6, -0.4), (0.0, 0.6)])
    near = np.min(np.linalg.norm(modes.x[:, None] - middles, axis=2), axis=1)
    assert near[modes.t == 1].max() <= 0.22 and near[modes.t == 0].min() >= 0.38
    moons = sets.read("moons,noise=0")
    upper = moons.x[moons.t == 0]
    assert np.allclose(np.hypot(upper[:, 0], upper[:, 1]), 1) and (upper[:, 1] >= 0).all()
    spiral = sets.read("spiral,noise=0,arms=3,count=60")
    assert len(spiral.classes) == 3 and np.allclose(
        sorted(radius(spiral))[::3], np.arange(1, 21) / 20
    )


def test_no_line_separates_what_is_said_to_be_hard() -> None:
    """Least squares gets at most 75 % of quadrants, the ring and the modes right."""
    for name in ("quadrants", "ring", "modes", "xor"):
        data = sets.read(name)
        columns = np.c_[data.x, np.ones(len(data))]
        w = np.linalg.lstsq(columns, 2.0 * data.t - 1, rcond=None)[0]
        assert np.mean((columns @ w > 0) == (data.t == 1)) <= 0.75


def test_the_digits_are_many_small_and_hold_some_out() -> None:
    data = sets.read("digits")
    assert len(data) == 1297 and data.test_x.shape == (500, 64)
    assert data.x.min() == 0 and data.x.max() == 1 and len(data.classes) == 10
    assert min(np.bincount(data.t)) > 100 and min(np.bincount(data.test_t)) > 40
    folder = Path(sets.__file__).parent
    assert (folder / "digits.npz").stat().st_size < 2**20
    assert "CC BY 4.0" in (folder / "digits.txt").read_text()
    rows = {row.tobytes() for row in data.x}
    assert not rows & {row.tobytes() for row in data.test_x}
    assert len(sets.read("digits,count=300")) == 300


def test_samples_held_out_are_none_of_the_others() -> None:
    whole, part = sets.read("ring", 7), sets.read("ring,test=0.25", 7)
    assert len(part) == 150 and len(part.test_x) == 50
    together = np.concatenate([part.x, part.test_x])
    assert sorted(map(tuple, together)) == sorted(map(tuple, whole.x))


def test_samples_from_text_arrays_and_files(tmp_path: Path) -> None:
    rows = [[0.0, 0.5, 0], [1.0, 0.5, 1], [2.0, 2.0, 1]]
    expected = np.array(rows)
    np.savez(tmp_path / "a.npz", x=expected[:, :2], t=expected[:, 2].astype(int))
    (tmp_path / "a.csv").write_text("\n".join(",".join(map(str, r)) for r in rows))
    (tmp_path / "b.csv").write_text("u;v;t\n" + "\n".join(";".join(map(str, r)) for r in rows))
    given = [str(rows), rows, (expected[:, :2], expected[:, 2])]
    given += [str(tmp_path / "a.npz"), f"@{tmp_path / 'a.csv'}", str(tmp_path / "b.csv")]
    for one in given:
        data = sets.read(one)
        assert np.array_equal(data.x, expected[:, :2])
        assert data.t.tolist() == [0, 1, 1] and data.classes == ("0", "1")
    assert sets.read(str(tmp_path / "b.csv")).columns == ("u", "v")


def test_targets_that_are_no_classes_are_numbers() -> None:
    assert sets.read([[1, 2], [3, 4.5]]).classes == ()
    assert sets.read([[1, 7], [3, 9]]).classes == ()


def test_words_in_cells_are_told_with_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("x1,x2,t\n1,2,0\n3,many,1\n")
    with pytest.raises(GradvizError) as caught:
        sets.read(str(path))
    assert "line 3" in str(caught.value) and "column 2" in str(caught.value)
    path.write_text("x1,x2,t\n1,2,0\n")
    with pytest.raises(GradvizError, match="has no column 'z'"):
        sets.read(f"{path},target=z")
    with pytest.raises(GradvizError, match="there is no file"):
        sets.read(str(tmp_path / "none.csv"))


def test_labels_out_of_range(tmp_path: Path) -> None:
    x = np.zeros((3, 2))
    np.savez(tmp_path / "a.npz", x=x, t=[0, 1, 1], test_x=x, test_t=[0, 5, 1])
    with pytest.raises(GradvizError, match="out of range") as caught:
        sets.read(str(tmp_path / "a.npz"))
    assert "sample 2" in str(caught.value)
    (tmp_path / "b.npz").write_bytes(b"PK")
    with pytest.raises(GradvizError, match="unreadable"):
        sets.read(str(tmp_path / "b.npz"))
    np.savez(tmp_path / "c.npz", points=x)
    with pytest.raises(GradvizError, match="does not hold samples"):
        sets.read(str(tmp_path / "c.npz"))


def test_the_order_of_samples_is_a_permutation_that_stays() -> None:
    """Written down once: neither NumPy's version nor the machine may change it."""
    for epoch in range(5):
        assert sorted(order(3, epoch, 50).tolist()) == list(range(50))
    assert order(0, 0, 10).tolist() != order(0, 1, 10).tolist()
    keys = np.random.PCG64(np.random.SeedSequence([0, 0])).random_raw(10)
    assert order(0, 0, 10).tolist() == sorted(range(10), key=lambda i: keys[i])
