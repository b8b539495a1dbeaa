"""In counting shapes, parameters, multiply-adds and receptive fields."""

from __future__ import annotations

from collections.abc import Sequence

from gradviz.exam.misconceptions import Misconception
from gradviz.exam.question.counting import output_size

Layers = Sequence[tuple[int, int]]


def _rounded_up(size: int, kernel: int, stride: int, padding: int) -> int:
    return -(-(size + 2 * padding - kernel) // stride) + 1


def _without_stride(layers: Layers) -> int:
    return 1 + sum(kernel - 1 for kernel, _ in layers)


MISCONCEPTIONS = (
    Misconception(
        "padding-once",
        "You counted the padding on one side only: it stands on both.",
        formula=lambda size, kernel, stride, padding: (size + padding - kernel) // stride + 1,
        about="output-size",
    ),
    Misconception(
        "padding-ignored",
        "You left the padding out.",
        formula=lambda size, kernel, stride, padding: output_size(size, kernel, stride),
        about="output-size",
    ),
    Misconception(
        "stride-ignored",
        "You left the stride out: the window moves by that many cells.",
        formula=lambda size, kernel, stride, padding: output_size(size, kernel, 1, padding),
        about="output-size",
    ),
    Misconception(
        "no-plus-one",
        "You left the + 1 out: the first window counts too.",
        formula=lambda size, kernel, stride, padding: (
            output_size(size, kernel, stride, padding) - 1
        ),
        about="output-size",
    ),
    Misconception(
        "rounded-up",
        "You rounded up: a window that does not fit is left out.",
        formula=_rounded_up,
        about="output-size",
    ),
    Misconception(
        "size-over-stride",
        "You divided the size by the stride: the kernel and the padding count too.",
        formula=lambda size, kernel, stride, padding: size // stride,
        about="output-size",
    ),
    Misconception(
        "bias-forgotten",
        "You left the biases out: one for every filter.",
        formula=lambda kernel, inputs, filters, out: kernel**2 * inputs * filters,
        about="conv-parameters",
    ),
    Misconception(
        "channels-forgotten",
        "You left the input channels out: a filter reaches through all of them.",
        formula=lambda kernel, inputs, filters, out: (kernel**2 + 1) * filters,
        about="conv-parameters",
    ),
    Misconception(
        "bias-per-weight",
        "You gave every weight a bias: a filter has one.",
        formula=lambda kernel, inputs, filters, out: 2 * kernel**2 * inputs * filters,
        about="conv-parameters",
    ),
    Misconception(
        "times-output-area",
        "You multiplied by the output's area: the weights are shared between all places.",
        formula=lambda kernel, inputs, filters, out: (kernel**2 * inputs + 1) * filters * out**2,
        about="conv-parameters",
    ),
    Misconception(
        "one-filter-only",
        "You counted one filter: every output channel has its own.",
        formula=lambda kernel, inputs, filters, out: kernel**2 * inputs + 1,
        about="conv-parameters",
    ),
    Misconception(
        "pooling-has-parameters",
        "Pooling has no parameters: it picks or averages, and learns nothing.",
        formula=lambda kernel, channels: kernel**2 * channels,
        about="pooling-parameters",
    ),
    Misconception(
        "pooling-changes-channels",
        "Pooling works on every channel by itself: there are as many behind it as before.",
        formula=lambda channels, size: channels // size,
        about="pooling-channels",
    ),
    Misconception(
        "input-channels-kept",
        "These are the input's channels: a convolution makes one for every filter.",
        formula=lambda filters, inputs: inputs,
        about="output-channels",
    ),
    Misconception(
        "channels-multiplied",
        "You multiplied the channels by the filters: a filter adds up what it finds in all"
        " channels.",
        formula=lambda filters, inputs: filters * inputs,
        about="output-channels",
    ),
    Misconception(
        "linear-bias-forgotten",
        "You left the biases out: one for every output.",
        formula=lambda inputs, outputs: inputs * outputs,
        about="linear-parameters",
    ),
    Misconception(
        "linear-bias-per-input",
        "You counted a bias for every input: there is one for every output.",
        formula=lambda inputs, outputs: inputs * outputs + inputs,
        about="linear-parameters",
    ),
    Misconception(
        "input-area",
        "You took the input's area: every cell of the output is one product.",
        formula=lambda out, kernel, inputs, filters, size: size**2 * filters * kernel**2 * inputs,
        about="multiply-adds",
    ),
    Misconception(
        "work-channels-forgotten",
        "You left the input channels out: a filter reaches through all of them.",
        formula=lambda out, kernel, inputs, filters, size: out**2 * filters * kernel**2,
        about="multiply-adds",
    ),
    Misconception(
        "work-filters-forgotten",
        "You counted one output channel only.",
        formula=lambda out, kernel, inputs, filters, size: out**2 * kernel**2 * inputs,
        about="multiply-adds",
    ),
    Misconception(
        "work-per-weight",
        "This is the number of weights: each of them is used at every place.",
        formula=lambda out, kernel, inputs, filters, size: filters * kernel**2 * inputs,
        about="multiply-adds",
    ),
    Misconception(
        "kernels-added",
        "You added the kernel sizes: every further layer adds its kernel less one.",
        formula=lambda layers: sum(kernel for kernel, _ in layers),
        about="receptive-field",
    ),
    Misconception(
        "kernels-multiplied",
        "You multiplied the kernel sizes: every further layer adds its kernel less one.",
        formula=lambda layers: layers[0][0] * layers[1][0],
        about="receptive-field",
    ),
    Misconception(
        "field-without-stride",
        "You left the strides out: behind a stride, every step counts for several cells.",
        formula=_without_stride,
        about="receptive-field",
    ),
    Misconception(
        "last-kernel-only",
        "You took the last layer alone: its cells see several input cells themselves.",
        formula=lambda layers: layers[-1][0],
        about="receptive-field",
    ),
)
