"""A graph's forward and backward pass as the text of a program: `javascript`, with which a page
computes it anew for other inputs.
"""

from __future__ import annotations

from gradviz.trace import Trace


def in_javascript(trace: Trace) -> str:
    """A run as a program in JavaScript, see `gradviz.engine.listing.javascript`, which is loaded
    only here.
    """
    from gradviz.engine.listing.javascript import program

    return program(trace)
