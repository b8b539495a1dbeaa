"""Plots told: a heading, a sentence and the data of each kind, one file a kind in `kinds/`."""
