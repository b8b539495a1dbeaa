"""Pictures of a network unit by unit."""
