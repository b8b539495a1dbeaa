"""Kernels for a GPU: what is written of formulas, and that it is C++ that computes the same."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays.cuda import PREAMBLE, Cuda, Term
from gradviz.graph.expression import call
from gradviz.ops import every
from tests import stand_in

CUDA = Cuda()
X, C = Term("x"), Term("c", is_condition=True)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (lambda: X * 2 + 1, "((x * T(2.0)) + T(1.0))"),
        (lambda: 1 / (1 + CUDA.exp(-X)), "(T(1.0) / (T(1.0) + exp((-x))))"),
        (lambda: X**2, "square(x)"),
        (lambda: X**0.5, "sqrt(x)"),
        (lambda: X**3, "power(x, T(3.0))"),
        (lambda: CUDA.where(CUDA.greater(X, 0), X, 0), "select((x > T(0.0)), x, T(0.0))"),
        (lambda: CUDA.where(X, X, 1), "select((x != T(0.0)), x, T(1.0))"),
        (lambda: CUDA.where(C, X, 1), "select(c, x, T(1.0))"),
        (lambda: C * X, "(T(c) * x)"),
        (lambda: CUDA.abs(X), "absolute(x)"),
        (lambda: X * float("inf"), "(x * infinity(T(1.0)))"),
        (lambda: X + CUDA.exp(CUDA.asarray(0)), "(x + T(1.0))"),
        (
            lambda: CUDA.stable(lambda x: x - 1, lambda x: -x, lambda x: x < 0, X),
            "select((x < T(0.0)), (-x), (x - T(1.0)))",
        ),
    ],
)
def test_a_formula_is_written(formula: Any, text: str) -> None:
    assert formula().text == text


@pytest.mark.parametrize("formula", [lambda: bool(X > 0), lambda: X.shape, lambda: X + "a"])
def test_what_cannot_be_written(formula: Any) -> None:
    with pytest.raises(TypeError):
        formula()


def test_what_kernels_do_not_have() -> None:
    with pytest.raises(AttributeError, match="no function matmul"):
        CUDA.matmul(X, X)


def launches() -> list[stand_in.Launch]:
    """Every kernel once for each type: of every op, of windows, and of a few networks."""
    with stand_in.installed() as library:
        library.recording = []
        for dtype in ("float64", "float32"):
            for op in every():
                for shapes, options in op.examples or [(((2, 3),) * len(op.inputs), {})]:
                    _run(op, shapes, options, dtype)
            for source in ("net:tiny-cnn", "net:lenet5"):
                image = np.random.default_rng(1).standard_normal(
                    gv.net(source).nodes[0].options["shape"]
                )
                gv.run(source, image=image, label=1, backend="cupy", dtype=dtype)
            a, k = gv.inputs("a k")
            given = {
                n: np.random.default_rng(2).random(s)
                for n, s in (("a", (2, 64, 6, 5)), ("k", (64, 64, 3, 3)))
            }
            made = gv.sum(gv.conv2d(a, k, padding=1))
            gv.run(made, values=given, backend="cupy", dtype=dtype)
        found, library.recording = library.recording, None
    return list(
        {
            (k.operation, *map(tuple, k.taken + k.made)): row for row in found for k in row[:1]
        }.values()
    )


def _run(op: Any, shapes: Any, options: Any, dtype: str) -> None:
    names = [f"x{i}" for i in range(len(shapes))]
    values = {}
    for slot, (name, shape) in enumerate(zip(names, shapes, strict=True)):
        takes = op.variadic or op.is_condition or op.has_gradient(slot, shapes, options)
        low, high = op.domain[min(slot, len(op.domain) - 1)] if op.domain else (0.5, 2)
        rng = np.random.default_rng(slot)
        values[name] = rng.uniform(low, high, shape) if takes else np.ones(shape, int)
    made = call(op, *gv.inputs(names), **options)
    made = made if op.is_condition else gv.sum(made * made)
    gv.run(made, values=values, backend="cupy", dtype=dtype)


C_TYPES = {
    "float64": "double",
    "float32": "float",
    "bool": "bool",
    "uint16": "uint16_t",
    "int64": "int64_t",
}


def _parameter(parameter: list[str], *, made: bool) -> tuple[str, str]:
    """A parameter of a function in C++, and what a kernel makes of it."""
    *raw, dtype, name = parameter
    c_type = C_TYPES[dtype]
    inner = f"{c_type}{'* ' if raw else '& '}{name} = {name}_{'' if raw else '[i]'};"
    return f"{c_type}* {name}_", inner if made or raw else f"const {inner}"


def _function(number: int, kernel: Any, before: str = "", loop: str = "") -> str:
    rows = [_parameter(p, made=False) for p in kernel.taken]
    rows += [_parameter(p, made=True) for p in kernel.made]
    outer, inner = zip(*rows, strict=True)
    return f"""
extern "C" {before} void f{number}(ptrdiff_t n, {", ".join(outer)}) {{
  {loop or "for (ptrdiff_t i = 0; i < n; ++i)"} {{ {" ".join(inner)}
{kernel.operation}
  }}
}}
"""


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_every_kernel_computes_in_cpp_what_it_computes_here(tmp_path: Path) -> None:
    rows = launches()
    assert len(rows) > 200
    head = "#include <cmath>\n#include <cstddef>\n#include <cstdint>\n#define __device__\n"
    functions = [_function(k, kernel) for k, (kernel, *_) in enumerate(rows)]
    source, built = tmp_path / "kernels.cpp", tmp_path / "kernels.so"
    source.write_text(head + "using namespace std;\n" + PREAMBLE + "".join(functions))
    options = ["-std=c++17", "-O0", "-ffp-contract=off", "-shared", "-fPIC"]
    subprocess.run(["g++", *options, "-o", built, source], check=True)
    library = ctypes.CDLL(str(built))
    for k, (kernel, given, size, expected) in enumerate(rows):
        out = [np.zeros_like(e) for e in expected]
        pointers = [ctypes.c_void_p(a.ctypes.data) for a in (*given, *out)]
        getattr(library, f"f{k}")(ctypes.c_ssize_t(size), *pointers)
        tolerance = 1e-12 if kernel.real is np.float64 else 1e-5
        for one, other in zip(out, expected, strict=True):
            largest = np.max(np.abs(other), initial=0.0) if other.dtype.kind == "f" else 0
            np.testing.assert_allclose(
                one, other, tolerance, tolerance * largest, err_msg=kernel.operation
            )


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("nvcc") is None, reason="needs nvcc")
def test_every_kernel_is_taken_by_nvcc(tmp_path: Path) -> None:
    head = "#include <cstddef>\n#include <cstdint>\n"
    each = "for (ptrdiff_t i = blockIdx.x * blockDim.x + threadIdx.x; i < n;"
    each += " i += gridDim.x * blockDim.x)"
    functions = [
        _function(k, kernel, "__global__", each) for k, (kernel, *_) in enumerate(launches())
    ]
    source = tmp_path / "kernels.cu"
    source.write_text(head + PREAMBLE + "".join(functions))
    subprocess.run(
        [
            "nvcc",
            "-std=c++17",
            "-arch=sm_90",
            "-O0",
            "-Xptxas",
            "-O0",
            "-cubin",
            "-o",
            tmp_path / "kernels.cubin",
            source,
        ],
        check=True,
        capture_output=True,
    )
