"""How a screen is divided at a step, so that its equation and its node are shown whole."""

from __future__ import annotations

from gradviz_tui.view.areas import LEAST_NODE, Areas, shared
from gradviz_tui.view.step import Words


def divided(words: Words, width: int, height: int, least: int = 0) -> Areas:
    """The parts of a screen at a step, with at least so many rows of words."""
    usual = shared(width, height)
    if not usual.fits:
        return usual
    rows, most = usual.words - 1, usual.most - 1
    if usual.beside:
        rows, most = usual.above, usual.most - LEAST_NODE
    needed = len(words.step(usual.step).lines(rows, most))
    if usual.node and not usual.beside:
        needed = max(needed, len(words.node(usual.node).lines(rows, most)))
    return shared(width, height, max(needed, least))
