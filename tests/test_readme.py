"""What the README shows is what a user gets."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import gradviz as gv
from gradviz.cli import commands
from gradviz.cli.main import run
from gradviz.exam import formats as papers
from gradviz.export import formats
from gradviz.scene.themes import THEMES
from gradviz.story.keys import EVERY
from tests.sampled import sampled

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"```console\n\$ (.+)\n([\s\S]*?)```", README)


@pytest.mark.parametrize(("command", "shown"), SESSIONS, ids=[c[:40] for c, _ in SESSIONS])
def test_sessions(
    command: str, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    program, *words = shlex.split(command)
    assert program == "gradviz" and run(words) == 0
    assert capsys.readouterr().out == shown


def test_there_are_sessions() -> None:
    assert len(SESSIONS) >= 3


RUNS = {
    words[-1]: words[1:]
    for words in map(shlex.split, re.findall(r"^gradviz learn .+", README, re.M))
}
"""The saved runs that figures are made of, and the commands that train them."""


@sampled("command", re.findall(r"^gradviz (?:render|plot) .+ -o .+", README, re.MULTILINE), few=5)
def test_figures(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)[1:]
    for word in words:
        assert word not in RUNS or run(RUNS[word]) == 0
    assert run(words) == 0
    assert (tmp_path / words[-1]).stat().st_size > 10_000


def snippet(mark: str) -> str:
    """The one Python example that says this."""
    (found,) = (code for code in re.findall(r"```python\n([\s\S]*?)```", README) if mark in code)
    return found


def names(text: str) -> set[str]:
    return set(re.findall("`(.*?)`", text))


def test_formats_and_themes() -> None:
    """The README names each of them, and no others."""
    suffixes = set(formats.suffixes())
    (row,) = re.findall(r"^\| `gradviz render .*?` \| pictures: (.*?);", README, re.MULTILINE)
    (told,) = re.findall(
        r"^The suffix sets the format:\n(.*?)Themes", README, re.MULTILINE | re.DOTALL
    )
    assert names(row) == suffixes == {name for name in names(told) if name.startswith(".")}
    (themes,) = re.findall(r"Themes are (.*?), or a TOML", README, re.DOTALL)
    assert names(themes) == set(THEMES)


def test_formats_of_papers() -> None:
    """A paper's format is told by the words that people use, which hold its name."""
    (told,) = re.findall(
        r"student of the roster[^.]*?, as (.*?)\. The same exam", README, re.DOTALL
    )
    said = [re.sub(r"\W", "", word).lower() for word in re.split(r",\s|\sor\s", told)]
    assert [name for name in papers.every() if not any(name in word for word in said)] == []
    assert len(said) == len(papers.every())


def test_commands() -> None:
    """Every command has a row in the table."""
    (table,) = re.findall(r"\| command \| what it does \|\n\|---\|---\|\n((?:\|.*\n)+)", README)
    told = set(re.findall(r"`gradviz (\w+)", table))
    assert told == {path.stem for path in Path(commands.__file__).parent.glob("[a-z]*.py")}


def test_the_python_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line runs, and the figures in its comments are right."""
    code = snippet("program.batch")
    names: dict[str, object] = {}
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), names)
    trace, program = names["trace"], names["program"]
    assert (trace.value(names["f"]), trace.gradient("x")) == (5.0, 5.0)  # type: ignore[attr-defined]
    assert (tmp_path / "deck.pdf").read_bytes().startswith(b"%PDF")
    gradients = program.gradients(x=-3, y=5, z=20)  # type: ignore[attr-defined]
    assert repr(gradients) == "{'x': 5.0, 'y': -3.0, 'z': 1.0}"
    batch = program.batch(x=[1, 2], y=[3, 4], z=[5, 6])  # type: ignore[attr-defined]
    np.testing.assert_array_equal(batch.value, [8, 14])


def test_nobody_is_told_to_install_the_other_project() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "gradviz").rglob("*.py")]:
        assert not re.search(
            r"pip install [\"']?gradviz(?![-\w])", path.read_text(encoding="utf-8")
        ), path


def test_the_layers_example() -> None:
    names: dict[str, object] = {}
    exec(compile(snippet("nn.Sequential"), "README.md", "exec"), names)
    assert names["trace"].gradient("conv1_w").shape == (6, 1, 5, 5)  # type: ignore[attr-defined]


def test_the_exam_example() -> None:
    lines = snippet("gv.exam").splitlines()
    names: dict[str, object] = {"gv": gv}
    exec(lines[0], names)
    assert eval(lines[1], names) == 1
    said = lines[2].split('# "')[1].split("…")[0]
    assert str(eval(lines[2], names)).startswith(said)


def test_the_keys_of_the_terminal_program() -> None:
    """The README names only keys of the table, and for every action one of its keys."""
    (table,) = re.findall(r"\| keys \| \|\n\|---\|---\|\n((?:\|.*\n)+)", README)
    rows = [row.strip("|\n ").split(" | ", 1) for row in table.splitlines()]
    spans = [span for keys, _ in rows for span in re.findall(r"`(.*?)`|([^ ,`]+)", keys)]
    listed = {key for code, word in spans for key in (code or word).split()}
    inline = [span for _, words in rows for span in re.findall("`(.*?)`", words)]
    named = {key for span in inline for key in span.split()}
    known = {key for entry in EVERY for key in entry.shown.split()}
    assert listed - known == {"click"}
    for entry in EVERY:
        assert not entry.shown or (listed | named) & set(entry.shown.split()), entry.action
