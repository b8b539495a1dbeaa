"""The named networks: one file per family registers them in `networks.catalogue`."""

FIRST = ("perceptrons", "dense", "small", "deep", "residual")
"""The order of families in lists; others follow."""
