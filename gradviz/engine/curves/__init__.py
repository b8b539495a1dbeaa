"""Functions sampled for plots: curves with their slopes, surfaces, descents, histograms.

For other rooms:

- plots
"""
