"""LaTeX: a Beamer document of TikZ pictures that compiles by itself, with a slide for each frame.

Images stand in files of their own beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradviz.export.drawing import Drawing
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats.svg import made_with
from gradviz.export.tikz.items import Items
from gradviz.export.tikz.picture import MARK, document
from gradviz.files import Data
from gradviz.scene.model import Scene

Source = Callable[[Sequence[Scene], Items, Sequence[str]], str]


@dataclass(frozen=True)
class TikzFile(Format):
    """A format of TikZ pictures, whose text `source` writes."""

    source: Source = document

    def files(self, drawing: Drawing, frames: Sequence[int], path: Path) -> Mapping[Path, Data]:
        """The text, and the images in it."""
        text, images = _written(self.source, drawing, frames, path.stem)
        return {path: text} | {path.with_name(name): image for image, name in images.items()}


def _written(
    source: Source, drawing: Drawing, frames: Sequence[Any], stem: str
) -> tuple[str, dict[bytes, str]]:
    """The text, and the images with their names."""
    scenes = drawing.scenes(list(frames))
    items = Items(drawing.theme, scenes[0].stroke, stem)
    about = drawing.title, ", ".join([MARK, *made_with(scenes[0].engine, scenes)])
    return source(scenes, items, about), items.images


def format_of(suffix: str, source: Source, **more: Any) -> TikzFile:
    """A format of TikZ pictures."""
    return TikzFile(
        suffixes=(suffix,),
        holds="frames",
        draws=PICTURE,
        write=lambda drawing, frames: _written(source, drawing, frames, "picture")[0],
        is_ours=lambda data: data.startswith(b"% ") and f"\n% {MARK}".encode() in data[:1000],
        source=source,
        **more,
    )


FORMAT = format_of(".tex", document)
