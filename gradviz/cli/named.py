"""A lone word that names an example or a network stands for it, in every command."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from gradviz import shell
from gradviz.cli.examples import EXAMPLES, NETWORKS
from gradviz.errors import GradvizError, ValueInputError, did_you_mean
from gradviz.networks.loss import LABEL

WORD = re.compile(r"([^\W\d]\w*(?:-\w+)*)([:,].*)?", re.DOTALL)
"""A name, perhaps with the argument and the options of a network."""


class Named(NamedTuple):
    """What a word stands for: an example or a network, SOURCE, and its NAME=VALUE words."""

    kind: str
    source: str
    values: tuple[str, ...]


def find(word: str) -> Named | None:
    """What a word names; None for any other text."""
    match = WORD.fullmatch(word.strip())
    if match is None:
        return None
    name, rest = match[1], match[2] or ""
    for example in EXAMPLES:
        if example.name == word.strip():
            return Named("an example", example.source, example.values)
    shown = {offered: words for offered, _, words in NETWORKS}
    if name in shown and not rest:
        source, *values = shown[name]
        return Named("a network", source, tuple(values))
    from gradviz.networks.catalogue import PREFIX, every  # only for a word that may be a network's

    if name not in every():
        return None
    source = f"{PREFIX}{word.strip()}"
    return Named("a network", source, _drawn(source, has_loss=bool(every()[name].loss)))


def _drawn(source: str, *, has_loss: bool) -> tuple[str, ...]:
    """Values to see a network with: drawn at random, of class 0."""
    from gradviz.sources import as_graph

    try:
        required = [row.name for row in as_graph(source).required]
    except GradvizError:
        return ()  # reading it again says what is wrong
    label = [f"{LABEL}=0"] if has_loss else []
    return (*(f"{name}=random:1" for name in required if name != LABEL), *label)


def opened(words: Sequence[str], *, trained: bool = False, say: bool = True) -> list[str]:
    """SOURCE and its values, where SOURCE is a lone word that has no value of its own and names an
    example or a network: that one. Values that are given stand in place
    of the example's. All other words come back as they are.

    trained  whether SOURCE is to learn data; then a network takes its inputs from there.
    say      whether standard error says so.
    """
    source, *given = words
    names = {word.partition("=")[0].strip() for word in given}
    found = None if source.strip() in names else find(source)
    if found is None:
        return list(words)
    own = () if trained and found.kind == "a network" else found.values
    kept = [word for word in own if word.partition("=")[0] not in names]
    made = [found.source, *kept, *given]
    if say:
        sys.stderr.write(f"gradviz: note: {source.strip()} is {found.kind}: {shell.line(made)}\n")
    return made


@contextmanager
def suggesting(word: str) -> Iterator[None]:
    """Where a word has no value because it is no name, the error says which name is near."""
    try:
        yield
    except ValueInputError as error:
        if error.what == f"no value for {word}" and (near := meant(word)):
            error.hint = f"{near} Or {error.hint}"
        raise


def meant(word: str) -> str:
    """`did you mean …?` for a word that is nearly such a name; else empty."""
    if WORD.fullmatch(word.strip()) is None:
        return ""
    from gradviz.networks.catalogue import every

    return did_you_mean(word.strip(), [*(example.name for example in EXAMPLES), *every()])
