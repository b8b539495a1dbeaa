"""Long traces of single numbers: nodes and steps as columns, beside the text that describes them.

What follows from the columns is not kept: the forward steps are the computed nodes in order, an
upstream gradient is what the target's gradient came to, `before` is the source's so far.
"""
