"""How legible the pictures of graphs are on a slide.

`python scripts/legibility.py` prints, for graphs of lectures, random ones of four kinds, some of
them in scopes, the runs of `examples/` and the networks that come with gradviz: how large their
numbers are on a slide of 960×540 points, how many cards are drawn, what overlaps, which wires of
different values run together, and whether anything moves from step to step. `--only WORD` keeps the
graphs whose names contain the word, `--engine NAME` draws with another layout engine.
"""

from __future__ import annotations

import argparse
import math
import random
import runpy
import statistics
import sys
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT), str(ROOT / "examples")]

import gradviz as gv  # noqa: E402
from gradviz.graph.graph import Graph  # noqa: E402
from gradviz.layout.curves import Box, Curve, crosses, halves, hull, pieces  # noqa: E402
from gradviz.scene.model import Item, Polygon, Rect, Scene  # noqa: E402
from gradviz.scene.model import Path as Wire  # noqa: E402
from gradviz.scene.views.graph.draw import alone  # noqa: E402
from gradviz.scene.views.graph.place import PlacedGraph, place  # noqa: E402
from gradviz.story.frame import Story  # noqa: E402
from tests.scene.boxes import boxes, rect  # noqa: E402

NEAR = 2.2
TOGETHER = 25.0
"""Wires run together where they are nearer than NEAR for longer than TOGETHER."""
BARELY = -0.02
Values = dict[str, Any]


def small() -> Iterator[tuple[str, str, Values]]:
    """Sixty random expressions of two to seven statements."""
    return ((f"small-{seed}", *expression(seed, 2, 7)) for seed in range(1000, 1060))


def large() -> Iterator[tuple[str, str, Values]]:
    """A hundred of four to twenty-two statements."""
    return ((f"large-{seed}", *expression(seed, 4, 22)) for seed in range(100))


def scoped() -> Iterator[tuple[str, str, Values]]:
    """Twenty-four of five to twelve, in scopes beside and within one another."""
    for seed in range(24):
        draw, (source, values) = random.Random(seed), expression(seed, 5, 12)
        *statements, last = source.split("; ")
        label, found = "", []
        for i, statement in enumerate(statements):
            if i % 3 == 0:
                label = draw.choice(["", f"s{i}: ", f"s{i}: t: ", "s0: u: "])
            found.append(label + statement)
        yield f"scoped-{seed}", "; ".join([*found, last]), values


KINDS = ("real", "whole", "long names", "arrays")
TERMS = (
    "{}+{}", "{}*{}", "maximum({},{})", "tanh({}-{})", "{}/(1+{}**2)", "sigmoid({})*{}",
    "{}-exp(-({})**2)",
)  # fmt: skip


def expression(seed: int, low: int, high: int) -> tuple[str, Values]:
    """A random expression and its values; of KINDS the one that the seed's remainder names."""
    draw, kind = random.Random(seed), KINDS[seed % 4]
    count = draw.randint(low, high)
    named = ["x", "y", "z"][: draw.randint(1, 3)]
    if kind == "long names":
        named = ["learning_rate", "weight_decay_coefficient", "alpha"]
    pool, used, statements = list(named), set[str](), list[str]()
    for i in range(count):
        a, b = draw.choice(pool[-6:]), draw.choice(pool[-6:])
        used |= {a, b}
        term = draw.choice(TERMS).format(a, b)
        is_short = kind != "long names" or draw.random() < 0.7
        pool.append(f"n{i}" if is_short else f"hidden_state_{i}")
        statements.append(f"{pool[-1]} = {term}")
    total = "+".join(name for name in pool if name not in used and name not in named)
    statements.append(f"sum({total})" if kind == "arrays" else total)
    values = {name: _value(draw, kind) for name in named if name in used}
    return "; ".join(statements), values


def _value(draw: random.Random, kind: str) -> Any:
    if kind == "whole":
        return round(draw.uniform(-3, 3))
    if kind == "arrays":
        return [[round(draw.uniform(-2, 2), 3) for _ in range(2)] for _ in range(2)]
    return draw.uniform(-2, 2)


_NEURON: Values = {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}
LECTURES: dict[str, tuple[str, Values]] = {
    "circuit": ("x*y + z", {"x": -3, "y": 5, "z": 2}),
    "readme": ("(x*y + z) * maximum(y, z)", {"x": 1.5, "y": 2, "z": -1}),
    "branches": ("x*y + max(y, z) + 3*y", {"x": 2, "y": 1, "z": 4}),
    "neuron": ("sigmoid(w0*x0 + w1*x1 + w2)", _NEURON),
    "norm-squared": ("q = W @ x; sum(q**2)", {"W": [[0.4, 0.6], [0.7, -0.2]], "x": [0.5, 0.3]}),
    "softmax": ("e = exp(s); p = e / sum(e); -log(p[0])", {"s": [3.2, 5.1, -1.7]}),
    "hinge": ("sum(maximum(0, 1 + s - s[0])) - 1", {"s": [3.2, 5.1, -1.7]}),
    "three-layers": (
        "a1 = sigmoid(W1 @ x + b1); a2 = sigmoid(W2 @ a1); y = sigmoid(W3 @ a2 + b3); sum(y)",
        {
            "W1": [[1, -2], [-1, 1]], "x": [1, -1], "b1": [1, 0], "W2": [[2, -1], [-2, -1]],
            "W3": [[3, -1], [-1, 4]], "b3": [-2, 2],
        },
    ),
    "neuron-written-out": ("1/(1+exp(-(w0*x0 + w1*x1 + w2)))", _NEURON),
    "skip-chain": (
        "a=relu(w1*x); b=relu(w2*a)+a; c=relu(w3*b)+b; d=relu(w4*c)+c; d**2",
        {"x": 1, "w1": 2, "w2": 0.5, "w3": -1, "w4": 0.3},
    ),
    "rnn": (
        "; ".join(f"h{t}=tanh(w*h{t - 1}+u*x{t}+b)" for t in range(1, 6)) + "; (h5-y)**2",
        {"h0": 0, "w": 0.5, "u": 1.2, "b": 0.1, "y": 1} | {f"x{t}": t / 5 for t in range(1, 6)},
    ),
    "time-steps": (
        "; ".join(f"s{t}: h{t}=tanh(w*h{t - 1}+u*x{t}+b)" for t in (1, 2, 3)) + "; h3",
        {"h0": 0.2, "w": 0.9, "u": 0.5, "b": 0.1, "x1": 1, "x2": -0.5, "x3": 0.8},
    ),
    "blocks": (
        "b1: y1=v1*relu(w1*x)+x; b2: y2=v2*relu(w2*y1)+y1; y2**2",
        {"x": 1, "w1": 0.5, "v1": 2, "w2": 0.3, "v2": 1},
    ),
    "lstm": (
        "i=sigmoid(wi*x+ui*h0+bi); g=sigmoid(wg*x+ug*h0+bg); o=sigmoid(wo*x+uo*h0+bo);"
        " k=tanh(wk*x+uk*h0+bk); c=g*c0+i*k; h=o*tanh(c); h**2",
        {"x": 1, "h0": 0.5, "c0": 0.3}
        | {f"{p}{q}": v for p, v in (("w", 0.4), ("u", 0.2), ("b", 0.1)) for q in "igok"},
    ),
    "attention": (
        "q=X@Wq; k=X@Wk; v=X@Wv; s=q@transpose(k)/sqrt(2); a=softmax(s); o=a@v; sum(o**2)",
        {"X": [[1, 0], [0, 1], [1, 1]], "Wq": [[1, 0], [0, 1]], "Wk": [[1, 2], [0, 1]],
         "Wv": [[2, 0], [1, 1]]},
    ),
    "batchnorm": (
        "mu=mean(x); xc=x-mu; v=mean(xc**2); s=sqrt(v+0.01); xh=xc/s; y=g*xh+b; sum(y*y)",
        {"x": [1, 2, 4, 7], "g": 2, "b": 1},
    ),
    "mlp-2-3-1": (
        "; ".join(f"h{j}=tanh(w{j}1*x1+w{j}2*x2+b{j})" for j in (1, 2, 3))
        + "; o=sigmoid(v1*h1+v2*h2+v3*h3+c); (o-t)**2",
        {"x1": 1, "x2": -2, "t": 1, "c": 0.1, "v1": 1, "v2": -1, "v3": 2}
        | {f"w{j}{i}": j * i / 4 for j in (1, 2, 3) for i in (1, 2)}
        | {f"b{j}": j / 10 for j in (1, 2, 3)},
    ),
}  # fmt: skip
ZOO = ("net:lenet5", "net:alexnet", "net:resnet18", "net:mlp:2-3-1", "net:mnist-mlp")


def subjects() -> Iterator[tuple[str, gv.Trace | Graph]]:
    """Every graph by name: of lectures, random, of the examples, of the zoo."""
    for name, (source, values) in LECTURES.items():
        yield name, gv.run(source, values=values)
    for name, source, values in (*small(), *large(), *scoped()):
        yield name, gv.run(source, values=values)
    yield from _examples()
    for name in ZOO:
        yield name, gv.net(name.removeprefix("net:"))


def _examples() -> Iterator[tuple[str, gv.Trace]]:
    from _shared import decks

    for script in sorted((ROOT / "examples").glob("c*/*.py")):
        names = runpy.run_path(str(script))
        runs = names["runs" if "runs" in names else "run"]()
        for name, run in decks(str(script), runs).items():
            if isinstance(run, gv.Trace):
                yield f"example {name}", run


class Measured(NamedTuple):
    """One graph's measures; `points` is the size of its numbers on a slide."""

    name: str
    cards: int
    points: float
    overlaps: list[str]
    together: list[str]
    moved: list[str]

    @property
    def line(self) -> str:
        """The measures on one line."""
        faults = [*self.overlaps, *self.together, *self.moved]
        said = f"{len(self.overlaps)} overlaps, {len(self.together)} together, "
        said += f"{len(self.moved)} moved" + "".join(f"\n    {fault}" for fault in faults[:4])
        return f"{self.name:24} {self.cards:4} cards {self.points:6.1f} pt  {said}"


def measured(
    name: str, subject: gv.Trace | Graph, engine: str = "auto", frames: int = 6
) -> Measured:
    """The measures of a graph, over so many of its frames, spread evenly."""
    if isinstance(subject, Graph):
        placed = place(subject, None, engine=engine)
        scenes = [alone(placed, None, 8.0)]
    else:
        story = Story(subject)
        placed = place(subject.graph, story, engine=engine)
        last = len(subject)
        steps = sorted({round(last * i / max(1, frames - 1)) for i in range(frames)})
        scenes = [alone(placed, story.frame(k), 8.0) for k in steps]
    overlaps = sorted({fault for scene in scenes for fault in overlapping(scene)})
    return Measured(
        name, drawn(scenes[0]), points(placed), overlaps, together(scenes[-1]), moved(scenes)
    )


def points(placed: PlacedGraph) -> float:
    """How large the numbers are on a slide, in points."""
    return placed.points


def drawn(scene: Scene) -> int:
    """How many cards are drawn: inputs, constants and ops that stand for themselves."""
    return sum(item.id.startswith("node-") and item.id.endswith("-trunk") for item in scene.items)


def overlapping(scene: Scene) -> list[str]:
    """What lies on what it should not: texts, wires, gates, rings and arrowheads."""
    texts = {key: box.grown(BARELY) for key, box in boxes(scene).items()}
    found = [
        f"{one} on {other}" for (one, a), (other, b) in combinations(texts.items(), 2) if a.meets(b)
    ]
    for key, box in texts.items():
        if min(box.x, box.y) < 0 or box.right > scene.width or box.bottom > scene.height:
            found.append(f"{key} outside")
    gates = {i.id: rect(i) for i in scene.items if isinstance(i, Rect) and i.id.endswith("-gate")}
    found += [
        f"{one} on {other}" for (one, a), (other, b) in combinations(gates.items(), 2) if a.meets(b)
    ]
    for item in scene.items:
        found += [f"{item.id} on {key}" for key, box in texts.items() if _touches(item, box, key)]
        if isinstance(item, Wire) and item.id.endswith(("-wire", "-trunk")):
            ends = set(item.id.split("-")[1:-1])
            for key, box in gates.items():
                if key.split("-")[1] not in ends and crosses(item.points, box):
                    found.append(f"{item.id} on {key}")
    return found


def _touches(item: Item, box: Box, key: str) -> bool:
    """Whether a shape lies on the text `key`, which is not its own."""
    if isinstance(item, Wire) and item.role.startswith(("wire", "scope")):
        return crosses(item.points, box)
    if isinstance(item, Polygon):
        return hull(item.points).meets(box) and _triangle_meets(item.points, box)
    if isinstance(item, Rect) and item.id.endswith("-gate"):
        return rect(item).meets(box) and not _inside(rect(item), box)
    if isinstance(item, Rect) and item.id.endswith("-ring"):
        return rect(item).meets(box) and not key.startswith(item.id.removesuffix("-ring"))
    return False


def _inside(gate: Box, box: Box) -> bool:
    across = gate.x <= box.x and box.right <= gate.right
    return across and gate.y <= box.y and box.bottom <= gate.bottom


def _triangle_meets(corners: Sequence[tuple[float, float]], box: Box) -> bool:
    """Whether a triangle meets a box, by a grid of points of the triangle."""
    (ax, ay), (bx, by), (cx, cy) = corners
    for i in range(11):
        for j in range(11 - i):
            u, v = i / 10, j / 10
            x, y = ax + (bx - ax) * u + (cx - ax) * v, ay + (by - ay) * u + (cy - ay) * v
            if box.x < x < box.right and box.y < y < box.bottom:
                return True
    return False


def together(scene: Scene) -> list[str]:
    """Pairs of wires of different values that run side by side, nearer than NEAR."""
    wires = {
        item.id: _stations(item.points)
        for item in scene.items
        if isinstance(item, Wire) and item.id.endswith("-wire")
    }
    cells = {key: {(int(x // 4), int(y // 4)) for x, y in way} for key, way in wires.items()}
    found = []
    for one, other in combinations(wires, 2):
        if one.split("-")[1] == other.split("-")[1] or cells[one].isdisjoint(cells[other]):
            continue
        if (length := _near(wires[one], wires[other])) > TOGETHER:
            found.append(f"{one} and {other} together over {length:.0f}")
    return found


def _stations(curve: Curve, step: float = 2.0) -> list[tuple[float, float]]:
    """Points along a curve, at most `step` apart."""
    found, waiting = [curve[0]], list(reversed(list(pieces(curve))))
    while waiting:
        piece = waiting.pop()
        around = hull(piece)
        if max(around.w, around.h) < step:
            found.append(piece[3])
        else:
            waiting.extend(reversed(halves(piece)))
    return [(p.x, p.y) for p in found]


def _near(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> float:
    """The length of the longest stretch of one wire along which the other is near."""
    grid: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for p in other:
        grid.setdefault((int(p[0] // 4), int(p[1] // 4)), []).append(p)
    longest = stretch = 0.0
    for before, here in pairwise(one):
        x, y = int(here[0] // 4), int(here[1] // 4)
        near = any(
            math.dist(here, p) < NEAR
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
            for p in grid.get((x + i, y + j), ())
        )
        stretch = stretch + math.dist(before, here) if near else 0.0
        longest = max(longest, stretch)
    return longest


STILL = ("-wire", "-trunk", "-gate", "-symbol", "-name", "-label", "-value")


def moved(scenes: Sequence[Scene]) -> list[str]:
    """Parts that stand elsewhere in one frame than in another."""
    where: dict[str, Any] = {}
    found = set()
    for scene in scenes:
        if (scene.width, scene.height) != (scenes[0].width, scenes[0].height):
            found.add("the picture's size")
        for item in scene.items:
            if item.id.endswith(STILL):
                place = item.points if isinstance(item, Wire) else (item.x, item.y)  # type: ignore[union-attr]
                if where.setdefault(item.id, place) != place:
                    found.add(item.id)
    return sorted(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--frames", type=int, default=4)
    given = parser.parse_args()
    groups: dict[str, list[Measured]] = {}
    for name, subject in subjects():
        if given.only not in name:
            continue
        found = measured(name, subject, given.engine, given.frames)
        print(found.line, flush=True)
        head = name.split("-")[0].split(":")[0].split()[0]
        known = head if head in ("small", "large", "scoped", "example", "net") else "lectures"
        groups.setdefault(known, []).append(found)
    for group, all_of_it in groups.items():
        sizes = sorted(m.points for m in all_of_it)
        faults = [sum(len(m[i]) for m in all_of_it) for i in (3, 4, 5)]
        print(
            f"{group:10} {len(sizes)} graphs, median {statistics.median(sizes):.1f} pt, tenth"
            f" {sizes[len(sizes) // 10]:.1f}, {sum(s >= 14 for s in sizes)} at 14 pt;"
            " {} overlaps, {} together, {} moved".format(*faults)
        )


if __name__ == "__main__":
    main()
