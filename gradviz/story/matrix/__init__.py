"""The story of W · x + b = s, row by row."""
