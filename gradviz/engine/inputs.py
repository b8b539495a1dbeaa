"""From what a user gives to what the engine runs on: input values, seeds, `wrt`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gradviz.arrays import detached
from gradviz.errors import GradvizError, ShapeError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.files import same_name
from gradviz.graph.graph import INPUT, Graph, Node
from gradviz.networks.initialisers import draw, is_random, numbers
from gradviz.ops.op import say_shape

OPTIONS = ("values", "wrt", "upstream", "backend", "dtype")


def collect(
    graph: Graph, values: Mapping[str, Any] | None, named: Mapping[str, Any]
) -> dict[str, Any]:
    """The given values by input name, from both ways of giving them.

    Raises ValueInputError for a name that is given twice, or that the graph does not have.
    """
    if values is not None and not isinstance(values, Mapping):
        raise ValueInputError(
            "values must be a dictionary", expected='values={"x": 1}', got=f"{values!r:.60}"
        )
    wanted = dict.fromkeys(graph.input_names)
    given = {_known(name, wanted): value for name, value in (values or {}).items()}
    for name, value in named.items():
        name = _known(name, wanted)
        if name in given:
            raise ValueInputError(f"{name} is given twice", expected="one value for each input")
        given[name] = value
    extra = [name for name in given if name not in wanted]
    if extra:
        raise ValueInputError(
            f"the graph has no input called {extra[0]!r}",
            expected=(
                f"values for {', '.join(wanted)}"
                if wanted
                else "no values: the graph has no inputs"
            ),
            hint=did_you_mean(extra[0], [*wanted, *OPTIONS]),
        )
    return given


def _known(name: str, wanted: Mapping[str, None]) -> str:
    """A name as the graph has it, which may be written in other characters that mean the same."""
    return same_name(name, wanted) if isinstance(name, str) else name


def require(graph: Graph, given: Mapping[str, Any], *, symbols: bool) -> None:
    """Raise ValueInputError naming every input that needs a value and has none.

    An input with an initialiser needs none; with `symbols`, giving no values at all is fine too.
    """
    missing = [n for n in graph.required if n.name not in given]
    if not missing or (symbols and not given and not any("shape" in n.options for n in missing)):
        return
    names = [n.name for n in missing]
    example = " ".join(f"{name}=…" for name in names)
    shapes = "; ".join(
        f"{n.name}: {say_shape(tuple(s))}" for n in missing if (s := n.options.get("shape"))
    )
    raise ValueInputError(
        f"no value for {' and '.join(names) if len(names) < 3 else ', '.join(names)}",
        expected=f"a value for every input ({shapes})" if shapes else "a value for every input",
        got=f"values for {', '.join(given)}" if given else "no values",
        hint=f"give {example}"
        + ("" if given or shapes else ", or keep them as symbols with the exact backend"),
    )


def to_arrays(
    graph: Graph, given: Mapping[str, Any], xp: Any, indices: Iterable[int] = ()
) -> list[Any]:
    """The inputs' values as arrays of the backend, in the graph's order.

    Where none is given: a symbol, or None for an input still to be initialised. Raises
    ValueInputError, ParseError or DomainError naming the input.
    """
    keep = set(indices)
    arrays = []
    for node in graph.inputs:
        if node.name not in given:
            arrays.append(None if "init" in node.options else xp.symbol(node.name))
            continue
        arrays.append(to_array(given[node.name], node.name, xp, index=node.id in keep))
        _check_finite(node, arrays[-1], xp)
    return arrays


def _check_finite(node: Node, array: Any, xp: Any) -> None:
    """Refuse an image (channels, rows and columns) that contains NaN or infinity."""
    if (
        "init" not in node.options
        and len(node.options.get("shape", ())) == 3
        and not xp.finite(array)
    ):
        raise ValueInputError(
            f"the image {node.name} is not finite",
            expected="numbers, such as brightnesses from 0 to 1",
            got="NaN or infinity",
        )


def drawn(node: Node, xp: Any) -> Any:
    """The value of an input with an initialiser, as an array of the backend.

    Raises ValueInputError for a random initialiser on the exact backend.
    """
    shape, init = tuple(node.options["shape"]), node.options["init"]
    if xp.name != "exact":
        return xp.asreal(draw(node.name, shape, init, xp.dtype))
    if is_random(init):
        raise ValueInputError(
            f"{node.name} is sampled at random, and random numbers are not exact",
            expected="with the exact backend, a value for every random parameter",
            hint=f"give {node.name}=…, or omit --backend to run on NumPy",
        )
    return xp.asreal(numbers(init, shape))


def to_array(value: Any, name: str, xp: Any, *, index: bool = False) -> Any:
    """One input's value as an array. Text is read as a VALUE of the command line.

    Raises ValueInputError, ParseError or DomainError naming the input.
    """
    try:
        if isinstance(value, str):
            value = constant(value, xp)
        value = detached(value)
        if hasattr(value, "get") and hasattr(value, "device") and xp.name != "cupy":
            value = value.get()
        array = xp.asindex(value) if index else xp.asreal(value)
        # If the caller changes the array later, the trace must not change.
        return array.copy() if getattr(array, "base", None) is not None or array is value else array
    except GradvizError as error:
        error.what = f"the value of {name}: {error.what}"
        raise
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - an object of any kind may raise anything
        raise ValueInputError(
            f"the value of {name} cannot be read",
            expected="a number, nested lists of numbers with rows of equal length, or an array",
            got=f"{value!r:.60} ({error})",
        ) from None


def is_whole(array: Any, xp: Any) -> bool:
    """Whether an input's values are whole numbers or truth values, so that it can be a label."""
    try:
        xp.whole(array)
    except ValueInputError:
        return False
    return True


def constant(text: str, xp: Any) -> Any:
    """The value of a constant text such as `-3`, `1/3`, `[[1, 2], [3, 4]]` or `sqrt(2)/2`."""
    from gradviz.graph.text.literals import value

    found = value(text)
    return evaluate(found, xp) if isinstance(found, Graph) else found


def evaluate(graph: Graph, xp: Any) -> Any:
    """The output's value of a graph without inputs."""
    from gradviz.engine.program import Program

    bound = graph.bind({})
    return Program(bound, xp, ()).forward(())[bound.output]


def wanted(graph: Graph, wrt: str | Iterable[Any] | None) -> tuple[int, ...]:
    """The inputs to differentiate with respect to: all of them, or the given ones.

    `wrt` is a name, names separated by commas or spaces, or a sequence of names, ids or
    expressions. Raises UnknownNameError for anything else.
    """
    if wrt is None:
        return tuple(range(len(graph.input_names)))
    if isinstance(wrt, str):
        wrt = wrt.replace(",", " ").split()
    keys = list(wrt) if isinstance(wrt, Iterable) else [wrt]
    names = [n.name for n in graph.inputs]
    ids = []
    for given in keys:
        key = same_name(given, names) if isinstance(given, str) else given
        if isinstance(key, str) and key not in names:
            raise UnknownNameError(
                f"wrt names an unknown input: {key!r}",
                expected=(
                    f"one or more of {', '.join(names)}"
                    if names
                    else "nothing: the graph has no inputs"
                ),
                hint=did_you_mean(key, names),
            )
        ids.append(graph.find(key))
        if graph.nodes[ids[-1]].op != INPUT:
            raise UnknownNameError(
                "wrt names a node that is not an input",
                expected=", ".join(names),
                got=f"{key!r:.60}",
            )
    return tuple(sorted(set(ids)))


def refuse_logic(graph: Graph) -> None:
    """Raise ValueInputError for arithmetic on nothing but conditions that others read as logic.

    A condition that is moved, as by an index or a transpose, is a condition still.
    """
    kinds = set() if graph.computes_numbers else {op for op in graph.kinds if op.is_condition}
    if not kinds:
        return
    conditions = {i for i, op in enumerate(graph.ops) if op in kinds}
    for node, op in zip(graph.nodes, graph.ops, strict=True):
        if op is None or not conditions.issuperset(node.inputs):
            continue
        if op.moves:
            conditions.add(node.id)
        if op.logical:
            raise ValueInputError(
                f"{op.name} of conditions alone has no one meaning: a condition in arithmetic is 1"
                " or 0 here, NumPy, PyTorch and JAX take it for logic or refuse it",
                expected="numbers, or a number and a condition",
                hint=op.logical,
            ).at(graph.source, node.span)


def refuse_misleading(graph: Graph) -> None:
    """Raise the error of the first node of a bound graph that would teach something false."""
    if all(op.misleads is None for op in graph.kinds):
        return
    for node, op in zip(graph.nodes, graph.ops, strict=True):
        if op is not None and op.misleads is not None:
            shapes = [graph.nodes[i].shape for i in node.inputs]
            if error := op.misleads(*shapes, **node.options):
                raise error.at(graph.source, node.span)


def seed_for(graph: Graph, upstream: Any, xp: Any) -> tuple[Any, str]:
    """The gradient that the backward pass starts from, or None and a sentence saying why."""
    node = graph.nodes[graph.output]
    shape = node.shape or ()
    if not node.is_leaf and graph.op(node).is_condition:
        return (
            None,
            "The output is a condition, so there is nothing to differentiate: forward pass only.",
        )
    if upstream is not None:
        seed = to_array(upstream, "upstream", xp)
        if tuple(xp.shape(seed)) != shape:
            raise ShapeError(
                "the upstream gradient does not fit the output",
                expected=f"the output's shape, {shape}",
                got=str(tuple(xp.shape(seed))),
            )
        return seed, ""
    if all(n == 1 for n in shape):
        return xp.asarray(xp.ones(shape)), ""
    return (
        None,
        (
            f"The output is an array of the shape {shape}, not a scalar, so this is the forward"
            " pass only. For a backward pass, make a scalar of it, for example with sum(…), or give"
            " the upstream gradient as `upstream`."
        ),
    )
