"""Tables of numbers: `@file.csv`, `@file.tsv`."""

from gradviz.sources.values import Asked, Given, Value


def read(asked: Asked) -> Given:
    """The numbers of a table; one row or one column is a vector. Raises FileError or ParseError."""
    from gradviz.sources import tables

    return Given(*tables.numbers(asked.path))


VALUE = Value("a table in a file", read, suffixes=(".csv", ".tsv"))
