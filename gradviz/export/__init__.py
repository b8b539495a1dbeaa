"""Frames as files and text, one file a format.

For other rooms: `render` (the way to files), `formats` (one file each), `look` (the options of a
drawing), `folding` (what is folded), `classes` (what they are called), `player` and `widget` (a
page for notebooks and other pages), `safety` (what must not be overwritten), and `reports` (tables
and texts for the terminal).
"""
