"""`--view training`: a saved run as pictures, text and JSON, and what it refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.learn import views

Gradviz = Callable[..., Any]
VIEW = ("--view", "training")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test works in a folder of its own, in which a run is saved."""
    monkeypatch.chdir(tmp_path)
    gv.learn("net:mlp:2-3-2", data="moons,test=60", passes=30, lr=0.1).save("run.json")
    return tmp_path


@pytest.mark.parametrize("suffix", [".svg", ".png", ".pdf", ".txt"])
def test_a_run_is_drawn_in_every_format(gradviz: Gradviz, suffix: str) -> None:
    done = gradviz("render", "run.json", *VIEW, "--pass", "12", "-o", f"a{suffix}")
    assert done.status == 0 and Path(f"a{suffix}").stat().st_size > 1000, done.err


def test_steps_are_passes_and_the_last_is_the_end(gradviz: Gradviz) -> None:
    by_pass = gradviz("render", "run.json", *VIEW, "--pass", "12", "-o", "a.svg")
    by_step = gradviz("render", "run.json", *VIEW, "--step", "12", "-o", "b.svg")
    assert by_pass.status == by_step.status == 0
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    assert "pass 12 of 30" in Path("a.svg").read_text()
    assert gradviz("render", "run.json", *VIEW, "-o", "c.svg").status == 0
    assert "after 30 passes" in Path("c.svg").read_text()
    assert gradviz("render", "run.json", *VIEW, "--steps", "1,31", "-o", "out/").status == 0
    assert len(list(Path("out").iterdir())) == 2


def test_python_draws_the_same(gradviz: Gradviz) -> None:
    gradviz("render", "run.json", *VIEW, "--pass", "12", "-o", "a.svg")
    run = gv.learn.Run.load("run.json")
    gv.render(run, "b.svg", view="training", step=12)
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    with pytest.raises(ValueInputError, match="shows one pass of a training run"):
        gv.render(run, "c.svg", view="update")
    with pytest.raises(ValueInputError, match="w does not apply"):
        gv.render(run, "c.svg", view="training", w=1)


def test_the_table_has_the_losses_of_the_run(gradviz: Gradviz) -> None:
    told = gradviz("show", "run.json", *VIEW, "--steps", "1,30").out
    scores = gv.learn.Run.load("run.json").scores(30)
    row = next(line.split() for line in told.splitlines() if line.split()[:1] == ["30"])
    assert float(row[1]) == pytest.approx(scores["train"].loss, rel=5e-3)
    assert float(row[4]) == pytest.approx(scores["test"].loss, rel=5e-3)
    assert "of 140 right" not in told and re.search(r"\d+ of \d+ right", told)


def test_json_has_weights_and_losses(gradviz: Gradviz) -> None:
    found = json.loads(gradviz("show", "run.json", *VIEW, "--step", "7", "--json").out)
    run = gv.learn.Run.load("run.json")
    (step,) = found["steps"]
    first = step["layers"][1]["weights"]
    weights = run.weights(7)["W1"]
    assert first == (weights if weights.shape == (3, 2) else weights.T).tolist()
    assert step["loss"] == run.scores(7)["train"].loss
    assert step["opens_into"]["updates"] == len(run.trained)


BAD: list[tuple[tuple[str, ...], int, str]] = [
    (("run.json", *VIEW, "--pass", "32"), 1, "there is no pass 32"),
    (("run.json", *VIEW, "--pass", "0"), 1, "there is no pass 0"),
    (("run.json", *VIEW, "--pass", "3", "--step", "4"), 2, "ask for different things"),
    (("run.json", "w=1", *VIEW), 2, "NAME=VALUE does not apply"),
    (("run.json", "--wrt", "W1", *VIEW), 2, "--wrt does not apply"),
    (("x*y", *VIEW), 1, "shows a saved training run"),
    (("run.json", "--view", "trainin"), 1, "did you mean training?"),
    (("digits.json", *VIEW), 1, "or of one feature"),
    (("free.json", *VIEW), 1, "a run without data"),
]


@pytest.mark.parametrize(("words", "status", "said"), BAD)
def test_what_does_not_fit_is_one_message(
    gradviz: Gradviz, words: tuple[str, ...], status: int, said: str
) -> None:
    if "digits.json" in words:
        gv.learn("net:mlp:64-10", data="digits", passes=2).save("digits.json")
    gv.learn("(x - 3)**2", x=0, passes=3).save("free.json")
    for command in (("render", *words, "-o", "a.svg"), ("show", *words)):
        if "--step" in words and command[0] == "show":
            continue
        done = gradviz(*command)
        assert done.status == status and said in done.err and done.out == "", done.err
        assert not Path("a.svg").exists() and "Traceback" not in done.err


def test_every_view_of_runs_says_what_it_shows() -> None:
    from gradviz import plugins

    for name in views.names():
        says = plugins.entry("gradviz.learn.views", name).VIEW.says
        assert says[0].islower() and not says.endswith(".")
        assert plugins.entry("gradviz.story.walks", name).STORY
        assert plugins.entry(f"gradviz.scene.views.{name}", "pictures").PICTURES
        assert plugins.entry("gradviz.export.reports.walks", name).lines
