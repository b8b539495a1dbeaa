"""The pages of docs/: every session prints what it says, every line of Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gradviz.cli.main import run
from gradviz.errors import CallError

PAGES = sorted((Path(__file__).parents[1] / "docs").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n([\s\S]*?)^```", page.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_true(
    page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    for session in blocks(page, "console"):
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", session, re.MULTILINE):
            program, *words = shlex.split(command)
            assert program == "gradviz" and run(words) == 0
            assert capsys.readouterr().out == shown
    for code in blocks(page, "python"):
        exec(compile(code, page.name, "exec"), {})


def test_a_learnt_run_is_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import inspect

    import gradviz as gv

    monkeypatch.chdir(tmp_path)
    assert "optimizer" in inspect.signature(gv.learn).parameters
    gv.learn("net:xor", passes=3).save("run.json")
    assert gv.learn.Run.load("run.json").passes == 3
    with pytest.raises(CallError, match="is called wrongly"):
        gv.learn()
