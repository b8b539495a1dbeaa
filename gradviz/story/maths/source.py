"""The source of a formula in a picture: typst, and what it was written from."""

from __future__ import annotations

from gradviz.story.maths import latex, typst
from gradviz.story.maths.names import Sign
from gradviz.story.maths.tree import Maths, Painter, unpainted

Piece = Maths | Sign
"""A part of an equation, or a sign or a space between parts."""


class Source(str):
    """Typst maths that remembers its pieces, for formats that set formulas by other means."""

    pieces: tuple[Piece, ...] = ()

    def latex(self, paint: Painter = unpainted) -> str:
        """The formula in LaTeX's maths mode."""
        return in_latex(self.pieces, paint)


def source(*pieces: Piece, paint: Painter = unpainted) -> Source:
    """Pieces, one after the other on one line, whose numbers `paint` colours in typst."""
    texts = (p.typst if isinstance(p, Sign) else typst.write(p, paint) for p in pieces)
    made = Source(" ".join(texts).replace("\n", " "))
    made.pieces = pieces
    return made


def in_latex(pieces: tuple[Piece, ...], paint: Painter = unpainted) -> str:
    """Pieces in LaTeX, one after the other."""
    texts = (p.latex if isinstance(p, Sign) else latex.write(p, paint) for p in pieces)
    return " ".join(texts)


def in_typst(pieces: tuple[Piece, ...]) -> str:
    """Pieces in typst, one after the other."""
    return " ".join(p.typst if isinstance(p, Sign) else typst.write(p) for p in pieces)
