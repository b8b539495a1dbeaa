"""Histograms of training runs: the numbers of a pass, as the pass itself has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.cli.main import run as command
from gradviz.errors import ValueInputError
from gradviz.trace.plots.histograms import Histograms


def run(**settings: Any) -> Any:
    return gv.learn("net:mlp:2-8-8-1", data="ring", passes=6, **settings)


def rms(values: object) -> float:
    return float(np.sqrt(np.mean(np.square(np.asarray(values, dtype=float)))))


@pytest.mark.parametrize("at", [None, 2])
def test_gradients_are_those_of_the_pass(at: int | None) -> None:
    made = run()
    found = gv.plot(made, histograms="gradients", at_pass=at).content
    assert isinstance(found, Histograms)
    opened = made.trace(6 if at is None else at)
    (shown,) = found.runs
    assert [layer.name for layer in shown.layers] == ["W1", "W2", "W3"]
    for layer in shown.layers:
        assert layer.rms == pytest.approx(rms(opened.gradient(layer.name)), rel=1e-12)


def test_several_runs_stand_side_by_side() -> None:
    found = gv.plot([run(lr=0.1), run(lr=0.01)], histograms="values").content
    assert isinstance(found, Histograms)
    assert [one.name for one in found.runs] == ["rate 0.1", "rate 0.01"]


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "run.json")
    run().save(file)
    for words in (["--histograms", "gradients"], ["--histograms", "values", "--pass", "2"]):
        assert command(["plot", file, *words]) == 0
        assert "layers deep" in capsys.readouterr().out


def test_bad_input() -> None:
    made = run()
    for source, at in (([made] * 4, None), ([made], 7)):
        with pytest.raises(ValueInputError):
            gv.plot(source, histograms="values", at_pass=at)
