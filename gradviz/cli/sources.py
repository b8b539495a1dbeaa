"""From the words of the command line to a trace."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradviz.cli.arguments import assignments
from gradviz.cli.passes import read_source
from gradviz.errors import ValueInputError
from gradviz.graph.declared import declared_shape
from gradviz.graph.graph import Graph, labels, unused
from gradviz.networks.loss import LABEL
from gradviz.ops.op import Shape
from gradviz.sources import EVERYTHING, Allowed, values
from gradviz.trace import Trace

if TYPE_CHECKING:
    from gradviz.engine.run import Prepared


def run_source(
    source: str,
    words: Sequence[str],
    wrt: Sequence[str],
    upstream: str | None,
    backend: str,
    dtype: str,
    weights: str | None = None,
    *,
    warn: bool = True,
) -> Trace:
    """Run SOURCE on its values, or load the saved trace that it names.

    warn  of values that nothing uses.
    """
    found = prepare_source(source, words, wrt, upstream, backend, dtype, weights, warn=warn)
    return found if isinstance(found, Trace) else found.trace()


def run_or_bare(
    source: str,
    words: Sequence[str],
    wrt: Sequence[str],
    upstream: str | None,
    backend: str,
    dtype: str,
    weights: str | None = None,
) -> Graph | Trace:
    """The run of SOURCE, or its bare graph if it needs values and none are given."""
    if words or weights or wrt or upstream is not None or backend == "exact":
        return run_source(source, words, wrt, upstream, backend, dtype, weights)
    found = read_source(source)
    if isinstance(found, Trace) or found.required:
        return found
    from gradviz.engine.run import run

    return run(found, backend=backend, dtype=dtype)


def prepare_source(
    source: str,
    words: Sequence[str],
    wrt: Sequence[str],
    upstream: str | None,
    backend: str,
    dtype: str,
    weights: str | None = None,
    allowed: Allowed = EVERYTHING,
    *,
    warn: bool = True,
) -> Trace | Prepared:
    """SOURCE with its values and options, read and checked but not yet run; or the saved trace that
    it names.

    Raises ValueInputError for what is not allowed.
    """
    from gradviz.engine.run import chosen, prepare

    graph = read_source(source, allowed)
    options = {"wrt": names(wrt), "upstream": upstream, "backend": backend, "dtype": dtype}
    if isinstance(graph, Trace):
        if words or weights or chosen(options):
            raise ValueInputError(
                "a saved trace already has its values",
                expected=(
                    "the trace alone, without NAME=VALUE, --weights, --wrt, --upstream, --backend"
                    " or --dtype"
                ),
                hint=f"run its expression again: {graph.source!r}" if graph.source else "",
            )
        return graph
    given = all_values(graph, words, weights, allowed)
    if warn:
        warn_of_unused(graph)
    seed = read_upstream(upstream, graph, given, allowed)
    _say_loss(graph, given)
    return prepare(graph, values=given, **options | {"upstream": seed})


def warn_of_unused(graph: Graph) -> None:
    """Say on standard error which values nothing uses."""
    if found := [labels(graph).get(i, "a value") for i in unused(graph)]:
        sys.stderr.write(
            f"gradviz: warning: nothing uses {' and '.join(found)}; only the last statement is"
            " differentiated\n"
        )


def _say_loss(graph: Graph, given: Mapping[str, Any]) -> None:
    """Say on standard error which loss a label adds, where that is not the network's own."""
    if LABEL in given:
        from gradviz.networks.named import note_on_loss

        if note := note_on_loss(graph):
            sys.stderr.write(f"gradviz: note: {note}\n")


def bound_source(source: str, words: Sequence[str], weights: str | None = None) -> Graph:
    """The graph of SOURCE with its shapes, declared or taken from its values; nothing is run.

    Values and weights are read all the same, so that what does not fit is refused.
    """
    graph = read_source(source)
    if isinstance(graph, Trace):
        if words or weights:
            raise ValueInputError(
                "a saved trace already has its values",
                expected="the trace alone, without NAME=VALUE or --weights",
            )
        return graph.graph
    from gradviz.engine.run import bind_graph

    return bind_graph(graph, all_values(graph, words, weights))


def names(wrt: Sequence[str]) -> str | None:
    """`--wrt`, given once or several times, as one text; None for all inputs."""
    return ",".join(wrt) if wrt else None


def all_values(
    graph: Graph, words: Sequence[str], weights: str | None, allowed: Allowed = EVERYTHING
) -> dict[str, Any]:
    """The parameters from a file of weights, and every NAME=VALUE, which takes precedence."""
    given = read_values(assignments(words), graph, allowed)
    if weights is None:
        return given
    if not allowed.files:
        raise ValueInputError("--weights reads a file, which is not allowed here")
    from gradviz.sources.weights import load_weights

    return load_weights(weights, graph) | given


def read_values(
    given: Mapping[str, str], graph: Graph, allowed: Allowed = EVERYTHING
) -> dict[str, Any]:
    """Every VALUE by name. Changes made while reading one are reported on standard error."""
    shapes = {n.name: declared_shape(n.options) for n in graph.inputs}
    return {name: _read(text, name, shapes.get(name), allowed) for name, text in given.items()}


def read_upstream(
    text: str | None, graph: Graph, given: Mapping[str, Any], allowed: Allowed = EVERYTHING
) -> Any:
    """The gradient given by --upstream, written like a VALUE, in the shape of the output."""
    if text is None:
        return None
    from gradviz.engine.run import bind_graph
    from gradviz.sources.values import symbols

    if text.startswith(symbols.PREFIX) and symbols.UPSTREAM in graph.input_names:
        raise ValueInputError(
            f"the upstream gradient would be called {symbols.UPSTREAM}, as an input is",
            expected="an input of another name, or numbers",
        )
    bound = bind_graph(graph, given) if values.needs_shape(text) else graph
    return _read(text, "upstream", bound.nodes[bound.output].shape, allowed)


def _read(text: str, name: str, shape: Shape | None, allowed: Allowed) -> Any:
    found = values.read(text, name, shape, allowed)
    if found.note:
        sys.stderr.write(f"gradviz: note: {found.note}\n")
    return found.value
