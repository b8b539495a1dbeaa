"""Where things stand: boxes, ports and wires, before anything is drawn."""
