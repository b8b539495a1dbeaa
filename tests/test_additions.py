"""CONTRIBUTING.md: every addition that it shows is applied to a copy of gradviz, and the commands
below it print there what it says.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sampled import sampled

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## How to add (.*)\n([\s\S]*?)(?=^## |\Z)", PAGE, re.MULTILINE))
SESSIONS = [
    (thing, session)
    for thing, text in SECTIONS.items()
    for session in re.findall(r"^```console\n([\s\S]*?)^```", text, re.MULTILINE)
]


def commands(session: str) -> list[tuple[str, str]]:
    """What is typed after each `$`, on several lines where quotes are open, and what is shown."""
    found = []
    for entry in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        lines = entry.splitlines(keepends=True)
        typed = next(n for n in range(1, len(lines) + 1) if "".join(lines[:n]).count('"') % 2 == 0)
        found.append(("".join(lines[:typed]).rstrip("\n"), "".join(lines[typed:])))
    return found


def blocks(language: str, text: str = PAGE) -> list[str]:
    return re.findall(rf"^```{language}\n([\s\S]*?)^```", text, re.MULTILINE)


def write_new(folder: Path, block: str) -> None:
    """A file that the first line of a block names."""
    name = block.splitlines()[0].removeprefix("# ")
    path = folder / name
    assert not path.exists(), f"{name} is there already"
    path.parent.mkdir(exist_ok=True)
    path.write_text(block.partition("\n")[2], encoding="utf-8")


def insert(folder: Path, block: str) -> None:
    """The added lines of a diff, behind the one place that its other lines show."""
    for file, hunk in re.findall(r"^\+\+\+ b/(.*)\n@@\n((?:[ +].*\n|\+\n)+)", block, re.MULTILINE):
        path = folder / file
        lines = hunk.splitlines()
        before = "".join(f"{line[1:]}\n" for line in lines if line.startswith(" "))
        after = "".join(f"{line[1:]}\n" for line in lines)
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{file}: {before}"
        path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of gradviz to which everything was added."""
    folder = tmp_path_factory.mktemp("gradviz")
    for package in ("gradviz", "tui"):
        shutil.copytree(ROOT / package, folder / package)
    shutil.copytree(ROOT / "tests" / "peers", folder / "tests" / "peers")
    for block in blocks("python"):
        write_new(folder, block)
    for block in blocks("diff"):
        insert(folder, block)
    for block in blocks("toml") + blocks("po"):
        write_new(folder, block)
    (folder / "bin").mkdir()
    for name, what in (("gradviz", "-m gradviz"), ("python", "")):
        command = folder / "bin" / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {what} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
    return folder


def ran(copy: Path, command: str) -> str:
    """What a shell command prints, with the gradviz of the copy."""
    env = os.environ | {
        "PYTHONPATH": f"{copy}{os.pathsep}{copy / 'tui'}",
        "PATH": f"{copy / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
    }
    done = subprocess.run(command, shell=True, cwd=copy, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), f"{done.stderr}\n{done.stdout}"
    return done.stdout


def test_everything_that_can_be_added_is_shown() -> None:
    """The page's list of contents has its sections, in order, and each of them adds something."""
    listed = re.findall(r"\[(.*?)\]\(#how-to-add-(.*?)\)", PAGE)
    assert [anchor for _, anchor in listed] == [t.lower().replace(" ", "-") for t in SECTIONS]
    assert [words.lower() for words, _ in listed] == [t.lower() for t in SECTIONS]
    kinds = ("python", "diff", "po")
    assert all(any(blocks(kind, text) for kind in kinds) for text in SECTIONS.values())


@sampled(("thing", "session"), SESSIONS, few=6, ids=[thing for thing, _ in SESSIONS])
def test_it_is_found_and_prints_what_the_page_says(copy: Path, thing: str, session: str) -> None:
    for command, shown in commands(session):
        assert ran(copy, command) == shown, command


@pytest.mark.parametrize("check", ["check", "format --check"])
def test_the_lint_step_finds_nothing_in_it(copy: Path, check: str) -> None:
    files = " ".join(block.splitlines()[0].removeprefix("# ") for block in blocks("python"))
    settings = ROOT / "pyproject.toml"
    ran(copy, f"python -m ruff {check} --quiet --no-cache --config {settings} {files}")


def test_the_tests_of_every_op_pass_for_the_new_ones(copy: Path) -> None:
    """Exact proofs, finite differences, shapes, namespaces, other names: as for every op."""
    (copy / "tests" / "ops").mkdir(parents=True)
    for name in ("backward.py", "test_registry.py", "test_namespaces.py", "test_names.py"):
        shutil.copy(ROOT / "tests" / "ops" / name, copy / "tests" / "ops" / name)
    shutil.copy(ROOT / "tests" / "sampled.py", copy / "tests" / "sampled.py")
    said = ran(
        copy,
        "python -m pytest -q -p no:cacheprovider --import-mode=importlib tests/ops"
        " -W ignore::pytest.PytestUnknownMarkWarning -k 'hard_sigmoid or blur2d'",
    )
    passed = re.fullmatch(r"[.\n]+ +\[100%\]\n(\d+) passed, \d+ deselected in .*\n", said)
    assert passed and int(passed[1]) >= 2 * 9, said


def test_the_new_key_does_what_it_says(copy: Path) -> None:
    """Step 7 of c = b * maximum(y, z), b = x*y + z = 1.5·2 − 1: the maximum c receives b = 2."""
    script = """
from tests.tui.driving import drive
from tests.tui.samples import app

async def press(pilot):
    await pilot.press("ctrl+y")
    print(pilot.app.clipboard)

drive(app(k=7), press)
"""
    (copy / "press.py").write_text(script, encoding="utf-8")
    said = ran(copy, f"PYTHONPATH=$PYTHONPATH:{ROOT} python press.py")
    assert said == "× swaps its inputs: c receives the upstream gradient times b, 1 · 2 = 2.\n"
