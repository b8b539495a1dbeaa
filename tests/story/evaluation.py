"""Mathematics read as a person reads it: a tree is evaluated with NumPy, knowing nothing of how ops
compute.

Axes that a sum or a mean removes are kept with length 1, so that what follows lines up as in the
formula; the caller reshapes the result.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradviz.story.maths import Maths

RELATIONS = {
    "=": np.equal, "≠": np.not_equal, "<": np.less, ">": np.greater, "≤": np.less_equal,
    "≥": np.greater_equal,
}  # fmt: skip
TOTALS = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "log": np.log, "log₂": np.log2, "log₁₀": np.log10, "sin": np.sin, "cos": np.cos,
    "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "arctan": np.arctan,
    "arcsin": np.arcsin, "arccos": np.arccos, "sign": np.sign, "not": np.logical_not,
    "max": np.maximum, "min": np.minimum, "clip": lambda x, low, high: np.clip(x, low, high),
    "σ": lambda x: 1 / (1 + np.exp(-x)),
    "Φ": lambda x: np.vectorize(lambda v: (1 + math.erf(v / math.sqrt(2))) / 2)(x),
    "φ": lambda x: np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
    "erf": np.vectorize(math.erf),
}  # fmt: skip


@dataclass
class Reader:
    """Evaluates formulas.

    names      what the names stand for.
    functions  what else is called by name: `(reader, *arguments)`, in terms of the op at hand.
    windows    for each window of an image, its place and the cells under it.
    letters    what the index letters stand for, counted from 1.
    """

    names: dict[str, Any]
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    windows: Callable[[tuple[int, ...]], Iterable[tuple[Any, list[Any]]]] | None = None
    letters: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def __call__(self, m: Maths) -> Any:
        found = getattr(self, "_" + m.kind)(m)
        shape = np.shape(found)
        if m.shape and shape != m.shape and math.prod(shape) == math.prod(m.shape):
            return np.reshape(found, m.shape) if len(shape) < len(m.shape) else found
        return found

    def define(self, definitions: Iterable[Maths]) -> None:
        """Take up `name = formula`, the last first, as an earlier one may use a later one."""
        for definition in reversed(list(definitions)):
            if definition.kind == "relation":
                name, body = definition.parts
                if name.text not in self.names:
                    self.names[name.text] = self(body)

    def _name(self, m: Maths) -> Any:
        constants = {"e": math.e, "π": math.pi}
        if m.text == "1":
            return np.ones(m.shape)
        return self.names[m.text] if m.text in self.names else constants[m.text]

    def _number(self, m: Maths) -> float:
        text = m.text.replace("−", "-").replace("∞", "inf")
        if text in ("true", "false"):
            return float(text == "true")
        above, _, below = text.partition("/")
        return float(above) / float(below or 1)

    def _grid(self, m: Maths) -> Any:
        rows = np.array([[self(cell) for cell in row.parts] for row in m.parts])
        return rows.reshape(m.shape)

    def _add(self, m: Maths) -> Any:
        return self(m.parts[0]) + self(m.parts[1])

    def _sub(self, m: Maths) -> Any:
        return self(m.parts[0]) - self(m.parts[1])

    def _mul(self, m: Maths) -> Any:
        a, b = map(self, m.parts)
        return self.functions["∗"](a, b) if m.text == "∗" else _dot(m, a, b)

    def _div(self, m: Maths) -> Any:
        return self(m.parts[0]) / self(m.parts[1])

    def _neg(self, m: Maths) -> Any:
        return -self(m.parts[0])

    def _pow(self, m: Maths) -> Any:
        return np.power(np.asarray(self(m.parts[0]), dtype=float), self(m.parts[1]))

    def _root(self, m: Maths) -> Any:
        return np.sqrt(self(m.parts[0]))

    def _bars(self, m: Maths) -> Any:
        inner = self(m.parts[0])
        return np.abs(inner) if m.text == "|" else math.sqrt(np.sum(inner**2))

    def _call(self, m: Maths) -> Any:
        options = [p.text for p in m.parts if p.kind == "phrase"]
        arguments = [self(p) for p in m.parts if p.kind != "phrase"]
        if m.text in self.functions:
            return self.functions[m.text](*arguments, *options)
        return FUNCTIONS[m.text](*arguments)

    def _relation(self, m: Maths) -> Any:
        a, b = m.parts
        if a.kind == "relation":  # a < b < c
            return self(a) & RELATIONS[m.text](self(a.parts[1]), self(b))
        return RELATIONS[m.text](self(a), self(b))

    def _iverson(self, m: Maths) -> Any:
        return np.asarray(self(m.parts[0]) != 0, dtype=float)

    def _cases(self, m: Maths) -> Any:
        condition, a, b = map(self, m.parts)
        return np.where(condition, a, b)

    def _choice(self, m: Maths) -> Any:
        *pairs, otherwise = map(self, m.parts)
        chosen = otherwise
        for value, condition in reversed(list(zip(pairs[::2], pairs[1::2], strict=True))):
            chosen = np.where(condition, value, chosen)
        return chosen

    def _total(self, m: Maths) -> Any:
        return TOTALS[m.text](self(m.parts[0]))

    def _product(self, m: Maths) -> Any:
        return np.matmul(*map(self, m.parts))

    def _transpose(self, m: Maths) -> Any:
        inner = self(m.parts[0])
        return np.swapaxes(inner, -1, -2) if np.ndim(inner) > 1 else inner

    def _at(self, m: Maths) -> Any:
        array = np.asarray(self(m.parts[0]))
        place = [self.letters[c] if c in self.letters else int(c) for c in m.text]
        return array[tuple(i - 1 for i in place)]

    def _sum_over(self, m: Maths) -> Any:
        total, before = 0.0, dict(self.letters)
        for places in itertools.product(*(range(1, self.size_of(c, m) + 1) for c in m.text)):
            self.letters.update(zip(m.text, places, strict=True))
            total = total + self(m.parts[0])
        self.letters = before
        return total

    def size_of(self, letter: str, m: Maths) -> int:
        """The length of the axis that a letter runs along, read off what it is an index of."""
        if m.kind == "at" and letter in m.text:
            shape = np.shape(self(m.parts[0]))
            assert len(shape) == len(m.text), "an index letter for each axis"
            return int(shape[m.text.index(letter)])
        found = {n for p in m.parts if (n := self.size_of(letter, p))}
        assert len(found) <= 1, f"{letter} runs along axes of different lengths"
        return found.pop() if found else 0

    def _sum_axes(self, m: Maths) -> Any:
        inner = np.asarray(self(m.parts[0]))
        return np.sum(inner, axis=_axes(m.text), keepdims=bool(m.text))

    def _subscript(self, m: Maths) -> Any:
        return np.asarray(self(m.parts[0]))[index(m.text)]

    def _partial(self, m: Maths) -> Any:
        return self.names[f"∂{m.parts[1].text}"]

    def _said(self, m: Maths) -> Any:
        for pattern, meaning in WORDS:
            if found := re.fullmatch(pattern, m.text):
                return meaning(self, m, *found.groups())
        raise LookupError(m.text)

    def _given(self, m: Maths) -> Any:
        self.define(m.parts[1:])
        return self(m.parts[0])


def index(text: str) -> Any:
    """What stands between the brackets of x[…], as NumPy takes it."""
    return eval(f"np.s_[{text}]", {"np": np, "newaxis": None})


def _axes(text: str) -> Any:
    return eval(text.removeprefix("axis=")) if text else None


def _dot(m: Maths, a: Any, b: Any) -> Any:
    """A product; of two vectors with a dot between them the inner product."""
    if m.text == "·" and m.parts[0].shape and m.parts[1].shape:
        return np.dot(a, b)
    return a * b


def _repeated(reader: Reader, m: Maths, axis: str) -> Any:
    inner = np.asarray(reader(m.parts[0]))
    axes = np.atleast_1d(_axes(axis))
    if inner.ndim < len(m.shape):
        inner = (
            np.expand_dims(inner, tuple(a for a in range(len(m.shape)) if a in axes))
            if (inner.ndim + len(axes) == len(m.shape))
            else inner.reshape([1 if a in axes else n for a, n in enumerate(m.shape)])
        )
    return np.broadcast_to(inner, m.shape)


def _first(reader: Reader, m: Maths, name: str, where: str | None) -> Any:
    """Whether an element is the first largest or smallest, along axes, of its image, or of all."""
    (x,) = m.parts
    if x.kind == "at":
        whole = _first(reader, Maths("said", x.parts, m.text), name, where)
        place = tuple((reader.letters.get(c) or int(c)) - 1 for c in x.text)
        return whole[place]
    array = np.asarray(reader(x), dtype=float)
    rank = array.ndim
    axes = {None: tuple(range(rank)), " of its image": (rank - 2, rank - 1)}.get(where) or tuple(
        np.atleast_1d(_axes((where or "").removeprefix(" along ")))
    )
    found = np.zeros(array.shape)
    fixed = [range(1) if a in axes else range(n) for a, n in enumerate(array.shape)]
    for place in itertools.product(*fixed):
        cut = tuple(slice(None) if a in axes else place[a] for a in range(rank))
        group = array[cut]
        best = np.argmax(group) if name == "max" else np.argmin(group)
        won = np.zeros(group.shape)
        won.flat[best] = 1
        found[cut] = won
    return found


def _at_winners(reader: Reader, m: Maths, added: str | None, name: str) -> Any:
    u, x = map(np.asarray, map(reader, m.parts))
    found = np.zeros(x.shape)
    for lead in np.ndindex(x.shape[:-2]):
        for place, cells in reader.windows(x.shape[-2:]):
            inside = [c for c in cells if c is not None]
            values = [x[(*lead, *c)] for c in inside]
            best = values.index(max(values) if name == "max" else min(values))
            target = (*lead, *inside[best])
            assert added or not found[target], "two windows share a winner"
            found[target] += u[(*lead, *place)]
    return found


def _in_windows(reader: Reader, m: Maths, added: str) -> Any:
    u, found = np.asarray(reader(m.parts[0])), np.zeros(m.shape)
    for lead in np.ndindex(m.shape[:-2]):
        for place, cells in reader.windows(m.shape[-2:]):
            for cell in cells:
                if cell is not None:
                    assert added == "added to" or not found[(*lead, *cell)]
                    found[(*lead, *cell)] += u[(*lead, *place)]
    return found


def _at_place(reader: Reader, m: Maths, added: str | None) -> Any:
    u, place = m.parts
    found = np.zeros(m.shape)
    at = index(
        place.text.removeprefix("[").removesuffix("]") if place.kind == "phrase" else place.text
    )
    if added:
        np.add.at(found, at, reader(u))
    else:
        found[at] = reader(u)
    return found


def _without_place(reader: Reader, m: Maths) -> Any:
    u, place = m.parts
    found = np.array(reader(u), dtype=float)
    text = place.text
    found[index(text.removeprefix("[").removesuffix("]") if place.kind == "phrase" else text)] = 0
    return found


def _in_groups(reader: Reader, m: Maths, count: str) -> Any:
    u = np.asarray(reader(m.parts[0]))
    x = np.asarray(reader.names["x"]).reshape(-1, int(count))
    found = np.zeros(x.shape)
    found[np.arange(len(x)), np.argmax(x, axis=1)] = u.reshape(-1)
    return found.reshape(m.shape)


def _in_rows(reader: Reader, m: Maths) -> Any:
    u, ids = map(reader, m.parts)
    found = np.zeros(m.shape)
    np.add.at(found, np.asarray(ids, dtype=int), u)
    return found


def _padded(reader: Reader, m: Maths, said: str) -> Any:
    inner, axes = np.asarray(reader(m.parts[0])), reader.functions["axes"]()
    pads = (
        [(int(said),) * 2] * axes
        if "(" not in said
        else list(np.reshape(eval(f"[{said}]"), (-1, 2)))
    )
    for axis, (before, after) in zip(range(-axes, 0), pads, strict=True):
        wide = [(0, 0)] * inner.ndim
        wide[axis] = (max(before, 0), max(after, 0))
        inner = np.pad(inner, wide)
        cut = [slice(None)] * inner.ndim
        cut[axis] = slice(max(-before, 0), inner.shape[axis] - max(-after, 0))
        inner = inner[tuple(cut)]
    return inner


WORDS: list[tuple[str, Callable[..., Any]]] = [
    (r"\{\} reshaped to ([0-9×]+)", lambda r, m, to: np.reshape(r(m.parts[0]), _shape(to))),
    (r"\{\} as a vector of (\d+)", lambda r, m, to: np.reshape(r(m.parts[0]), int(to))),
    (r"\{\} as a scalar", lambda r, m: np.reshape(r(m.parts[0]), ())),
    (r"\{\} repeated along (axis=.*)", _repeated),
    (r"\{\} where \{\}, else 0", lambda r, m: np.where(r(m.parts[1]), r(m.parts[0]), 0)),
    (r"\{\} is the first (max|min)( of its image| along axis=.*)?", _first),
    (r"\{\} (added )?at the first (max|min) of each window of \{\}, zeros elsewhere", _at_winners),
    (r"\{\} (added to|at) every cell of its window", _in_windows),
    (r"\{\} (added )?at \{\}, zeros elsewhere", _at_place),
    (r"\{\} with 0 at \{\}", _without_place),
    (r"\{\} at the first max of each group of (\d+), zeros elsewhere", _in_groups),
    (r"zeros, with \{\} added to the rows \{\}", _in_rows),
    (r"\{\} padded by (.*)", _padded),
]
"""What words mean, in which a formula says what is done to an array."""


def _shape(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("×")))
