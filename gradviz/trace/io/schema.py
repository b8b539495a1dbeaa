"""The form of `gradviz.trace/1`, checked with msgspec before anything is built from it."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec

from gradviz.errors import Span, TraceFormatError, did_you_mean
from gradviz.files import clean_all
from gradviz.trace.io import SCHEMA

Id = Annotated[int, msgspec.Meta(ge=0)]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
ShapeRow = Annotated[
    list[Size], msgspec.Meta(max_length=64)
]  # NumPy's arrays have at most so many axes


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object with these keys and no others."""


class NodeRow(Row, frozen=True):
    """A node of the graph."""

    id: Id
    op: str
    name: str
    inputs: list[Id]
    options: dict[str, Any]
    shape: ShapeRow
    scope: str


class CodeRow(Row, frozen=True):
    """The code of the graph: its numbered lines, and the place of nodes in it."""

    lines: list[tuple[Id, str]]
    places: dict[str, tuple[Id, Id, Id, Id]]
    name: str = ""


class GraphRow(Row, frozen=True):
    """The graph; earlier documents have neither `outputs` nor `code`."""

    nodes: Annotated[list[NodeRow], msgspec.Meta(min_length=1)]
    output: Id
    outputs: list[Id] | None = None
    code: CodeRow | None = None


class EdgeRow(Row, frozen=True):
    """An edge."""

    source: Id
    target: Id
    slot: Id


class ForwardRow(Row, frozen=True, tag_field="kind", tag="forward"):
    """A forward step."""

    node: Id


class SeedRow(Row, frozen=True, tag_field="kind", tag="seed"):
    """The seed step."""

    node: Id


class ContributeRow(Row, frozen=True, tag_field="kind", tag="contribute"):
    """A contribute step; its values are still plain data."""

    edge: EdgeRow
    upstream: Any
    local: Any
    contribution: Any
    before: Any
    after: Any
    summed: list[Id] = []


class StateRow(Row, frozen=True):
    """What an optimiser keeps for a parameter, before and after a step."""

    before: dict[str, Any] = {}
    after: dict[str, Any] = {}


class UpdateRow(Row, frozen=True, tag_field="kind", tag="update"):
    """An update step; its values are still plain data. `name`, `shape` and `gradient` are those of
    a parameter inside a folded scope, which is then the node.
    """

    node: Id
    before: Any
    after: Any
    state: StateRow = StateRow()
    name: str = ""
    shape: ShapeRow = []
    gradient: Any = None


class RuleRow(Row, frozen=True):
    """How every parameter is changed."""

    name: str
    words: str
    lines: list[list[str]]
    numbers: dict[str, Any] = {}
    symbols: dict[str, str] = {}


class UpdatesRow(Row, frozen=True):
    """What the updates of a pass share."""

    rule: RuleRow
    loss: Annotated[list[Any], msgspec.Meta(min_length=2, max_length=2)]
    promised: Any
    number: Annotated[int, msgspec.Meta(ge=1)] = msgspec.field(default=1, name="pass")
    passes: Annotated[int, msgspec.Meta(ge=1)] = 1
    history: list[tuple[int, Any]] = []


class ArraysRow(Row, frozen=True):
    """The `.npz` that belongs to a document."""

    sha256: str


class DocumentRow(Row, frozen=True):
    """What the two forms of a document share; earlier ones have no `seeds` and no `arrays`."""

    schema: str
    source: str
    backend: str
    dtype: str
    wrt: list[Id]


class TraceRow(DocumentRow, frozen=True):
    """A document that lists nodes and steps one by one."""

    graph: GraphRow
    values: dict[str, Any]
    gradients: dict[str, Any]
    steps: list[ForwardRow | SeedRow | ContributeRow | UpdateRow]
    note: str = ""
    seeds: list[Any] | None = None
    updates: UpdatesRow | None = None
    arrays: ArraysRow | None = None


class KindRow(Row, frozen=True):
    """What many nodes have in common. `value` of a constant is `{"column": NAME}` where each of
    these nodes takes the next entry of that column.
    """

    op: str
    options: dict[str, Any]
    operands: Annotated[int, msgspec.Meta(ge=0, le=2**31)]
    scope: str = ""


class NodeColumns(Row, frozen=True):
    """The nodes as columns: the kind of each, the operands of all in a row, the constants."""

    count: Size
    kinds: Annotated[list[KindRow], msgspec.Meta(min_length=1)]
    kind: Any
    operands: Any
    floats: Any
    integers: Any
    names: dict[str, str]


class ColumnsGraphRow(Row, frozen=True):
    """The graph."""

    nodes: NodeColumns
    output: Id
    outputs: list[Id]


class GradientColumns(Row, frozen=True):
    """The gradients: of which nodes, and their values."""

    node: Any
    value: Any


class ContributeColumns(Row, frozen=True):
    """The contribute steps. Their `upstream` and `before` are what earlier steps left."""

    count: Size
    source: Any
    target: Any
    slot: Any
    local: Any
    contribution: Any
    after: Any


class StepColumns(Row, frozen=True):
    """The steps: how many forward steps, a node each; the node of the seed step; the rest."""

    forward: Id
    seed: Id | None
    contribute: ContributeColumns


class ColumnsRow(DocumentRow, frozen=True):
    """A document of a long trace of single numbers: each column is a list, or stands in the
    `.npz`.
    """

    graph: ColumnsGraphRow
    values: Any
    gradients: GradientColumns
    seeds: list[Any]
    steps: StepColumns
    note: str = ""
    arrays: ArraysRow | None = None


MAY_BE_UNSAFE = re.compile(rb"\\u|\x7f|\xc2[\x80-\x9f]|\xe2[\x80\x81]|\xef\xbf")
"""What the JSON of text that `gradviz.files.clean` changes holds; most traces hold none."""

TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def read(text: str | bytes) -> TraceRow | ColumnsRow:
    """A document of the right form. Raises TraceFormatError, with the place, for anything else."""
    document = _parsed(text)
    _check_schema(document)
    graph = document.get("graph")
    is_columns = isinstance(graph, dict) and isinstance(graph.get("nodes"), dict)
    try:
        if is_columns:
            return msgspec.convert(document, ColumnsRow)
        return msgspec.convert(document, TraceRow)
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from None


def _parsed(text: str | bytes) -> Any:
    try:
        data = text.encode() if isinstance(text, str) else bytes(text).removeprefix(b"\xef\xbb\xbf")
        readable = data.decode()
    except UnicodeError as error:
        raise TraceFormatError(
            "this is not a trace: it is not text",
            where=f"byte {getattr(error, 'start', 0) + 1}",
            expected="JSON in UTF-8",
            hint="give the .json file, not the .npz or a picture",
        ) from None
    try:
        found = msgspec.json.decode(data)
        return clean_all(found) if MAY_BE_UNSAFE.search(data) else found
    except RecursionError:
        raise TraceFormatError(
            "this is not a trace: its brackets are nested too deeply",
            expected="a trace, as Trace.save writes it",
        ) from None
    except msgspec.DecodeError as error:
        raise _no_json(str(error), data, readable) from None


def _no_json(why: str, data: bytes, readable: str) -> TraceFormatError:
    if "truncated" in why:
        return TraceFormatError(
            (
                "this is not a trace: the text ends before its JSON does"
                if data.strip()
                else "this is not a trace: it is empty"
            ),
            expected="a whole file, as Trace.save writes it",
            got=f"{len(data):,} bytes",
            hint="the file was cut off: save or copy it again",
        )
    found = re.search(r"\(byte (\d+)\)", why)
    place = len(data[: int(found[1])].decode(errors="ignore")) if found else 0
    return TraceFormatError(
        "this is not a trace: it is not JSON",
        where=(readable, Span(place, place + 1)) if found else "",
        expected="JSON",
        got=re.sub(r"^JSON is malformed: | \(byte \d+\)| - at .*", "", why),
        hint="Trace.save and `gradviz trace` write such files",
    )


def _check_schema(document: Any) -> None:
    schema = document.get("schema") if isinstance(document, dict) else None
    if not isinstance(schema, str):
        kind = (
            f"an object with the keys {', '.join(list(document)[:6])}"
            if isinstance(document, dict)
            else ("a list" if isinstance(document, list) else f"{document!r:.40}")
        )
        raise TraceFormatError(
            "this JSON is not a trace", expected=f'an object with "schema": "{SCHEMA}"', got=kind
        )
    if schema == SCHEMA:
        return
    kind, number = SCHEMA.split("/")
    newer = re.fullmatch(rf"{re.escape(kind)}/([1-9][0-9]{{0,8}})", schema)
    if newer and int(newer[1]) > int(number):
        raise TraceFormatError(
            "this trace was written by a newer gradviz",
            expected=SCHEMA,
            got=schema,
            hint="update gradviz",
        )
    raise TraceFormatError(
        "this file is not a trace",
        where="schema",
        expected=SCHEMA,
        got=schema[:60],
        hint=did_you_mean(schema[:60], [SCHEMA]),
    )


def _malformed(message: str) -> TraceFormatError:
    """msgspec's message in our own words."""
    what, _, place = message.partition(" - at `$")
    where = place.rstrip("`").lstrip(".") or "the document"
    if kinds := re.fullmatch(r"Expected `(.+?)`, got `(.+?)`", what):
        expected = " or ".join(TYPES.get(k, k) for k in kinds[1].split(" | "))
        return TraceFormatError(
            "the trace has a value of the wrong type",
            where=where,
            expected=expected,
            got=TYPES.get(kinds[2], kinds[2]),
        )
    if key := re.fullmatch(r"Object missing required field `(.+)`", what):
        return TraceFormatError(
            f"the trace lacks the key {key[1]!r}", where=where, expected=repr(key[1])
        )
    if key := re.fullmatch(r"Object contains unknown field `(.+)`", what):
        return TraceFormatError(
            f"the trace has the unknown key {key[1]!r}", where=where, hint="remove it"
        )
    if place.endswith(".kind`"):
        return TraceFormatError(
            "the trace has a step of an unknown kind",
            where=where,
            expected="forward, seed, contribute or update",
            got=what.removeprefix("Invalid value "),
        )
    return TraceFormatError(
        "the trace has an impossible value", where=where, expected=what.removeprefix("Expected ")
    )
