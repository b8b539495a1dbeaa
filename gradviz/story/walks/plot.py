"""The story of a plot, and its points as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.story.plot.frames import PlotStory

STORY: Final = PlotStory


def data(story: PlotStory, steps: Sequence[int]) -> dict[str, Any]:
    """A plot as JSON-ready data; numbers that are not finite are the texts of traces."""
    frame = story.frame(1)
    return {
        "schema": "gradviz.plot/1",
        "kind": story.walk.content.form,
        "heading": frame.heading,
        "subtitle": frame.progress,
        "sentence": frame.sentence,
        "note": frame.note,
        **story.teller.data(),
    }
