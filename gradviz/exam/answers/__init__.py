"""The forms that an answer can have."""
