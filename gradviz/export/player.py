"""A walk as a page that plays it, for notebooks and for pages that embed it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import quote

from gradviz.errors import GradvizError
from gradviz.export.formats.page import BEGINS, MARK
from gradviz.export.safety import check_place, write_files
from gradviz.files import as_path

HEIGHT: Final = 640
"""The pixels that a page in another page is high."""

INSTEAD: Final = "<p>A page that plays a walk: a notebook shows it once it is trusted.</p>"


@dataclass(slots=True, repr=False)
class Player:
    """A page that plays a walk.

    text   the page: what `gv.render(…, "walk.html")` writes.
    notes  what there is to say about it, such as folded scopes.
    """

    text: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Player: a page of {len(self.text.encode()) // 1000} kB>"

    def _refuse(self, *_: object) -> NoReturn:
        raise GradvizError(
            "the step and the inputs of a player belong to a widget",
            expected='a notebook, with pip install "gradviz-explainer[jupyter]"',
        )

    step = inputs = property(_refuse, _refuse, doc="Of a widget; here they raise GradvizError.")

    def _repr_html_(self) -> str:
        """The page in a frame of its own, which can touch nothing of the notebook."""
        return self.frame()

    def frame(self, instead: str = INSTEAD) -> str:
        """The page in such a frame. `instead` is the HTML that stands there where frames are taken
        out, as notebooks do that are not trusted.
        """
        what = f'srcdoc="{escape(self.text)}" sandbox="allow-scripts allow-modals"'
        return _frame(what, instead)

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the page into a file, whole or not at all. Raises FileError, also for a file that
        gradviz did not write unless `force` is set.
        """
        place = as_path(path)
        check_place(place, lambda data: data.startswith(BEGINS + MARK), force=force, inputs=())
        write_files({place: self.text})
        return place


def snippet(name: str) -> str:
    """The HTML that shows the page of a file in another page beside it; `#k=7` after the name of
    the file opens it at step 7.
    """
    return _frame(f'src="{quote(name)}" loading="lazy"')


def _frame(what: str, instead: str = "") -> str:
    return (
        f'<iframe {what} title="A walk through a computation graph" width="100%" height="{HEIGHT}"'
        ' style="border: 0" allow="fullscreen">'
        f"{instead}</iframe>"
    )
