"""Training in the terminal: what is seen after a pass, and every key, without waiting for time."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from textual.pilot import Pilot

import gradviz as gv
from gradviz.errors import GradvizError
from gradviz.learn.learning import Run
from gradviz.story.keys import EVERY
from gradviz_tui.app import GradvizApp
from gradviz_tui.config import Settings
from gradviz_tui.screens.help import help_lines
from gradviz_tui.screens.picker import PickerScreen
from gradviz_tui.screens.playground import PlaygroundScreen
from gradviz_tui.screens.view import ViewScreen
from gradviz_tui.screens.walk import WalkScreen
from gradviz_tui.view import film, plane
from gradviz_tui.view import playground as view
from gradviz_tui.walk.playground import PACES, Film, Playground, ticks
from gradviz_tui.walk.setup import Setup
from tests.sampled import sampled
from tests.tui.driving import drive, settled, type_line
from tests.tui.samples import app, screen_text

NET, RING = "net:mlp:2-4-2", "ring,count=60,test=20"
SIZES = [(80, 24), (100, 30), (120, 40), (200, 60)]


def ground(source: str = NET, data: str = RING, passes: int = 0, **more: object) -> Playground:
    made = Playground(Setup(source, data, **more))  # type: ignore[arg-type]
    for _ in made.passes(passes, 0, lambda: True):
        pass
    return made


def program(made: Playground, settings: Settings | None = None) -> GradvizApp:
    found = GradvizApp(app(None).host, settings=settings or Settings(), ground=made)
    found.saving = False
    return found


def screen_of(program: GradvizApp) -> PlaygroundScreen:
    return next(s for s in program.screen_stack if isinstance(s, PlaygroundScreen))


# --- what is seen


def test_scores_are_those_of_the_run() -> None:
    seen, run = ground(passes=15).seen(), gv.learn(NET, data=RING, passes=15)
    scores = run.scores()
    assert seen.loss == scores["train"].loss and seen.right == scores["train"].accuracy
    assert seen.test == scores["test"].accuracy and (seen.losses == run.losses).all()
    assert seen.k == seen.done == 15


@pytest.mark.parametrize("source", [NET, "net:mlp:2-3-3-1,activation=tanh", "net:xor"])
def test_the_field_is_what_the_network_says_there(source: str) -> None:
    """Worked out here, point by point, from the weights alone."""
    made = ground(source, passes=8)
    made.grid = 6, 8
    seen, weights = made.seen(), made.running.weights(8)
    assert seen.field is not None and seen.spans is not None
    (across, up), (best, share) = seen.spans, seen.field
    bend = np.tanh if "tanh" in source else lambda z: np.maximum(z, 0)
    count = len(weights) // 2
    for i in range(8):
        for j in range(6):
            x = across.low + (j + 0.5) / 6 * across.length
            y = up.high - (i + 0.5) / 8 * up.length
            h = np.array([x, y])
            for n in range(1, count + 1):
                h = weights[f"W{n}"] @ h + weights[f"b{n}"]
                h = bend(h) if n < count else h
            wanted = int(h.argmax()) if len(h) > 1 else int(h[0] > 0.5)
            assert best[i, j] == wanted
            assert 0 <= share[i, j] <= 1
            np.testing.assert_allclose(
                [m[i, j] for m in np.moveaxis(seen.layers[-1].maps, 2, 0)], h
            )


def test_layers_are_the_weights() -> None:
    made = ground(passes=3)
    seen, weights = made.seen(), made.running.weights(3)
    assert [layer.names for layer in seen.layers] == [("x1", "x2"), (), ("outside", "inside")]
    assert np.array_equal(seen.layers[1].weights, weights["W1"])
    assert np.array_equal(seen.layers[2].weights, weights["W2"])


def test_an_earlier_pass_is_seen_as_it_was() -> None:
    made = ground(passes=4)
    then = made.seen()
    for _ in made.passes(9, 0, lambda: True):
        pass
    again = made.seen(4)
    assert again.loss == then.loss and again.k == 4 and again.done == 13
    assert np.array_equal(again.layers[1].weights, then.layers[1].weights)


def test_it_stops_when_asked_and_says_when_it_cannot_go_on() -> None:
    made = ground()
    for _ in made.passes(None, 0, lambda: made.running.done < 25):
        pass
    assert made.running.done == 25
    wild = ground("net:mlp:2-1", passes=400, lr=1e3)
    seen = wild.seen()
    assert "no longer finite" in seen.stopped and seen.done < 400
    for size in SIZES:
        view.picture(seen, wild.setup.lines(wild.running), size, plane.Look("dark", False, False))


# --- settings


def test_a_rate_goes_on_and_everything_else_begins_anew() -> None:
    made = ground(passes=5)
    faster = made.with_setting("rate", "1/4")
    assert faster.running.done == 5 and faster.running.rate == 0.25
    assert faster.running.run.settings["rates"] == [(5, 0.25)]
    for name, text, source in (
        ("activation", "tanh", "net:mlp:2-4-2,activation=tanh"),
        ("layers", "5-3", "net:mlp:2-5-3-2"),
        ("layers", "", "net:mlp:2-2"),
        ("data", "xor", NET),
        ("optimizer", "adam", NET),
        ("batch", "7", NET),
        ("seed", "3", NET),
    ):
        other = made.with_setting(name, text)
        assert other.running.done == 0 and other.setup.source == source
        shown = other.setup.lines(other.running)
        assert shown.get(name, text) == text


def test_the_command_begins_it_again() -> None:
    made = ground(passes=2).with_setting("activation", "tanh").with_setting("rate", "0.3")
    assert made.setup.command() == (
        "gradviz tui net:mlp:2-4-2,activation=tanh --data ring,count=60,test=20 --lr 0.3"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rate", "0"),
        ("rate", "fast"),
        ("activation", "bent"),
        ("layers", "4-"),
        ("layers", "0"),
        ("layers", "-3"),
        ("data", "rings"),
        ("data", "digits"),
        ("optimizer", "best"),
        ("batch", "-1"),
        ("batch", "0"),
        ("seed", "x"),
        ("sead", "1"),
        ("", ""),
    ],
)
def test_settings_that_are_refused(name: str, text: str) -> None:
    with pytest.raises(GradvizError):
        ground().with_setting(name, text)


# --- how it is drawn


@pytest.mark.parametrize("size", [*SIZES, (40, 12), (30, 8), (60, 50), (250, 20)])
@pytest.mark.parametrize("source", [NET, "net:mlp:2-12-9-8-2", "net:mlp:2-60-2", "net:mlp:2-2"])
@pytest.mark.parametrize("plain", [False, True])
def test_it_fits_every_window(size: tuple[int, int], source: str, plain: bool) -> None:
    from gradviz.layout.grid import cells

    made = ground(source, passes=3)
    found = view.parts(*size)
    made.grid = found.plane, 2 * max(1, found.square)
    seen, settings = made.seen(), made.setup.lines(made.running)
    lines = view.picture(seen, settings, size, plane.Look("dark", plain, plain))
    assert len(lines) <= size[1]
    for line in lines:
        assert sum(cells(text) for text, _ in line) <= size[0]
    if plain:
        drawn = "".join(text for line in lines for text, _ in line)
        assert drawn.isascii(), sorted({c for c in drawn if not c.isascii()})


def test_samples_stand_where_they_are() -> None:
    """The four corners of XOR, in characters: missed ones are capitals."""
    made = ground("net:mlp:2-2", "xor")
    seen = made.seen()
    width, rows = 20, 11
    lines = plane.plane(seen, width, rows, plane.Look("dark", True, True))
    drawn = ["".join(text for text, _ in line) for line in lines]
    signs = {
        (x, y): sign
        for y, line in enumerate(drawn[:-1])
        for x, sign in enumerate(line)
        if sign in "oxOX"
    }
    assert len(signs) == 4
    left, right = min(x for x, _ in signs), max(x for x, _ in signs)
    top, bottom = min(y for _, y in signs), max(y for _, y in signs)
    kinds = {at: sign.lower() for at, sign in signs.items()}
    assert kinds == {(left, top): "x", (right, top): "o", (left, bottom): "o", (right, bottom): "x"}
    missed = sum(sign.isupper() for sign in signs.values())
    assert seen.right is not None and missed == round(4 * (1 - seen.right))


def test_means_of_the_losses() -> None:
    assert view.means(np.array([4.0, 2.0, 3.0]), 5) == [(1, 4), (2, 2), (3, 3)]
    halves = view.means(np.array([4.0, 2.0, 3.0, 5.0, 1.0, 1.0]), 1)
    assert halves == [(2, 3), (5, pytest.approx(7 / 3))]


# --- the line of passes


@pytest.mark.parametrize("count", [2, 5, 9, 13])
def test_ticks_hold_every_pass(count: int) -> None:
    """At 1, 2, 5, 10, …: the least such distance at which all passes have room."""
    for done in (0, 1, 2, 7, 8, 9, 99, 100, 101, 12_345, 100_000):
        gap, end = ticks(done, count)
        assert str(gap).rstrip("0") in ("1", "2", "5") and end == gap * (count - 1) >= done
        smaller = {"1": 2, "2": 2, "5": 5}[str(gap)[0]]
        less = gap // 2 if smaller == 2 else gap * 2 // 5
        assert gap == 1 or less * (count - 1) < done


def test_pictures_of_passes_are_the_plane_as_it_was() -> None:
    made = ground(passes=30)
    made.film = Film(7, 6, 4)
    seen = made.seen(22)
    assert [still.k for still in seen.stills] == [0, 5, 10, 15, 20, 25, 30, 22]
    made.grid = 6, 4
    for still in seen.stills:
        field = made.seen(still.k).field
        assert field is not None and still.field is not None
        assert (still.field[0] == field[0]).all() and (still.field[1] == field[1]).all()


@pytest.mark.parametrize("k", [0, 1, 22, 30])
@pytest.mark.parametrize("plain", [False, True])
def test_the_line_of_passes(k: int, plain: bool) -> None:
    """Pictures stand over their passes, numbers below them; a click finds the pass again."""
    made = ground(passes=30)
    made.film = film.film_of(80, (4, 2))
    seen = made.seen(k)
    drawn = film.film(seen, 80, 4, plane.Look("dark", plain, plain))
    lines = ["".join(text for text, _ in line) for line in drawn]
    assert len(lines) == 4 and all(len(line) <= 80 for line in lines)
    here = lines[2].index("O" if plain else "◆")
    number = lines[3].index(f"{k}")
    assert number <= here <= number + len(f"{k}")
    assert lines[0][here - 1] != " ", "no picture of this pass"
    assert film.pass_at(here, seen, 80) == pytest.approx(k, abs=1)
    assert film.pass_at(0, seen, 80) == 0 and film.pass_at(79, seen, 80) == 30
    assert [film.film(seen, 80, 1, plane.Look("dark", plain, plain))] != [[]]


def test_data_without_a_plane_have_a_line_all_the_same() -> None:
    seen = ground("net:mlp:3-4-2", "parity,bits=3", passes=3).seen()
    assert seen.stills[-1].field is None
    lines = film.film(seen, 80, 5, plane.Look("dark", False, False))
    assert len(lines) == 5 and "◆" in "".join(text for line in lines for text, _ in line)


def test_one_weight_is_worked_out() -> None:
    """Its numbers are those of the run, and what stands there can be recomputed as it is shown."""
    for lr in (0.1, 0.3, 1e-3):
        made = ground(passes=6, lr=lr)
        run = made.running
        for k in range(1, 7):
            seen = made.seen(k)
            assert seen.moved is not None and seen.moved.name == "W2[1, 1]"
            assert seen.moved.before == run.weights(k - 1)["W2"][0, 0]
            assert seen.moved.after == run.weights(k)["W2"][0, 0]
            line = "".join(text for text, _ in view.words(seen, 100)[1])
            numbers = [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", line.split("←")[1])]
            before, rate, gradient, after = numbers
            digits = len(f"{abs(after):.10g}".split(".")[-1])
            assert before - rate * gradient == pytest.approx(after, abs=0.6 * 10**-digits), line
    adam = "".join(t for t, _ in view.words(ground(passes=2, optimizer="adam").seen(), 100)[1])
    assert "became" in adam and "·" not in adam


# --- the screen


def test_passes_on_and_back_and_into_one() -> None:
    made = ground()
    found = program(made)

    async def script(pilot: Pilot[str]) -> None:
        screen = screen_of(found)
        await pilot.press("enter")
        await settled(pilot, lambda: "No pass is done here" in screen_text(found), "why not")
        await pilot.press("right", "right", "right")
        await settled(pilot, lambda: screen.seen.k == 3 and not screen.training, "three passes")
        third = screen.seen.loss
        await pilot.press("down")
        await settled(pilot, lambda: screen.seen.k == 7 and not screen.training, "an epoch of 4")
        await pilot.press("left", "up")
        await settled(pilot, lambda: screen.seen.k == 2, "back")
        await pilot.press("right")
        await settled(pilot, lambda: screen.seen.k == 3, "on")
        assert screen.seen.loss == third and made.running.done == 7
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(found.screen, WalkScreen), "the walk")
        walk = found.screen
        assert isinstance(walk, WalkScreen)
        updates = walk.walk.trace.updates
        assert updates is not None and updates.number == 3
        assert updates.before == made.running.losses[2]
        await pilot.press("G")
        await pilot.press("p")
        await settled(pilot, lambda: isinstance(found.screen, ViewScreen), "another view")
        await pilot.press("backspace")
        await settled(pilot, lambda: found.screen is walk, "out of the view")
        await pilot.press("Y")
        await settled(pilot, lambda: "No command opens this" in screen_text(found), "why")
        await pilot.press("backspace")
        await settled(pilot, lambda: found.screen is screen, "back again")
        await pilot.press("g")
        await settled(pilot, lambda: screen.seen.k == 0, "the start")
        await pilot.press("G")
        await settled(pilot, lambda: screen.seen.k == 7, "the end")
        await pilot.press(":")
        await type_line(pilot, "4")
        await settled(pilot, lambda: screen.seen.k == 4, "pass 4")

    drive(found, script, size=(120, 40))


def test_play_and_pause_and_a_rate_on_the_way() -> None:
    made = ground()
    found = program(made)

    async def script(pilot: Pilot[str]) -> None:
        screen = screen_of(found)
        for _ in PACES[:2]:
            await pilot.press(">")
        await pilot.press("space")
        await settled(pilot, lambda: screen.seen.k > 4, "training")
        await pilot.press("e")
        await type_line(pilot, "rate = 0.02")
        await settled(pilot, lambda: found.screen is screen, "the change")
        since = screen.ground.running.run.settings["rates"][0][0]
        assert screen.ground.running.rate == 0.02 and since > 4
        await settled(pilot, lambda: screen.seen.k > since + 2, "it goes on")
        await pilot.press("space")
        await settled(
            pilot,
            lambda: not screen.training and screen.seen.k == screen.ground.running.done,
            "paused",
        )
        done = screen.ground.running.done
        await pilot.press("right")
        await settled(pilot, lambda: screen.seen.k == done + 1, "one more")
        await pilot.press("e")
        for wrong in ("rate = 0", "nonsense", "layers = 4-", "speed = 1"):
            await type_line(pilot, wrong)
            await settled(pilot, lambda: found.screen.query_one(".problem").display, wrong)
        await type_line(pilot, "layers = 3-3")
        await settled(pilot, lambda: found.screen is screen, "the change")
        await settled(pilot, lambda: screen.seen.k == 0 and len(screen.seen.layers) == 4, "anew")

    drive(found, script, size=(100, 30))


@sampled(
    ("line", "source", "data"),
    [
        ("activation = sigmoid", "net:mlp:2-4-2,activation=sigmoid", RING),
        ("layers = 3-3", "net:mlp:2-3-3-2", RING),
        ("layers =", "net:mlp:2-2", RING),
        ("data = xor", NET, "xor"),
        ("optimizer = adam", NET, RING),
    ],
    few=1,
)
def test_settings_change_while_it_trains(line: str, source: str, data: str) -> None:
    """What is trained from then on is exactly what `gv.learn` does with that setting."""
    found = program(ground())

    async def script(pilot: Pilot[str]) -> None:
        screen = screen_of(found)
        for _ in PACES[:2]:
            await pilot.press(">")
        await pilot.press("space")
        await settled(pilot, lambda: screen.seen.k > 2, "training")
        old = screen.ground
        await pilot.press("e")
        await type_line(pilot, line)
        await settled(pilot, lambda: screen.ground is not old, "the change")
        await settled(pilot, lambda: screen.training and screen.seen.k > 2, "it goes on")
        await pilot.press("space")
        await settled(pilot, lambda: not screen.training and not screen._threads, "paused")
        setup = screen.ground.setup
        assert (setup.source, setup.data) == (source, data)
        assert screen.ground.setup.lines(screen.ground.running)[line.split(" =")[0]] in line + " "
        run = gv.learn(source, data=data, optimizer=setup.optimizer, passes=screen.seen.k)
        assert (screen.seen.losses[: run.passes] == run.losses).all()

    drive(found, script, size=(100, 30))


def test_a_click_on_the_line_goes_to_a_pass() -> None:
    found = program(ground(passes=40))

    async def script(pilot: Pilot[str]) -> None:
        screen = screen_of(found)
        line = screen.query_one("#line")
        assert await pilot.click("#line", offset=(line.size.width // 2, line.size.height - 2))
        wanted = film.pass_at(line.size.width // 2, screen.seen, line.size.width)
        await settled(pilot, lambda: screen.seen.k == wanted, "that pass")
        assert 10 < wanted < 40

    drive(found, script, size=(120, 40))


def test_divergence_is_said() -> None:
    found = program(ground("net:mlp:2-1", lr=1e3))

    async def script(pilot: Pilot[str]) -> None:
        screen = screen_of(found)
        await pilot.press("space")
        await settled(pilot, lambda: bool(screen.seen.stopped) and not screen.training, "the end")
        assert "no longer finite" in screen_text(found)
        await pilot.press("space")
        await settled(pilot, lambda: "Training has stopped" in screen_text(found), "why")
        assert math.isfinite(screen.seen.losses[0])

    drive(found, script)


def test_leaving_tells_the_command() -> None:
    async def script(pilot: Pilot[str]) -> None:
        await pilot.press("right", "space", "q")

    assert drive(program(ground()), script) == f"gradviz tui {NET} --data {RING}"


def test_a_run_is_saved_by_a_key(tmp_path: Path) -> None:
    found = program(ground())
    place = tmp_path / "run.json"

    async def script(pilot: Pilot[str]) -> None:
        screen = screen_of(found)
        await pilot.press("x")
        await settled(pilot, lambda: "No pass is done here" in screen_text(found), "why not")
        await pilot.press("down", "right")
        await settled(pilot, lambda: screen.seen.k == 5 and not screen.training, "five passes")
        await pilot.press("left", "x")
        for wrong, says in (
            ("", "no name"),
            ("run.npz", "JSON"),
            (f"{tmp_path}/no/run.json", "folder"),
        ):
            await type_line(pilot, wrong)
            await settled(pilot, lambda: found.screen.query_one(".problem").display, wrong)
            assert says in screen_text(found) and not list(tmp_path.glob("run*"))
        await type_line(pilot, str(place))
        await settled(pilot, lambda: found.screen is screen, "saved")
        assert any(f"Saved {place}" in note.message for note in found._notifications)
        assert screen.seen.k == 4

    drive(found, script, size=(200, 60))
    run = Run.load(place)
    wanted = gv.learn(NET, data=RING, passes=5)
    assert (run.losses == wanted.losses).all() and run.trace(3).updates is not None
    assert (run.kept.weights[-1] == wanted.kept.weights[-1]).all()


def test_keys_have_words_of_their_own() -> None:
    """Help, the footer and the command palette speak of passes, and only of keys that do
    something.
    """
    found = program(ground())

    async def script(pilot: Pilot[str]) -> None:
        screen = screen_of(found)
        commands = {c.title for c in found.get_system_commands(screen)}
        await pilot.press("question_mark")
        await settled(pilot, lambda: found.screen is not screen, "help")
        text = "\n".join("".join(t for t, _ in line) for line in help_lines({}, training=True))
        for key in EVERY:
            shown = key.shown and any(
                line.split()[: len(key.shown.split())] == key.shown.split()
                for line in text.splitlines()
            )
            assert bool(shown) == (key.training is not None and bool(key.shown)), key.action
            if key.training is not None and key.words:
                assert key.trained in text and key.trained[1:] in "".join(c[1:] for c in commands)
        assert all(sum(len(t) for t, _ in line) <= 76 for line in help_lines({}, training=True))
        for word in ("contribution", " node", "loss, where", "undo", "quiz", "walk or"):
            assert word not in text, word
        for shown in ("go on by a pass", "save the run", "a sample of each class"):
            assert shown in screen_text(found)

    drive(found, script, size=(100, 60))


@pytest.mark.parametrize("name", ["train xor", "train ring", "train spiral"])
def test_training_is_started_from_the_list(name: str) -> None:
    from gradviz.cli.commands.tui import _host

    found = app(None)
    found.host = _host()
    offer = next(o for o in found.host.offers if o.name == name)

    async def script(pilot: Pilot[str]) -> None:
        await type_line(pilot, "net:mlp:2-4-2 --data ring -o run.json")
        await settled(pilot, lambda: "-o has no meaning" in screen_text(found), "why not")
        await type_line(pilot, " ".join(offer.words))
        await settled(pilot, lambda: isinstance(found.screen, PlaygroundScreen), "the playground")
        screen = screen_of(found)
        assert found.settings.recent[0] == offer.words and screen.seen.field is not None
        await pilot.press("right")
        await settled(pilot, lambda: screen.seen.k == 1, "a pass")
        await pilot.press("O")
        await settled(pilot, lambda: isinstance(found.screen, PickerScreen), "the list")
        await type_line(pilot, "x*y x=2 y=3")
        await settled(pilot, lambda: isinstance(found.screen, WalkScreen), "a walk")
        await pilot.press("backspace")
        await settled(pilot, lambda: "not inside a node" in screen_text(found), "no way back")

    drive(found, script)


def test_a_visitor_trains_but_neither_saves_nor_reads(tmp_path: Path) -> None:
    """Data of the owner's own file are there, under their name alone."""
    table = tmp_path / "secret-points.csv"
    table.write_text("0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    made = Playground(Setup(NET, str(table)).for_visitors())
    found = program(made)
    found.host = found.host._replace(visited=True)

    async def script(pilot: Pilot[str]) -> None:
        screen = screen_of(found)
        await pilot.press("right", "right")
        await settled(pilot, lambda: screen.seen.k == 2 and not screen.training, "two passes")
        assert str(tmp_path) not in screen_text(found) and "save" not in screen_text(found)
        for key in "xY":
            await pilot.press(key)
            await settled(pilot, lambda: "Visitors cannot" in screen_text(found), key)
            found.clear_notifications()
        await pilot.press("e")
        for wrong in (f"data = {table}", "data = @other.npz", "data = /etc/passwd"):
            await type_line(pilot, wrong)
            await settled(pilot, lambda: found.screen.query_one(".problem").display, wrong)
            assert "allowed" in screen_text(found) or "no data set" in screen_text(found)
        await type_line(pilot, "seed = 4")
        await settled(pilot, lambda: found.screen is screen and screen.seen.k == 0, "another seed")
        assert screen.ground.running.run.data is made.running.run.data

    drive(found, script)


# --- the command line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--data", "ring"], "needs a source"),
        (["x*y", "x=1", "y=2", "--lr", "0.1"], "need data"),
        ([NET, "--data", "ring", "--serve", "-o", "run.json"], "a visitor saves no run"),
        ([NET, "--data", "rings", "--serve"], "no data set"),
        (["x*y", "x=1", "y=2", "-o", "run.json"], "need data"),
        ([NET, "--data", "ring", "--at", "3"], "--at has no meaning"),
        ([NET, "--data", "ring", "--view", "neurons"], "--view has no meaning"),
        ([NET, "--data", "ring"], "not a terminal"),
    ],
)
def test_words_that_are_refused(words: list[str], says: str) -> None:
    from click.testing import CliRunner

    from gradviz.cli.commands.tui import command

    result = CliRunner().invoke(command, words)
    assert result.exit_code and says in str(result.exception) + result.output


@pytest.mark.parametrize(
    ("source", "data", "says"),
    [
        ("net:mlp:3-4-2", "ring", "do not fit"),
        (NET, "rings", "no data set"),
        ("(w - 3)**2", "", "needs samples"),
        (NET, "[[0, 0, x]]", "number"),
    ],
)
def test_data_that_are_refused(source: str, data: str, says: str) -> None:
    with pytest.raises(GradvizError, match=says):
        Playground(Setup(source, data, {"w": 0.0} if "w" in source else {}))
