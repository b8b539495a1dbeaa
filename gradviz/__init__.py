"""gradviz explains backpropagation by showing it: every local gradient, every product, every sum at
a branch.

The names below are loaded when they are first used. Every op is here as a function too:
`gradviz.sigmoid(x)`.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradviz import exam as exam
    from gradviz import learn as learn
    from gradviz.api import diagnose as diagnose
    from gradviz.api import fold as fold
    from gradviz.api import plot as plot
    from gradviz.api import render as render
    from gradviz.api import to_dot as to_dot
    from gradviz.engine.beside import beside as beside
    from gradviz.engine.check.check import check as check
    from gradviz.engine.curves.comparison import compare as compare
    from gradviz.engine.inside.cells import cells as cells
    from gradviz.engine.inside.enter import enter as enter
    from gradviz.engine.inside.into import into as into
    from gradviz.engine.inside.views.differences import differences as differences
    from gradviz.engine.run import compile_graph as compile  # noqa: A004, F401
    from gradviz.engine.run import run as run
    from gradviz.errors import GradvizError as GradvizError
    from gradviz.graph.expression import Expression as Expression
    from gradviz.graph.expression import inputs as inputs
    from gradviz.graph.expression import scope as scope
    from gradviz.graph.graph import Edge as Edge
    from gradviz.graph.graph import Graph as Graph
    from gradviz.graph.graph import Node as Node
    from gradviz.graph.text.parser import parse as parse
    from gradviz.networks.named import net as net
    from gradviz.sources.weights import load_weights as load_weights
    from gradviz.sources.weights import save_weights as save_weights
    from gradviz.story.frame import Frame as Frame
    from gradviz.story.walks import frame as frame
    from gradviz.trace.cells import CellStep as CellStep
    from gradviz.trace.cells import CellTrace as CellTrace
    from gradviz.trace.step import Step as Step
    from gradviz.trace.trace import Trace as Trace

__version__ = "0.1.0"

PUBLIC = {
    "CellStep": "gradviz.trace.cells:CellStep",
    "CellTrace": "gradviz.trace.cells:CellTrace",
    "Edge": "gradviz.graph.graph:Edge",
    "Expression": "gradviz.graph.expression:Expression",
    "Frame": "gradviz.story.frame:Frame",
    "GradvizError": "gradviz.errors:GradvizError",
    "Graph": "gradviz.graph.graph:Graph",
    "Node": "gradviz.graph.graph:Node",
    "Step": "gradviz.trace.step:Step",
    "Trace": "gradviz.trace.trace:Trace",
    "beside": "gradviz.engine.beside:beside",
    "cells": "gradviz.engine.inside.cells:cells",
    "check": "gradviz.engine.check.check:check",
    "compare": "gradviz.engine.curves.comparison:compare",
    "compile": "gradviz.engine.run:compile_graph",
    "diagnose": "gradviz.api:diagnose",
    "differences": "gradviz.engine.inside.views.differences:differences",
    "enter": "gradviz.engine.inside.enter:enter",
    "exam": "gradviz.exam",
    "fold": "gradviz.api:fold",
    "frame": "gradviz.story.walks:frame",
    "inputs": "gradviz.graph.expression:inputs",
    "into": "gradviz.engine.inside.into:into",
    "learn": "gradviz.learn",
    "load_weights": "gradviz.sources.weights:load_weights",
    "net": "gradviz.networks.named:net",
    "parse": "gradviz.graph.text.parser:parse",
    "player": "gradviz.api:player",
    "plot": "gradviz.api:plot",
    "render": "gradviz.api:render",
    "run": "gradviz.engine.run:run",
    "save_weights": "gradviz.sources.weights:save_weights",
    "scope": "gradviz.graph.expression:scope",
    "to_dot": "gradviz.api:to_dot",
}

__all__ = [*PUBLIC]


def __getattr__(name: str) -> Any:
    if name in PUBLIC:
        module, _, attribute = PUBLIC[name].partition(":")
        found: Any = import_module(module)
        found = getattr(found, attribute) if attribute else found
        if isinstance(found, FunctionType):
            from gradviz.calls import public

            found = public(found, f"gv.{name}")
    elif name.startswith("_") or not _is_op(name):
        raise AttributeError(f"gradviz has no {name!r}")
    else:
        from gradviz.graph.functions import function
        from gradviz.ops import get

        found = function(get(name))
    globals()[name] = found
    return found


def _is_op(name: str) -> bool:
    from gradviz.ops import known

    return known(name)


def __dir__() -> list[str]:
    from gradviz.ops import every

    return sorted([*PUBLIC, *(op.name for op in every())])
