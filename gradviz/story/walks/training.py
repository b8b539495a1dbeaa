"""The story of a training run, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gradviz.story.training.frames import TrainingStory
from gradviz.trace.io.plain import named

STORY: Final = TrainingStory


def data(story: TrainingStory, steps: Sequence[int]) -> dict[str, Any]:
    """Passes of a run as JSON-ready data; where all are asked for, those at which the losses on all
    samples were taken.
    """
    walk = story.walk
    chosen = walk.told if len(steps) == len(walk) else steps
    return {
        "source": walk.source,
        "view": walk.kind,
        "data": walk.data,
        "samples": walk.samples,
        "settings": walk.settings,
        "passes": walk.passes,
        "losses": named([list(mark) for mark in walk.marks]),
        "total": len(walk),
        "steps": [_step(story, k) for k in chosen],
    }


def _step(story: TrainingStory, k: int) -> dict[str, Any]:
    frame = story.frame(k)
    moment = frame.moment
    opening = moment.opening
    return {
        "step": k,
        "pass": moment.number,
        "loss": named([moment.mark.loss])[0],
        "right": moment.mark.right,
        "test_loss": named([moment.mark.test_loss])[0]
        if moment.mark.test_loss is not None
        else None,
        "test_right": moment.mark.test_right,
        "opens_into": None if opening is None else opening._asdict(),
        "layers": [
            {
                "size": stage.size,
                "units": [unit.place for unit in stage.units],
                "names": [unit.name for unit in stage.units],
                "weights": named([list(row) for row in stage.weights]),
            }
            for stage in moment.stages
        ],
        "sentence": frame.sentence,
        "note": frame.note,
        "strange": frame.strange,
    }
