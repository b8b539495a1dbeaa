"""Traces as JSON and as files."""
