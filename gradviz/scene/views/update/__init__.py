"""Pictures of the updates of a pass: a parameter, its gradient, and the parameter after the step."""
