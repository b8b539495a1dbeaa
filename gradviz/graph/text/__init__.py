"""Graphs as text: the parser, the writer, and advice on slips."""
