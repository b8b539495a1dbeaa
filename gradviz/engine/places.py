"""Which output cells a walk over an op's cells comes to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from gradviz.errors import ValueInputError
from gradviz.ops.op import Op, Shape, say_shape
from gradviz.trace.cells import Place, Places

MOST_WINDOWS: Final = 400
"""A walk over all channels is no longer than this, unless a channel is chosen; a longer one keeps to the first."""


def chosen(
    op: Op, shape: Shape, spatial: int, at: Sequence[int] | None, channel: int | None, sample: int
) -> Places:
    """The output cells of a walk: one sample, all of its channels or one of them, from `at` on.

    `spatial` is the number of axes behind the channels. Raises ValueInputError for what does not exist.
    """
    outer = len(shape) - spatial
    channels = shape[outer - 1] if outer and _has_channels(op) else 1
    inner = math.prod(shape[outer:])
    samples = math.prod(shape) // max(inner * channels, 1)
    for name, given, count in (("sample", sample, samples), ("channel", channel or 0, channels)):
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < count:
            raise ValueInputError(
                f"there is no {name} {given} in the output of {op.name}",
                expected=f"a number from 0 to {count - 1}", got=f"an output of shape {say_shape(shape)}",
            )  # fmt: skip
    if channel is None and inner * channels <= MOST_WINDOWS:
        start, stop = sample * channels * inner, (sample + 1) * channels * inner
    else:
        start = (sample * channels + (channel or 0)) * inner
        stop = start + inner
    places = Places(shape, start, stop)
    return places if at is None else _from(places, at)


def _from(places: Places, at: Sequence[int]) -> Places:
    """The places from `at` on."""
    try:
        place: Place = tuple(int(i) for i in at)
    except (TypeError, ValueError):
        place = ()
    fits = len(place) == len(places.shape) and all(0 <= i < n for i, n in zip(place, places.shape, strict=True))
    start = places.number(place) if fits else -1
    if not places.start <= start < places.stop:
        raise ValueInputError(
            "the walk does not come to this output cell", got=at,
            expected=f"a place from {places[0]} to {places[-1]}",
        )  # fmt: skip
    return Places(places.shape, start, places.stop)


def _has_channels(op: Op) -> bool:
    """Whether the axis before the spatial ones holds channels."""
    return op.window is not None or "conv" in op.name or "pool" in op.name
