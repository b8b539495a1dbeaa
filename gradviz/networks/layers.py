"""Layers with parameters, pooling layers, and regularisation.

A layer is a few numbers; applied to x it makes nodes. Images are (C, H, W), or (N, C, H, W) for a
batch. Weights are laid out as in PyTorch: (out, in), and (filters, channels, rows, columns).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from gradviz.errors import ShapeError
from gradviz.graph.expression import Expression, call, current_scope
from gradviz.networks import initialisers as init
from gradviz.networks.initialisers import Init
from gradviz.networks.parameters import parameter, shape, whole
from gradviz.ops.op import say_shape

Size = int | tuple[int, int]


@dataclass(frozen=True)
class Linear:
    """w x + b: fully connected, with a weight of the shape (units, features).

    `init` is he, xavier, zeros or an initialiser, and so is `bias_init`, zeros by default. With
    `folded` the bias is one more column of w, and a 1 is appended to x. `names`, if given, are
    those of the two parameters.
    """

    units: int
    bias: bool = True
    init: str | Init = "he"
    bias_init: str | Init = "zeros"
    folded: bool = False
    names: tuple[str, str] | None = None
    kind = "fc"

    def __call__(self, x: Expression) -> Expression:
        """Raises ShapeError for a scalar x."""
        sample = shape(x)
        if not sample:
            raise ShapeError(
                "a fully connected layer takes features",
                expected="x of one axis or more",
                got="a scalar",
            )
        units, features = whole("the units of a layer", self.units), sample[-1] + self.folded
        (weight, bias), full = self.names or ("w", "b"), self.names is not None
        w = parameter(weight, (units, features), init.chosen(self.init, features, units), full=full)
        if self.folded:
            return call("linear", call("append", x), w)
        if not self.bias:
            return call("linear", x, w)
        b = parameter(bias, (units,), init.chosen(self.bias_init, features, units), full=full)
        return call("linear", x, w, b)


Dense = Linear


@dataclass(frozen=True)
class Conv2d:
    """Filters that slide over an image; weights are (filters, channels/groups, rows, columns).

    `kernel` is a size or (rows, columns); `padding` is as in the op conv2d, including "same".
    """

    filters: int
    kernel: Size
    stride: Size = 1
    padding: Any = 0
    dilation: Size = 1
    groups: int = 1
    bias: bool = True
    init: str | Init = "he"
    bias_init: str | Init = "zeros"
    kind = "conv"

    def __call__(self, x: Expression) -> Expression:
        """Raises ShapeError unless x is an image whose channels the groups divide."""
        channels = _channels("a convolution", x)
        filters, groups = (
            whole("the filters of a layer", self.filters),
            whole("the groups of a layer", self.groups),
        )
        if channels % groups or filters % groups:
            raise ShapeError(
                "the groups of a convolution share its channels",
                expected="groups that divide channels and filters",
                got=f"{groups} groups, {channels} channels, {filters} filters",
            )
        rows, columns = (self.kernel, self.kernel) if isinstance(self.kernel, int) else self.kernel
        area = whole("the kernel of a layer", rows) * whole("the kernel of a layer", columns)
        fan_in, fan_out = channels // groups * area, filters * area
        w = parameter(
            "w",
            (filters, channels // groups, rows, columns),
            init.chosen(self.init, fan_in, fan_out),
        )
        operands = [x, w]
        if self.bias:
            operands.append(
                parameter("b", (filters,), init.chosen(self.bias_init, fan_in, fan_out))
            )
        return call(
            "conv2d",
            *operands,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=groups,
        )


@dataclass(frozen=True)
class MaxPool2d:
    """The largest cell of each window; the stride is the size by default."""

    size: Size
    stride: Size | None = None
    padding: Any = 0
    kind = "pool"

    def __call__(self, x: Expression) -> Expression:
        """Pools the last two axes."""
        return call("maxpool2d", x, size=self.size, stride=self.stride, padding=self.padding)


@dataclass(frozen=True)
class AvgPool2d:
    """The mean of each window; the stride is the size by default."""

    size: Size
    stride: Size | None = None
    padding: Any = 0
    kind = "pool"

    def __call__(self, x: Expression) -> Expression:
        """Pools the last two axes."""
        return call("avgpool2d", x, size=self.size, stride=self.stride, padding=self.padding)


@dataclass(frozen=True)
class GlobalAvgPool2d:
    """The mean of each whole channel."""

    kind = "pool"

    def __call__(self, x: Expression) -> Expression:
        """The last two axes become 1×1."""
        return call("global_avgpool2d", x)


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalisation of each channel (of images) or feature (of rows), then scale and shift.

    In training the statistics are those of the run's values, over the batch and the cells of an
    image. Otherwise they are inputs, mean and var, which are 0 and 1 unless a run is given others.
    """

    training: bool = True
    eps: float = 1e-5
    kind = "bn"

    def __call__(self, x: Expression) -> Expression:
        """Raises ShapeError for a scalar x."""
        sample = shape(x)
        if not sample:
            raise ShapeError(
                "batch normalisation takes channels or features",
                expected="(C, H, W) or (F,)",
                got="a scalar",
            )
        axis = -len(sample)
        size = sample[axis]
        operands = [
            parameter("g", (size,), init.constant(1)),
            parameter("b", (size,), init.zeros()),
        ]
        if not self.training:
            operands.append(parameter("mean", (size,), init.zeros(), trained=False))
            operands.append(parameter("var", (size,), init.constant(1), trained=False))
        return call("batchnorm", x, *operands, axis=axis, eps=self.eps)


@dataclass(frozen=True)
class Dropout:
    """Drops each element with probability p and scales the others by 1/(1 − p), in training only.

    Which elements are dropped depends on the seed and on the layer's scope.
    """

    p: float = 0.5
    seed: int = 0
    training: bool = True
    kind = "dropout"

    def __call__(self, x: Expression) -> Expression:
        """x with some of its elements set to 0."""
        seed = init.seed_of(current_scope(), whole("the seed of a dropout", self.seed, 0))
        return call("dropout", x, p=self.p, seed=seed, training=self.training)


@dataclass(frozen=True)
class LocalResponseNorm:
    """Divides each channel by a power of its neighbours' strength. Defaults are PyTorch's."""

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0
    kind = "lrn"

    def __call__(self, x: Expression) -> Expression:
        """Normalises over the channels."""
        _channels("local response normalisation", x)
        return call(
            "local_response_norm", x, size=self.size, alpha=self.alpha, beta=self.beta, k=self.k
        )


@dataclass(frozen=True)
class Flatten:
    """All numbers of a sample in one row; a batch keeps its axis."""

    kind = "flatten"

    def __call__(self, x: Expression) -> Expression:
        """x itself if it is already a row."""
        rank = len(shape(x))
        return call("flatten", x, start=-rank) if rank > 1 else x


def _channels(what: str, x: Expression) -> int:
    """The number of channels of an image. Raises ShapeError for anything else."""
    sample = shape(x)
    if len(sample) != 3 or not math.prod(sample):
        raise ShapeError(
            f"{what} takes images",
            expected="(C, H, W), channels first",
            got=f"{say_shape(sample)}, as in {sample}",
        )
    return sample[-3]
