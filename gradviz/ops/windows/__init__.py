"""Ops whose window slides over an image, and the geometry of such windows."""
