"""Gradients checked: against exact derivatives, finite differences and the sum over all paths."""
