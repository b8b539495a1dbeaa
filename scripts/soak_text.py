"""Pieces of text for soak tests: names, numbers, junk, expressions, sources and values.

Every function draws from the generator of random numbers that it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

import gradviz as gv
from gradviz.cli.examples import EXAMPLES
from gradviz.errors import GradvizError
from gradviz.ops.op import REQUIRED, Op
from gradviz.ops.registry import every

NAMES = ("x", "y", "z", "W", "b", "q", "label", "pi", "σ", "x1", "_", "lambda", "None", "e")
NUMBERS = (
    "0", "1", "-1", "2", "3", "0.5", "1/3", "-0.0", "1e308", "1e-320", "1e309", "400", "7", "10",
    "1000000", "2**31", "1e5", "9"*30, "9"*400, "9"*5000, "NaN", "nan", "inf",
    "-Infinity", "0x1F", "1_000", "1.", ".5", "1e", "True", "²", "１２", "--3", "1/0", "0/0",
    "2**0.5", "10**400", "1e-400",
)  # fmt: skip
ARRAYS = (
    "[1,2]", "[[1,2],[3,4]]", "[[0.4,0.6],[0.7,-0.2]]", "[]", "[[]]", "[[1],[2,3]]", "[1,[2]]",
    "[1e308,1e308,1e308]", "[NaN,1]", "[inf,-inf]", "[[1,2,3]]", "[[[1,2],[3,4]]]", "[0,0,0]",
    "[0.2,0.3,0.5]", "[1,2", "1,2]", "[x,y]", '["a"]', "[True,False]", "[1/3,2/3]", "[[1e308]*6]",
)  # fmt: skip
BIG = tuple(
    f"[{','.join([f'[{row}]'] * 6)}]" for row in ("1e308," * 5 + "1e308", "NaN,1,2,inf,0,1")
)
"""Arrays that are told in a few words."""
SPECIAL_VALUES = (
    "random:1", "random:2x3", "random:1:2x3", "random:-1", "random:1:", "random:1:0", "digit:3",
    "digit:11", "digit:", "@", "@nothing.npy", "@/dev/null", "@/dev/zero.csv", "@.", "@\0.npy",
    "@x.npz:w", "random:1:99999999x99999999", "random:1e3", "random:99999999999999999999",
)  # fmt: skip
OPTION_VALUES = (
    "None", "True", "False", "0", "1", "-1", "2", "7", "-3", "0.5", "-0.5", "1e308", "1e400",
    "-1e400",
    "10**30", "10**400", "'mean'", "'sum'", "'none'", "'same'", "''", "'x'", "[]", "()", "[0]",
    "[1]",
    "(0, 1)", "[0, 1]", "[-1, 0]", "[[0]]", "[[1, 2], [3]]", "[None]", "['a']", "{}", "{'a': 1}",
    "float('nan')", "float('inf')", "2**63", "-2**63", "2**31", "1j", "b'x'", "...", "slice(1)",
    "(1, 2, 3)", "[0.5, 1]", "[True]", "set()", "[10**30]", "100000", "'0:1'", "['0:1']", "['...']",
    "['newaxis']", "[[0, 0]]", "['::0']", "[0, [1]]", "Fraction(1, 3)", "'1' * 50", "range(3)",
    "np.float32(2)", "np.int64(2)", "np.array([1, 2])", "np.array(1.5)", "np.bool_(True)",
    "np.array([[1, 2], [3, 4]])", "Decimal('1.5')", "print", "object()", "'2'", "np.nan",
    "[np.nan]",
)  # fmt: skip
JUNK = (
    "\0", "\x1b[31m", "‮", "\ud800", "é", "∂", "\n", ";", "#", "\t", "(", ")", "[", "]", "{", "}",
    ",", "=", "==", "**", "*", "@", "/", "//", "%", "&", "|", "~", "^", "-", "+", ".", ":", "...",
    "'", '"', "\\", "$", "`", "<", ">=", "!=", "if", "for", "lambda", "None", "x.T", ".T", "x[0]",
    "[:, None]", "[None]" * 65, "(" * 300, "-" * 500, "x+" * 400, "f(", "a b", "1x", "axis=0",
    "keepdims=True", "axis=", "0" * 500, "[" * 200, "=1", "x = ", "import os", "__class__", "²",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "**", "@", "<", "<=", ">", ">=", "==", "!=", "%", "//", "&", "^")
FLAGS = (
    [], [], [], [], ["--backend", "exact"], ["--backend", "exact"], ["--dtype", "float32"],
    ["--wrt", "x"], ["--upstream", "2"], ["--upstream", "[1,2]"], ["--step", "1"], ["--steps",
    "2-"],
    ["--step", "99999"], ["--steps", "x"], ["--brief"], ["--json"], ["--ascii"], ["--index"],
    ["--width", "40"], ["--digits", "9"], ["--into", "a"], ["--into", "f"], ["--depth", "1"],
    ["--wrt", ""], ["--backend", "cupy"], ["--digits", "0"], ["--width", "-1"], ["--summary"],
    ["--steps", "1,,2"], ["--steps", "9"*5000], ["--expand", "x"], ["--repeats"], ["--wrt", "x,x"],
)  # fmt: skip


def mutated(rng: Random, text: str, junk: Sequence[str] = JUNK, most: int = 3) -> str:
    """The text with a few places deleted, doubled, swapped or replaced."""
    for _ in range(rng.randint(1, most)):
        at = rng.randint(0, len(text))
        upto = min(len(text), at + rng.choice((0, 1, 1, 2, 5)))
        piece = rng.choice(("", rng.choice(junk), text[at:upto] * 2, rng.choice(junk)))
        text = text[:at] + piece + text[upto:]
    return text


def expression(rng: Random, depth: int = 3) -> str:
    """Text of the grammar; its shapes need not fit."""
    if depth <= 0 or rng.random() < 0.15:
        return rng.choice((*NAMES[:6], *NAMES[:6], rng.choice(NUMBERS), rng.choice(ARRAYS)))
    roll = rng.random()
    if roll < 0.4:
        left, right = expression(rng, depth - 1), expression(rng, depth - 1)
        text = f"{left} {rng.choice(OPERATORS[:8])} {right}"
        return f"({text})" if rng.random() < 0.6 else text
    if roll < 0.8:
        return op_call(rng, depth)
    if roll < 0.86:
        index = rng.choice(("0", "-1", "1:", "None", "...", ":, 0", "[0, 0]", "::-1", "5", "x"))
        return f"{expression(rng, depth - 1)}[{index}]"
    if roll < 0.9:
        return f"{expression(rng, depth - 1)}.T"
    if roll < 0.94:
        return f"-{expression(rng, depth - 1)}"
    return f"q = {expression(rng, depth - 1)}; {expression(rng, depth - 1)}"


@cache
def ops() -> tuple[Op, ...]:
    """Every op that can be called."""
    gv.parse("x")
    return tuple(every())


def op_call(rng: Random, depth: int) -> str:
    """A call of any op, now and then with options."""
    op = rng.choice(ops())
    count = rng.randint(1, 3) if op.variadic else rng.randint(op.required, len(op.inputs))
    given = [expression(rng, depth - 1) for _ in range(count)]
    if rng.random() < 0.15:
        names = [*op.inputs, *op.aliases, *op.options]
        given[-1] = f"{rng.choice(names).lstrip('*')}={rng.choice((given[-1], '1', 'None'))}"
    for name, default in op.options.items():
        if default is REQUIRED or rng.random() < 0.25:
            plain = rng.choice((repr(default), rng.choice(OPTION_VALUES[:40]), "0", "1", "2"))
            given.append(f"{name}={plain if default is not REQUIRED else rng.choice('123')}")
    return f"{op.name}({', '.join(given)})"


def fitting(rng: Random, depth: int = 2) -> str:
    """Text in which all shapes fit, whatever shape the inputs have."""
    if depth <= 0 or rng.random() < 0.1:
        return rng.choice(("x", "y", "x", "y", rng.choice(NUMBERS[:11]), rng.choice(NUMBERS)))
    left, right = fitting(rng, depth - 1), fitting(rng, depth - 1)
    roll = rng.random()
    if roll < 0.4:
        return f"({left} {rng.choice(('+', '-', '*', '/', '**', '<'))} {right})"
    op = rng.choice([op for op in ops() if (op.elementwise if roll < 0.75 else not op.variadic)])
    given = [left, right, *("1" for _ in op.inputs)][: len(op.inputs)]
    given += [
        f"{k}={rng.choice(('1', '2', '0.5'))}" for k, v in op.options.items() if v is REQUIRED
    ]
    return f"{op.name}({', '.join(given)})"


def source(rng: Random) -> str:
    """An expression, an example or a network, or a broken one."""
    roll = rng.random()
    if roll < 0.35:
        text = expression(rng, rng.choice((1, 1, 2, 2, 3)))
    elif roll < 0.6:
        text = rng.choice(EXAMPLES).source
    elif roll < 0.7:
        return mutated(rng, rng.choice(networks()), (*JUNK, *NUMBERS), 2)
    elif roll < 0.75:
        return "".join(rng.choice((*JUNK, *NAMES, *NUMBERS)) for _ in range(rng.randint(0, 12)))
    else:
        text = rng.choice((rng.choice(EXAMPLES).source, expression(rng, 2)))
    return text if rng.random() < 0.4 else mutated(rng, text, (*JUNK, *NAMES, *NUMBERS, *OPERATORS))


@cache
def networks() -> tuple[str, ...]:
    """Small networks as they are typed."""
    return (
        "net:xor", "net:mlp:2-4-4-1", "net:tiny-cnn", "net:softmax-regression",
        "net:mlp:3-2,seed=1",
        "net:mlp:2-3-2,activation=tanh", "net:", "net:tiny-cnn,classes=2", "net:mlp:0-1", "net:mlp",
    )  # fmt: skip


def value(rng: Random) -> str:
    """A VALUE, or a broken one."""
    roll = rng.random()
    if roll < 0.5:
        text = rng.choice(NUMBERS[:11])
    elif roll < 0.65:
        text = rng.choice(NUMBERS)
    elif roll < 0.85:
        text = rng.choice(ARRAYS)
    elif roll < 0.92:
        text = rng.choice(SPECIAL_VALUES)
    else:
        text = expression(rng, 2)
    return text if rng.random() < 0.85 else mutated(rng, text)


def assignments(rng: Random, text: str) -> list[str]:
    """NAME=VALUE for the inputs of a source, if it has any, mostly complete."""
    try:
        names = [n.name for n in gv.parse(text).required]
    except GradvizError:
        names = rng.sample(NAMES, 2)
    if rng.random() < 0.05:
        names = [*names, rng.choice(NAMES)]
    common = rng.choice((*ARRAYS[:3], *NUMBERS[:8]))
    return [f"{n}={common if rng.random() < 0.5 else value(rng)}" for n in names[:40]]


def option(rng: Random) -> str:
    """An option's value as a Python literal or expression."""
    return rng.choice(OPTION_VALUES if rng.random() < 0.4 else OPTION_VALUES[:29])


def python(text: str) -> Any:
    """The value of a Python expression."""
    from decimal import Decimal
    from fractions import Fraction

    import numpy as np

    names = {"np": np, "Fraction": Fraction, "Decimal": Decimal}
    return eval(text, names)
