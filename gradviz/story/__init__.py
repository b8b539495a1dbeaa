"""From a trace to frames: what is known at a step, its sentence and its formula."""
