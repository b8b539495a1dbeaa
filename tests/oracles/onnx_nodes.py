"""ONNX's own examples of each operator (onnx.backend.test), and how each is written here.

A translation is None for an example with a setting that our op does not have: ceil mode, uneven
pads, three spatial axes …
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import onnx

Attributes = dict[str, Any]
Call = tuple[str, list[Any], dict[str, Any]]
"""An op, its operands and its options; or a text in x0, x1, … and its operands."""
Translate = Callable[[Attributes, list[Any]], Call | None]


@cache
def cases() -> dict[str, list[Any]]:
    """Test cases of a single operator, by its ONNX name."""
    from onnx.backend.test.loader import load_model_tests

    found: dict[str, list[Any]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in load_model_tests(kind="node"):
            if case.model is not None and case.data_sets and len(case.model.graph.node) == 1:
                found.setdefault(case.model.graph.node[0].op_type, []).append(case)
    return found


def translated(case: Any) -> Call | None:
    """An example as a call of ours; operands that are left out come as None."""
    node, given = case.model.graph.node[0], iter(case.data_sets[0][0])
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    operands = [np.asarray(next(given)) if name else None for name in node.input]
    call = TRANSLATED[node.op_type](attributes, operands)
    if call is not None and all(x is not None and x.dtype.kind in "fiub" for x in call[1]):
        return call
    return None


def pads(a: Attributes) -> tuple[int, int] | None:
    """The padding of two axes, where it is the same on both sides."""
    low_y, low_x, high_y, high_x = a.get("pads", [0, 0, 0, 0])
    return (low_y, low_x) if (low_y, low_x) == (high_y, high_x) else None


def same_padding(a: Attributes) -> bool:
    return a.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID")


def sliding(a: Attributes, sizes: Any) -> Attributes | None:
    """Stride, padding and dilation of a window; None where ours has no such setting."""
    if len(sizes) != 2 or same_padding(a) or a.get("ceil_mode") or pads(a) is None:
        return None
    return {
        "stride": tuple(a.get("strides", (1, 1))),
        "padding": pads(a),
        "dilation": tuple(a.get("dilations", (1, 1))),
    }


def conv(a: Attributes, x: list[Any]) -> Call | None:
    options = sliding(a, x[1].shape[2:])
    return options and ("conv2d", x, options | {"groups": a.get("group", 1)})


def conv_transpose(a: Attributes, x: list[Any]) -> Call | None:
    options = sliding(a, x[1].shape[2:])
    if options is None or "output_shape" in a:
        return None
    extra = tuple(a.get("output_padding", (0, 0)))
    return "conv_transpose2d", x, options | {"groups": a.get("group", 1), "output_padding": extra}


def pool(name: str) -> Translate:
    def call(a: Attributes, x: list[Any]) -> Call | None:
        options = sliding(a, a["kernel_shape"])
        if (
            options is None
            or (name != "maxpool2d" and options["dilation"] != (1, 1))
            or a.get("storage_order")
        ):
            return None
        if any(2 * p > k for p, k in zip(options["padding"], a["kernel_shape"], strict=True)):
            return None  # as PyTorch, ours has no window that may lie in the padding alone
        if name != "maxpool2d":
            del options["dilation"]
        if name == "avgpool2d":
            options["count_include_pad"] = bool(a.get("count_include_pad", 0))
        return (
            (name, x, options | {"size": tuple(a["kernel_shape"])}) if a.get("p", 2) == 2 else None
        )

    return call


def simple(name: str, **renamed: tuple[str, Any]) -> Translate:
    """Options by ONNX's name and default; no example with other attributes."""

    def call(a: Attributes, x: list[Any]) -> Call | None:
        options = {ours: a.get(theirs, default) for ours, (theirs, default) in renamed.items()}
        known = {theirs for theirs, _ in renamed.values()}
        return (name, x, options) if set(a) <= known else None

    return call


def gemm(a: Attributes, x: list[Any]) -> Call | None:
    left, right = "x0.T" if a.get("transA") else "x0", "x1.T" if a.get("transB") else "x1"
    product = f"{a.get('alpha', 1.0)}*({left} @ {right})"
    return product + (f" + {a.get('beta', 1.0)}*x2" if len(x) > 2 else ""), x, {}


def cross_entropy(name: str) -> Translate:
    def call(a: Attributes, x: list[Any]) -> Call | None:
        if len(x) > 2 or x[0].ndim != 2 or "ignore_index" in a:
            return None
        return name, x, {"reduction": a.get("reduction", b"mean").decode()}

    return call


def batchnorm(a: Attributes, x: list[Any]) -> Call | None:
    return None if a.get("training_mode") else ("batchnorm", x, {"eps": a.get("epsilon", 1e-5)})


def layernorm(a: Attributes, x: list[Any]) -> Call | None:
    last = a.get("axis", -1) in (-1, x[0].ndim - 1)
    return ("layernorm", x, {"eps": a.get("epsilon", 1e-5)}) if last and x[1].ndim == 1 else None


def axes_of(a: Attributes, x: list[Any]) -> tuple[int, ...] | None:
    """The axes of a reduction, from the attribute or the second operand; None for all."""
    found = a["axes"] if "axes" in a else x[1].ravel().tolist() if len(x) > 1 else []
    return tuple(found) or None


def reduction(name: str) -> Translate:
    def call(a: Attributes, x: list[Any]) -> Call | None:
        if a.get("noop_with_empty_axes") and axes_of(a, x) is None:
            return None
        return name, x[:1], {"axis": axes_of(a, x), "keepdims": bool(a.get("keepdims", 1))}

    return call


def logsumexp(a: Attributes, x: list[Any]) -> Call | None:
    axes = axes_of(a, x)
    if axes is None or len(axes) > 1:
        return None
    return "logsumexp", x[:1], {"axis": axes[0], "keepdims": bool(a.get("keepdims", 1))}


def reshaped(sizes: Callable[[Attributes, list[Any]], Any]) -> Translate:
    """The same elements in the shape that `sizes` tells."""
    return lambda a, x: ("reshape", x[:1], {"shape": tuple(map(int, sizes(a, x)))})


def asked_shape(a: Attributes, x: list[Any]) -> list[int]:
    kept = x[0].shape if not a.get("allowzero") else ()
    return [kept[i] if n == 0 and kept else n for i, n in enumerate(x[1].tolist())]


def as_matrix(a: Attributes, x: list[Any]) -> tuple[int, int]:
    axis = a.get("axis", 1)
    rows = math.prod(x[0].shape[:axis])  # a negative axis counts from the end
    return rows, x[0].size // rows


def squeezed(a: Attributes, x: list[Any]) -> Any:
    return np.squeeze(x[0], axes_of(a, x)).shape


def unsqueezed(a: Attributes, x: list[Any]) -> Any:
    return np.expand_dims(x[0], axes_of(a, x)).shape


def clip(a: Attributes, x: list[Any]) -> Call | None:
    low, high = [None if v is None else v.item() for v in [*x[1:], None, None][:2]]
    return None if low is high is None else ("clip", x[:1], {"low": low, "high": high})


def gather(a: Attributes, x: list[Any]) -> Call | None:
    return "index", x[:1], {"index": ["::"] * (a.get("axis", 0) % x[0].ndim) + [x[1].tolist()]}


def sliced(a: Attributes, x: list[Any]) -> Call | None:
    starts, ends = [v.tolist() for v in x[1:3]]
    axes = x[3].tolist() if len(x) > 3 and x[3] is not None else range(len(starts))
    steps = x[4].tolist() if len(x) > 4 else [1] * len(starts)
    index = ["::"] * x[0].ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        index[axis] = f"{start}:{end}:{step}"
    return "index", x[:1], {"index": index}


def padded(a: Attributes, x: list[Any]) -> Call | None:
    """All of ONNX's own examples pad unevenly, or other axes than the last two."""
    low, high = np.split(x[1], 2)
    plain = a.get("mode", b"constant") == b"constant" and len(x) < 4 and x[0].ndim >= 2
    if not plain or (low != high).any() or low[:-2].any() or low[-1] != low[-2] or low[-1] < 0:
        return None
    value = x[2].item() if len(x) > 2 else 0
    return "pad2d", x[:1], {"width": int(low[-1]), "value": value}


def attention(a: Attributes, x: list[Any]) -> Call | None:
    plain = not a and len(x) == 3 and x[0].ndim == 4 and x[0].shape[1] == x[1].shape[1]
    return ("attention", x, {}) if plain else None


def dropout(a: Attributes, x: list[Any]) -> Call | None:
    training = len(x) > 2 and x[2] is not None and bool(x[2])
    return None if training else ("dropout", x[:1], {"training": False})


def unit_swish(a: Attributes, x: list[Any]) -> Call | None:
    return ("silu", x, {}) if a.get("alpha", 1.0) == 1 else None


def normalised(a: Attributes, x: list[Any]) -> Call | None:
    axis, p = a.get("axis", -1), a.get("p", 2)
    length = {
        1: f"sum(abs(x0), axis={axis}, keepdims=True)",
        2: f"norm(x0, axis={axis}, keepdims=True)",
    }
    return f"x0/{length[p]}", x, {}


def rms(a: Attributes, x: list[Any]) -> Call | None:
    axes = tuple(range(a.get("axis", -1) % x[0].ndim, x[0].ndim))
    mean = f"mean(x0**2, axis={axes}, keepdims=True)"
    return f"x0/sqrt({mean} + {a.get('epsilon', 1e-5)})*x1", x, {}


def formula(text: str, **defaults: float) -> Translate:
    """A text in the operands, and in the attributes as {name}."""

    def call(a: Attributes, x: list[Any]) -> Call | None:
        return (text.format(**(defaults | a)), x, {}) if set(a) <= set(defaults) else None

    return call


def reduced(text: str) -> Translate:
    """A text whose `{along}` stands for the options of a reduction."""
    axes = reduction("")

    def call(a: Attributes, x: list[Any]) -> Call | None:
        found = axes(a, x)
        along = found and ", ".join(f"{k}={v}" for k, v in found[2].items() if v is not None)
        return found and (text.format(along=along), x[:1], {})

    return call


def folded(text: str, ends: str = "{}") -> Translate:
    """An op of two operands for any number: `text` joins what was joined before and the next."""

    def call(a: Attributes, x: list[Any]) -> Call | None:
        joined = "x0"
        for i in range(1, len(x)):
            joined = text.format(joined, f"x{i}")
        return ends.format(joined, n=len(x)), x, {}

    return call


TRANSLATED: dict[str, Translate] = {
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "MaxPool": pool("maxpool2d"),
    "AveragePool": pool("avgpool2d"),
    "LpPool": pool("l2pool2d"),
    "Gemm": gemm,
    "GlobalAveragePool": simple("global_avgpool2d"),
    "GlobalMaxPool": simple("global_maxpool2d"),
    "Softmax": simple("softmax", axis=("axis", -1)),
    "LogSoftmax": simple("log_softmax", axis=("axis", -1)),
    "MatMul": simple("matmul"),
    "BatchNormalization": batchnorm,
    "LayerNormalization": layernorm,
    "LRN": simple(
        "local_response_norm",
        size=("size", 5),
        alpha=("alpha", 1e-4),
        beta=("beta", 0.75),
        k=("bias", 1.0),
    ),
    "SoftmaxCrossEntropyLoss": cross_entropy("softmax_cross_entropy"),
    "Relu": simple("relu"),
    "NegativeLogLikelihoodLoss": cross_entropy("nll"),
    "Sigmoid": simple("sigmoid"),
    "Tanh": simple("tanh"),
    "LeakyRelu": simple("leaky_relu", slope=("alpha", 0.01)),
    "Elu": simple("elu", alpha=("alpha", 1.0)),
    "Gelu": simple("gelu"),
    "Softplus": simple("softplus"),
    "Exp": simple("exp"),
    "Log": simple("log"),
    "Sqrt": simple("sqrt"),
    "Abs": simple("abs"),
    "Neg": simple("neg"),
    "Erf": simple("erf"),
    "Reciprocal": simple("reciprocal"),
    "Sin": simple("sin"),
    "Cos": simple("cos"),
    "Add": simple("add"),
    "Sub": simple("sub"),
    "Mul": simple("mul"),
    "Div": simple("div"),
    "Pow": simple("pow"),
    "Greater": simple("greater"),
    "GreaterOrEqual": simple("greater_equal"),
    "Less": simple("less"),
    "LessOrEqual": simple("less_equal"),
    "Equal": simple("equal"),
    "Where": simple("where"),
    "Sign": simple("sign"),
    "Sinh": simple("sinh"),
    "Cosh": simple("cosh"),
    "Tan": simple("tan"),
    "Acos": simple("arccos"),
    "Asin": simple("arcsin"),
    "Atan": simple("arctan"),
    "Max": folded("maximum({}, {})", "{} + 0"),
    "Min": folded("minimum({}, {})", "{} + 0"),
    "Sum": folded("{} + {}", "({}) + 0"),
    "Mean": folded("{} + {}", "({})/{n}"),
    "ReduceL1": reduced("sum(abs(x0), {along})"),
    "ReduceSumSquare": reduced("sum(x0**2, {along})"),
    "ReduceLogSum": reduced("log(sum(x0, {along}))"),
    "Softsign": formula("x0/(1 + abs(x0))"),
    "Selu": formula(
        "{gamma}*elu(x0, alpha={alpha})",
        alpha=1.67326319217681884765625,
        gamma=1.05070102214813232421875,
    ),
    "Celu": formula("{alpha}*elu(x0/{alpha})", alpha=1.0),
    "HardSigmoid": formula("clip({alpha}*x0 + {beta}, 0, 1)", alpha=0.2, beta=0.5),
    "HardSwish": formula("x0*clip(x0/6 + 0.5, 0, 1)"),
    "Mish": formula("x0*tanh(softplus(x0))"),
    "ThresholdedRelu": formula("where(x0 > {alpha}, x0, 0)", alpha=1.0),
    "PRelu": formula("maximum(x0, 0) + x1*minimum(x0, 0)"),
    "Shrink": formula(
        "where(x0 < -{lambd}, x0 + {bias}, where(x0 > {lambd}, x0 - {bias}, 0))",
        bias=0.0,
        lambd=0.5,
    ),
    "Acosh": formula("log(x0 + sqrt(x0**2 - 1))"),
    "Asinh": formula("log(x0 + sqrt(x0**2 + 1))"),
    "Atanh": formula("log((1 + x0)/(1 - x0))/2"),
    "Identity": formula("x0 + 0"),
    "LpNormalization": normalised,
    "RMSNormalization": rms,
    "ReduceSum": reduction("sum"),
    "ReduceMean": reduction("mean"),
    "ReduceMax": reduction("max"),
    "ReduceMin": reduction("min"),
    "ReduceProd": reduction("prod"),
    "ReduceL2": reduction("norm"),
    "ReduceLogSumExp": logsumexp,
    "Reshape": reshaped(asked_shape),
    "Flatten": reshaped(as_matrix),
    "Squeeze": reshaped(squeezed),
    "Unsqueeze": reshaped(unsqueezed),
    "Transpose": simple("transpose", axes=("perm", None)),
    "Concat": simple("concatenate", axis=("axis", 0)),
    "Clip": clip,
    "Gather": gather,
    "Slice": sliced,
    "Pad": padded,
    "Attention": attention,
    "Dropout": dropout,
    "Swish": unit_swish,
}
"""How each of ONNX's operators is written here; the others have no op of their meaning."""
