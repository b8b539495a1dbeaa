"""Help names what there is: every format, theme, engine, backend and list, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import gradviz as package
from gradviz.arrays import BACKENDS, DTYPES
from gradviz.cli.commands.list import LISTS
from gradviz.exam import formats as papers
from gradviz.layout import engines
from gradviz.scene.themes import THEMES
from gradviz.sources import weights
from tests.cli.conftest import Outcome

Run = Callable[..., Outcome]
HOME = Path(package.__file__).parent


def files(folder: str) -> set[str]:
    """The modules of a folder, as the disk has them."""
    return {path.stem for path in (HOME / folder).glob("[a-z]*.py")}


def words(text: str) -> set[str]:
    """The words of a list such as "a, b or c"."""
    return set(re.split(r", | or ", text))


def told(run: Run, *command: str) -> str:
    return " ".join(run(*command, "--help").out.split())


def between(text: str, start: str, end: str) -> set[str]:
    return words(text.split(start, 1)[1].split(end, 1)[0])


def test_formats_of_pictures(gradviz: Run) -> None:
    suffixes = {f".{name}" for name in files("export/formats")}
    assert between(told(gradviz, "render"), "into FILE: ", ". A .pdf") == suffixes
    assert between(told(gradviz), "Draw SOURCE as ", ". ") == {s[1:].upper() for s in suffixes}


def test_themes_and_engines(gradviz: Run) -> None:
    said = told(gradviz, "render")
    assert between(said, "A theme: ", ", or the path") == set(THEMES)
    assert between(said, "The layout engine: ", ", or a path") == set(engines.NAMES)


def test_views(gradviz: Run) -> None:
    for command in ("show", "render"):
        said = between(told(gradviz, command), "The view of the run: ", "; steps")
        assert said == files("engine/inside/views") | files("learn/views")


def test_backends_and_files_of_weights(gradviz: Run) -> None:
    said = told(gradviz, "show")
    assert between(said, "--backend NAME ", "; numpy-fast rounds") == set(BACKENDS)
    assert between(said, "--dtype NAME ", ". [") == set(DTYPES)
    assert between(said, "parameters: a ", " file.") == set(weights.every())


def test_formats_of_papers(gradviz: Run) -> None:
    assert between(told(gradviz, "exam", "make"), "--format NAME ", ". [") == set(papers.every())


def test_lists(gradviz: Run) -> None:
    said = told(gradviz, "list")
    assert set("".join(said.split()).split("[", 2)[2].split("]")[0].split("|")) == set(LISTS)


@pytest.mark.parametrize("command", ["render", "show", "exam"])
def test_a_command_is_told_without_the_packages_that_it_draws_with(command: str) -> None:
    code = (
        f"import sys; from gradviz.cli.main import run; run(['{command}']); run(['--help']);"
        "print({'numpy', 'typst', 'resvg_py', 'fontTools', 'sympy', 'textual'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines()[-1] == "set()", done.stderr
