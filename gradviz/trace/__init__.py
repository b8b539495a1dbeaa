"""A recorded run as a plain value: its steps, the trace that holds them, and its JSON.

For other rooms:

- cells
- classes
- columns
- compared
- descent
- differences
- findings
- fold
- im2col
- io
- matrix
- neurons
- pair
- panels
- paths
- plots
- rules
- run
- saved_runs
- scalars
- stamps
- step
- trace
- training
- updates
- volumes
- walks
- ways
"""

from gradviz.trace.step import Recording, Step
from gradviz.trace.trace import Fetched, ReadOnly, Trace

__all__ = ["Fetched", "ReadOnly", "Recording", "Step", "Trace"]
