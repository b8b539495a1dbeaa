"""The story of a network unit by unit."""
