"""Colours as `#rrggbb`: mixing them, and their contrast."""

from __future__ import annotations

import re
from functools import cache

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def is_colour(value: object) -> bool:
    """Whether a value is a colour written `#rrggbb`."""
    return isinstance(value, str) and _COLOUR.fullmatch(value) is not None


@cache
def channels(colour: str) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 1, as stored (gamma-encoded sRGB)."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def mixed(colour: str, ground: str, share: float) -> str:
    """A colour over a ground with the opacity `share`, mixed as a renderer does."""
    pairs = zip(channels(colour), channels(ground), strict=True)
    return "#" + "".join(f"{round(255 * (share * a + (1 - share) * b)):02X}" for a, b in pairs)


@cache
def linear(colour: str) -> tuple[float, float, float]:
    """Red, green and blue in proportion to light, by the sRGB transfer function (IEC 61966-2-1)."""
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour)
    )
    return red, green, blue


def luminance(colour: str) -> float:
    """The relative luminance as WCAG 2 defines it: 0 is black, 1 is white."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours as WCAG 2 defines it, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
