"""From a graph back to text in the grammar: `parse(write(graph))` is the same graph."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node
from gradviz.graph.text import subscripts
from gradviz.graph.text.grammar import ATOM, INFIX, PREFIX, PRODUCT, SIGN
from gradviz.graph.text.tokens import clean_name
from gradviz.ops import registry
from gradviz.ops.op import REQUIRED, Op

MINUS = PREFIX["-"].op
LOOSEST = 0
Pieces = list["str | tuple[int, int]"]
"""Text, mixed with nodes and the least level at which they need no brackets."""


def write(graph: Graph, node: int | str | Node | None = None) -> str:
    """The text of a graph, or of the part of it that ends in `node` (whatever `Graph.find` knows).

    Brackets are written only where needed. A node that has a name, or is used more than once,
    becomes a statement of its own; if it has no name it gets a new one. Names that are not valid
    in text are changed as little as possible. What text cannot express is left out: the scope of a
    statement whose nodes belong to several, and the initial values of parameters.
    """
    output = graph.output if node is None else graph.find(node)
    ids = range(len(graph.nodes)) if node is None else _ancestors(graph, output)
    uses = Counter(source for i in ids for source in graph.nodes[i].inputs)
    repeated = {i for i in ids if uses[i] > 1 or (i == output and uses[i])}
    names = _names(graph, ids, repeated)
    writer = _Writer(graph, names)
    statements = [
        writer.statement(i)
        for i in ids
        if (not uses[i] and i != output) or (uses[i] and i in names and graph.nodes[i].op != INPUT)
    ]
    statements.append(names[output] if uses[output] else writer.statement(output))
    return "; ".join(statements)


def _ancestors(graph: Graph, output: int) -> list[int]:
    """The node and everything that it is computed from, in topological order."""
    found, waiting = {output}, [output]
    while waiting:
        for source in graph.nodes[waiting.pop()].inputs:
            if source not in found:
                found.add(source)
                waiting.append(source)
    return sorted(found)


def _names(graph: Graph, ids: Iterable[int], repeated: Iterable[int]) -> dict[int, str]:
    """A valid name, different from all others, for every node that needs one."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    given = [graph.nodes[i] for i in ids if graph.nodes[i].name]
    # Unchanged names come first, so that a changed one never takes theirs.
    for node in sorted(given, key=lambda n: (clean_name(n.name) != n.name, n.op != INPUT)):
        names[node.id] = _free(clean_name(node.name), taken)
    numbers = (f"t{k}" for k in range(1, len(graph.nodes) + len(taken) + 1))
    free: Iterator[str] = (t for t in numbers if t not in taken)
    for i in sorted(repeated):
        if i not in names:
            names[i] = next(free)
    return names


def _free(name: str, taken: set[str]) -> str:
    """Take the name, with a number added if it is already taken."""
    found, k = name, 1
    while found in taken:
        k += 1
        found = f"{name}_{k}"
    taken.add(found)
    return found


class _Writer:
    """Writes expressions in which the nodes of `names` are called by name."""

    def __init__(self, graph: Graph, names: Mapping[int, str]) -> None:
        self.nodes = graph.nodes
        self.names = names

    def statement(self, i: int) -> str:
        """`name = expression`, or the expression alone if there is no name."""
        if self.nodes[i].op == INPUT:
            return self.names[i]
        name = self.names.get(i)
        said = f"{name} = {self._expression(i)}" if name else self._expression(i)
        return self._label(i) + said

    def _label(self, root: int) -> str:
        """`block1: conv: ` before a statement whose nodes all belong to the scope block1/conv."""
        scope, waiting = self.nodes[root].scope, [root]
        parts = scope.split("/") if scope else []
        if any(clean_name(part) != part for part in parts):
            return ""
        while waiting:
            node = self.nodes[waiting.pop()]
            if node.scope != scope:
                return ""
            waiting += [i for i in node.inputs if i not in self.names]
        return "".join(f"{part}: " for part in parts)

    def _expression(self, root: int) -> str:
        text: list[str] = []
        stack = list(reversed(self._spell(self.nodes[root])[0]))
        while stack:
            piece = stack.pop()
            if isinstance(piece, str):
                text.append(piece)
            elif piece[0] in self.names:
                text.append(self.names[piece[0]])
            else:
                pieces, level = self._spell(self.nodes[piece[0]])
                stack.extend(reversed(pieces if level >= piece[1] else ["(", *pieces, ")"]))
        return "".join(text)

    def _spell(self, node: Node) -> tuple[Pieces, int]:
        """A node in terms of its inputs, and how tightly that expression binds."""
        if node.op == CONSTANT:
            text, level = constant(node.options["value"])
            return [text], level
        op = registry.get(node.op, hidden=True)
        options = _shown(node, op)
        if op.operator == MINUS and not options:
            return self._negated(node.inputs[0]), SIGN
        if op.operator in INFIX and not options:
            operator = INFIX[op.operator]
            left, right = node.inputs
            return [
                (left, operator.left),
                operator.written,
                (right, operator.right),
            ], operator.level
        if op.operator == "x[]":
            return [(node.inputs[0], ATOM), f"[{subscripts.write(node.options['index'])}]"], ATOM
        if op.operator == "x.T" and not options:
            return [(node.inputs[0], ATOM), ".T"], ATOM
        if op.operator == "[]" and not options and not all(map(self._is_literal, node.inputs)):
            return ["[", *self._listed(node), "]"], ATOM
        operands = self._listed(node)
        if op.variadic:
            operands = ["[", *operands, "]"]
        return [
            f"{node.op}(",
            *operands,
            *(f", {k}={option(v)}" for k, v in options.items()),
            ")",
        ], ATOM

    def _negated(self, i: int) -> Pieces:
        """A minus before a number would make the number negative, so brackets keep them apart."""
        if self._is_literal(i):
            text, level = constant(self.nodes[i].options["value"])
            if (
                level == ATOM and text[0] not in "[TF"
            ):  # array literals and booleans keep their sign
                return [f"-({text})"]
        return ["-", (i, SIGN)]

    def _is_literal(self, i: int) -> bool:
        """Whether a node is written as a number or an array literal, not by name."""
        node = self.nodes[i]
        return node.op == CONSTANT and i not in self.names and node.options["value"] != "pi"

    @staticmethod
    def _listed(node: Node) -> Pieces:
        pieces: Pieces = []
        for i in node.inputs:
            pieces += [", ", (i, LOOSEST)]
        return pieces[1:]


def _shown(node: Node, op: Op) -> dict[str, Any]:
    """The options that differ from what the op takes by default."""
    return {k: v for k, v in node.options.items() if not _same(v, op.options.get(k, REQUIRED))}


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and bool(value == default)


def constant(value: Any) -> tuple[str, int]:
    """The text of a constant's value, and how tightly it binds.

    Arrays are array literals, exact numbers quotients. Other objects are written by their `str`.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(constant(v)[0] for v in value) + "]", ATOM
    if isinstance(value, bool | str):
        return str(value), ATOM
    if isinstance(value, float):
        text = (
            repr(value)
            if math.isfinite(value)
            else str(value).lstrip("-" if math.isnan(value) else "")
        )
    elif hasattr(value, "numerator"):
        text = str(value.numerator)
        if value.denominator != 1:
            return f"{text}/{value.denominator}", PRODUCT
    else:
        return str(value), LOOSEST
    return text, SIGN if text.startswith("-") else ATOM


def option(value: Any) -> str:
    """The text of an option's value."""
    if isinstance(value, str):
        return f'"{value}"' if "'" in value else f"'{value}'"
    if value is None:
        return "None"
    if isinstance(value, list):
        return "[" + ", ".join(map(option, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(option, value)) + ("," if len(value) == 1 else "") + ")"
    return constant(value)[0]
