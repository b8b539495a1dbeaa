"""PowerPoint: native shapes and text that can be edited, one slide per step on one layout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradviz.export.drawing import Drawing
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats.slides.package import is_ours
from gradviz.export.formats.svg import made_with
from gradviz.graph.graph import labels
from gradviz.progress import each
from gradviz.scene.hidden import is_question
from gradviz.trace.panels import KEYS, PanelWalk
from gradviz.trace.walks import is_graph_walk


def _write(drawing: Drawing, frames: Sequence[Any]) -> bytes:
    """A deck of the frames. Raises what `gradviz.export.formats.slides.templates` raises."""
    from gradviz.export.formats.slides import templates
    from gradviz.export.formats.slides.compose import Composer
    from gradviz.export.formats.slides.package import Deck, Slide
    from gradviz.export.formats.slides.pictures import Pictures
    from gradviz.export.formats.slides.places import frozen, numbered
    from gradviz.export.formats.slides.words import Words, notes

    templates.library()  # before anything is drawn
    look, theme = drawing.look, drawing.theme
    given = templates.read(Path(look.template)) if look.template is not None else None
    scenes, spoken = zip(*drawing.shown(frames), strict=True)
    width, height = (max(getattr(scene, side) for scene in scenes) for side in ("width", "height"))
    zoom = scenes[0].zoom
    file = given if given is not None else templates.plain(width * zoom, height * zoom, theme)
    deck = Deck(file, width, height, theme, template=given is not None)
    of_nodes = drawing.walk is None or is_graph_walk(drawing.walk)
    words = Words(labels(drawing.graph) if of_nodes else {}, _panels(drawing))
    composer = Composer(theme, words)
    slides = [composer.shapes(s, f) for s, f in zip(scenes, spoken, strict=True)]
    slides = frozen(slides, Pictures(theme, deck.points))
    slides = slides if look.morph else numbered(slides)
    whole = [not look.hide or (look.answers and not is_question(k)) for k in frames or [0]]
    for shapes, scene, frame, told in each(
        "slides written", zip(slides, scenes, spoken, whole, strict=True), len(scenes)
    ):
        deck.add(Slide(shapes, notes(scene, frame, whole=told)), morph=look.morph)
    return deck.content(drawing.title, made_with(scenes[0].engine, scenes))


def _panels(drawing: Drawing) -> dict[str, tuple[str, dict[int, str]]]:
    """The panels of two walks side by side, see `Words`."""
    walk = drawing.walk
    if not isinstance(walk, PanelWalk):
        return {}
    both = zip(KEYS, walk.names, walk.walks, strict=True)
    return {k: (n, labels(w.trace.graph) if is_graph_walk(w) else {}) for k, n, w in both}


FORMAT = Format(
    suffixes=(".pptx",), holds="frames", draws=(*PICTURE, "slides"), write=_write, is_ours=is_ours
)
