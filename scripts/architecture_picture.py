"""Draw the way of a number, from the text that somebody types to a slide, the terminal and a key.

    python scripts/architecture_picture.py [FILE.svg]

The file is `docs/way-of-a-number.svg` by default. A test holds what it names against the code.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from gradviz.files import write_whole
from gradviz.layout.engines import graphviz
from gradviz.scene.themes import theme

ROOT: Final = Path(__file__).parents[1]
FONT: Final = "Helvetica,Arial,sans-serif"
FILE: Final = ROOT / "docs" / "way-of-a-number.svg"

STATIONS: Final = {
    "text": ("x*y + z, x = -3", "", "what somebody types"),
    "graph": ("Graph", "gradviz.graph.graph", "nodes in topological order"),
    "trace": ("Trace", "gradviz.trace.trace", "every value and contribution"),
    "frame": ("Frame", "gradviz.story.frame", "step k in words and numbers"),
    "scene": ("Scene", "gradviz.scene.model", "shapes, roles instead of colours"),
    "layout": ("CardLayout", "gradviz.layout.cards", "placed once for all steps"),
    "slide": ("slide", "", "svg, png, pdf"),
    "lines": ("CharacterScene", "gradviz.scene.characters", "the same in characters"),
    "terminal": ("terminal", "", "show, tui"),
    "key": ("key", "", "of an exam, proved twice"),
}
"""What a number passes: its name, the module that defines it, what it is."""

WAYS: Final = (
    ("text", "graph", "sources"),
    ("graph", "trace", "engine"),
    ("trace", "frame", "story"),
    ("frame", "scene", "scene"),
    ("layout", "scene", ""),
    ("trace", "layout", "layout"),
    ("scene", "slide", "export"),
    ("frame", "lines", "scene"),
    ("lines", "terminal", "export, tui"),
    ("trace", "key", "exam"),
)
"""From station to station, and the room that takes it there."""


def dot() -> str:
    """The picture in Graphviz's language."""
    colours = theme("light").colours
    ink, muted = colours["ink"], colours["muted"]
    lines = [
        'digraph { rankdir=LR bgcolor="white" nodesep=0.35 ranksep=0.55',
        f'node [shape=box style=rounded color="{muted}" fontname="{FONT}" margin="0.3,0.1"]',
        f'edge [color="{muted}" fontname="{FONT}" fontsize=11 fontcolor="{colours["hot"]}"]',
    ]
    for key, (name, _, what) in STATIONS.items():
        label = (
            f'<<FONT COLOR="{ink}" POINT-SIZE="15"><B>{name}</B></FONT><BR/>'
            f'<FONT COLOR="{muted}" POINT-SIZE="11">{what}</FONT>>'
        )
        lines.append(f'"{key}" [label={label}]')
    lines += [f'"{a}" -> "{b}" [label=" {room} "]' for a, b, room in WAYS]
    return "\n".join([*lines, "}"])


def main(file: Path = FILE) -> None:
    """Write the picture, laid out by the bundled Graphviz."""
    command = [graphviz.bundled()[0].path, "-Tsvg"]
    done = subprocess.run(command, input=dot().encode(), capture_output=True, check=True)
    write_whole(file, done.stdout)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
