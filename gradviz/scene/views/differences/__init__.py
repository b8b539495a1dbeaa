"""A numerical gradient as three tables: W, W + h, and dW as far as it is found."""
