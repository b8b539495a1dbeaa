"""Where things stand: boxes, ports and wires, before anything is drawn.

For other rooms: `cards` (a graph's cards and wires, placed once), `engines` (who can place them),
`rows`, `nested` (boxes of scopes), `work` (how much work a layout is), `apart` (wires that an eye
can follow), `labels` (names beside lines), `grid` (the same on a grid of characters), `curves`, and
`text` (how wide text is).
"""
