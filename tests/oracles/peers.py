"""What PyTorch calls each op: the function, and how to draw operands and options for it.

One entry an op. `draw(data)` gives the operands (NumPy arrays) and our options; `peer` takes the
operands as tensors and the same options.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from hypothesis import strategies as st

Operands = Sequence[Any]
Drawn = tuple[Operands, Mapping[str, Any]]


class Peer(NamedTuple):
    """An op's counterpart: `peer(*operands, **options)` and `draw(data)`."""

    peer: Callable[..., Any]
    draw: Callable[[Any], Drawn]


def shapes(least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[int, ...]]:
    """Shapes of a few axes of 1 to 4."""
    return st.lists(st.integers(1, 4), min_size=least, max_size=most).map(tuple)


def array(data: Any, shape: Sequence[int], low: float = -3, high: float = 3) -> Any:
    """Different numbers inside an interval: no ties, and none at a kink."""
    seed = data.draw(st.integers(0, 2**32 - 1))
    size = math.prod(shape)
    rng = np.random.default_rng(seed)
    spread = (rng.permutation(size) + rng.uniform(0.2, 0.8, size)) / max(size, 1)
    return (low + (high - low) * spread).reshape(tuple(shape))


def one(
    low: float = -3,
    high: float = 3,
    options: Callable[[Any], Mapping[str, Any]] = lambda data: {},
    least: int = 0,
) -> Callable[[Any], Drawn]:
    """One operand of any shape."""
    return lambda data: ([array(data, data.draw(shapes(least)), low, high)], options(data))


def pair(low: float = -3, high: float = 3) -> Callable[[Any], Drawn]:
    """Two operands whose shapes broadcast.

    They never tie: there PyTorch halves what the first of ours takes whole.
    """

    def draw(data: Any) -> Drawn:
        shape = data.draw(shapes())
        ends = data.draw(st.integers(0, len(shape)))
        narrow = tuple(n if data.draw(st.booleans()) else 1 for n in shape[ends:])
        both = [array(data, shape, low, high), array(data, narrow, low, high - 0.037)]
        return (both[::-1] if data.draw(st.booleans()) else both), {}

    return draw


def reduced(low: float = -3, high: float = 3, several: bool = True) -> Callable[[Any], Drawn]:
    """One operand, an axis or several to reduce, and keepdims."""

    def draw(data: Any) -> Drawn:
        shape = data.draw(shapes(1))
        some = st.sets(st.integers(0, len(shape) - 1), min_size=1).map(lambda s: tuple(sorted(s)))
        axis = data.draw((st.none() | some) if several else some.map(lambda s: s[0]))
        return [array(data, shape, low, high)], {"axis": axis, "keepdims": data.draw(st.booleans())}

    return draw


def along(function: Callable[..., Any]) -> Callable[..., Any]:
    """PyTorch's reduction by `dim`; all axes for None."""

    def peer(x: Any, axis: Any, keepdims: bool) -> Any:
        axes = tuple(range(x.dim())) if axis is None else axis
        return function(x, dim=axes, keepdim=keepdims)

    return peer


def product(x: Any, axis: Any, keepdims: bool) -> Any:
    """torch.prod takes one axis at a time."""
    for a in sorted(range(x.dim()) if axis is None else axis, reverse=True):
        x = torch.prod(x, dim=a, keepdim=keepdims)
    return x


def over_axis(least: int = 1) -> Callable[[Any], Drawn]:
    """Scores, and the axis along which they are one distribution."""

    def draw(data: Any) -> Drawn:
        shape = data.draw(shapes(least))
        return [array(data, shape, -9, 9)], {
            "axis": data.draw(st.integers(-len(shape), len(shape) - 1))
        }

    return draw


REDUCTION = st.sampled_from(["mean", "sum", "none"])


def classes(data: Any, low: float = -5) -> Drawn:
    """Scores of a batch or of one sample, with labels."""
    count, batch = data.draw(st.integers(2, 5)), data.draw(st.none() | st.integers(1, 4))
    shape = (count,) if batch is None else (batch, count)
    labels = data.draw(
        st.lists(st.integers(0, count - 1), min_size=batch or 1, max_size=batch or 1)
    )
    picked = np.array(labels[0] if batch is None else labels)
    return [array(data, shape, low, 5 if low < 0 else 0.99), picked], {
        "reduction": data.draw(REDUCTION)
    }


def same(low: float = -3, low2: float = -3, high2: float = 3) -> Callable[[Any], Drawn]:
    """Predictions and targets of one shape."""

    def draw(data: Any) -> Drawn:
        shape = data.draw(shapes(1))
        return [array(data, shape, low), array(data, shape, low2, high2)], {
            "reduction": data.draw(REDUCTION)
        }

    return draw


def spatial(data: Any, axes: int, *, largest: int = 8, smallest: int = 1) -> tuple[int, ...]:
    """The sizes of the axes that a window slides over."""
    return tuple(data.draw(st.integers(smallest, largest)) for _ in range(axes))


def convolved(axes: int, transposed: bool = False) -> Callable[[Any], Drawn]:
    """Input, weights, mostly a bias, and options that fit them."""

    def draw(data: Any) -> Drawn:
        integer = lambda a, b: data.draw(st.integers(a, b))
        kernel = spatial(data, axes, largest=3)
        stride, dilation = [tuple(integer(1, 2) for _ in kernel) for _ in range(2)]
        padding = tuple(integer(0, 2) for _ in kernel)
        reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        sizes = [integer(max(1, r - 2 * p), r + 5) for r, p in zip(reach, padding, strict=True)]
        groups, per_group, made = integer(1, 2), integer(1, 3), integer(1, 2)
        lead = data.draw(st.sampled_from([(), (1,), (2,)]))
        x = array(data, (*lead, groups * per_group, *sizes))
        weights = (
            (groups * per_group, made, *kernel)
            if transposed
            else (groups * made, per_group, *kernel)
        )
        options: dict[str, Any] = {
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "groups": groups,
        }
        if transposed:
            most = [max(s, d) - 1 for s, d in zip(stride, dilation, strict=True)]
            options["output_padding"] = tuple(integer(0, m) for m in most)
            places = [
                (n - 1) * s - 2 * p + r + o
                for n, s, p, r, o in zip(
                    sizes, stride, padding, reach, options["output_padding"], strict=True
                )
            ]
            if min(places) < 1:
                options["padding"] = (0,) * axes
        if axes == 1:
            options = {k: v[0] if isinstance(v, tuple) else v for k, v in options.items()}
        bias = [array(data, (groups * made,))] if data.draw(st.booleans()) else []
        return [x, array(data, weights), *bias], options

    return draw


def pooled(
    dilated: bool = False, padded: bool = True, **more: st.SearchStrategy[Any]
) -> Callable[[Any], Drawn]:
    """Images of any number, and windows with stride and padding that fit them."""

    def draw(data: Any) -> Drawn:
        integer = lambda a, b: data.draw(st.integers(a, b))
        size = spatial(data, 2, largest=3)
        dilation = tuple(integer(1, 2) for _ in size) if dilated else (1, 1)
        padding = tuple(integer(0, k // 2) for k in size) if padded else (0, 0)
        reach = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
        # No window lies in the padding alone: there PyTorch's largest is -inf, and gradviz refuses.
        sizes = [integer(max(1, r - p), r + 5) for r, p in zip(reach, padding, strict=True)]
        options: dict[str, Any] = {
            "size": size,
            "stride": data.draw(st.none() | st.tuples(*[st.integers(1, 3)] * 2)),
        }
        options |= {"padding": padding} if padded else {}
        options |= {"dilation": dilation} if dilated else {}
        options |= {name: data.draw(strategy) for name, strategy in more.items()}
        lead = data.draw(st.sampled_from([(2,), (1, 2), (2, 3)]))
        return [array(data, (*lead, *sizes))], options

    return draw


def _pool(function: Callable[..., Any], sign: int = 1) -> Callable[..., Any]:
    def peer(x: Any, size: Any, stride: Any, padding: Any = 0, **more: Any) -> Any:
        return sign * function(sign * x, size, stride, padding, **more)

    return peer


def _l2pool(x: Any, size: Any, stride: Any, padding: Any) -> Any:
    # PyTorch's own lp_pool2d takes no padding; the root of the sum of squares does not mind zeros.
    rows, columns = padding
    return F.lp_pool2d(F.pad(x, (columns, columns, rows, rows)), 2.0, size, stride)


def _norms(batch: bool) -> Callable[[Any], Drawn]:
    def draw(data: Any) -> Drawn:
        channels = data.draw(st.integers(1, 3))
        shape = (
            (data.draw(st.integers(2, 4)), channels, *data.draw(st.sampled_from([(), (2, 3)])))
            if batch
            else (*data.draw(shapes(0, 2)), data.draw(st.integers(2, 5)))
        )
        wide = (channels,) if batch else shape[-1:]
        affine = [array(data, wide), array(data, wide)] if data.draw(st.booleans()) else []
        if batch and affine and data.draw(st.booleans()):
            affine += [array(data, wide), array(data, wide, 0.5, 2)]
        return [array(data, shape), *affine], {"eps": data.draw(st.sampled_from([1e-5, 1e-3, 0.1]))}

    return draw


def _batchnorm(
    x: Any, g: Any = None, b: Any = None, mean: Any = None, var: Any = None, eps: float = 1e-5
) -> Any:
    if mean is None:
        return F.batch_norm(x, None, None, g, b, training=True, eps=eps)
    # The running statistics of PyTorch's function take no gradient, ours are operands.
    shape = (1, -1, *[1] * (x.dim() - 2))
    return g.reshape(shape) * (x - mean.reshape(shape)) / torch.sqrt(
        var.reshape(shape) + eps
    ) + b.reshape(shape)


def _attention(data: Any) -> Drawn:
    lead, width, seen = (
        data.draw(shapes(0, 2)),
        data.draw(st.integers(1, 4)),
        data.draw(st.integers(1, 4)),
    )
    asked, made = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    return [array(data, (*lead, *s)) for s in ((asked, width), (seen, width), (seen, made))], {}


def _rnn(data: Any) -> Drawn:
    steps, wide, hidden = (data.draw(st.integers(1, 4)) for _ in range(3))
    sizes = [(steps, wide), (hidden,), (wide, hidden), (hidden, hidden), (hidden,)]
    return [array(data, s, -1, 1) for s in sizes], {"states": data.draw(st.booleans())}


def _rnn_peer(x: Any, h: Any, wx: Any, wh: Any, b: Any, states: bool) -> Any:
    cell = torch.nn.RNN(wx.shape[0], wx.shape[1], dtype=torch.float64)
    names = {
        "weight_ih_l0": wx.T,
        "weight_hh_l0": wh.T,
        "bias_ih_l0": b,
        "bias_hh_l0": torch.zeros_like(b),
    }
    every, last = torch.func.functional_call(cell, names, (x, h[None]))
    return every if states else last[0]


def _linear(data: Any) -> Drawn:
    lead, wide, made = (
        data.draw(shapes(0, 2)),
        data.draw(st.integers(1, 4)),
        data.draw(st.integers(1, 4)),
    )
    bias = [array(data, (made,))] if data.draw(st.booleans()) else []
    return [array(data, (*lead, wide)), array(data, (made, wide)), *bias], {}


def _matrices(data: Any) -> Drawn:
    rows, inner, columns = (data.draw(st.integers(1, 4)) for _ in range(3))
    lead = data.draw(st.sampled_from([(), (2,), (3, 2)]))
    left = data.draw(st.sampled_from([(inner,), (rows, inner), (*lead, rows, inner)]))
    right = data.draw(st.sampled_from([(inner,), (inner, columns), (*lead, inner, columns)]))
    return [array(data, left), array(data, right)], {}


def _embedded(data: Any) -> Drawn:
    rows = data.draw(st.integers(1, 5))
    ids = data.draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=6))
    return [array(data, (rows, data.draw(st.integers(1, 3)))), np.array(ids)], {}


def _signs(data: Any) -> Drawn:
    shape = data.draw(shapes(1, 2))
    return [array(data, shape), np.sign(array(data, shape))], {"reduction": data.draw(REDUCTION)}


def _reduce(value: Any, reduction: str) -> Any:
    return {"mean": torch.mean, "sum": torch.sum, "none": lambda v: v}[reduction](value)


PEERS: dict[str, Peer] = {
    "add": Peer(torch.add, pair()),
    "sub": Peer(torch.sub, pair()),
    "mul": Peer(torch.mul, pair()),
    "div": Peer(torch.div, pair(0.3)),
    "pow": Peer(torch.pow, pair(0.3)),
    "neg": Peer(torch.neg, one()),
    "square": Peer(torch.square, one()),
    "sqrt": Peer(torch.sqrt, one(0.1)),
    "exp": Peer(torch.exp, one()),
    "reciprocal": Peer(torch.reciprocal, one(0.2)),
    "log": Peer(torch.log, one(0.1)),
    "erf": Peer(torch.erf, one()),
    "log1p": Peer(torch.log1p, one(-0.9)),
    "expm1": Peer(torch.expm1, one()),
    "sin": Peer(torch.sin, one()),
    "cos": Peer(torch.cos, one()),
    "tan": Peer(torch.tan, one(-1.4, 1.4)),
    "sinh": Peer(torch.sinh, one()),
    "cosh": Peer(torch.cosh, one()),
    "tanh": Peer(torch.tanh, one()),
    "arctan": Peer(torch.arctan, one()),
    "arctan2": Peer(torch.arctan2, pair(0.3)),
    "arcsin": Peer(torch.arcsin, one(-0.95, 0.95)),
    "arccos": Peer(torch.arccos, one(-0.95, 0.95)),
    "log2": Peer(torch.log2, one(0.1)),
    "log10": Peer(torch.log10, one(0.1)),
    "sigmoid": Peer(torch.sigmoid, one(-9, 9)),
    "relu": Peer(F.relu, one()),
    "gelu": Peer(F.gelu, one()),
    "leaky_relu": Peer(
        lambda x, slope: F.leaky_relu(x, slope),
        one(options=lambda d: {"slope": d.draw(st.sampled_from([0.01, 0.1]))}),
    ),
    "elu": Peer(
        lambda x, alpha: F.elu(x, alpha),
        one(options=lambda d: {"alpha": d.draw(st.sampled_from([1.0, 0.5, 2.0]))}),
    ),
    "softplus": Peer(lambda x: F.softplus(x, threshold=1e9), one(-9, 9)),
    "silu": Peer(F.silu, one()),
    "log_sigmoid": Peer(F.logsigmoid, one(-9, 9)),
    "abs": Peer(torch.abs, one()),
    "sign": Peer(torch.sign, one()),
    "heaviside": Peer(lambda x: torch.where(x >= 0, 0 * x + 1, 0 * x), one()),
    "maximum": Peer(torch.maximum, pair()),
    "minimum": Peer(torch.minimum, pair()),
    "clip": Peer(
        lambda x, low, high: torch.clamp(x, low, high),
        one(
            options=lambda d: d.draw(
                st.sampled_from(
                    [
                        {"low": -1, "high": 2},
                        {"low": None, "high": 0.5},
                        {"low": 0.25, "high": None},
                    ]
                )
            )
        ),
    ),
    "where": Peer(
        lambda c, a, b: torch.where(c > 0, a, b),
        lambda d: (lambda s: ([(array(d, s) > 0).astype(int), array(d, s), array(d, s)], {}))(
            d.draw(shapes())
        ),
    ),
    "sum": Peer(along(torch.sum), reduced()),
    "mean": Peer(along(torch.mean), reduced()),
    "max": Peer(along(torch.amax), reduced()),
    "min": Peer(along(torch.amin), reduced()),
    "prod": Peer(product, reduced()),
    "norm": Peer(along(torch.linalg.vector_norm), reduced()),
    "matmul": Peer(torch.matmul, _matrices),
    "linear": Peer(F.linear, _linear),
    "embedding": Peer(lambda table, ids: F.embedding(ids, table), _embedded),
    "conv1d": Peer(F.conv1d, convolved(1)),
    "conv2d": Peer(F.conv2d, convolved(2)),
    "conv_transpose2d": Peer(F.conv_transpose2d, convolved(2, transposed=True)),
    "maxpool2d": Peer(_pool(F.max_pool2d), pooled(dilated=True)),
    "minpool2d": Peer(_pool(F.max_pool2d, -1), pooled(dilated=True)),
    "avgpool2d": Peer(_pool(F.avg_pool2d), pooled(count_include_pad=st.booleans())),
    "l2pool2d": Peer(_l2pool, pooled()),
    "global_avgpool2d": Peer(lambda x: F.adaptive_avg_pool2d(x, 1), one(least=3)),
    "global_maxpool2d": Peer(lambda x: F.adaptive_max_pool2d(x, 1), one(least=3)),
    "softmax": Peer(lambda s, axis: F.softmax(s, axis), over_axis()),
    "log_softmax": Peer(lambda s, axis: F.log_softmax(s, axis), over_axis()),
    "logsumexp": Peer(
        lambda s, axis, keepdims: torch.logsumexp(s, axis, keepdims), reduced(-9, 9, several=False)
    ),
    "softmax_cross_entropy": Peer(F.cross_entropy, classes),
    "nll": Peer(F.nll_loss, lambda d: classes(d, -5)),
    "multiclass_hinge": Peer(
        lambda s, y, power, margin, reduction: (
            s.shape[-1] * F.multi_margin_loss(s, y, p=power, margin=margin, reduction=reduction)
        ),
        lambda d: (
            lambda drawn: (
                drawn[0],
                dict(drawn[1]) | {"power": d.draw(st.sampled_from([1, 2])), "margin": 1.0},
            )
        )(classes(d)),
    ),
    "mse": Peer(F.mse_loss, same()),
    "squared_error": Peer(F.mse_loss, same()),
    "l1": Peer(F.l1_loss, same()),
    "huber": Peer(
        F.huber_loss,
        lambda d: (
            lambda drawn: (
                drawn[0],
                dict(drawn[1]) | {"delta": d.draw(st.sampled_from([0.5, 1.0, 2.0]))},
            )
        )(same()(d)),
    ),
    "hinge": Peer(lambda s, y, reduction: _reduce(F.relu(1 - y * s), reduction), _signs),
    "squared_hinge": Peer(
        lambda s, y, reduction: _reduce(F.relu(1 - y * s) ** 2, reduction), _signs
    ),
    "sigmoid_cross_entropy": Peer(F.binary_cross_entropy_with_logits, same(-9, 0.01, 0.99)),
    "batchnorm": Peer(_batchnorm, _norms(batch=True)),
    "layernorm": Peer(
        lambda x, g=None, b=None, eps=1e-5: F.layer_norm(x, x.shape[-1:], g, b, eps),
        _norms(batch=False),
    ),
    "local_response_norm": Peer(
        F.local_response_norm,
        lambda d: (
            [array(d, (2, d.draw(st.integers(1, 5)), 2, 3))],
            {"size": d.draw(st.integers(1, 5)), "alpha": 0.01, "beta": 0.75, "k": 2.0},
        ),
    ),
    "attention": Peer(F.scaled_dot_product_attention, _attention),
    "rnn": Peer(_rnn_peer, _rnn),
}

NO_PEER = {
    "greater": "no gradient",
    "greater_equal": "no gradient",
    "less": "no gradient",
    "less_equal": "no gradient",
    "equal": "no gradient",
    "not_equal": "no gradient",
    "dot": "NumPy's own; its cases are matmul and mul",
    "reshape": "moves elements",
    "flatten": "moves elements",
    "append": "moves elements",
    "transpose": "moves elements",
    "flip": "moves elements",
    "index": "moves elements",
    "put": "moves elements",
    "concatenate": "moves elements",
    "stack": "moves elements",
    "pad2d": "moves elements",
    "maxout": "PyTorch has none; it is a reshape and a max",
    "dropout": "PyTorch draws other masks",
    "l2": "PyTorch's pairwise_distance adds an eps to every difference",
    "kl": "PyTorch's kl_div takes log q, and another mean",
    "l1_penalty": "PyTorch has none",
    "l2_penalty": "PyTorch has none",
    "elastic_net": "PyTorch has none",
}
"""Ops that are not compared, with the reason.

The tests of the registry prove them against sympy all the same.
"""
