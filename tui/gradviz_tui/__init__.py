"""The terminal program of gradviz. Until it is here, `gradviz show` is the way to look."""
