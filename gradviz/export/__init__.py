"""Frames as files and text, one file a format."""
