"""Stepping into a node: composites as simpler ops, windows cell by cell."""
