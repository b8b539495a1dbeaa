"""Samples from arrays, texts and files, and samples held out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from gradviz.errors import FileError, ParseError, ShapeError, ValueInputError, did_you_mean
from gradviz.files import read_whole
from gradviz.learn.order import order
from gradviz.ops.op import say_shape
from gradviz.trace.run import Data

MOST_CLASSES: Final = 100
"""Whole numbers from 0 on are classes up to so many."""
FEATURES, TARGETS = ("x", "X", "images", "data"), ("t", "y", "label", "labels", "target", "targets")
"""The names of arrays in an `.npz`."""


def generator(seed: int) -> Any:
    """The random numbers of a data set."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 2026])))


def samples(
    name: str, x: Any, t: Any, *, classes: tuple[str, ...] = (), columns: tuple[str, ...] = ()
) -> Data:
    """Checked samples; targets that are all 0, 1, 2, … are classes.

    Raises ShapeError and ValueInputError.
    """
    x = np.asarray(x, dtype=np.float64)
    t = None if t is None else np.asarray(t)
    if x.ndim < 2 or not len(x) or (t is not None and len(t) != len(x)):
        raise ShapeError(
            "the samples do not line up",
            expected="a row of features and a target for each sample",
            got=f"features {say_shape(x.shape)}"
            + ("" if t is None else f", targets {say_shape(t.shape)}"),
        )
    for part, what in ((x, "feature"), (t, "target")):
        if part is None or np.isfinite(part).all():
            continue
        sample, *place = (int(i) + 1 for i in np.argwhere(~np.isfinite(part))[0])
        at = f" {', '.join(map(str, place))}" if place else ""
        raise ValueInputError(
            f"the data {name} hold NaN or infinity",
            where=f"sample {sample:,}, {what}{at}",
            expected="finite numbers",
        )
    if t is not None and t.ndim == 2 and t.shape[1] == 1:
        t = t[:, 0]
    if t is not None and not classes:
        classes = _classes(t)
    if t is not None:
        t = t.astype(np.int64) if classes else t.astype(np.float64)
    if classes and (t.min() < 0 or t.max() >= len(classes)):
        bad = int(np.flatnonzero((t < 0) | (t >= len(classes)))[0])
        raise ValueInputError(
            f"a label of {name} is out of range",
            where=f"sample {bad + 1}",
            expected=f"0 to {len(classes) - 1}",
            got=int(t[bad]),
        )
    columns = columns or (tuple(f"x{i + 1}" for i in range(x.shape[1])) if x.ndim == 2 else ())
    return Data(name, x, t, classes, columns)


def _classes(t: Any) -> tuple[str, ...]:
    """The names of the classes, where targets look like them."""
    if t.ndim != 1 or not np.equal(t, np.floor(t)).all() or t.min() < 0:
        return ()
    found = set(t.astype(int).tolist())
    is_dense = found == set(range(len(found))) and 1 < len(found) <= MOST_CLASSES
    return tuple(map(str, range(len(found)))) if is_dense else ()


def from_arrays(given: Any) -> Data:
    """Samples from a pair of features and targets, or from an array whose last column is the
    target.
    """
    try:
        if isinstance(given, tuple) and len(given) == 2:
            return samples("data", *given)
        table = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueInputError(
            "these are not samples",
            expected="rows of numbers, the last column the target, or a pair of arrays",
            got=str(error)[:80],
        ) from None
    return _table("data", table)


def _table(name: str, table: Any, columns: tuple[str, ...] = (), target: str = "") -> Data:
    """Samples from a table; the target is the column of that name, else the last."""
    if table.ndim != 2 or table.shape[1] < 2:
        raise ShapeError(
            f"the data {name} are no table",
            expected="rows of two columns or more, the last one the target",
            got=say_shape(table.shape),
        )
    place = columns.index(target) if target else table.shape[1] - 1
    x = np.delete(table, place, axis=1)
    names = tuple(c for i, c in enumerate(columns) if i != place)
    found = samples(name, x, table[:, place], columns=names)
    return replace(found, target=columns[place] if columns else "")


def from_text(text: str) -> Data:
    """Samples as an array literal."""
    from gradviz.arrays import for_backend
    from gradviz.engine.inputs import to_array

    return _table("data", np.asarray(to_array(text, "--data", for_backend()), dtype=np.float64))


def from_file(path: Path, target: str = "") -> Data:
    """Samples from a table with or without a header, or from an `.npz` with features and targets.

    Raises FileError, ParseError (naming row and column) and ValueInputError.
    """
    if path.suffix.lower() == ".npz":
        return _from_npz(path)
    from gradviz.sources import tables

    header, table = tables.with_header(path)
    if target and target not in header:
        raise ParseError(
            f"{path.name} has no column {target!r:.40}",
            expected=", ".join(header) or "a header row with the names of the columns",
            hint=did_you_mean(target, header),
        )
    return _table(path.stem, table, header, target)


def _from_npz(path: Path) -> Data:
    from gradviz.arrays.npy import Arrays, strange

    try:
        arrays = Arrays(read_whole(path)).all()
    except ValueError as error:
        raise FileError(
            f"{path.name} is unreadable", where=str(path), expected="an .npz file", got=error
        ) from None
    x, t = (next((arrays[n] for n in names if n in arrays), None) for names in (FEATURES, TARGETS))
    if x is None or strange(arrays):
        raise FileError(
            f"{path.name} does not hold samples",
            where=str(path),
            expected="arrays of numbers called x and t; test_x and test_t where some are held out",
            got=", ".join(arrays) or "no arrays",
        )
    found = samples(path.stem, x, t)
    if "test_x" not in arrays:
        return found
    test = samples(path.stem, arrays["test_x"], arrays.get("test_t"), classes=found.classes)
    return replace(found, test_x=test.x, test_t=test.t)


def split(data: Data, test: float, seed: int) -> Data:
    """The data with so many samples held out, or such a share of them, in an order of the seed.

    Raises ValueInputError where too few are left.
    """
    if not test:
        return data
    held = round(test * len(data)) if test < 1 else int(test)
    if not 0 < held < len(data):
        raise ValueInputError(
            f"{held:,} of {len(data):,} samples cannot be held out",
            expected="fewer than there are, and one at least; or a share such as test=0.25",
            got=f"test={test:g}",
        )
    mixed = order(seed, 2**31, len(data))
    rest, out = np.sort(mixed[held:]), np.sort(mixed[:held])
    t, test_t = (None, None) if data.t is None else (data.t[rest], data.t[out])
    return replace(data, x=data.x[rest], t=t, test_x=data.x[out], test_t=test_t)
