"""Graphs: nodes and edges, and building them from text and from Python.

For other rooms:

- builder
- code
- cutting
- declared
- expression
- fold
- functions
- graph
- skips
- symbols
- text
- union
- window
- work
"""
