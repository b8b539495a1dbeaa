"""A stand-in for CuPy where there is no GPU: NumPy's arrays in a class of their own.

As CuPy's, its arrays take no part in calls of NumPy and mix with no array of NumPy; results without
axes are arrays too. It has only functions that CuPy 14 has. `calls` counts functions and kernels;
whatever would wait for the device to send numbers to the host is kept in `copies`, and refused
while `closed` is above 0. Kernels are read and computed statement by statement; indices out of
bounds and places written twice are errors here. `recording` keeps launches if it is a list.
"""

from __future__ import annotations

import math
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np


def _names(text: str) -> list[str]:
    return text.split()


FUNCTIONS = frozenset(
    _names(
        """
    abs add all any arange arccos arcsin arctan arctan2 argmax ascontiguousarray broadcast_to clip
    concatenate copyto cos cosh cumprod divide dot equal exp expand_dims expm1 flatnonzero
    floor frexp greater greater_equal isfinite isnan kron ldexp less less_equal log log10
    log1p log2 logaddexp matmul max maximum min minimum moveaxis multiply negative
    not_equal prod put reshape sign sin sinh sqrt stack subtract sum swapaxes take tan
    tanh tensordot transpose where
    """
    )
)
MAKERS = frozenset(("empty", "empty_like", "full_like", "ones", "zeros", "zeros_like"))
SAME = ("dtype", "finfo", "min_scalar_type")
METHODS = frozenset(
    _names(
        """
    all any astype copy max min ravel reshape squeeze sum swapaxes take transpose view
    """
    )
)
SCALARS = (bool, int, float, np.generic, type(None), str, slice, type(...), np.dtype, type)


class HostCopy(AssertionError):
    """Numbers were copied to the host where none may be."""


def _copied(what: str) -> None:
    where = next(
        (
            f"{f.filename}:{f.lineno} {f.name}"
            for f in reversed(traceback.extract_stack())
            if f.filename != __file__
        ),
        "",
    )
    library.copies.append(f"{what} at {where}")
    if library.closed:
        raise HostCopy(library.copies[-1])


def _open(value: Any) -> Any:
    """What is inside; TypeError for anything that CuPy does not take."""
    if isinstance(value, ndarray):
        return value.inner
    if isinstance(value, list | tuple):
        return type(value)(map(_open, value))
    if isinstance(value, SCALARS):
        return value
    raise TypeError(f"Unsupported type {type(value)}")


def _closed(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(map(_closed, value))
    return ndarray(np.asarray(value)) if isinstance(value, np.ndarray | np.generic) else value


def _compute(function: Any, name: str, *arguments: Any, **options: Any) -> Any:
    library.calls[name] += 1
    opened = {k: _open(v) for k, v in options.items()}
    with np.errstate(all="ignore"):
        found = function(*map(_open, arguments), **opened)
    out = options.get("out")
    return out if out is not None else _closed(found)


class ndarray:
    """An array on the device that is not there."""

    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]
    device = "stand-in"

    def __init__(self, inner: np.ndarray) -> None:
        assert isinstance(inner, np.ndarray)
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        if name in ("shape", "ndim", "dtype", "size", "nbytes", "itemsize", "strides", "flags"):
            return getattr(self.inner, name)
        if name in METHODS:
            function = getattr(self.inner, name)
            return lambda *a, **k: _compute(function, name, *a, **k)
        raise AttributeError(name)

    @property
    def T(self) -> ndarray:
        return ndarray(self.inner.T)

    @property
    def base(self) -> Any:
        return None if self.inner.base is None else ndarray(np.asarray(self.inner.base))

    def fill(self, value: Any) -> None:
        self.inner.fill(_open(value))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __array_function__(self, function: Any, *_: Any) -> Any:
        raise TypeError(f"NumPy's {function.__name__} of an array on the device")

    def get(self) -> np.ndarray:
        _copied("get()")
        return self.inner.copy()

    def item(self) -> Any:
        _copied("item()")
        return self.inner.item()

    def tolist(self) -> Any:
        _copied("tolist()")
        return self.inner.tolist()

    def __bool__(self) -> bool:
        _copied("bool()")
        return bool(self.inner)

    def __float__(self) -> float:
        _copied("float()")
        return float(self.inner)

    def __int__(self) -> int:
        _copied("int()")
        return int(self.inner)

    def __repr__(self) -> str:
        return f"<on the device: {self.inner!r}>"

    def __len__(self) -> int:
        return len(self.inner)

    def __iter__(self) -> Iterator[ndarray]:
        return (self[k] for k in range(len(self)))

    def __getitem__(self, index: Any) -> ndarray:
        return _compute(lambda a: a[_index(self, index)], "getitem", self)

    def __setitem__(self, index: Any, value: Any) -> None:
        library.calls["setitem"] += 1
        self.inner[_index(self, index)] = _open(value)


def _index(array: ndarray, index: Any) -> Any:
    """An index as NumPy's. As on a device, places out of range are taken from the other end."""
    parts = index if isinstance(index, tuple) else (index,)
    axes = [k for k, part in enumerate(parts) if part is not None]
    rest = next((k for k, part in enumerate(parts) if part is ...), len(parts))
    opened = []
    for k, part in enumerate(parts):
        if isinstance(part, ndarray) and part.dtype.kind == "b":
            _copied("the number of elements that a condition selects")
        elif isinstance(part, ndarray) and part.ndim:
            axis = axes.index(k) if k < rest else axes.index(k) - len(axes)
            part = ndarray(part.inner % array.shape[axis])
        opened.append(_open(part))
    return tuple(opened) if isinstance(index, tuple) else opened[0]


def _operator(name: str, *, reflected: bool = False) -> Any:
    def operate(self: ndarray, *others: Any) -> Any:
        if any(isinstance(o, np.ndarray) for o in others):
            raise TypeError(f"Unsupported type {np.ndarray}")
        if not all(isinstance(o, (ndarray, bool, int, float, np.generic)) for o in others):
            return NotImplemented
        method = f"__r{name}__" if reflected else f"__{name}__"
        return _compute(getattr(self.inner, method), name, *others)

    return operate


def _in_place(name: str) -> Any:
    def operate(self: ndarray, other: Any) -> ndarray:
        library.calls[name] += 1
        with np.errstate(all="ignore"):
            getattr(self.inner, f"__{name}__")(_open(other))
        return self

    return operate


for _name in _names("add sub mul truediv pow floordiv mod and or xor matmul"):
    setattr(ndarray, f"__{_name}__", _operator(_name))
    setattr(ndarray, f"__r{_name}__", _operator(_name, reflected=True))
    setattr(ndarray, f"__i{_name}__", _in_place(f"i{_name}"))
for _name in _names("neg invert abs gt ge lt le eq ne"):
    setattr(ndarray, f"__{_name}__", _operator(_name))


class ElementwiseKernel:
    """CuPy's own kernels, of straight-line statements."""

    def __init__(
        self,
        in_params: str,
        out_params: str,
        operation: str,
        name: str = "kernel",
        preamble: str = "",
        return_tuple: bool = False,
    ) -> None:
        self.taken = [p.split() for p in in_params.split(",") if p.strip()]
        self.made = [p.split() for p in out_params.split(",")]
        head, *lines = operation.split("\n")
        found = re.fullmatch(r"typedef (float|double) T;", head)
        assert found and return_tuple and re.fullmatch(r"\w+", name) and preamble
        self.real = {"float": np.float32, "double": np.float64}[found[1]]
        self.name, self.lines, self.operation = name, lines, operation

    def __call__(self, *arguments: Any, size: int | None = None) -> tuple[ndarray, ...]:
        library.calls[self.name] += 1
        count = len(self.taken)
        assert len(arguments) in (count, count + len(self.made)), "wrong number of arguments"
        arrays = [_open(a) for a in arguments]
        rows = list(zip(self.taken + self.made, arrays, strict=False))
        for (*_, dtype, name), array in rows:
            given = getattr(array, "dtype", None)
            assert given is None or given == dtype, f"{self.name}: {name} is {given}, not {dtype}"
        each = [a for (first, *_), a in rows if first != "raw"]
        shape = (size,) if size is not None else np.broadcast_shapes(*map(np.shape, each))
        out = arrays[count:] or [np.empty(shape, p[-2]) for p in self.made]
        names: dict[str, Any] = {
            "i": np.arange(math.prod(shape)).reshape(shape)
        } | self._functions()
        for (*kind, _, name), array in zip(
            self.taken + self.made, arrays[:count] + out, strict=True
        ):
            names[name] = _Raw(array) if kind else array
        with np.errstate(all="ignore"):
            for line in self.lines:
                self._run(line, names, {p[-1] for p in self.made if len(p) == 2})
        if library.recording is not None:
            given = [a if k[0] == "raw" else np.broadcast_to(a, shape) for k, a in rows[:count]]
            launch = self, [np.array(a) for a in given], math.prod(shape), [o.copy() for o in out]
            library.recording.append(launch)
        return tuple(map(_closed, out))

    def _run(self, line: str, names: dict[str, Any], outputs: set[str]) -> None:
        statement = re.fullmatch(r"(const auto )?(.+?) = (.+);", line)
        assert statement, line
        new, target, text = statement.groups()
        found = eval(text, names)
        if target in outputs:
            assert not new
            names[target][...] = found
        elif new:
            assert target not in names, f"{target} twice"
            names[target] = found
        else:
            exec(f"{target} = found", names, {"found": found})

    def _functions(self) -> dict[str, Any]:
        plain = (
            "exp expm1 log log2 log10 log1p logaddexp sqrt sin cos tan arcsin arccos arctan arctan2"
            " sinh"
        )
        plain += " cosh tanh absolute sign maximum minimum square power"
        return {name: getattr(np, name) for name in plain.split()} | {
            "T": self.real,
            "double": np.float64,
            "narrow": lambda i: i,
            "over": lambda a, b: np.where(a < 0, -(-a // b), a // b),
            "rest": lambda a, b: np.where(a < 0, -(-a % b), a % b),
            "select": lambda c, a, b: np.where(np.asarray(c, bool), a, b),
            "load": _load,
            "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
            "erf": np.vectorize(math.erf, otypes=[self.real]),
            "erfc": np.vectorize(math.erfc, otypes=[self.real]),
            "infinity": lambda one: one * self.real(math.inf),
        }


Launch = tuple[ElementwiseKernel, list[np.ndarray], int, list[np.ndarray]]
"""A kernel, what it was given (single elements for every thread), its threads, and its results."""


class _Raw:
    """An array that a kernel indexes as if it had one axis."""

    def __init__(self, array: np.ndarray) -> None:
        assert array.flags.c_contiguous
        self.flat = array.reshape(-1)

    def __getitem__(self, at: Any) -> Any:
        assert np.all((at >= 0) & (at < self.flat.size)), "out of bounds"
        return self.flat[at]

    def __setitem__(self, at: Any, value: Any) -> None:
        assert np.all((at >= 0) & (at < self.flat.size)), "out of bounds"
        assert len(np.unique(at)) == np.size(at), "two threads store in one place"
        self.flat[at] = value


def _load(x: _Raw, inside: Any, at: Any, otherwise: Any) -> Any:
    inside = np.asarray(inside, bool)
    if not x.flat.size:
        assert not inside.any()
        return np.broadcast_to(otherwise, np.shape(at))
    return np.where(inside, x[np.where(inside, at, 0)], otherwise)


class Library(ModuleType):
    """The module `cupy`."""

    ndarray, ElementwiseKernel = ndarray, ElementwiseKernel

    def __init__(self) -> None:
        super().__init__("cupy")
        self.calls: Counter[str] = Counter()
        self.copies: list[str] = []
        self.closed = 0
        self.devices, self.driver = 1, 13000
        self.recording: list[Launch] | None = None
        self.add = _Add()
        self.lib = SimpleNamespace(stride_tricks=SimpleNamespace(as_strided=_as_strided))
        runtime = SimpleNamespace(
            getDeviceCount=self._count,
            driverGetVersion=lambda: self.driver,
            runtimeGetVersion=lambda: 13000,
            CUDARuntimeError=CUDARuntimeError,
        )
        self.cuda = SimpleNamespace(
            runtime=runtime, Device=lambda: SimpleNamespace(mem_info=(1 << 36, 1 << 37))
        )

    def _count(self) -> int:
        if self.driver < 13000:
            raise CUDARuntimeError(
                "cudaErrorInsufficientDriver: CUDA driver version is insufficient"
            )
        return self.devices

    def is_available(self) -> bool:
        return self.driver >= 13000 and self.devices > 0

    def shape(self, value: Any) -> tuple[int, ...]:
        return tuple(np.shape(_open(value)))

    def asarray(self, value: Any, dtype: Any = None) -> ndarray:
        if isinstance(value, ndarray):
            return value if dtype is None else value.astype(dtype)
        self.calls["from the host"] += 1
        found = np.array(value, dtype)
        if found.dtype.kind not in "fiub":
            raise ValueError(f"Unsupported dtype {found.dtype}")
        return ndarray(found)

    def asnumpy(self, value: ndarray) -> np.ndarray:
        return value.get()

    def __getattr__(self, name: str) -> Any:
        if name in SAME:
            return getattr(np, name)
        if name in MAKERS or name in FUNCTIONS:
            function = getattr(np, name)

            def call(*arguments: Any, **options: Any) -> Any:
                if name == "flatnonzero":
                    _copied(name)
                return _compute(function, name, *arguments, **options)

            setattr(self, name, call)
            return call
        raise AttributeError(f"the stand-in for CuPy has no {name}")


class _Add:
    """The ufunc add, with `at`."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return _compute(np.add, "add", *arguments, **options)

    def at(self, array: ndarray, index: Any, values: ndarray) -> None:
        library.calls["add.at"] += 1
        np.add.at(array.inner, _index(array, index), _open(values))


class CUDARuntimeError(RuntimeError):
    """CuPy's."""


def _as_strided(x: ndarray, shape: Any, strides: Any) -> ndarray:
    return ndarray(np.lib.stride_tricks.as_strided(x.inner, shape, strides))


library = Library()


@contextmanager
def installed() -> Iterator[Library]:
    """While it is open, `import cupy` finds the stand-in, and passes are closed to copies."""
    from gradviz.arrays import device

    special = ModuleType("cupyx.scipy.special")
    for name in ("erf", "erfc"):
        one = getattr(math, name)
        setattr(
            special,
            name,
            lambda x, one=one, name=name: _compute(
                lambda a: np.vectorize(one, otypes=[a.dtype])(a), name, x
            ),
        )
    scipy, cupyx = ModuleType("cupyx.scipy"), ModuleType("cupyx")
    scipy.special, cupyx.scipy = special, scipy  # type: ignore[attr-defined]
    modules = {
        "cupy": library,
        "cupyx": cupyx,
        "cupyx.scipy": scipy,
        "cupyx.scipy.special": special,
    }
    before = {name: sys.modules.get(name) for name in modules}
    enter, leave = device._Pass.__enter__, device._Pass.__exit__

    def entered(self: Any) -> None:
        enter(self)
        library.closed += 1

    def left(self: Any, *error: Any) -> None:
        library.closed -= 1
        leave(self, *error)

    device._Pass.__enter__, device._Pass.__exit__ = entered, left  # type: ignore[method-assign]
    sys.modules.update(modules)
    library.calls.clear()
    library.copies.clear()
    library.devices, library.driver = 1, 13000
    try:
        yield library
    finally:
        device._Pass.__enter__, device._Pass.__exit__ = enter, leave  # type: ignore[method-assign]
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
