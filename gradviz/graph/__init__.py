"""Graphs: nodes and edges, and building them from text and from Python."""
