"""Graphs: nodes and edges, and building them from text and from Python.

For other rooms: `graph` (the graph itself), `text` (parser and writer), `expression`, `functions`
and `builder` (building one in Python), `symbols` (formulas run on the graph), `declared` (what an
input declares), `code` (the lines that it was written as), `fold` (scopes as single nodes), `skips`
(residual blocks), `cutting` (the part below a node), `window` (what is near a node), `union` (two
graphs as one) and `work` (how much a node takes).
"""
