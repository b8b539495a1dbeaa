"""Stories of walks, whatever they lead through: those that are there, and a further kind that is
planted as files and then stepped, drawn and printed like any other.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree

import pytest

import gradviz as gv
from gradviz.cli.main import run
from gradviz.errors import ValueInputError
from gradviz.story import walks
from gradviz.trace.step import Phase
from gradviz.trace.walks import Walk, landing
from tests.scene.cell_samples import cell_sample

TRACE = gv.run("x*y + z", x=-3, y=5, z=2)


@pytest.mark.parametrize("walk", [TRACE, cell_sample("lecture")], ids=["graph", "cells"])
def test_every_frame_answers_one_protocol(walk: Walk) -> None:
    story = walks.of(walk)
    for k in range(len(walk) + 1):
        frame = story.frame(k)
        assert (frame.number, frame.total) == (k, len(walk))
        assert frame.phase == walk.phase(k) and frame.trace_step == walk.trace_step(k)
        assert (frame.formula is None) == (k == 0) and frame.sentence and not frame.strange
        if k:
            assert frame.heading in story.headings
            assert len(frame.progress) <= len(story.longest_progress)
            assert (frame.accumulation is not None) == (frame.phase == "backward")
            assert frame.focus in {n.id for n in walk.trace.graph.nodes}
    with pytest.raises(ValueInputError, match=f"no step {len(walk) + 1}"):
        gv.frame(walk, len(walk) + 1)


def test_a_walk_is_told_as_data_in_whole_or_in_part() -> None:
    whole = walks.data(TRACE)
    assert [step["step"] for step in whole["steps"]] == list(range(1, len(TRACE) + 1))
    assert walks.data(TRACE, [2])["steps"] == whole["steps"][1:2]


# --- a further kind: the two passes of a run, each in one step


@dataclass(frozen=True, eq=False)
class Passes:
    """A walk with a step for each pass."""

    kind: ClassVar = "passes"
    trace: gv.Trace

    @property
    def source(self) -> str:
        return self.trace.source

    @property
    def has_backward(self) -> bool:
        return self.trace.has_backward

    @property
    def forward_steps(self) -> int:
        return 1

    def __len__(self) -> int:
        return 2 if self.has_backward else 1

    def phase(self, number: int) -> Phase:
        return ("start", "forward", "backward")[number]  # type: ignore[return-value]

    def trace_step(self, number: int) -> int:
        return (0, self.trace.forward_steps, len(self.trace))[number]


STORY = """
from gradviz.errors import ValueInputError
from gradviz.story.frame import Story as GraphStory

class Frame:
    note, accumulation, branch, strange = "", None, None, False

    def __init__(self, story, number):
        self.story, self.number, self.total = story, number, len(story.walk)
        self.phase, self.trace_step = story.walk.phase(number), story.walk.trace_step(number)
        self.heading, self.progress = "Both passes", f"pass {number} of {self.total}"
        inner = story.graph.frame(self.trace_step)
        self.focus, self.formula = inner.focus, inner.formula
        said = "Nothing has been done.", "All values are known.", "All gradients are known."
        self.sentence = said[number]

class STORY:
    title, headings = "pass by pass", ["Both passes"]

    def __init__(self, walk, digits):
        self.walk, self.graph = walk, GraphStory(walk.trace, digits)
        self.longest_progress = f"pass {len(walk)} of {len(walk)}"

    def frame(self, k):
        if not 0 <= k <= len(self.walk):
            raise ValueInputError(f"there is no step {k}")
        return Frame(self, k)

def data(story, steps):
    return {"passes": [story.frame(k).sentence for k in steps]}
"""

VIEW = """
from gradviz.scene.page import Figure, Page

class PICTURES:
    options = ()

    def __init__(self, story, framing):
        self.story, self.notes = story, ["Passes are drawn without a graph."]
        self.page = Page(story, framing)

    def scene(self, k):
        frame = self.story.frame(k)
        return self.page.scene(Figure(100.0, 50.0, 13.0, "passes", frame.sentence, ()), frame)
"""

REPORT = """
OPTIONS = ("brief",)

def lines(story, steps, width, *, ascii, brief=False):
    for k in range(1, len(story.walk) + 1) if steps is None else steps:
        yield [(f"{k} → " if not brief else "", "muted"), (story.frame(k).sentence, "")]
"""

ROOMS = {
    "gradviz.story.walks": {"passes.py": STORY},
    "gradviz.export.reports.walks": {"passes.py": REPORT},
    "gradviz.scene.views": {"passes/__init__.py": "", "passes/pictures.py": VIEW},
}


@pytest.fixture
def passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Passes]:
    """The walk, with the files of its kind where such files are looked for."""
    for room, files in ROOMS.items():
        module = __import__(room, fromlist=["__path__"])
        for name, text in files.items():
            file = tmp_path / room / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        monkeypatch.setattr(module, "__path__", [*module.__path__, str(tmp_path / room)])
    yield Passes(TRACE)
    for room in ROOMS:
        for name in [n for n in sys.modules if n.startswith(f"{room}.passes")]:
            del sys.modules[name]
        vars(sys.modules[room]).pop("passes", None)


def test_a_further_kind_is_stepped(passes: Passes) -> None:
    said = [gv.frame(passes, k).sentence for k in range(3)]
    assert said == ["Nothing has been done.", "All values are known.", "All gradients are known."]
    assert [landing(passes, k) for k in (1, TRACE.forward_steps, len(TRACE))] == [1, 1, 2]
    with pytest.raises(ValueInputError, match="no step 3"):
        gv.frame(passes, 3)


def test_a_further_kind_is_drawn(passes: Passes, tmp_path: Path) -> None:
    done = gv.render(passes, tmp_path / "a.svg")
    assert done.notes == ("Passes are drawn without a graph.",)
    texts = [t.text for t in ElementTree.parse(done.files[0]).iter() if t.text]
    assert "Both passes" in texts and "pass 2 of 2" in texts and "All gradients are known." in texts
    pages = gv.render(passes, tmp_path / "{k}.svg").files
    assert [page.name for page in pages] == ["1.svg", "2.svg"]
    assert gv.render(passes, tmp_path / "a.pdf").files[0].read_bytes().startswith(b"%PDF")
    written = gv.render(passes, tmp_path / "a.txt", steps=[2]).files[0].read_text(encoding="utf-8")
    assert written.split("\n")[2:] == ["2 → All gradients are known.", ""]


def test_what_only_graphs_have_is_refused_for_a_further_kind(
    passes: Passes, tmp_path: Path
) -> None:
    for options, message in (
        ({"every": "node"}, "a walk over passes has one frame per step"),
        ({"edges": "magnitude"}, "edges does not apply to figures of passes"),
        ({"depth": 1}, "no scopes to fold"),
    ):
        with pytest.raises(ValueInputError, match=message):
            gv.render(passes, tmp_path / "a.svg", **options)
    for suffix in (".dot", ".json"):
        with pytest.raises(ValueInputError, match="figures of passes are not graphs"):
            gv.render(passes, tmp_path / f"a{suffix}")
    assert not list(tmp_path.glob("a.*"))


def test_a_further_kind_is_shown_by_the_command_line(
    passes: Passes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradviz.engine.inside.into.into", lambda trace, path: Passes(trace))

    def show(*words: str) -> str:
        assert run(["show", "x*y + z", "x=-3", "y=5", "z=2", "--into", "f", *words]) == 0
        return capsys.readouterr().out

    assert show() == "1 → All values are known.\n2 → All gradients are known.\n"
    assert show("--step", "2", "--ascii") == "2 -> All gradients are known.\n"
    assert show("--brief", "--step", "1") == "All values are known.\n"
    assert json.loads(show("--json")) == {
        "passes": ["All values are known.", "All gradients are known."]
    }
    assert run(["show", "x", "x=1", "--into", "x", "--index"]) == 2
    assert "--index does not apply to a walk over passes" in capsys.readouterr().err


def test_a_kind_without_a_story_is_named() -> None:
    with pytest.raises(LookupError, match=r"has no 'passes': there are cells, "):
        gv.frame(Passes(TRACE), 1)
