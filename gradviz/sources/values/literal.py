"""A number, a fraction or an array, written out: `3`, `1/3`, `[1, 2]`, `sqrt(2)/2`."""

from gradviz.sources.values import Asked, Given, Value


def read(asked: Asked) -> Given:
    """The text itself: which numbers it stands for depends on the backend."""
    return Given(asked.text)


VALUE = Value("a number or an array", read)
