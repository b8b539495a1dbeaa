"""The story of the updates of a pass, parameter by parameter: one element is told for all."""
