"""Plots in characters, one file for each kind of content.

Each declares `lines(teller, width, *, ascii)`; `canvas` is what they are drawn on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from gradviz import plugins
from gradviz.export.reports.text import Line


def lines(teller: Any, width: int, *, ascii: bool) -> Iterator[Line]:
    """The lines of a plot's content."""
    made = plugins.entry(__name__, teller.content.form).lines
    return cast(Iterator[Line], made(teller, width, ascii=ascii))
