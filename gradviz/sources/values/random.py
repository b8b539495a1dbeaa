"""Numbers from the standard normal distribution: `random:SEED`, `random:SEED:2x3`."""

from gradviz.errors import ValueInputError
from gradviz.sources.values import Asked, Given, Value

PREFIX = "random:"


def read(asked: Asked) -> Given:
    """Random numbers; the same seed and shape give the same numbers.

    Without a shape, they have the one that the input declares, or are a scalar. Raises
    ValueInputError.
    """
    import numpy as np

    seed, *shape = asked.text.removeprefix(PREFIX).split(":")
    try:
        sizes = tuple(int(n) for n in shape[0].split("x")) if shape else asked.shape or ()
        if len(shape) > 1 or min(sizes, default=1) < 0:
            raise ValueError
        return Given(np.random.default_rng(int(seed)).standard_normal(sizes))
    except (ValueError, OverflowError):
        raise ValueInputError(
            f"the value of {asked.name} cannot be sampled",
            expected="random:SEED or random:SEED:2x3",
            got=asked.text,
        ) from None


VALUE = Value("random numbers", read, prefix=PREFIX, is_fitted=True)
