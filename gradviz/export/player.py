"""A walk as a page that plays it, for notebooks and for pages that embed it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote

HEIGHT: Final = 640
"""The pixels that a page in another page is high."""


@dataclass(frozen=True, slots=True, repr=False)
class Player:
    """A page that plays a walk.

    text   the page: what `gv.render(…, "walk.html")` writes.
    notes  what there is to say about it, such as folded scopes.
    """

    text: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Player: a page of {len(self.text.encode()) // 1000} kB>"

    def _repr_html_(self) -> str:
        """The page in a frame of its own, which can touch nothing of the notebook."""
        return _frame(f'srcdoc="{escape(self.text)}" sandbox="allow-scripts allow-modals"')


def snippet(name: str) -> str:
    """The HTML that shows the page of a file in another page beside it; `#k=7` after the name of
    the file opens it at step 7.
    """
    return _frame(f'src="{quote(name)}" loading="lazy"')


def _frame(what: str) -> str:
    return (
        f'<iframe {what} title="A walk through a computation graph" width="100%" height="{HEIGHT}"'
        ' style="border: 0" allow="fullscreen"></iframe>'
    )
