"""Loss and accuracy of a run on all of its samples, and on those held out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from gradviz.engine.run import Compiled
from gradviz.learn.problem import predictor
from gradviz.learn.replay import weights
from gradviz.trace.run import Data, Run

HALF: Final = 0.5


class Score(NamedTuple):
    """The mean loss of samples, and the share of them that is classified rightly; None for targets
    that are no classes.
    """

    loss: float
    accuracy: float | None


def scores(run: Run, k: int) -> Mapping[str, Score]:
    """`train`, and `test` where samples are held out, as pass k begins."""
    if run.data is None:
        return {}
    values = {**run.fixed, **weights(run, k)}
    parts = {"train": False} | ({"test": True} if run.data.test_x is not None else {})
    compiled = Compiled(run.graph)
    found = {}
    for name, test in parts.items():
        fed = {n: run.data.part(feed, test=test) for n, feed in run.feeds.items()}
        loss = float(compiled.value(values=values | fed))
        found[name] = Score(loss, accuracy(run, values | fed, run.data, test=test))
    return found


def accuracy(
    run: Run, values: Mapping[str, Any], data: Data, *, test: bool = False
) -> float | None:
    """The share of samples whose class is predicted."""
    if not data.classes or run.output is None:
        return None
    said = predicted(run, values)
    return float(np.mean(classes(run, said) == (data.test_t if test else data.t)))


def predicted(run: Run, values: Mapping[str, Any]) -> Any:
    """What the network says of samples: scores, a row for each, or one number each."""
    assert run.output is not None
    graph = predictor(run.graph, run.output)
    names = {node.name for node in graph.inputs}
    taken = {name: value for name, value in values.items() if name in names}
    return np.asarray(Compiled(graph).value(values=taken))


def classes(run: Run, said: Any) -> Any:
    """The classes of what a network says: the highest of several scores, else which side of the
    middle one number is on: of 0 where the loss takes scores, of ½ else.
    """
    if said.ndim > 1 and said.shape[-1] > 1:
        return said.argmax(axis=-1)
    return (np.reshape(said, len(said)) > middle(run)).astype(int)


def middle(run: Run) -> float:
    """The value of a single output at which its class changes."""
    graph = run.graph
    takers = [graph.op(node) for node in graph.nodes if run.output in node.inputs]
    return 0.0 if any(op.absorbs for op in takers) else HALF
