"""A lone word that names an example or a network opens it, in every command."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from gradviz.cli.examples import EXAMPLES, NETWORKS
from gradviz.cli.named import find, opened
from gradviz.networks.catalogue import every

Gradviz = Callable[..., Any]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_every_example_is_a_word(example: Any) -> None:
    assert opened([example.name]) == [example.source, *example.values]


@pytest.mark.parametrize("name", sorted(every()))
def test_every_network_is_a_word(name: str) -> None:
    found = find(name)
    assert found is not None
    named_by_an_example = name in {example.name for example in EXAMPLES}
    assert found.source.startswith(f"net:{name}") != named_by_an_example


@pytest.mark.parametrize("words", [words for _, _, words in NETWORKS], ids=lambda w: w[0])
def test_what_is_offered_of_networks_runs(gradviz: Gradviz, words: tuple[str, ...]) -> None:
    if "lenet5" not in words[0]:
        assert gradviz("show", *words, "--brief").status == 0


@pytest.mark.parametrize("command", ["show", "check", "trace"])
def test_it_opens_and_says_so(gradviz: Gradviz, command: str) -> None:
    by_name = gradviz(command, "circuit")
    whole = gradviz(command, "x*y + z", "x=-3", "y=5", "z=2")
    assert by_name.status == 0 and by_name.out == whole.out
    assert by_name.err == 'gradviz: note: circuit is an example: "x*y + z" x=-3 y=5 z=2\n'


def test_values_stand_in_place_of_its_own(gradviz: Gradviz) -> None:
    told = json.loads(gradviz("trace", "circuit", "x=4").out)
    assert told["values"]["4"] == 4 * 5 + 2


def test_with_a_value_of_its_own_it_is_an_expression(gradviz: Gradviz) -> None:
    told = json.loads(gradviz("trace", "neuron", "neuron=3").out)
    assert told["source"] == "neuron" and told["values"]["0"] == 3


@pytest.mark.parametrize("source", ["circuit + 1", "2*neuron", "x", "(circuit)", "net:xor"])
def test_other_texts_name_nothing(source: str) -> None:
    assert opened([source, "x=1"]) == [source, "x=1"]


def test_a_network_takes_an_argument() -> None:
    found = find("mlp:2-3-1")
    assert found is not None and found.source == "net:mlp:2-3-1"
    assert found.values == ("x=random:1", "label=0")


def test_a_network_that_learns_takes_its_inputs_from_data(gradviz: Gradviz) -> None:
    done = gradviz("learn", "xor", "--epochs", "1")
    assert done.status == 0 and "xor is a network: net:xor\n" in done.err


def test_a_name_nearly_right(gradviz: Gradviz) -> None:
    refused = gradviz("show", "nueron")
    assert refused.status == 1 and "did you mean neuron?" in refused.err
    assert "did you mean" not in gradviz("show", "qqqq").err
