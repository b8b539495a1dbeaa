"""Sentences of the user's own in place of those of some steps."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, TypeVar

from gradviz.story.frame import retold
from gradviz.story.moments import Moment
from gradviz.story.walks import WalkStory

F = TypeVar("F")


def in_own_words(story: WalkStory, words: Mapping[int | Moment, str]) -> WalkStory:
    """The story whose frames say these words at these steps and moments. Such a frame is `own`, and
    `usual` gives the one that it stands for.
    """
    if not words:
        return story

    def frame(k: Any) -> Any:
        found = story.frame(k)
        said = words.get(k)
        return found if said is None else _saying(found, said)

    told = copy(story)
    vars(told)["frame"] = frame
    return told


def _saying(frame: Any, words: str) -> Any:
    return retold(frame, sentence=words, note="", strange=False, own=True, usual=frame)


def is_own(frame: Any) -> bool:
    """Whether the user says what is said of a frame."""
    return bool(getattr(frame, "own", False))


def usual(frame: F) -> F:
    """A frame in the words of the program."""
    found: F = getattr(frame, "usual", frame)
    return found
