"""A laid-out frame as plain data: characters for the terminal, shapes for pictures."""
