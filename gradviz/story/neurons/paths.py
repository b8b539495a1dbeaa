"""Paths from unit to unit: the arcs that are passed, and the chain rule along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from gradviz.graph.graph import labels
from gradviz.story.between import Stop, along, called, found, stops
from gradviz.story.derived import Lit
from gradviz.story.languages import listed, say
from gradviz.story.maths import M, Maths
from gradviz.story.neurons.names import Names
from gradviz.trace.neurons import UnitTrace
from gradviz.trace.paths import BETWEEN
from gradviz.trace.ways import MOST_HOPS, Hop, Spot


def lit(walk: UnitTrace, names: Names, digits: int, text: str) -> Lit:
    """The paths that a text such as `x_1..h_2..L` means. A layer stands for each of its units.

    Raises what `gradviz.story.between.stops` and `found` raise.
    """
    passed = stops(text, _known(walk, names), walk.trace, "unit")
    hops = [*islice(walk.hops(_concerned(walk, passed)), MOST_HOPS + 1)]
    made = found(hops, passed, text)
    weighing = {hop[1][0] for hop in made.hops} - {len(walk.layers)}
    several = len(weighing) > 1

    def said(unit: Spot) -> str:
        return names.loss if unit[0] == len(walk.layers) else names.text(*unit)

    def written(unit: Spot) -> Maths:
        return M.name(names.loss) if unit[0] == len(walk.layers) else names.maths(*unit)

    def symbols(hop: Hop) -> Sequence[Maths]:
        (_, source), (layer, unit) = hop.source, hop.target
        if layer == len(walk.layers):
            return [M.partial(names.loss, written((layer - 1, source)))]
        weight = names.weight(layer, unit, source, numbered=several)
        if not walk.layers[layer].bend:
            return [weight]
        return [weight, M.partial(written((layer, unit)), names.of("z", layer, unit))]

    ends = [name.strip() for name in text.split(BETWEEN)]
    words = along(
        made, passed, (ends[0], ends[-1]), text=said, maths=written, symbols=symbols,
        whole=True, digits=digits,
    )  # fmt: skip
    unseen = [
        said(stop[0])
        for stop in map(list, passed)
        if len(stop) == 1 and stop[0][1] not in _drawn(walk, stop[0][0])
    ]
    note = say(
        "{units} is not drawn." if len(unseen) == 1 else "{units} are not drawn.",
        units=listed(unseen),
    )
    return Lit(made.hops, words | {"note": note if unseen else ""})


def units(walk: UnitTrace, names: Names, name: str) -> Stop:
    """The units that a name stands for. Raises UnknownNameError if it stands for none."""
    (found,) = called([name], _known(walk, names), "unit", f"spotlight {name:.60}")
    return found


def _drawn(walk: UnitTrace, layer: int) -> Sequence[int]:
    return (0,) if layer == len(walk.layers) else walk.layers[layer].shown


def _known(walk: UnitTrace, names: Names) -> dict[str, Stop]:
    """Every unit by its name, then every layer, and the loss."""
    graph = walk.trace.graph
    units: dict[str, Stop] = {}
    for k, layer in enumerate(walk.layers):
        for unit in range(layer.size):
            units.setdefault(names.text(k, unit), [(k, unit)])
    told: Mapping[int, str] = labels(graph)
    for k, layer in enumerate(walk.layers):
        whole = [(k, unit) for unit in range(layer.size)]
        own = () if layer.nodes else (told.get(layer.total, ""), told.get(layer.node, ""))
        for name in filter(None, (names.bases[k] if not layer.names else "", *own)):
            units.setdefault(name, whole)
    if walk.tail or names.loss not in units:
        for name in (names.loss, told.get(graph.output, "")):
            units.setdefault(name or names.loss, [(len(walk.layers), 0)])
    return units


def _concerned(walk: UnitTrace, passed: Sequence[Stop]) -> list[Sequence[int]]:
    """The units of each layer that a path may pass; none outside the ends."""
    given: dict[int, list[int]] = {}
    for stop in passed:
        for layer, unit in stop:
            given.setdefault(layer, []).append(unit)
    sizes = [*(layer.size for layer in walk.layers), 1]
    first, last = min(given), max(given)
    found: list[Sequence[int]] = []
    for k, size in enumerate(sizes):
        inside = first <= k <= last
        found.append(sorted(set(given[k])) if k in given else range(size) if inside else ())

    return found
