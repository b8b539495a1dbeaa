"""Mathematics as a tree, and its writers."""
