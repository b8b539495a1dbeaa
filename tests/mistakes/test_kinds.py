"""Kinds of mistakes, each with wrong numbers that NumPy alone works out from what was done."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from tests.sampled import sampled

KINDS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("slips-of-kinds.json").read_text(encoding="utf-8")
)


def _name(kind: dict[str, Any]) -> str:
    return f"{kind['named']}: {kind['cause']}"


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-np.asarray(z, float)))


def softmax(z: Any) -> Any:
    e = np.exp(np.asarray(z, float))
    return e / e.sum(-1, keepdims=True)


def convolved(x: Any, w: Any, s: int = 1, p: int = 0) -> Any:
    """Every channel of the output, window by window, with stride s and padding p."""
    x, w = np.pad(np.asarray(x, float), ((0, 0), (p, p), (p, p))), np.asarray(w, float)
    rows, columns = w.shape[-2:]
    m, n = ((have - size) // s + 1 for have, size in zip(x.shape[1:], w.shape[-2:], strict=True))
    return np.array(
        [
            [
                [(x[:, i * s : i * s + rows, j * s : j * s + columns] * k).sum() for j in range(n)]
                for i in range(m)
            ]
            for k in w
        ]
    )


HELPERS: dict[str, Any | Callable[..., Any]] = {
    "np": np,
    "math": math,
    "sig": sigmoid,
    "sm": softmax,
    "conv": convolved,
}


@pytest.mark.parametrize("kind", KINDS, ids=_name)
def test_the_wrong_numbers_follow_from_what_was_done(kind: dict[str, Any]) -> None:
    space = {**HELPERS, **kind["inputs"], "lr": kind.get("lr"), "h": kind.get("h")}
    *statements, numbers = kind["arithmetic"]
    exec("\n".join(statements), space)
    for claim, number in zip(kind["claims"], eval(numbers, space), strict=True):
        written = claim.rpartition("=")[2]
        unit = 10.0 ** -len(written.partition(".")[2])
        assert float(written) == pytest.approx(float(number), rel=0, abs=unit * (0.5 + 1e-6))


@sampled("kind", KINDS, few=3, ids=_name)
def test_the_kind_is_named_first(kind: dict[str, Any]) -> None:
    options = {k: kind[k] for k in ("lr", "h") if k in kind}
    found = gv.diagnose(kind["source"], *kind["claims"], values=kind["inputs"], **options)
    wrong = next(f for f in found.findings if not f.is_right)
    best = wrong.best or (found.together and found.together.best)
    assert best and best.slips[0].mistake == kind["named"], found.says
