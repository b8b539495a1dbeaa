"""Mistakes in counting shapes, parameters, multiply-adds and receptive fields."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.mistakes.formulas import output_size
from gradviz.mistakes.mistake import Mistake

Layers = Sequence[tuple[int, int]]


def _rounded_up(size: int, kernel: int, stride: int, padding: int) -> int:
    return -(-(size + 2 * padding - kernel) // stride) + 1


def _without_stride(layers: Layers) -> int:
    return 1 + sum(kernel - 1 for kernel, _ in layers)


MISTAKES = (
    Mistake(
        "padding-once",
        "You counted the padding on one side only: it is added on both.",
        formula=lambda size, kernel, stride, padding: (size + padding - kernel) // stride + 1,
        about="output-size",
    ),
    Mistake(
        "padding-ignored",
        "You left the padding out.",
        formula=lambda size, kernel, stride, padding: output_size(size, kernel, stride),
        about="output-size",
    ),
    Mistake(
        "stride-ignored",
        "You left the stride out: the window moves by that many cells.",
        formula=lambda size, kernel, stride, padding: output_size(size, kernel, 1, padding),
        about="output-size",
    ),
    Mistake(
        "no-plus-one",
        "You left the + 1 out: the first window counts too.",
        formula=lambda size, kernel, stride, padding: (
            output_size(size, kernel, stride, padding) - 1
        ),
        about="output-size",
    ),
    Mistake(
        "rounded-up",
        "You rounded up: a window that does not fit is left out.",
        formula=_rounded_up,
        about="output-size",
    ),
    Mistake(
        "size-over-stride",
        "You divided the size by the stride: the kernel and the padding count too.",
        formula=lambda size, kernel, stride, padding: size // stride,
        about="output-size",
    ),
    Mistake(
        "bias-forgotten",
        "You left the biases out: there is one for every filter.",
        formula=lambda kernel, inputs, filters, out: kernel**2 * inputs * filters,
        about="conv-parameters",
    ),
    Mistake(
        "channels-forgotten",
        "You left the input channels out: a filter spans all of them.",
        formula=lambda kernel, inputs, filters, out: (kernel**2 + 1) * filters,
        about="conv-parameters",
    ),
    Mistake(
        "bias-per-weight",
        "You gave every weight a bias: each filter has only one.",
        formula=lambda kernel, inputs, filters, out: 2 * kernel**2 * inputs * filters,
        about="conv-parameters",
    ),
    Mistake(
        "times-output-area",
        "You multiplied by the output's area: all positions share the same weights.",
        formula=lambda kernel, inputs, filters, out: (kernel**2 * inputs + 1) * filters * out**2,
        about="conv-parameters",
    ),
    Mistake(
        "one-filter-only",
        "You counted one filter: every output channel has its own.",
        formula=lambda kernel, inputs, filters, out: kernel**2 * inputs + 1,
        about="conv-parameters",
    ),
    Mistake(
        "pooling-has-parameters",
        "Pooling has no parameters: it picks or averages, and learns nothing.",
        formula=lambda kernel, channels: kernel**2 * channels,
        about="pooling-parameters",
    ),
    Mistake(
        "pooling-changes-channels",
        "Pooling works on each channel separately: the number of channels stays the same.",
        formula=lambda channels, size: channels // size,
        about="pooling-channels",
    ),
    Mistake(
        "input-channels-kept",
        "These are the input's channels: a convolution produces one for every filter.",
        formula=lambda filters, inputs: inputs,
        about="output-channels",
    ),
    Mistake(
        "channels-multiplied",
        "You multiplied the channels by the filters: each filter sums over all input channels.",
        formula=lambda filters, inputs: filters * inputs,
        about="output-channels",
    ),
    Mistake(
        "linear-bias-forgotten",
        "You left the biases out: there is one for every output.",
        formula=lambda inputs, outputs: inputs * outputs,
        about="linear-parameters",
    ),
    Mistake(
        "linear-bias-per-input",
        "You counted a bias for every input: there is one for every output.",
        formula=lambda inputs, outputs: inputs * outputs + inputs,
        about="linear-parameters",
    ),
    Mistake(
        "input-area",
        "You used the input's area: the products are taken once for every cell of the output.",
        formula=lambda out, kernel, inputs, filters, size: size**2 * filters * kernel**2 * inputs,
        about="multiply-adds",
    ),
    Mistake(
        "work-channels-forgotten",
        "You left the input channels out: a filter spans all of them.",
        formula=lambda out, kernel, inputs, filters, size: out**2 * filters * kernel**2,
        about="multiply-adds",
    ),
    Mistake(
        "work-filters-forgotten",
        "You counted one output channel only.",
        formula=lambda out, kernel, inputs, filters, size: out**2 * kernel**2 * inputs,
        about="multiply-adds",
    ),
    Mistake(
        "work-per-weight",
        "This is the number of weights: each of them is used at every position.",
        formula=lambda out, kernel, inputs, filters, size: filters * kernel**2 * inputs,
        about="multiply-adds",
    ),
    Mistake(
        "kernels-added",
        "You added the kernel sizes: every further layer adds its kernel size minus one.",
        formula=lambda layers: sum(kernel for kernel, _ in layers),
        about="receptive-field",
    ),
    Mistake(
        "kernels-multiplied",
        "You multiplied the kernel sizes: every further layer adds its kernel size minus one.",
        formula=lambda layers: layers[0][0] * layers[1][0],
        about="receptive-field",
    ),
    Mistake(
        "field-without-stride",
        "You left the strides out: after a stride, each step covers several cells.",
        formula=_without_stride,
        about="receptive-field",
    ),
    Mistake(
        "last-kernel-only",
        "You used the last layer alone: each cell that it sees itself sees several input cells.",
        formula=lambda layers: layers[-1][0],
        about="receptive-field",
    ),
)
