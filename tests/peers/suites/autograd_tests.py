"""HIPS autograd: its own test files as they are, its gradient check replaced by ours.

The files come with its source distribution, which pip downloads into a folder that is deleted
afterwards; nothing of them is kept here. Every call of `check_grads` (also through `combo_check`)
evaluates the tested function once with autograd and once with gradviz's expressions in place of
arrays, where `autograd.numpy` means NumPy itself.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import autograd.numpy
import autograd.test_util
import numpy as np
import pytest
from autograd.core import make_vjp
from autograd.wrap_util import unary_to_nary

import gradviz as gv
from gradviz.errors import ExpressionError, UnknownNameError
from gradviz.graph.expression import Expression, graph_of
from tests.peers.comparing import by_graph, difference, refusal
from tests.peers.counting import Case, Compared, Known, Suite, Verdict


def download(folder: Path) -> Path:
    """The tests of the installed version, unpacked."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    wanted = f"autograd=={version('autograd')}"
    subprocess.run([*pip, "--dest", str(folder), wanted], check=True)
    with tarfile.open(next(folder.glob("autograd-*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("autograd-*/tests"))


class Switched(ModuleType):
    """`autograd.numpy` for the test files; NumPy while their functions run on expressions."""

    def __init__(self, recording: Any) -> None:
        super().__init__("autograd.numpy")
        self.__path__ = recording.__path__
        self._recording, self._current = recording, recording

    def __getattr__(self, name: str) -> Any:
        there = self._current if hasattr(self._current, name) else self._recording
        return getattr(there, name)

    @contextmanager
    def plain(self) -> Iterator[None]:
        """NumPy in its place."""
        self._current = np
        try:
            yield
        finally:
            self._current = self._recording


SWITCHED = Switched(autograd.numpy)


class Leaves(NamedTuple):
    """An argument: its arrays, and a function that puts others in their places."""

    arrays: list[Any]
    rebuilt: Callable[[Sequence[Any]], Any]


def leaves(value: Any) -> Leaves:
    """The arrays in nested lists, tuples and dicts."""
    if isinstance(value, dict):
        keys, inner = list(value), leaves(list(value.values()))
        return Leaves(inner.arrays, lambda new: dict(zip(keys, inner.rebuilt(new), strict=True)))
    if not isinstance(value, list | tuple):
        return Leaves([value], lambda new: new[0])
    parts = [leaves(v) for v in value]
    ends = np.cumsum([0, *(len(p.arrays) for p in parts)])
    kind = list if isinstance(value, list) else tuple
    rebuilt = lambda new: kind(
        p.rebuilt(new[a:b]) for p, a, b in zip(parts, ends[:-1], ends[1:], strict=True)
    )
    return Leaves([a for p in parts for a in p.arrays], rebuilt)


def as_float(value: Any) -> Any:
    """Whole numbers as floats: autograd differentiates through both."""
    array = np.asarray(value)
    return array.astype(float)[()] if array.dtype.kind in "iub" else value


def in_gradviz(function: Callable[..., Any], given: Leaves) -> tuple[list[Any], list[str]]:
    """The expressions that the function makes of expressions, and the names of its inputs."""
    names = [f"x{i}" for i in range(len(given.arrays))]
    with SWITCHED.plain():
        made = function(given.rebuilt(gv.inputs(names)))
    return leaves(made).arrays, names


def check(name: str, function: Callable[..., Any], argument: Any) -> Case:
    """The verdict on one call of `check_grads`."""
    given = leaves(argument)
    given = given._replace(arrays=[as_float(v) for v in given.arrays])
    if any(np.asarray(v).dtype.kind not in "f" for v in given.arrays):
        return Case(name, Verdict.NOT_REAL, "complex")
    argument = given.rebuilt(given.arrays)
    try:
        pull, value = make_vjp(function, argument)
        values = leaves(value).arrays
        rng = np.random.default_rng(7)
        ups = [rng.normal(size=np.shape(v))[()] for v in values]
        gradients = leaves(pull(leaves(value).rebuilt(ups))).arrays
    except Exception as error:
        return Case(name, Verdict.NOT_RUN, repr(error)[:120])
    if any(np.asarray(v).dtype.kind == "c" for v in (*values, *gradients)):
        return Case(name, Verdict.NOT_REAL, "complex")
    try:
        made, names = in_gradviz(function, given)
    except Exception as error:
        return _inexpressible(name, error)
    operands = dict(zip(names, given.arrays, strict=True))
    total = [np.zeros(np.shape(v)) for v in given.arrays]
    for mine, peer, up in zip(made, values, ups, strict=True):
        if not isinstance(mine, Expression):
            return Case(name, Verdict.NOT_REAL, "the result does not depend on the argument")
        try:
            graph = graph_of(mine)
            there = {node.name for node in graph.inputs}
            used = [n for n in names if n in there]
            ours = by_graph(graph, {n: operands[n] for n in used}, up, used)
        except Exception as error:
            return Case(name, refusal(error), repr(error)[:120])
        for n, gradient in zip(used, ours[1], strict=True):
            total[names.index(n)] = total[names.index(n)] + gradient
        if problem := difference((ours[0], []), (peer, []), 1e-9):
            numbers = Compared(given.arrays, (ours[0], []), (peer, []))
            return Case(name, Verdict.WRONG, problem, numbers)
    if problem := difference((0, total), (0, gradients), 1e-9):
        return Case(
            name, Verdict.WRONG, problem, Compared(given.arrays, (0, total), (0, gradients))
        )
    return Case(name, Verdict.PASS)


def _inexpressible(name: str, error: Exception) -> Case:
    """An error while a function runs on expressions: what is not there, or what is refused."""
    brief = f"{type(error).__name__}: {error}".splitlines()[0][:100]
    if isinstance(error, UnknownNameError) and "has no op" in brief:
        return Case(name, Verdict.NO_OP, brief.split("for ")[-1])
    if isinstance(error, AttributeError):
        return Case(name, Verdict.NO_OP, f"attribute {error.name}")
    if isinstance(error, ExpressionError):
        return Case(name, Verdict.NO_OP, error.what.split(":")[0])
    if isinstance(error, gv.GradvizError):
        return Case(name, Verdict.NO_OPTION, brief)
    nested = "Can't differentiate w.r.t. type" in brief
    return Case(name, Verdict.NO_OP, "gradients of gradients" if nested else brief)


class Recorder:
    """A pytest plugin: collects the verdicts of every check of the running test."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.test = ""

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember whose checks follow."""
        self.test = f"{item.path.stem}::{item.name}"

    def check_grads(self) -> Callable[..., Any]:
        """What stands for autograd's own."""

        def check_grads(function: Any, argument: Any, modes: Any = (), order: int = 2) -> None:
            self.cases.append(check(self.test, function, argument))

        return unary_to_nary(check_grads)


@contextmanager
def replaced(recorder: Recorder) -> Iterator[None]:
    """The gradient check and `autograd.numpy` replaced."""
    module, check_grads = autograd.numpy, autograd.test_util.check_grads
    autograd.test_util.check_grads = recorder.check_grads()
    autograd.numpy = sys.modules["autograd.numpy"] = SWITCHED
    try:
        yield
    finally:
        autograd.test_util.check_grads = check_grads
        autograd.numpy = sys.modules["autograd.numpy"] = module


def cases() -> Iterator[Case]:
    """The checks that its test files make, in their order."""
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as folder, replaced(recorder):
        tests = download(Path(folder))
        options = ["-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
        where = [f"--rootdir={tests}", "-c", os.devnull, "--import-mode=prepend", "--tb=no"]
        with redirect_stdout(io.StringIO()) as report:
            status = pytest.main([*options, *where, str(tests)], plugins=[recorder])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(f"autograd's tests did not run:\n{report.getvalue()}")
    yield from recorder.cases


KNOWN = (
    Known(
        "test_tests::test_check_vjp_1st_order_fail",
        "The test declares a wrong gradient on purpose, 2.001 for 2; gradviz has 2.",
        lambda numbers: np.allclose(numbers.ours[1][0] / 2, numbers.theirs[1][0] / 2.001),
    ),
)

SUITE = Suite(
    "HIPS autograd",
    "Its own test files, unchanged: every function that they check is evaluated on expressions "
    "instead of arrays, and value and gradients are compared with autograd's.",
    ("autograd",),
    cases,
    KNOWN,
)
