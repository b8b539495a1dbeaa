"""The namespace of arrays on an NVIDIA GPU, by CuPy.

What leaves the device inside a pass is one number at its end, and only if something has to be
refused there: formulas never look at numbers, they compute both ways and choose on the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any

from gradviz.arrays.kernels import products
from gradviz.arrays.namespace import Formulas, Value, keep_mask, other_products
from gradviz.arrays.numeric import Numeric
from gradviz.errors import BackendError


class Device(Numeric):
    """Values are CuPy's arrays of one float type, conditions and labels excepted; a scalar has the
    shape ().

    host  the namespace that reads what comes from the host.
    sums  the type of sums, where it is not that of what is summed.
    """

    def __init__(self, module: Any, host: Numeric) -> None:
        super().__init__(module, "cupy", host.dtype)
        del self.sum  # the library's
        self.host = host
        self.sums: str | None = None
        self._known: dict[tuple[type, Any], Any] = {}
        self._refusals: list[tuple[Any, Callable[[Any], Exception]]] | None = None

    def matmul(self, a: Value, b: Value, out: Any = None) -> Value:
        """The matrix product, optionally into an existing array."""
        return self.module.matmul(a, b) if out is None else self.module.matmul(a, b, out=out)

    def asarray(self, value: Any) -> Value:
        """`value` as an array on the device of this namespace's float type; conditions stay."""
        if isinstance(value, self._array_type):
            is_plain = value.dtype is self._of or value.dtype.kind == "b"
            return value if is_plain else value.astype(self.dtype)
        if isinstance(value, int | float | str):
            key = type(value), repr(value)
            if key not in self._known:
                self._known[key] = self.module.asarray(self.host.asarray(value))
            return self._known[key]
        return self.module.asarray(self.host.asarray(value))

    def asindex(self, value: Any) -> Value:
        """`value` unconverted, for operands without a gradient: conditions, labels, indices."""
        if isinstance(value, self._array_type):
            return value
        return self.module.asarray(self.host.asindex(value))

    def _selected(self, condition: Value, value: Value, other: Value) -> Value:
        return self.module.where(condition, value, other)

    def _special(self, name: str, x: Value) -> Value:
        import cupyx.scipy.special

        return getattr(cupyx.scipy.special, name)(x)

    def stable(
        self,
        written: Callable[..., Value],
        computed: Callable[..., Value],
        where: Callable[..., Value] | None = None,
        *operands: Value,
    ) -> Value:
        """The formula `computed` where the condition holds, else the equal one `written`."""
        if where is None:
            return computed(*operands)
        return self.module.where(where(*operands), computed(*operands), written(*operands))

    def sum(self, x: Value, axis: Any = None, *, keepdims: bool = False) -> Value:
        """The sum over axes, all of them by default."""
        return self.module.sum(x, axis=axis, keepdims=keepdims, dtype=self.sums)

    def average(self, x: Value, total: Callable[[Value], Value], count: Value) -> Value:
        """total(x)/count, also where a total overflows and its mean does not.

        Totals of float32 are float64, which do not overflow.
        """
        if self.dtype == "float32":
            with self._double():
                return (total(x) / count).astype(self.dtype)
        found = total(x) / count
        scaled = total(x * self._down) / count * self._up
        return self.module.where(self.isfinite(found), found, scaled)

    def length(self, x: Value, total: Callable[[Value], Value], plus: Any = 0) -> Value:
        """√(total(x²) + plus), also where squares overflow or vanish and the root does not."""
        if self.dtype == "float32":
            with self._double():
                squares = self.module.multiply(x, x, dtype="float64")
                return self.sqrt(total(squares) + float(plus)).astype(self.dtype)
        found = root = self.sqrt(total(x * x) + plus)
        for outside, by in ((root == math.inf, self._down), (root < self._least, self._up)):
            scale = float(by)
            scaled = x * scale
            other = self.sqrt(total(scaled * scaled) + float(plus) * scale * scale) / scale
            found = self.module.where(outside, other, found)
        return found

    @contextmanager
    def _double(self) -> Iterator[None]:
        """While it is open, sums are float64."""
        self.sums = "float64"
        try:
            yield
        finally:
            self.sums = None

    def product(self, x: Value) -> Value:
        """The products along the last axis, also where products of some factors overflow."""
        if not x.shape[-1]:
            return self.prod(x, axis=-1)
        parts = products.split(self, x)
        careful = products.joined(self, products.product(self, parts))[..., 0]
        within = products.within_range(self, parts)
        return self.module.where(within, self.prod(x, axis=-1), careful)

    def others(self, x: Value, g: Value) -> Value:
        """g times the product of all elements but each itself, along the last axis."""
        if not x.shape[-1]:
            return g * other_products(self, x)
        first, parts = (products.split(self, v) for v in (g, x))
        careful = products.joined(self, products.others(self, parts, first))
        within = products.within_range(self, first, parts)
        return self.module.where(within, g * other_products(self, x), careful)

    def kept(self, x: Value, drop: Any, seed: int) -> Value:
        """Which elements of x dropout keeps: 1 or 0, the same on every backend and machine."""
        mask = keep_mask(tuple(x.shape), drop, seed)
        return self.module.asarray(mask.astype(self.dtype))

    def refuse(self, wrong: Value, error: Callable[[Any], Exception]) -> None:
        """Raise the error where something is wrong: at the end of the pass, or at once outside."""
        if self._refusals is not None:
            self._refusals.append((wrong, error))
        elif wrong.any():
            raise error(wrong)

    def quiet(self, *, checked: bool = False) -> Formulas:
        """The context of a pass: what is to be refused is looked at where it ends, unless an
        earlier pass over the same numbers has `checked` it.
        """
        return Formulas(self, _Pass(self, checked=checked))


class _Pass(AbstractContextManager[None]):
    """A pass, within which nothing is refused yet."""

    def __init__(self, xp: Device, *, checked: bool) -> None:
        self._xp, self._checked = xp, checked

    def __enter__(self) -> None:
        self._outer, self._xp._refusals = self._xp._refusals, []

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        found, self._xp._refusals = self._xp._refusals or [], self._outer
        if error is not None or not found or self._checked:
            return
        any_wrong = self._xp.module.stack([wrong.any() for wrong, _ in found])
        if any_wrong.any():
            for wrong, refusal in found:
                if wrong.any():
                    raise refusal(wrong)


def library() -> Any:
    """CuPy. Raises BackendError where it is not installed, or finds no GPU or no fitting driver."""
    hint = "leave --backend out to run on NumPy"
    try:
        import cupy
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == "cupy"
        raise BackendError(
            "the cupy backend needs the package cupy",
            expected="cupy-cuda13x",
            got="" if missing else f"one that cannot be loaded: {str(error).splitlines()[0]:.100}",
            hint=f"install it, or {hint}",
        ) from None
    if cupy.is_available():
        return cupy
    raise BackendError(
        "the cupy backend needs an NVIDIA GPU", got=_why_unavailable(cupy), hint=hint
    )


def _why_unavailable(cupy: Any) -> str:
    """What CUDA says: no driver, one that is too old, or no device."""
    runtime = cupy.cuda.runtime
    try:
        count = runtime.getDeviceCount()
    except runtime.CUDARuntimeError as error:
        if "InsufficientDriver" in str(error):
            return f"{_driver(runtime)} for CUDA {_version(runtime.runtimeGetVersion())}"
        return f"none that CuPy can use: {error}"
    return "none that CuPy can use" if not count else "one that CuPy cannot use"


def _driver(runtime: Any) -> str:
    found = runtime.driverGetVersion()
    if not found:
        return "no driver"
    return f"a driver for CUDA {_version(found)}, which is too old"


def _version(number: int) -> str:
    """13000 as 13.0."""
    return f"{number // 1000}.{number % 1000 // 10}"
