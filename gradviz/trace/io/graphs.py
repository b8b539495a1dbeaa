"""From the nodes of a document to a graph, each node checked against its op."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gradviz.arrays import for_backend
from gradviz.arrays.namespace import frozen
from gradviz.errors import GradvizError, TraceFormatError, did_you_mean
from gradviz.graph.code import Code, Place
from gradviz.graph.declared import misdeclared
from gradviz.graph.graph import CONSTANT, INPUT, Graph, Node
from gradviz.ops.op import Op, say_shape
from gradviz.ops.registry import every, get, known
from gradviz.trace.io.plain import FETCH, Decoder, decode_option, flat, is_reference
from gradviz.trace.io.schema import CodeRow, NodeRow, TraceRow


def rebuild_graph(row: TraceRow, fetch: FETCH | None = None) -> Graph:
    """The bound graph of a document.

    `fetch` gives the arrays that an `.npz` keeps. Raises TraceFormatError.
    """
    rows = row.graph.nodes
    output_of(row.graph.output, row.graph.outputs, len(rows))
    seen: set[str] = set()
    nodes = [_node(i, node, rows, seen, fetch) for i, node in enumerate(rows)]
    shapes = {n.name: tuple(r.shape) for n, r in zip(nodes, rows, strict=True) if n.op == INPUT}
    try:
        bare = Graph(nodes, row.graph.output, row.source)
        graph = bare.written_as(_code(row.graph.code, len(nodes)) if row.graph.code else None).bind(
            shapes
        )
    except GradvizError as error:
        where = error.where if isinstance(error.where, str) else ""
        raise TraceFormatError(
            f"the graph does not fit together: {error.what}",
            where=where or "graph.nodes",
            expected=error.expected,
            got=error.got,
        ) from None
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        # Options of any content have reached the ops' shape rules.
        raise TraceFormatError(
            "an op cannot take its options", where="graph.nodes", got=error
        ) from None
    for node, stored in zip(graph.nodes, rows, strict=True):
        if node.shape != tuple(stored.shape):
            raise TraceFormatError(
                f"node {node.id}, {node.op}, does not have the shape that its op gives",
                where=_place(node.id),
                expected=say_shape(node.shape or ()),
                got=say_shape(tuple(stored.shape)),
            )
    return graph


def _code(row: CodeRow, nodes: int) -> Code:
    """The code of a document. Raises TraceFormatError for places that are not in it."""
    numbers = [number for number, _ in row.lines]
    if numbers != sorted(set(numbers)):
        raise TraceFormatError(
            "the lines of the code are not in order",
            where="graph.code.lines",
            got=f"{numbers!r:.40}",
        )
    known = set(numbers)
    for key, place in row.places.items():
        if not (key.isdecimal() and int(key) < nodes and {place[0], place[2]} <= known):
            raise TraceFormatError(
                "a place is not in the code",
                where=f"graph.code.places.{key:.20}",
                expected="a node, and lines of the code",
                got=list(place),
            )
    places = {int(key): Place(*place) for key, place in row.places.items()}
    return Code(tuple(row.lines), places, row.name)


def output_of(output: int, outputs: list[int] | None, nodes: int) -> int:
    """The output, one of so many nodes and the only one of `outputs`. Raises TraceFormatError."""
    if output >= nodes:
        raise TraceFormatError(
            "the output is not a node",
            where="graph.output",
            expected=f"0 to {nodes - 1}",
            got=output,
        )
    if outputs not in (None, [output]):
        raise TraceFormatError(
            "outputs does not list the output",
            where="graph.outputs",
            expected=[output],
            got=outputs,
        )
    return output


def _place(node: int) -> str:
    return f"graph.nodes[{node}]"


def _node(
    i: int, row: NodeRow, rows: Sequence[NodeRow], inputs: set[str], fetch: FETCH | None
) -> Node:
    where = _place(i)
    if row.id != i:
        raise TraceFormatError(
            "the nodes are not numbered in order", where=where, expected=f"id {i}", got=row.id
        )
    if row.op == INPUT:
        _check_input(row, rows, inputs, where)
        options = input_options(row, where)
    elif row.op == CONSTANT:
        options = {"value": constant(row, fetch, where)}
    else:
        options = call_options(row, where)
    if row.op in (INPUT, CONSTANT) and row.inputs:
        raise TraceFormatError(
            (
                f"an {row.op} node takes no operands"
                if row.op == INPUT
                else "a constant takes no operands"
            ),
            where=where,
            got=row.inputs,
        )
    return Node(i, row.op, tuple(row.inputs), options, row.name, row.scope)


def input_options(row: NodeRow, where: str) -> dict[str, Any]:
    """What an input declares. Raises TraceFormatError for what it cannot."""
    options = {k: decode_option(v) for k, v in row.options.items()}
    if wrong := misdeclared(options):
        raise TraceFormatError(
            "an input has options that it cannot have", where=f"{where}.options", got=wrong
        )
    return options


def call_options(row: NodeRow, where: str) -> dict[str, Any]:
    """The options of an op's application, which is checked. Raises TraceFormatError."""
    if not known(row.op, hidden=True):
        raise TraceFormatError(
            f"there is no op {row.op!r:.40}",
            where=where,
            hint=did_you_mean(row.op, [op.name for op in every()]),
        )
    op = get(row.op, hidden=True)
    _check_call(row, op, where)
    if op.hidden:  # a scope may be called 1/3: its options hold text and whole numbers only
        return {k: frozen(v) for k, v in row.options.items()}
    return _options(op, {k: decode_option(v) for k, v in row.options.items()}, where)


def _options(op: Op, options: Mapping[str, Any], where: str) -> dict[str, Any]:
    try:
        plain = {key: op.plain_option(key, value) for key, value in options.items()}
    except GradvizError as error:
        raise TraceFormatError(
            f"an op cannot take its options: {error.what}",
            where=f"{where}.options",
            expected=error.expected,
            got=error.got,
        ) from None
    return {key: value if key in op.plain else frozen(value) for key, value in plain.items()}


def _check_input(row: NodeRow, rows: Sequence[NodeRow], seen: set[str], where: str) -> None:
    if not row.name or row.name in seen:
        raise TraceFormatError("inputs need names of their own", where=where, got=repr(row.name))
    seen.add(row.name)
    if row.id and rows[row.id - 1].op != INPUT:
        raise TraceFormatError(
            "the inputs do not come first", where=where, got=f"{row.name} after other nodes"
        )


def constant(row: NodeRow, fetch: FETCH | None, where: str) -> Any:
    """The value of a constant. Raises TraceFormatError."""
    if list(row.options) != ["value"]:
        raise TraceFormatError(
            "a constant has one option, its value", where=where, got=list(row.options)
        )
    data, shape = row.options["value"], tuple(row.shape)
    where += ".options.value"
    numpy = for_backend("numpy")
    if is_reference(data):
        return Decoder(numpy, fetch)(data, shape, where, as_is=True)
    value = decode_option(data)
    for element in flat(value, shape, where):
        if not hasattr(element, "numerator") and not isinstance(element, float) and element != "pi":
            raise TraceFormatError(
                "a constant is not a number", where=where, got=f"{element!r:.40}"
            )
    return numpy.zeros(shape) if 0 in shape else value


def _check_call(row: NodeRow, op: Op, where: str) -> None:
    for source in row.inputs:
        if source >= row.id:
            raise TraceFormatError(
                f"node {row.id} uses a node that does not come before it",
                where=where,
                expected=f"operands below {row.id}",
                got=source,
            )
    count = len(row.inputs)
    if not count if op.variadic else not op.required <= count <= len(op.inputs):
        raise TraceFormatError(
            f"{op.name} has the wrong number of operands",
            where=where,
            expected=op.signature(),
            got=count,
        )
    if set(row.options) != set(op.options):
        raise TraceFormatError(
            f"{op.name} does not have the options that it takes",
            where=where,
            expected=", ".join(op.options) or "no options",
            got=", ".join(row.options) or "none",
        )
