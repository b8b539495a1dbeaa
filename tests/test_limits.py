"""Work too large is refused in one line that says what fits."""

from math import inf

import pytest

from gradviz.limits import Way, fitting, say_bytes, say_count, too_large


@pytest.mark.parametrize("available", [0, 1, 9, 10, 11, 99, 100, 10**6])
def test_the_largest_that_fits_fits_and_one_more_does_not(available: int) -> None:
    way = Way("{:,} squares", 900, lambda n: n * n + 1)
    largest = way.largest(available)
    assert not largest or largest**2 + 1 <= available
    assert largest == 900 or (largest + 1) ** 2 + 1 > available


def test_the_first_way_that_leaves_anything_is_said() -> None:
    ways = [Way("a batch of {:,}", 8, lambda n: inf), Way("{:,} rows", 9, lambda n: 2 * n, "fit")]
    assert fitting(ways, 11) == "5 rows fit"
    assert fitting(ways, 1) == ""


def test_a_message_is_one_line() -> None:
    fits = fitting([Way("a batch of {:,}", 64, lambda n: 2 * n)], 24)
    assert too_large("a batch of 64 needs", "about 40 GiB", "24 GiB are free", fits) == (
        "a batch of 64 needs about 40 GiB, 24 GiB are free: a batch of 12 fits"
    )
    assert too_large("it needs", "2", "1 is there", "").endswith(": nothing smaller fits")


@pytest.mark.parametrize(
    ("number", "said"),
    [(950, "950"), (12_000, "12,000"), (3.4e6, "3.4 million"), (2e9, "2.0 billion"),
     (5.6e13, "5.6e+13")],
)  # fmt: skip
def test_numbers_for_people(number: float, said: str) -> None:
    assert say_count(number) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(320, "320 bytes"), (2048, "2.0 KiB"), (123 << 20, "123 MiB"), (3 << 40, "3.0 TiB")],
)
def test_bytes_for_people(count: int, said: str) -> None:
    assert say_bytes(count) == said
