"""Plots: axes with ticks, curves, areas and contours, and labels that stand clear of them."""
