"""The lectures' patterns as networks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import ParseError, ShapeError, ValueInputError
from gradviz.networks import pattern


def layers(text: str) -> list[str]:
    """The ops in order, flattening aside, each with its scope."""
    graph = gv.net(text)
    return [f"{n.scope}:{n.op}" for n in graph.nodes if not n.is_leaf and n.op != "flatten"]


def test_the_lectures_pattern() -> None:
    """[(CONV-RELU)*N-POOL]*M-(FC-RELU)*K,SOFTMAX with N = 2, M = 3, K = 2."""
    graph = gv.net("[(conv-relu)*2-pool]*3-(fc-relu)*2-softmax,filters=8,units=20")
    block = ["conv1:conv2d", "relu1:relu", "conv2:conv2d", "relu2:relu", "pool1:maxpool2d"]
    assert layers(graph.source) == [
        *[f"block{k}/{layer}" for k in (1, 2, 3) for layer in block],
        "fc1:linear",
        "relu1:relu",
        "fc2:linear",
        "relu2:relu",
        "scores:linear",
        "softmax1:softmax",
    ]
    bound = graph.bind({})
    shapes = {n.scope: n.shape for n in bound.nodes if not n.is_leaf}
    assert shapes["block1/conv1"] == (8, 32, 32) and shapes["block3/pool1"] == (8, 4, 4)
    assert shapes["fc1"] == (20,) and shapes["softmax1"] == (10,)
    x = np.random.default_rng(0).uniform(0, 1, (2, 3, 32, 32))
    np.testing.assert_allclose(gv.run(graph, image=x).values[-1].sum(axis=1), [1, 1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(fc-relu)*2-fc", ["fc1:linear", "relu1:relu", "fc2:linear", "relu2:relu", "fc3:linear"]),
        ("conv-fc-softmax", ["conv1:conv2d", "scores:linear", "softmax1:softmax"]),
        ("conv*2-softmax", ["conv1:conv2d", "conv2:conv2d", "scores:linear", "softmax1:softmax"]),
        (
            "[[conv]*2-pool]*1",
            ["block1/block1/conv1:conv2d", "block1/block2/conv1:conv2d", "block1/pool1:maxpool2d"],
        ),
        (
            " CONV - bn - ReLU - AvgPool ",
            ["conv1:conv2d", "bn1:batchnorm", "relu1:relu", "pool1:avgpool2d"],
        ),
        (
            "conv-lrn-gap-dropout",
            [
                "conv1:conv2d",
                "lrn1:local_response_norm",
                "pool1:global_avgpool2d",
                "dropout1:dropout",
            ],
        ),
    ],
)
def test_what_patterns_mean(text: str, expected: list[str]) -> None:
    assert layers(text) == expected


def test_sizes_are_options() -> None:
    graph = gv.net("conv-fc-softmax,image=1x8x8,filters=4,kernel=5,stride=2,padding=0,classes=3")
    assert {p.name: tuple(p.options["shape"]) for p in graph.parameters} == {
        "conv1_w": (4, 1, 5, 5),
        "conv1_b": (4,),
        "scores_w": (3, 16),
        "scores_b": (3,),
    }
    assert [n.name for n in gv.net("fc-relu,image=7").required] == ["x"]


def test_sizes_may_be_one_for_each_layer() -> None:
    """The tutorial's 3×32×32 → 6×28×28 → 10×24×24, and blocks and repetitions in order."""
    graph = gv.net("conv-relu-conv-relu,image=3x32x32,filters=6-10,kernel=5,padding=0")
    shapes = [n.shape for n in graph.bind({"image": (3, 32, 32)}).nodes if n.op == "conv2d"]
    assert shapes == [(6, 28, 28), (10, 24, 24)]
    graph = gv.net("[conv-pool]*2-(fc-relu)*2-softmax", filters=[4, 8], pool=(2, 4), units=[9, 5])
    assert {p.name: tuple(p.options["shape"]) for p in graph.parameters if p.name[-1] == "w"} == {
        "block1_conv1_w": (4, 3, 3, 3),
        "block2_conv1_w": (8, 4, 3, 3),
        "fc1_w": (9, 8 * 4 * 4),
        "fc2_w": (5, 9),
        "scores_w": (10, 5),
    }
    assert gv.net("conv-conv", filters="5-7").source == "net:conv-conv,filters=5-7"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("filters=6-10-3", "2 numbers, or one for all"),
        ("filters=6-0", "1 or more"),
        ("filters=6-", "one for each of its layers"),
        ("units=3-4", "1 number, or one for all"),
    ],
)
def test_sizes_that_are_not_one_for_each_layer(options: str, told: str) -> None:
    with pytest.raises(ValueInputError) as caught:
        gv.net(f"conv-conv-fc,{options}")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "what", "caret"),
    [
        ("(conv-relu)*2-pol", "there is no layer 'pol'", "pol"),
        ("(conv-relu*2", "this bracket is never closed by )", "("),
        ("conv-relu)", "this closing bracket was never opened", ")"),
        ("[conv-relu)", "this bracket is never closed by ]", "["),
        ("conv--relu", "a layer is missing", "-"),
        ("conv-", "a layer is missing", ""),
        ("()", "a layer is missing", ")"),
        ("conv*0", "not a valid number of repetitions", "0"),
        ("conv*n", "not a valid number of repetitions", "n"),
        ("conv relu", "the layers are not joined", "r"),
        ("conv-(relu)2", "the layers are not joined", "2"),
        ("softmax-conv", "softmax ends a pattern", "softmax"),
        ("(conv-relu)*2000", "the pattern has too many layers", "(conv-relu)*2000"),
        ("(" * 30 + "conv" + ")" * 30, "the brackets are nested too deep", "("),
    ],
)
def test_patterns_that_do_not_parse(text: str, what: str, caret: str) -> None:
    with pytest.raises(ParseError) as caught:
        gv.net(text)
    source, span = caught.value.where  # type: ignore[misc]
    assert caught.value.what == what and caught.value.expected
    assert source == f"net:{text}" and source[span.start : span.stop] == caret  # type: ignore[union-attr]


def test_a_misspelt_layer_gets_a_suggestion_and_a_comma_too() -> None:
    with pytest.raises(ParseError, match="did you mean relu"):
        gv.net("conv-rellu")
    with pytest.raises(ParseError, match="layers are joined by a minus: -softmax"):
        gv.net("(fc-relu)*2,SOFTMAX")


def test_layers_that_do_not_fit_are_said_with_their_place() -> None:
    """4×4 becomes 2×2, 1×1, and then nothing is left to pool."""
    with pytest.raises(ShapeError, match="maxpool2d") as caught:
        gv.net("[conv-pool]*4,image=1x4x4")
    assert (caught.value.where, caught.value.got) == ("block3/pool1", "a window of 2×2")


@given(st.text(alphabet="convrelupf()[]*-2 ", max_size=20))
def test_any_text_gives_a_network_or_one_message(text: str) -> None:
    source = f"net:{text}"
    try:
        found = pattern.parse(source, 4, len(source))
    except ParseError as error:
        assert error.what and error.expected
    else:
        assert found.parts and found.text == text
