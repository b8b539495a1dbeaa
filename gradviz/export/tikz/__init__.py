"""Scenes as TikZ: what their items are called and look like, and which slides show each."""
