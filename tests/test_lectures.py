"""Every command of docs/lectures.md runs, and what it prints or draws holds the slide's numbers."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from gradviz.cli.main import run

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/lectures.md").read_text("utf-8")
EVERY = 9
"""Of so many rows, one is in the sample of `make test`."""


class Shown(NamedTuple):
    """A row: what the slides show, the commands in their order, and what has to be read there."""

    topic: str
    commands: tuple[str, ...]
    numbers: tuple[str, ...]


def _row(line: str) -> Shown:
    topic, commands, numbers = (cell.strip() for cell in line.strip("|").split(" | "))
    found = tuple(n.replace("\\*", "*") for n in _parts(numbers.rstrip(" |")))
    return Shown(topic.strip(), tuple(re.findall(r"`(.+?)`", commands)), found)


def _parts(numbers: str) -> list[str]:
    """The numbers of a cell: at commas outside brackets that a space follows."""
    whole = re.split(r", (?![^\[]*\])", numbers)
    return [part for part in whole if part]


ROWS = [_row(line) for line in PAGE.splitlines() if re.match(r"\|(?! on the).* \| `", line)]


def said(row: Shown, capsys: pytest.CaptureFixture[str]) -> str:
    """What the commands print, and the text of the pictures that they draw in this folder."""
    for command in row.commands:
        program, *words = shlex.split(command)
        if program == "python":
            script = ROOT / words[0]
            print(subprocess.check_output([sys.executable, script, "decks"], encoding="utf-8"))
        else:
            words = [str(ROOT / w) if w.startswith("examples/") else w for w in words]
            assert program == "gradviz" and run(words) == 0, command
    drawn = (ElementTree.parse(file).getroot().itertext() for file in Path().rglob("*.svg"))
    texts = [capsys.readouterr().out, *(" ".join(text) for text in drawn)]
    return re.sub(r"\s+", " ", " ".join(texts))


def shows(
    row: Shown, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(folder)
    text = said(row, capsys)
    assert [number for number in row.numbers if number not in text] == []


@pytest.mark.parametrize("row", ROWS[::EVERY], ids=lambda row: row.topic[:40])
def test_a_sample(
    row: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shows(row, tmp_path, monkeypatch, capsys)


@pytest.mark.proof
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.topic[:40])
def test_every_row(
    row: Shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shows(row, tmp_path, monkeypatch, capsys)


def test_every_row_is_read() -> None:
    """None is lost by the way it is written; each has a command."""
    lines = [line for line in PAGE.splitlines() if re.match(r"\|(?! on the|---)", line)]
    assert len(ROWS) == len(lines) and all(row.commands for row in ROWS)
