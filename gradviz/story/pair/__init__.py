"""The story of two runs on one graph."""
