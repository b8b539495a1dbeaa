"""A kind of cases of which `make test` takes a few and `make proofs` the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from _pytest.mark import ParameterSet


def sampled(
    names: str | Sequence[str], cases: Iterable[Any], few: int, **options: Any
) -> pytest.MarkDecorator:
    """As `pytest.mark.parametrize`; all but `few` of the cases, evenly spread, are proofs."""
    whole = list(cases)
    taken = {i * len(whole) // few for i in range(few)}
    several = not isinstance(names, str) or "," in names

    def proof(case: Any) -> Any:
        if isinstance(case, ParameterSet):
            return case._replace(marks=(*case.marks, pytest.mark.proof))
        return pytest.param(*(case if several else (case,)), marks=[pytest.mark.proof])

    split = [case if i in taken else proof(case) for i, case in enumerate(whole)]
    return pytest.mark.parametrize(names, split, **options)
