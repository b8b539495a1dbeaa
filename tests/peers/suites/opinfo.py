"""PyTorch: the samples of its own operator tests (OpInfo), in float64."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db

from tests.peers.comparing import by_op, compare
from tests.peers.counting import Case, Compared, Known, Suite, Verdict

Call = tuple[str, Sequence[Any], Mapping[str, Any]]
"""Our op, the operands (tensors or numbers) and our options."""
Translate = Callable[..., Call | None]
"""From a sample's input, arguments and keyword arguments; None where ours has no such setting."""


def ours(name: str, **renamed: str) -> Translate:
    """Operands by position; PyTorch's keyword arguments by our names, no others."""

    def call(*operands: Any, **options: Any) -> Call | None:
        chosen = {renamed.get(k, k): v for k, v in options.items()}
        return (name, operands, chosen) if set(options) <= set(renamed) else None

    return call


def swapped(name: str) -> Translate:
    return lambda a, b: (name, (b, a), {})


def scaled(name: str) -> Translate:
    """add and sub, whose second operand PyTorch can scale."""
    return lambda a, b, alpha=1: (name, (a, b), {}) if alpha == 1 else None


def divided(a: Any, b: Any, rounding_mode: str | None = None) -> Call | None:
    return ("div", (a, b), {}) if rounding_mode is None else None


def along(name: str) -> Translate:
    def call(x: Any, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Call | None:
        axis = tuple(dim) or None if isinstance(dim, list | tuple) else dim
        kept = {"axis": axis, "keepdims": keepdim}
        return (name, (x,), kept) if dtype in (None, torch.float64) else None

    return call


def distribution(name: str) -> Translate:
    def call(x: Any, dim: Any = None, dtype: Any = None, **more: Any) -> Call | None:
        plain = dim is not None and dtype in (None, torch.float64)
        return (name, (x,), {"axis": dim}) if plain else None

    return call


def extreme(both: str, all: str) -> Translate:
    """torch.max and torch.min: of two tensors, or of all elements."""

    def call(x: Any, other: Any = None, *more: Any, **options: Any) -> Call | None:
        if options or more or isinstance(other, int):
            return None
        return (all, (x,), {}) if other is None else (both, (x, other), {})

    return call


def length(
    x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, **more: Any
) -> Call | None:
    return along("norm")(x, dim, keepdim) if ord == 2 and not more else None


def shaped(x: Any, *shape: Any) -> Call | None:
    sizes = shape[0] if shape and isinstance(shape[0], list | tuple | torch.Size) else shape
    return "reshape", (x,), {"shape": tuple(map(int, sizes))}


def permuted(x: Any, *dims: Any) -> Call | None:
    axes = dims[0] if isinstance(dims[0], list | tuple) else dims
    return "transpose", (x,), {"axes": tuple(axes)}


def exchanged(x: Any, a: int, b: int) -> Call | None:
    order = list(range(x.dim()))
    if order:
        order[a], order[b] = order[b], order[a]
    return "transpose", (x,), {"axes": tuple(order)}


def joined(name: str) -> Translate:
    return lambda xs, dim=0: (name, tuple(xs), {"axis": dim})


def flattened(x: Any, start_dim: int = 0, end_dim: int = -1) -> Call | None:
    plain = end_dim in (-1, x.dim() - 1)
    return ("flatten", (x,), {"start": start_dim}) if plain else None


def clamped(x: Any, min: Any = None, max: Any = None) -> Call | None:
    if any(isinstance(v, torch.Tensor) for v in (min, max)):
        return None
    return "clip", (x,), {"low": min, "high": max}


def softplus(x: Any, beta: float = 1, threshold: float = 20) -> Call | None:
    linear = bool((x.detach() * beta > threshold).any())
    return ("softplus", (x,), {}) if beta == 1 and not linear else None


def gelu(x: Any, approximate: str = "none") -> Call | None:
    return ("gelu", (x,), {}) if approximate == "none" else None


def two(value: Any) -> Any:
    """A size of both axes."""
    return tuple(value) if isinstance(value, list | tuple) else (value, value)


def convolved(name: str, axes: int) -> Translate:
    def call(
        x: Any,
        w: Any,
        b: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Call | None:
        if isinstance(padding, str):
            return None
        sized = two if axes == 2 else lambda v: v[0] if isinstance(v, list | tuple) else v
        options = {"stride": sized(stride), "padding": sized(padding), "dilation": sized(dilation)}
        return name, (x, w) if b is None else (x, w, b), options | {"groups": groups}

    return call


def transposed(
    x: Any,
    w: Any,
    b: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Call | None:
    found = convolved("conv_transpose2d", 2)(x, w, b, stride, padding, dilation, groups)
    return found and (*found[:2], {**found[2], "output_padding": two(output_padding)})


def largest(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Call | None:
    steps = two(stride) if stride not in (None, (), []) else None
    options = {
        "size": two(kernel_size),
        "stride": steps,
        "padding": two(padding),
        "dilation": two(dilation),
    }
    return None if ceil_mode else ("maxpool2d", (x,), options)


def averaged(
    x: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Call | None:
    steps = two(stride) if stride not in (None, (), []) else None
    options = {
        "size": two(kernel_size),
        "stride": steps,
        "padding": two(padding),
        "count_include_pad": count_include_pad,
    }
    return None if ceil_mode or divisor_override else ("avgpool2d", (x,), options)


def whole(name: str) -> Translate:
    """Adaptive pooling to one cell."""
    return lambda x, size: (name, (x,), {}) if two(size) == (1, 1) else None


def batch_norm(
    x: Any,
    mean: Any,
    var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Call | None:
    if weight is None and bias is not None:
        return None
    scale = () if weight is None else (weight,) if bias is None else (weight, bias)
    if training:
        return "batchnorm", (x, *scale), {"eps": eps}
    return ("batchnorm", (x, *scale, mean, var), {"eps": eps}) if len(scale) == 2 else None


def layer_norm(
    x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Call | None:
    if weight is None and (bias is not None or len(shape) > 1):
        return None
    scale = () if weight is None else (weight,) if bias is None else (weight, bias)
    return "layernorm", (x, *scale), {"eps": eps}


def class_loss(name: str) -> Translate:
    def call(
        x: Any,
        y: Any,
        weight: Any = None,
        reduction: str = "mean",
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        **more: Any,
    ) -> Call | None:
        ignored = not y.is_floating_point() and bool((y == ignore_index).any())
        if weight is not None or ignored or label_smoothing or more:
            return None
        return name, (x, y), {"reduction": reduction}

    return call


def pointwise_loss(name: str) -> Translate:
    def call(
        p: Any,
        t: Any,
        reduction: str = "mean",
        weight: Any = None,
        pos_weight: Any = None,
        **options: Any,
    ) -> Call | None:
        if weight is not None or pos_weight is not None or p.shape != t.shape:
            return None
        return name, (p, t), {"reduction": reduction} | options

    return call


def embedded(table: Any, ids: Any, **more: Any) -> Call | None:
    known = {k: v for k, v in more.items() if k != "padding_idx" and v}
    untouched = more.get("padding_idx") is None
    return ("embedding", (table, ids), {}) if untouched and not known else None


def attended(
    q: Any,
    k: Any,
    v: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    **more: Any,
) -> Call | None:
    plain = attn_mask is None and not dropout_p and not is_causal and not any(more.values())
    return ("attention", (q, k, v), {}) if plain and q.shape[:-2] == k.shape[:-2] else None


def chosen(a: Any, condition: Any, b: Any) -> Call | None:
    return "where", (condition, a, b), {}


def padded(x: Any, pad: Any, mode: str = "constant", value: Any = None) -> Call | None:
    plain = mode == "constant" and len(pad) == 4 and len(set(pad)) == 1 and pad[0] >= 0
    return ("pad2d", (x,), {"width": pad[0], "value": value or 0}) if plain else None


def dropped(x: Any, p: float = 0.5, training: bool = True, **more: Any) -> Call | None:
    return None if training else ("dropout", (x,), {"p": p, "training": False})


def picked(x: Any, index: Any) -> Call | None:
    entries = index if isinstance(index, tuple) else (index,)
    written = []
    for entry in entries:
        if isinstance(entry, torch.Tensor):
            if entry.dtype == torch.bool:
                return None
            entry = entry.tolist()
        if isinstance(entry, slice):
            parts = ["" if v is None else str(v) for v in (entry.start, entry.stop, entry.step)]
            entry = ":".join(parts)
        written.append("..." if entry is ... else "newaxis" if entry is None else entry)
    return "index", (x,), {"index": written}


SAME = (
    "abs cos cosh erf exp expm1 log log10 log1p log2 neg reciprocal sigmoid sign sin sinh sqrt"
    " square tan tanh mul pow maximum minimum matmul dot"
)
TRANSLATED: dict[str, Translate] = {
    **{name: ours(name) for name in SAME.split()},
    "acos": ours("arccos"),
    "asin": ours("arcsin"),
    "atan": ours("arctan"),
    "add": scaled("add"),
    "sub": scaled("sub"),
    "rsub": lambda a, b, alpha=1: ("sub", (b, a), {}) if alpha == 1 else None,
    "div": divided,
    "true_divide": divided,
    "__radd__": swapped("add"),
    "__rsub__": swapped("sub"),
    "__rmul__": swapped("mul"),
    "__rdiv__": swapped("div"),
    "__rpow__": swapped("pow"),
    "__rmatmul__": swapped("matmul"),
    "__getitem__": picked,
    "eq": ours("equal"),
    "ne": ours("not_equal"),
    "gt": ours("greater"),
    "ge": ours("greater_equal"),
    "lt": ours("less"),
    "le": ours("less_equal"),
    "mm": ours("matmul"),
    "bmm": ours("matmul"),
    "mv": ours("matmul"),
    "sum": along("sum"),
    "mean": along("mean"),
    "prod": along("prod"),
    "amax": along("max"),
    "amin": along("min"),
    "logsumexp": along("logsumexp"),
    "linalg.vector_norm": length,
    "max": extreme("maximum", "max"),
    "min": extreme("minimum", "min"),
    "softmax": distribution("softmax"),
    "log_softmax": distribution("log_softmax"),
    "reshape": shaped,
    "view": shaped,
    "permute": permuted,
    "transpose": exchanged,
    "t": lambda x: ("transpose", (x,), {}),
    "cat": joined("concatenate"),
    "stack": joined("stack"),
    "flatten": flattened,
    "ravel": flattened,
    "clamp": clamped,
    "where": chosen,
    "nn.functional.relu": ours("relu"),
    "nn.functional.silu": ours("silu"),
    "nn.functional.logsigmoid": ours("log_sigmoid"),
    "nn.functional.leaky_relu": ours("leaky_relu", negative_slope="slope"),
    "nn.functional.elu": ours("elu", alpha="alpha"),
    "nn.functional.gelu": gelu,
    "nn.functional.softplus": softplus,
    "nn.functional.linear": ours("linear"),
    "nn.functional.embedding": embedded,
    "nn.functional.dropout": dropped,
    "nn.functional.conv1d": convolved("conv1d", 1),
    "nn.functional.conv2d": convolved("conv2d", 2),
    "nn.functional.conv_transpose2d": transposed,
    "nn.functional.max_pool2d": largest,
    "nn.functional.avg_pool2d": averaged,
    "nn.functional.adaptive_avg_pool2d": whole("global_avgpool2d"),
    "nn.functional.adaptive_max_pool2d": whole("global_maxpool2d"),
    "nn.functional.pad": padded,
    "nn.functional.batch_norm": batch_norm,
    "nn.functional.layer_norm": layer_norm,
    "nn.functional.local_response_norm": lambda x, size, alpha=1e-4, beta=0.75, k=1.0: (
        "local_response_norm",
        (x,),
        {"size": size, "alpha": alpha, "beta": beta, "k": k},
    ),
    "nn.functional.cross_entropy": class_loss("softmax_cross_entropy"),
    "nn.functional.nll_loss": class_loss("nll"),
    "nn.functional.mse_loss": pointwise_loss("mse"),
    "nn.functional.l1_loss": pointwise_loss("l1"),
    "nn.functional.huber_loss": pointwise_loss("huber"),
    "nn.functional.binary_cross_entropy_with_logits": pointwise_loss("sigmoid_cross_entropy"),
    "nn.functional.scaled_dot_product_attention": attended,
}
"""How PyTorch's operator of an OpInfo is called here."""


def array(value: Any) -> Any:
    """A tensor's numbers."""
    return value.detach().numpy() if isinstance(value, torch.Tensor) else value


def sampled(info: Any) -> Iterator[Case]:
    """The verdicts on the samples of one operator."""
    torch.manual_seed(0)
    samples = info.sample_inputs("cpu", torch.float64, requires_grad=info.supports_autograd)
    for number, sample in enumerate(samples):
        name = f"{info.full_name}#{number}"
        try:
            call = TRANSLATED[info.name](sample.input, *sample.args, **sample.kwargs)
        except TypeError as error:  # an argument that no translation takes
            call = None
            if "argument" not in str(error):
                raise
        if call is None:
            yield Case(name, Verdict.NO_OPTION, info.name)
            continue
        yield _compared(name, info, sample, call)


def _compared(name: str, info: Any, sample: Any, call: Call) -> Case:
    op, operands, options = call
    wanted = [i for i, v in enumerate(operands) if isinstance(v, torch.Tensor) and v.requires_grad]

    def theirs() -> tuple[Any, Callable[[Any], Sequence[Any]]]:
        value = info.op(sample.input, *sample.args, **sample.kwargs)
        value = value[0] if isinstance(value, tuple) else value  # the others are indices

        def pull(upstream: Any) -> Sequence[Any]:
            if not value.requires_grad or not wanted:
                return [None] * len(wanted)
            tensors = [operands[i] for i in wanted]
            found = torch.autograd.grad(value, tensors, torch.tensor(upstream), allow_unused=True)
            return [None if g is None else g.numpy() for g in found]

        return value.detach().numpy(), pull

    numbers = [array(v) for v in operands]
    mine = lambda upstream: by_op(op, numbers, options, upstream, wanted)
    return compare(name, numbers, theirs, mine, options=options)


def cases() -> Iterator[Case]:
    """All operators with a counterpart here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for info in op_db:
            if info.name in TRANSLATED and torch.float64 in info.dtypes:
                yield from sampled(info)


def _channels_second(numbers: Compared) -> bool:
    """Whether PyTorch's value is ours with axis 1 as the channels."""
    x, expected = numbers.operands[0], numbers.theirs[0]
    images = np.reshape(x, (*x.shape[:2], -1, 1))
    value, _ = by_op("local_response_norm", [images], numbers.options, None)
    return np.allclose(np.reshape(value, x.shape), expected, rtol=1e-12)


KNOWN = (
    Known(
        "nn.functional.local_response_norm#*",
        "Of other than four axes PyTorch takes axis 1 as the channels (N, C, …), gradviz axis −3 "
        "(C, H, W).",
        _channels_second,
    ),
)

SUITE = Suite(
    "PyTorch OpInfo",
    "The samples of `torch.testing._internal.common_methods_invocations.op_db` in float64, for the "
    "operators that have a counterpart here: values, and gradients by `torch.autograd.grad`.",
    ("torch",),
    cases,
    KNOWN,
)
