"""Step numbers, as people write them."""

from __future__ import annotations

import re

from gradviz.errors import UsageError, ValueInputError


def step_numbers(text: str, total: int) -> list[int]:
    """Step numbers from `all`, `7`, `3-9`, `3-`, `-5` or several of them with commas.

    Raises UsageError for any other text, ValueInputError for a step beyond the end.
    """
    if text == "all":
        return list(range(1, total + 1))
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{0,18})\s*(-?)\s*(\d{0,18})\s*", part)
        if match is None or not (match[1] or match[3]):
            raise UsageError(
                f"{text!r:.60} is not a step or a range of steps",
                expected="all, 7, 3-9, 3- or 1,4-6",
            )
        first = int(match[1] or 1)
        last = int(match[3] or total) if match[2] else first
        if not 1 <= first <= last <= total:
            raise ValueInputError(
                (
                    f"there are no steps {part.strip()}"
                    if match[2]
                    else f"there is no step {part.strip()}"
                ),
                expected=f"steps from 1 to {total}",
                got=text,
            )
        found.extend(range(first, last + 1))
    return found
