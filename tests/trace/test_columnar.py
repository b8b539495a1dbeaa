"""Long traces of single numbers in columns: the same trace back; nothing that contradicts it."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import gradviz as gv
from gradviz.engine.run import run
from gradviz.errors import TraceFormatError
from gradviz.graph.builder import Builder
from gradviz.graph.graph import Graph
from gradviz.ops.op import REQUIRED, Op
from gradviz.ops.registry import every
from gradviz.trace import Trace
from gradviz.trace.columns import LONG
from gradviz.trace.io import files
from gradviz.trace.io.columnar import writing
from gradviz.trace.io.consistency import check
from tests.strategies import MODEST, WILD, Sample, runs
from tests.trace.same import assert_same, strict

NUMERIC = [
    op
    for op in every()
    if op.elementwise
    and not op.variadic
    and None not in op.backward
    and op.shares is None
    and op.misleads is None
]
"""The ops that make a number of numbers."""
SCALARS = tuple(op.name for op in NUMERIC if REQUIRED not in op.options.values())


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every trace that can be kept in columns is, whatever its length, and they go to the file."""
    monkeypatch.setattr(writing, "LONG", 0)
    monkeypatch.setattr(files, "INLINE", -1)


def chain(length: int) -> Trace:
    """Sums, products, an option, an integer and π, and a name in a scope."""
    x, y = gv.inputs("x y")
    f = x * y
    with gv.scope("block"):
        f = gv.leaky_relu(f - 2, slope=0.25).named("h")
    for _ in range(length):
        f = gv.tanh(f * 1.5 + x) * 2 + math.pi
    return gv.run(f, x=0.3, y=-0.7)


def saved(trace: Trace, folder: Path) -> Path:
    trace.save(folder / "run.json")
    return folder / "run.json"


def changed(
    path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None], *, sign: bool = True
) -> Path:
    """The files with another document or other columns, and the digest of the latter."""
    document = json.loads(path.read_text())
    with np.load(path.with_suffix(".npz")) as kept:
        columns = dict(kept)
    change(document, columns)
    buffer = io.BytesIO()
    np.savez(buffer, **columns)
    path.with_suffix(".npz").write_bytes(buffer.getvalue())
    if sign:
        document["arrays"]["sha256"] = hashlib.sha256(buffer.getvalue()).hexdigest()
    path.write_text(json.dumps(document))
    return path


def refused(path: Path) -> TraceFormatError:
    with pytest.raises(TraceFormatError) as caught:
        Trace.load(path)
    return caught.value


def test_a_long_trace_is_a_short_text_beside_columns(tmp_path: Path) -> None:
    trace = chain(2_000)
    assert len(trace) > LONG
    path = saved(trace, tmp_path)
    assert len(path.read_text()) < 2_500
    document = strict(path.read_text())
    count = len(trace.graph.nodes)
    assert document["graph"]["nodes"]["count"] == count
    assert document["steps"]["forward"] == len(trace.forward_nodes)
    assert document["steps"]["contribute"]["count"] == len(trace) - trace.seed_step
    with np.load(tmp_path / "run.npz") as columns:
        assert columns["values"].tolist() == [float(v) for v in trace.values]
        assert columns["steps/after"][-1] == trace.steps[-1].after
    again = Trace.load(path)
    unmade = again.graph.nodes._made.count(None)  # nodes are made when something asks for them
    assert unmade == len(again.graph.nodes) - len(again.graph.inputs)
    assert again.to_json() == trace.to_json()
    assert (again.value("h"), again.gradient("h")) == (trace.value("h"), trace.gradient("h"))
    again.save(tmp_path / "again.json")
    for suffix in ("json", "npz"):
        first, second = ((tmp_path / f"{n}.{suffix}").read_bytes() for n in ("run", "again"))
        assert first == second


def test_a_trace_of_few_steps_lists_them(tmp_path: Path) -> None:
    trace = chain(20)
    assert saved(trace, tmp_path).read_text() == trace.to_json() + "\n"


def test_the_whole_text_is_inline_outside_files() -> None:
    trace = chain(2_000)
    assert "npz" not in trace.to_json()
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(runs(ops=SCALARS, shapes=((),), elements=WILD, most=12))
def test_columns_come_back(tmp_path: Path, short: None, sample: Sample) -> None:
    trace = sample.run()
    assume(writing.fits(trace))
    comes_back(trace, tmp_path)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(runs(ops=SCALARS, shapes=((),), elements=MODEST, most=12))
def test_columns_of_single_precision_come_back(tmp_path: Path, short: None, sample: Sample) -> None:
    trace = sample.run(dtype="float32")
    assume(writing.fits(trace))
    comes_back(trace, tmp_path)


def comes_back(trace: Trace, folder: Path) -> None:
    assert writing.fits(trace)
    path = saved(trace, folder)
    again = Trace.load(path)
    assert_same(again, trace)
    assert again.to_json() == trace.to_json()
    check(again, None)


@pytest.mark.parametrize("inline", [-1, 10_000])
def test_columns_stand_in_the_text_or_beside_it(
    tmp_path: Path, short: None, monkeypatch: pytest.MonkeyPatch, inline: int
) -> None:
    monkeypatch.setattr(files, "INLINE", inline)
    x = gv.inputs("x")[0]
    trace = gv.run(gv.exp(x * 1000) * 3 - gv.log(x) + x / 2.5 + x, x=2.0)
    assert np.isinf(trace.value(trace.graph.output))
    path = saved(trace, tmp_path)
    assert path.with_suffix(".npz").exists() == (inline < 0)
    assert '"Infinity"' in path.read_text() or inline < 0
    comes_back(trace, tmp_path)


def test_parameters_declare_what_they_did(tmp_path: Path, short: None) -> None:
    builder = Builder()
    x = builder.input("x", shape=[], init={"kind": "constant", "value": 2.0}, scope="layer")
    y = builder.input("y")
    trace = run(builder.graph(builder.apply("mul", [x, y])), y=3)
    comes_back(trace, tmp_path)
    again = Trace.load(tmp_path / "run.json")
    assert again.graph.inputs[0].options == trace.graph.inputs[0].options


def test_only_numbers_of_floats_are_kept_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "LONG", 0)
    condition = run("where(x > y, x, y)", x=1, y=2)
    arrays = run("x*x", x=[1.0, 2.0])
    exact = run("x*x", x=2, backend="exact")
    for trace in (condition, arrays, exact):
        assert not writing.fits(trace)
        assert_same(Trace.load(saved(trace, tmp_path)), trace)


# What contradicts itself
# ----------------------------------------------------------------------------------------


def point(op: Op) -> Trace:
    """A run of an op at numbers from its domain, as one of several steps."""
    builder = Builder()
    inputs = [builder.input(name) for name in "xyzw"[: len(op.inputs)]]
    given = {k: 0.25 if v is REQUIRED else v for k, v in op.options.items()}
    node = builder.apply(op.name, inputs, given)
    graph: Graph = builder.graph(builder.apply("mul", [node, inputs[0]]))
    return run(
        graph, values=dict(zip("xyzw"[: len(inputs)], (0.61, 0.37, 0.83, 0.29), strict=False))
    )


@pytest.mark.parametrize("op", NUMERIC, ids=lambda op: op.name)
@pytest.mark.parametrize("name", ["values", "steps/local", "steps/contribution"])
def test_a_changed_number_is_refused_with_its_step(
    tmp_path: Path, short: None, op: Op, name: str
) -> None:
    trace = point(op)
    path = saved(trace, tmp_path)
    count = len(op.inputs)

    def change(document: dict[str, Any], columns: dict[str, Any]) -> None:
        place = count if name == "values" else 2  # the op's own step, after those of the product
        key = document["steps"]["contribute"][name[6:]]["npz"] if "/" in name else name
        columns[name] = changed = columns[key].copy()
        changed[place] = changed[place] * (1 + 1e-6) + 2e-6
        if "/" in name:
            document["steps"]["contribute"][name[6:]] = {"npz": name}

    error = refused(changed(path, change))
    assert "contradicts itself at step" in error.what


@pytest.mark.parametrize("key", ["steps/after", "gradients/value", "seeds"])
def test_sums_follow_from_the_contributions(tmp_path: Path, short: None, key: str) -> None:
    path = saved(run("x*y + x*2.5 + x", x=3.0, y=4.0), tmp_path)
    contribute = json.loads(path.read_text())["steps"]["contribute"]

    def change(document: dict[str, Any], columns: dict[str, Any]) -> None:
        if key == "seeds":
            document["seeds"] = [2.0]
            return
        old = contribute["after"]["npz"] if key == "steps/after" else key
        columns["new"] = columns[old].copy()
        columns["new"][-1] += 1
        if key == "steps/after":
            document["steps"]["contribute"]["after"] = {"npz": "new"}
        else:
            document["gradients"]["value"] = {"npz": "new"}

    assert "contradicts itself at step" in refused(changed(path, change)).what


def test_any_number_that_is_changed_is_found(tmp_path: Path) -> None:
    """Not a sample of them, however long the trace."""
    trace = chain(2_000)
    path = saved(trace, tmp_path)
    place = len(trace.graph.args) * 2 // 3
    place = next(i for i in trace.forward_nodes if i > place)

    def change(document: dict[str, Any], columns: dict[str, Any]) -> None:
        columns["values"][place] *= 1 + 1e-6

    error = refused(changed(path, change))
    assert f"contradicts itself at step {trace.known_since(place)}:" in error.what


def test_a_trace_of_zero_slopes_is_read(tmp_path: Path, short: None) -> None:
    comes_back(run("relu(x)*y + relu(-x)*maximum(y, 0) + maximum(0, x)", x=0.0, y=-0.0), tmp_path)


# What is no graph, or no run of it
# ----------------------------------------------------------------------------------------


def entry(key: str, place: int, value: Any) -> Callable[[Any, Any], None]:
    def change(document: dict[str, Any], columns: dict[str, Any]) -> None:
        columns[key][place] = value

    return change


def field(path: str, value: Any) -> Callable[[Any, Any], None]:
    def change(document: dict[str, Any], columns: dict[str, Any]) -> None:
        *keys, last = path.split("/")
        at: Any = document
        for key in keys:
            at = at[int(key)] if isinstance(at, list) else at[key]
        at[int(last) if isinstance(at, list) else last] = value

    return change


def column(key: str, value: Any) -> Callable[[Any, Any], None]:
    def change(document: dict[str, Any], columns: dict[str, Any]) -> None:
        columns[key] = value

    return change


SPOILT: dict[str, tuple[Callable[[Any, Any], None], str]] = {
    "a kind that is not listed": (entry("graph/kind", 3, 200), "no kind"),
    "a kind that nothing has": (
        field("graph/nodes/kinds/0", {"op": "sin", "options": {}, "operands": 1}),
        "",
    ),
    "an operand from the future": (entry("graph/operands", 0, 9), "does not come before"),
    "a negative operand": (entry("graph/operands", 0, -1), "negative"),
    "too few operands": (column("graph/operands", np.zeros(3, int)), "shape"),
    "operands that are floats": (column("graph/operands", np.zeros(10)), "wrong type"),
    "text": (column("values", np.full(9, "text")), "wrong type"),
    "objects": (column("values", np.full(9, None)), "cannot be read"),
    "truth values": (column("values", np.full(9, True)), "wrong type"),
    "two axes": (column("values", np.zeros((9, 1))), "shape"),
    "values of fewer nodes": (column("values", np.zeros(8)), "shape"),
    "a column that is not there": (field("values", {"npz": "other"}), "lack 'other'"),
    "a column that is none": (field("values", "text"), "shape"),
    "null": (field("values", None), "shape"),
    "a huge count": (field("graph/nodes/count", 2**61), "shape"),
    "no nodes": (field("graph/nodes/count", 0), ""),
    "another number of forward steps": (field("steps/forward", 2), "forward steps"),
    "a seed elsewhere": (field("steps/seed", 1), "seed"),
    "no seed": (field("steps/seed", None), "seed"),
    "seeds without outputs": (field("seeds", []), "shape"),
    "another output": (field("graph/output", 90), "output"),
    "another node as output": (field("graph/output", 6), ""),
    "several outputs": (field("graph/outputs", [6, 8]), "outputs"),
    "wrt what is computed": (field("wrt", [5]), "wrt"),
    "an edge that is not there": (entry("steps/source", 0, 0), "does not have"),
    "an edge from nowhere": (entry("steps/source", 0, 2**30), "does not have"),
    "an edge to nowhere": (entry("steps/target", 0, 2**30), "does not have"),
    "a slot that is not there": (entry("steps/slot", 0, 7), "does not have"),
    "an unknown op": (field("graph/nodes/kinds/1/op", "sinus"), "no op"),
    "a hidden op": (field("graph/nodes/kinds/1/op", "scope"), ""),
    "an op of other operands": (field("graph/nodes/kinds/1/op", "sin"), "operands"),
    "an op that makes no number": (field("graph/nodes/kinds/1/op", "greater"), "number of numbers"),
    "options that the op lacks": (field("graph/nodes/kinds/1/options", {"a": 1}), "options"),
    "operands of an input": (field("graph/nodes/kinds/0/operands", 1), ""),
    "a billion operands": (field("graph/nodes/kinds/1/operands", 2**30), "shape"),
    "options of an input": (field("graph/nodes/kinds/0/options", {"shape": "x"}), "options"),
    "an input without a name": (field("graph/nodes/names", {}), "names of their own"),
    "two inputs of a name": (field("graph/nodes/names", {"0": "x", "1": "x"}), "of their own"),
    "a name of nothing": (field("graph/nodes/names/99", "z"), "no node"),
    "a name of no number": (field("graph/nodes/names/x", "z"), "no node"),
    "names of another type": (field("graph/nodes/names", []), "wrong type"),
    "constants of another type": (column("graph/floats", np.array([1])), "wrong type"),
    "constants too many": (column("graph/floats", np.zeros(2)), "shape"),
    "an unknown key": (field("steps/contribute/more", []), "unknown key"),
    "exact numbers": (field("backend", "exact"), ""),
    "an unknown type": (field("dtype", "float16"), "dtype"),
    "gradients of other nodes": (entry("gradients/node", 0, 1), "gradients"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_spoilt_is_refused_in_one_message(tmp_path: Path, short: None, name: str) -> None:
    change, message = SPOILT[name]
    path = saved(run("(x*y + 1.5)*x - y*2", x=3.0, y=4.0), tmp_path)
    keep_apart(path)
    Trace.load(path)
    error = refused(changed(path, change))
    assert message in str(error), error
    assert "run.json" in str(error.where) or "run.npz" in str(error.where)


def keep_apart(path: Path) -> None:
    """Each column under its own key, though some are the same."""

    def apart(document: dict[str, Any], columns: dict[str, Any]) -> None:
        def walk(at: Any, place: str) -> Iterator[tuple[dict[str, Any], str]]:
            for key, value in at.items() if isinstance(at, dict) else ():
                if isinstance(value, dict) and list(value) == ["npz"]:
                    yield value, f"{place}/{key}".removeprefix("/")
                else:
                    yield from walk(value, f"{place}/{key}")

        for row, place in [*walk(document, "")]:
            key = place.replace("graph/nodes/", "graph/").replace("contribute/", "")
            if key != row["npz"]:
                columns[key] = columns[row["npz"]].copy()
                row["npz"] = key

    changed(path, apart)


def test_contributions_come_in_an_order_that_can_be(tmp_path: Path, short: None) -> None:
    path = saved(run("sin(x*y)*x", x=0.5, y=0.25), tmp_path)
    keep_apart(path)

    def backwards(document: dict[str, Any], columns: dict[str, Any]) -> None:
        for key in columns:
            if key.startswith("steps/"):
                columns[key] = columns[key][::-1].copy()

    assert "impossible order" in str(refused(changed(path, backwards)))


def test_an_edge_contributes_once(tmp_path: Path, short: None) -> None:
    path = saved(run("x*y + x*y", x=0.5, y=0.25), tmp_path)
    keep_apart(path)

    def twice(document: dict[str, Any], columns: dict[str, Any]) -> None:
        for key in ("steps/source", "steps/target", "steps/slot"):
            columns[key][-1] = columns[key][-3]

    assert "contributes twice" in str(refused(changed(path, twice)))


def test_columns_of_another_run_are_noticed(tmp_path: Path, short: None) -> None:
    for name, x in (("run", 3.0), ("other", 4.0)):
        run("x*x + x", x=x).save(tmp_path / f"{name}.json")
    (tmp_path / "other.npz").replace(tmp_path / "run.npz")
    assert "not those that were saved with it" in refused(tmp_path / "run.json").what


def test_columns_elsewhere_are_missed(tmp_path: Path, short: None) -> None:
    path = saved(run("x*x + x", x=3.0), tmp_path)
    with pytest.raises(TraceFormatError, match="keeps large arrays in a file next to it"):
        Trace.from_json(path.read_text())
