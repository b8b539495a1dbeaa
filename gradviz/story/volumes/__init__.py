"""The story of a network as volumes, layer by layer."""
