"""Scenes as native slides: what the format `pptx` is made of.

`shapes` are what a slide holds, `marks` their XML; `compose` makes them from scenes, `wires` glues
connectors to them, `pictures` draws formulas and heatmaps, `words` says what they show, and
`package` puts the slides into a file.
"""
