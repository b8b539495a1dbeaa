"""A laid-out frame as plain data: characters for the terminal, shapes for pictures.

For other rooms:

- blocks
- brackets
- characters
- colours
- foot
- framing
- hidden
- images
- model
- raster
- shapes
- spotlight
- themes
- views
"""
