"""A player as a widget: its step and inputs from Python, and in the page."""

from __future__ import annotations

import base64
import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import GradvizError, ValueInputError
from tests.browser import Browser, needs_browser

SCRIPT = Path(gv.__file__).parent / "export" / "widget.js"
needs_anywidget = pytest.mark.skipif(
    find_spec("anywidget") is None, reason="widgets are not proved: anywidget is not installed"
)


@pytest.fixture
def widget(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(sys.modules, "marimo", ModuleType("marimo"))
    return gv.player("f = sum(x*y*w)", x=1.0, y=2.0, w=[1.0, 2.0])


@pytest.mark.parametrize("name", ["step", "inputs"])
def test_outside_of_notebooks_a_player_says_what_it_lacks(name: str) -> None:
    player = gv.player("x*y", x=1.0, y=2.0)
    with pytest.raises(GradvizError, match="belong to a widget"):
        getattr(player, name)
    with pytest.raises(GradvizError, match=r"gradviz-explainer\[jupyter\]"):
        setattr(player, name, 2)


@pytest.mark.proof
@needs_anywidget
def test_step_and_inputs_are_read_and_set(widget: Any) -> None:
    assert widget.inputs == {"x": 1.0, "y": 2.0, "w": [1.0, 2.0]}
    widget.step = 2
    widget.inputs = {"x": 3}
    widget.inputs = {"w": np.array([4, 5])}
    assert widget.step == 2 and widget.inputs == {"x": 3.0, "y": 2.0, "w": [4.0, 5.0]}


@pytest.mark.proof
@needs_anywidget
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("step", 99, "no such step"), ("step", "two", "no such step"), ("step", True, "no such"),
        ("inputs", {"v": 1}, "no input v"), ("inputs", {"x": "1"}, "x cannot be set"),
        ("inputs", {"x": float("nan")}, "x cannot be set"), ("inputs", 3, "numbers by name"),
        ("inputs", {"w": [1.0]}, "shape 2"), ("inputs", {"w": 1.0}, "shape 2"),
    ],
)  # fmt: skip
def test_what_the_page_does_not_have_is_refused_and_nothing_changes(
    widget: Any, name: str, value: Any, said: str
) -> None:
    before = getattr(widget, name)
    with pytest.raises(ValueInputError, match=said):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


@pytest.mark.proof
@needs_anywidget
def test_a_widget_shows_its_page_where_there_are_no_widgets(widget: Any, tmp_path: Path) -> None:
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"] == widget.player._repr_html_()
    assert widget.save(tmp_path / "walk.html").read_text(encoding="utf-8") == widget.text


MODEL = """
const model = {
  state: STATE, handlers: {}, saved: 0,
  get(name) { return this.state[name]; },
  set(name, value) {
    if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
    this.state[name] = value;
    (this.handlers[`change:${name}`] ?? []).forEach(each => each());
  },
  save_changes() { this.saved++; },
  on(name, each) { (this.handlers[name] ??= []).push(each); },
  off(name, each) { this.handlers[name] = this.handlers[name].filter(one => one !== each); },
};
window.model = model;
import("data:text/javascript;base64,MODULE").then(
  module => module.default.render({ model, el: document.body }));
"""


def answered(browser: Browser, change: str) -> None:
    """Change the model, and wait until the page has answered."""
    before = browser.run("model.saved")
    browser.run(change)
    browser.until(f"model.saved > {before}")


def enter(browser: Browser) -> None:
    """Click into the page's frame, and go to the start of its walk: a click goes past a frame that
    has not been painted yet, so both are done until the page has heard the key.
    """
    for _ in range(600):
        browser.mouse("mousePressed", 500, 8)
        browser.mouse("mouseReleased", 500, 8)
        browser.press("Home")
        if browser.run("model.state.step === 0"):
            return
        time.sleep(0.02)
    raise AssertionError("the frame hears no keys")


@pytest.mark.proof
@needs_browser
def test_the_page_follows_the_model_and_the_model_the_page(tmp_path: Path) -> None:
    """f = x·y at x = 3, y = 2 has the gradients 2 and 3: a step of 0.1 leads to 2.8 and 1.7."""
    frame = gv.player("f = x*y", x=1.0, y=2.0).frame()
    state = {"frame": frame, "step": 1, "inputs": {"x": 3.0, "y": 2.0}}
    script = MODEL.replace("STATE", json.dumps(state).replace("</", "<\\/"))
    script = script.replace("MODULE", base64.b64encode(SCRIPT.read_bytes()).decode())
    page = tmp_path / "host.html"
    page.write_text(f"<!doctype html><body><script>{script}</script>", encoding="utf-8")
    with Browser() as browser:
        browser.size(1000, 700)
        browser.open(page)
        browser.until("model.saved > 0")
        assert browser.run("model.state.step") == 1
        assert browser.run("model.state.inputs") == {"x": 3, "y": 2}
        enter(browser)
        browser.press("d")
        browser.until("model.state.inputs.x !== 3")
        assert browser.run("model.state.inputs") == pytest.approx({"x": 2.8, "y": 1.7}, rel=1e-15)
        answered(browser, "model.set('step', 3)")
        browser.press("ArrowLeft")
        browser.until("model.state.step === 2")
        answered(browser, "model.set('inputs', {x: -1, y: 5})")  # gradients 5 and -1
        browser.press("d")
        browser.until("model.state.inputs.y > 5")
        assert browser.run("model.state.inputs") == pytest.approx({"x": -1.5, "y": 5.1})
        assert not browser.faults
