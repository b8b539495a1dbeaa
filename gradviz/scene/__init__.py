"""A laid-out frame as plain data: characters for the terminal, shapes for pictures.

For other rooms: `model` (what a scene is), `views` (frames as scenes, one folder for each kind of
picture), `framing` and `foot` (what stands around them), `characters`, `brackets`, `blocks` and
`shapes` (what they are made of), `hidden` (numbers left out), `images` and `raster` (pixels),
`themes` and `colours`.
"""
