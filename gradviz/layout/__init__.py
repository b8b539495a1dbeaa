"""Where things stand: boxes, ports and wires, before anything is drawn.

For other rooms:

- apart
- cards
- curves
- engines
- grid
- labels
- nested
- rows
- text
- work
"""
