"""The comparisons of the contract, as Python writes them: sign, function and method."""

from __future__ import annotations

import operator
from typing import Final

COMPARISONS: Final = {
    "greater": (">", operator.gt, "__gt__"),
    "greater_equal": (">=", operator.ge, "__ge__"),
    "less": ("<", operator.lt, "__lt__"),
    "less_equal": ("<=", operator.le, "__le__"),
    "equal": ("==", operator.eq, "__eq__"),
    "not_equal": ("!=", operator.ne, "__ne__"),
}
