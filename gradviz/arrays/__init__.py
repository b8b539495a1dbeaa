"""Array namespaces: the `xp` that every formula takes, over NumPy, CuPy, exact numbers, fractions
and single floats.

For other rooms:

- code
- contours
- cuda
- digits
- exact
- exact_sides
- javascript
- kernels
- namespace
- npy
- rationals
- recorder
- scalars
- tape
- written
"""

from __future__ import annotations

from functools import cache
from typing import Any

from gradviz.arrays.namespace import Backend
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean

BACKENDS = {
    "numpy": "floats, on the CPU; the default",
    "numpy-fast": "numpy, with large 3×3 convolutions a quarter faster, rounded five times as much",
    "cupy": "floats, on an NVIDIA GPU",
    "exact": "fractions, roots and symbols, without rounding",
}
"""Every backend, and what it computes with."""

CAUTIONS = {
    "numpy-fast": (
        "By numpy-fast: 3×3 convolutions of 64 channels and more, over at least 40 cells a row, are"
        " rounded about five times as much as by numpy."
    )
}
"""By backend, what there is to know about its numbers."""

DTYPES = ("float64", "float32")


def for_backend(backend: str = "numpy", dtype: Any = "float64") -> Backend:
    """The array namespace of a backend. NumPy's own dtypes are accepted too.

    Raises UnknownNameError for a backend or dtype that does not exist, BackendError for one that
    this machine cannot run.
    """
    dtype = getattr(dtype, "__name__", str(dtype))
    if not isinstance(backend, str) or backend not in BACKENDS:
        raise UnknownNameError(
            f"there is no backend {backend!r}",
            expected=", ".join(BACKENDS),
            hint=did_you_mean(backend, BACKENDS),
        )
    if dtype not in DTYPES:
        raise UnknownNameError(
            f"there is no dtype {dtype!r}",
            expected=", ".join(DTYPES),
            hint=did_you_mean(dtype, DTYPES),
        )
    if backend == "exact":
        from gradviz.arrays.exact import Exact

        return Exact()
    if backend in ("numpy", "numpy-fast"):
        return _numpy(dtype, is_fast=backend == "numpy-fast")  # type: ignore[no-any-return]
    from gradviz.arrays.device import Device, library

    return Device(library(), _numpy(dtype))


@cache
def _numpy(dtype: str, *, is_fast: bool = False) -> Any:
    import numpy

    from gradviz.arrays.numeric import Numeric

    return Numeric(numpy, "numpy", dtype, is_fast=is_fast)


def detached(value: Any) -> Any:
    """A tensor of PyTorch as an array, without the record of how it was computed; anything else
    unchanged. Raises ValueInputError for one that no array can hold.
    """
    if not (hasattr(value, "detach") and hasattr(value, "cpu") and hasattr(value, "numpy")):
        return value
    try:
        return value.detach().cpu().numpy()
    except (TypeError, RuntimeError) as error:
        raise ValueInputError(
            "this tensor cannot become an array of NumPy",
            got=str(error),
            hint="x.to_dense().float() is a tensor that can",
        ) from None
