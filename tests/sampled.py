"""A kind of cases of which `make test` takes a few and `make proofs` the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest


def sampled(
    names: str | Sequence[str], cases: Iterable[Any], few: int, **options: Any
) -> pytest.MarkDecorator:
    """As `pytest.mark.parametrize`; all but `few` of the cases, evenly spread, are proofs."""
    whole = list(cases)
    taken = {i * len(whole) // few for i in range(few)}
    several = not isinstance(names, str) or "," in names
    rest = [
        case
        if i in taken
        else pytest.param(*(case if several else (case,)), marks=[pytest.mark.proof])
        for i, case in enumerate(whole)
    ]
    return pytest.mark.parametrize(names, rest, **options)
