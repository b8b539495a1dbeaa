"""Whole networks: loss and every gradient beside PyTorch's, on the same weights, in float64: `make
oracles`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import gradviz as gv
from tests.oracles.test_torch import distance

pytestmark = pytest.mark.oracle
Weights = Mapping[str, Any]
TINY = 1e-300


def conv(w: Weights, name: str, x: Any, **options: Any) -> Any:
    return F.conv2d(x, w[f"{name}_w"], w.get(f"{name}_b"), **options)


def dense(w: Weights, name: str, x: Any) -> Any:
    return F.linear(x, w[f"{name}_w"], w[f"{name}_b"])


def norm(w: Weights, name: str, x: Any) -> Any:
    return F.batch_norm(x, None, None, w[f"{name}_g"], w[f"{name}_b"], training=True)


def lenet5(w: Weights, x: Any) -> Any:
    x = F.avg_pool2d(torch.tanh(conv(w, "conv1", x)), 2)
    x = F.avg_pool2d(torch.tanh(conv(w, "conv2", x)), 2).flatten(1)
    return dense(w, "fc3", torch.tanh(dense(w, "fc2", torch.tanh(dense(w, "fc1", x)))))


def alexnet(w: Weights, x: Any) -> Any:
    around = lambda x: F.local_response_norm(x, 5, alpha=5e-4, beta=0.75, k=2.0)
    x = around(F.max_pool2d(F.relu(conv(w, "conv1", x, stride=4)), 3, 2))
    x = around(F.max_pool2d(F.relu(conv(w, "conv2", x, padding=2)), 3, 2))
    for name in ("conv3", "conv4", "conv5"):
        x = F.relu(conv(w, name, x, padding=1))
    x = F.max_pool2d(x, 3, 2).flatten(1)
    return dense(w, "fc8", F.relu(dense(w, "fc7", F.relu(dense(w, "fc6", x)))))


def resnet18(w: Weights, x: Any) -> Any:
    x = F.max_pool2d(F.relu(norm(w, "bn1", conv(w, "conv1", x, stride=2, padding=3))), 3, 2, 1)
    for stage in range(1, 5):
        for block in (1, 2):
            at, stride = f"stage{stage}_block{block}", 2 if stage > 1 and block == 1 else 1
            main = F.relu(norm(w, f"{at}_bn1", conv(w, f"{at}_conv1", x, stride=stride, padding=1)))
            main = norm(w, f"{at}_bn2", conv(w, f"{at}_conv2", main, padding=1))
            skip = (
                norm(w, f"{at}_shortcut_bn1", conv(w, f"{at}_shortcut_conv1", x, stride=stride))
                if stride > 1
                else x
            )
            x = F.relu(main + skip)
    return dense(w, "fc1", x.mean((2, 3)))


NETWORKS: dict[str, tuple[str, Callable[[Weights, Any], Any], tuple[int, ...]]] = {
    "LeNet-5": ("net:lenet5", lenet5, (3, 1, 32, 32)),
    "AlexNet": ("net:alexnet,training=no", alexnet, (1, 3, 227, 227)),
    "ResNet-18": ("net:resnet18", resnet18, (1, 3, 224, 224)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_loss_and_gradients(name: str) -> None:
    source, peer, shape = NETWORKS[name]
    rng = np.random.default_rng(3)
    image, labels = rng.normal(size=shape), rng.integers(0, 10, shape[0])
    trace = gv.run(source, image=image, label=labels)
    weights = {
        n.name: torch.tensor(trace.value(n.name), requires_grad=True)
        for n in trace.graph.parameters
    }
    x = torch.tensor(image, requires_grad=True)
    loss = F.cross_entropy(peer(weights, x), torch.tensor(labels))
    loss.backward()
    assert distance(trace.value(trace.graph.output), loss.item(), TINY) < 1e-10
    assert distance(trace.gradient("image"), x.grad, TINY) < 1e-10
    for key, weight in weights.items():
        assert distance(trace.gradient(key), weight.grad, TINY) < 1e-10, key
