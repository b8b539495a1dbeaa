"""Pictures of a convolution as a product of matrices."""
