"""The story of a transposed convolution, stamp by stamp."""
