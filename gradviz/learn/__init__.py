"""Learning: from a gradient to a trained network.

`gv.learn(source, data=…)` trains and gives a `Run` (`gradviz.trace.run`), the trace of a training
run. For other rooms: `learning` (the public call), `replay` (any pass of a run as a trace, its
parameters, the gradients of each sample; one step of descent after any trace), `scores` (loss and
accuracy on all samples), `data` (the data sets), `problem` (what a source and data are to learn)
and `training` (the loop).
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


sys.modules[__name__].__class__ = _Callable
