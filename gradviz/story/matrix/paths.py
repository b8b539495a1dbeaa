"""Paths from entry to entry of W · x + b = s: the chain rule along them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from gradviz.graph.graph import labels
from gradviz.story.between import Stop, along, called, found, stops
from gradviz.story.derived import Lit
from gradviz.story.maths import M, Maths, unicode
from gradviz.story.matrix.formulas import MatrixFormulas
from gradviz.trace.matrix import MatrixTrace
from gradviz.trace.paths import BETWEEN
from gradviz.trace.ways import MOST_HOPS, Hop, Spot


def lit(walk: MatrixTrace, f: MatrixFormulas, text: str) -> Lit:
    """The paths that a text such as `x_1..s_2..L` means. A name of a whole array stands for each of
    its entries.

    Raises what `gradviz.story.between.stops` and `found` raise.
    """
    passed = stops(text, _known(walk, f), walk.trace, "entry")
    made = found([*islice(walk.hops(), MOST_HOPS + 1)], passed, text)

    def written(spot: Spot) -> Maths:
        what, *at = spot
        if what == "L":
            return M.name(f.rules.loss)
        return f.weight(*at) if what == "W" else f.maths(what, *at)

    def said(spot: Spot) -> str:
        return unicode.text(written(spot))

    def symbols(hop: Hop) -> Sequence[Maths]:
        (what, *at), (_, *to) = hop.source, hop.target
        if what == "s":
            return [M.partial(f.rules.loss, written(hop.source))]
        if what == "b":
            return [M.partial(written(hop.target), written(hop.source))]
        return [f.weight(to[0], at[0]) if what == "x" else f.maths("x", at[1], to[1])]

    ends = [name.strip() for name in text.split(BETWEEN)]
    (first, *_), (last, *_) = (next(iter(stop)) for stop in (passed[0], passed[-1]))
    whole = first not in walk.equation.elsewhere or last == "s"
    words = along(
        made, passed, (ends[0], ends[-1]), text=said, maths=written, symbols=symbols,
        whole=whole, digits=f.rules.digits,
    )  # fmt: skip
    return Lit(made.hops, words)


def entries(walk: MatrixTrace, f: MatrixFormulas, name: str) -> Stop:
    """The entries that a name stands for. Raises UnknownNameError if it stands for none."""
    (found,) = called([name], _known(walk, f), "entry", f"spotlight {name:.60}")
    return found


def _known(walk: MatrixTrace, f: MatrixFormulas) -> dict[str, Stop]:
    """Every entry by its name, then every array, and what is differentiated."""
    eq = walk.equation
    rows, columns = walk.shape
    samples = range(walk.batch)
    spots: dict[str, list[Spot]] = {
        "x": [("x", j, n) for n in samples for j in range(columns)],
        "s": [("s", i, n) for n in samples for i in range(rows)],
        "W": [("W", i, j) for i in range(rows) for j in range(columns)],
    }
    if eq.bias is not None:
        spots["b"] = [("b", i, 0) for i in range(1 if eq.shared else rows)]
    known: dict[str, Stop] = {}
    for what, each in spots.items():
        for spot in each:
            written = f.weight(*spot[1:]) if what == "W" else f.maths(*spot)
            known.setdefault(unicode.text(written), [spot])
    told = labels(walk.trace.graph)
    nodes = {"x": eq.column, "s": eq.sums, "W": eq.matrix, "b": eq.offset}
    own = {"x": f.column, "s": f.sums, "W": f.matrix, "b": f.offset}
    for what, each in spots.items():
        node = nodes[what]
        for name in (own[what], "" if node is None else told.get(node, "")):
            if name:
                known.setdefault(name, each)
    output = walk.trace.graph.output
    for name in (f.rules.loss, told.get(output, "")):
        known.setdefault(name or f.rules.loss, [("L",)])
    return known
