"""Other views of a run in the terminal: switching, stepping, windows of every size."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.pilot import Pilot

from gradviz.cli.commands.tui import open_words
from gradviz.cli.opening import prepared
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.story.keys import EVERY
from gradviz.trace.walks import landing
from gradviz_tui.app import GradvizApp
from gradviz_tui.config import Settings
from gradviz_tui.screens.export import ExportPrompt
from gradviz_tui.screens.prompt import Prompt
from gradviz_tui.screens.view import ViewScreen
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.view.areas import below, needed
from gradviz_tui.walk.viewed import Viewed, begun, drawn, first, last
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import MARK, app, opened, screen_text, walk, walking

GOLDEN = Path(__file__).parent.parent / "golden" / "tui"
NET = (
    "h = tanh(W1 @ x + b1); o = W2 @ h + b2; sum((o - y)**2)",
    "x=[1,0.5]", "W1=[[0.5,-1],[-0.8,0.6],[1.2,0.4]]", "b1=[0.1,0.2,-0.3]",
    "W2=[[1.5,-0.7,0.9],[-0.4,1.1,0.6]]", "b2=[0.2,-0.1]", "y=[1,0.5]",
)  # fmt: skip
BATCH = (
    "S = X @ W + b; softmax_cross_entropy(S, y)",
    "X=[[1,2,3],[0.5,-1,2]]", "W=[[0.1,0.2],[0.3,-0.1],[0.5,0.4]]", "b=[0.1,-0.2]", "y=[0,1]",
)  # fmt: skip
LARGE = ("net:mnist-mlp", "x=digit:3")


async def switched(pilot: Pilot[str], key: str = "p") -> None:
    """Switch, and wait until the view is shown."""
    before = name(pilot)
    await pilot.press(key)
    await settled(pilot, lambda: name(pilot) != before, f"another view than {before}")


def name(pilot: Pilot[str]) -> str:
    screen = pilot.app.screen
    return screen.viewed.name if isinstance(screen, ViewScreen) else "graph"


def viewing(program: GradvizApp) -> ViewScreen:
    assert isinstance(program.screen, ViewScreen)
    return program.screen


def in_view(words: tuple[str, ...], view: str, k: int = 0) -> GradvizApp:
    """The program as `--view` starts it."""
    program = app(words)
    there, viewed = begun(opened(words, view=view), k)
    program._begin, program._viewed = there, viewed
    return program


def test_a_key_goes_round_the_views_that_fit_and_back() -> None:
    program = app(NET, 3)

    async def script(pilot: Pilot[str]) -> None:
        seen = [name(pilot)]
        for key in ("p", "p", "p", "P", "P", "P"):
            await switched(pilot, key)
            seen.append(name(pilot))
        assert seen == ["graph", "matrix", "neurons", "graph", "neurons", "matrix", "graph"]
        assert walking(program).walk.k == 3

    drive(program, script)


@pytest.mark.parametrize("view", ["neurons", "matrix"])
def test_switching_lands_on_the_step_of_the_trace(view: str) -> None:
    """From every step of the graph; and back to the very step where nothing was moved."""
    start = walk(NET)
    for k in range(start.total + 1):
        here = start.at(k)
        there = Viewed.of(here, view)
        assert there.back() is here
        assert there.k == (landing(there.walk, k) if k else 0)
        moved = there.step(1).step(-1).step(1)
        if moved.k != there.k:
            assert moved.back().k == moved.walk.trace_step(moved.k)


def test_a_folded_run_is_seen_whole() -> None:
    """The steps of a folded graph are counted otherwise; they land on the same unit."""
    words = ("net:mlp:2-3-1", "x=[1,-0.5]", "target=1")
    here = walk(words[:2])
    units = Viewed.of(here.loss(), "neurons")
    assert units.walk.trace is here.view.whole
    assert units.walk.phase(units.k) == here.trace.phase(here.loss().k).replace("seed", "backward")


def test_nothing_else_fits_a_circuit() -> None:
    assert first(walk(MARK)) is None and last(walk(MARK)) is None
    assert drawn()[0] == "graph" and {"neurons", "matrix"} <= set(drawn())


def test_the_keys_step_as_the_table_says() -> None:
    program = in_view(NET, "neurons", 4)

    async def script(pilot: Pilot[str]) -> None:
        screen = viewing(program)
        assert all(screen.does(key.action) is not None for key in EVERY if key.views is not None)
        total = screen.viewed.total
        for keys, k in [
            (("right",), 5), (("left",), 4), (("G",), total), (("g",), 0), (("l", "l"), 2),
            (("m",), 6), (("down",), 7), (("down",), 9), (("up",), 7), (("]",), 9),
        ]:  # fmt: skip
            await pilot.press(*keys)
            assert screen.viewed.k == k, keys
        await pilot.press(":")
        assert isinstance(program.screen, Prompt)
        await type_line(pilot, "3")
        await settled(pilot, lambda: screen.viewed.k == 3)
        await pilot.press("y")
        assert r"\cdot" in program.clipboard
        await pilot.press("Y")
        assert program.clipboard.endswith("--view neurons --at 3")
        await pilot.press("x")
        assert isinstance(program.screen, ExportPrompt)
        await pilot.press("escape")
        await pilot.press("space")
        assert screen.playing is not None
        await settled(pilot, lambda: screen.viewed.k > 3)
        await pilot.press("space")
        assert screen.playing is None
        await pilot.press("backspace")
        await settled(pilot, lambda: isinstance(program.screen, WalkScreen))
        assert walking(program).walk.k == screen.viewed.walk.trace_step(screen.viewed.k)

    drive(program, script)


def test_leaving_tells_how_to_come_back_to_the_view() -> None:
    program = in_view(NET, "matrix", 2)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("right", "q")

    assert drive(program, script).endswith("--view matrix --at 3")


def test_a_click_on_the_scrubber() -> None:
    program = in_view(NET, "neurons")

    async def script(pilot: Pilot[str]) -> None:
        await pilot.click("#scrubber", offset=(99, 0))
        assert viewing(program).viewed.k == viewing(program).viewed.total

    drive(program, script)


def test_a_picture_of_the_view_is_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program = in_view(BATCH, "matrix", 3)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("x")
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(program.screen, ViewScreen))

    drive(program, script)
    assert "column 2 of" in Path("step-03.svg").read_text(encoding="utf-8")


WINDOWS = ((80, 24), (100, 30), (120, 40), (200, 60), (48, 14), (30, 8))
STAMPED = ("sum(conv_transpose2d(x, w))", "x=[[[1,2],[3,4]]]", "w=[[[[1,0.5],[0,-1]]]]")
TINY = ("net:tiny-cnn", "image=random:3", "label=1")


@pytest.mark.parametrize(
    ("words", "view"), [(NET, "neurons"), (BATCH, "matrix"), (STAMPED, "stamps"), (TINY, "volumes")]
)
@pytest.mark.parametrize("ascii", [False, True])
def test_windows_of_every_size(words: tuple[str, ...], view: str, ascii: bool) -> None:
    """The picture is whole, or it is said how large the window must be; there it is whole."""
    program = in_view(words, view, 2)
    program.settings = Settings(ascii=ascii)

    async def script(pilot: Pilot[str]) -> None:
        for size in WINDOWS:
            await pilot.resize_terminal(*size)
            await looked_at(pilot, size)

    async def looked_at(pilot: Pilot[str], size: tuple[int, int]) -> None:
        screen = viewing(program)
        await settled(pilot, lambda: screen.size == size)
        shown = screen_text(program)
        assert all(len(line) <= size[0] for line in shown.split("\n"))
        assert not ascii or shown.isascii()
        found = screen._fitted[1]
        if found.sheet is not None:
            rows = [
                "".join(text for text, _ in row).rstrip() for row in found.sheet.rows(screen.frame)
            ]
            assert all(row.strip() in shown for row in rows)
            return
        wide, high = needed(*found.least, *size)
        said = f"{wide}×{high}".replace("×", "x" if ascii else "×")
        assert "".join(said.split()) in "".join(shown.split())
        await pilot.resize_terminal(wide, high)
        await settled(pilot, lambda: screen._fitted[1].sheet is not None)

    drive(program, script, WINDOWS[-1])


def test_the_room_that_a_picture_needs() -> None:
    for width, height in [(20, 3), (69, 13), (200, 70)]:
        wide, high = needed(width, height, 80, 24)
        assert wide == max(80, width) and below(wide, high).picture >= height
        assert high == 24 or below(wide, high - 1).picture < height


@pytest.mark.parametrize(
    ("name", "words", "view", "k", "size"),
    [
        ("neurons-80", NET, "neurons", 10, (80, 24)),
        ("neurons-100", NET, "neurons", 2, (100, 30)),
        ("neurons-120", NET, "neurons", 9, (120, 40)),
        ("neurons-200", LARGE, "neurons", 4, (200, 60)),
        ("neurons-large", LARGE, "neurons", 4, (80, 24)),
        ("matrix-80", NET, "matrix", 2, (80, 24)),
        ("matrix-100", BATCH, "matrix", 3, (100, 30)),
        ("matrix-120", BATCH, "matrix", 12, (120, 40)),
        ("matrix-200", NET, "matrix", 9, (200, 60)),
    ],
)
def test_goldens(
    name: str, words: tuple[str, ...], view: str, k: int, size: tuple[int, int]
) -> None:
    """Looked at line by line before they were kept; REGOLD=1 writes them anew."""
    program = in_view(words, view, k)
    shown: list[str] = []

    async def script(pilot: Pilot[str]) -> None:
        shown.append(screen_text(program) + "\n")

    drive(program, script, size)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("REGOLD"):
        path.write_text(shown[0], encoding="utf-8")
    assert shown[0] == path.read_text(encoding="utf-8")


def test_what_cannot_be_begun_is_refused_before_the_screen_changes() -> None:
    with pytest.raises(UnknownNameError, match="no view 'neuron'"):
        prepared(NET[0], NET[1:], view="neuron")
    with pytest.raises(ValueInputError, match="no drawing in characters"):
        Viewed.of(walk(NET), "cells") if "cells" in drawn() else _undrawable()
    with pytest.raises(ValueInputError, match="no weights are multiplied"):
        prepared(MARK[0], MARK[1:], view="neurons").run()
    with pytest.raises(ValueInputError, match="there is no step 99") as error:
        prepared(NET[0], NET[1:], at=99, view="neurons").run()
    assert "--at 0 (the inputs only) to 14" in str(error.value)


def _undrawable() -> None:
    """A view that has no characters: what is said of it does not depend on which there are."""
    from gradviz_tui.walk import viewed

    before = viewed.has_characters
    try:
        viewed.has_characters = lambda kind: kind == "neurons"  # type: ignore[assignment]
        viewed.drawable("matrix")
    finally:
        viewed.has_characters = before  # type: ignore[assignment]


def test_a_line_that_is_typed_may_name_a_view() -> None:
    made = open_words((*NET, "--view", "matrix"))
    assert made.view == "matrix" and made.words()[-2:] == ("--view", "matrix")
    assert begun(made, 0)[1] is not None


def test_classes_are_named_in_the_views_that_have_them() -> None:
    made = opened(NET, view="neurons", classes=("cat", "dog"))
    there, viewed = begun(made, 0)
    assert viewed is not None and viewed.walk.layers[-1].names == ("cat", "dog")
    assert Viewed.of(there, "matrix").walk.classes == ()  # its first product has three rows
    assert "--view neurons --classes cat,dog --at 0" in viewed.command()
    program = app(NET)
    program._begin, program._viewed = there, viewed

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("end")
        await pilot.pause()
        text = screen_text(program)
        assert "cat" in text and "dog" in text

    drive(program, script, (120, 40))


def test_names_of_classes_that_fit_no_view_are_refused() -> None:
    for words, says in [
        ((*NET, "--classes", "cat"), "1 names of classes"),
        ((*NET, "--view", "neurons", "--classes", "cat,dog,ship"), "2 output units"),
        ((*NET, "--classes", "cat,cat"), "two classes are called cat"),
        (("x*y", "x=1", "y=2", "--classes", "cat"), "classes are the rows of a matrix"),
    ]:
        with pytest.raises(ValueInputError, match=says):
            open_words(words)
