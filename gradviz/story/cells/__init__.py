"""The story of a walk over cells."""
