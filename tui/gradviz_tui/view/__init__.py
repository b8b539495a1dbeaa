"""What the panes show, from a frame and a size."""
