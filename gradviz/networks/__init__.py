"""Networks as graphs: layers, a zoo of named networks, summaries.

from gradviz import networks as nn
net = nn.Sequential(nn.Conv2d(6, 5), nn.Relu(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(10))
scores = net(nn.data("image", (1, 28, 28)))          # an expression: gv.run(scores, image=…)

For other rooms, besides what is offered here:

- catalogue
- initialisers
- loss
- named
- summary
- weights
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradviz.networks.activations import Activation as Activation
    from gradviz.networks.activations import Elu as Elu
    from gradviz.networks.activations import LeakyRelu as LeakyRelu
    from gradviz.networks.activations import Relu as Relu
    from gradviz.networks.activations import Sigmoid as Sigmoid
    from gradviz.networks.activations import Softmax as Softmax
    from gradviz.networks.activations import Tanh as Tanh
    from gradviz.networks.layers import AvgPool2d as AvgPool2d
    from gradviz.networks.layers import BatchNorm as BatchNorm
    from gradviz.networks.layers import Conv2d as Conv2d
    from gradviz.networks.layers import Dense as Dense
    from gradviz.networks.layers import Dropout as Dropout
    from gradviz.networks.layers import Flatten as Flatten
    from gradviz.networks.layers import GlobalAvgPool2d as GlobalAvgPool2d
    from gradviz.networks.layers import Linear as Linear
    from gradviz.networks.layers import LocalResponseNorm as LocalResponseNorm
    from gradviz.networks.layers import MaxPool2d as MaxPool2d
    from gradviz.networks.named import net as net
    from gradviz.networks.parameters import data as data
    from gradviz.networks.parameters import parameter as parameter
    from gradviz.networks.sequential import Layer as Layer
    from gradviz.networks.sequential import Residual as Residual
    from gradviz.networks.sequential import Sequential as Sequential
    from gradviz.networks.summary import summarise as summarise

PLACES = {
    "activations": ("Activation", "Elu", "LeakyRelu", "Relu", "Sigmoid", "Softmax", "Tanh"),
    "layers": (
        "AvgPool2d",
        "BatchNorm",
        "Conv2d",
        "Dense",
        "Dropout",
        "Flatten",
        "GlobalAvgPool2d",
        "Linear",
        "LocalResponseNorm",
        "MaxPool2d",
    ),
    "parameters": ("data", "parameter"),
    "sequential": ("Layer", "Residual", "Sequential"),
    "named": ("net",),
    "summary": ("summarise",),
}

__all__ = sorted(name for names in PLACES.values() for name in names)


def __getattr__(name: str) -> Any:
    for module, names in PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"gradviz.networks has no {name!r}")
