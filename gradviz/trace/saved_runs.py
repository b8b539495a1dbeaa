"""Training runs as JSON, format `gradviz.run/1`: large arrays in an `.npz` beside it.

source, graph   what is minimised, as in a trace; `predicts` the node that predicts, or null.
trained, fixed  the parameters by name with their first values; the other inputs that are given.
data            the samples, or null; `feeds`: what each input takes of them.
settings        how it was trained, see `gradviz.trace.run.Run`.
losses          one for every pass that was done.
kept            at: numbers of updates; weights and state: a row for each.
checksum        SHA-256 of the losses and of what is kept.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np

from gradviz.arrays import for_backend
from gradviz.errors import FileError, GradvizError, TraceFormatError
from gradviz.files import read_whole, write_all, write_whole
from gradviz.graph.graph import Graph
from gradviz.trace.io.files import Archive, Arrays, arrays_path
from gradviz.trace.io.graphs import rebuild_graph
from gradviz.trace.io.json import code_of, nodes_of
from gradviz.trace.io.plain import Decoder, compact, encode, is_reference, named
from gradviz.trace.io.schema import ArraysRow, GraphRow, Id, Row
from gradviz.trace.run import COLUMN, Data, Kept, Run

SCHEMA: Final = "gradviz.run/1"
Made = TypeVar("Made", bound=Run)
Array = Any
FEATURES: Final = re.compile(r"x(:[1-9]\d{0,8}(x[1-9]\d{0,8})*)?")


class DataRow(Row, frozen=True):
    """Samples; arrays are plain data or stand in the `.npz`."""

    name: str
    x: Array
    t: Array = None
    classes: list[str] = msgspec.field(default_factory=list)
    columns: list[str] = msgspec.field(default_factory=list)
    target: str = ""
    test_x: Array = None
    test_t: Array = None
    source: str = ""


class KeptRow(Row, frozen=True):
    """What is kept."""

    at: Array
    weights: Array
    state: dict[str, Array] = msgspec.field(default_factory=dict)


class SettingsRow(Row, frozen=True):
    """How a run is trained."""

    optimizer: str
    lr: float
    passes: int
    batch: int
    seed: int
    every: int
    options: dict[str, float] = msgspec.field(default_factory=dict)
    schedule: str = "constant"
    l1: float = 0.0
    l2: float = 0.0
    clip_value: float | None = None
    clip_norm: float | None = None
    rates: list[tuple[int, float]] = msgspec.field(default_factory=list)


class RunRow(Row, frozen=True):
    """A whole document."""

    schema: str
    source: str
    graph: GraphRow
    trained: dict[str, Array]
    settings: SettingsRow
    losses: Array
    kept: KeptRow
    checksum: str
    predicts: Id | None = None
    fixed: dict[str, Array] = msgspec.field(default_factory=dict)
    data: DataRow | None = None
    feeds: dict[str, str] = msgspec.field(default_factory=dict)
    stopped: str = ""
    notes: list[str] = msgspec.field(default_factory=list)
    arrays: ArraysRow | None = None


def is_run(data: bytes) -> bool:
    """Whether a file begins as a saved run."""
    return f'"schema": "{SCHEMA.partition("/")[0]}/'.encode() in data[:200]


def save(run: Run, path: Path) -> None:
    """Write a run and its arrays: both files or neither. Raises FileError."""
    check_path(path)
    arrays = Arrays()
    text = dumps(run, arrays) + "\n"
    if arrays.found:
        write_all({arrays_path(path): arrays.npz, path: text})
    else:
        write_whole(path, text)


def check_path(path: Path) -> None:
    """Raise FileError for a place where no run can be saved: better before it is trained."""
    if path.suffix == ".npz":
        raise FileError(
            "a run is JSON text; only its large arrays go to a .npz",
            where=str(path),
            expected="a name such as run.json",
            hint=str(path.with_suffix(".json")),
        )
    if not path.parent.is_dir():
        raise FileError(
            f"{path.name} cannot be written: its folder does not exist",
            where=str(path),
            expected="a folder that exists",
            got=str(path.parent),
            hint=f"create it first: mkdir -p {path.parent}",
        )
    if path.is_dir():
        raise FileError("this is a folder, not a file", where=str(path), expected="run.json")


def dumps(run: Run, arrays: Arrays | None = None) -> str:
    """The run as JSON; large arrays go to `arrays`, all stand inline by default."""
    xp = for_backend()

    def put(key: str, value: Any) -> Any:
        value = np.asarray(value)
        return (arrays and arrays.store(value, key)) or encode(xp, value)

    def table(key: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: put(f"{key}/{name}", value) for name, value in values.items()}

    data, graph = run.data, _bound(run)
    start = run.apart(run.kept.weights[0])
    parts: dict[str, Any] = {
        "predicts": run.output,
        "trained": table("trained", start),
        "fixed": table("fixed", run.fixed),
        "data": None if data is None else _data(data, put),
        "feeds": dict(run.feeds),
        "settings": {
            k: named(run.settings[k]) for k in SettingsRow.__struct_fields__ if k in run.settings
        },
        "notes": list(run.notes),
        "stopped": run.stopped,
        "losses": put("losses", run.losses),
        "kept": {
            "at": put("kept/at", np.array(run.kept.at, dtype=np.int64)),
            "weights": put("kept/weights", run.kept.weights),
            "state": table("kept/state", run.kept.state),
        },
        "checksum": checksum(run.losses, run.kept),
    }
    if arrays is not None and (digest := arrays.sha256()):
        parts["arrays"] = {"sha256": digest}
    nodes = nodes_of(graph, arrays)
    entries = [
        f'"schema": {compact(SCHEMA)}',
        f'"source": {compact(run.source)}',
        f'"graph": {{"nodes": {nodes}, "output": {graph.output}{code_of(graph)}}}',
        *(f"{compact(key)}: {compact(value)}" for key, value in parts.items()),
    ]
    return "{" + ",\n ".join(entries) + "}"


def _bound(run: Run) -> Graph:
    """The graph with the shapes of all samples."""
    shapes = {name: tuple(np.shape(v)) for name, v in run.fixed.items()} | dict(run.shapes)
    if run.data is not None:
        shapes |= {name: tuple(run.data.part(feed).shape) for name, feed in run.feeds.items()}
    return run.graph.bind(shapes)


def _data(data: Data, put: Callable[[str, Any], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": data.name,
        "classes": list(data.classes),
        "columns": list(data.columns),
        "target": data.target,
        "source": data.source,
    }
    for name in ("x", "t", "test_x", "test_t"):
        value = getattr(data, name)
        found[name] = None if value is None else put(f"data/{name}", value)
    return found


def checksum(losses: Any, kept: Kept) -> str:
    """The SHA-256 of losses and of what is kept, the same on every machine."""
    digest = hashlib.sha256()
    for array in (losses, np.array(kept.at), kept.weights, *kept.state.values()):
        digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return digest.hexdigest()


def load(path: Path, made: type[Made]) -> Made:
    """Read a saved run. Raises FileError if it cannot be read, TraceFormatError if it is none."""
    text, archive = read_whole(path), Archive(arrays_path(path))
    try:
        return loads(text, made, archive)
    except TraceFormatError as error:
        place = error.where if isinstance(error.where, str) else ""
        error.where = f"{path}: {place}" if place else str(path)
        raise


def loads(text: bytes | str, made: type[Made], archive: Archive | None = None) -> Made:
    """The run of a text that `dumps` wrote. Raises TraceFormatError."""
    try:
        row = msgspec.json.decode(text, type=RunRow)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise TraceFormatError(
            "this is not a saved run, or it is damaged",
            expected=f"a document {SCHEMA}, whole, as gradviz learn -o writes it",
            got=str(error),
            hint="save or copy the file again",
        ) from None
    if row.schema != SCHEMA:
        raise TraceFormatError(
            "this run was written by another gradviz", expected=SCHEMA, got=row.schema[:60]
        )
    fetch = None if archive is None else archive.expecting(row.arrays.sha256 if row.arrays else "")
    try:
        return _Reader(row, fetch).run(made)
    except TraceFormatError:
        raise
    except (GradvizError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TraceFormatError("this saved run does not fit together", got=error) from None


class _Reader:
    def __init__(self, row: RunRow, fetch: Any) -> None:
        self.row, self.fetch = row, fetch
        self.decode = Decoder(for_backend(), fetch)

    def array(self, data: Any, where: str, dtype: Any = np.float64) -> Any:
        """An array of plain data or of the `.npz`."""
        if is_reference(data):
            if self.fetch is None:
                raise TraceFormatError("this run keeps its arrays in a file beside it", where=where)
            found = np.asarray(self.fetch(data["npz"]))
        else:
            found = np.array(_numbers(data, where))
        if found.dtype.kind not in "fiub":
            raise TraceFormatError("these are not numbers", where=where)
        return found.astype(dtype)

    def run(self, made: type[Made]) -> Made:
        """The run, checked."""
        row = self.row
        graph = rebuild_graph(row, self.fetch)  # type: ignore[arg-type]
        start = {n: self.array(v, f"trained.{n}") for n, v in row.trained.items()}
        shapes = {n: tuple(v.shape) for n, v in start.items()}
        size = sum(math.prod(s) for s in shapes.values())
        at = self.array(row.kept.at, "kept.at", np.int64).ravel()
        kept = Kept(
            [int(k) for k in at],
            self.array(row.kept.weights, "kept.weights").reshape(len(at), size),
            {
                n: self.array(v, f"kept.state.{n}").reshape(len(at), size)
                for n, v in row.kept.state.items()
            },
        )
        losses = self.array(row.losses, "losses").ravel()
        self._check(kept, losses)
        settings = {f: getattr(row.settings, f) for f in SettingsRow.__struct_fields__}
        if not settings["rates"]:
            del settings["rates"]
        found = made(
            graph=graph,
            output=row.predicts,
            trained=tuple(start),
            shapes=shapes,
            fixed={n: self._fixed(graph, n, v) for n, v in row.fixed.items()},
            data=None if row.data is None else self._data(row.data),
            feeds=row.feeds,
            settings=settings,
            losses=losses,
            kept=kept,
            stopped=row.stopped,
            notes=tuple(row.notes),
        )
        self._check_names(found)
        return found

    def _check(self, kept: Kept, losses: Any) -> None:
        ascending = kept.at == sorted(set(kept.at))
        if not kept.at or not ascending or kept.at[0] != 0 or kept.at[-1] != len(losses):
            raise TraceFormatError(
                "the parameters that are kept do not belong to these losses",
                where="kept.at",
                expected=f"numbers of updates from 0 to {len(losses)}",
                got=str(kept.at[:4]),
            )
        if checksum(losses, kept) != self.row.checksum:
            raise TraceFormatError(
                "the numbers of this run are not those that were saved",
                where="checksum",
                expected=self.row.checksum[:12] + "…",
                got=checksum(losses, kept)[:12] + "…",
                hint="the file is damaged or was changed: train again, or copy it again",
            )

    def _check_names(self, run: Run) -> None:
        names = {n.name for n in run.graph.inputs}
        given = [*run.trained, *run.fixed, *run.feeds]
        feeds = {"t", f"t{COLUMN}", *(run.data.columns if run.data else ())}
        s = run.settings
        count = 0 if run.data is None else len(run.data)
        fits = (
            sorted(given) == sorted(names)
            and all(feed in feeds or FEATURES.fullmatch(feed) for feed in run.feeds.values())
            and bool(run.feeds) == (run.data is not None)
            and (run.output is None or run.output < len(run.graph.nodes))
            and (s["batch"] >= 1 if count else True)
            and min(s["passes"], s["every"]) >= 1
            and s["seed"] >= 0
            and _ascending([done for done, _ in s.get("rates", ())])
        )
        if not fits:
            raise TraceFormatError("the parts of this run do not fit together", where="feeds")

    def _fixed(self, graph: Graph, name: str, data: Any) -> Any:
        whole = graph.find(name) in graph.index_leaves | graph.label_leaves
        found = self.array(data, f"fixed.{name}")
        return found.astype(np.int64) if whole and (found == np.floor(found)).all() else found

    def _data(self, row: DataRow) -> Data:
        labels = np.int64 if row.classes else np.float64

        def part(name: str, dtype: Any = np.float64) -> Any:
            value = getattr(row, name)
            return None if value is None else self.array(value, f"data.{name}", dtype)

        found = Data(
            row.name,
            part("x"),
            part("t", labels),
            tuple(row.classes),
            tuple(row.columns),
            row.target,
            part("test_x"),
            part("test_t", labels),
            row.source,
        )
        if found.x.ndim < 2 or (found.t is not None and len(found.t) != len(found.x)):
            raise TraceFormatError("the samples do not line up", where="data")
        return found


def _ascending(counts: list[int]) -> bool:
    return counts == sorted(set(counts)) and all(k >= 0 for k in counts)


def _numbers(data: Any, where: str) -> Any:
    """Nested lists with the names of NaN and infinities as numbers."""
    if isinstance(data, list):
        return [_numbers(v, where) for v in data]
    if isinstance(data, str):
        names = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
        if data not in names:
            raise TraceFormatError("this is not a number", where=where, got=f"{data!r:.40}")
        return names[data]
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise TraceFormatError("this is not a number", where=where, got=f"{data!r:.40}")
    return data
