"""The kinds of hostile input of `scripts/soak.py`: how each is made, and what is done with it.

A case is a list of texts, so that every kind can be made smaller in the same way.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import gradviz as gv
from gradviz.cli.arguments import split_line
from gradviz.cli.commands import tui
from gradviz.cli.examples import EXAMPLES
from gradviz.cli.main import invoke
from gradviz.errors import GradvizError
from gradviz.ops.op import REQUIRED, Op
from gradviz.ops.registry import every, get

ROOT = Path(__file__).parent.parent
Case = list[str]


class Kind(NamedTuple):
    """A kind of input.

    make    draws a case.
    play    feeds it to gradviz.
    weight  how many of its cases are drawn, relative to the other kinds.
    """

    make: Callable[[Random], Case]
    play: Callable[[Case], None]
    weight: int


KINDS: dict[str, Kind] = {}


def kind(make: Callable[[Random], Case], weight: int) -> Callable[[Callable[[Case], None]], Any]:
    """Declare what is decorated to be what is done with the cases that `make` draws."""

    def enter(play: Callable[[Case], None]) -> Callable[[Case], None]:
        KINDS[play.__name__] = Kind(make, play, weight)
        return play

    return enter


def draw(seed: int, number: int) -> tuple[str, Case]:
    """The kind and the texts of the case with this number; always the same."""
    rng = Random(f"{seed}/{number}")
    name = rng.choices(list(KINDS), [k.weight for k in KINDS.values()])[0]
    return name, KINDS[name].make(rng)


# Pieces of text.

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


def _python(text: str) -> Any:
    from decimal import Decimal
    from fractions import Fraction

    import numpy as np

    names = {"np": np, "Fraction": Fraction, "Decimal": Decimal}
    return eval(text, names)


# Source text.


def _parse(rng: Random) -> Case:
    return [source(rng)]


@kind(_parse, 30)
def parse(case: Case) -> None:
    """Read text, write it and read it again; draw the bare graph."""
    from gradviz.graph.text.writer import write

    graph = gv.parse(case[0])
    if len(graph.nodes) < 300:
        gv.parse(write(graph))
        gv.to_dot(graph)


def _runnable(rng: Random) -> tuple[str, list[str]]:
    """A source with values, which mostly run."""
    text = source(rng)
    if rng.random() < 0.7:
        text = fitting(rng, rng.choice((1, 2, 2, 3)))
        common = rng.choice((*NUMBERS[:11], *ARRAYS[:11], *BIG, "0", "2", rng.choice(NUMBERS)))
        return text, [f"{n}={common}" for n in ("x", "y") if n in text]
    return text, assignments(rng, text)


def _command(rng: Random) -> Case:
    text, values = _runnable(rng)
    name = rng.choice(("show", "show", "show", "show", "trace", "check"))
    flags = rng.choice(FLAGS)
    if name != "show" and flags and flags[0] not in ("--backend", "--dtype", "--wrt", "--upstream"):
        flags = []
    return [name, text, *values, *flags]


@kind(_command, 24)
def command(case: Case) -> None:
    """A whole command line, its output included."""
    quietly(case)


def _drawing(rng: Random) -> Case:
    text, values = _runnable(rng)
    suffix = rng.choice(("svg", "dot", "txt", "json", "svg", "pdf"))
    return [suffix, text, *values]


@kind(_drawing, 2)
def drawing(case: Case) -> None:
    """`gradviz render` into a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        quietly(["render", *case[1:], "-o", f"{folder}/picture.{case[0]}"])


def quietly(words: Sequence[str]) -> None:
    """A command in this process, its output encoded and thrown away."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", errors="strict") for _ in range(2)]
    streams[1].reconfigure(errors="backslashreplace")
    stdin, sys.stdin = sys.stdin, io.StringIO("")
    try:
        with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
            invoke(words)
            streams[0].flush()
    finally:
        sys.stdin = stdin


# Options of ops.

SHAPES = ((), (3,), (2, 3), (2, 2, 4, 4), (1, 3, 5, 5), (0,), (2, 3, 4), (1, 1))


def _op_option(rng: Random) -> Case:
    op = rng.choice([o for o in ops() if o.options])
    sample = rng.choice(op.examples)[1] if op.examples else {}
    given = {name: repr(v) for name, v in sample.items()}
    for name in rng.sample(list(op.options), rng.randint(1, min(2, len(op.options)))):
        given[name] = option(rng)
    return [op.name, str(rng.randrange(1000)), *(f"{k}={v}" for k, v in given.items())]


def _operands(name: str, number: str) -> list[Any]:
    """Values of the shapes of one of the op's examples, or of any shapes."""
    import numpy as np

    rng, op = Random(number), get(name)
    count = 2 if op.variadic else len(op.inputs)
    shapes = rng.choice(op.examples)[0] if op.examples else (rng.choice(SHAPES),) * count
    if rng.random() < 0.1:
        shapes = tuple(rng.choice(SHAPES) for _ in shapes)
    return [np.ones(s) if rng.random() < 0.3 else np.full(s, 0.5) for s in shapes]


def _pairs(case: Case) -> list[tuple[str, str]]:
    return [(word.partition("=")[0], word.partition("=")[2]) for word in case[2:]]


@kind(_op_option, 12)
def python_option(case: Case) -> None:
    """An op called from Python with strange options, and run."""
    operands = _operands(case[0], case[1])
    names = gv.inputs([f"x{i}" for i in range(len(operands))])
    output = getattr(gv, case[0])(*names, **{k: _python(v) for k, v in _pairs(case)})
    _tell(gv.run(output, values={f"x{i}": v for i, v in enumerate(operands)}))


@kind(_op_option, 12)
def text_option(case: Case) -> None:
    """The same in text."""
    operands = _operands(case[0], case[1])
    names = [f"x{i}" for i in range(len(operands))]
    words = [*names, *(f"{k}={v}" for k, v in _pairs(case))]
    values = dict(zip(names, operands, strict=True))
    _tell(gv.run(f"{case[0]}({', '.join(words)})", values=values))


@kind(_op_option, 12)
def json_option(case: Case) -> None:
    """The same in a saved trace."""
    op = get(case[0])
    shapes, options = op.examples[0] if op.examples else (((2, 3),) * len(op.inputs), {})
    names = gv.inputs([f"x{i}" for i in range(len(shapes))])
    data = json.loads(_saved(getattr(gv, case[0])(*names, **options), shapes))
    node = next(n for n in data["graph"]["nodes"] if n["op"] == case[0])
    for key, text in _pairs(case):
        with contextlib.suppress(TypeError, ValueError):
            node["options"][key] = json.loads(json.dumps(_python(text)))
    _tell(gv.Trace.from_json(json.dumps(data)))


def _saved(output: Any, shapes: Sequence[tuple[int, ...]]) -> str:
    import numpy as np

    values = {f"x{i}": np.ones(s) for i, s in enumerate(shapes)}
    return gv.run(output, values=values).to_json()


def _tell(trace: gv.Trace) -> None:
    """The walk-through of a trace, of its last steps where it is long."""
    from gradviz.export.reports import walks

    if len(trace) and sum(n.shape is not None for n in trace.graph.nodes) < 200:
        steps = range(max(1, len(trace) - 5), len(trace) + 1)
        for _ in walks.lines(trace, steps=tuple(steps), width=80):
            pass


# Values.


def _typed_value(rng: Random) -> Case:
    return [rng.choice(("numpy", "numpy", "exact")), value(rng), rng.choice(("x", "sum(x)", "x*x"))]


@kind(_typed_value, 10)
def typed_value(case: Case) -> None:
    """A VALUE as typed, run and shown."""
    quietly(["show", case[2], f"x={case[1]}", "--backend", case[0]])


# Saved traces.

SAVED = (
    ("x*y + z", {"x": -3, "y": 5, "z": 2}),
    ("q = W @ x; sum(q**2)", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]}),
    ("sum(maximum(x, 0) * [1, 2])", {"x": [1, -1]}),
    ("softmax_cross_entropy(s, 1)", {"s": [1.0, 2.0, 3.0]}),
    ("mean(conv2d(x, w, padding=1))", {"x": [[[1, 2], [3, 4]]], "w": [[[[1, 0], [0, 1]]]]}),
    ("sum(x[1:, None])", {"x": [1, 2, 3]}),
    ("net:xor", {"x": [1, 0]}),
)
STRANGE = (
    None, True, False, 0, 1, -1, 2, 0.5, 1e308, 10**30, 2**62, "", "x", "NaN", "Infinity", "pi",
    [], [1], [[1]], [None], {}, {"a": 1}, [0, 1], "1/0", "sqrt(2)", "10**1000", ["a"], -(2**63),
    "input", "add", "constant", [2**62, 2**62], [0], "numpy", "exact", [[1], [2, 3]], "x**x", "\0",
)  # fmt: skip


@cache
def saved() -> tuple[str, ...]:
    """Documents of small traces, floats and exact ones."""
    floats = [gv.run(text, values=values).to_json() for text, values in SAVED]
    exact = [gv.run(t, values=v, backend="exact").to_json() for t, v in SAVED[:3]]
    return (*floats, *exact)


def _document(rng: Random) -> Case:
    text = rng.choice(saved())
    if rng.random() < 0.25:
        return [mutated(rng, text, (*JUNK, *NUMBERS))]
    data = json.loads(text)
    for _ in range(rng.randint(1, 2)):
        holder, key = rng.choice(list(_places(data)))
        if rng.random() < 0.15:
            holder.pop(key)
        elif isinstance(holder, list) and rng.random() < 0.2:
            holder.insert(key, holder[key])
        else:
            others = [h[k] for h, k in rng.sample(list(_places(data)), 3)]
            new = rng.choice((rng.choice(STRANGE), rng.choice(STRANGE), rng.choice(others)))
            holder[key] = json.loads(json.dumps(new))
    return [json.dumps(data)]


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, inner in list(items):
        yield data, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


@kind(_document, 20)
def document(case: Case) -> None:
    """A saved trace, read and shown."""
    _tell(gv.Trace.from_json(case[0]))


# Files: bytes as text in base 64.


@cache
def files() -> dict[str, bytes]:
    """Small files of every kind that is read, by name."""
    import numpy as np

    made: dict[str, bytes] = {}
    for name, array in (("a.npy", np.arange(6.0).reshape(2, 3)), ("i.npy", np.arange(3))):
        np.save(out := io.BytesIO(), array)
        made[name] = out.getvalue()
    np.savez(out := io.BytesIO(), x=np.ones((2, 2)), y=np.zeros(3))
    made["a.npz"] = out.getvalue()
    np.savez_compressed(out := io.BytesIO(), x=np.ones((2, 2)))
    made["c.npz"] = out.getvalue()
    made["a.csv"] = b"a;b\n1,5;2\n3;4\n"
    made["b.tsv"] = b"1\t2\n3\t4\n"
    made["a.json"] = b"[[1, 2.5], [3, NaN]]"
    made["a.png"] = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADklEQVR4nGNgYGBgYGAAAAAFAAFe4Z8sAAAAAElFTkSuQmCC"
    )
    with tempfile.TemporaryDirectory() as folder:
        weights = {n.name: v for n, v in _xor_parameters()}
        for suffix in (".npz", ".safetensors"):
            gv.save_weights(Path(folder, "w" + suffix), weights)
            made["w" + suffix] = Path(folder, "w" + suffix).read_bytes()
    return made


def _xor_parameters() -> list[tuple[Any, Any]]:
    trace = gv.run("net:xor", x=[1, 0])
    return [(n, trace.values[n.id]) for n in trace.graph.inputs if "init" in n.options]


def _file(rng: Random) -> Case:
    name = rng.choice((*files(), "w.npz", "w.safetensors", "w.npz", "w.safetensors"))
    data = bytearray(files()[name])
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        roll = rng.random()
        if roll < 0.5 and at < len(data):
            data[at] = rng.choice((0, 255, 127, rng.randrange(256), data[at] ^ 1))
        elif roll < 0.7:
            del data[at : at + rng.choice((1, 2, 50, len(data)))]
        else:
            data[at:at] = rng.choice(
                (b"9", b"[", b"\0", b"-", b",", bytes(data[at : at + 20]), b'"')
            )
    return [name, base64.b64encode(bytes(data)).decode()]


@kind(_file, 14)
def file(case: Case) -> None:
    """A damaged file as a value or as weights."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, case[0])
        try:
            path.write_bytes(base64.b64decode(case[1], validate=True))
        except ValueError:
            return
        if case[0].startswith("w"):
            values = gv.load_weights(path, gv.net("xor"))
            gv.run("net:xor", values={**values, "x": [1, 0]})
        else:
            quietly(["show", "sum(x)", f"x=@{path}", "--brief"])


# What people write by hand: exams, themes, rosters, answers.

THEME = """base = "dark"
[colours]
ink = "#FFFFFF"
[roles.value]
weight = "bold"
dash = [4, 2]
width = 2.5
"""
ROSTER = "id,name\na1,Ada Lovelace\nb2,Émile\nc3,\n"
TOML_JUNK = (*JUNK, "0", "-1", "1e9", "true", '"x"', "[[section]]", "[[section.question]]",
"[]", "{}",
             "9" * 30, "nan", "1979-05-27", 'kind = "branch"', "level = 9", "points = -1",
             "a.b = 1")  # fmt: skip


@cache
def exam_text() -> str:
    """The example exam."""
    return (ROOT / "examples" / "midterm.gv.toml").read_text()


@cache
def papers() -> tuple[Any, ...]:
    """A question of every kind and level."""
    from gradviz.exam import kinds, question

    return tuple(
        question(name, seed=1, level=level)
        for name, found in kinds.every().items()
        for level in found.levels
    )


@kind(lambda rng: [mutated(rng, exam_text(), TOML_JUNK)], 5)
def exam(case: Case) -> None:
    """The text of an exam."""
    from gradviz.exam.paper import spec

    spec.parse(case[0])


@kind(lambda rng: [mutated(rng, THEME, (*TOML_JUNK, "#fff", "red", "width", "mark", "hot"))], 5)
def theme(case: Case) -> None:
    """A theme's file."""
    from gradviz.scene.themes import read

    _read(read, "mine.toml", case[0])


@kind(lambda rng: [mutated(rng, ROSTER, (*JUNK, "con", "id", "=1+1", "a1", "\r", '"', "﻿"))], 5)
def roster(case: Case) -> None:
    """A list of students."""
    from gradviz.exam.paper.roster import read

    _read(read, "students.csv", case[0])


def _read(read: Callable[[Path], Any], name: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        read(path)


def _answers(rng: Random) -> Case:
    number = rng.randrange(len(papers()))
    parts = papers()[number].parts
    return [str(number), *(_answer(rng, part) for part in parts)]


def _answer(rng: Random, part: Any) -> str:
    key = getattr(part.answer, "key", "1")
    text = rng.choice((str(key), rng.choice(NUMBERS), rng.choice(ARRAYS), expression(rng, 2), "b"))
    return text if rng.random() < 0.5 else mutated(rng, text)


@kind(_answers, 12)
def answer(case: Case) -> None:
    """A student's answers, marked."""
    from gradviz.exam.marking.grading import mark

    asked = papers()[int(case[0])]
    mark(asked, {part.id: text for part, text in zip(asked.parts, case[1:], strict=False)})


# What is typed in the terminal program.


@cache
def opened() -> tuple[Any, ...]:
    """Runs that are open."""
    return (
        tui.open_source("x*y + z", ("x=-3", "y=5", "z=2")),
        tui.open_source("sum(x**2)", ("x=[1,2]",), backend="exact"),
        tui.open_source("net:xor", ("x=[1,0]",)),
    )


def _edit(rng: Random) -> Case:
    text = f"{rng.choice(('x', 'y', 'z', 'w', ''))} {rng.choice('==:')} {value(rng)}"
    return [str(rng.randrange(3)), text if rng.random() < 0.8 else mutated(rng, text)]


@kind(_edit, 6)
def edit(case: Case) -> None:
    """An input changed in the terminal program."""
    from gradviz.sources import EVERYTHING
    from gradviz_tui.screens.tools import edited

    edited(opened()[int(case[0])], case[1], EVERYTHING)


def _condition(rng: Random) -> Case:
    names = ("grad", "value", "local", "upstream", "contribution", "abs(grad)", "nan", "dead", "x")
    text = f"{rng.choice(names)} {rng.choice(OPERATORS)} {rng.choice((*NUMBERS, *names, *ARRAYS))}"
    return [text if rng.random() < 0.6 else mutated(rng, text)]


@kind(_condition, 5)
def condition(case: Case) -> None:
    """A condition to stop on."""
    from gradviz_tui.walk.conditions import Condition

    found = Condition(case[0])
    for one in opened():
        for step in one.trace.steps:
            found.holds(one.trace, step.number)


def _line(rng: Random) -> Case:
    text, values = _runnable(rng)
    line = " ".join([text, *values, *rng.choice(FLAGS)])
    return [line if rng.random() < 0.7 else mutated(rng, line)]


@kind(_line, 6)
def line(case: Case) -> None:
    """A line typed at the list of sources."""
    tui.open_words(split_line(case[0]))
