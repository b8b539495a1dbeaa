"""Folding scopes: what goes together, what stays open and why, and the graph that is left."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradviz as gv
from gradviz.errors import UnknownNameError, ValueInputError
from gradviz.graph.builder import Builder
from gradviz.graph.fold.plan import folded, places, plan, plan_that_fits
from gradviz.graph.graph import Graph, labels
from gradviz.ops import every, get, known
from tests.strategies import Sample, scoped_runs


def parameter(builder: Builder, name: str, shape: list[int], scope: str) -> int:
    return builder.input(name, scope=scope, shape=shape, init={"kind": "he", "fan": 1, "seed": 0})


def perceptron(layers: int = 2, relu: str = "relu") -> Graph:
    """x through `layers` blocks of a linear map (in a scope of its own) and a ReLU, then the
    sum.
    """
    builder = Builder()
    here = builder.input("x", shape=[4])
    for k in range(1, layers + 1):
        scope = f"net/block{k}"
        w = parameter(builder, f"W{k}", [4, 4], f"{scope}/linear")
        b = parameter(builder, f"b{k}", [4], f"{scope}/linear")
        product = builder.apply("matmul", [w, here], scope=f"{scope}/linear")
        total = builder.apply("add", [product, b], scope=f"{scope}/linear")
        here = builder.apply(relu, [total], scope=scope)
    return builder.graph(builder.apply("sum", [here], get("sum").options)).bind({})


def titles(graph: Graph, **options) -> list[str]:
    return [group.title for group in plan(graph, **options).groups]


def test_without_a_wish_everything_is_open():
    graph = perceptron()
    assert plan(graph).groups == () and folded(graph, plan(graph)) is graph


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"depth": 1}, ["net"]),
        ({"depth": 2}, ["net/block1", "net/block2"]),
        ({"depth": 3}, ["net/block1/linear", "net/block2/linear"]),
        ({"depth": 4}, ["net/block1/linear", "net/block2/linear"]),  # the innermost stay cards
        ({"depth": 1, "expand": ["net"]}, ["net/block1", "net/block2"]),
        ({"depth": 1, "expand": ["net/block2"]}, ["net/block1", "net/block2/linear"]),
        ({"depth": 2, "expand": "net/block2/linear"}, ["net/block1"]),
        ({"expand": ["/net/"]}, ["net/block1", "net/block2"]),
        ({"repeats": True}, ["net/block ×2"]),
        ({"depth": 2, "repeats": True}, ["net/block ×2"]),
        ({"depth": 1, "repeats": True}, ["net"]),
        (
            {"depth": 2, "repeats": True, "expand": ["net/block1"]},
            ["net/block1/linear", "net/block2"],
        ),
    ],
)
def test_depth_and_expand_say_what_is_closed(options, expected):
    assert titles(perceptron(), **options) == expected


def test_a_card_holds_its_parameters_and_says_what_it_stands_for():
    graph = folded(perceptron(), plan(perceptron(), 2))
    assert [n.op for n in graph.nodes] == ["input", "scope", "scope", "sum"]
    card = graph.nodes[1]
    assert card.options == {
        "title": "net/block1",
        "parameters": 4 * 4 + 4,
        "detail": "matmul → add → relu",
        "sizes": "",
        "shape": (4,),
        "indices": (),
    }
    assert (card.name, card.scope, card.inputs, card.shape) == ("net/block1", "net", (0,), (4,))
    assert [n.name for n in graph.inputs] == ["x"] and graph.output == 3
    assert graph.symbol(1) == "net/block1" and graph.find("net/block2") == 2


def test_a_buffer_is_inside_but_not_learnt():
    builder = Builder()
    mean = builder.input(
        "mean", scope="norm", shape=[3], init={"kind": "constant", "value": 0}, buffer=True
    )
    out = builder.apply("sub", [builder.input("x", shape=[3]), mean], scope="norm")
    graph = builder.graph(out).bind({})
    (group,) = plan(graph, 1).groups
    assert (
        group.members == (0, 2)
        and folded(graph, plan(graph, 1)).nodes[-1].options["parameters"] == 0
    )


def test_a_folded_graph_folds_further():
    graph = perceptron()
    twice = folded(folded(graph, plan(graph, 2)), plan(folded(graph, plan(graph, 2)), 1))
    once = folded(graph, plan(graph, 1))
    assert [(n.op, n.inputs, n.shape) for n in twice.nodes] == [
        (n.op, n.inputs, n.shape) for n in once.nodes
    ]
    assert twice.nodes[1].options["parameters"] == once.nodes[1].options["parameters"] == 40


def test_a_name_of_the_output_stays():
    builder = Builder()
    out = builder.apply("exp", [builder.input("x")], scope="a", name="h")
    graph = builder.graph(builder.apply("neg", [out]))
    assert folded(graph, plan(graph, 1)).nodes[1].name == "h"


def test_a_title_that_is_a_name_already_is_not_given_twice():
    builder = Builder()
    out = builder.apply("exp", [builder.input("a")], scope="a")
    graph = builder.graph(builder.apply("neg", [out]))
    card = folded(graph, plan(graph, 1)).nodes[1]
    assert (card.options["title"], card.name) == ("a", "")


def two_outputs() -> Graph:
    builder = Builder()
    x = builder.input("x")
    a = builder.apply("exp", [x], scope="pair/left", name="a")
    b = builder.apply("sin", [a], scope="pair/right")
    return builder.graph(builder.apply("mul", [a, builder.apply("neg", [b])]))


def test_a_scope_with_two_values_used_outside_stays_open_and_the_scopes_in_it_fold():
    found = plan(two_outputs(), 1)
    assert found.notes == ("pair stays open: 2 of its values are used outside it (a, sin).",)
    assert [group.title for group in found.groups] == ["pair/left", "pair/right"]


def test_what_would_go_in_a_circle_stays_open():
    """b lies between two nodes of the scope: folded, the scope would need its own output."""
    builder = Builder()
    x = builder.input("x")
    a = builder.apply("exp", [x], scope="s")
    c = builder.apply("neg", [builder.apply("sin", [a])], scope="s")
    found = plan(builder.graph(c), 1)
    assert not found.groups and "s stays open: 2 of its values" in found.notes[0]


def test_a_scope_that_nothing_enters_or_leaves_stays_open():
    builder = Builder()
    x = builder.input("x")
    w = parameter(builder, "w", [], "penalty")
    penalty = builder.apply("square", [w], scope="penalty")
    builder.apply("exp", [x], scope="unused")
    graph = builder.graph(builder.apply("add", [x, penalty]))
    found = plan(graph, 1)
    assert not found.groups
    assert found.notes == (
        "penalty stays open: nothing comes into it.",
        "unused stays open: nothing outside it uses its values.",
    )


def test_a_parameter_that_is_shared_stays_outside():
    builder = Builder()
    here = builder.input("h")
    w = parameter(builder, "w", [], "step1")
    for k in (1, 2):
        here = builder.apply(
            "tanh", [builder.apply("mul", [w, here], scope=f"step{k}")], scope=f"step{k}"
        )
    graph = builder.graph(here)
    one, two = plan(graph, 1).groups
    assert one.inputs == (1, 0) and two.inputs == (1, one.output)
    joined = folded(graph, plan(graph, 1, repeats=True))
    assert [n.op for n in joined.nodes] == [
        "input",
        "scope",
    ]  # both uses are in it: it is inside too
    assert joined.nodes[1].options["title"] == "step ×2"


def test_a_constant_goes_inside_where_nothing_else_uses_it():
    builder = Builder()
    x, two, three = builder.input("x"), builder.constant(2), builder.constant(3)
    a = builder.apply("mul", [x, two], scope="a")
    b = builder.apply("mul", [a, three], scope="b")
    graph = builder.graph(builder.apply("add", [b, three]))
    one, other = plan(graph, 1).groups
    assert (one.inputs, other.inputs) == ((0,), (one.output, 2))


def test_labels_are_told_from_numbers():
    builder = Builder()
    x, y, c = builder.input("x"), builder.input("y"), builder.input("c")
    graph = builder.graph(builder.apply("where", [c, x, y], scope="pick"))
    card = folded(graph, plan(graph, 1)).nodes[-1]
    assert card.options["indices"] == (0,)  # the condition comes first
    assert folded(graph, plan(graph, 1)).index_leaves == graph.index_leaves == {2}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["block1", "block2", "block3"], "block ×3"), (["a/conv_1", "a/conv_2"], "a/conv ×2"),
        (["layer/0", "layer/1"], "layer/0–1 ×2"), (["first", "second"], "first–second ×2"),
    ],
)  # fmt: skip
def test_titles_of_repeated_scopes(names, expected):
    builder = Builder()
    here = builder.input("x")
    for name in names:
        here = builder.apply("sin", [here], scope=name)
    assert titles(builder.graph(builder.apply("neg", [here])), repeats=True) == [expected]


def test_only_equal_scopes_in_a_chain_are_joined():
    builder = Builder()
    here = builder.input("x")
    for k, op in enumerate(["sin", "sin", "cos", "sin", "sin", "sin"]):
        here = builder.apply(op, [here], scope=f"s{k}")
    assert titles(builder.graph(here), repeats=True) == ["s ×2", "s ×3"]
    side = builder.apply("exp", [5])  # s4 is used a second time, so no chain leads through it
    graph = builder.graph(builder.apply("add", [here, side]))
    assert titles(graph, repeats=True) == ["s ×2", "s ×2"]


@pytest.mark.parametrize(
    ("widths", "expected", "sizes"),
    [
        ([3, 3, 3], ["s ×3"], [""]),
        ([3, 4, 5], ["s1–3 ×3"], ["3 → 4 → 5"]),
        ([5, 4, 2, 1, 6, 7], ["s1–6 ×6"], ["5 → 4 → … → 7"]),
        ([4, 4, 4], ["s1", "s ×2"], ["", ""]),
        ([3, 3, 5], ["s ×2", "s3"], ["", ""]),
        ([4, 5, 3, 3, 3], ["s1–3 ×3", "s ×2"], ["4 → 5 → 3", ""]),
        ([3, 5, 5], ["s1", "s2", "s3"], ["", "", ""]),
        ([4, 3, 4], ["s1", "s2", "s3"], ["", "", ""]),
    ],
)
def test_joined_scopes_of_other_sizes_say_them(widths, expected, sizes):
    """Layers of the same make on an x of 3: a card must not hide that the width changes."""
    builder = Builder()
    here, size = builder.input("x", shape=[3]), 3
    for k, width in enumerate(widths, 1):
        w = parameter(builder, f"w{k}", [width, size], f"s{k}")
        here, size = builder.apply("matmul", [w, here], scope=f"s{k}"), width
    bound = builder.graph(here).bind({})
    assert titles(bound, depth=1, repeats=True) == expected
    cards = folded(bound, plan(bound, 1, repeats=True)).nodes
    assert [n.options["sizes"] for n in cards if n.op == "scope"] == sizes


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet18", {"stage2–4 ×3": "128 → 256 → 512 channels"}),
        ("vgg16", {"block1–2 ×2": "64 → 128 channels", "block3–5 ×3": "256 → 512 → 512 channels"}),
    ],
)
def test_stages_of_networks_say_their_channels(name, expected):
    """The widths are those of the papers: He et al., table 1; Simonyan and Zisserman, column D."""
    graph = gv.net(name).bind({})
    graph = folded(graph, plan(graph, 1, repeats=True))
    told = {n.options["title"]: n.options["sizes"] for n in graph.nodes if n.op == "scope"}
    assert {title: said for title, said in told.items() if said} == expected


def test_sizes_that_are_not_known_do_not_tell_scopes_apart_but_options_do():
    builder = Builder()
    here = builder.input("x", shape=[3])
    for k, axis in enumerate([-1, -1, 0], 1):
        w = parameter(builder, f"w{k}", [k + 1, [3, 2, 3][k - 1]], f"s{k}")
        here = builder.apply(
            "stack",
            [builder.apply("matmul", [w, here], scope=f"s{k}")],
            {"axis": axis},
            scope=f"s{k}",
        )
        here = builder.apply("reshape", [here], {"shape": (-1,)}, scope=f"s{k}")
    assert titles(builder.graph(here), repeats=True) == ["s ×2"]


@pytest.mark.parametrize("depth", [0, -1, 1.5, True, "2"])
def test_a_depth_that_is_none(depth):
    with pytest.raises(ValueInputError, match="not a valid depth") as error:
        plan(perceptron(), depth)
    assert "from 1 on" in error.value.expected


def test_an_unknown_path_names_the_nearest_and_what_there_is():
    with pytest.raises(UnknownNameError, match="no scope 'net/blok1'") as error:
        plan(perceptron(), 1, ["net/blok1"])
    assert "net/block1" in error.value.hint and "net/block2/linear" in error.value.expected
    with pytest.raises(UnknownNameError) as error:
        plan(two_outputs().bind({"x": ()}), 1, ["zzz"])
    assert error.value.expected == "one of pair, pair/left, pair/right"


def test_an_unknown_path_in_a_graph_without_scopes():
    builder = Builder()
    graph = builder.graph(builder.apply("exp", [builder.input("x")]))
    assert plan(graph, 1).groups == ()
    with pytest.raises(UnknownNameError) as error:
        plan(graph, expand=["a"])
    assert error.value.expected == "a graph with scopes"


def test_the_op_of_a_card_is_hidden():
    assert (
        not known("scope")
        and known("scope", hidden=True)
        and "scope" not in [op.name for op in every()]
    )
    with pytest.raises(UnknownNameError):
        get("scope")
    with pytest.raises(UnknownNameError):
        Builder().apply("scope", [])


def test_ten_thousand_nodes_and_deep_chains_fold():
    """100 stages of 100 operations: 100 cards; as much as fits in 50 cards is one for each ten
    stages.
    """
    builder = Builder()
    here = builder.input("x")
    for stage in range(100):
        for _ in range(100):
            here = builder.apply("sin", [here], scope=f"part{stage // 10}/stage{stage}")
    graph = builder.graph(here)
    assert len(folded(graph, plan(graph, 2)).nodes) == 101
    depth, found = plan_that_fits(graph, lambda folded: len(folded.nodes) <= 50)
    assert depth == 1 and len(places(graph, found)) == 11
    assert plan_that_fits(graph, lambda folded: len(folded.nodes) <= 5) is None
    assert titles(graph, repeats=True) == ["part ×10"]


@given(scoped_runs(), st.integers(1, 3), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_folded_graph_is_a_graph(sample: Sample, depth, repeats):
    found = plan(sample.graph, depth, repeats=repeats)
    members = [i for group in found.groups for i in group.members]
    assert len(members) == len(set(members))
    graph, place = folded(sample.graph, found), places(sample.graph, found)
    assert [n.id for n in graph.nodes] == list(range(len(graph.nodes)))
    assert all(source < node.id for node in graph.nodes for source in node.inputs)  # no circles
    assert [n.op == "input" for n in graph.nodes] == sorted(
        (n.op == "input" for n in graph.nodes), reverse=True
    )
    for group in found.groups:
        inside = set(group.members)
        used = {i for i in inside if any(e.target not in inside for e in sample.graph.consumers[i])}
        assert used <= {group.output} and not inside & set(group.inputs)
        assert graph.nodes[place[group.output]].op == "scope"
    names = [n.name for n in graph.nodes if n.name]
    assert len(names) == len(set(names))


def test_letters_keep_away_from_names_that_they_would_seem_to_belong_to():
    graph = gv.parse("h = relu(w1*x + b1); (h*c_2)**2")
    letters = [label for i, label in labels(graph).items() if i not in graph.names]
    assert letters and not {"b", "c", "w"} & set(letters)
    many = labels(gv.parse("+".join(f"sin(k*{c}1)" for c in "abcghklmnpqrstuvw")))
    assert len(set(many.values())) == len(many)
