"""Finding the layers of a network in its graph: a chain of weighted sums and activations.

A layer is recognised by what its ops declare, not by their names: a product of a signal and of
weights (`combine="products"` without a window, or numbers times numbers, added up), a bias that is
added, and an activation that makes each value from its own sum.
"""
