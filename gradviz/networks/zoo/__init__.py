"""The named networks, one file a family, which enters them in `networks.catalogue`."""

FIRST = ("perceptrons", "dense", "small", "deep", "residual")
"""The order in which lists show the families; others follow."""
