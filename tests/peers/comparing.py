"""One case: the peer's value and gradients, ours, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import gradviz as gv
from gradviz.errors import GradvizError, UnknownNameError
from gradviz.graph.builder import Builder
from gradviz.ops import get
from tests.peers.counting import Case, Compared, Verdict

Pull = Callable[[Any], Sequence[Any]]
"""Upstream gradient to the gradients of the differentiated operands; None for one of zeros."""
Theirs = Callable[[], tuple[Any, Pull]]
Ours = Callable[[Any], tuple[Any, Sequence[Any]]]
"""Upstream gradient to the value and the gradients; None asks for the value alone."""


def compare(
    name: str,
    operands: Sequence[Any],
    theirs: Theirs,
    ours: Ours,
    *,
    close: float = 1e-9,
    options: Mapping[str, Any] | None = None,
) -> Case:
    """The verdict on a case; both sides are pulled back by the same random upstream gradient.

    `options` of ours are kept for reasons of differences to look at.
    """
    try:
        value, pull = theirs()
        upstream = np.random.default_rng(7).normal(size=np.shape(value))
        expected = (np.asarray(value), [np.asarray(0 if g is None else g) for g in pull(upstream)])
    except Exception as error:
        return Case(name, Verdict.NOT_RUN, _brief(error))
    try:
        result = ours(upstream)
    except Exception as error:
        return Case(name, refusal(error), _brief(error))
    detail = difference(result, expected, close)
    if not detail:
        return Case(name, Verdict.PASS)
    return Case(name, Verdict.WRONG, detail, Compared(operands, result, expected, options or {}))


def refusal(error: Exception) -> Verdict:
    """What an error of ours means: anything but one of gradviz's own is a fault."""
    if isinstance(error, UnknownNameError):
        return Verdict.NO_OP
    return Verdict.REFUSED if isinstance(error, GradvizError) else Verdict.WRONG


def _brief(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:120]


def difference(
    ours: tuple[Any, Sequence[Any]], theirs: tuple[Any, Sequence[Any]], close: float
) -> str:
    """Where the two differ by more than `close` of the largest element; "" if nowhere."""
    pairs = [(ours[0], theirs[0]), *zip(ours[1], theirs[1], strict=True)]
    for place, (mine, peer) in enumerate(pairs):
        what = f"gradient {place - 1}" if place else "value"
        mine, peer = np.asarray(mine, float), np.asarray(peer, float)
        if place and not peer.shape:
            peer = np.broadcast_to(peer, mine.shape)  # zeros, which a peer leaves out
        if mine.shape != peer.shape:
            return f"{what}: shape {mine.shape}, the peer has {peer.shape}"
        finite = np.abs(peer[np.isfinite(peer)])
        scale = max(float(finite.max(initial=0)), 1e-3)
        if not np.allclose(mine, peer, rtol=0, atol=close * scale, equal_nan=True):
            return f"{what}: {_shown(mine)}, the peer has {_shown(peer)}"
    return ""


def _shown(value: Any) -> str:
    return " ".join(np.array2string(value, precision=6, threshold=6, edgeitems=2).split())


def by_op(
    name: str,
    operands: Sequence[Any],
    options: Mapping[str, Any],
    upstream: Any,
    slots: Sequence[int] | None = None,
) -> tuple[Any, list[Any]]:
    """The value of one op and the gradients of the operands in `slots`, through the engine.

    All that can be differentiated by default; None as the upstream gradient asks for the value.
    """
    builder, op = Builder(), get(name)
    nodes = [builder.input(f"x{i}") for i in range(len(operands))]
    graph = builder.graph(builder.apply(name, nodes, dict(op.options) | dict(options)))
    if slots is None:
        shapes = [np.shape(v) for v in operands]
        slots = [i for i in range(len(operands)) if op.has_gradient(i, shapes, options)]
    return _run(graph, {f"x{i}": v for i, v in enumerate(operands)}, slots, upstream)


def by_graph(
    graph: Any, operands: Mapping[str, Any], upstream: Any, wrt: Sequence[str]
) -> tuple[Any, list[Any]]:
    """The value of a text or an expression, and the gradients of the operands named in `wrt`."""
    names = list(operands)
    return _run(graph, operands, [names.index(n) for n in wrt], upstream)


def _run(
    graph: Any, values: Mapping[str, Any], slots: Sequence[int], upstream: Any
) -> tuple[Any, list[Any]]:
    names = list(values)
    wrt = [names[i] for i in slots]
    if upstream is None or not wrt:
        program = gv.compile(graph)
        return program.value(values=values), []
    trace = gv.run(graph, values=values, wrt=wrt, upstream=upstream)
    return trace.value(trace.graph.output), [trace.gradient(n) for n in wrt]
