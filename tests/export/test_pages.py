"""Pages in a browser: going, jumping, editing, predicting, keys, print, phones, addresses."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest

import gradviz as gv
from gradviz.arrays.digits import writing
from gradviz.learn.learning import Run
from gradviz.scene.model import Text
from gradviz.story import walks
from gradviz.story.frame import Story
from gradviz.trace import Trace
from gradviz.trace.run import Data
from tests.browser import Browser, needs_browser

pytestmark = [pytest.mark.proof, needs_browser]
CIRCUIT = "(x*y + z) * maximum(y, z)"
AT = {"x": 1.5, "y": 2.0, "z": -1.0}
SIZES = {"slide": (1280, 720), "phone": (390, 844), "laptop": (1024, 640)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as found:
        yield found


@pytest.fixture
def circuit(tmp_path: Path) -> Path:
    return written(tmp_path, gv.run(CIRCUIT, **AT))


@pytest.fixture(autouse=True)
def quiet(browser: Browser) -> Iterator[None]:
    """No test leaves a fault in the console, or asks for anything but its file."""
    browser.faults.clear()
    browser.asked.clear()
    browser.size(*SIZES["slide"])
    browser.media()
    yield
    assert browser.faults == []
    assert all(a.startswith(("file:", "data:", "about:")) for a in browser.asked)


def written(folder: Path, subject: Any, **options: Any) -> Path:
    return gv.render(subject, folder / "page.html", **options).files[0]


def at(browser: Browser) -> int:
    return int(browser.run("S[at].k"))


def visible(browser: Browser) -> dict[str, str]:
    found = browser.run(
        "[...picture.byId].filter(([, e]) => e.tagName === 'text')"
        ".map(([id, e]) => [id, e.textContent + '|' + e.getAttribute('class')])"
    )
    return dict(found)


def test_every_picture_is_the_scene_whichever_way_it_is_reached(
    browser: Browser, circuit: Path
) -> None:
    from gradviz.export.drawing import Drawing
    from gradviz.scene import views
    from gradviz.scene.framing import ALONE

    trace = gv.run(CIRCUIT, **AT)
    deck = views.pictures(walks.of(trace), ALONE, vars(Drawing(trace).look) | {"window": None})
    browser.open(circuit)
    for k in [0, 13, 5, 6, 4, 12, 1, 13, 0, *range(14)]:
        browser.run(f"go({k})")
        theirs = {
            i.id: f"{i.text}|{i.role.replace(' ', '-')}"
            for i in deck.scene(k).items
            if isinstance(i, Text)
        }
        assert visible(browser) == theirs
        assert browser.text("#says") == walks.of(trace).frame(k).sentence


def test_keys(browser: Browser, circuit: Path) -> None:
    browser.open(circuit, "#k=0")
    for keys, place in [
        ("ArrowRight", 1), ("ArrowDown", 2), ("G", 13), ("ArrowUp", 11), ("m", 5),
        ("ArrowDown", 7), ("ArrowLeft", 6), ("l", 7), ("h", 6), ("g", 0), ("End", 13),
    ]:  # fmt: skip
        browser.press(keys)
        assert at(browser) == place, keys
    browser.press("?")
    assert browser.run("$('keys').open")
    assert "go to the loss" in browser.text("#keys dl")
    browser.press("Escape")
    browser.press("T")
    assert browser.run("document.documentElement.dataset.theme") == "dark"
    browser.run("$('letters').click()")
    browser.press("g")
    assert at(browser) == 13


def test_buttons_scrubber_and_play(browser: Browser, circuit: Path) -> None:
    browser.open(circuit, "#k=0")
    for action, place in [
        ("step", 1),
        ("node", 2),
        ("end", 13),
        ("step_back", 12),
        ("loss", 5),
        ("start", 0),
    ]:
        browser.click(f"[data-action={action}]")
        assert at(browser) == place, action
    browser.run(
        "$('range').value = 9; $('range').dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert at(browser) == 9
    browser.run("go(11); pace = 30; play(true)")
    browser.until("at === LAST && timer === 0")


def test_a_node_opens_its_panel_with_the_whole_chain_rule(browser: Browser, circuit: Path) -> None:
    browser.open(circuit, "#k=13")
    browser.click(".spot[data-node='1']")
    browser.until("location.hash.includes('node=y')")
    said = browser.run("$('node').textContent.replaceAll(' ', '')")
    # ∂f/∂y = ∂c/∂y · ∂f/∂c + ∂a/∂y · ∂b/∂a · ∂f/∂b = 1 · 2 + 1.5 · 1 · 2 = 2 + 3 = 5
    assert "2pathstof" in said and "1.5·1·2=3" in said and "1·2=2" in said
    assert browser.run("document.querySelector('#node .total').textContent").endswith("=5")
    browser.click("#node .path")
    assert at(browser) == 10
    browser.run(
        "$('node').querySelectorAll('.path')[3].dispatchEvent(new MouseEvent('mouseover', "
        "{bubbles: true}))"
    )
    lit = "[...document.querySelectorAll('.together')].map(e => e.dataset.i).sort()"
    assert browser.run(lit) == [
        "edge-1-5-0-wire", "edge-5-6-1-wire", "node-1-trunk", "node-5-trunk",
    ]  # fmt: skip
    browser.press("Escape")
    browser.until("!location.hash.includes('node=')")
    browser.press("G")
    browser.click("[data-i='edge-2-4-1-contribution']")
    wire = browser.run("D.wires.findIndex(w => w.join() === '2,4,1')")
    assert at(browser) == browser.run("D.seed") + 1 + wire


def test_everything_by_keyboard(browser: Browser, circuit: Path) -> None:
    browser.open(circuit, "#k=6")
    stops = []
    for _ in range(60):
        browser.press("Tab")
        stop = browser.run(
            "(e => e === document.body ? null : (e.getAttribute('aria-label') || e.textContent"
            " || e.labels?.[0]?.textContent || '').trim())(document.activeElement)"
        )
        if stop is None:
            break
        stops.append(stop)
    assert all(stops), stops
    for name in ("Predict", "Step", "y, an input, value 2", "To the end", "value of x"):
        assert any(name in stop for stop in stops), name
    browser.run("document.querySelector(\".spot[data-node='3']\").focus()")
    browser.press("Enter")
    browser.until("location.hash.includes('node=a')")


def test_a_live_region_says_the_step(browser: Browser, circuit: Path) -> None:
    browser.open(circuit, "#k=11")
    browser.press("ArrowRight")
    browser.until("$('say').textContent.includes('swaps its inputs')")
    assert "step 12 of 13" in browser.run("$('say').textContent")


@pytest.mark.parametrize("size", SIZES)
def test_nothing_runs_over_the_edge(browser: Browser, circuit: Path, size: str) -> None:
    browser.size(*SIZES[size], mobile=size == "phone")
    for fragment in ("#k=13&node=y", "#k=9&numbers=0", "#k=12&predict=1", "#k=10&x=-12345.678"):
        browser.open(circuit, fragment)
        assert browser.run("document.documentElement.scrollWidth") <= SIZES[size][0], fragment


@pytest.mark.parametrize(
    "fragment",
    [
        "#k=999", "#k=-1", "#k=banana", "#k=1e9&x=1e999&y=NaN&z=", "#x=banana&node=__proto__",
        "#node=%3Cscript%3E&theme=evil&numbers=9", "#%", "#k=7&x=%E0%A4%A", "#" + "x=1&" * 3000,
        "#k=7&x=</script><img src=x onerror=alert(1)>", "#constructor=1&toString=2",
    ],
)  # fmt: skip
def test_hostile_addresses_are_inert(browser: Browser, circuit: Path, fragment: str) -> None:
    browser.open(circuit, fragment)
    assert 0 <= at(browser) <= 13
    assert not browser.run("document.querySelector('img') !== null")
    assert browser.text("#says")


def test_the_address_is_the_state(browser: Browser, circuit: Path) -> None:
    browser.open(circuit, "#k=7&x=2.5&node=z&theme=dark&numbers=0")
    assert at(browser) == 7
    assert browser.run("now[0]") == 2.5
    browser.until("location.hash === '#k=7&node=z&numbers=0&theme=dark&x=2.5'")


def test_editing_changes_everything_and_can_be_undone(browser: Browser, circuit: Path) -> None:
    browser.open(circuit, "#k=12")
    browser.run("document.querySelector('[data-input=\"0\"]').select()")
    browser.type("2.5")
    browser.run("document.activeElement.blur()")
    # b = 2.5·2 − 1 = 4, c = 2, f = 8; ∂f/∂x = c·y = 4, ∂f/∂y = c·x + b = 9, ∂f/∂z = c = 2
    rows = " ".join(browser.text("#inputs tbody").split())
    assert "was 1.5" in rows and "8 was 4" in rows and "9 was 5" in rows
    assert visible(browser)["node-6-value"].startswith("8|")
    browser.press("u")
    browser.until("location.hash === '#k=12'")
    browser.press("d")  # x − 0.1·4, y − 0.1·5, z − 0.1·2
    assert np.allclose(browser.run("now"), [1.1, 1.5, -1.2])
    browser.click("#reset")
    assert browser.run("now") == [1.5, 2, -1]
    x, y = browser.middle(".spot[data-node='0']")
    browser.mouse("mouseMoved", x, y)
    browser.mouse("mousePressed", x, y)
    browser.mouse("mouseMoved", x + 20, y)
    browser.mouse("mouseMoved", x + 40, y)
    browser.mouse("mouseReleased", x + 40, y)
    assert browser.run("now[0]") == 2.5 and browser.run("chosen") is None


def test_predicting_first(browser: Browser, circuit: Path) -> None:
    browser.open(circuit, "#k=12&predict=1")
    assert visible(browser)["node-0-gradient"].startswith("?")
    assert browser.run("$('formula').hidden") and not browser.run("$('ask').hidden")
    # The right number is 2 · 2 = 4: the upstream gradient times the other factor.
    for text, said in [
        ("banana", "A number"),
        ("-4", "sign"),
        ("3", "not times itself"),
        ("6", "Perhaps"),
        ("171", "not right"),
    ]:
        browser.run(f"$('answer').value = {json.dumps(text)}; $('ask').requestSubmit()")
        assert said in browser.text("#verdict"), (text, browser.text("#verdict"))
    browser.run("$('answer').value = '8/2'; $('ask').requestSubmit()")
    assert browser.text("#says").startswith("Right. × swaps its inputs")
    assert visible(browser)["node-0-gradient"].startswith("4|")
    # y has 2 from the first path; the second brings 2 · 1.5 = 3: after it there are 5.
    browser.press("ArrowRight")
    assert "so far" in browser.text("#question") and "(2 of 2)" in browser.text("#question")
    assert visible(browser)["edge-1-3-1-contribution"].startswith("?")
    browser.run("$('answer').value = '5'; $('ask').requestSubmit()")
    assert browser.text("#says").startswith("Right.")
    browser.press("q")
    assert browser.run("$('ask').hidden")
    browser.until("!location.hash.includes('predict')")


FORMULAS = "S.map((_, n) => words(n, 'maths').replace(/<[^>]*>/g, '').replace(/\\s/g, ''))"
EXAMPLES = {
    "circuit": (CIRCUIT, 3),
    "neuron": ("sigmoid(w0*x0 + w1*x1 + w2)", 5),
    "branches": ("a = x*y; a*a + sin(a)*x - abs(y)", 2),
    "routes": ("relu(x) + minimum(x, y) * leaky_relu(y) + maximum(x*y, z)", 3),
    "quotient": ("(x - y) / (1 + z**2) + exp(-x*x)", 3),
}


def draws(rng: random.Random, n: int) -> float:
    return [
        lambda: rng.uniform(-5, 5),
        lambda: float(rng.choice([-2, -1, 0, 1, 2, 0.5, -0.25])),
        lambda: 10 ** rng.uniform(-6, 6) * rng.choice([1, -1]),
        lambda: round(rng.uniform(-3, 3), 2),
    ][n % 4]()


@pytest.mark.parametrize("name", EXAMPLES)
def test_two_hundred_inputs_agree_with_a_run(browser: Browser, tmp_path: Path, name: str) -> None:
    """Every value, gradient and contribution to 1e-12, every sentence and note, every number that
    the picture shows in its last step.
    """
    source, count = EXAMPLES[name]
    rng = random.Random(7)
    inputs = gv.parse(source).input_names
    assert len(inputs) == count
    browser.open(written(tmp_path, gv.run(source, **dict.fromkeys(inputs, 0.5))))
    for n in range(200):
        values = [draws(rng, n) for _ in inputs]
        trace = gv.run(source, **dict(zip(inputs, values, strict=True)))
        story = Story(trace)
        made = browser.run(
            f"(v => {{ now = v; compute(); go(LAST, {{quiet: true}}); const r = live.run(now);"
            " return JSON.stringify([r, S.map((_, k) => [told.sentence(k), told.note(k)])],"
            " (k, v) => typeof v === 'number' && !Number.isFinite(v) ? String(v) : v); })"
            f"({values})"
        )
        found, said = json.loads(made)
        agree(found, trace)
        for k, (sentence, note) in enumerate(said):
            frame = story.frame(k)
            assert (sentence, note) == (frame.sentence, frame.note), (values, k)


def agree(found: Any, trace: Trace) -> None:
    pairs = [*zip(found["values"], trace.values, strict=True)]
    pairs += [
        (a, b) for a, b in zip(found["gradients"], trace.gradients, strict=True) if b is not None
    ]
    pairs += [(s[2], c) for s, c in zip(found["steps"], trace.recording.contribution, strict=True)]
    pairs += [(s[3], c) for s, c in zip(found["steps"], trace.recording.after, strict=True)]
    for ours, theirs in pairs:
        a, b = float(ours), float(theirs)
        assert a == b or (a != a and b != b) or abs(a - b) <= 1e-12 * max(1.0, abs(b)), (a, b)


def test_formulas_of_edited_numbers_are_those_of_a_run(browser: Browser, circuit: Path) -> None:
    """The text of the MathML without brackets and spaces, against a page of a run on the inputs."""
    browser.open(circuit)
    for values in [(1.5, 2.0, -1.0), (0.1234, -2.5, 3.0), (-2.0, 0.3, 0.7), (3.0, 7.0, 2.0)]:
        browser.run(f"now = {list(values)}; compute(); show()")
        ours = browser.run(FORMULAS)
        folder = circuit.parent / "other"
        folder.mkdir(exist_ok=True)
        theirs = written(folder, gv.run(CIRCUIT, **dict(zip("xyz", values, strict=True))))
        browser.open(theirs)
        expected = browser.run(FORMULAS)
        browser.open(circuit)
        assert ours == expected


def test_edited_numbers_are_written_as_fractions_too(browser: Browser, tmp_path: Path) -> None:
    """x = 3 and y = 1/8 give 3/16, 5/16 and 15/16; df/dx = 5/16 + 3/16."""
    page = written(tmp_path, gv.run("(x/16 + y)*x", x=1.37, y=2), numbers="fractions")
    with writing("fractions"):
        story = Story(gv.run("(x/16 + y)*x", x=3, y=1 / 8))
        for k in range(1, 10):
            browser.open(page, f"#k={k}&x=3&y=0.125")
            assert browser.text("#says") == story.frame(k).sentence
    shown = {key: text.partition("|")[0] for key, text in visible(browser).items()}
    values = [shown[f"node-{n}-value"] for n in (0, 1, 3, 4, 5)]
    assert values == ["3", "1/8", "3/16", "5/16", "15/16"] and shown["node-0-gradient"] == "1/2"
    assert "<mfrac><mn>3</mn><mn>16</mn></mfrac>" in browser.run("$('formula').innerHTML")


def test_arrays_are_computed_too(browser: Browser, tmp_path: Path) -> None:
    given = {"W": [[1.0, 2.0], [3.0, -1.0]], "x": [0.5, 2.0]}
    browser.open(written(tmp_path, gv.run("sum((W @ x)**2)", **given)), "#k=8&x=1,-1")
    # W x = (−1, 4), f = 17, u = (−2, 8), Wᵀ u = (22, −12)
    shown = visible(browser)
    assert [shown[f"node-1-gradient-0-{j}"].split("|")[0] for j in (0, 1)] == ["22", "−12"]
    assert shown[f"node-{browser.run('D.output')}-value"].split("|")[0] == "17"


ALL_STEPS = """S.map((_, n) => { go(n, {quiet: true}); return {
  says: $('says').textContent, note: $('note').textContent,
  maths: words(n, 'maths').replace(/<[^>]*>/g, '').replace(/\\s/g, ''),
  images: [...picture.byId].filter(([, e]) => e.tagName === 'image')
    .map(([i, e]) => [i, e.getAttribute('href')]),
  captions: [...picture.byId].filter(([i]) => i.includes('-caption-'))
    .map(([i, e]) => [i, e.textContent]),
}; })"""
ARRAYS = {
    "product": ("sum((W @ x)**2)", {"W": (2, 2), "x": (2,)}),
    "softmax": ("a = W @ x; p = softmax(a); -log(p[1])", {"W": (3, 2), "x": (2,)}),
    "large product": ("sum(tanh(W @ x)**2)", {"W": (6, 6), "x": (6,)}),
    "photo": ("y = conv2d(image, k); sum(y**2)", {"image": (1, 1, 8, 8), "k": (1, 1, 3, 3)}),
    "pooled": (
        "y = conv2d(a, k); sum(relu(maxpool2d(y, 2)))", {"a": (1, 1, 7, 7), "k": (1, 1, 2, 2)}
    ),
    "mean": ("mean((x - y)**2)", {"x": (4,), "y": (4,)}),
    "rows": ("sum(X @ W + b)", {"X": (2, 3), "W": (3, 2), "b": (2,)}),
    "used twice": ("sum(x * x + W @ x)", {"x": (2,), "W": (2, 2)}),
    "powers of ten": ("sum((x * 1e-7 + b)**2)", {"x": (6, 6), "b": (6, 6)}),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_edited_arrays_are_told_and_drawn_as_in_a_page_of_a_run(
    browser: Browser, tmp_path: Path, name: str
) -> None:
    """Sentences, notes, formulas with their numbers, heatmaps, images and their captions."""
    source, shapes = ARRAYS[name]

    def numbers(seed: int) -> dict[str, Any]:
        rng = np.random.default_rng(seed)
        return {k: rng.normal(size=shape).round(3) for k, shape in shapes.items()}

    pages = []
    for seed in (10, 50):
        folder = tmp_path / str(seed)
        folder.mkdir()
        pages.append(written(folder, gv.run(source, **numbers(seed))))
    browser.open(pages[0])
    edited = [numbers(50)[node.name].ravel().tolist() for node in gv.parse(source).inputs]
    browser.run(f"now = {edited}; compute(); 0")
    ours = browser.run(ALL_STEPS)
    browser.open(pages[1])
    assert ours == browser.run(ALL_STEPS)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    given = {"a": np.arange(36.0).reshape(1, 1, 6, 6) / 10, "k": [[[[1.0, 0.0], [0.0, -1.0]]]]}
    return written(tmp_path, gv.run("y = conv2d(a, k); sum(maxpool2d(y, 2, stride=1)**2)", **given))


def drag(browser: Browser, x: float, y: float, by: float) -> None:
    browser.mouse("mouseMoved", x, y)
    browser.mouse("mousePressed", x, y)
    browser.mouse("mouseMoved", x + by / 2, y)
    browser.mouse("mouseMoved", x + by, y)
    browser.mouse("mouseReleased", x + by, y)


def place(browser: Browser, selector: str, row: int, column: int, size: int = 6) -> list[float]:
    """The middle of a cell of a square map."""
    found: list[float] = browser.run(
        f"(b => [b.x + b.width * {(column + 0.5) / size}, b.y + b.height * {(row + 0.5) / size}])"
        f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
    )
    return found


def test_cells_of_an_image_are_dragged_typed_and_stepped(browser: Browser, image: Path) -> None:
    browser.open(image)
    drag(browser, *place(browser, "[data-cells='0']", 1, 2), 40)  # 10 times 0.1
    assert browser.run("now[0][8]") == pytest.approx(1.8) and browser.run("now[0][7]") == 0.7
    assert "row 2, column 3" in browser.text("#inputs") and "was 0.8" in browser.text("#inputs")
    drag(browser, *place(browser, "[data-i='node-0-value-frame']", 5, 0), -20)
    assert browser.run("now[0][30]") == pytest.approx(2.5)
    browser.run("document.querySelector('[data-cells]').focus()")
    browser.press("ArrowRight", "ArrowUp", "+")
    assert browser.run("now[0][25]") == pytest.approx(2.6)
    browser.press("Enter")
    browser.type("7")
    assert browser.run("now[0][25]") == 7
    browser.until("location.hash.includes('a=8%3A1.8%2C25%3A7%2C30%3A2.5')")
    browser.run("document.activeElement.blur()")
    browser.press("u", "u", "u", "u")
    assert not browser.run("edited")
    browser.open(image, "#k=3&a=8:1.8,25:7&k=3")
    assert browser.run("now[0][25]") == 7


@pytest.mark.parametrize("kind", ["mouse", "touch"])
def test_a_kernel_is_dragged_cell_by_cell(browser: Browser, image: Path, kind: str) -> None:
    if kind == "touch":
        browser.size(*SIZES["phone"], mobile=True)
    browser.open(image)
    x, y = place(browser, "[data-i='node-1-value-frame']", 0, 1, 2)
    if kind == "mouse":
        drag(browser, x, y, 40)
    else:
        browser.call("Emulation.setTouchEmulationEnabled", enabled=True)
        try:
            for event, at in (("touchStart", x), ("touchMove", x + 20), ("touchMove", x + 40)):
                point = [{"x": at, "y": y}]
                browser.call("Input.dispatchTouchEvent", type=event, touchPoints=point)
            browser.until("now[1][1] === 1")
            browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
        finally:
            browser.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert browser.run("now[1]") == [1, 1, 0, -1]
    assert visible(browser)["node-1-value-0-1"] == "1|value changed"
    old = "[...document.querySelectorAll('.grid > span')].map(e => e.textContent)"
    assert browser.run(old) == ["", "was 0", "", ""]


@pytest.mark.parametrize(
    "fragment",
    ["a=8", "a=8:", "a=:1", "a=99:1", "a=8:1:2", "a=8:NaN", "a=__proto__:1", "a=-1:2", "a=1,2"],
)
def test_hostile_cells_in_an_address_are_inert(
    browser: Browser, image: Path, fragment: str
) -> None:
    browser.open(image, f"#{fragment}")
    assert not browser.run("edited")


@pytest.fixture(scope="module")
def trained() -> Run:
    return gv.learn("net:mlp:2-3-2", data="moons", epochs=2, batch=10)


@pytest.fixture(scope="module")
def training(trained: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("training"), trained, view="training")


def test_a_pass_opens_and_the_page_comes_back_exactly(browser: Browser, training: Path) -> None:
    browser.open(training, "#k=12&theme=dark")
    before = visible(browser), browser.text("#says"), browser.run("$('source').innerHTML")
    assert browser.text("#door") == "Open pass 12"
    browser.click("#door")
    browser.until("opened === '12' && at === 0")
    browser.press("ArrowRight", "ArrowRight")
    browser.until("location.hash === '#pass=12&k=2&theme=dark'")
    assert "pass 12 of 40, step 2 of" in browser.text("#count")
    browser.press("Backspace")
    assert browser.run("opened") is None
    browser.until("location.hash === '#k=12&theme=dark'")
    assert before == (visible(browser), browser.text("#says"), browser.run("$('source').innerHTML"))
    browser.press("Enter")
    browser.until("opened === '12' && at === 0")
    browser.click("#door")
    assert at(browser) == 12


def test_an_opened_pass_is_the_page_of_that_pass(
    browser: Browser, trained: Run, training: Path, tmp_path: Path
) -> None:
    theirs = written(tmp_path, trained.trace(8))
    pages = []
    for page, fragment, ready in (
        (training, "#pass=8&k=3", "opened === '8'"),
        (theirs, "", "true"),
    ):
        browser.open(page, fragment)
        browser.until(ready)
        pages.append(
            browser.run(
                "S.map((_, k) => { go(k, {quiet: true}); return [$('says').textContent,"
                " $('formula').textContent, $('count').textContent, [...picture.byId]"
                ".map(([id, e]) => [id, e.textContent, e.getAttribute('class')])]; })"
            )
        )
    assert pages[0] == pages[1]
    browser.open(training, "#pass=8&k=3")
    browser.until("opened === '8' && S[at].k === 3")
    browser.press("o")
    assert at(browser) == 8


@pytest.mark.parametrize("fragment", ["#pass=999", "#pass=__proto__", "#pass=8.0&k=2", "#pass="])
def test_hostile_passes_in_an_address_are_inert(
    browser: Browser, training: Path, fragment: str
) -> None:
    browser.open(training, fragment)
    assert browser.run("opened") is None and browser.text("#says")


def test_of_a_long_run_the_page_opens_the_nearest_round_pass(
    browser: Browser, tmp_path: Path
) -> None:
    run = gv.learn("w*x + b", data="linear", w=0, b=0, passes=61)
    made = gv.render(run, tmp_path / "run.html", view="training")
    assert "32 of 61 passes open in the page; --pass K is any other." in made.notes
    assert made.files[0].stat().st_size < 2_000_000
    browser.open(made.files[0], "#k=33")
    assert browser.text("#door").startswith("Open pass 3")
    assert browser.text("#door").endswith(", the nearest in this page")
    browser.click("#door")
    browser.until("opened !== null")
    browser.click("#door")
    assert at(browser) == 33


def test_of_a_very_long_run_the_page_shows_some_passes(browser: Browser, tmp_path: Path) -> None:
    run = gv.learn("w*x + b", data="linear", w=0, b=0, passes=300)
    made = gv.render(run, tmp_path / "run.html", view="training")
    assert any(n.endswith("of 300 passes; --steps 1-150 shows each of these.") for n in made.notes)
    browser.open(made.files[0], "#k=1")
    assert browser.run("S.length") <= 62 and at(browser) == 1
    browser.press("G")
    assert at(browser) == 301
    some = gv.render(run, tmp_path / "some.html", view="training", steps="20-80")
    browser.open(some.files[0])
    assert browser.run("S.map(s => s.k)") == [*range(20, 81)]


def long_text(ops: int) -> str:
    lines = ("a{k} = a{j}*y + x", "a{k} = sin(a{j})", "a{k} = tanh(a{j}*x + 0.{k}*y)")
    made = [lines[k % 3].format(k=k, j=k - 1) for k in range(1, ops)]
    return "; ".join(["a0 = x*y", *made])


def test_a_walk_of_a_thousand_steps_is_shown_in_windows(browser: Browser, tmp_path: Path) -> None:
    trace = gv.run(long_text(168), x=0.5, y=0.9)
    assert len(trace) > 1000
    made = gv.render(trace, tmp_path / "long.html")
    assert made.files[0].stat().st_size < 5_000_000
    assert any("in windows that follow the steps" in note for note in made.notes)
    browser.open(made.files[0], "#k=0")
    for k in (1, 200, 500, 501, 502, 640, 1000):
        browser.run(f"goTo({k})")
        step = trace.step(k)
        texts = {i: text.split("|")[0] for i, text in visible(browser).items()}
        wanted = f"node-{step.node}-value"
        assert texts[wanted], k
        assert browser.run(f"document.querySelector('.spot[data-node=\"{step.node}\"]') !== null")
        inside = (
            "(a, b) => a.left >= b.left - 1 && a.right <= b.right + 1 && a.bottom <= b.bottom + 1"
        )
        boxes = "e => e.getBoundingClientRect()"
        assert browser.run(
            f"({inside})(({boxes})(picture.known('{wanted}')), ({boxes})($('graph')))"
        )
    browser.run("edit(0, 0.25)")
    assert np.isclose(
        browser.run("found.gradients[0]"), float(gv.run(long_text(168), x=0.25, y=0.9).gradients[0])
    )


KINDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "circuit": (CIRCUIT, {}, "#k=12&node=y&x=2"),
    "predict": (CIRCUIT, {}, "#k=3&predict=1"),
    "bare": (CIRCUIT, {}, "#k=9&numbers=0"),
    "image": ("y = conv2d(a, k); sum(y**2)", {}, "#k=6&a=3:2"),
    "cells": ("y = conv2d(a, k); sum(y**2)", {"into": "y"}, "#k=3"),
    "neurons": ("net:mlp:2-3-2", {"view": "neurons"}, "#k=4"),
    "volumes": ("net:tiny-cnn", {"view": "volumes"}, "#k=2"),
    "training": ("", {}, "#k=20"),
    "pass": ("", {}, "#pass=20&k=5"),
}


@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_nothing_serious(
    browser: Browser, training: Path, tmp_path: Path, name: str
) -> None:
    axe = pytest.importorskip(
        "axe_core_python", reason="without axe-core it is not proved that pages are accessible"
    )
    script = files(axe).joinpath("axe.min.js").read_text("utf-8")
    source, options, fragment = KINDS[name]
    page = training
    if source.startswith("net:"):
        graph = gv.net(source[4:])
        given = {"x": [0.5, -1.0]} if "mlp" in source else {"image": np.ones((1, 5, 5))}
        page = written(tmp_path, gv.run(graph, **given), **options)
    elif source:
        rng = np.random.default_rng(1)
        given = (
            AT
            if source == CIRCUIT
            else {"a": rng.random((1, 1, 6, 6)), "k": rng.random((1, 1, 3, 3))}
        )
        page = written(tmp_path, gv.run(source, **given), **options)
    for size in ("slide", "phone"):
        browser.size(*SIZES[size], mobile=size == "phone")
        for scheme in ("light", "dark"):
            browser.media(prefers_color_scheme=scheme)
            browser.open(page, fragment)
            if name == "pass":
                browser.until("opened === '20'")
            browser.call("Runtime.evaluate", expression=script)
            found = browser.run(
                "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations"
                ".map(v => [v.id, v.impact, v.nodes[0].html]))"
            )
            assert [v for v in found if v[1] in ("serious", "critical")] == [], (size, scheme)


def test_paper(browser: Browser, circuit: Path, tmp_path: Path) -> None:
    browser.open(circuit, "#k=3&theme=dark")
    browser.pdf(tmp_path / "page.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "page.pdf")
    try:
        texts = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    assert len(texts) == 14
    assert "swaps its inputs" in texts[12] and "step 12 of 13" in texts[12]


def test_paper_has_the_numbers_of_now(browser: Browser, circuit: Path, tmp_path: Path) -> None:
    browser.open(circuit, "#k=3&x=102.5")  # a = x·y = 205
    browser.pdf(tmp_path / "page.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "page.pdf")
    try:
        last = document[13].get_textpage().get_text_range()
    finally:
        document.close()
    assert last.count("205") > 1 and "1.5" not in last.replace("102.5", "")


def test_without_a_script_the_page_is_its_picture_and_its_sentences(
    browser: Browser, circuit: Path
) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.call("Page.navigate", url=circuit.resolve().as_uri())
        browser.call("DOM.enable")
        root = browser.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
        for selector, seen in [
            ("#steps li", True),
            ("#graph", True),
            ("#controls", False),
            ("aside", False),
        ]:
            node = browser.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
            try:
                browser.call("DOM.getBoxModel", nodeId=node)
                there = True
            except AssertionError:
                there = False
            assert there == seen, selector
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize(
    "text",
    [
        "<script>document.title = 'bad'</script>",
        "</script><img src=x onerror=\"document.title = 'bad'\">",
        "]]> --> <!-- ${1} `'\"",
        "שלום 梯度",
        "n" * 10_000,
    ],
)
def test_hostile_texts_are_inert(browser: Browser, tmp_path: Path, text: str) -> None:
    note = {"x": text[:60]} if text.isascii() else {}
    page = written(tmp_path, gv.run(f"x*y  # {text}", x=1.5, y=2.0), note=note)
    browser.open(page, "#k=2&node=x")
    browser.press("G", "g", "ArrowRight", "?")
    assert browser.run("document.title") != "bad"
    assert not browser.run("document.querySelector('img') !== null")
    assert browser.run("document.documentElement.scrollWidth") <= SIZES["slide"][0]


NAMES = {
    "script": "<script>document.title = 'bad'</script>",
    "image": "</script><img src=x onerror=\"document.title = 'bad'\">",
    "ends": "]]> --> ${1} `'\" $& \\1",
    "right to left": "שלום",
    "long": "n" * 10_000,
}


@pytest.mark.parametrize("kind", NAMES)
def test_hostile_names_are_inert(browser: Browser, tmp_path: Path, kind: str) -> None:
    """Of an array that is edited cell by cell, of a grid of fields, and of a number."""
    given = {"a": np.arange(12.0).reshape(3, 4), "b": [1.0, 2.0, 3.0, 4.0], "c": 2.0}
    trace = gv.run("sum(c * a @ b)", **given)
    rename = {name: NAMES[kind] + name for name in "abc"}
    try:
        page = written(tmp_path, trace, rename=rename)
    except gv.errors.GradvizError as error:  # refused in one message: nothing is written
        assert not [*tmp_path.iterdir()] and "\n" not in error.what
        return
    browser.open(page, "#k=3&node=x")
    browser.run("choose(0); edit(0, 3); chooseCell(1, 5); 0")
    browser.press("q", "q", "d", "G", "g", "ArrowRight", "?")
    assert browser.run("document.title") != "bad"
    assert browser.run("document.querySelector('img:not([data-heat]), #app script')") is None
    assert browser.run("document.documentElement.scrollWidth") <= SIZES["slide"][0]


def test_hostile_names_of_samples_are_inert_in_a_training_run(
    browser: Browser, tmp_path: Path
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    rng = np.random.default_rng(1)
    data = Data(
        name="]]>" + hostile, x=rng.random((20, 2)), t=np.arange(20) % 2, columns=("u", "v"),
        classes=(hostile, "</script> ${1}"),
    )  # fmt: skip
    run = gv.learn("net:mlp:2-2", data=data, passes=3)
    browser.open(written(tmp_path, run, view="training"), "#pass=2&k=1")
    browser.until("opened === '2'")
    browser.press("o", "G", "g")
    assert browser.run("document.querySelector('img')") is None


def test_a_player_works_in_the_frame_of_a_notebook(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "notebook.html"
    frame = gv.player(CIRCUIT, **AT)._repr_html_()
    page.write_text(f"<!doctype html><title>notebook</title>{frame}", encoding="utf-8")
    browser.open(page)
    browser.mouse("mousePressed", 400, 620)
    browser.mouse("mouseReleased", 400, 620)
    browser.press("g", "ArrowRight")
    browser.screenshot(tmp_path / "frame.png")
    assert (tmp_path / "frame.png").stat().st_size > 10_000


def test_a_walk_without_steps(browser: Browser, tmp_path: Path) -> None:
    browser.open(written(tmp_path, gv.run("x", x=2.0)))
    browser.press("ArrowRight", "G", "g", " ")
    assert browser.text("#says")


def test_a_question_and_its_answer_are_a_key_apart(browser: Browser, tmp_path: Path) -> None:
    """An address leads to the question; nothing of the answer is seen before the next key."""
    file = tmp_path / "asked.html"
    gv.render("a = w*x; a + b", file, w=3.173, x=0.731, b=-1.377, hide="a", answers=True)
    browser.open(file, "#k=1")
    assert browser.text("#says") == "What is the value of a?"
    before = visible(browser)
    assert "2.319" not in " ".join([browser.text("#says"), *before.values()])
    browser.press("ArrowRight")
    assert at(browser) == 1 and "2.319" in browser.text("#says")
    after = visible(browser)
    new = {key for key in after if key not in before}
    assert new == {"node-3-value"} and after["node-3-value"].startswith("2.319")
    browser.press("ArrowRight")
    assert at(browser) == 2
    browser.press("ArrowLeft", "ArrowLeft")
    assert browser.text("#says") == "What is the value of a?"
