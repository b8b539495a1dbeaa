"""What listens to keys: the walk, and what opens over it."""
