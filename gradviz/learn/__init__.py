"""Learning: from a gradient to a trained network.

`gv.learn(source, data=…)` trains and gives a `Run` (`gradviz.trace.run`), the trace of a training
run, any pass of which it opens as a trace, with its parameters, its scores and the gradients of
each sample.

For other rooms:

- data
- fits
- histograms
- learning
- live
- losses
- planes
- problem
- replay
- scores
- templates
- training
- viewpoints
- views
- ways
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """The room is a call too: `gv.learn(…)`."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        from gradviz.calls import public
        from gradviz.learn.learning import learn

        return public(learn, "gv.learn")(*args, **named)

    @property
    def __signature__(self) -> Any:
        """That of the call."""
        from inspect import signature

        from gradviz.learn.learning import learn

        return signature(learn, eval_str=True)

    @property
    def Run(self) -> Any:
        """The class of runs: `gv.learn.Run.load("run.json")`."""
        from gradviz.learn.learning import Run

        return Run


sys.modules[__name__].__class__ = _Callable
