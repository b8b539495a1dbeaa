"""The fast algorithms behind convolution and pooling on NumPy and CuPy."""
