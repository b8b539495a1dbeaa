"""Operands without elements: an op takes them and gives shapes that fit, or refuses them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.graph.builder import Builder
from gradviz.ops import every
from gradviz.ops.op import Op, Shape


def emptied(op: Op) -> Iterator[tuple[list[Shape], dict[str, Any]]]:
    """Sample calls with each size in turn 0, everywhere and in one place."""
    samples = op.examples or ((((2, 3),) * len(op.inputs), {}),)
    for shapes, options in samples:
        for size in {n for shape in shapes for n in shape}:
            yield [tuple(n if n != size else 0 for n in s) for s in shapes], dict(options)
        for i, shape in enumerate(shapes):
            for axis in range(len(shape)):
                cut = (*shape[:axis], 0, *shape[axis + 1 :])
                yield [*shapes[:i], cut, *shapes[i + 1 :]], dict(options)


@pytest.mark.parametrize("op", every(), ids=lambda op: op.name)
def test_operands_of_no_elements(op: Op) -> None:
    for shapes, options in emptied(op):
        builder = Builder()
        nodes = [builder.input(f"x{i}") for i in range(len(shapes))]
        graph = builder.graph(builder.apply(op.name, nodes, dict(op.options) | options))
        real = [i for i in range(len(shapes)) if op.has_gradient(i, shapes, options)]
        values = {
            f"x{i}": np.ones(s) if i in real else np.zeros(s, int) for i, s in enumerate(shapes)
        }
        try:
            declared = graph.bind({f"x{i}": s for i, s in enumerate(shapes)})
            shape = declared.nodes[declared.output].shape
            wrt = [f"x{i}" for i in real] or ["x0"]
            trace = gv.run(graph, values=values, wrt=wrt, upstream=np.ones(shape))
        except GradvizError:
            continue
        assert np.shape(trace.value(trace.graph.output)) == shape
        for i in real:
            assert np.shape(trace.gradient(f"x{i}")) == shapes[i]
        assert all(gv.frame(trace, k).sentence for k in range(1, len(trace.steps) + 1))
