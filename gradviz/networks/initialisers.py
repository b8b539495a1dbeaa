"""Initialisers: how a parameter is initialised when no value is given.

They are plain data, so that a graph allocates nothing. Each parameter has its own random stream,
which depends on nothing but the seed and the parameter's name: NumPy's PCG64, seeded by its
SeedSequence with the seed and the name. Numbers are sampled as float64 and rounded to the wanted
type, so they are the same on every backend and machine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.graph.declared import KINDS
from gradviz.ops.op import Shape

Init = Mapping[str, Any]

CHUNK = 1 << 20
"""How many numbers are sampled at a time, so that no large array also exists in float64."""


def constant(value: Any) -> Init:
    """One number everywhere, or given numbers: nested lists in the parameter's shape."""
    return {"kind": "constant", "value": value}


def zeros() -> Init:
    """Zeros."""
    return constant(0)


def normal(std: float, mean: float = 0.0, seed: int = 0) -> Init:
    """Normally distributed numbers."""
    return {"kind": "normal", "mean": mean, "std": std, "seed": seed}


def he(fan: int, seed: int = 0) -> Init:
    """Normal with standard deviation √(2/fan), where fan is a unit's fan-in (He et al., 2015)."""
    return {"kind": "he", "fan": fan, "seed": seed}


def xavier(fan_in: int, fan_out: int, seed: int = 0) -> Init:
    """Uniform on ±√(6/(fan_in + fan_out)) (Glorot and Bengio, 2010)."""
    return {"kind": "xavier", "fan": [fan_in, fan_out], "seed": seed}


def is_random(init: Init) -> bool:
    """Whether an initialiser samples its numbers, rather than holding them."""
    return "seed" in KINDS[init["kind"]]


def chosen(kind: str | Init, fan_in: int, fan_out: int) -> Init:
    """An initialiser unchanged, or by its name: he, xavier, zeros. Raises UnknownNameError."""
    if not isinstance(kind, str):
        return kind
    known = {"he": lambda: he(fan_in), "xavier": lambda: xavier(fan_in, fan_out), "zeros": zeros}
    if kind not in known:
        raise UnknownNameError(
            f"there is no initialiser {kind!r}",
            expected=", ".join(known),
            hint=did_you_mean(kind, known),
        )
    return known[kind]()


def numbers(init: Init, shape: Shape) -> Any:
    """The numbers of a constant initialiser, as written, in nested lists of this shape."""
    value = init["value"]
    if isinstance(value, list | tuple):
        return value
    for size in reversed(shape):
        value = [value] * size
    return value


def draw(name: str, shape: Shape, init: Init, dtype: str = "float64") -> Any:
    """A parameter's value as a NumPy array of this shape and type."""
    import numpy as np

    if not is_random(init):
        return np.array(np.broadcast_to(np.asarray(init["value"], dtype), shape))
    out = np.empty(math.prod(shape), dtype)
    stream = _stream(name, init["seed"])
    for start, stop in _chunks(out.size):
        out[start:stop] = _sample(stream, init, stop - start)
    return out.reshape(shape)


def seed_of(name: str, seed: int) -> int:
    """A seed for something with this name, such as a dropout; it depends on nothing else."""
    return _hash(f"{seed} {name}", 4)


def _stream(name: str, seed: int) -> Any:
    import numpy as np

    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, _hash(name, 16)])))


def _hash(text: str, size: int) -> int:
    """A `size`-byte hash of a text as a number, the same on every machine."""
    from hashlib import sha256

    return int.from_bytes(sha256(text.encode()).digest()[:size], "little")


def _chunks(size: int) -> Iterator[tuple[int, int]]:
    return ((start, min(start + CHUNK, size)) for start in range(0, size, CHUNK))


def _sample(stream: Any, init: Init, count: int) -> Any:
    if init["kind"] == "xavier":
        limit = math.sqrt(6 / max(1, sum(init["fan"])))
        return stream.uniform(-limit, limit, count)
    std = init["std"] if init["kind"] == "normal" else math.sqrt(2 / max(1, init["fan"]))
    return init.get("mean", 0.0) + std * stream.standard_normal(count)
