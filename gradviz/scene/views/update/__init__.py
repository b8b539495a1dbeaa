"""Pictures of the updates of a pass: a parameter, its gradient, the parameter after."""
