"""A training run as text: how it was trained, its losses, and what it gets right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gradviz.arrays import for_backend
from gradviz.arrays.digits import number
from gradviz.export.reports.text import HEADING, MUTED, WARNING, Line, wrapped
from gradviz.story.values import briefly
from gradviz.trace.io.plain import encode
from gradviz.trace.run import Run

MOST_ROWS: Final = 12
BAR: Final = 40
"""The length of the longest bar, in characters."""


def lines(run: Run, scores: Mapping[str, Any], width: int, *, ascii: bool) -> Iterator[Line]:
    """The lines of a run.

    scores  `train` and `test`, each with `loss` and `accuracy`.
    """
    yield [(" ".join(run.source.split()) or "a graph built in Python", HEADING)]
    yield from wrapped(about(run), width, MUTED)
    yield []
    yield from _losses(run, width, ascii=ascii)
    if scores:
        yield []
    for name, score in scores.items():
        right = "" if score.accuracy is None else f", {100 * score.accuracy:.1f} % right"
        of = "all samples" if name == "train" else "samples held out"
        yield [(f"{of}: loss {number(score.loss, 4)}{right}", "")]
    if run.stopped:
        yield from wrapped(f"Ended early: {run.stopped}.", width, WARNING)


def about(run: Run) -> str:
    """How a run was trained, in one line."""
    s = run.settings
    parts = [f"{s['optimizer']}, rate {number(s['lr'])}"]
    parts += [f"{number(rate)} from pass {done + 1:,}" for done, rate in s.get("rates", ())]
    parts += [f"{k} {number(v)}" for k, v in s["options"].items()]
    parts += [f"schedule {s['schedule']}"] if s["schedule"] != "constant" else []
    parts += [
        f"{k.replace('_', ' ')} {number(s[k])}"
        for k in ("l1", "l2", "clip_value", "clip_norm")
        if s[k]
    ]
    count = len(run.trained)
    weights = run.kept.weights.shape[1]
    parts.append(
        f"{weights:,} weight{'s' * (weights != 1)} in {count} parameter{'s' * (count != 1)}"
    )
    if run.data is not None:
        held = "" if run.data.test_x is None else f" and {len(run.data.test_x):,} held out"
        parts.append(f"data {run.data.name}: {len(run.data):,} samples{held}, {run.batch:,} a pass")
    parts.append(f"seed {s['seed']}")
    return ", ".join(parts)


def _losses(run: Run, width: int, *, ascii: bool) -> Iterator[Line]:
    """A table of losses as passes begin, with bars to scale."""
    count = run.passes
    if not count:
        yield [("no pass was done", MUTED)]
        return
    chosen = _chosen(count)
    values = [float(run.losses[k - 1]) for k in chosen]
    finite = [v for v in values if v - v == 0]
    longest = max(map(abs, finite), default=0.0)
    wide = max(len(f"{k:,}") for k in chosen)
    said = [number(v, 4) for v in values]
    room = max(0, min(BAR, width - wide - max(map(len, said)) - 8))
    yield [("pass".rjust(wide + 2), MUTED), ("  loss as it begins", MUTED)]
    for k, value, text in zip(chosen, values, said, strict=True):
        bar = round(room * value / longest) if longest and value - value == 0 and value > 0 else 0
        line = f"{k:>{wide + 2},}  {text.ljust(max(map(len, said)))}  "
        yield [(line if bar else line.rstrip(), ""), (("#" if ascii else "█") * bar, "value")]


def _chosen(count: int) -> list[int]:
    """Passes all over a run, closer at its beginning."""
    if count <= MOST_ROWS:
        return list(range(1, count + 1))
    steps = [1 + round((count - 1) * (i / (MOST_ROWS - 1)) ** 2) for i in range(MOST_ROWS)]
    return sorted({*steps})


def sample_lines(found: Any, number_: int, width: int, digits: int) -> Iterator[Line]:
    """The gradients of each sample of a pass, and their mean.

    found  `rows`, `losses`, `gradients` and `mean`, as `gradviz.learn.replay.samples` gives them.
    """
    xp = for_backend()
    count = len(found.rows)
    yield [(f"Pass {number_:,}: the gradients of its {count:,} samples, and their mean", HEADING)]
    names = [f"sample {row + 1}" for row in found.rows]
    wide = max(map(len, (*names, "mean")))
    for parameter, rows in found.gradients.items():
        yield []
        yield [(f"d{parameter}", HEADING)]
        for name, loss, gradient in zip(names, found.losses, rows, strict=True):
            said = briefly(xp, xp.asarray(gradient), "report", digits)
            text = f"  {name.rjust(wide)}  {said}"
            if len(text) + 24 <= width:
                text = f"{text}   (loss {number(float(loss), digits)})"
            yield [(text, "")]
        mean = briefly(xp, xp.asarray(found.mean[parameter]), "report", digits)
        yield [(f"  {'mean'.rjust(wide)}  {mean}", "gradient")]


def sample_data(found: Any) -> dict[str, Any]:
    """The same as JSON-ready data; samples are counted from 0."""
    xp = for_backend()

    def plain(value: Any) -> Any:
        return encode(xp, xp.asarray(value))

    return {
        "samples": [
            {
                "row": int(row),
                "loss": plain(loss),
                "gradients": {name: plain(rows[i]) for name, rows in found.gradients.items()},
            }
            for i, (row, loss) in enumerate(zip(found.rows, found.losses, strict=True))
        ],
        "mean": {name: plain(value) for name, value in found.mean.items()},
    }
