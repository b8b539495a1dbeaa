"""Markdown: a page for course sites, with the picture, sentence and formulas of each step and a
table of values and gradients. The pictures are SVG files in a folder beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gradviz.arrays.digits import typeset
from gradviz.errors import ValueInputError
from gradviz.export.drawing import Drawing, Told
from gradviz.export.formats import PICTURE, Format
from gradviz.export.formats.svg import FORMAT as SVG
from gradviz.export.markdown import code, display, escape, inline, picture, table
from gradviz.export.reports.plain import runs_of
from gradviz.files import Data
from gradviz.graph.graph import CONSTANT, labels
from gradviz.progress import each
from gradviz.scene.hidden import Asked, hidden, is_question, moment_of
from gradviz.scene.model import Scene
from gradviz.story.formula import Formula
from gradviz.story.frame import Story
from gradviz.story.languages import say
from gradviz.story.maths import latex
from gradviz.story.moments import MOMENTS
from gradviz.story.values import as_typed, briefly
from gradviz.story.walks import WalkFrame
from gradviz.trace.walks import Walk, is_of_one_run

MARK: Final = "<!-- A page of a walk, made by gradviz -->"
FOLDER: Final = "_files"
"""What the name of the folder of pictures ends with, as for Quarto and Jupyter."""
ANSWER: Final = "**Answer**"
LONGEST_TITLE, LONGEST_LINE = 80, 60
"""Characters of a heading, and of a formula on one line."""
NOT_IN_TEXT: Final = ("page",)
"""Of what pictures draw: a page of text has no slide around them."""


class Page(Format):
    """The format of pages, whose pictures are files of their own."""

    def check(self, drawing: Drawing) -> None:
        """Raise ValueInputError for hidden numbers without answers: the page tells them all."""
        if drawing.look.hide and not drawing.look.answers:
            raise ValueInputError(
                "a page tells every number in words, so it hides none for good",
                expected="answers too: each step is asked, then answered",
                got=f"hide {', '.join(drawing.look.hide):.60}",
            )

    def files(self, drawing: Drawing, frames: Sequence[Any], path: Path) -> Mapping[Path, Data]:
        """The pictures, and last the page that shows them."""
        folder = f"{path.stem}{FOLDER}"
        shown = _with_pictures(drawing, frames)
        names = {k: f"{folder}/{_name(k, drawing.total)}{SVG.suffix}" for k in shown}
        pictures: dict[Path, Data] = {
            path.parent / name: SVG.write(drawing, [] if k is None else [k])
            for k, name in each("pictures written", names.items())
        }
        return pictures | {path: _written(drawing, frames, names)}


def _with_pictures(drawing: Drawing, frames: Sequence[Any]) -> Sequence[Any]:
    """The frames that have a picture; None for a graph without values."""
    every = frames if drawing.walk is not None else [None]
    return {"each": every, "last": every[-1:], "none": []}[drawing.look.pictures]


def _name(shown: Any, total: int) -> str:
    if shown is None:
        return "graph"
    k = moment_of(shown)
    name = str(k) if k in MOMENTS else f"step-{k:0{len(str(total))}}"
    return f"{name}-question" if is_question(shown) else name


def _written(drawing: Drawing, frames: Sequence[Any], names: Mapping[Any, str]) -> str:
    return "\n\n".join([MARK, *_page(drawing, frames, names)]) + "\n"


def _page(drawing: Drawing, frames: Sequence[Any], names: Mapping[Any, str]) -> Iterator[str]:
    """The paragraphs of the page."""
    walk = drawing.walk
    title = _title(drawing)
    yield f"# {escape(title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE] + '…')}"
    if walk is None:
        yield from _source(drawing)
        yield from _picture(drawing.shown([])[0], names.get(None))
        return
    yield from _source(drawing)
    yield from _inputs(drawing, walk)
    heading = title
    for k in each("steps told", frames):
        scene, frame = _frame(drawing, k, drawn=k in names)
        assert frame is not None
        if isinstance(k, Asked) and k.answered:
            yield ANSWER
        else:
            yield from _headings(frame, heading)
        heading = frame.heading
        if scene is not None:
            yield from _picture(Told(scene, frame), names.get(k))
        yield from _told(frame)
    if walk.trace.note:
        yield escape(walk.trace.note)
    if _is_whole(walk, frames):
        yield from _results(walk, drawing.look.digits)


def _frame(drawing: Drawing, k: Any, *, drawn: bool) -> tuple[Scene | None, WalkFrame | None]:
    """A frame as it is told, and its picture if it has one."""
    look = drawing.look
    if drawn or look.hide or look.paths is not None:
        return drawing.shown([k])[0]
    return None, drawing.story.frame(k)


def _title(drawing: Drawing) -> str:
    """The title on one line; a plot may be called as what it plots."""
    source, colon, inside = " ".join(drawing.title.split()).partition(": ")
    return source if inside in (source, "") else f"{source}{colon}{inside}"


def _source(drawing: Drawing) -> Iterator[str]:
    """The text of the graph, or the lines of its code, unless the title is the same."""
    known = drawing.graph.code
    lines = [text for _, text in known.lines] if known is not None else []
    text = "\n".join(lines) or drawing.graph.source.strip()
    if text and (len(text) > LONGEST_TITLE or not drawing.title.startswith(text)):
        yield code(text)


def _inputs(drawing: Drawing, walk: Walk) -> Iterator[str]:
    """The values that each run was given, but for those that are asked for."""
    digits, graph = drawing.look.digits, drawing.graph
    asked = hidden(graph, labels(graph), drawing.look.hide, given=False)
    for run, trace in runs_of(walk).items():
        rows = []
        for name, value in trace.inputs().items():
            if (graph.find(name), "value") in asked:
                continue
            said = as_typed(trace.xp, value, trace.dtype, digits).removeprefix("= ")
            rows.append((escape(name), escape(typeset(said))))
        if rows:
            value = say("value in {run}", run=escape(run)) if run else say("value")
            yield table((say("input"), value), rows)


def _headings(frame: WalkFrame, before: str) -> Iterator[str]:
    """The heading of a frame where it changes, and how far the walk is."""
    if not before.endswith(frame.heading):
        yield f"## {escape(frame.heading)}"
    if frame.progress and frame.total:
        yield f"### {escape(frame.progress[0].upper() + frame.progress[1:])}"
    elif frame.progress:  # a plot, which is told as a whole
        yield escape(frame.progress)


def _picture(told: Told, name: str | None) -> Iterator[str]:
    if name is None:
        return
    scene, frame = told
    description = scene.description
    if frame is not None:  # the sentence stands below
        description = description.removeprefix(f"{frame.sentence} {frame.note}".strip()).strip()
    yield picture(f"{scene.title}. {description}".strip(), name)


def _told(frame: WalkFrame) -> Iterator[str]:
    """What is said of a step: its sentence, its formulas, how a gradient adds up."""
    if frame.strange:
        yield f"**{say('Attention:')}** {escape(frame.sentence)}"
    elif frame.sentence:
        yield escape(frame.sentence)
    formula = frame.formula
    while formula is not None:
        yield display(_alone(formula), together=_is_short(formula))
        if "·" in formula.shapes:
            yield say("Shapes: {shapes}.", shapes=escape(formula.shapes))
        if formula.remark:
            yield escape(formula.remark)
        formula = formula.then
    yield from _added(frame)
    if frame.note and frame.note not in frame.sentence:
        yield escape(frame.note)


def _alone(formula: Formula) -> Sequence[str]:
    """The lines of an equation without those of one that goes on from its result."""
    further = 0 if formula.then is None else len(formula.then.latex)
    return formula.latex[: len(formula.latex) - further]


def _is_short(formula: Formula) -> bool:
    """Whether an equation has room on one line."""
    whole = " ".join(formula.alone)
    return "\n" not in whole and len(whole) <= LONGEST_LINE


def _added(frame: WalkFrame) -> Iterator[str]:
    """How a gradient at a branch has grown: `1 of 2 paths: 0 + 2 → 2`, then the whole sum."""
    branch, added = frame.branch, frame.accumulation
    if branch is None:
        return
    left = latex.write(branch.left)
    if branch.is_complete and branch.written is not None:
        yield say("All {of} paths are in:", of=branch.of)
        yield display([f"{left} = {latex.write(branch.written)}"])
    elif added is not None:
        yield say("{arrived} of {of} paths are in:", arrived=branch.arrived, of=branch.of)
        yield display([rf"{left}\colon\; {latex.write(added.written)}"])


def _is_whole(walk: Walk, frames: Sequence[Any]) -> bool:
    """Whether the frames end where every value and gradient of a run is known."""
    trace, last = walk.trace, moment_of(frames[-1])
    if last in MOMENTS:
        return bool(last == "final")
    is_last = last == len(walk) and walk.trace_step(last) >= trace.pass_steps
    return bool(is_last and is_of_one_run(walk))


def _results(walk: Walk, digits: int) -> Iterator[str]:
    """Every node with its rule, its value and its gradient."""
    story = Story(walk.trace, digits)
    trace = story.trace
    rows = []
    for node in trace.graph.nodes:
        if node.op == CONSTANT and not node.name:
            continue
        rule = say("given")
        if not node.is_leaf:
            rule = inline(latex.write(story.rules.forward(node.id).rule))
        gradient = None if node.id in trace.graph.index_leaves else trace.gradients[node.id]
        said = "–" if gradient is None else briefly(trace.xp, gradient, "alt", digits)
        cells = (story.labels[node.id], story.rules.alone(node.id, "alt"), said)
        name, value, slope = map(escape, cells)
        rows.append((name, rule, value, slope))
    yield f"## {say('Values and gradients')}"
    yield table((say("name"), say("rule"), say("value"), say("gradient")), rows)


FORMAT = Page(
    suffixes=(".md",),
    holds="frames",
    draws=(*(group for group in PICTURE if group not in NOT_IN_TEXT), "pictures"),
    write=lambda drawing, frames: _written(drawing, frames, {}),
    is_ours=lambda data: data.startswith(MARK.encode()),
    alone=True,
)
