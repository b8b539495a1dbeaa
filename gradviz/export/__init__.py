"""Frames as files and text, one file a format.

For other rooms: `render` (the way to files), `formats` (which there are), `drawing` and `folding`
(what is drawn), the formats `svg`, `pdf` and `dot` for those who want one picture, and `reports`
(tables and texts for the terminal).
"""
