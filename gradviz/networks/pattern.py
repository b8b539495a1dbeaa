"""Networks written as the lectures write them: `[(conv-relu)*2-pool]*3-(fc-relu)*2-softmax`.

A pattern is layers joined by `-`. `(…)*n` repeats its contents; so does `[…]*n`, where each
repetition is a block with its own scope, to open or to fold. `fc` flattens an image first.
`softmax` stands for the classifier: a last fully connected layer with a score for each class
(unless an `fc` comes right before it), then softmax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

from gradviz.errors import ParseError, ValueInputError, did_you_mean
from gradviz.graph.expression import Expression
from gradviz.graph.text.tokens import slip
from gradviz.networks.activations import Activation, Softmax
from gradviz.networks.catalogue import Each
from gradviz.networks.layers import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    LocalResponseNorm,
    MaxPool2d,
)
from gradviz.networks.parameters import data, shape, whole
from gradviz.networks.sequential import Layer, Sequential

ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh")
WORDS = (
    "conv",
    "fc",
    *ACTIVATIONS,
    "pool",
    "maxpool",
    "avgpool",
    "gap",
    "bn",
    "lrn",
    "dropout",
    "flatten",
    "softmax",
)
CLASSIFIERS = frozenset({"softmax"})
"""Words that turn the scores of classes into shares, so that nothing stands behind them."""
MOST_LAYERS = 2000
CLOSING = {"(": ")", "[": "]"}


class Word(NamedTuple):
    """A layer of a pattern and its place in the text."""

    name: str
    start: int
    stop: int


class Group(NamedTuple):
    """Parts in brackets, repeated; `block` for square ones."""

    parts: tuple[Part, ...]
    times: int
    block: bool


Part = Word | Group


@dataclass(frozen=True)
class Pattern:
    """A parsed pattern: its text and its parts."""

    text: str
    parts: tuple[Part, ...]


def looks_like_one(text: str) -> bool:
    """Whether a network's text is a pattern, not a name: brackets, or only names of layers."""
    words = re.split(r"[-*\s]+", text.strip().lower())
    return any(c in text for c in "()[]*") or any(w in WORDS for w in words)


def parse(source: str, start: int, stop: int) -> Pattern:
    """The pattern at `start` to `stop` of a source text. Raises ParseError with its place there."""
    reader = _Reader(source, start, stop)
    parts = reader.sequence("")
    if reader.at < stop:
        raise reader.slip("this closing bracket was never opened", "an opening bracket before it")
    if (count := _count(parts)) > MOST_LAYERS:
        most = f"at most {MOST_LAYERS}"
        raise slip(
            source, start, stop, "the pattern has too many layers", expected=most, got=f"{count}"
        )
    _check_end(source, _words(parts))
    return Pattern(source[start:stop], parts)


def _count(parts: Sequence[Part]) -> int:
    return sum(1 if isinstance(p, Word) else p.times * _count(p.parts) for p in parts)


def _words(parts: Sequence[Part]) -> list[Word]:
    """Every word once, as written."""
    return [w for p in parts for w in ([p] if isinstance(p, Word) else _words(p.parts))]


def _check_end(source: str, words: list[Word]) -> None:
    for word in words[:-1]:
        if word.name in CLASSIFIERS:
            raise slip(
                source,
                word.start,
                word.stop,
                f"{word.name} ends a pattern",
                expected="no layer after it",
                got=source[word.stop :].strip(),
            )


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, source: str, at: int, stop: int) -> None:
        self.source, self.at, self.stop, self.depth = source, at, stop, 0

    def sequence(self, closing: str) -> tuple[Part, ...]:
        """Parts joined by `-`, up to a closing bracket or the end."""
        parts = [self.part()]
        while self.peek() == "-":
            self.at += 1
            parts.append(self.part())
        if self.at < self.stop and self.source[self.at] not in ")]":
            raise self.slip(
                "the layers are not joined",
                "- between two layers, or *n to repeat",
                "write it as conv-relu",
            )
        return tuple(parts)

    def part(self) -> Part:
        """A layer or a bracketed group, either followed by `*n`."""
        opening = self.peek()
        if opening not in CLOSING:
            word = self.word()
            times = self.times()
            return word if times == 1 else Group((word,), times, block=False)
        opened, self.at, self.depth = self.at, self.at + 1, self.depth + 1
        if self.depth > 20:
            raise self.slip("the brackets are nested too deep", "at most 20 levels")
        parts = self.sequence(CLOSING[opening])
        if self.peek() != CLOSING[opening]:
            raise slip(
                self.source,
                opened,
                opened + 1,
                f"this bracket is never closed by {CLOSING[opening]}",
                expected=CLOSING[opening],
                got=self.peek() or "the end of the pattern",
            )
        self.at, self.depth = self.at + 1, self.depth - 1
        return Group(parts, self.times(), block=opening == "[")

    def word(self) -> Word:
        """A layer's name."""
        self.peek()
        match = re.compile(r"[A-Za-z_]\w*").match(self.source, self.at, self.stop)
        if match is None:
            raise self.slip("a layer is missing", f"one of {', '.join(WORDS)}")
        name = match[0].lower()
        if name not in WORDS:
            hint = did_you_mean(name, WORDS)
            raise slip(
                self.source,
                *match.span(),
                f"there is no layer {match[0]!r:.40}",
                expected=", ".join(WORDS),
                hint=hint,
            )
        self.at = match.end()
        return Word(name, *match.span())

    def times(self) -> int:
        """The number after a `*`, or 1 if there is none."""
        if self.peek() != "*":
            return 1
        self.at += 1
        self.peek()
        match = re.compile(r"\d{1,4}").match(self.source, self.at, self.stop)
        if match is None or int(match[0]) < 1:
            raise self.slip(
                "not a valid number of repetitions", "a whole number from 1 on, as in (conv-relu)*2"
            )
        self.at = match.end()
        return int(match[0])

    def peek(self) -> str:
        """The next character that is not a space; empty at the end."""
        while self.at < self.stop and self.source[self.at].isspace():
            self.at += 1
        return self.source[self.at] if self.at < self.stop else ""

    def slip(self, what: str, expected: str, hint: str = "") -> ParseError:
        """The error at the next character."""
        got = self.peek() or "the end of the pattern"
        return slip(
            self.source,
            self.at,
            min(self.at + 1, len(self.source)),
            what,
            expected=expected,
            got=got,
            hint=hint,
        )


USERS = {
    "filters": ("conv",),
    "kernel": ("conv",),
    "stride": ("conv",),
    "padding": ("conv",),
    "pool": ("pool", "maxpool", "avgpool"),
    "units": ("fc",),
    "classes": ("scores",),
    "dropout": ("dropout",),
    "training": ("dropout", "bn"),
}
"""The layers that each option is for."""


def lacks(pattern: Pattern, option: str) -> str:
    """The layers of which a pattern needs one for an option to change anything; "" if it has."""
    users = USERS.get(option, ())
    names = {word.name for word in _words(_with_classifier(pattern.parts))}
    if not users or names.intersection(users):
        return ""
    if option == "classes":
        return "softmax as its last layer, which makes the scores of the classes"
    if option == "units" and "scores" in names:
        return "an fc before its last one, whose size is classes"
    return f"a layer {' or '.join(users)}"


def build(
    pattern: Pattern,
    /,
    *,
    image: tuple[int, ...] = (3, 32, 32),
    filters: Each = Each((16,)),
    kernel: Each = Each((3,)),
    stride: Each = Each((1,)),
    padding: str = "same",
    pool: Each = Each((2,)),
    units: Each = Each((64,)),
    classes: int = 10,
    dropout: float = 0.5,
    training: bool = True,
) -> Expression:
    """The output of a pattern's network on an input `image`, or `x` if that has one axis.

    filters, kernel, stride, padding: of every conv. pool: the size and stride of every pool. units:
    of every fc but the classifier. All of these but padding may also be one number for each such
    layer. dropout: the probability of every dropout.
    """
    parts = _with_classifier(pattern.parts)
    sizes = {
        name: _one_for_each(name, given, parts)
        for name, given in (
            ("filters", filters),
            ("kernel", kernel),
            ("stride", stride),
            ("pool", pool),
            ("units", units),
        )
    }
    whole("the option classes", classes)
    names = {word.name for word in _words(pattern.parts)}
    if classes == 1 and (single := names & CLASSIFIERS):
        raise ValueInputError(
            f"{single.pop()} of one score is always 1: there is nothing to choose from",
            expected="classes of 2 or more, or a network that ends in fc",
            got=f"{pattern.text},classes=1",
        )
    space: str | int = int(padding) if padding.isdecimal() else padding

    def size(name: str) -> int:
        return next(sizes[name])

    makers: dict[str, Callable[[], Layer]] = {
        "conv": lambda: Conv2d(size("filters"), size("kernel"), size("stride"), space),
        "fc": lambda: _Dense(size("units")),
        "pool": lambda: MaxPool2d(size("pool")),
        "maxpool": lambda: MaxPool2d(size("pool")),
        "avgpool": lambda: AvgPool2d(size("pool")),
        "gap": GlobalAvgPool2d,
        "bn": lambda: BatchNorm(training),
        "lrn": LocalResponseNorm,
        "dropout": lambda: Dropout(dropout, training=training),
        "flatten": Flatten,
        "softmax": Softmax,
        "scores": lambda: _Dense(classes),
    }
    makers |= {name: partial(Activation, name) for name in ACTIVATIONS}
    x = data("image" if len(image) > 1 else "x", image)
    return _sequential(parts, makers)(x)


def _one_for_each(name: str, given: Any, parts: Sequence[Part]) -> Iterator[int]:
    """The numbers of an option, for one layer after the other."""
    numbers = given if isinstance(given, tuple) else (given,)
    for number in numbers:
        whole(f"the option {name}", number)
    if len(numbers) == 1:
        return repeat(numbers[0])
    users = " or ".join(USERS[name])
    count = sum(word.name in USERS[name] for word in _laid_out(parts))
    if count != len(numbers):
        raise ValueInputError(
            f"the option {name} has a number for each {users}, but not as many",
            expected=f"{count} number{'s' * (count != 1)}, or one for all",
            got="-".join(map(str, numbers)),
        )
    return iter(numbers)


class _Dense(Linear):
    """A fully connected layer that also takes images."""

    def __call__(self, x: Expression) -> Expression:
        return super().__call__(Flatten()(x) if len(shape(x)) > 1 else x)


SCORES = Word("scores", 0, 0)


def _with_classifier(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts, with the layer of scores before a final classifier."""
    *rest, last = parts
    if isinstance(last, Group) or last.name not in CLASSIFIERS:
        return parts
    before = rest[-1] if rest else None
    if isinstance(before, Word) and before.name == "fc":
        rest.pop()
    return (*rest, SCORES, last)


def _sequential(parts: Sequence[Part], makers: Mapping[str, Callable[[], Layer]]) -> Sequential:
    layers: list[Layer | tuple[str, Layer]] = []
    for part in _unrolled(parts):
        if isinstance(part, Group):
            layers.append(_sequential(part.parts, makers))
        else:
            layer = makers[part.name]()
            layers.append((part.name, layer) if part is SCORES else layer)
    return Sequential(*layers)


def _laid_out(parts: Sequence[Part]) -> list[Word]:
    """Every layer in order, repeated ones as often as they occur."""
    return [
        word
        for part in _unrolled(parts)
        for word in ([part] if isinstance(part, Word) else _laid_out(part.parts))
    ]


def _unrolled(parts: Sequence[Part]) -> list[Part]:
    """Round brackets repeated in place; each repetition of square ones as a block."""
    found: list[Part] = []
    for part in parts:
        if isinstance(part, Word):
            found.append(part)
        elif part.block:
            found += [Group(part.parts, 1, block=True)] * part.times
        else:
            found += _unrolled(part.parts) * part.times
    return found
