"""HTML: a page that plays the walk, in one file."""

from __future__ import annotations

from typing import Final

from gradviz.export.formats import Format
from gradviz.export.formats.page import BEGINS, MARK, page

FORMAT: Final = Format(
    suffixes=(".html", ".htm"),
    holds="frames",
    draws=("colours", "fonts", "numbers", "names", "classes", "graph", "marks", "said"),
    write=page,
    is_ours=lambda data: data.startswith(BEGINS + MARK),
    bare=False,
    embeds=True,
    windows=True,
)
