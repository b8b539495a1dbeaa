"""Where a student would be left alone: paths, dead ends, the end of a walk, coming back."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot

import gradviz as gv
from gradviz.cli.commands.tui import open_words
from gradviz.errors import ValueInputError
from gradviz.story.frame import Story
from gradviz_tui.screens.cells import CellScreen
from gradviz_tui.screens.summary import SummaryScreen
from gradviz_tui.screens.whence import WhenceScreen
from gradviz_tui.view.changes import change_lines
from gradviz_tui.walk.inside import Inside
from gradviz_tui.walk.summing import summed, way_out, why_not
from gradviz_tui.walk.viewed import begun
from gradviz_tui.walk.whence import whence
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import FORK, NORM, app, opened, screen_text, walk, walking

SOFTMAX = ("p = softmax(s); -log(p[0])", "s=[3.2,5.1,-1.7]")


# --- where from


def test_the_paths_by_hand() -> None:
    """f = xy + max(y, z) + 3y at x = 2, y = 1, z = 4: dy = x + 0 + 3."""
    trace = opened(FORK).trace
    found = whence(Story(trace), trace.graph.find("y"))
    assert [(row.way, row.brings) for row in found.rows] == [
        ("f → c → a → y", "1 · 1 · 2 = 2"),
        ("f → c → b → y", "1 · 1 · 0 = 0"),
        ("f → g → y", "1 · 3 = 3"),
    ]
    assert found.total == "dy = 2 + 0 + 3 = 5"
    brought = [float(trace.step(row.step).contribution) for row in found.rows]
    assert brought == [2, 0, 3]


def test_the_paths_of_an_array() -> None:
    trace = opened(NORM).trace
    found = whence(Story(trace), trace.graph.find("W"))
    assert [row.way for row in found.rows] == ["f → a → q → W"]
    assert found.rows[0].brings == "[0.38 0.228 0.29 0.174]"  # 2Wx xᵀ


def test_more_paths_than_can_be_read() -> None:
    """Seven doublings have 2⁷ = 128 paths: then the uses are told."""
    text = "; ".join(["a0 = x", *(f"a{n + 1} = a{n} + a{n}" for n in range(7))])
    trace = gv.run(text, x=1.0)
    found = whence(Story(trace), 0)
    assert "128 paths" in found.title and len(found.rows) == 2
    assert found.total == "dx = 128"


@pytest.mark.parametrize("node", ["f", "v"])
def test_no_path(node: str) -> None:
    trace = opened(("2*x", "x=3")).trace
    with pytest.raises(ValueInputError):
        whence(Story(trace), trace.graph.output if node == "f" else 1)


def test_where_from_in_the_program() -> None:
    program = app(FORK, 15)

    async def script(pilot: Pilot[str]) -> None:
        screen = walking(program)
        screen.move(screen.walk.select(screen.walk.trace.graph.find("y")))
        await pilot.press("V")
        await pilot.pause()
        assert isinstance(program.screen, WhenceScreen)
        assert "dy = 2 + 0 + 3 = 5" in screen_text(program)
        await pilot.press("down", "up", "up", "down", "enter")
        await pilot.pause()
        assert screen.walk.k in (11, 13, 14) and screen.walk.selected == 1

    drive(program, script)


# --- no backward pass


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("relu(x)", "sum(relu(x))"),
        ("q = W @ x; relu(q)", "q = W @ x; sum(relu(q))"),
        ("q = W @ x", "q = W @ x; sum(q)"),
        ("a = x*2\n[1, 2]*a;", "a = x*2\nsum([1, 2]*a)"),
        ("x == 2", "sum(x == 2)"),
    ],
)
def test_the_last_statement_is_summed(text: str, made: str) -> None:
    assert summed(text) == made


def test_the_way_out_has_a_backward_pass() -> None:
    bare = opened(("relu(x)", "x=[1,-2]"))
    assert "M sums it: sum(relu(x))" in why_not(bare)
    words, _ = way_out(bare)
    assert list(open_words(words).trace.gradient("x")) == [1, 0]
    network = opened(("net:mlp:2-3-2", "x=[1,2]"))
    words, change = way_out(network)
    assert change == "--upstream [1,1]" and open_words(words).trace.has_backward
    with pytest.raises(ValueInputError):
        way_out(opened(("x*x", "x=1")))
    assert not why_not(opened(("x*x", "x=1")))


def test_it_is_said_at_the_start_and_one_key_away() -> None:
    program = app(("relu(x)", "x=[1,-2]"))

    async def script(pilot: Pilot[str]) -> None:
        shown = " ".join(screen_text(program).split())
        assert "No backward pass: f is an array of 2 numbers" in shown
        await pilot.press("M")
        await settled(pilot, lambda: "sum(relu(x))  " in screen_text(program), "the sum")
        assert walking(program).walk.trace.has_backward

    drive(program, script)


# --- the end


def test_the_end_of_a_walk() -> None:
    program = app(("x*y + z", "x=2", "y=3", "z=-2"), 7)

    async def script(pilot: Pilot[str]) -> None:
        assert "The last step; → tells" in screen_text(program)
        await pilot.press("right")
        await pilot.pause()
        assert isinstance(program.screen, SummaryScreen)
        shown = screen_text(program)
        assert " f = 4" in shown and "z       -2      1" in shown
        await pilot.press("escape")
        await pilot.pause()
        assert walking(program).walk.k == 7
        await pilot.press("E", "g")
        await pilot.pause()
        assert walking(program).walk.k == 0
        await pilot.press("E", "n")
        await settled(
            pilot, lambda: walking(program).walk.words[1:] == ("x=-3", "y=5", "z=2"), "the next"
        )

    drive(program, script)


# --- into a node, and back


def test_enter_opens_the_op_of_the_step() -> None:
    """At the contribution of a max pool to x, x itself has no inside."""
    program = app(("sum(maxpool2d(x, 2))", "x=random:1:4x4"), 5)

    async def script(pilot: Pilot[str]) -> None:
        assert walking(program).frame.edge is not None
        assert walking(program).walk.subject == 0
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(program.screen, CellScreen), "the pool")
        await pilot.press("right", "right", "q")

    line = str(drive(program, script))
    assert "--into a --at 5/" in line


@pytest.mark.parametrize(
    ("words", "path", "k", "steps"),
    [(SOFTMAX, "p", 1, (3,)), (NORM, "q", 5, (2,)), (SOFTMAX, "p", 6, (0,))],
)
def test_reopening_inside_comes_back_exactly(
    words: tuple[str, ...], path: str, k: int, steps: tuple[int, ...]
) -> None:
    here, inner = walk(words, k).entered(path, steps)
    line = here.command_inside((path,), (inner.k,)) if isinstance(inner, Inside) else here.command()
    at = "/".join(map(str, (k, *steps)))
    assert line.endswith(f"--into {path} --at {at}")
    again = opened(words, into=(path, steps))
    back, inner_again = begun(again, k)
    assert (back.k, back.trail) == (here.k, here.trail)
    assert (inner_again and inner_again.k) == (inner and inner.k)
    assert back.root.k == k


def test_leaving_a_program_inside() -> None:
    program = app(SOFTMAX, 1)

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("enter")
        await settled(pilot, lambda: bool(walking(program).walk.trail), "inside")
        await pilot.press("right", "right", "q")

    assert str(drive(program, script)).endswith("--into p --at 1/2")


# --- edits


def test_an_edit_of_an_array_is_told_cell_by_cell() -> None:
    """W₁₂ from 0.6 to 1: q₁ = 0.2 + 0.3, and dW₁ = 2q₁ xᵀ = (0.5, 0.3)."""
    before = walk(NORM, 8)
    after = before.edit(before.opened.edited("W", "[[0.4,1],[0.7,-0.2]]"))
    old, frame = Story(before.trace), Story(after.trace).frame(8)
    told = ["".join(text for text, _ in line) for line in change_lines(old, frame, 0, 60)]
    assert told == ["W₁₂ 0.6 → 1", "dW₁₁ 0.38 → 0.5", "dW₁₂ 0.228 → 0.3"]


# --- saving


def test_a_folder_is_made_only_when_asked_twice(tmp_path: Path) -> None:
    program = app(FORK, 3)
    target = tmp_path / "new" / "z.svg"

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("x")
        await pilot.pause()
        await type_line(pilot, str(target))
        await settled(pilot, lambda: "there is no folder" in screen_text(program), "the question")
        assert not target.parent.exists()
        await pilot.press("enter")
        await settled(pilot, target.exists, "the file")

    drive(program, script)


def test_typing_replaces_what_a_prompt_offers() -> None:
    program = app(("x*y + z", "x=2", "y=3", "z=-2"))

    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("e")
        await pilot.pause()
        await pilot.press("5", "enter")
        await settled(pilot, lambda: walking(program).walk.trace.value("x") == 5, "the edit")
        await pilot.press("B")
        await pilot.pause()
        for char in "dead":
            await pilot.press(char)
        await pilot.press("enter")
        await settled(pilot, lambda: bool(walking(program).walk.conditions), "the condition")
        assert [c.text for c in walking(program).walk.conditions] == ["dead"]

    drive(program, script)


def test_keys_typed_ahead_of_a_prompt_arrive() -> None:
    """A burst: the prompt is not up yet when its text is typed."""
    program = app(("x*y + z", "x=2", "y=3", "z=-2"), 3)

    async def script(pilot: Pilot[str]) -> None:
        for key, char in (("slash", "/"), ("y", "y"), ("enter", "\r"), ("right", None)):
            program.post_message(Key(key, char))
        await settled(pilot, lambda: walking(program).walk.selected == 1, "the node")
        for key, char in (("e", "e"), ("7", "7"), ("ctrl+j", "\n")):
            program.post_message(Key(key, char))
        await settled(pilot, lambda: walking(program).walk.trace.value("y") == 7, "the edit")

    drive(program, script)


@pytest.mark.parametrize("source", ["3", "1/2"])
def test_a_run_without_inputs_answers_every_key(source: str) -> None:
    program = app((source,))

    async def script(pilot: object) -> None:
        for name in ("p", "P", "E", "V", "v", "d", "e", "I", "Q", "M"):
            await pilot.press(name)  # type: ignore[attr-defined]
            await pilot.pause(0.02)  # type: ignore[attr-defined]
            while len(program.screen_stack) > 2:
                await pilot.press("escape")  # type: ignore[attr-defined]

    drive(program, script)
    assert program.failure is None
