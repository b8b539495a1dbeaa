"""The views of a training run as a whole, one file each: walks over its passes.

A file declares a `VIEW` and is named after the walk that it makes (`gradviz.trace.walks`). The
views of a single pass are those of any trace (`gradviz.engine.inside.views`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gradviz import plugins
from gradviz.trace.run import Run
from gradviz.trace.walks import Walk


class RunWalk(Walk, Protocol):
    """The walk over all passes of a run."""

    @property
    def told(self) -> Sequence[int]:
        """The steps that tell of all of it, where it has too many to tell each."""


@dataclass(frozen=True)
class RunView:
    """A view of a run.

    says  what it shows, in a few words, for help.
    walk  the walk that it leads through a run. Raises ValueInputError, with the reason in one
          sentence, for a run that it does not fit.
    """

    says: str
    walk: Callable[[Run], RunWalk]


def names() -> list[str]:
    """The names of the views, without loading them."""
    return plugins.names(__name__)


def view(name: str) -> RunView:
    """A view by its name."""
    found: RunView = plugins.entry(__name__, name).VIEW
    return found


def walk(run: Run, name: str) -> RunWalk:
    """The walk of a view through a run. Raises ValueInputError for a run that it does not fit."""
    return view(name).walk(run)
