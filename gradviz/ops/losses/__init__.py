"""Losses, penalties and distances, and what they share."""
