"""The picture of two runs on one graph: each card has the numbers of both."""
