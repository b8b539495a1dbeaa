"""A graph's forward and backward pass as the text of a program: `javascript`, with which a page
computes it anew for other inputs.
"""
