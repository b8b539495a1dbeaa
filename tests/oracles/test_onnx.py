"""ONNX's own examples of each operator (onnx.backend.test), run on our op of the same meaning:
`make oracles`.

An example with a setting that our op does not have (ceil mode, uneven pads, three spatial axes …)
is left out.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import onnx
import pytest

from gradviz.arrays import for_backend
from gradviz.ops import get

pytestmark = pytest.mark.oracle
XP = for_backend("numpy", "float64")
Attributes = dict[str, Any]
Call = tuple[str, list[Any], dict[str, Any]]
"""An op, its operands and its options."""


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


def pool(name: str) -> Callable[[Attributes, list[Any]], Call | None]:
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


def simple(name: str, **renamed: tuple[str, Any]) -> Callable[[Attributes, list[Any]], Call | None]:
    """Options by ONNX's name and default; no example with other attributes."""

    def call(a: Attributes, x: list[Any]) -> Call | None:
        options = {ours: a.get(theirs, default) for ours, (theirs, default) in renamed.items()}
        known = {theirs for theirs, _ in renamed.values()}
        return (name, x, options) if set(a) <= known else None

    return call


def gemm(a: Attributes, x: list[Any]) -> Call | None:
    plain = not a.get("transA", 0) and a.get("alpha", 1) == a.get("beta", 1) == 1
    if not plain or (len(x) > 2 and x[2].shape != (x[1].shape[0 if a.get("transB") else 1],)):
        return None
    return "linear", [x[0], x[1] if a.get("transB") else x[1].T, *x[2:]], {}


def cross_entropy(name: str) -> Callable[[Attributes, list[Any]], Call | None]:
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


TRANSLATED: dict[str, tuple[Callable[[Attributes, list[Any]], Call | None], int]] = {
    "Conv": (conv, 3),
    "ConvTranspose": (conv_transpose, 5),
    "MaxPool": (pool("maxpool2d"), 4),
    "AveragePool": (pool("avgpool2d"), 4),
    "LpPool": (pool("l2pool2d"), 1),
    "Gemm": (gemm, 1),
    "GlobalAveragePool": (simple("global_avgpool2d"), 2),
    "GlobalMaxPool": (simple("global_maxpool2d"), 2),
    "Softmax": (simple("softmax", axis=("axis", -1)), 7),
    "LogSoftmax": (simple("log_softmax", axis=("axis", -1)), 7),
    "MatMul": (simple("matmul"), 7),
    "BatchNormalization": (batchnorm, 2),
    "LayerNormalization": (layernorm, 3),
    "LRN": (
        simple(
            "local_response_norm",
            size=("size", 5),
            alpha=("alpha", 1e-4),
            beta=("beta", 0.75),
            k=("bias", 1.0),
        ),
        2,
    ),
    "SoftmaxCrossEntropyLoss": (cross_entropy("softmax_cross_entropy"), 2),
    "Relu": (simple("relu"), 1),
    "NegativeLogLikelihoodLoss": (cross_entropy("nll"), 1),
    "Sigmoid": (simple("sigmoid"), 2),
    "Tanh": (simple("tanh"), 2),
    "LeakyRelu": (simple("leaky_relu", slope=("alpha", 0.01)), 3),
    "Elu": (simple("elu", alpha=("alpha", 1.0)), 3),
    "Gelu": (simple("gelu"), 2),
    "Softplus": (simple("softplus"), 2),
    "Exp": (simple("exp"), 2),
    "Log": (simple("log"), 2),
    "Sqrt": (simple("sqrt"), 2),
    "Abs": (simple("abs"), 1),
    "Neg": (simple("neg"), 2),
    "Erf": (simple("erf"), 1),
    "Reciprocal": (simple("reciprocal"), 2),
    "Sin": (simple("sin"), 2),
    "Cos": (simple("cos"), 2),
}
"""ONNX's operator: how it is written here, and how many of its examples have a form here at least.
"""


@pytest.mark.parametrize("operator", TRANSLATED)
def test_the_examples_of_the_standard(operator: str) -> None:
    translate, least = TRANSLATED[operator]
    done: Counter[str] = Counter()
    for case in cases()[operator]:
        node = case.model.graph.node[0]
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        operands = [np.asarray(x) for x in case.data_sets[0][0]]
        call = translate(attributes, operands)
        if call is None or any(x.dtype.kind == "f" and x.dtype != np.float32 for x in operands):
            continue
        name, inputs, options = call
        op = get(name)
        inputs = [
            XP.asarray(x) if op.has_gradient(i, [np.shape(x) for x in inputs], options) else x
            for i, x in enumerate(inputs)
        ]
        value = op.forward(XP, *inputs, **(dict(op.options) | options))
        np.testing.assert_allclose(
            value, case.data_sets[0][1][0], rtol=1e-5, atol=1e-6, err_msg=case.name
        )
        done[name] += 1
    assert done.total() >= least, (
        f"only {done.total()} of {len(cases()[operator])} examples have a form here"
    )
