"""Drawing a trace or a graph into files: choosing frames and files, and writing all or none."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import index
from os import PathLike
from pathlib import Path
from typing import Any, Final, NamedTuple

from gradviz.errors import FileError, UnknownNameError, ValueInputError, did_you_mean
from gradviz.export import formats
from gradviz.export.drawing import Drawing, Listing, Subject, parts, sample, written
from gradviz.export.folding import fold, fold_to_fit
from gradviz.export.formats import Format
from gradviz.export.look import AUTO, Folding, Frames, Look, Windowing
from gradviz.export.narrowing import narrowed
from gradviz.export.safety import check_place, write_files
from gradviz.export.windows import opened, turned_over
from gradviz.files import Data, as_path
from gradviz.fonts.others import using
from gradviz.layout.cards import LIMIT
from gradviz.limits import Way, fitting, too_large
from gradviz.options import changed, names, taken
from gradviz.progress import each
from gradviz.scene import views
from gradviz.scene.hidden import is_question, moment_of
from gradviz.scene.themes import theme
from gradviz.story.languages import speaking
from gradviz.story.moments import MOMENTS
from gradviz.story.steps import step_numbers
from gradviz.trace import Trace
from gradviz.trace.cells import CellTrace, foresee
from gradviz.trace.walks import Walk, is_graph_walk

PATTERN: Final = re.compile(r"\{k(?::(0?\d{0,2}))?\}")
"""The step's number in a file name, padded with zeros as in `{k:02}`."""

MOST_NAMED: Final = 6
"""So many steps are named where others are expected."""
MOST_PICTURES: Final = 2_000
"""More pictures than this are not begun at once."""

NEEDS_RUN: Final = ("hide", "paths")
"""The options of drawings that mean nothing without values."""

OPTIONS: Final = (Frames, Look, Folding, Windowing)
"""The options of a drawing."""


QUESTION: Final = "question"
"""What the name of a file ends with whose answer has a file of its own."""

ALONE: Final = (
    "A {suffix} file shows the figure alone; --slide none adds the sentence and the formula."
)


class Rendered(NamedTuple):
    """The files that were written, and notes about the pictures, such as folded scopes."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def render(
    subject: Subject,
    path: str | Path,
    *,
    force: bool = False,
    inputs: Collection[Path] = (),
    listing: Listing | None = None,
    **options: Any,
) -> Rendered:
    """Draw a walk (a trace, or an op cell by cell) or a graph without values into files.

    path     a file, whose suffix says the format; a folder, for one SVG per frame; or a pattern
             such as `out/step-{k:02}.png`, for one file per frame. A missing folder is created if
             its parent exists.
    force    also overwrite a file that gradviz did not write.
    inputs   files that are read and must not be overwritten.
    listing  writes a run in JavaScript, for pages that compute.
    options  the fields of `OPTIONS`. A graph that is too large for a picture is folded as far as
             needed, steps then being counted in what is drawn, or a window of it is drawn; a note
             says so.

    The files are written whole, and all of them or none. Raises FileError (for fonts too),
    UnknownNameError (suffix, theme, the name of an option), ValueInputError (steps, options that
    the format does not respect), LayoutError, and for a scope that does not exist UnknownNameError.
    """
    wanted, look = taken(Frames, options), taken(Look, options)
    folding, windowing = taken(Folding, options), taken(Windowing, options)
    _check_names(options)
    place = Place.of(path)
    fonts = using(_font_files(place.format, look), sample(subject, look))
    with speaking(look.language), fonts, written(subject, look):
        return _rendered(subject, place, (wanted, look, folding, windowing), force, inputs, listing)


def _font_files(form: Format, look: Look) -> list[str | PathLike[str]]:
    """The font files of a drawing, those of its theme last. Raises what `theme` raises."""
    if "fonts" not in form.draws:
        return []
    return [*look.fonts, *(theme(look.theme).fonts if look.theme != AUTO else ())]


def _rendered(
    subject: Subject,
    place: Place,
    options: tuple[Frames, Look, Folding, Windowing],
    force: bool,
    inputs: Collection[Path],
    listing: Listing | None,
) -> Rendered:
    """What `render` does, after its options were read and its fonts chosen."""
    wanted, look, folding, windowing = options
    subject, notes = fold(subject, folding)
    draws_graph = "graph" in place.format.draws
    if draws_graph and not windowing:
        subject, further = fold_to_fit(subject)
        notes += further
    _check_look(place.format, look, parts(subject)[1])
    look, further = _framed(place.format, look)
    notes += further
    _check_turns(place, wanted, look)
    wanted, look = _of_path(place.format, wanted, look)
    frames, window = _frames(subject, place, wanted), None
    if draws_graph and not (place.format.windows and turned_over(subject, windowing, look)):
        some = not isinstance(wanted.steps, str) or wanted.steps != "all"
        chosen = wanted.step is not None or (wanted.steps is not None and some)
        window, frames, further = opened(subject, windowing, look, frames, chosen=chosen)
        notes += further
    elif windowing:
        raise ValueInputError(
            f"{place.format.suffix} holds the whole graph, so it has no window",
            expected="a picture",
            got=f"around={windowing.around}" if windowing.around else f"hops={windowing.hops}",
        )
    if look.template is not None:
        inputs = [*inputs, Path(look.template)]
    drawing = Drawing(subject, look, window, listing)
    place.format.check(drawing)
    _check_said(look, frames)
    frames = drawing.turns(frames, laid_out=draws_graph)
    divided = place.parts(frames, drawing.total)
    for file in divided:
        check_place(file, place.format.is_ours, force=force, inputs=inputs)
    contents: dict[Path, Data] = {}
    for file, shown in each("files drawn", divided.items()):
        contents |= place.format.files(drawing, shown, file)
    for file in contents:
        if file not in divided:  # it belongs to one that is ours or not there
            is_ours = partial(_is_beside, file, divided)
            check_place(file, is_ours, force=force, inputs=inputs)
    write_files(contents)
    return Rendered(tuple(contents), (*notes, *drawing.notes))


def _framed(form: Format, look: Look) -> tuple[Look, tuple[str, ...]]:
    """The options, with the graph alone where a format shows no more unasked, and a note of it."""
    said = Look.of("page", "said") if "page" in form.draws else Look.of("page")
    if not form.alone or set(said) & changed(look).keys():
        return look, ()
    notes = (ALONE.format(suffix=form.suffix),) if "page" in form.draws else ()
    return replace(look, only="graph"), notes


def _is_beside(file: Path, divided: Collection[Path], content: bytes) -> bool:
    """Whether a file goes with one that is there, or was written by its own format."""
    known = {suffix for form in formats.every() for suffix in form.suffixes}
    own = file.suffix in known and formats.of(file).is_ours(content)
    return own or any(map(Path.exists, divided))


def _of_path(form: Format, wanted: Frames, look: Look) -> tuple[Frames, Look]:
    """The one moment at which paths are shown; and a branch, whose steps are wanted, in the
    spotlight. Raises ValueInputError for paths at other moments.
    """
    if look.paths is None:
        if wanted.branch is not None and not look.spotlight and "spotlight" in form.options:
            look = replace(look, spotlight=(wanted.branch,))
        return wanted, look
    if wanted not in (Frames(), Frames(step="final")):
        raise ValueInputError(
            "paths are shown at the end of a run, where every gradient is known",
            expected="no choice of steps, or step final",
            got=wanted.narrowed,
        )
    return Frames(step="final"), look


def _check_said(look: Look, frames: Sequence[Any]) -> None:
    """Raise ValueInputError for words to a step that is not drawn; a page may begin with the state
    before the first.
    """
    for k in look.sayings:
        if k not in frames and k != 0 and frames:
            raise ValueInputError(
                f"words are given for step {k}, which is not drawn",
                expected="a step that is, or a choice of steps with it",
                got=f"say {k}={look.sayings[k]:.40}",
            )


def _check_names(unknown: Collection[str]) -> None:
    """Raise UnknownNameError for arguments that are not options."""
    for name in unknown:
        raise UnknownNameError(
            f"a drawing has no option {name}",
            expected=", ".join(names(*OPTIONS)),
            hint=did_you_mean(name, names(*OPTIONS)),
        )


@dataclass(frozen=True)
class Place:
    """Where the frames go: into one file, or one per frame, in a folder or named by a pattern."""

    path: Path
    format: Format
    is_folder: bool

    @classmethod
    def of(cls, path: str | Path) -> Place:
        """Read a path. Raises UnknownNameError for an unknown suffix."""
        text, path = str(path), as_path(path)
        if not text:
            raise ValueInputError(
                "the output has no name", expected="a file, a folder or a pattern"
            )
        try:
            folder = text.endswith(("/", os.sep)) or path.is_dir()
        except OSError as error:
            raise FileError(
                f"{path.name:.60} cannot be written", where=text, got=error.strerror or error
            ) from None
        if folder:
            return cls(path, formats.of(Path("step.svg")), True)
        return cls(path, formats.of(path), False)

    @property
    def several(self) -> bool:
        """Whether every frame gets its own file."""
        return self.is_folder or PATTERN.search(self.path.name) is not None

    def parts(self, frames: Sequence[Any], total: int) -> dict[Path, Sequence[int]]:
        """The frames of each file.

        frames   steps, or one moment (`gradviz.story.moments`), some with a question.

        Raises ValueInputError for several frames in a file that holds one.
        """
        if frames and (self.several or len(frames) == 1):
            return {self._named(k, total): [k] for k in frames}
        if self.is_folder:
            return {self.path / f"graph{self.format.suffix}": frames}
        if self.several:
            raise ValueInputError(
                "a graph without values has no steps to number",
                got=str(self.path),
                hint="give values, or omit {k}",
            )
        if len(frames) > 1 and self.format.holds == "frame":
            raise ValueInputError(
                f"{len(frames)} frames do not fit into one {self.format.suffix} file",
                where=str(self.path),
                expected="one step, a folder, or a name with {k}",
                hint=(
                    f"{self.path.with_name(self.path.stem + '-{k:02}' + self.path.suffix)}, or"
                    f" {_or(f.suffix for f in formats.every() if f.holds in ('either', 'frames'))}"
                ),
            )
        return {self.path: frames}

    def _named(self, shown: Any, total: int) -> Path:
        """The file of one frame."""
        k, path = moment_of(shown), self.path
        if self.is_folder:
            name = k if k in MOMENTS else f"step-{k:0{len(str(total))}}"
            path = path / f"{name}{self.format.suffix}"
        else:
            number = (lambda _: k) if k in MOMENTS else (lambda found: f"{k:{found[1] or ''}}")
            path = path.with_name(PATTERN.sub(number, path.name))
        is_apart = self.several and is_question(shown)
        return path.with_stem(f"{path.stem}-{QUESTION}") if is_apart else path


def _frames(subject: Subject, place: Place, wanted: Frames) -> Sequence[Any]:
    """The steps to draw, or one moment; none for a graph without values. Raises ValueInputError."""
    form, step, steps, chosen = place.format, wanted.step, wanted.steps, wanted.chosen
    some = chosen or bool(wanted.narrowed)
    if form.holds == "run" and (some or place.several):
        raise ValueInputError(
            f"{form.suffix} holds the whole run", expected="one file, without a choice of steps"
        )
    _, walk = parts(subject)
    if walk is not None and not is_graph_walk(walk):
        _check_inside(walk, form, wanted)
    if walk is None:
        return _none(form, chosen=some)
    last = len(walk)
    if step in MOMENTS:
        return [step]
    single = form.holds in ("frame", "either")
    kept = narrowed(walk, wanted)
    if step is not None or (single and not (chosen or place.several)):
        last = kept[-1] if wanted.narrowed else last
        return _foreseen(walk, _checked(walk, [last if step is None else step]))
    if isinstance(steps, str):
        steps = step_numbers(steps, last)
    asked = _checked(walk, range(min(1, last), last + 1) if steps is None else steps)
    if wanted.narrowed:
        asked = _within(asked, kept, wanted)
    if wanted.every == "node":
        asked = _last_of_each_node(walk.trace, asked)
    if form.windows or not is_graph_walk(walk) or len(walk.trace.graph.nodes) <= LIMIT:
        _foresee(form, asked)  # a larger graph is refused by its layout, which says more
    return _foreseen(walk, asked)


def _none(form: Format, *, chosen: bool) -> Sequence[int]:
    """The frames of a graph without values: none. Raises ValueInputError if some are asked for."""
    if chosen or not form.bare:
        lacks = "steps to choose from" if chosen else f"run to write as {form.suffix}"
        raise ValueInputError(
            f"a graph without values has no {lacks}", hint="give a value for every input"
        )
    return ()


def _within(asked: list[int], kept: Sequence[int], wanted: Frames) -> list[int]:
    """Those of the steps that are kept. Raises ValueInputError if none is."""
    found = [k for k in asked if k in set(kept)]
    if found:
        return found
    some = ", ".join(map(str, kept[:MOST_NAMED])) + (", …" * (len(kept) > MOST_NAMED))
    where = f"the {wanted.direction} pass" if wanted.branch is None else f"branch {wanted.branch}"
    raise ValueInputError(
        f"none of these steps belongs to {where:.60}",
        expected=f"some of its steps: {some}",
        got=f"steps {wanted.steps}" if isinstance(wanted.steps, str) else f"steps {asked!r:.60}",
    )


def _foreseen(walk: Walk, steps: list[int]) -> list[int]:
    """These steps. Raises ValueInputError for windows that are too much work."""
    if isinstance(walk, CellTrace):
        foresee(walk, [k for k in steps if k])
    return steps


def _check_inside(walk: Walk, form: Format, wanted: Frames) -> None:
    """Raise ValueInputError for options that a walk inside a node does not have."""
    if not form.inside:
        raise ValueInputError(
            f"figures of {walk.kind} are not graphs, so {form.suffix} cannot hold them",
            expected=f"one of {', '.join(f.suffix for f in formats.every() if f.inside)}",
            hint="gradviz show … --json prints them as data" if form.suffix == ".json" else "",
        )
    both = getattr(walk, "walks", (walk,))
    rests = all(is_graph_walk(own) or views.has_moments(own.kind) for own in both)
    if wanted.step in MOMENTS and not rests:
        raise ValueInputError(
            f"a walk over {walk.kind} has steps only",
            expected=f"a step from 0 to {len(walk)}",
            got=f"step {wanted.step}",
        )
    if wanted.every == "node":
        raise ValueInputError(
            f"a walk over {walk.kind} has one frame per step",
            expected="every=step",
            got="every=node",
        )


def _foresee(form: Format, steps: Sequence[int]) -> None:
    """Raise ValueInputError for more pictures than are drawn at once."""
    if form.holds == "run" or len(steps) <= MOST_PICTURES:
        return
    way = Way(f"--steps {steps[0]}-{steps[MOST_PICTURES - 1]}", len(steps), lambda count: count)
    raise ValueInputError(
        too_large(
            "this many steps need",
            f"{len(steps):,} pictures",
            f"at most {MOST_PICTURES:,} are drawn at once",
            fitting([way], MOST_PICTURES),
        )
    )


def _checked(walk: Walk, steps: Any) -> list[int]:
    """The numbers of steps that exist. Raises ValueInputError."""
    try:
        given = list(steps)
        found = [] if any(isinstance(k, bool) for k in given) else [index(k) for k in given]
    except TypeError:
        found = []
    if not found:
        raise ValueInputError(
            "these are not steps",
            expected='"all", "3-9", or numbers as in range(3, 10)',
            got=f"{steps!r:.60}",
        )
    for k in found:
        if not 0 <= k <= len(walk):
            raise ValueInputError(
                f"there is no step {k}",
                expected=f"a step from 0 (the inputs only) to {len(walk)}",
                got=k,
            )
    return found


def _last_of_each_node(trace: Trace, steps: Sequence[int]) -> list[int]:
    """The steps without those after which their node sends another contribution."""

    return [
        k
        for k, after in zip(steps, [*steps[1:], None], strict=True)
        if after is None or trace.sender(k) is None or trace.sender(k) != trace.sender(after)
    ]


def _check_look(form: Format, look: Look, walk: Walk | None) -> None:
    """Raise ValueInputError for options that the format, or the walk's figures, do not respect."""
    asked = changed(look)
    both = (walk, *getattr(walk, "walks", ())) if walk is not None else ()
    kinds = [own.kind for own in both] or ["graph"]
    for name in Look.of("graph", "marks"):
        kind = next((kind for kind in kinds if name not in views.options(kind)), "")
        if name in asked and kind:
            raise ValueInputError(
                f"{name} does not apply to figures of {kind}",
                expected="the view graph",
                got=f"{name}={asked[name]}",
            )
    for name in NEEDS_RUN:
        if name in asked and walk is None:
            raise ValueInputError(
                f"{name} needs a run: a graph without values has no numbers",
                expected="a value for every input",
                got=f"{name} {asked[name]}",
            )
    if look.code and (walk is None or walk.trace.graph.code is None):
        raise ValueInputError(
            "there is no code of which a line could be lit",
            expected="FILE.py::FUNCTION, or several statements, with a value for every input",
            got="a bare graph" if walk is None else "a graph of one line, or made by other means",
        )
    if look.theme == AUTO and not form.follows:
        follow = _or(f.suffix for f in formats.every() if f.follows)
        raise ValueInputError(
            f"a {form.suffix} cannot be light or dark as its viewer prefers",
            expected=f"theme light or dark; or {follow}",
            got=f"theme={AUTO}",
        )
    if look.say and (look.only or "sentence" in look.without):
        left_out = "only graph" if look.only else "without sentence"
        raise ValueInputError(
            f"own words stand in place of the sentence, and {left_out} leaves that out",
            expected="one of the two",
        )
    for name, value in asked.items():
        if name not in form.options:
            raise ValueInputError(
                f"{name} does not apply to {form.suffix}",
                expected=f"options that it respects: {', '.join(form.options) or 'none'}",
                got=f"{name}={value}",
                hint=f"{_or(f.suffix for f in formats.every() if name in f.options)} respects it",
            )


def _check_turns(place: Place, wanted: Frames, look: Look) -> None:
    """Raise ValueInputError for options of several pictures in one file where there is one."""
    asked = [name for name in Look.of("time", "fragments") if name in changed(look)]
    if not asked:
        return
    one = wanted.step is not None or (place.format.holds == "either" and not wanted.chosen)
    if place.several or one:
        raise ValueInputError(
            f"{asked[0]} is about several steps in one file",
            expected="steps all, or some steps, and one file",
            got="one file per step" if place.several else "one step",
            hint="name one file, such as walk.svg" if place.several else "--steps all",
        )
    if len(asked) > 1:
        raise ValueInputError(
            "fragments appear when the speaker goes on, so no time is set for them",
            expected="seconds or fragments",
        )


def _or(words: Iterable[str]) -> str:
    """Words of which any will do: "a, b or c"."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
