"""Collapsing scopes of a graph into single cards."""
