"""Runs compared: the numbers that they have in common, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from gradviz.errors import ValueInputError
from gradviz.trace import classes as names_of_classes
from gradviz.trace.plots import Plot
from gradviz.trace.plots.comparison import Compared, Comparison, Side
from gradviz.trace.trace import Trace

LARGEST: Final = 12
"""Numbers of an array that is shown."""
SMALL: Final = 4
"""Numbers of an input that is shown."""
ROWS: Final = 40
LONGEST: Final = 32
"""Letters of the name of a run."""
DIGITS: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
LOSSES: Final = ("L", "loss", "J")


def compare(
    first: Trace,
    second: Trace,
    third: Trace | None = None,
    fourth: Trace | None = None,
    /,
    *,
    names: str | Sequence[str] = (),
    classes: str | Sequence[str] = (),
) -> Plot:
    """Runs side by side: two weights, two losses, two networks. `gv.render` draws the comparison.

    first, …  two to four traces, as `gv.run` gives them.
    names    what they are called; by default by what differs.
    classes  the names of the classes that the scores are of: "cat,car,plane".

    Values, results and gradients that have a name in common stand in one row. Raises
    ValueInputError for names that do not fit, and for what is no trace.
    """
    runs = [first, second, *(run for run in (third, fourth) if run is not None)]
    if wrong := [run for run in runs if not isinstance(run, Trace)]:
        raise ValueInputError(
            "only runs can be compared",
            expected="traces, as gv.run gives them",
            got=f"{wrong[0]!r:.60}",
        )
    called = _words("names", names)
    labels = _words("classes", classes)
    if called and (len(called) != len(runs) or len(set(called)) < len(called)):
        raise ValueInputError(
            f"{len(runs)} runs need a name each", expected="as many, all different",
            got=", ".join(called)[:60],
        )  # fmt: skip
    names_of_classes.check(labels)
    differing = _differing(runs)
    measured = len({_measure(run) for run in runs}) == 1
    rows, left_out = _rows(runs, labels)
    if labels and not any(row.label in labels for row in rows):
        raise ValueInputError(
            f"nothing here has {len(labels)} numbers, one for each class",
            expected="a name for each of the scores",
            got=",".join(labels)[:60],
        )
    content = Comparison(
        tuple(
            Side(name, " ".join(run.source.split()), _number(run), _right(run))
            for name, run in zip(called or _names(runs, differing), runs, strict=True)
        ),
        rows,
        measured,
        all(_is_loss(run) for run in runs),
        differing,
        left_out,
        runs[0],
    )
    return Plot(content)


def _words(what: str, given: str | Sequence[str]) -> list[str]:
    found = given.split(",") if isinstance(given, str) else [*given]
    if any(not isinstance(word, str) for word in found):
        raise ValueInputError(f"{what} are texts", expected="a,b,c", got=f"{given!r:.60}")
    return [word.strip() for word in found] if given else []


def _array(value: Any) -> Any:
    """Real numbers as a NumPy array of floats; None for symbols and the like."""
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None


def _number(run: Trace) -> float | None:
    found = _array(run.values[run.graph.output])
    return float(found) if found is not None and found.shape == () else None


def _measure(run: Trace) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """What a run computes: its last op, the name of it, and its options."""
    node = run.graph.nodes[run.graph.output]
    options = sorted((key, str(value)) for key, value in node.options.items())
    return node.op, node.name or "", tuple(options)


def _is_loss(run: Trace) -> bool:
    node = run.graph.nodes[run.graph.output]
    if _number(run) is None or node.is_leaf:
        return False
    return node.name in LOSSES or "reduction" in run.graph.op(node).options


def _differing(runs: Sequence[Trace]) -> tuple[str, ...]:
    """The inputs that all runs have, with other numbers."""
    first, *others = runs
    found = []
    for name in first.graph.input_names:
        if all(name in run.graph.input_names for run in others):
            values = [_array(run.value(name)) for run in runs]
            shapes = {None if value is None else value.shape for value in values}
            if len(shapes) == 1 and any(not _same(values[0], value) for value in values[1:]):
                found.append(name)
    return tuple(found)


def _same(a: Any, b: Any) -> bool:
    return a is not None and b is not None and np.array_equal(a, b, equal_nan=True)


def _names(runs: Sequence[Trace], differing: Sequence[str]) -> list[str]:
    """W₁ and W₂ where the runs differ in W; else their losses, sources or places."""
    sources = [" ".join(run.source.split()) for run in runs]
    ops = [run.graph.op(run.graph.nodes[run.graph.output]) for run in runs if _has_op(run)]
    if len(set(sources)) == 1 and differing:
        name = differing[0]
        if len(name) == 1:
            return [f"{name}{k}".translate(DIGITS) for k in range(1, len(runs) + 1)]
        return [f"{name}, {k}" for k in range(1, len(runs) + 1)]
    said = [op.in_prose.replace("_", " ") for op in ops]
    for found in (said, sources):
        if len(set(found)) == len(runs) and max(map(len, found)) <= LONGEST:
            return found
    return [f"run {k}" for k in range(1, len(runs) + 1)]


def _has_op(run: Trace) -> bool:
    return not run.graph.nodes[run.graph.output].is_leaf


def _compared(run: Trace) -> tuple[int, int] | None:
    """The nodes of scores and labels that a loss compares; None without such a loss."""
    for node in reversed(run.graph.nodes):
        if not node.is_leaf and "labels" in (names := list(run.graph.op(node).inputs)):
            return node.inputs[0], node.inputs[names.index("labels")]
    return None


def _right(run: Trace) -> tuple[int, int] | None:
    """How many rows of scores are highest at their label, where a loss compares them."""
    found = _compared(run)
    if found is None:
        return None
    scores, labels = (_array(run.values[i]) for i in found)
    if scores is None or labels is None or labels.shape != scores.shape[:-1]:
        return None
    return int(np.sum(scores.argmax(axis=-1) == labels)), int(np.size(labels))


def _labels(run: Trace) -> int | None:
    """The node of the labels that a loss compares scores with."""
    found = _compared(run)
    return None if found is None else found[1]


def _scores(runs: Sequence[Trace], kind: Literal["value", "gradient"]) -> Iterator[Group]:
    """The scores that losses compare, where they have no name that runs share."""
    found = [_compared(run) for run in runs]
    nodes = [pair[0] for pair in found if pair is not None]
    if len(nodes) < len(runs):
        return
    names = [run.graph.names.get(node) for run, node in zip(runs, nodes, strict=True)]
    if None not in names and len(set(names)) == 1:
        return
    both = zip(runs, nodes, strict=True)
    if kind == "value":
        yield from _group("scores", kind, [_array(run.values[node]) for run, node in both])
    else:
        slopes = [run.gradients[node] for run, node in both]
        arrays = [None if slope is None else _array(slope) for slope in slopes]
        yield from _group("scores", kind, arrays)


class Group(NamedTuple):
    """One name with its arrays in each run."""

    name: str
    kind: Literal["value", "result", "gradient"]
    arrays: tuple[Any, ...]

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(max(a.size for a in self.arrays if a is not None))


def _rows(runs: Sequence[Trace], classes: Sequence[str]) -> tuple[tuple[Compared, ...], int]:
    groups = [
        *_values(runs),
        *_scores(runs, "value"),
        _result(runs),
        *_scores(runs, "gradient"),
        *_gradients(runs),
    ]
    kept, count, left_out = [], 0, 0
    for group in sorted(groups, key=lambda g: (g.kind != "result", g.kind == "gradient")):
        if group.size > LARGEST or count + group.size > ROWS:
            left_out += group.size
        else:
            kept.append(group)
            count += group.size
    ordered = [group for group in groups if any(group is k for k in kept)]
    inputs = {name for run in runs for name in run.graph.input_names}
    for run in runs:
        if (pair := _compared(run)) is not None:
            inputs.discard(run.graph.nodes[pair[0]].name or "")
    rows = (
        row for group in ordered for row in _told(group, () if group.name in inputs else classes)
    )
    return tuple(rows), left_out


def _values(runs: Sequence[Trace]) -> Iterator[Group]:
    """Computed values with a name that more than one run has, and inputs that differ."""
    results = {run.graph.names.get(run.graph.output) for run in runs}
    names = dict.fromkeys(name for run in runs for name in run.graph.names.values())
    differing = set(_differing(runs))
    for name in names:
        inputs = any(name in run.graph.input_names for run in runs)
        if name in results or (inputs and name not in differing):
            continue
        for group in _group(name, "value", [_value(run, name) for run in runs]):
            if not inputs or group.size <= SMALL:
                yield group


def _value(run: Trace, name: str) -> Any:
    return _array(run.value(name)) if name in run.graph.names.values() else None


def _result(runs: Sequence[Trace]) -> Group:
    named = {run.graph.names.get(run.graph.output) for run in runs}
    word = "loss" if all(map(_is_loss, runs)) else "result"
    name = named.pop() if len(named) == 1 else None
    return Group(
        name or word, "result", tuple(_array(run.values[run.graph.output]) for run in runs)
    )


def _gradients(runs: Sequence[Trace]) -> Iterator[Group]:
    """Gradients of what has a name in more than one run, computed values first."""
    names = dict.fromkeys(name for run in runs for name in run.graph.names.values())
    outputs = {run.graph.names.get(run.graph.output) for run in runs}
    inputs = {name for run in runs for name in run.graph.input_names}
    for name in sorted(names, key=lambda n: n in inputs):
        if name not in outputs:
            yield from _group(name, "gradient", [_gradient(run, name) for run in runs])


def _gradient(run: Trace, name: str) -> Any:
    if name not in run.graph.names.values():
        return None
    node = run.graph.find(name)
    is_label = node in run.graph.index_leaves or (_right(run) is not None and node == _labels(run))
    found = None if is_label else run.gradients[node]
    return None if found is None else _array(found)


def _group(name: str, kind: Literal["value", "gradient"], arrays: Sequence[Any]) -> Iterator[Group]:
    there = [a for a in arrays if a is not None]
    if len(there) > 1 and len({a.shape for a in there}) == 1 and there[0].size:
        yield Group(name, kind, tuple(arrays))


def _told(group: Group, classes: Sequence[str]) -> Iterator[Compared]:
    """A row for each number; with classes, what has as many numbers is labelled by them."""
    shape = next(a.shape for a in group.arrays if a is not None)
    by_class = bool(classes) and shape[-1:] == (len(classes),)
    for place in np.ndindex(shape):
        numbers = tuple(
            None if a is None or a.shape != shape else float(a[place]) for a in group.arrays
        )
        outer = place[:-1] if by_class else ()
        name = f"{group.name}[{', '.join(map(str, outer))}]" if outer else group.name
        label = classes[place[-1]] if by_class else f"[{', '.join(map(str, place))}]"
        yield Compared(name, label if place else "", group.kind, numbers)
