"""TikZ: the same picture for a document of one's own, by `\\input`; the graph alone, as that has
titles and sentences of its own.
"""

from __future__ import annotations

from gradviz.export.formats.tex import format_of
from gradviz.export.tikz.picture import fragment

FORMAT = format_of(".tikz", fragment, alone=True)
