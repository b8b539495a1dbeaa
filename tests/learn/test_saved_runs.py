"""Runs as files: what is read is what was saved, and what is damaged is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.learn.learning import Run
from gradviz.sources import read
from gradviz.trace.saved_runs import SCHEMA, loads

SOURCES: dict[str, dict[str, Any]] = {
    "net:xor": {"passes": 9},
    "net:mlp:64-5-10": {"data": "digits,count=300", "passes": 12, "optimizer": "adam"},
    "(x - 3)**2": {"x": 0, "passes": 5},
    "mean((x1*a + x2*b - t)**2)": {"data": "moons", "a": 0.5, "b": 0.1, "passes": 4},
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_saved_run_is_the_run(source: str, tmp_path: Path) -> None:
    run = gv.learn(source, **SOURCES[source])
    run.save(tmp_path / "run.json")
    again = Run.load(tmp_path / "run.json")
    assert again.to_json() == run.to_json()
    assert again.trace(3).to_json() == run.trace(3).to_json()
    if run.data is not None:
        assert again.scores() == run.scores()


def test_the_document_has_a_loss_for_every_pass() -> None:
    document = json.loads(gv.learn("net:xor", passes=7).to_json())
    assert document["schema"] == SCHEMA == "gradviz.run/1"
    assert len(document["losses"]) == 7 and document["kept"]["at"] == list(range(8))
    assert document["settings"]["seed"] == 0 and document["data"]["t"] == [0, 1, 1, 0]


def test_an_interrupted_run_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"data": "ring", "optimizer": "adam", "schedule": "cosine"}
    whole = gv.learn("net:mlp:2-3-2", passes=40, **settings)

    def stop(k: int, loss: float) -> None:
        if k == 13:
            raise KeyboardInterrupt

    half = gv.learn("net:mlp:2-3-2", passes=40, tell=stop, **settings)
    assert half.stopped == "interrupted" and half.passes == 13
    half.save(tmp_path / "run.json")
    again = gv.learn(None, resume=Run.load(tmp_path / "run.json"))
    assert again.losses.tobytes() == whole.losses.tobytes()
    assert again.kept.weights[-1].tobytes() == whole.kept.weights[-1].tobytes()


def damaged(change: Any) -> str:
    document = json.loads(gv.learn("net:xor", passes=4).to_json())
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d["losses"].pop(), "do not belong to these losses"),
        (lambda d: d["losses"].__setitem__(1, 0.5), "not those that were saved"),
        (lambda d: d["kept"]["weights"][1].__setitem__(0, 9.0), "not those that were saved"),
        (lambda d: d["kept"]["weights"].pop(), "does not fit together"),
        (lambda d: d.__setitem__("schema", "gradviz.run/9"), "written by another gradviz"),
        (lambda d: d.pop("data"), "do not fit together"),
        (lambda d: d["feeds"].__setitem__("x", "x7"), "do not fit together"),
        (lambda d: d["settings"].__setitem__("passes", "many"), "not a saved run"),
        (lambda d: d.pop("kept"), "not a saved run"),
    ],
)
def test_damaged_runs_are_refused(change: Any, says: str) -> None:
    with pytest.raises(GradvizError, match=says):
        loads(damaged(change), Run)


def test_a_run_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    gv.learn("net:xor", passes=300).save(path)
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    with pytest.raises(GradvizError, match="damaged") as caught:
        Run.load(path)
    assert "run.json" in str(caught.value)
    path.write_text(text)
    arrays = path.with_suffix(".npz")
    arrays.write_bytes(arrays.read_bytes()[:-100])
    with pytest.raises(GradvizError, match="not those that were saved"):
        Run.load(path)
    arrays.unlink()
    with pytest.raises(GradvizError, match="missing"):
        Run.load(path)
    with pytest.raises(GradvizError, match="there is no file"):
        Run.load(tmp_path / "other.json")


def test_parameters_are_kept_at_every_pass_up_to_16_mb() -> None:
    from gradviz.learn.training import every

    assert every(1000, 72) == 1  # XOR: 144 kB
    assert every(3000, 1135 * 8) == 2  # the digits: 27 MB
    assert every(10**6, 72) == 5
    with pytest.raises(GradvizError, match="does not fit into memory"):
        every(10**7, 10**6 * 8)


def test_a_long_run_keeps_every_other_pass() -> None:
    run = gv.learn("net:mlp:64-15-10", data="digits", passes=2200)
    assert run.kept.at[:3] == [0, 2, 4] and run.kept.at[-1] == 2200
    assert run.kept.weights.nbytes <= 17 * 2**20
    trace = run.trace(1234)
    assert trace.value(trace.graph.output) == run.losses[1233]
    assert np.isfinite(run.losses).all()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_a_run_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    os.mkfifo(path)
    with pytest.raises(GradvizError):
        read(str(path))
