"""A folded trace: the recorded values and gradients, each step in its place, and as good as any
trace.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.engine.run import run
from gradviz.errors import TraceFormatError, ValueInputError
from gradviz.graph.builder import Builder
from gradviz.graph.fold.plan import folded, places, plan
from gradviz.ops import get
from gradviz.story.frame import Story
from gradviz.trace import Trace
from gradviz.trace.fold import fold, length
from tests.strategies import FRACTIONS, RATIONAL, Sample, scoped_runs


def bits(value) -> object:
    return (
        None
        if value is None
        else np.where(np.isnan(np.asarray(value, float)), np.nan, value).tobytes()
    )


def check(trace: Trace, found: Trace, place: dict[int, int], same) -> None:
    """Everything that can be seen is as recorded, and the contributions add up to the gradients."""
    for old, new in place.items():
        assert same(found.values[new], trace.values[old]) and same(
            found.gradients[new], trace.gradients[old]
        )
    assert same(found.seed, trace.seed)
    before: dict[int, object] = {}
    for step in found.steps[found.seed_step :]:
        if step.edge.source in before:
            assert same(step.before, before[step.edge.source])
        else:
            assert not np.any(np.asarray(step.before, float))
        before[step.edge.source] = step.after
    for node, after in before.items():
        assert same(after, found.gradients[node])


@given(scoped_runs(), st.integers(1, 3), st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_can_be_seen_is_what_was_recorded(sample: Sample, depth, repeats):
    trace = sample.run()
    found_plan = plan(trace.graph, depth, repeats=repeats)
    found = fold(trace, found_plan)
    check(trace, found, places(trace.graph, found_plan), lambda a, b: bits(a) == bits(b))
    edges = trace.recording.edges if trace.has_backward else None
    assert length(trace.graph, edges, found_plan) == len(found)
    again = Trace.from_json(found.to_json())  # which checks every step
    assert again.to_json() == found.to_json()


@given(scoped_runs(ops=RATIONAL, shapes=((), (2,)), elements=FRACTIONS), st.integers(1, 2))
@settings(max_examples=40, deadline=None)
def test_contributions_add_up_exactly(sample: Sample, depth):
    """With fractions the sums are exact in any order."""
    trace = sample.run(backend="exact")
    found_plan = plan(trace.graph, depth)
    found = fold(trace, found_plan)
    check(
        trace,
        found,
        places(trace.graph, found_plan),
        lambda a, b: np.array_equal(a, b) if b is not None else a is None,
    )
    totals: dict[int, object] = {}
    for step in found.steps[found.seed_step :]:
        source = step.edge.source
        totals[source] = totals.get(source, 0) + step.contribution
        assert np.array_equal(totals[source], step.after)


@given(scoped_runs(), st.integers(1, 2))
@settings(max_examples=40, deadline=None)
def test_every_step_can_be_told(sample: Sample, depth):
    story = Story(fold(sample.run(), plan(sample.graph, depth)))
    for frame in story:
        assert frame.sentence and frame.formula is not None
        assert frame.formula.latex and frame.formula.unicode and frame.formula.typst


def test_a_value_used_several_times_in_a_scope_brings_one_contribution():
    """f = (x·x + sin x) + 3x at x = 2: the scope brings 2x + cos x = 3.58385 at once, and last."""
    builder = Builder()
    x = builder.input("x")
    square = builder.apply("mul", [x, x], scope="s")
    out = builder.apply("add", [square, builder.apply("sin", [x], scope="s")], scope="s")
    graph = builder.graph(
        builder.apply("add", [builder.apply("mul", [x, builder.constant(3)]), out])
    )
    trace = run(graph, x=2.0)
    found = fold(trace, plan(trace.graph, 1))
    brought = [
        (s.edge.target, float(s.contribution), float(s.after)) for s in found.contributions("x")
    ]
    assert [target for target, *_ in brought] == [3, 1]
    assert brought[0][1:] == (3.0, 3.0)
    assert brought[1][1] == pytest.approx(4 + np.cos(2.0)) and brought[1][2] == float(
        trace.gradient("x")
    )
    assert found.uses(0) == 2 and [s.node for s in found.steps][:3] == [1, 3, 4]
    assert found.result() == trace.result()


def test_words_of_a_card():
    builder = Builder()
    x = builder.input("x", shape=[2])
    w = builder.input("W", scope="layer", shape=[3, 2], init={"kind": "constant", "value": 1})
    h = builder.apply("relu", [builder.apply("matmul", [w, x], scope="layer")], scope="layer")
    unit = builder.apply(
        "tanh", [builder.apply("sum", [h], get("sum").options, scope="unit")], scope="unit"
    )
    trace = run(builder.graph(unit), values={"x": [1, 2], "W": np.ones((3, 2))})
    story = Story(fold(trace, plan(trace.graph, 1)))
    told = [frame.sentence for frame in story]
    assert (
        told[0] == "layer turns 2 numbers into 3 numbers."
        and told[1] == "unit turns 3 numbers into 1."
    )
    # tanh is flat at 9: 1 - tanh(9)^2 = 4 exp(-18) = 6.092e-8; every element of x reaches all
    # three.
    assert told[3].startswith("unit passes the gradient back to layer: 1 arrives, [6.092e−8, ")
    assert told[4].startswith("layer passes the gradient back to x: [6.092e−8, ")
    assert told[4].endswith("arrives, [1.828e−7, 1.828e−7] leaves.")
    assert story.frame(1).formula.unicode[0] == "layer = x → matmul → relu"
    assert story.frame(4).formula.unicode[0] == "∂unit/∂layer ← u taken back through unit"
    assert story.frame(5).formula.unicode[0] == "∂unit/∂x ← u taken back through layer"


def test_parameters_in_a_scope_are_not_shown_and_its_input_still_gets_its_gradient():
    builder = Builder()
    x, w = (
        builder.input("x"),
        builder.input("w", scope="s", shape=[], init={"kind": "constant", "value": 2}),
    )
    trace = run(builder.graph(builder.apply("mul", [w, x], scope="s")), values={"x": 3.0, "w": 2.0})
    found = fold(trace, plan(trace.graph, 1))
    assert found.result() == {"x": 2.0} and len(found.recording.edges) == 1
    assert (
        fold(run(trace.graph, values={"x": 3.0, "w": 2.0}, wrt="w"), plan(trace.graph, 1)).result()
        == {}
    )


def test_a_folded_graph_cannot_be_run():
    builder = Builder()
    graph = builder.graph(builder.apply("exp", [builder.input("x")], scope="s")).bind({"x": ()})
    with pytest.raises(ValueInputError, match="folded scope 's' cannot be run") as error:
        run(folded(graph, plan(graph, 1)), x=1.0)
    assert "fold its trace" in error.value.hint


@pytest.mark.parametrize("title", ["1/3", "NaN", "a/b ×3"])
def test_any_title_survives_json(title):
    builder = Builder()
    trace = run(builder.graph(builder.apply("exp", [builder.input("x")], scope=title)), x=1.0)
    found = fold(trace, plan(trace.graph, title.count("/") + 1))
    again = Trace.from_json(found.to_json())
    assert again.graph.symbol(1) == title and again.to_json() == found.to_json()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('"parameters": -1', "are not valid"),
        ('"parameters": "many"', "are not valid"),
        ('"title": 3', "are not valid"),
    ],
)
def test_a_card_that_says_nonsense_is_refused(broken, said):
    builder = Builder()
    trace = run(builder.graph(builder.apply("exp", [builder.input("x")], scope="s")), x=1.0)
    text = fold(trace, plan(trace.graph, 1)).to_json()
    key = broken.split(":")[0]
    old = {'"parameters"': '"parameters": 0', '"title"': '"title": "s"'}[key]
    with pytest.raises(TraceFormatError, match=said):
        Trace.from_json(text.replace(old, broken))
