"""A recorded run as a plain value: its steps, the trace that holds them, and its JSON.

For other rooms: `trace` and `step` (what is offered here), `walks` (what is stepped), `cells` (the
walk over an op's cells), `neurons` (that over the units of a network), `matrix` (that over a
product of a matrix and a column), `differences` (numerical gradients), `plots` (sampled functions),
`paths` (products of local gradients), `fold` (a trace of a folded graph), `columns` and `scalars`
(what runs of single numbers record) and `io` (JSON and files).
"""

from gradviz.trace.step import Recording, Step
from gradviz.trace.trace import Fetched, ReadOnly, Trace

__all__ = ["Fetched", "ReadOnly", "Recording", "Step", "Trace"]
