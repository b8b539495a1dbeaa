"""Scenes as native slides: what the format `pptx` is made of.

`shapes` are what a slide holds, `marks` their XML. `compose` makes them from scenes, of which
`texts` are one part; `wires` glues connectors to them; `places` gives each name one place;
`pictures` draws formulas and heatmaps; `words` says what they show. `package` puts the slides into
a file, which starts from one of `templates`.
"""
