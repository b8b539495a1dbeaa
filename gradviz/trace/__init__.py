"""A recorded run as a plain value: its steps, the trace that holds them, and its JSON.

For other rooms: `trace` and `step` (what is offered here), `walks` (what is stepped), `cells` (the
walk over an op's cells), `im2col` (the same as a product of matrices), `stamps` (that over a
transposed convolution stamp by stamp), `neurons` (that over the units of a network), `matrix` (that
over a product of a matrix and a column), `volumes` (that over the layers of a convolutional
network), `differences` (numerical gradients), `pair` (two runs on one graph), `panels` (two walks
side by side), `compared` (how their arrays differ), `findings` (what is found out about claimed
numbers), `plots` (sampled functions), `paths` (products of local gradients), `ways` (the same from
unit to unit and from entry to entry), `fold` (a trace of a folded graph), `classes` (their names,
checked), `columns` and `scalars` (what runs of single numbers record), `rules` and `updates` (how
parameters change after a pass), `descent` (the walk over these updates), `run` and `saved_runs`
(training runs, and their files), `training` (the walk over the passes of one) and `io` (JSON and
files).
"""

from gradviz.trace.step import Recording, Step
from gradviz.trace.trace import Fetched, ReadOnly, Trace

__all__ = ["Fetched", "ReadOnly", "Recording", "Step", "Trace"]
