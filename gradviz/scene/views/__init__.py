"""What a frame looks like, one folder per kind of picture."""
