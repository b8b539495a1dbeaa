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

from soak_text import (
    ARRAYS,
    BIG,
    FLAGS,
    JUNK,
    NUMBERS,
    OPERATORS,
    assignments,
    expression,
    fitting,
    mutated,
    ops,
    option,
    python,
    source,
    value,
)

import gradviz as gv
from gradviz.cli import opening
from gradviz.cli.arguments import split_line
from gradviz.cli.commands import tui
from gradviz.cli.main import invoke
from gradviz.ops.registry import get

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
    output = getattr(gv, case[0])(*names, **{k: python(v) for k, v in _pairs(case)})
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
            node["options"][key] = json.loads(json.dumps(python(text)))
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
        opening.open_source("x*y + z", ("x=-3", "y=5", "z=2")),
        opening.open_source("sum(x**2)", ("x=[1,2]",), backend="exact"),
        opening.open_source("net:xor", ("x=[1,0]",)),
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
