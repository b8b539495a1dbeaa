"""Inputs that declare their shape, and how they are drawn."""

import pytest

import gradviz as gv
from gradviz.errors import ShapeError, ValueInputError
from gradviz.graph.declared import misdeclared
from gradviz.graph.expression import graph_of
from gradviz.graph.graph import Graph
from gradviz.networks import data, parameter
from gradviz.networks.initialisers import constant, he


def scored() -> Graph:
    x, w = data("x", (3,)), parameter("w", (2, 3), he(3))
    return graph_of(gv.linear(x, w))


def test_a_graph_knows_its_parameters_and_what_a_run_must_give() -> None:
    graph = scored()
    assert [n.name for n in graph.parameters] == ["w"]
    assert [n.name for n in graph.required] == ["x"]
    assert repr(graph) == "<Graph 'of 3 nodes', inputs: x, 1 parameters>"


def test_binding_takes_declared_shapes_and_a_batch_of_data() -> None:
    assert scored().bind({}).nodes[-1].shape == (2,)
    assert scored().bind({"x": (5, 3)}).nodes[-1].shape == (5, 2)


@pytest.mark.parametrize(
    ("shapes", "name", "expected"),
    [
        ({"x": (4,)}, "x", "3, as in (3,), or a batch, as in (N, 3)"),
        ({"x": (2, 2, 3)}, "x", "3, as in (3,), or a batch, as in (N, 3)"),
        ({"w": (3, 2)}, "w", "2×3, as in (2, 3)"),
        ({"w": (1, 2, 3)}, "w", "2×3, as in (2, 3)"),
    ],
)
def test_other_shapes_are_refused(
    shapes: dict[str, tuple[int, ...]], name: str, expected: str
) -> None:
    with pytest.raises(ShapeError) as caught:
        scored().bind(shapes)
    assert caught.value.what == f"{name} has the wrong shape"
    assert caught.value.expected == expected
    assert str(shapes[name]) in caught.value.got


def test_an_images_layout_is_said() -> None:
    with pytest.raises(ShapeError, match="channels come first") as caught:
        gv.run("net:lenet5", image=[[0.0] * 32] * 32)
    assert caught.value.got == "32×32, as in (32, 32)"


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"shape": [2, -1]}, "the shape [2, -1]"),
        ({"shape": 3}, "the shape 3"),
        ({"init": {"kind": "he", "fan": 3, "seed": 0}}, "an init without a shape"),
        ({"shape": [2], "init": {"kind": "magic"}}, "the init {'kind': 'magic'}"),
        (
            {"shape": [2], "init": {"kind": "he", "seed": 0}},
            "the keys of its init, ['kind', 'seed']",
        ),
        ({"shape": [2], "init": {"kind": "he", "fan": 1.5, "seed": 0}}, "the fan 1.5"),
        ({"shape": [2], "init": {"kind": "xavier", "fan": [1], "seed": 0}}, "the fan [1]"),
        ({"shape": [2], "init": {"kind": "he", "fan": 1, "seed": -1}}, "the seed -1"),
        (
            {"shape": [2], "init": {"kind": "normal", "mean": "0", "std": 1, "seed": 0}},
            "the mean or std of its init",
        ),
        ({"shape": [2], "trained": False}, "trained without an init, or not False"),
    ],
)
def test_what_an_input_cannot_declare(options: dict[str, object], wrong: str) -> None:
    assert misdeclared(options) == wrong


def test_data_may_have_an_example_and_parameters_must_fit_their_shape() -> None:
    x = data("x", (2,), example=[1, 2])
    assert gv.run(x * 3).values[-1].tolist() == [3, 6]
    assert gv.run(x * 3, x=[[1, 1], [2, 2]]).values[-1].tolist() == [[3, 3], [6, 6]]
    with pytest.raises(ValueInputError, match="do not have its shape") as caught:
        parameter("w", (2,), constant([1, 2, 3]))
    assert (caught.value.expected, caught.value.got) == ("2", "3")


def test_scopes_nest_and_end() -> None:
    with gv.scope("block1"), gv.scope("conv2") as path:
        w = parameter("w", (), constant(2))
        y = w * 3
    assert path == y.scope == w.scope == "block1/conv2"
    assert w.name == "block1_conv2_w"
    assert (y + 1).scope == ""
    assert [n.scope for n in graph_of(y + 1).nodes] == [*["block1/conv2"] * 3, "", ""]
    for name in ("", " ", "a/b", 3):
        with pytest.raises(ValueInputError, match="not a name for a scope"), gv.scope(name):  # type: ignore[arg-type]
            pass
