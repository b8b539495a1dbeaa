"""Values and gradients of every op beside PyTorch's, over random shapes and options: `make
oracles`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradviz.ops import every, get
from tests.oracles.peers import NO_PEER, PEERS
from tests.peers.comparing import by_op

pytestmark = pytest.mark.oracle
CLOSE = 1e-10


def distance(ours: Any, theirs: Any, least: float = 1e-3) -> float:
    """The largest difference, relative to the largest element (or to `least`, where all cancel)."""
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    assert ours.shape == theirs.shape
    scale = max(float(np.max(np.abs(theirs), initial=0)), least)
    return float(np.max(np.abs(ours - theirs), initial=0)) / scale


@pytest.mark.parametrize("name", PEERS)
@given(st.data())
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_values_and_gradients(name: str, data: Any) -> None:
    operands, options = PEERS[name].draw(data)
    op = get(name)
    shapes = [np.shape(x) for x in operands]
    tensors = [
        torch.tensor(v, requires_grad=op.has_gradient(i, shapes, options))
        for i, v in enumerate(operands)
    ]
    value = PEERS[name].peer(*tensors, **options)
    upstream = np.random.default_rng(7).normal(size=tuple(value.shape))
    mine, gradients = by_op(name, operands, options, upstream)
    assert distance(mine, value.detach().numpy()) < CLOSE
    wanted = [t for t in tensors if t.requires_grad]
    theirs = torch.autograd.grad(value, wanted, torch.tensor(upstream), allow_unused=True)
    for i, (g, peer) in enumerate(zip(gradients, theirs, strict=True)):
        assert distance(g, np.zeros(np.shape(g)) if peer is None else peer.numpy()) < CLOSE, (
            f"operand {i}"
        )


def test_every_op_is_compared_or_has_its_reason() -> None:
    assert sorted([*PEERS, *NO_PEER]) == sorted(op.name for op in every())
