"""Names in a picture: as mathematics, shortened where they are very long."""

from __future__ import annotations

from gradviz.scene.typeset import Setting, typeset
from gradviz.story.maths import M, latex, typst
from gradviz.story.maths.names import Sign
from gradviz.story.maths.source import Source, source

LONGEST = 22
"""The most characters of a name; a longer one ends in an ellipsis."""


def shortened(name: str) -> str:
    """A name on one line, shortened if it is too long."""
    name = " ".join(name.split())
    return name if len(name) <= LONGEST else name[: LONGEST - 1].rstrip("_") + "…"


def settings(labels: dict[int, str]) -> dict[int, tuple[Source, Setting]]:
    """The typst source and the setting of the label of each node.

    Raises ValueInputError for a name with a character that no shipped font has.
    """
    sources = {node: _source(name) for node, name in labels.items()}
    set_ = typeset(sources.values())
    return {node: (written, set_[written]) for node, written in sources.items()}


def _source(name: str) -> Source:
    short = shortened(name)
    if len(name) > LONGEST or not short.isidentifier():
        upright = rf"\text{{{latex.escape(short)}}}", f"upright({typst.quote(short)})"
        return source(Sign(short, *upright, short))
    return source(M.name(short))
