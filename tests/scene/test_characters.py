"""Frames on the character grid: what changes between two of them, marks, and old numbers beside new
ones.
"""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.layout.grid import Canvas
from gradviz.scene.characters import CharacterScene, Marked
from gradviz.story.frame import Story
from tests.strategies import SCALARS, Sample, runs

MARK = "(x*y + z) * maximum(y, z)"


@settings(max_examples=60, deadline=None)
@given(runs(shapes=SCALARS), st.data())
def test_all_that_differs_between_two_frames_is_among_the_changes(
    sample: Sample, data: st.DataObject
) -> None:
    """A canvas that is told what may differ names every row that does."""
    story = Story(sample.run())
    scene = CharacterScene(story)
    first, second = (story.frame(data.draw(st.integers(0, len(story.trace)))) for _ in range(2))
    told = scene.canvas(first)
    before = [told.row(y) for y in range(scene.layout.height)]
    changes = scene.changes(first, second)
    assert changes is not None
    rows = told.show(scene.paint(second), changes)
    after = [told.row(y) for y in range(scene.layout.height)]
    assert {y for y in range(scene.layout.height) if before[y] != after[y]} <= rows
    assert after == [scene.canvas(second).row(y) for y in range(scene.layout.height)]


def test_far_apart_everything_may_differ() -> None:
    story = Story(
        gv.run(
            "; ".join(f"n{i} = {f'n{i - 1}' if i else 'x'} + x" for i in range(150)) + "; n149", x=1
        )
    )
    scene = CharacterScene(story, compact=True)
    assert scene.changes(story.frame(0), story.frame(len(story.trace))) is None


@settings(max_examples=30, deadline=None)
@given(runs(shapes=SCALARS))
def test_nothing_is_cut_in_any_frame(sample: Sample) -> None:
    """Boxes are as large as their fullest moment, with old numbers beside new ones too."""
    trace = sample.run()
    doubled = {n.name: 2 * trace.values[n.id] for n in trace.graph.inputs}
    story, old = (
        Story(trace),
        Story(
            gv.run(trace.graph, values=doubled, wrt=[trace.graph.nodes[i].name for i in trace.wrt])
        ),
    )
    scene = CharacterScene(story, old=old)
    for k in range(len(trace) + 1):
        for node, box in scene.layout.boxes.items():
            face = scene.face(story.frame(k), node)
            for i, line in enumerate(face.lines):
                note = face.notes[i] if i < len(face.notes) else ""
                assert len(line) + len(note) <= box.width - 2


def test_marks() -> None:
    story = Story(gv.run(MARK, x=1.5, y=2, z=-1))
    scene = CharacterScene(story)
    y = story.trace.graph.find("y")
    marked = Marked(selected=y, broken=frozenset({y}), changed=frozenset({y}))
    canvas = Canvas(scene.layout, scene.paint(story.frame(3), marked))
    box = scene.layout.boxes[y]
    rows = [canvas.row(box.y + i, box.x, box.x + box.width) for i in range(box.height)]
    assert rows[0] == [("╭─", "changed"), ("y", "selected"), ("─────────╮", "changed")]
    assert rows[-1][0][0].startswith("╰●─")


def test_numbers_that_were_others_are_told() -> None:
    then, now = (Story(gv.run(MARK, x=x, y=2, z=-1)) for x in (1.5, 4))
    scene = CharacterScene(now, old=then)
    graph = now.trace.graph
    last = now.frame(len(now.trace))
    faces = {name: scene.face(last, graph.find(name)) for name in "xyzabcf"}
    assert faces["x"].notes == (" was 1.5", "") and faces["z"].notes == ("", "")
    assert faces["f"].notes == (" was 4", "") and faces["c"].notes == ("", " was 2")
    assert CharacterScene(now, old=then, ascii=True).face(last, graph.find("x")).notes[0].isascii()
