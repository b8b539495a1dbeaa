"""`gradviz learn`, and saved runs as sources of the other commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradviz.export import formats
from gradviz.learn.training import Passes
from tests.sampled import sampled

Gradviz = Callable[..., Any]
NORM = ("q = W @ x; f = sum(q**2)", "W=[[0.4,0.6],[0.7,-0.2]]", "x=[0.5,0.3]", "--lr", "0.1")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_lectures_update_from_the_command_line(gradviz: Gradviz) -> None:
    done = gradviz("learn", *NORM, "--passes", "8", "-o", "run.json")
    assert done.status == 0 and "0.2285" in done.out
    told = gradviz("show", "run.json", "--pass", "1").out
    assert "0.5772" in told and "-0.2174" in told and "0.429" in told and "0.266" in told
    assert "Update" in told and "10 of 10" in told
    assert (
        "pass 1 of 8, step 10 of 10"
        in gradviz("render", "run.json", "--pass", "1", "--step", "10", "-o", "a.svg").out
        + Path("a.svg").read_text()
    )


def test_a_network_knows_its_data_and_what_is_decided_is_said(gradviz: Gradviz) -> None:
    done = gradviz("learn", "net:xor", "--passes", "50")
    assert done.status == 0 and "data xor: 4 samples, 4 a pass" in done.out
    assert "the source has no loss: it gets the squared error" in done.err
    assert "the weights W1, set by hand, are drawn anew" in done.err
    assert "drawn anew" not in gradviz("learn", "net:xor", "--keep-weights", "--passes", "3").err


def test_json_is_the_run(gradviz: Gradviz) -> None:
    out = gradviz("learn", "net:xor", "--passes", "5", "--json").out
    document = json.loads(out)
    assert document["schema"] == "gradviz.run/1" and len(document["losses"]) == 5
    Path("run.json").write_text(out)
    assert gradviz("show", "run.json", "--pass", "3", "--brief").status == 0


@pytest.mark.parametrize("view", ["graph", "update", "neurons"])
@sampled("suffix", formats.suffixes(), few=5)
def test_a_pass_opens_in_every_view_and_format(gradviz: Gradviz, view: str, suffix: str) -> None:
    gradviz("learn", "net:mlp:2-2-2", "--data", "xor", "--batch", "1", "--passes", "6",
            "-o", "run.json")  # fmt: skip
    words = ("render", "run.json", "--pass", "4", "--view", view, "-o", f"a{suffix}")
    done = gradviz(*words)
    if view != "graph" and suffix in (".dot", ".json"):
        assert done.status == 1 and "are not graphs" in done.err
        return
    assert done.status == 0, done.err
    first = Path(f"a{suffix}").read_bytes()
    assert gradviz(*words).status == 0 and Path(f"a{suffix}").read_bytes() == first


def test_a_saved_run_is_a_source_of_every_command(gradviz: Gradviz) -> None:
    gradviz("learn", *NORM, "--passes", "4", "-o", "run.json")
    trace = json.loads(gradviz("trace", "run.json", "--pass", "2").out)
    assert trace["steps"][-1]["kind"] == "update" and trace["updates"]["pass"] == 2
    assert gradviz("check", "run.json", "--pass", "2").status == 0
    last = gradviz("show", "run.json")
    assert "this is pass 4 of 4; --pass K shows another" in last.err
    data = json.loads(gradviz("show", "run.json", "--pass", "1", "--json").out)
    assert data["steps"][-1]["update"]["loss_before"] == pytest.approx(0.2285)
    told = gradviz("show", "run.json", "--pass", "1", "--view", "update", "--ascii")
    assert told.status == 0 and told.out.isascii() and "the slope promised" in told.out
    gradviz("trace", "run.json", "--pass", "3", "-o", "pass3.json")
    assert "Update" in gradviz("show", "pass3.json").out


def test_a_run_goes_on(gradviz: Gradviz) -> None:
    gradviz("learn", "net:xor", "--passes", "20", "-o", "whole.json")
    gradviz("learn", "net:xor", "--passes", "8", "-o", "run.json")
    done = gradviz("learn", "run.json", "--resume", "--passes", "20", "-o", "run.json")
    assert done.status == 0
    whole, run = (json.loads(Path(n).read_text()) for n in ("whole.json", "run.json"))
    assert whole["losses"] == run["losses"] and whole["checksum"] == run["checksum"]


REFUSED: list[tuple[tuple[str, ...], str, int]] = [
    (("learn", "net:xor", "--lr", "0"), "learning rate is not valid", 1),
    (("learn", "net:xor", "--lr", "-1"), "learning rate is not valid", 1),
    (("learn", "net:xor", "--lr", "fast"), "--lr cannot have this value", 2),
    (("learn", "net:xor,activation=step"), "no gradient reaches", 1),
    (("learn", "net:mlp:2-2", "--data", "points.csv"), "there is no file points.csv", 1),
    (("learn", "net:mlp:2-2", "--data", "words.csv"), "line 2", 1),
    (("learn", "net:mlp:3-2", "--data", "ring"), "do not fit", 1),
    (("learn", "net:mlp:2-2", "--data", "ring", "--passes", "1000000000"), "passes is not", 1),
    (("learn", "net:xor", "--passes", "3", "--epochs", "2"), "say two things", 1),
    (("learn", "net:xor", "--resume"), "goes on with a saved run", 2),
    (("learn", "run.json"), "this is a saved run", 2),
    (("learn", "run.json", "--resume", "--lr", "0.3"), "has its own lr", 2),
    (("learn", "run.json", "--resume", "x=3"), "has its own values", 2),
    (("learn", "run.json", "--resume"), "has its 5 passes already", 1),
    (("learn", "trace.json"), "a saved trace cannot be trained", 1),
    (("learn", "net:xor", "-o", "no/run.json"), "its folder does not exist", 1),
    (("learn", "net:xor", "-o", "run.npz"), "a run is JSON text", 1),
    (("show", "run.json", "--pass", "6"), "there is no pass 6", 1),
    (("show", "run.json", "--pass", "0"), "there is no pass 0", 1),
    (("show", "run.json", "--pass", "last"), "--pass cannot have this value", 2),
    (("show", "x*2", "x=1", "--pass", "2"), "--pass asks for a pass of a saved", 2),
    (("show", "run.json", "--pass", "1", "W1=3"), "already has its values", 1),
    (("show", "broken.json", "--pass", "1"), "damaged", 1),
    (("show", "x*2", "x=1", "--view", "update"), "no updates to show", 1),
]


@pytest.mark.parametrize(("words", "says", "status"), REFUSED)
def test_what_cannot_be_done_is_refused_in_one_message(
    gradviz: Gradviz, words: tuple[str, ...], says: str, status: int
) -> None:
    gradviz("learn", "net:xor", "--passes", "5", "-o", "run.json")
    gradviz("trace", "x*2", "x=1", "-o", "trace.json")
    Path("broken.json").write_text(Path("run.json").read_text()[:500])
    Path("words.csv").write_text("1,2,0\n3,many,1\n")
    before = {path.name for path in Path().iterdir()}
    done = gradviz(*words)
    assert done.status == status and says in done.err and "Traceback" not in done.err
    assert not done.out
    assert {path.name for path in Path().iterdir()} == before


def test_divergence_is_explained_and_what_was_done_is_kept(gradviz: Gradviz) -> None:
    done = gradviz("learn", "(x-3)**2", "x=0", "--lr", "2", "--passes", "9000", "-o", "run.json")
    assert done.status == 3 and "the rate 2 is too large here; try 0.2" in done.err
    assert "Ended early" in done.out
    assert gradviz("show", "run.json", "--pass", "40").status == 0


def test_early_ends_are_said(gradviz: Gradviz) -> None:
    done = gradviz("learn", "(x-3)**2", "x=0", "--lr", "0.25", "--target", "0.001")
    assert done.status == 0 and "is at most 0.001, as was asked for" in done.out


def test_ctrl_c_saves_and_says_how_to_go_on(
    gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gradviz("learn", "net:xor", "--passes", "30", "-o", "whole.json")
    step = Passes.step

    def interrupted(passes: Passes) -> float:
        if passes.done == 11:
            raise KeyboardInterrupt
        return step(passes)

    monkeypatch.setattr(Passes, "step", interrupted)
    done = gradviz("learn", "net:xor", "--passes", "30", "-o", "run.json")
    assert done.status == 130 and "stopped after 11 passes" in done.err
    assert "gradviz learn run.json --resume -o run.json goes on" in done.err
    assert "nothing was saved" in gradviz("learn", "net:xor", "--passes", "30").err
    monkeypatch.setattr(Passes, "step", step)
    assert gradviz("learn", "run.json", "--resume", "-o", "run.json").status == 0
    first, again = (json.loads(Path(n).read_text()) for n in ("whole.json", "run.json"))
    assert whole.status == 0 and first["losses"] == again["losses"]


def test_gradients_of_samples_beside_their_mean(gradviz: Gradviz) -> None:
    gradviz("learn", "net:xor", "--passes", "3", "-o", "run.json")
    told = gradviz("show", "run.json", "--pass", "2", "--samples")
    assert told.status == 0 and told.out.count("sample 4") == 4 and told.out.count("mean  ") == 4
    data = json.loads(gradviz("show", "run.json", "--pass", "2", "--samples", "--json").out)
    trace = json.loads(gradviz("trace", "run.json", "--pass", "2").out)
    ids = {node["name"]: str(node["id"]) for node in trace["graph"]["nodes"]}
    rows = [sample["gradients"]["b2"][0] for sample in data["samples"]]
    assert sum(rows) / 4 == pytest.approx(data["mean"]["b2"][0])
    assert data["mean"]["b2"] == trace["gradients"][ids["b2"]]
    refused = gradviz("show", "x*2", "x=1", "--samples")
    assert refused.status == 2 and "--samples asks for the samples of a pass" in refused.err
    gradviz("learn", *NORM, "--passes", "2", "-o", "norm.json")
    assert "has no samples" in gradviz("show", "norm.json", "--pass", "1", "--samples").err
