"""The heart of gradviz in one file: a graph, its trace, every contribution, one picture as text.

    python examples/core_in_200_lines.py "(x*y + z) * maximum(y, z)" x=1.5 y=2 z=-1

Read it from top to bottom: it is what gradviz does, for numbers instead of arrays, with eight ops
instead of ninety. Each section names the folder that does the same in full.
"""

import ast
import math
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass


# 1. Ops (gradviz/ops). An op is declared once: its value, and one local gradient per input.
@dataclass(frozen=True)
class Op:
    """`forward(*inputs)` is the value y; `local[slot](y, *inputs)` is ∂y/∂input."""

    symbol: str  # between two operands; "" for an op that is called by its name
    forward: Callable[..., float]
    local: tuple[Callable[..., float], ...]
    words: str


SPREADS = "+ passes what arrives on to both inputs."
FLIPS = "- passes what arrives on, with its sign flipped for what is subtracted."
SWAPS = "* multiplies what arrives by the other input."
DIVIDES = "/ divides what arrives by the denominator."
ROUTES = "maximum routes what arrives to the larger input, to the first one at a tie."
OPS = {
    "add": Op("+", lambda a, b: a + b, (lambda y, a, b: 1.0, lambda y, a, b: 1.0), SPREADS),
    "sub": Op("-", lambda a, b: a - b, (lambda y, a, b: 1.0, lambda y, a, b: -1.0), FLIPS),
    "mul": Op("*", lambda a, b: a * b, (lambda y, a, b: b, lambda y, a, b: a), SWAPS),
    "div": Op("/", lambda a, b: a / b, (lambda y, a, b: 1 / b, lambda y, a, b: -y / b), DIVIDES),
    "maximum": Op("", max, (lambda y, a, b: float(a >= b), lambda y, a, b: float(b > a)), ROUTES),
    "exp": Op("", math.exp, (lambda y, a: y,), "exp is its own slope."),
    "log": Op("", math.log, (lambda y, a: 1 / a,), "The slope of log x is 1/x."),
    "tanh": Op("", math.tanh, (lambda y, a: 1 - y * y,), "The slope of tanh x is 1 - tanh² x."),
}


# 2. The graph (gradviz/graph). Nodes stand in topological order; an edge is one use of a value.
@dataclass(frozen=True)
class Node:
    """An input (`op` is "input"), a constant ("constant"), or an op applied to earlier nodes."""

    op: str
    inputs: tuple[int, ...] = ()
    name: str = ""
    value: float = 0.0


BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}


def parse(text: str) -> list[Node]:
    """The graph of an expression; its output is the last node. Nothing is evaluated."""
    nodes: list[Node] = []

    def add(node: Node) -> int:
        if node.op == "input" and node in nodes:
            return nodes.index(node)  # used again: a branch
        nodes.append(node)
        return len(nodes) - 1

    def build(tree: ast.expr) -> int:
        match tree:
            case ast.Name(name):
                return add(Node("input", name=name))
            case ast.Constant(int() | float() as value):
                return add(Node("constant", value=float(value)))
            case ast.BinOp(left, operator, right) if type(operator) in BINARY:
                return add(Node(BINARY[type(operator)], (build(left), build(right))))
            case ast.Call(ast.Name(op), operands) if op in OPS:
                return add(Node(op, tuple(build(operand) for operand in operands)))
        raise SystemExit(f"not understood: {ast.unparse(tree)}")

    build(ast.parse(text, mode="eval").body)
    return nodes


# 3. The trace (gradviz/engine, gradviz/trace). Running records every step, and nothing else.
@dataclass(frozen=True)
class Contribution:
    """One edge of the backward pass: what arrives, times the local gradient, added to the rest."""

    source: int
    target: int
    slot: int
    upstream: float
    local: float
    contribution: float
    before: float
    after: float


@dataclass(frozen=True)
class Trace:
    """What happened: a value per node, a contribution per edge, a gradient per node."""

    nodes: list[Node]
    values: list[float]
    steps: list[Contribution]
    gradients: list[float]


def run(nodes: list[Node], **inputs: float) -> Trace:
    """Forward in order; backward from the output, a node as soon as all its consumers are done."""
    values: list[float] = []
    for node in nodes:
        if node.op in OPS:
            values.append(OPS[node.op].forward(*(values[i] for i in node.inputs)))
        else:
            values.append(inputs[node.name] if node.op == "input" else node.value)
    depends = [node.op == "input" for node in nodes]  # a constant receives no gradient
    for i, node in enumerate(nodes):
        depends[i] = depends[i] or any(depends[j] for j in node.inputs)
    waiting = Counter(j for node in nodes for j in node.inputs)
    gradients, steps = [0.0] * len(nodes), []
    gradients[-1] = 1.0  # ∂f/∂f: how the output changes with itself
    ready = deque([len(nodes) - 1])
    while ready:
        target = ready.popleft()
        node, upstream = nodes[target], gradients[target]
        for slot, source in enumerate(node.inputs):
            if depends[source]:
                rule = OPS[node.op].local[slot]
                local = rule(values[target], *(values[i] for i in node.inputs))
                before = gradients[source]
                gradients[source] = before + upstream * local
                edge = (source, target, slot, upstream, local, upstream * local)
                steps.append(Contribution(*edge, before, gradients[source]))
            waiting[source] -= 1
            if not waiting[source]:
                ready.append(source)
    return Trace(nodes, values, steps, gradients)


# 4. The story (gradviz/story). A step in words and numbers; nothing is computed here.
def labels(nodes: list[Node]) -> list[str]:
    """Inputs by name, constants by value, f for the output, other nodes a, b, c, g, …"""
    letters = iter(sorted(set("abcghklmnpqrstuvw") - {node.name for node in nodes}))
    found = [n.name or (f"{n.value:g}" if n.op == "constant" else "") for n in nodes]
    found[-1] = found[-1] or "f"
    return [label or next(letters) for label in found]


def number(value: float) -> str:
    return f"({value:g})" if value < 0 else f"{value:g}"


def written(node: Node, operands: list[str]) -> str:
    symbol = OPS[node.op].symbol
    return f" {symbol} ".join(operands) if symbol else f"{node.op}({', '.join(operands)})"


def story(trace: Trace) -> Iterator[str]:
    """One line per forward step, two or three per contribution."""
    name, nodes, values = labels(trace.nodes), trace.nodes, trace.values
    uses = Counter(s.source for s in trace.steps)
    for i, node in enumerate(nodes):
        if node.op in OPS:
            rule = written(node, [name[j] for j in node.inputs])
            numbers = written(node, [number(values[j]) for j in node.inputs])
            yield f"{name[i]} = {rule} = {numbers} = {values[i]:g}"
    for s in trace.steps:
        x, y = name[s.source], name[s.target]
        product = f"{s.upstream:g} · {number(s.local)} = {s.contribution:g}"
        yield OPS[nodes[s.target].op].words
        yield f"  ∂f/∂{x} ← ∂f/∂{y} · ∂{y}/∂{x} = {product}"
        if uses[s.source] > 1:
            yield f"  Gradients add: {s.before:g} + {number(s.contribution)} → {s.after:g}"


# 5. A picture (gradviz/layout, gradviz/scene). A view of the trace: it copies numbers from it.
def picture(trace: Trace) -> Iterator[str]:
    """The graph as a tree from its output; what is below a node stands at its first use only."""
    name, drawn = labels(trace.nodes), set[int]()

    def draw(i: int, lead: str, branch: str) -> Iterator[str]:
        node, known = trace.nodes[i], i in drawn
        drawn.add(i)
        what = lead + branch + name[i]
        what += f": {OPS[node.op].symbol or node.op}" if node.op in OPS else ""
        gradient = "" if node.op == "constant" else f"   ∂ {trace.gradients[i]:g}"
        yield f"{what:<30}{trace.values[i]:>10g}{gradient}"
        lead += {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
        for slot, source in enumerate(() if known else node.inputs, 1):
            yield from draw(source, lead, "└─ " if slot == len(node.inputs) else "├─ ")

    yield from draw(len(trace.nodes) - 1, "", "")


if __name__ == "__main__":
    text, *given = sys.argv[1:] or ["(x*y + z) * maximum(y, z)", "x=1.5", "y=2", "z=-1"]
    made = run(parse(text), **{k: float(v) for k, v in (word.split("=") for word in given)})
    print(*picture(made), "", *story(made), sep="\n")
