"""A hundred steps of every optimiser, schedule, decay and clipping beside PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gradviz.arrays import for_backend
from gradviz.engine.descent import descent
from gradviz.engine.optimisers import OPTIMISERS
from gradviz.engine.schedules import SCHEDULES

pytestmark = pytest.mark.oracle

STEPS, CLOSE = 100, 1e-12
PEERS: dict[str, Any] = {
    "sgd": lambda w, lr, **o: torch.optim.SGD(w, lr, **o),
    "momentum": lambda w, lr, **o: torch.optim.SGD(w, lr, momentum=0.9, **o),
    "nesterov": lambda w, lr, **o: torch.optim.SGD(w, lr, momentum=0.9, nesterov=True, **o),
    "adagrad": lambda w, lr, **o: torch.optim.Adagrad(w, lr, **o),
    "rmsprop": lambda w, lr, **o: torch.optim.RMSprop(w, lr, **o),
    "adam": lambda w, lr, **o: torch.optim.Adam(w, lr, **o),
    "adamw": lambda w, lr, **o: torch.optim.AdamW(w, lr, **o),
}
LR = torch.optim.lr_scheduler
PLANS: dict[str, tuple[str, Any]] = {
    "constant": ("constant", lambda o: LR.ConstantLR(o, factor=1)),
    "step": ("step,factor=0.5,every=30", lambda o: LR.StepLR(o, 30, 0.5)),
    "exponential": ("exponential,factor=0.97", lambda o: LR.ExponentialLR(o, 0.97)),
    "cosine": ("cosine", lambda o: LR.CosineAnnealingLR(o, STEPS)),
    "warmup": ("warmup,over=20", lambda o: LR.LinearLR(o, 1 / 20, total_iters=19)),
    "warmup-cosine": (
        "warmup-cosine,over=20",
        lambda o: LR.LambdaLR(
            o, lambda k: min(1, (k + 1) / 20) * (1 + np.cos(np.pi * max(0, k - 20) / 80)) / 2
        ),
    ),
}


def gradient(w: torch.Tensor) -> torch.Tensor:
    """That of a curved valley, in which no two elements are alike."""
    scale = torch.arange(1, w.numel() + 1, dtype=torch.float64).reshape(w.shape)
    return scale * torch.sin(w) + 0.3 * w.flip(0)


def compare(
    name: str, lr: float, plan: str = "constant", theirs: Any = None, **options: float
) -> None:
    start = [np.random.default_rng(k).normal(size=shape) for k, shape in enumerate([(3, 2), (4,)])]
    ours = descent(name, lr=lr, schedule=PLANS[plan][0], **options)
    weights = [torch.tensor(w) for w in start]
    peer_options = {"weight_decay": options["l2"]} if "l2" in options else {}
    peer = PEERS[name](weights, lr, **peer_options)
    scheduler = PLANS[plan][1](peer)
    w = np.concatenate([p.ravel() for p in start])
    state = {key: np.zeros(w.size) for key in ours.state}
    for k in range(1, STEPS + 1):
        mine = [torch.tensor(w[:6].reshape(3, 2)), torch.tensor(w[6:])]
        g = np.concatenate([gradient(p).numpy().ravel() for p in mine])
        w, state = ours.step(w, g, state, k, STEPS, for_backend())
        for p in weights:
            p.grad = gradient(p)
            if "l1" in options:
                p.grad = p.grad + options["l1"] * torch.sign(p)
        if theirs is not None:
            theirs(weights)
        peer.step()
        scheduler.step()
        found = np.concatenate([p.numpy().ravel() for p in weights])
        assert np.max(np.abs(w - found)) <= CLOSE * max(1, np.max(np.abs(found))), f"step {k}"


@pytest.mark.parametrize("lr", [0.001, 0.05])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers(name: str, lr: float) -> None:
    compare(name, lr)


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"])
def test_weight_decay(name: str) -> None:
    compare(name, 0.02, l2=0.1)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_elastic_decay(name: str) -> None:
    compare(name, 0.02, l1=0.03)
    compare(name, 0.02, l1=0.03, l2=0.1)


@pytest.mark.parametrize("plan", SCHEDULES)
@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_schedules(name: str, plan: str) -> None:
    compare(name, 0.05, plan)


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_clipping(name: str) -> None:
    from torch.nn.utils import clip_grad_norm_, clip_grad_value_

    compare(name, 0.05, theirs=lambda w: clip_grad_value_(w, 0.5), clip_value=0.5)
    compare(name, 0.05, theirs=lambda w: clip_grad_norm_(w, 1.5), clip_norm=1.5)
