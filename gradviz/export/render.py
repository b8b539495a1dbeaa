"""Drawing a trace or a graph into files: which frames, which files, and writing them whole or not
at all.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from gradviz.arrays.digits import DIGITS
from gradviz.errors import FileError, ValueInputError
from gradviz.export import formats
from gradviz.export.drawing import EDGES, Drawing, Edges, Subject
from gradviz.export.folding import fold, fold_to_fit
from gradviz.export.formats import Format
from gradviz.export.safety import check_place, write_files
from gradviz.files import Data
from gradviz.graph.graph import Graph
from gradviz.story.steps import step_numbers
from gradviz.trace import Trace
from gradviz.trace.cells import CellTrace

Every = Literal["step", "node"]
PATTERN: Final = re.compile(r"\{k(?::(0?\d{0,2}))?\}")
"""Where the step's number stands in a file's name, filled up with zeros as in `{k:02}`."""

MOST_CELL_STEPS: Final = 2_000
"""A walk over cells that is longer is drawn in parts only."""

DEFAULTS: Final = {
    "theme": "light",
    "width": None,
    "scale": 2.0,
    "digits": DIGITS,
    "engine": "auto",
    "images": (),
    "edges": "plain",
}


class Rendered(NamedTuple):
    """The files that were written, and what the pictures say about themselves, such as folded
    scopes.
    """

    files: tuple[Path, ...]
    notes: tuple[str, ...]


def render(
    subject: Subject,
    path: str | Path,
    *,
    step: int | None = None,
    steps: str | Iterable[int] | None = None,
    every: Every = "step",
    theme: str = "light",
    width: float | None = None,
    scale: float = 2.0,
    digits: int = DIGITS,
    engine: str = "auto",
    images: Iterable[str] = (),
    edges: Edges = "plain",
    depth: int | None = None,
    expand: Iterable[str] = (),
    repeats: bool = False,
    force: bool = False,
    inputs: Collection[Path] = (),
) -> Rendered:
    """Draw a trace, a graph without values, or an op cell by cell, into a file or several.

    path    a file, whose suffix says the format; a folder, for an SVG a frame; or a pattern such as
            `out/step-{k:02}.png`, for a file a frame. A folder that is not there is made if its
            parent is.
    step    the one step to draw, 0 for the inputs only.
    steps   "all", "3-9", or the steps to draw. Without either a file of one frame shows the last
            step, and several frames are all of them.
    every   "step", or "node" for a frame a node: then only its last contribution is shown.
    theme, width, scale, digits, engine, images, edges   see `gradviz.export.drawing.Drawing`.
    depth, expand, repeats   which scopes are folded, see `gradviz.graph.fold.plan.plan`. A graph
                             that is too large for a
            picture is folded as far as it takes, and a note says so; steps are counted in what is
            drawn.
    force   also replace a file that gradviz did not write.
    inputs  files that are read and must not be written over.

    The files are written whole, and all of them or none. Raises FileError, UnknownNameError
    (suffix, theme), ValueInputError (steps, options that the format does not heed), LayoutError,
    and for a scope that does not exist UnknownNameError.
    """
    place = Place.of(path)
    subject, folding = fold(subject, depth, expand, repeats)
    if "engine" in place.format.options:
        subject, further = fold_to_fit(subject)
        folding += further
    frames = _frames(subject, place, step, steps, every)
    given = {
        "theme": theme,
        "width": width,
        "scale": scale,
        "digits": digits,
        "engine": engine,
        "images": tuple(images),
        "edges": edges,
    }
    _check_options(place.format, given, cells=isinstance(subject, CellTrace))
    parts = place.parts(frames, 0 if isinstance(subject, Graph) else len(subject))
    for file in parts:
        check_place(file, place.format.is_ours, force=force, inputs=inputs)
    drawing = Drawing(subject, **given)  # type: ignore[arg-type]
    contents: dict[Path, Data] = {}
    for file, shown in parts.items():
        contents |= place.format.files(drawing, shown, file)
    for file in contents:
        if file not in parts:  # it belongs to one that is ours or not there
            check_place(file, lambda _: any(map(Path.exists, parts)), force=force, inputs=inputs)
    write_files(contents)
    return Rendered(tuple(contents), (*folding, *drawing.notes))


@dataclass(frozen=True)
class Place:
    """Where the frames go: one file, or one a frame, in a folder or by a pattern of names."""

    path: Path
    format: Format
    is_folder: bool

    @classmethod
    def of(cls, path: str | Path) -> Place:
        """Read a path. Raises UnknownNameError for a suffix of no format."""
        text, path = str(path), Path(path)
        if not text:
            raise ValueInputError(
                "there is no name to write to", expected="a file, a folder or a pattern"
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
        """Whether every frame gets a file of its own."""
        return self.is_folder or PATTERN.search(self.path.name) is not None

    def parts(self, frames: Sequence[int], total: int) -> dict[Path, Sequence[int]]:
        """The frames of each file.

        Raises ValueInputError for several frames in a file that holds one.
        """
        if self.several and frames:
            return {self._numbered(k, total): [k] for k in frames}
        if self.is_folder:
            return {self.path / f"graph{self.format.suffix}": frames}
        if self.several:
            raise ValueInputError(
                "a graph without values has no steps to number",
                got=str(self.path),
                hint="give values, or leave {k} out",
            )
        if len(frames) > 1 and self.format.holds == "frame":
            raise ValueInputError(
                f"{len(frames)} frames do not fit into one {self.format.suffix} file",
                where=str(self.path),
                expected="one step, a folder, or a name with {k}",
                hint=(
                    f"{self.path.with_name(self.path.stem + '-{k:02}' + self.path.suffix)}, or a"
                    " .pdf"
                ),
            )
        return {self.path: frames}

    def _numbered(self, k: int, total: int) -> Path:
        if self.is_folder:
            return self.path / f"step-{k:0{len(str(total))}}{self.format.suffix}"
        return self.path.with_name(
            PATTERN.sub(lambda found: f"{k:{found[1] or ''}}", self.path.name)
        )


def _frames(subject: Subject, place: Place, step: Any, steps: Any, every: str) -> Sequence[int]:
    """The steps to draw; none for a graph without values. Raises ValueInputError."""
    form, chosen = place.format, step is not None or steps is not None or every != "step"
    if every not in ("step", "node"):
        raise ValueInputError(
            "a frame is drawn for every step or for every node", expected="step or node", got=every
        )
    if step is not None and (steps is not None or every != "step"):
        raise ValueInputError(
            "step asks for one frame, steps and every ask for several", expected="one of them"
        )
    if form.holds == "run" and (chosen or place.several):
        raise ValueInputError(
            f"{form.suffix} holds the whole run", expected="one file, without a choice of steps"
        )
    if isinstance(subject, CellTrace):
        _check_cells(subject, form, steps, every, place.several or form.holds != "frame")
    if isinstance(subject, Graph):
        if chosen or not form.bare:
            lacks = "steps to choose from" if chosen else f"run to write as {form.suffix}"
            raise ValueInputError(
                f"a graph without values has no {lacks}", hint="give a value for every input"
            )
        return ()
    last = len(subject)
    if step is not None or not (chosen or place.several or form.holds != "frame"):
        return _checked(subject, [last if step is None else step])
    if isinstance(steps, str):
        steps = step_numbers(steps, last)
    asked = _checked(subject, range(min(1, last), last + 1) if steps is None else steps)
    return (
        _last_of_each_node(subject, asked)
        if every == "node" and isinstance(subject, Trace)
        else asked
    )


def _check_cells(subject: CellTrace, form: Format, steps: Any, every: str, several: bool) -> None:
    """Raise ValueInputError for what cannot be asked of a walk over cells."""
    if not form.cells:
        raise ValueInputError(
            f"figures of cells are no graphs, so {form.suffix} cannot hold them",
            expected=f"one of {', '.join(f.suffix for f in formats.every() if f.cells)}",
            hint=(
                "gradviz show … --into … --json prints them as data"
                if form.suffix == ".json"
                else ""
            ),
        )
    if every == "node":
        raise ValueInputError(
            "cells have a frame for every step only", expected="every=step", got="every=node"
        )
    if several and steps is None and len(subject) > MOST_CELL_STEPS:
        raise ValueInputError(
            f"this walk over cells has {len(subject):,} steps: too many to draw all of them",
            expected=f"a choice of steps; all of them up to {MOST_CELL_STEPS:,}",
            hint="--steps 1-20 (steps=range(1, 21))",
        )


def _checked(trace: Trace | CellTrace, steps: Any) -> list[int]:
    """The numbers of steps that exist. Raises ValueInputError."""
    try:
        given = list(steps)
        found = [] if any(isinstance(k, bool) for k in given) else [index(k) for k in given]
    except TypeError:
        found = []
    if not found:
        raise ValueInputError(
            "this names no steps",
            expected='"all", "3-9", or numbers as in range(3, 10)',
            got=f"{steps!r:.60}",
        )
    for k in found:
        if not 0 <= k <= len(trace):
            raise ValueInputError(
                f"there is no step {k}",
                expected=f"a step from 0 (the inputs only) to {len(trace)}",
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


def _check_options(form: Format, given: Mapping[str, Any], *, cells: bool) -> None:
    """Raise ValueInputError for options that the format does not heed, and for values that are
    none.
    """
    if given["edges"] not in EDGES:
        raise ValueInputError(
            "wires are drawn in one of two ways",
            expected=" or ".join(EDGES),
            got=f"{given['edges']!r:.40}",
        )
    for name in ("engine", "images", "edges") if cells else ():
        if given[name] != DEFAULTS[name]:
            raise ValueInputError(
                f"{name} has no meaning for figures of cells",
                expected="a graph",
                got=f"{name}={given[name]}",
            )
    for name, value in given.items():
        if name in form.options or value == DEFAULTS[name]:
            continue
        heeds = ", ".join(form.options) or "none"
        raise ValueInputError(
            f"{name} has no meaning for {form.suffix}",
            expected=f"options that it heeds: {heeds}",
            got=f"{name}={value}",
        )
    for name in ("width", "scale"):
        size = given[name]
        if size is not None and not (
            isinstance(size, int | float) and math.isfinite(size) and size > 0
        ):
            raise ValueInputError(
                f"this is no {name}", expected="a number above 0", got=f"{size!r:.60}"
            )
