"""The picture of a walk over cells."""
