"""The screen as it looks, colours and all: SVG snapshots at pinned versions of what draws them."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from textual.pilot import Pilot

from gradviz_tui.config import Settings
from gradviz_tui.screens.playground import PlaygroundScreen
from gradviz_tui.walk.playground import Playground
from gradviz_tui.walk.setup import Setup
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import FORK, MARK, app, walking

GOLDEN = Path(__file__).parent.parent / "golden" / "tui"

PROJECT = Path(__file__).parent.parent.parent / "pyproject.toml"


def test_what_draws_the_snapshots_is_what_the_project_pins() -> None:
    """Another version may draw them otherwise: here it is told, not skipped."""
    dev = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["dependency-groups"]["dev"]
    pinned = dict(entry.split("==") for entry in dev if "==" in entry)
    assert {"textual", "rich"} <= set(pinned)
    installed = {name: version(name) for name in pinned}
    assert installed == pinned, "pip install --group dev"


def plain(svg: str) -> str:
    """A screenshot without its random name, and without fonts from the web."""
    svg = re.sub(r"terminal-\d+-", "t-", re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL))
    return "\n".join(line.rstrip() for line in svg.split("\n")) + "\n"


async def an_edit(pilot: Pilot[str]) -> None:
    screen = walking(pilot.app)  # type: ignore[arg-type]
    await pilot.press("e")
    await type_line(pilot, "z = 2")
    await settled(pilot, lambda: pilot.app.screen is screen, "the edit")


async def a_wrong_answer(pilot: Pilot[str]) -> None:
    await pilot.press("Q")
    await type_line(pilot, "3")


async def an_image(pilot: Pilot[str]) -> None:
    screen = walking(pilot.app)  # type: ignore[arg-type]
    screen.move(screen.walk.select(screen.walk.trace.graph.find("image")))
    await pilot.press("a")


async def nothing(pilot: Pilot[str]) -> None:
    """As it begins."""


@pytest.mark.parametrize(
    ("name", "words", "k", "size", "theme", "script"),
    [
        ("step", FORK, 9, (80, 24), "dark", nothing),
        ("edit", MARK, 12, (100, 30), "light", an_edit),
        ("quiz", MARK, 9, (80, 24), "dark", a_wrong_answer),
        ("image", ("sum(image*w)", "image=digit:3", "w=2"), 2, (100, 40), "cs231n", an_image),
    ],
)
def test_snapshots(
    name: str, words: tuple[str, ...], k: int, size: tuple[int, int], theme: str, script
) -> None:  # type: ignore[no-untyped-def]
    """Looked at before they were kept; REGOLD=1 writes them anew."""
    program = app(words, k, Settings(theme=theme))
    shown: list[str] = []

    async def whole(pilot: Pilot[str]) -> None:
        await script(pilot)
        await pilot.pause()
        shown.append(plain(program.export_screenshot()))

    drive(program, whole, size)
    compare(GOLDEN / f"{name}.svg", shown[0])


def compare(path: Path, shown: str) -> None:
    """A screen with the one that was kept; REGOLD=1 keeps it."""
    if os.environ.get("REGOLD"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8"), f"{path.name} is not what it was"


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "dark"), ((100, 30), "light"), ((120, 40), "dark"), ((200, 60), "light")],
)
def test_snapshots_of_the_playground(size: tuple[int, int], theme: str) -> None:
    """Pass 22 of 40, each window with its own share of network, plane, losses and passes."""
    ground = Playground(Setup("net:mlp:2-4-3-2,activation=tanh", "ring,count=60", lr=0.5))
    for _ in ground.passes(40, 0, lambda: True):
        pass
    program = app(None, settings=Settings(theme=theme))
    program.ground = ground
    shown: list[str] = []

    async def script(pilot: Pilot[str]) -> None:
        screen = program.screen
        assert isinstance(screen, PlaygroundScreen)
        await pilot.press(":")
        await type_line(pilot, "22")
        await settled(pilot, lambda: program.screen is screen and screen.seen.k == 22, "pass 22")
        await pilot.pause()
        shown.append(plain(program.export_screenshot()))

    drive(program, script, size)
    compare(GOLDEN / f"playground-{size[0]}x{size[1]}.svg", shown[0])
