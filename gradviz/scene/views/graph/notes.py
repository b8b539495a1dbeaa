"""Words of the user's own below the names of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.scene.blocks import SMALL
from gradviz.scene.foot import wrapped

WIDTH: Final = 96.0
"""Longer notes take several lines."""
LEADING: Final = 13.0
LONGEST: Final = 80

Notes = Mapping[int, tuple[str, ...]]
"""The lines below nodes."""


def notes(labels: Mapping[int, str], given: Iterable[tuple[str, str]]) -> Notes:
    """The lines of notes to nodes, each found by its name or label.

    Raises UnknownNameError for a node that does not exist, and ValueInputError for a note that is
    empty or too long to stand in a picture.
    """
    by_label = {label: node for node, label in labels.items()}
    found = {}
    for name, words in given:
        if name not in by_label:
            raise UnknownNameError(
                f"nothing in the picture is called {name!r:.60}",
                expected=", ".join(list(by_label)[:12]),
                got=f"note {name:.40}={words:.40}",
                hint=did_you_mean(name, by_label),
            )
        if not words or len(words) > LONGEST:
            raise ValueInputError(
                f"the note to {name:.40} is {'too long' if words else 'empty'}",
                expected=f"1 to {LONGEST} characters",
                got=f"{len(words):,} characters",
            )
        found[by_label[name]] = tuple(wrapped(words, SMALL, WIDTH))
    return found
