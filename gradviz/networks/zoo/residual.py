"""Networks with skip connections."""

from gradviz.graph.expression import Expression
from gradviz.networks.activations import Relu
from gradviz.networks.catalogue import network
from gradviz.networks.layers import BatchNorm, Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d
from gradviz.networks.parameters import data
from gradviz.networks.sequential import Layer, Residual, Sequential


def _conv(filters: int, kernel: int, stride: int, training: bool) -> tuple[Layer, Layer]:
    """A convolution padded to keep the size, without a bias (the normalisation has one)."""
    return Conv2d(filters, kernel, stride, padding=kernel // 2, bias=False), BatchNorm(training)


def _block(filters: int, stride: int, training: bool, *, changes: bool) -> Layer:
    """Two 3×3 convolutions and a skip connection, with a 1×1 convolution if the shape changes."""
    main = Sequential(*_conv(filters, 3, stride, training), Relu(), *_conv(filters, 3, 1, training))
    return Residual(main, Sequential(*_conv(filters, 1, stride, training)) if changes else None)


@network(
    "resnet18",
    "ResNet-18 on 224×224: eight residual blocks, whose skip connections are branch sums",
    "He et al., 2015, as in torchvision",
)
def resnet18(*, classes: int = 1000, training: bool = True) -> Expression:
    """In training, batch normalisation uses the run's own statistics, as a new PyTorch network
    does.

    With training=no it uses running means and variances, inputs that are 0 and 1 unless given.
    """
    stages: list[tuple[str, Layer]] = []
    for k, filters in enumerate((64, 128, 256, 512), 1):
        stride = 1 if k == 1 else 2
        first = _block(filters, stride, training, changes=k > 1)
        second = _block(filters, 1, training, changes=False)
        stages.append((f"stage{k}", Sequential(first, Relu(), second, Relu())))
    return Sequential(
        *_conv(64, 7, 2, training),
        Relu(),
        MaxPool2d(3, stride=2, padding=1),
        *stages,
        GlobalAvgPool2d(),
        Flatten(),
        Linear(classes),
    )(data("image", (3, 224, 224)))
