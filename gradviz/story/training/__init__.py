"""Training runs told pass by pass."""
