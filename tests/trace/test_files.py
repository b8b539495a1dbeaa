"""Saved traces: large arrays beside the text, the same bytes each time, both files or neither."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from gradviz.engine.run import run
from gradviz.errors import FileError, TraceFormatError
from gradviz.graph.builder import Builder
from gradviz.trace import Trace
from gradviz.trace.io.files import INLINE, arrays_path
from tests.strategies import WILD, Sample, runs
from tests.trace.same import assert_same

LARGE = "h = x*x + b; sum(h*y)"


def large() -> Trace:
    x = np.linspace(-1, 1, 40 * 30).reshape(40, 30)
    x[0, :3] = np.nan, -0.0, np.inf
    return run(LARGE, x=x, b=np.arange(30.0), y=2)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(runs(elements=WILD))
def test_small_traces_come_back_from_one_file(tmp_path: Path, sample: Sample) -> None:
    trace = sample.run()
    trace.save(tmp_path / "run.json")
    assert names(tmp_path) == ["run.json"]
    assert (tmp_path / "run.json").read_text() == trace.to_json() + "\n"
    assert_same(Trace.load(tmp_path / "run.json"), trace)


def test_large_arrays_stand_beside(tmp_path: Path) -> None:
    trace = large()
    trace.save(str(tmp_path / "run.json"))
    assert names(tmp_path) == ["run.json", "run.npz"]
    again = Trace.load(str(tmp_path / "run.json"))
    assert_same(again, trace)
    document = json.loads((tmp_path / "run.json").read_text())
    assert document["values"] == {
        "0": {"npz": "values/0"},
        "1": list(range(30)),
        "2": 2.0,
        "3": {"npz": "values/3"},
        "4": {"npz": "values/4"},
        "5": {"npz": "values/5"},
        "6": "NaN",
    }
    assert np.array_equal(
        np.load(tmp_path / "run.npz")["values/0"], trace.value("x"), equal_nan=True
    )


def test_each_array_is_kept_once(tmp_path: Path) -> None:
    large().save(tmp_path / "run.json")
    with np.load(tmp_path / "run.npz") as kept:
        contents = [kept[key].tobytes() for key in kept.files]
    assert len(contents) == len(set(contents))
    document = json.loads((tmp_path / "run.json").read_text())
    last = document["steps"][-1]
    assert last["contribution"] == last["after"] or last["before"] != last["after"]


def test_the_limit_is_a_thousand_elements(tmp_path: Path) -> None:
    run("sum(x)", x=np.ones(INLINE)).save(tmp_path / "a.json")
    run("sum(x)", x=np.ones(INLINE + 1)).save(tmp_path / "b.json")
    assert INLINE == 1000
    assert names(tmp_path) == ["a.json", "b.json", "b.npz"]


def test_the_same_trace_gives_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large().save(tmp_path / "a.json")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    Trace.load(tmp_path / "a.json").save(tmp_path / "b.json")
    for kind in ("json", "npz"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_whole_text_is_inline_outside_files(tmp_path: Path) -> None:
    trace = large()
    trace.save(tmp_path / "run.json")
    assert "npz" not in trace.to_json()
    assert Trace.load(tmp_path / "run.json").to_json() == trace.to_json()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_large_constants_and_conditions_keep_their_types(tmp_path: Path, dtype: str) -> None:
    builder = Builder()
    x = builder.input("x")
    constant = builder.constant(np.arange(1200))
    condition = builder.apply("greater", [x, constant])
    chosen = builder.apply("where", [condition, x, constant])
    graph = builder.graph(builder.apply("sum", [chosen], {"axis": None, "keepdims": False}))
    trace = run(graph, x=np.full(1200, 600.1), dtype=dtype)
    trace.save(tmp_path / "run.json")
    again = Trace.load(tmp_path / "run.json")
    assert_same(again, trace)
    assert again.values[2].dtype == bool
    assert again.values[0].dtype == dtype
    stored = again.graph.nodes[1].options["value"]
    assert stored.dtype == np.arange(1).dtype
    assert np.array_equal(stored, np.arange(1200))


def test_exact_arrays_stay_in_the_text(tmp_path: Path) -> None:
    trace = run("sum(x)", x=np.ones(1100, int), backend="exact")
    trace.save(tmp_path / "run.json")
    assert names(tmp_path) == ["run.json"]
    assert_same(Trace.load(tmp_path / "run.json"), trace)


def test_the_arrays_keep_the_name_of_their_trace() -> None:
    assert arrays_path("a/run.json") == Path("a/run.npz")
    assert arrays_path("a/run.trace.json") == Path("a/run.trace.npz")
    assert arrays_path("run") == Path("run.npz")


# What goes wrong
# ----------------------------------------------------------------------------------------


def test_a_trace_is_not_saved_as_npz(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="a trace is JSON text") as caught:
        run("x*x", x=2).save(tmp_path / "run.npz")
    assert caught.value.hint.endswith("run.json")
    assert names(tmp_path) == []


@pytest.mark.parametrize("path", ["", "folder", "none/run.json"])
def test_what_cannot_be_written_leaves_nothing(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    for trace in (run("x*x", x=2), large()):
        with pytest.raises(FileError):
            trace.save(tmp_path / path)
        assert names(tmp_path) == ["folder"]


def test_both_files_or_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.json"
    large().save(path)
    before = [path.read_bytes(), arrays_path(path).read_bytes()]
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target) == path:
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        run(LARGE, x=np.ones((40, 30)), b=np.arange(30.0), y=3).save(path)
    assert names(tmp_path) == ["run.json", "run.npz"]
    assert [path.read_bytes(), arrays_path(path).read_bytes()] == before


@pytest.mark.parametrize("path", ["none.json", "", "none/run.json"])
def test_what_cannot_be_read(tmp_path: Path, path: str) -> None:
    with pytest.raises(FileError):
        Trace.load(tmp_path / path)


def test_a_missing_npz(tmp_path: Path) -> None:
    large().save(tmp_path / "run.json")
    (tmp_path / "run.npz").unlink()
    with pytest.raises(FileError, match="the large arrays of this trace is missing") as caught:
        Trace.load(tmp_path / "run.json")
    assert caught.value.where == str(tmp_path / "run.npz")


def test_a_text_with_its_arrays_elsewhere(tmp_path: Path) -> None:
    large().save(tmp_path / "run.json")
    with pytest.raises(TraceFormatError, match="keeps large arrays in a file next to it") as caught:
        Trace.from_json((tmp_path / "run.json").read_text())
    assert "Trace.load" in caught.value.hint
    assert caught.value.where == "values.0"


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def one_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npz(other=np.zeros(3)), "lack 'values/0'"),
        (npz(**{"values/0": np.zeros((30, 40))}), "shape of its node"),
        (npz(**{"values/0": np.full((40, 30), None)}), "cannot be read"),
        (npz(**{"values/0": np.full((40, 30), "text")}), "an array of the wrong type"),
        (npz(**{"values/0": np.full((40, 30), 1j)}), "an array of the wrong type"),
        (npz(**{"values/0": np.zeros((40, 30))})[:-50], "cannot be read"),
        (npz(**{"values/0": np.zeros((40, 30))}).replace(b"\0" * 64, b"\1" * 64), "cannot be read"),
        (one_array(), "cannot be read"),
        (b"", "cannot be read"),
        (b"no archive at all", "cannot be read"),
    ],
)
def test_a_spoilt_npz(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "run.json"
    large().save(path)
    (tmp_path / "run.npz").write_bytes(content)
    with pytest.raises(TraceFormatError, match="not those that were saved with it") as caught:
        Trace.load(path)
    assert "run.npz" in str(caught.value)
    # Earlier editions kept no digest.
    forget_digest(path)
    with pytest.raises(TraceFormatError, match=message):
        Trace.load(path)


def forget_digest(path: Path) -> None:
    document = json.loads(path.read_text())
    del document["arrays"]
    path.write_text(json.dumps(document))


def test_the_arrays_of_another_run(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    large().save(path)
    run(LARGE, x=np.ones((40, 30)), b=np.arange(30.0), y=3).save(tmp_path / "other.json")
    (tmp_path / "other.npz").replace(tmp_path / "run.npz")
    with pytest.raises(TraceFormatError, match="not those that were saved with it"):
        Trace.load(path)
    forget_digest(path)
    with pytest.raises(TraceFormatError):
        Trace.load(path)


def test_files_of_earlier_editions_are_read(tmp_path: Path) -> None:
    trace = large()
    trace.save(tmp_path / "run.json")
    forget_digest(tmp_path / "run.json")
    assert_same(Trace.load(tmp_path / "run.json"), trace)


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    large().save(tmp_path / "run.json")
    document = json.loads((tmp_path / "run.json").read_text())
    digest = hashlib.sha256((tmp_path / "run.npz").read_bytes()).hexdigest()
    assert document["arrays"] == {"sha256": digest}
    run("x*x", x=2).save(tmp_path / "small.json")
    assert "arrays" not in json.loads((tmp_path / "small.json").read_text())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"{", "ends before"),
        (b"\xff\xfe{\0", "not text"),
        (b"{}", "is not a trace"),
    ],
)
def test_a_file_that_is_no_trace_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(TraceFormatError, match=message) as caught:
        Trace.load(tmp_path / "run.json")
    assert str(tmp_path / "run.json") in str(caught.value)
