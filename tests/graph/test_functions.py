"""Every op is a function of Python whose signature and help say what it takes."""

import inspect
from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.graph.expression import Expression
from gradviz.ops import Op, every

OPS = list(every())


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("add", "(a, b)"),
        ("linear", "(x, w, b=None)"),
        ("clip", "(x, low, high=None)"),
        ("stack", "(*xs, axis=0)"),
        ("softmax", "(s, axis=-1)"),
        ("conv2d", "(x, w, b=None, stride=1, padding=0, dilation=1, groups=1)"),
    ],
)
def test_signatures(name: str, signature: str) -> None:
    found = inspect.signature(getattr(gv, name))
    assert str(found.replace(return_annotation=inspect.Signature.empty)) == signature
    assert found.return_annotation is Expression


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_a_call_that_the_signature_takes_is_taken(op: Op) -> None:
    function = getattr(gv, op.name)
    signature = inspect.signature(function)
    shapes, options = op.examples[0] if op.examples else (((),) * len(op.inputs), {})
    operands = gv.inputs([f"v{i}" for i in range(len(shapes))])
    bound = signature.bind(*operands, **options)
    made = function(*bound.args, **bound.kwargs)
    assert made.op == op.name and made.inputs == operands
    assert {k: made.options[k] for k in options} == dict(options)
    bound.apply_defaults()
    assert {**made.options} == {k: bound.arguments[k] for k in op.options}
    if not op.variadic:  # by name, in any order
        again = function(**dict(reversed(bound.arguments.items())))
        assert (again.op, again.inputs, again.options) == (made.op, made.inputs, made.options)


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
@pytest.mark.parametrize("wrong", [{"no_such_argument": 1}, {}])
def test_a_call_that_the_signature_refuses_is_refused(op: Op, wrong: dict[str, Any]) -> None:
    function = getattr(gv, op.name)
    if op.variadic and not wrong:
        return  # Python cannot say "one or more"
    operands = gv.inputs("v") * op.required if wrong else ()
    with pytest.raises(TypeError):
        inspect.signature(function).bind(*operands, **wrong)
    with pytest.raises(GradvizError):
        function(*operands, **wrong)


def test_help_says_operands_options_and_shapes() -> None:
    said = gv.conv2d.__doc__.splitlines()
    assert "Operands: x (the input), w (the kernel), b (the bias, may be left out)." in said
    assert "Options: stride=1, padding=0, dilation=1, groups=1." in said
    # 3 − 2 + 1 places along each axis, one channel for each kernel
    assert "    (1, 3, 3), (1, 1, 2, 2), (1,) → (1, 2, 2)" in said
    assert "    (2, 3), (3, 2) → (2, 2)" in gv.matmul.__doc__.splitlines()
    assert "    broadcast as in NumPy, (3,), (2, 3) → (2, 3)" in gv.add.__doc__.splitlines()
    assert "Operands: table, ids (takes no gradient)." in gv.embedding.__doc__.splitlines()
    assert "Options: axis=-1 (also dim)." in gv.softmax.__doc__.splitlines()


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_help_names_every_operand_and_option(op: Op) -> None:
    first, _, *rest = getattr(gv, op.name).__doc__.splitlines()
    assert first == f"{op.signature()}: {op.summary}."
    assert all(name.lstrip("*") in rest[0] for name in op.inputs)
    assert all(any(f"{name}" in line for line in rest[:2]) for name in op.options)
