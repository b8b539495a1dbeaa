"""What a notebook shows of a result, in the types of which it takes the richest it can show:
a page that plays a walk, else an image of its figure, the figure alone as an SVG, and a text.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from gradviz import api
from gradviz.errors import GradvizError
from gradviz.export.folding import fold
from gradviz.export.look import Folding
from gradviz.files import read_whole
from gradviz.graph.expression import Expression, graph_of
from gradviz.graph.graph import Graph
from gradviz.story.moments import MOMENTS
from gradviz.trace import Trace
from gradviz.trace.findings import Diagnosis
from gradviz.trace.pair import PairTrace
from gradviz.trace.panels import PanelWalk
from gradviz.trace.plots import Plot
from gradviz.trace.run import Run
from gradviz.trace.walks import Walk

TEXT: Final = "text/plain"
PICTURE: Final = "image/svg+xml"
PAGE: Final = "text/html"

MOST_NODES: Final = 150
"""A graph of more is drawn with its scopes folded, or not at all: a cell is to answer at once."""
MOST_STEPS: Final = 60
"""A walk of more steps is shown as a picture, not as a page."""
LONGEST: Final = 2_000
"""The characters of a text."""


def bundle(thing: Any) -> dict[str, str]:
    """A result by MIME type; its text always, which also says why there is no picture or page."""
    found = {TEXT: _text(thing)}
    if not _takes_pictures():
        return found
    try:
        found.update(_displays(thing))
    except (GradvizError, OSError) as error:  # OSError: no room for the file of a picture
        said = error.what if isinstance(error, GradvizError) else error
        found[TEXT] += f"\nNot everything can be shown: {said}."
    if PICTURE in found:  # a notebook that is not trusted shows no SVG but as an image
        found.setdefault(PAGE, _image(found[PICTURE], found[TEXT]))
    return found


def _takes_pictures() -> bool:
    """Whether who asks shows more than texts, as IPython in a terminal does not."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is None or shell.display_formatter.active_types != [TEXT]


def _text(thing: Any) -> str:
    text = (thing.says if isinstance(thing, Diagnosis) else "") or repr(thing)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _displays(thing: Any) -> Iterator[tuple[str, str]]:
    """The picture of a result, and its page where it has one."""
    if isinstance(thing, Diagnosis):
        _check_size(thing.trace)
        yield PICTURE, _svg(thing, slide="none", without=("header", "formula"))
        figure = _svg(thing, only="graph")
        said = "".join(f"<p>{escape(line)}</p>" for line in thing.says.splitlines())
        yield PAGE, said + _image(figure, thing.says)
    elif isinstance(thing, Run):
        figure = _svg(api.plot(thing))
        yield PICTURE, figure
        yield from _page(thing, figure, view="training")
    elif isinstance(thing, Graph | Expression):
        graph = thing if isinstance(thing, Graph) else graph_of(thing)
        yield PICTURE, _svg(_folded(graph), only="graph")
    elif isinstance(thing, Walk):
        walk = _folded(thing) if isinstance(thing, Trace) else _check_size(thing)
        figure = _svg(walk, only="graph")
        yield PICTURE, figure
        if not isinstance(walk, Plot):
            yield from _page(walk, figure)
    else:
        yield PICTURE, _of_frame(thing)


def _of_frame(frame: Any) -> str:
    """The picture of a frame: of a step, or of a moment at which nothing is at work."""
    walk = _check_size(frame.story.walk if hasattr(frame.story, "walk") else frame.trace)
    moment = getattr(frame, "moment", None)
    return _svg(walk, step=moment if moment in MOMENTS else frame.number, only="graph")


def _page(walk: Walk | Run, figure: str, **options: Any) -> Iterator[tuple[str, str]]:
    """The page of a walk that is short enough for one."""
    if len(walk) <= MOST_STEPS:
        yield PAGE, api.page(walk, **options).frame(_image(figure, repr(walk)))


def _folded(subject: Any) -> Any:
    """A trace or a graph, with its scopes folded if it has too many nodes. Raises what
    `_check_size` raises.
    """
    if len(subject.trace.graph.args if isinstance(subject, Trace) else subject.args) > MOST_NODES:
        subject, _ = fold(subject, Folding(depth=1))
    return _check_size(subject)


def _check_size(subject: Any) -> Any:
    """The subject. Raises GradvizError if its figure is a graph of too many nodes."""
    if isinstance(subject, PanelWalk):
        for walk in subject.walks:
            _check_size(walk)
        return subject
    if isinstance(subject, Graph):
        graph = subject
    elif isinstance(subject, PairTrace):
        graph = subject.union.graph
    elif isinstance(subject, Trace):
        graph = subject.graph
    else:
        return subject
    if len(graph.args) > MOST_NODES:
        raise GradvizError(
            f"{len(graph.args):,} nodes are too many to draw as soon as they are shown;"
            ' gv.render(…, "walk.svg") takes its time'
        )
    return subject


def _svg(subject: Any, **options: Any) -> str:
    with TemporaryDirectory() as folder:
        (file,) = api.render(subject, Path(folder) / "figure.svg", **options).files
        return read_whole(file).decode()


def _image(figure: str, alt: str) -> str:
    data = b64encode(figure.encode()).decode("ascii")
    return f'<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}">'
