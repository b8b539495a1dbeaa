"""Ids and random streams: the same everywhere, and fair."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gradviz.exam.kinds import question
from gradviz.exam.question.identity import Identity
from gradviz.exam.stream import Stream, digest


def test_an_id_is_the_hash_of_its_ingredients() -> None:
    """An HMAC keyed by the seed, worked out with sha256sum and openssl."""
    assert digest("ab", "c") != digest("a", "bc")
    # printf '1:48:gradient1:15:s-001' | sha256sum | head -c64 | openssl dgst -sha256 -hmac 7/1
    assert Identity("gradient", 1, "7/1", "s-001").id == "706f8e7ce116"


def test_every_ingredient_counts() -> None:
    base = Identity("gradient", 1, "7", "s")
    others = [
        Identity("branch", 1, "7", "s"),
        Identity("gradient", 2, "7", "s"),
        Identity("gradient", 1, "8", "s"),
        Identity("gradient", 1, "7", "t"),
        Identity("gradient", 1, "7", "s", version="1"),
    ]
    assert len({base.id, *(other.id for other in others)}) == 6


def test_a_change_of_words_keeps_the_numbers() -> None:
    """The version gives another id; what is sampled is the same, by sha256sum of the key."""
    now, before = Identity("gradient", 1, "7", "s"), Identity("gradient", 1, "7", "s", version="2")
    sampled = [now.stream(4).below(256), before.stream(4).below(256)]
    # printf '1:38:gradient1:11:71:s1:4' | sha256sum gives the key; the key and 8 zero bytes, again
    # through sha256sum, give the first byte.
    assert now.id != before.id and sampled == [100, 100]


@given(st.integers(1, 1000), st.text(max_size=5))
def test_draws_stay_in_range_and_repeat(size: int, key: str) -> None:
    a, b = Stream(key), Stream(key)
    drawn = [a.below(size) for _ in range(20)]
    assert all(0 <= n < size for n in drawn)
    assert drawn == [b.below(size) for _ in range(20)]


@given(st.lists(st.integers(), max_size=8), st.integers(0, 8))
def test_shuffles_keep_everything_and_choices_keep_order(items: list[int], size: int) -> None:
    assert sorted(Stream("s").shuffled(items)) == sorted(items)
    places = list(range(len(items)))
    chosen = Stream("s").chosen(places, size)
    assert chosen == sorted(chosen) and len(chosen) == min(size, len(items))


def test_draws_are_fair() -> None:
    """Chi-squared of 6000 throws of a die: below 20.5 in 999 of 1000 cases (5 degrees of
    freedom).
    """
    stream = Stream("die")
    counts = Counter(stream.between(1, 6) for _ in range(6000))
    assert set(counts) == set(range(1, 7))
    assert sum((n - 1000) ** 2 / 1000 for n in counts.values()) < 20.5


def test_the_same_question_in_another_process_and_hash_seed() -> None:
    code = "from gradviz.exam.kinds import question; print(question('gradient', 3, 5, 's').draft)"
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert said == {f"{question('gradient', 3, 5, 's').draft}\n"}
