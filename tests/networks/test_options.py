"""Every option of every network is used, or refused with the reason."""

from collections.abc import Iterator
from typing import Any

import pytest

import gradviz as gv
from gradviz.errors import GradvizError, ShapeError, ValueInputError
from gradviz.networks import catalogue
from gradviz.networks.loss import LOSSES
from gradviz.networks.named import COMMON, PATTERN

PATTERNS = (
    "fc",
    "fc-fc",
    "conv-relu-fc-softmax",
    "(conv-relu)*2-pool-fc-fc-softmax",
    "conv-maxpool-gap",
    "conv-bn-avgpool-lrn-dropout",
    "fc-dropout-relu",
    "relu",
    "flatten-softmax",
)
ARGUMENTS = {
    "mlp": ("mlp:3-2", "mlp:3-4-2", "mlp:2-4-4-1"),
    "rnn": ("rnn:2-3", "rnn:2-3-2"),
    "lstm": ("lstm:2-3", "lstm:1-1-1"),
    "gru": ("gru:2-3-2",),
}
TEXTS = [t for name in catalogue.every() for t in ARGUMENTS.get(name, (name,))] + list(PATTERNS)
"""Every network, with and without hidden layers, and patterns with and without each layer."""

OTHER: dict[str, Any] = {
    "activation": "tanh",
    "pool": "max",
    "padding": "valid",
    "loss": "mse",
    "image": (3, 64, 64),
}
"""A value that is no default, by option; whatever is not here is taken from its default."""


def other(option: str, default: Any) -> Any:
    if isinstance(default, bool):
        return not default
    if isinstance(default, int | float):
        return default + 1 if isinstance(default, int) else default / 2
    if isinstance(default, catalogue.Each):
        return default[0] + 1
    found = OTHER[option]
    return found if found != default else "sigmoid"


def requests() -> Iterator[tuple[str, str, Any]]:
    for text in TEXTS:
        name = text.partition(":")[0]
        known = catalogue.every().get(name, PATTERN).options
        for option, default in {**known, **COMMON}.items():
            value = "step" if (name, option) == ("xor", "activation") else other(option, default)
            yield text, option, value


def described(graph: gv.Graph) -> list[Any]:
    return [(n.op, n.inputs, n.options, n.name) for n in graph.nodes]


@pytest.mark.parametrize(("text", "option", "value"), list(requests()))
def test_an_option_changes_the_network_or_is_refused(text: str, option: str, value: Any) -> None:
    try:
        changed = gv.net(text, **{option: value})
    except GradvizError as error:
        assert error.expected
        return
    assert described(changed) != described(gv.net(text))


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("conv-relu-fc,classes=10", "softmax as its last layer"),
        ("conv-relu,units=10", "a layer fc"),
        ("conv-fc-softmax,units=10", "an fc before its last one"),
        ("fc-softmax,kernel=5", "a layer conv"),
        ("fc-relu,training=no", "a layer dropout or bn"),
        ("mlp:2-1,activation=tanh", "a hidden layer"),
        ("xor,seed=3", "random parameters"),
        ("tiny-cnn,seed=0", "random parameters"),
        ("xor,loss=yes", "the name of a loss"),
    ],
)
def test_what_an_unused_option_lacks_is_said(text: str, lacking: str) -> None:
    with pytest.raises(ValueInputError) as caught:
        gv.net(text)
    assert lacking in str(caught.value.expected)


@pytest.mark.parametrize("text", ["mlp:2-4-4-1", "lenet5,classes=1", "conv-relu-fc,units=1"])
def test_one_output_takes_the_squared_error(text: str) -> None:
    """A softmax of one score is 1 and its loss 0, whatever the weights: nothing would be learnt."""
    graph = gv.net(f"{text},loss=yes")
    assert graph.nodes[graph.output].op == "squared_error"


def test_the_loss_of_one_output_is_what_the_label_calls_for() -> None:
    scores = gv.run("net:mlp:2-4-4-1", x=[1, 2]).value("f")
    trace = gv.run("net:mlp:2-4-4-1", x=[1, 2], label=3)
    assert trace.value("loss") == pytest.approx((scores[0] - 3) ** 2)
    assert trace.gradient("b3")[0] == pytest.approx(2 * (scores[0] - 3))


@pytest.mark.parametrize("loss", [name for name in LOSSES if name not in ("kl",)])
def test_no_loss_of_one_output_is_constant(loss: str) -> None:
    try:
        program = gv.compile(gv.net("mlp:2-1", loss=loss))
    except ShapeError as error:
        assert "squared_error" in error.hint
        return
    given = {"x": [1, 2], "W1": [[0.5, 0.25]], "label": 0}
    assert program.value(b1=[0], **given) != program.value(b1=[1], **given)


def test_softmax_over_one_class_is_refused() -> None:
    with pytest.raises(ValueInputError, match="softmax of one score"):
        gv.net("fc-relu-fc-softmax,classes=1")
