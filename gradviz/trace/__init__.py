"""What happened, as a plain value: steps, the trace that holds them, and its JSON."""

from gradviz.trace.step import Recording, Step
from gradviz.trace.trace import Trace

__all__ = ["Recording", "Step", "Trace"]
