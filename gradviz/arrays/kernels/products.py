"""Products of many factors whose intermediate products leave the range of a float.

Every number is kept as a fraction in [½, 1) and a power of 2, and pairs are multiplied up a tree,
so that only the result may overflow or vanish.
"""

from __future__ import annotations

from typing import Any

Value = Any
Split = tuple[Value, Value]
"""Fractions and powers of 2, alike in shape."""


def split(xp: Any, x: Value) -> Split:
    """Numbers as fractions and powers of 2."""
    fraction, power = xp.module.frexp(x)
    return fraction, power.astype("int64")


def joined(xp: Any, number: Split) -> Value:
    """The floats again; beyond their range 0 or an infinity."""
    fraction, power = number
    return xp.module.ldexp(fraction, xp.module.clip(power, -9999, 9999).astype("int32"))


def stays_in_range(xp: Any, *numbers: Split) -> bool:
    """Whether no product of any of the numbers along the last axis leaves the range."""
    return bool(within_range(xp, *numbers))


def within_range(xp: Any, *numbers: Split) -> Value:
    """The same as a condition without axes."""
    module = xp.module
    dtype = numbers[0][0].dtype
    total: Any = sum(module.sum(module.abs(power), axis=-1) for _, power in numbers)
    return module.all(total < module.finfo(dtype).maxexp - 2)


def product(xp: Any, x: Split) -> Split:
    """The products along the last axis, of at least one number, which stays as 1."""
    while x[0].shape[-1] > 1:
        x = _times(xp, *_pairs(xp, x))
    return x


def others(xp: Any, x: Split, first: Split) -> Split:
    """For each number along the last axis `first`, an axis of 1, times all numbers but itself."""
    count = x[0].shape[-1]
    if count == 1:
        return first
    left, right = _pairs(xp, x)
    around = others(xp, _times(xp, left, right), first)
    sides = _times(xp, around, right), _times(xp, around, left)
    woven = (xp.module.stack(part, axis=-1) for part in zip(*sides, strict=True))
    fraction, power = (part.reshape((*part.shape[:-2], -1))[..., :count] for part in woven)
    return fraction, power


def _pairs(xp: Any, x: Split) -> tuple[Split, Split]:
    """Every other number, and the one after each; 1 after the last of an odd count."""
    fraction, power = x
    if fraction.shape[-1] % 2:
        ends = (*fraction.shape[:-1], 1)
        fraction = xp.concatenate([fraction, xp.ones(ends)], -1)
        power = xp.concatenate([power, xp.module.zeros(ends, power.dtype)], -1)
    return (fraction[..., 0::2], power[..., 0::2]), (fraction[..., 1::2], power[..., 1::2])


def _times(xp: Any, a: Split, b: Split) -> Split:
    fraction, power = split(xp, a[0] * b[0])
    return fraction, power + a[1] + b[1]
