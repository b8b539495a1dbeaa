"""Moments at which nothing is at work, by which frames can be asked for instead of by a step."""

from typing import Final, Literal, get_args

Moment = Literal["values", "final"]
"""All values are known; all values and all gradients."""
MOMENTS: Final[tuple[Moment, ...]] = get_args(Moment)
