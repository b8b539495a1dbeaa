"""Templates in characters: the darker, the more positive; dashes where a weight is negative."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from gradviz.export.reports.text import HEADING, MUTED, Line
from gradviz.trace.plots.templates import Templates

SHADES: Final = {False: "·░▒▓█", True: " .+*#"}
NEGATIVE: Final = {False: "−", True: "-"}
GAP: Final = 3


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The templates side by side, as many as fit into the width."""
    content: Templates = teller.content
    columns = 2 * content.size[1]
    across = max(1, (width + GAP) // (columns + GAP))
    for start in range(0, len(content.images), across):
        images = content.images[start : start + across]
        names = content.names[start : start + across]
        yield [((" " * GAP).join(name[:columns].ljust(columns) for name in names), HEADING)]
        for i in range(content.size[0]):
            rows = (
                "".join(2 * _sign(teller, v, ascii=ascii) for v in image[i]) for image in images
            )
            yield [((" " * GAP).join(rows), "")]
        yield []
    positive = f"{' '.join(SHADES[ascii][1:])}  positive, up to {teller.said(teller.largest)}"
    yield [(f"{positive}; {NEGATIVE[ascii]} negative", MUTED)]


def _sign(teller: Any, value: float, *, ascii: bool) -> str:
    share = value / (teller.largest or 1.0)
    if share < -0.1:
        return NEGATIVE[ascii]
    return SHADES[ascii][min(4, max(0, round(4 * share)))]
