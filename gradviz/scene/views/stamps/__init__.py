"""Pictures of a transposed convolution, stamp by stamp."""
