"""No half equation: at every step of every example and network, at every size."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.arrays.digits import plain_minus
from gradviz.cli.examples import EXAMPLES
from gradviz.layout.grid import cells
from gradviz.story.frame import Frame, Story
from gradviz.story.maths import M, unicode
from gradviz.story.maths.unicode import Block
from gradviz_tui.view.areas import Areas
from gradviz_tui.view.division import divided
from gradviz_tui.view.equations import Room, Sheet, chain, narrowed
from gradviz_tui.view.step import Words
from gradviz_tui.view.step_pane import StepText
from gradviz_tui.walk.folding import CLOSED, OPEN
from gradviz_tui.walk.state import Walk
from tests.sampled import sampled
from tests.strategies import Sample, runs
from tests.tui.samples import NORM, opened, walk_of

SIZES = ((80, 24), (100, 30), (200, 60))
NETWORKS = (
    ("net:and", "x=[1,0]", "t=0"),
    ("net:or", "x=[1,0]", "t=1"),
    ("net:xor", "x=[1,0]"),
    ("net:neuron",),
    ("net:mlp:2-3-2", "x=[1,-2]"),
    ("net:linear-classifier", "label=0"),
    ("net:tiny-cnn", "image=random:3", "label=1"),
    ("net:lenet5", "image=random:3", "label=4"),
    ("net:mnist-mlp", "x=random:1"),
    ("net:rnn:2-3", "x=[[1,0],[0,1],[1,1]]"),
    ("net:lstm:2-2", "x=[[1,0],[0,1]]"),
    ("net:gru:2-2", "x=[[1,0],[0,1]]"),
    ("net:conv-relu-pool-fc-softmax,image=1x6x6,filters=2,classes=2", "image=random:1"),
)
WALKS = [
    *((e.source, *e.values) for e in EXAMPLES),
    *NETWORKS,
    NORM,
    ("sum(conv2d(x, w))", "x=random:1:1x5x5", "w=random:2:1x1x3x3"),
    ("softmax(x) @ y", "x=[1,2,3,4,5]", "y=[1,0,0.123456,-12345.678,3]"),
    ("sum(A @ B @ C)", "A=random:1:5x5", "B=random:2:5x5", "C=random:3:5x4"),
    ("損失 = sum((重み @ 入力値 - भार)**2)", "重み=[[1,2],[3,4]]", "入力値=[5,6]", "भार=[1,2]"),
    ("ค่าน้ำหนัก*x + café", "ค่าน้ำหนัก=2", "x=3", "café=1"),
]


def closed(text: str, *, ascii: bool) -> bool:
    """Whether every bracket that is opened is closed, those of matrices corner by corner."""
    if ascii:
        return text.count("[") == text.count("]")
    pairs = (("⎡", "⎤"), ("⎢", "⎥"), ("⎣", "⎦"), ("[", "]"), ("(", ")"))
    corners = text.count("⎡") == text.count("⎣")
    return corners and all(text.count(a) == text.count(b) for a, b in pairs)


def numbers(text: str) -> list[str]:
    """The numbers of a text."""
    return re.findall(r"-?\d[\d.]*(?:e[-+]?\d+)?", plain_minus(text))


def assert_whole(frame: Frame, walk: Walk, size: tuple[int, int], *, ascii: bool) -> None:
    """The panes of a step: closed brackets, the result, nothing beyond the room, no cut number."""
    words = Words(frame, walk, ascii=ascii)
    parts: Areas = divided(words, *size)
    inner = parts.above if parts.beside else parts.words - 1
    below = parts.words - parts.above if parts.beside else inner
    step = words.step(parts.step).lines(inner)
    node = words.node(parts.node).lines(below)
    for lines, width, height in ((step, parts.step, inner), (node, parts.node, below)):
        rows = ["".join(text for text, _ in line) for line in lines]
        assert len(rows) <= height and all(cells(row) <= width for row in rows), rows
        assert closed("\n".join(rows), ascii=ascii), "\n".join(rows)
    said = "\n".join("".join(text for text, _ in line) for line in step)
    if frame.formula is None:
        return
    last = chain(frame.formula)[-1]
    result = last.rule if last.result is None else last.result
    plain = Room(1000, ascii).written(result)
    if "⋮" not in said and " … " not in said and " ... " not in said:
        shown = numbers(said)
        assert all(shown.count(n) for row in plain for n in numbers(row)), said


@sampled("words", WALKS, few=5, ids=str)
@pytest.mark.parametrize("size", SIZES)
def test_every_step_has_its_rule_and_its_result(
    words: tuple[str, ...], size: tuple[int, int]
) -> None:
    walk = Walk(opened(words))
    story = Story(walk.trace)
    steps = range(len(walk.trace) + 1)
    for k in steps if len(steps) < 60 else [*steps[:20], *steps[20:-20:7], *steps[-20:]]:
        for plain in (False, True):
            assert_whole(story.frame(k), walk.at(k), size, ascii=plain)


@pytest.mark.proof
@pytest.mark.parametrize("name", ["alexnet", "vgg16", "resnet18", "googlenet"])
def test_large_networks_too(name: str) -> None:
    """Folded as they begin, and with every layer open; both ends and some steps between."""
    begun = Walk(opened((f"net:{name}", "image=random:1", "label=3")))
    for walk in (begun.folded(CLOSED), begun.folded(OPEN)):
        story, total = Story(walk.trace), walk.total
        between = range(0, total, max(1, total // 24))
        for k in sorted({*range(4), *between, *range(total - 3, total + 1)}):
            for size in SIZES:
                for plain in (False, True):
                    assert_whole(story.frame(k), walk.at(k), size, ascii=plain)


@settings(max_examples=40, deadline=None)
@given(runs(), st.data())
def test_random_graphs_too(sample: Sample, data: st.DataObject) -> None:
    trace = sample.run()
    k = data.draw(st.integers(0, len(trace)))
    node = data.draw(st.integers(0, len(trace.graph.nodes) - 1))
    size = data.draw(st.sampled_from(SIZES))
    walk = walk_of(trace).at(k).select(node)
    assert_whole(Story(trace).frame(k), walk, size, ascii=data.draw(st.booleans()))


def test_a_line_is_broken_between_terms_and_never_in_a_matrix() -> None:
    a = M.grid([["1", "2"], ["3", "4"]])
    block = Block(("= ",)) + unicode.write(M.add(M.add(a, a), a))
    assert Sheet(block).folded(16) == [
        "= ⎡1  2⎤",
        "  ⎣3  4⎦",
        "  + ⎡1  2⎤",
        "    ⎣3  4⎦",
        "  + ⎡1  2⎤",
        "    ⎣3  4⎦",
    ]
    assert Sheet(block).folded(17)[:2] == ["= ⎡1  2⎤ + ⎡1  2⎤", "  ⎣3  4⎦   ⎣3  4⎦"]


def test_ascii_keeps_the_columns_of_a_matrix() -> None:
    """ᵀ takes two characters there, and what stands under it moves with it."""
    a = M.grid([["1", "2"], ["3", "4"]])
    block = unicode.write(M.product(M.transpose(M.name("W", (2, 2))), a))
    assert Sheet(block, ascii=True).folded(40) == ["W^T [1  2]", "    [3  4]"]


def test_a_matrix_too_wide_keeps_its_ends() -> None:
    a = M.grid([[str(10 * i + j) for j in range(5)] for i in range(5)])
    assert unicode.write(narrowed(a, 3, 3)).lines == ("⎡ 0  …   4⎤", "⎢ ⋮  ⋮   ⋮⎥", "⎣40  …  44⎦")


def test_the_rule_and_the_result_stay_where_there_is_hardly_room() -> None:
    story = Story(opened(NORM).trace)
    said = ["".join(t for t, _ in line) for line in StepText.of_graph(story.frame(7), 40).lines(3)]
    assert said[-2].startswith("∂f/∂W ← u xᵀ = ⎡0.38") and "⎦" in said[-1]


def test_a_line_without_terms_is_cut_where_the_room_ends() -> None:
    """In ASCII a sign may take six columns."""
    block = Block(("u ∗ flip(stage2_block2_conv1_w)",))
    for width in range(8, 40):
        lines = Sheet(block, ascii=True).folded(width)
        assert all(cells(line) <= width for line in lines), lines
        joined = "".join(line.strip() for line in lines).replace(" ", "")
        assert joined == "u(conv)flip(stage2_block2_conv1_w)"


def test_sizes_in_ascii_are_written_as_sizes() -> None:
    assert Sheet(Block(("= 128×28×28 × 2",)), ascii=True).folded(40) == ["= 128x28x28 * 2"]
