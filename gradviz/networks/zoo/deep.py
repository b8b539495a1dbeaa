"""The deep convolutional networks of ImageNet."""

from gradviz.graph.expression import Expression
from gradviz.networks.activations import Relu
from gradviz.networks.catalogue import network
from gradviz.networks.layers import Conv2d, Dropout, Flatten, Linear, LocalResponseNorm, MaxPool2d
from gradviz.networks.parameters import data
from gradviz.networks.sequential import Layer, Sequential

CS231N = "CS231n, Lecture 9: CNN Architectures"


def _classifier(classes: int, training: bool, first: int) -> list[Layer | tuple[str, Layer]]:
    """Two layers of 4096 units with dropout, then the scores; numbered after the convolutions."""
    layers: list[Layer | tuple[str, Layer]] = [Flatten()]
    for k in (first, first + 1):
        layers += [(f"fc{k}", Linear(4096)), Relu(), Dropout(0.5, training=training)]
    return [*layers, (f"fc{first + 2}", Linear(classes))]


@network(
    "alexnet",
    "AlexNet on 227×227: five convolutions, three poolings, two norms, three fully connected"
    " layers",
    f"{CS231N}; Krizhevsky et al., 2012",
)
def alexnet(*, classes: int = 1000, groups: int = 1, training: bool = True) -> Expression:
    """CS231n's table. groups=2 splits conv2, conv4 and conv5 in two, as the GPUs did in 2012."""
    norm = LocalResponseNorm(
        5, alpha=5e-4, beta=0.75, k=2.0
    )  # PyTorch divides alpha by size; the paper does not
    return Sequential(
        Conv2d(96, 11, stride=4),
        Relu(),
        MaxPool2d(3, stride=2),
        norm,
        Conv2d(256, 5, padding=2, groups=groups),
        Relu(),
        MaxPool2d(3, stride=2),
        norm,
        Conv2d(384, 3, padding=1),
        Relu(),
        Conv2d(384, 3, padding=1, groups=groups),
        Relu(),
        Conv2d(256, 3, padding=1, groups=groups),
        Relu(),
        MaxPool2d(3, stride=2),
        *_classifier(classes, training, 6),
    )(data("image", (3, 227, 227)))


@network(
    "vgg16",
    "VGG-16 on 224×224: thirteen 3×3 convolutions in five blocks, three fully connected layers",
    f"{CS231N}; Simonyan and Zisserman, 2014",
)
def vgg16(*, classes: int = 1000, training: bool = True) -> Expression:
    """Configuration D."""
    blocks = [
        Sequential(
            *[layer for _ in range(depth) for layer in (Conv2d(filters, 3, padding=1), Relu())],
            MaxPool2d(2),
        )
        for filters, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    ]
    return Sequential(*blocks, *_classifier(classes, training, 14))(data("image", (3, 224, 224)))
