"""Runs compared: the numbers that they have in common, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple, get_args, overload

import numpy as np

from gradviz.engine.pair import compared_nodes, paired
from gradviz.errors import UnknownNameError, ValueInputError, did_you_mean
from gradviz.trace import classes as names_of_classes
from gradviz.trace.compared import difference, length, reals
from gradviz.trace.pair import PairTrace
from gradviz.trace.plots import Plot
from gradviz.trace.plots.comparison import Compared, Comparison, Large, Side, View
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


@overload
def compare(
    first: Trace,
    second: Trace,
    third: Trace | None = None,
    fourth: Trace | None = None,
    /,
    *,
    names: str | Sequence[str] = (),
    classes: str | Sequence[str] = (),
    view: Literal["table"] = "table",
) -> Plot: ...
@overload
def compare(
    first: Trace,
    second: Trace,
    third: Trace | None = None,
    fourth: Trace | None = None,
    /,
    *,
    names: str | Sequence[str] = (),
    classes: str | Sequence[str] = (),
    view: View,
) -> Plot | PairTrace: ...
def compare(
    first: Trace,
    second: Trace,
    third: Trace | None = None,
    fourth: Trace | None = None,
    /,
    *,
    names: str | Sequence[str] = (),
    classes: str | Sequence[str] = (),
    view: View = "table",
) -> Plot | PairTrace:
    """Runs side by side: two weights, two losses, two networks. `gv.render` draws the comparison.

    first, …  two to four traces, as `gv.run` gives them.
    names    what they are called; by default by what differs.
    classes  the names of the classes that the scores are of: "cat,car,plane".
    view     "table": values, results and gradients that have a name in common stand in one row;
             "graph": both of two runs on one graph, a walk in which each card has both numbers.

    Raises ValueInputError for names that do not fit, for what is no trace, and for a graph of more
    than two runs, or of two that have nothing in common.
    """
    if view not in get_args(View):
        raise UnknownNameError(
            f"a comparison has no view {view!r:.40}",
            expected=" or ".join(get_args(View)),
            hint=did_you_mean(str(view), get_args(View)),
        )
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
    rows, left_out, large = _rows(runs, labels)
    if labels and not any(row.label in labels for row in rows):
        raise ValueInputError(
            f"nothing here has {len(labels)} numbers, one for each class",
            expected="a name for each of the scores",
            got=",".join(labels)[:60],
        )
    content = Comparison(
        tuple(
            Side(name, " ".join(run.source.split()), _number(run), _right(run))
            for name, run in zip(called or names_of(runs), runs, strict=True)
        ),
        rows,
        measured,
        all(_is_loss(run) for run in runs),
        differing,
        left_out,
        runs[0],
        large,
    )
    if view == "table":
        return Plot(content)
    if len(runs) != 2:
        raise ValueInputError(
            f"{len(runs)} runs do not fit on one graph", expected="two runs, or view table"
        )
    return paired((first, second), content, tuple(labels))


def _words(what: str, given: str | Sequence[str]) -> list[str]:
    found = given.split(",") if isinstance(given, str) else [*given]
    if any(not isinstance(word, str) for word in found):
        raise ValueInputError(f"{what} are texts", expected="a,b,c", got=f"{given!r:.60}")
    return [word.strip() for word in found] if given else []


def _number(run: Trace) -> float | None:
    found = reals(run.values[run.graph.output])
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
    """The inputs that all runs have, with other numbers of the same shape."""
    first, *others = runs
    found = []
    for name in first.graph.input_names:
        if all(name in run.graph.input_names for run in others):
            values = [run.value(name) for run in runs]
            shapes = {np.shape(value) for value in values}
            if len(shapes) == 1 and any(not _same(values[0], value) for value in values[1:]):
                found.append(name)
    return tuple(found)


def _same(first: Any, second: Any) -> bool:
    """Whether two values of one shape are equal: numbers, or symbols as they are written."""
    a, b = reals(first), reals(second)
    if a is None or b is None:
        return str(first) == str(second)
    return np.array_equal(a, b, equal_nan=True)


def names_of(runs: Sequence[Trace]) -> list[str]:
    """What runs are called: W₁ and W₂ where they differ in W; else their losses or sources."""
    differing = _differing(runs)
    sources = [" ".join(run.source.split()) for run in runs]
    ops = [run.graph.op(run.graph.nodes[run.graph.output]) for run in runs if _has_op(run)]
    if len(set(sources)) == 1 and differing:
        name = differing[0]
        if len(name) == 1:
            return [f"{name}{k}".translate(DIGITS) for k in range(1, len(runs) + 1)]
        return [f"{name}, {k}" for k in range(1, len(runs) + 1)]
    said = [op.in_prose.replace("_", " ") for op in ops]
    for found in (said, sources) if all(map(_is_loss, runs)) else (sources, said):
        if len(set(found)) == len(runs) and max(map(len, found)) <= LONGEST:
            return found
    return [f"run {k}" for k in range(1, len(runs) + 1)]


def _has_op(run: Trace) -> bool:
    return not run.graph.nodes[run.graph.output].is_leaf


def _right(run: Trace) -> tuple[int, int] | None:
    """How many rows of scores are highest at their label, where a loss compares them."""
    found = compared_nodes(run)
    if found is None:
        return None
    scores, labels = (reals(run.values[i]) for i in found)
    if scores is None or labels is None or labels.shape != scores.shape[:-1]:
        return None
    return int(np.sum(scores.argmax(axis=-1) == labels)), int(np.size(labels))


def _labels(run: Trace) -> int | None:
    """The node of the labels that a loss compares scores with."""
    found = compared_nodes(run)
    return None if found is None else found[1]


def _scores(runs: Sequence[Trace], kind: Literal["value", "gradient"]) -> Iterator[Group]:
    """The scores that losses compare, where they have no name that runs share."""
    found = [compared_nodes(run) for run in runs]
    nodes = [pair[0] for pair in found if pair is not None]
    if len(nodes) < len(runs):
        return
    names = [run.graph.names.get(node) for run, node in zip(runs, nodes, strict=True)]
    if None not in names and len(set(names)) == 1:
        return
    both = zip(runs, nodes, strict=True)
    if kind == "value":
        yield from _group("scores", kind, [reals(run.values[node]) for run, node in both])
    else:
        slopes = [run.gradients[node] for run, node in both]
        arrays = [None if slope is None else reals(slope) for slope in slopes]
        yield from _group("scores", kind, arrays)


class Group(NamedTuple):
    """One name with its arrays in each run."""

    name: str
    kind: Literal["value", "result", "gradient"]
    arrays: tuple[Any, ...]
    is_input: bool = False

    @property
    def is_even(self) -> bool:
        """Whether it has one shape in all runs."""
        return len({a.shape for a in self.arrays if a is not None}) == 1

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(max(a.size for a in self.arrays if a is not None))


def _rows(
    runs: Sequence[Trace], classes: Sequence[str]
) -> tuple[tuple[Compared, ...], int, tuple[Large, ...]]:
    """A row for each number of small arrays, how many numbers are left out, and their arrays."""
    groups = [
        *_values(runs),
        *_scores(runs, "value"),
        *_result(runs),
        *_scores(runs, "gradient"),
        *_gradients(runs),
    ]
    kept, count = list[Group](), 0
    for group in sorted(groups, key=lambda g: (g.kind != "result", g.kind == "gradient")):
        most = SMALL if group.is_input and group.kind == "value" else LARGEST
        if group.size <= most and group.is_even and count + group.size <= ROWS:
            kept.append(group)
            count += group.size
    ordered = [group for group in groups if any(group is k for k in kept)]
    rest = [group for group in groups if not any(group is k for k in kept)]
    inputs = {name for run in runs for name in run.graph.input_names}
    for run in runs:
        if (pair := compared_nodes(run)) is not None:
            inputs.discard(run.graph.nodes[pair[0]].name or "")
    rows = (
        row for group in ordered for row in _told(group, () if group.name in inputs else classes)
    )
    large = tuple(map(_large, rest))
    return tuple(rows), sum(group.size for group in rest), large


def _large(group: Group) -> Large:
    """How an array differs from run to run."""
    first, *others = group.arrays
    apart = [None if first is None or a is None else difference(first, a) for a in others]
    norms = [None if a is None else length(a) for a in group.arrays]
    return Large(group.name, group.kind, tuple(norms), tuple(apart))


def _values(runs: Sequence[Trace]) -> Iterator[Group]:
    """Computed values with a name that more than one run has, and inputs that differ."""
    results = {run.graph.names.get(run.graph.output) for run in runs}
    names = dict.fromkeys(name for run in runs for name in run.graph.names.values())
    differing = set(_differing(runs))
    for name in names:
        inputs = any(name in run.graph.input_names for run in runs)
        shapes = {value.shape for run in runs if (value := _value(run, name)) is not None}
        if name in results or (inputs and name not in differing and len(shapes) < 2):
            continue
        values = [_value(run, name) for run in runs]
        yield from (group._replace(is_input=inputs) for group in _group(name, "value", values))


def _value(run: Trace, name: str) -> Any:
    return reals(run.value(name)) if name in run.graph.names.values() else None


def _result(runs: Sequence[Trace]) -> Iterator[Group]:
    """What all runs compute, if it is numbers."""
    named = {run.graph.names.get(run.graph.output) for run in runs}
    word = "loss" if all(map(_is_loss, runs)) else "result"
    name = named.pop() if len(named) == 1 else None
    arrays = tuple(reals(run.values[run.graph.output]) for run in runs)
    if any(array is not None for array in arrays):
        yield Group(name or word, "result", arrays)


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
    labels = _labels(run) if _right(run) is not None else None
    is_label = node in run.graph.index_leaves or node == labels
    found = None if is_label else run.gradients[node]
    return None if found is None else reals(found)


def _group(name: str, kind: Literal["value", "gradient"], arrays: Sequence[Any]) -> Iterator[Group]:
    there = [a for a in arrays if a is not None]
    if len(there) > 1 and all(a.size for a in there):
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
