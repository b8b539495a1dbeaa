"""Random numbers that are the same on every machine and in every version of Python.

A stream is SHA-256 in counter mode, seeded by a key.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from itertools import count
from typing import TypeVar

T = TypeVar("T")


def digest(*parts: str) -> str:
    """SHA-256 of texts, each prefixed by its length so that different lists never coincide."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode()
        hashed.update(f"{len(data)}:".encode() + data)
    return hashed.hexdigest()


def keyed(key: str, *parts: str) -> str:
    """HMAC-SHA-256 of texts (RFC 2104): says nothing about them to those without the key."""
    return hmac.new(key.encode(), digest(*parts).encode(), hashlib.sha256).hexdigest()


class Stream:
    """Unbiased random numbers from SHA-256 in counter mode."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._blocks = count()
        self._bits, self._left = 0, 0

    def _draw(self, bits: int) -> int:
        while self._left < bits:
            block = hashlib.sha256(self._key + next(self._blocks).to_bytes(8, "big")).digest()
            self._bits = (self._bits << 256) | int.from_bytes(block, "big")
            self._left += 256
        self._left -= bits
        found = self._bits >> self._left
        self._bits &= (1 << self._left) - 1
        return found

    def below(self, size: int) -> int:
        """A whole number from 0 to size − 1."""
        bits = max(1, (size - 1).bit_length())
        while (found := self._draw(bits)) >= size:
            pass
        return found

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All the options in random order (Fisher–Yates)."""
        found = list(options)
        for i in range(len(found) - 1, 0, -1):
            j = self.below(i + 1)
            found[i], found[j] = found[j], found[i]
        return found

    def chosen(self, options: Sequence[T], size: int) -> list[T]:
        """`size` different options, in their original order."""
        keep = sorted(self.shuffled(range(len(options)))[:size])
        return [options[i] for i in keep]

    def chance(self, of: int) -> bool:
        """True with probability 1/`of`."""
        return self.below(of) == 0
