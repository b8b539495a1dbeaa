"""The graph: nodes in topological order, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple, overload

from gradviz.calls import answering
from gradviz.errors import (
    GradvizError,
    ShapeError,
    Span,
    UnknownNameError,
    ValueInputError,
    did_you_mean,
)
from gradviz.files import clean, clean_line, same_name
from gradviz.graph.code import Code, of_text
from gradviz.graph.declared import check_shape, declared_shape, is_parameter
from gradviz.ops.op import Op, Routes, Shape, say_shape
from gradviz.ops.registry import get
from gradviz.shown import Shown

LETTERS = "abcghklmnpqrstuvw"
"""Letters for intermediates: none that reads as a constant, index, differential or usual input."""


def labels(graph: Graph) -> dict[int, str]:
    """A label for every node except unnamed numbers, different from all names.

    Named nodes keep their name. The output is f; other intermediates take letters in topological
    order, none of which seems to belong to a name such as b1 if that can be had; or v1, v2, … if
    there are too few letters.
    """
    return graph._labels


def unused(graph: Graph) -> tuple[int, ...]:
    """The nodes that are computed and not used: statements before the last that lead nowhere."""
    return tuple(
        i
        for i, op in enumerate(graph.ops)
        if op is not None and i != graph.output and i not in graph.used
    )


INPUT, CONSTANT = "input", "constant"
LEAVES = (INPUT, CONSTANT)

MOST_AXES = 64
"""NumPy's limit."""


@dataclass(frozen=True, slots=True)
class Node:
    """One application of an op, with one output; inputs and constants have no inputs themselves.

    `inputs` are node ids, by slot. A constant's value is in `options["value"]`: a number, nested
    lists, an array, or "pi". An input's options may declare its shape and initialiser
    (`gradviz.graph.declared`). `shape` is None until the graph is bound. `real` says of a bound
    input that could be a label that it is differentiated: it holds numbers that are not whole, or
    its gradient is asked for by name. `span` is its place in the source text.
    """

    id: int
    op: str
    inputs: tuple[int, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    scope: str = ""
    span: Span | None = None
    shape: Shape | None = None
    real: bool = False

    @property
    def is_leaf(self) -> bool:
        """Whether the node is an input or a constant."""
        return self.op in LEAVES


class Edge(NamedTuple):
    """The use of one node's value as an operand of another. `x*x` has two: slots 0 and 1."""

    source: int
    target: int
    slot: int


class Nodes(Sequence[Node]):
    """The nodes of a graph that is given by its columns, each made when it is first asked for.

    make  makes the node of a place.
    """

    __slots__ = ("_made", "make")

    def __init__(self, make: Callable[[int], Node], count: int) -> None:
        self.make = make
        self._made: list[Node | None] = [None] * count

    def __len__(self) -> int:
        return len(self._made)

    @overload
    def __getitem__(self, i: int) -> Node: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Node, ...]: ...
    def __getitem__(self, i: int | slice) -> Node | tuple[Node, ...]:
        if isinstance(i, slice):
            return tuple([self[k] for k in range(*i.indices(len(self)))])
        found = self._made[i]
        if found is None:
            self._made[i] = found = self.make(i % len(self))
        return found

    def __iter__(self) -> Iterator[Node]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Nodes | tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@answering("Graph", "find", "bind")
class Graph(Shown):
    """A static computation graph with one output. Immutable.

    nodes    in topological order, inputs first; `nodes[i].id == i`.
    output   the id of the output, the last of `outputs`.
    source   the text it came from, or the empty string.

    `ops` and `args` are the same nodes as columns, which long graphs are run from: a node of theirs
    is made when it is first asked for.
    """

    def __init__(self, nodes: Iterable[Node], output: int, source: str = "") -> None:
        self.nodes: Sequence[Node] = tuple(nodes)
        self.output = output
        self.source = clean(source)
        self._built_from: Sequence[Any] = ()
        self._code: Code | None = None

    @classmethod
    def of_columns(
        cls,
        make: Callable[[int], Node],
        ops: tuple[Op | None, ...],
        args: Sequence[tuple[int, ...]],
        output: int,
        source: str = "",
        built_from: Sequence[Any] = (),
    ) -> Graph:
        """A graph given by its columns.

        make        makes the node of a place.
        built_from  the Python expression of each node, which `find` takes as keys.
        """
        graph = cls.__new__(cls)
        graph.nodes = Nodes(make, len(ops))
        graph.__dict__.update(ops=ops, args=args)
        graph.output, graph.source, graph._built_from = output, source, built_from
        graph._code = None
        return graph

    @cached_property
    def code(self) -> Code | None:
        """The lines that the graph was written as, and where in them each node comes from; None for
        a text of one line, and for a graph whose code is not known.
        """
        if self._code is not None or not self.source:
            return self._code
        return of_text(self.source, {n.id: n.span for n in self.nodes if n.span is not None})

    @property
    def title(self) -> str:
        """The text that it came from, or the file and the function, on one line; else empty."""
        return " ".join((self.source or (self._code.name if self._code else "")).split())

    def written_as(self, code: Code | None) -> Graph:
        """This graph, written as this code, which it keeps when it is bound."""
        self._code = code
        return self

    @cached_property
    def args(self) -> Sequence[tuple[int, ...]]:
        """The inputs of each node."""
        return [n.inputs for n in self.nodes]

    def __repr__(self) -> str:
        names = ", ".join(n.name for n in self.required)
        count = f", {len(self.parameters)} parameters" if self.parameters else ""
        return (
            f"<Graph {self.source or 'of ' + str(len(self.args)) + ' nodes'!r}, inputs:"
            f" {names or 'none'}{count}>"
        )

    @property
    def outputs(self) -> tuple[int, ...]:
        """The ids of the outputs; there is one."""
        return (self.output,)

    @cached_property
    def inputs(self) -> tuple[Node, ...]:
        """The input nodes, in order of appearance."""
        if isinstance(self.nodes, Nodes):
            return self.nodes[: len(self.input_names)]
        return tuple(n for n in self.nodes if n.op == INPUT)

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple([n.name for n in self.inputs])

    @cached_property
    def input_options(self) -> tuple[Mapping[str, Any], ...]:
        """What they declare."""
        return tuple([n.options for n in self.inputs])

    @cached_property
    def constants(self) -> Sequence[tuple[int, Any]]:
        """The constants with their values."""
        return [(n.id, n.options["value"]) for n in self.nodes if n.op == CONSTANT]

    @cached_property
    def settings(self) -> Mapping[int, Mapping[str, Any]]:
        """The options of the nodes that are neither inputs nor constants and have any."""
        return {n.id: n.options for n in self.nodes if n.options and not n.is_leaf}

    @cached_property
    def names(self) -> Mapping[int, str]:
        """The nodes that have a name."""
        return self._facts("name")

    @cached_property
    def scopes(self) -> Mapping[int, str]:
        """The nodes that belong to a scope."""
        return self._facts("scope")

    def _facts(self, fact: str) -> dict[int, str]:
        """The nodes that have a name or a scope; a node that is not made gets it from the
        expression that it is made of.
        """
        if isinstance(self.nodes, Nodes) and self._built_from:
            found = enumerate(map(attrgetter(fact), self._built_from))
            return {i: clean_line(text) for i, text in found if text}
        return {i: text for i, text in enumerate(map(attrgetter(fact), self.nodes)) if text}

    @cached_property
    def kinds(self) -> frozenset[Op]:
        """The ops that occur."""
        return frozenset({op for op in set(self.ops) if op is not None})

    @cached_property
    def computes_numbers(self) -> bool:
        """Whether every operand is a number and takes a gradient, element by element: there are no
        conditions, labels, indices or folded scopes to think of.
        """
        return all(map(_computes_numbers, self.kinds))

    @cached_property
    def required(self) -> tuple[Node, ...]:
        """The inputs for which a run must be given a value."""
        return tuple(n for n in self.inputs if "init" not in n.options)

    @cached_property
    def parameters(self) -> tuple[Node, ...]:
        """The inputs that are trained, and initialised when no value is given for them."""
        return tuple(n for n in self.inputs if is_parameter(n.options))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge, by target and slot."""
        return tuple(
            Edge(s, i, slot) for i, row in enumerate(self.args) for slot, s in enumerate(row)
        )

    @cached_property
    def consumers(self) -> tuple[tuple[Edge, ...], ...]:
        """The edges that leave each node, by target and slot."""
        found: list[list[Edge]] = [[] for _ in self.args]
        for edge in self.edges:
            found[edge.source].append(edge)
        return tuple(map(tuple, found))

    @cached_property
    def used(self) -> frozenset[int]:
        """The nodes that are an input of another."""
        return frozenset(chain.from_iterable(self.args))

    @cached_property
    def fixed(self) -> frozenset[int]:
        """The nodes that depend on no input: constants, and what is computed from them alone."""
        found: set[int] = set()
        inputs = {n.id for n in self.inputs}
        for i, (op, operands) in enumerate(zip(self.ops, self.args, strict=True)):
            if op is None:
                fixed = i not in inputs
            else:
                fixed = bool(operands) and not op.hidden and found.issuperset(operands)
            if fixed:
                found.add(i)
        return frozenset(found)

    def meets_fixed(self, edge: Edge) -> bool:
        """Whether another operand of the edge's target is fixed."""
        operands = enumerate(self.args[edge.target])
        return any(source in self.fixed for slot, source in operands if slot != edge.slot)

    def routes(self, edge: Edge) -> Routes | None:
        """By which conditions the edge's target routes its gradient to the operand; None if it
        computes it.
        """
        op = self.op(edge.target)
        if op.routes is None:
            return None
        fixed = op.fixed_routes is not None and self.meets_fixed(edge)
        return op.routes_for(edge.slot, fixed=fixed)

    @cached_property
    def index_leaves(self) -> frozenset[int]:
        """Leaves that are only used where no gradient is taken: as conditions, labels, indices.

        They keep their type. Of a graph that is not bound, every leaf that could be a label is one.
        """
        if self.computes_numbers:
            return frozenset()
        return frozenset(
            n.id
            for n in self.nodes
            if n.is_leaf and self.consumers[n.id] and not self._counts(n.id)
        )

    @cached_property
    def label_leaves(self) -> frozenset[int]:
        """Inputs that are labels as long as their numbers are whole, and have a gradient where
        they are not: shares of classes, used for nothing else.
        """
        if self.computes_numbers:
            return frozenset()
        return frozenset(
            n.id
            for n in self.inputs
            if any(map(self._may_be_label, self.consumers[n.id]))
            and not any(self.op(e.target).takes_number(e.slot) for e in self.consumers[n.id])
        )

    def _counts(self, leaf: int) -> bool:
        """Whether any consumer of a leaf takes it as a number."""
        return any(self.takes_number(e) for e in self.consumers[leaf])

    @cached_property
    def truths(self) -> Mapping[int, tuple[int, ...]]:
        """By node, the slots where a condition is used as a number, 1 or 0."""
        kinds = {op for op in self.kinds if op.is_condition}
        conditions = {i for i, op in enumerate(self.ops) if op in kinds} if kinds else ()
        found: dict[int, tuple[int, ...]] = {}
        for source, target, slot in self.edges if conditions else ():
            if source in conditions and self.op(target).takes_number(slot):
                found[target] = (*found.get(target, ()), slot)
        return found

    def takes_number(self, edge: Edge) -> bool:
        """Whether an operand is computed with, unlike a condition, a label or an index."""
        op = self.op(edge.target)
        if op.hidden:
            return edge.slot not in self.nodes[edge.target].options["indices"]
        if op.may_be_label(edge.slot):
            return self.nodes[edge.source].real and self._holds_shares(edge)
        return op.takes_number(edge.slot)

    def takes_gradient(self, edge: Edge) -> bool:
        """Whether a contribution may flow along an edge of a bound graph."""
        op = self.op(edge.target)
        if not op.may_be_label(edge.slot):
            return op.differentiable(edge.slot)
        return self._holds_shares(edge) and edge.source not in self.index_leaves

    def _may_be_label(self, edge: Edge) -> bool:
        op = self.op(edge.target)
        if not op.may_be_label(edge.slot):
            return False
        return not self.is_bound or self._holds_shares(edge)

    def _holds_shares(self, edge: Edge) -> bool:
        """Whether the label at an edge of a bound graph has a share for each class."""
        target = self.nodes[edge.target]
        shapes = [self.nodes[i].shape for i in target.inputs]
        if None in shapes:
            return False
        return self.op(target).has_gradient(edge.slot, shapes, target.options)  # type: ignore[arg-type]

    @cached_property
    def is_bound(self) -> bool:
        """Whether every shape is known."""
        return all(n.shape is not None for n in self.nodes)

    @cached_property
    def is_scalar(self) -> bool:
        """Whether every node of a bound graph is a single number."""
        return all(n.shape == () for n in self.nodes)

    @cached_property
    def ops(self) -> tuple[Op | None, ...]:
        """The op of each node, None for leaves."""
        names = [n.op for n in self.nodes]
        known = {name: get(name, hidden=True) for name in set(names).difference(LEAVES)}
        return tuple(map(known.get, names))

    def op(self, node: int | Node) -> Op:
        """The op of a node that is not a leaf."""
        found = self.ops[node if isinstance(node, int) else node.id]
        assert found is not None
        return found

    def symbol(self, node: int) -> str:
        """The text in the gate of a node that is not a leaf: the op's sign or a folded scope's
        title.
        """
        op = self.op(node)
        return str(self.nodes[node].options["title"]) if op.hidden else op.symbol

    @cached_property
    def _places(self) -> dict[int, int]:
        """The node of each Python expression, by its `id()`; the graph keeps them alive."""
        return {id(expression): i for i, expression in enumerate(self._built_from)}

    @cached_property
    def _inputs_by_name(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.input_names)}

    @cached_property
    def _labels(self) -> dict[int, str]:
        found = dict(self.names)
        taken, numbers = set(found.values()), {i for i, v in self.constants if not shape_of(v)}
        if self.output not in found and self.output not in numbers:
            found[self.output] = next(
                c for c in ("f", "out", "output_", "output__") if c not in taken
            )
            taken.add(found[self.output])
        unnamed = [i for i in range(len(self.ops)) if i not in found and i not in numbers]
        stems = {name.rstrip("0123456789").rstrip("_") for name in taken}
        free = [c for c in LETTERS if c not in taken]
        apart = [c for c in free if c not in stems]
        free = apart if len(unnamed) <= len(apart) else free
        if len(unnamed) > len(free):
            numbered = (f"v{k}" for k in range(1, len(unnamed) + len(taken) + 1))
            free = [v for v in numbered if v not in taken]
        return found | dict(zip(unnamed, free, strict=False))

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {label: i for i, label in labels(self).items()} | {
            name: i for i, name in self.names.items()
        }

    def holds(self, expression: Any) -> bool:
        """Whether a Python expression is one of those that the graph was built from."""
        return id(expression) in self._places

    def find(self, key: Any) -> int:
        """The id of a node given by name (or label), id, `Node` or Python expression.

        Raises UnknownNameError with the nearest name.
        """
        if isinstance(key, Node):
            key = key.id
        if isinstance(key, int) and not isinstance(key, bool):
            if 0 <= key < len(self.args):
                return key
            raise UnknownNameError(
                f"there is no node {key}", expected=f"0 to {len(self.args) - 1}", got=key
            )
        if not isinstance(key, str):
            if id(key) in self._places:
                return self._places[id(key)]
            raise UnknownNameError(
                "not a node of the graph",
                expected="a name, a node id, a node or an expression that the graph was built from",
                got=type(key).__name__,
            )
        if key in self._inputs_by_name:
            return self._inputs_by_name[key]
        if key not in self._ids:
            key = same_name(key, self._ids)
        if key not in self._ids:
            named = list(self.names.values())
            hint = did_you_mean(key, self._ids) or (
                f"its names are {', '.join(named[:12])}" if named else ""
            )
            raise UnknownNameError(f"the graph has no node called {key!r}", hint=hint)
        return self._ids[key]

    def bind(self, input_shapes: Mapping[str, Shape], reals: Collection[int] = ()) -> Graph:
        """The same graph with every shape filled in, from the shapes of its inputs.

        An input without a given shape takes the one that it declares. `reals` are those of its
        `label_leaves` that are differentiated, see `Node.real`. Raises ShapeError, with the place
        in the source text, for shapes that do not fit or are not the declared ones, and
        ValueInputError naming the inputs that lack a shape.
        """
        shapes = {n.name: declared_shape(n.options) for n in self.inputs} | dict(input_shapes)
        lacking = [n.name for n in self.inputs if shapes[n.name] is None]
        if lacking:
            raise ValueInputError(
                f"no shape for {', '.join(lacking)}", expected="a shape for every input"
            )
        bound: list[Node] = []
        for node in self.nodes:
            if node.op == INPUT:
                shape = tuple(shapes[node.name] or ())
                check_shape(node.name, node.options, shape)
            elif node.op == CONSTANT:
                shape = shape_of(node.options["value"])
            else:
                shape = self._shape(node, bound)
            bound.append(
                Node(
                    node.id,
                    node.op,
                    node.inputs,
                    node.options,
                    node.name,
                    node.scope,
                    node.span,
                    shape,
                    node.id in reals,
                )
            )
        graph = Graph(bound, self.output, self.source)
        self._share(graph)
        return graph

    def _share(self, bound: Graph) -> None:
        """Hand what does not depend on shapes to the same graph with shapes."""
        bound._built_from, bound._code = self._built_from, self._code
        kept = (
            *("ops", "args", "constants", "settings", "kinds", "computes_numbers"),
            *("input_names", "input_options", "names", "scopes"),
            *("edges", "consumers", "used", "fixed"),
        )
        bound.__dict__.update({k: self.__dict__[k] for k in kept if k in self.__dict__})

    def bind_scalars(self) -> Graph:
        """The same graph bound to single numbers, of which its constants and inputs must consist
        and elementwise ops must be made.
        """
        make = partial(_scalar_node, self.nodes)
        graph = Graph.of_columns(make, self.ops, self.args, self.output, self.source)
        self._share(graph)
        graph.__dict__.update(is_bound=True, is_scalar=True)
        return graph

    def _shape(self, node: Node, bound: Sequence[Node]) -> Shape:
        """The shape of a node, from those of the nodes before it."""
        try:
            op, shapes = self.op(node), [bound[i].shape for i in node.inputs]
            return _check_axes(op, tuple(op.shape(*shapes, **node.options)))  # type: ignore[arg-type]
        except GradvizError as error:
            error.hint = error.hint or _batches(bound)
            if not error.where and node.span is None:
                names = " and ".join(self.nodes[i].name or self.nodes[i].op for i in node.inputs)
                error.where = f"{node.op} of {names}"
            raise error.at(self.source, node.span) from None


def _batches(bound: Iterable[Node]) -> str:
    """Which inputs came with one axis more than they declare, and so as batches; else empty."""
    data = (n for n in bound if n.op == INPUT and not is_parameter(n.options))
    found = [n for n in data if declared_shape(n.options) not in (None, n.shape)]
    said = (
        f"{n.name} came as a batch of {n.shape[0]}, of {_declared(n)} each"
        for n in found
        if n.shape
    )
    return " and ".join(said)


def _declared(node: Node) -> str:
    shape = declared_shape(node.options)
    return say_shape(shape) if shape else "one number"


@cache
def _computes_numbers(op: Op) -> bool:
    return (
        op.elementwise
        and not op.variadic
        and None not in op.backward
        and op.shares is None
        and op.misleads is None
        and not op.hidden
    )


def _scalar_node(nodes: Sequence[Node], i: int) -> Node:
    make = nodes.make if isinstance(nodes, Nodes) else nodes.__getitem__
    n = make(i)
    return Node(n.id, n.op, n.inputs, n.options, n.name, n.scope, n.span, ())


def _check_axes(op: Op, shape: Shape) -> Shape:
    """The shape. Raises ShapeError for more axes than an array can have."""
    if len(shape) > MOST_AXES:
        raise op.misshapen(f"an output of at most {MOST_AXES} axes", f"{len(shape)} axes")
    return shape


def shape_of(value: Any, where: str = "") -> Shape:
    """The shape of a number, an array or nested lists. Raises ShapeError for ragged lists."""
    if hasattr(value, "shape"):
        return tuple(value.shape)
    if not isinstance(value, list | tuple):
        return ()
    inner = {shape_of(v, where) for v in value}
    if len(inner) > 1:
        raise ShapeError(
            "the rows of an array literal differ in shape",
            where=where,
            expected="rows of one shape",
            got=" and ".join(sorted(map(str, inner))),
        )
    return (len(value), *(inner.pop() if inner else ()))
