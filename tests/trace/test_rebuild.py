"""Traces that do not fit their graph: each is refused, with the place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.engine.run import run
from gradviz.errors import GradvizError, TraceFormatError
from gradviz.graph.builder import Builder
from gradviz.ops import every
from gradviz.ops.op import Op
from gradviz.trace import Trace
from gradviz.trace.io.json import dumps
from tests.trace.same import assert_same, round_trip, strict

Document = dict[str, Any]

BASE = strict(run("sum(x*y) + x", x=2, y=[1, 3, 4]).to_json())
# Nodes: 0 x, 1 y, 2 x*y, 3 sum, 4 + ; steps: 0 to 2 forward, 3 seed, then 4: 3→4, 5: 0→4, 6: 2→3,
# 7: 0→2, 8: 1→2.


def put(*path: Any) -> Callable[[Document], None]:
    """Put the last of `path` at the place that the others name."""
    *keys, last, value = path

    def change(document: Any) -> None:
        for key in keys:
            document = document[key]
        document[last] = value

    return change


def cut(*path: Any) -> Callable[[Document], None]:
    """Take out what stands at a place."""
    *keys, last = path

    def change(document: Any) -> None:
        for key in keys:
            document = document[key]
        del document[last]

    return change


def swap(a: int, b: int) -> Callable[[Document], None]:
    """Exchange two steps."""

    def change(document: Any) -> None:
        steps = document["steps"]
        steps[a], steps[b] = steps[b], steps[a]

    return change


def add(*path: Any) -> Callable[[Document], None]:
    """Append the last of `path` to a list."""
    *keys, value = path

    def change(document: Any) -> None:
        for key in keys:
            document = document[key]
        document.append(copy.deepcopy(value))

    return change


def test_the_base_of_the_changes_is_sound() -> None:
    edges = [tuple(s["edge"].values()) for s in BASE["steps"][4:]]
    assert edges == [(3, 4, 0), (0, 4, 1), (2, 3, 0), (0, 2, 0), (1, 2, 1)]
    assert (
        Trace.from_json(json.dumps(BASE)).gradient("x") == 9.0
    )  # 1 + 3 + 4, and 1 for the second use


@pytest.mark.parametrize(
    ("change", "message", "where"),
    [
        # keys and types
        (cut("values"), "lacks the key 'values'", ""),
        (cut("graph", "nodes", 2, "shape"), "lacks the key 'shape'", "graph.nodes[2]"),
        (cut("steps", 4, "after"), "lacks the key 'after'", "steps[4]"),
        (cut("steps", 4, "kind"), "lacks the key 'kind'", "steps[4]"),
        (put("wrl", [0]), "unknown key 'wrl'", ""),
        (put("steps", 4, "sumed", [0]), "unknown key 'sumed'", "steps[4]"),
        (put("values", []), "wrong type", "values"),
        (put("graph", "nodes", 0, "id", "0"), "wrong type", "graph.nodes[0].id"),
        (put("graph", "output", 4.0), "wrong type", "graph.output"),
        (put("graph", "nodes", 0, "id", -1), "impossible value", "graph.nodes[0].id"),
        (put("graph", "nodes", 0, "shape", [-1]), "impossible value", "graph.nodes[0].shape[0]"),
        (put("graph", "nodes", 0, "shape", [1] * 65), "impossible value", "graph.nodes[0].shape"),
        (put("graph", "nodes", []), "impossible value", "graph.nodes"),
        (put("steps", 0, "kind", "jump"), "step of an unknown kind", "steps[0].kind"),
        (put("backend", "nunpy"), "unknown backend", "backend"),
        (put("dtype", "float16"), "unknown dtype", "dtype"),
        (put("dtype", "exact"), "unknown dtype", "dtype"),
        (put("backend", "exact"), "unknown dtype", "dtype"),
        # the graph
        (put("graph", "nodes", 2, "id", 3), "not numbered in order", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "op", "mull"), "no op 'mull'", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "inputs", [0, 2]), "does not come before", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "inputs", [0, 99]), "does not come before", "graph.nodes[2]"),
        (put("graph", "nodes", 2, "inputs", [0]), "wrong number of operands", "graph.nodes[2]"),
        (
            put("graph", "nodes", 2, "inputs", [0, 1, 1]),
            "wrong number of operands",
            "graph.nodes[2]",
        ),
        (put("graph", "nodes", 0, "inputs", [0]), "takes no operands", "graph.nodes[0]"),
        (put("graph", "output", 5), "the output is not a node", "graph.output"),
        (put("graph", "outputs", [4, 3]), "does not list the output", "graph.outputs"),
        (put("graph", "outputs", [3, 4]), "does not list the output", "graph.outputs"),
        (put("graph", "outputs", [5]), "does not list the output", "graph.outputs"),
        (put("graph", "outputs", []), "does not list the output", "graph.outputs"),
        (put("graph", "outputs", [-1]), "impossible value", "graph.outputs[0]"),
        (put("graph", "outputs", 4), "wrong type", "graph.outputs"),
        (put("graph", "nodes", 1, "name", "x"), "names of their own", "graph.nodes[1]"),
        (put("graph", "nodes", 1, "name", ""), "names of their own", "graph.nodes[1]"),
        (put("graph", "nodes", 3, "options", {}), "does not have the options", "graph.nodes[3]"),
        (
            put("graph", "nodes", 3, "options", "axes", 1),
            "does not have the options",
            "graph.nodes[3]",
        ),
        (put("graph", "nodes", 3, "options", "axis", 7), "does not fit together", "sum of mul"),
        (
            put("graph", "nodes", 3, "options", "axis", {"a": 1}),
            "does not fit together",
            "sum of mul",
        ),
        (
            put("graph", "nodes", 3, "options", "axis", "NaN"),
            "not a number",
            "graph.nodes[3].options",
        ),
        (
            put("graph", "nodes", 3, "options", "keepdims", True),
            "does not have the shape",
            "graph.nodes[3]",
        ),
        (put("graph", "nodes", 2, "shape", [2]), "does not have the shape", "graph.nodes[2]"),
        (put("graph", "nodes", 1, "shape", [3, 1]), "does not have the shape", "graph.nodes[2]"),
        (put("graph", "nodes", 1, "op", "constant"), "a constant has one option", "graph.nodes[1]"),
        # wrt, values, gradients
        (put("wrt", [2]), "not a list of inputs", "wrt"),
        (put("wrt", [1, 0]), "not a list of inputs", "wrt"),
        (put("wrt", [0, 0]), "not a list of inputs", "wrt"),
        (put("wrt", [99]), "not a list of inputs", "wrt"),
        (put("seeds", []), "the seeds do not match the outputs", "seeds"),
        (put("seeds", [1.0, 1.0]), "the seeds do not match the outputs", "seeds"),
        (put("seeds", [[1.0]]), "shape of its node", "seeds[0]"),
        (put("seeds", [2.0]), "does not follow from the steps", "seeds[0]"),
        (put("seeds", 1.0), "wrong type", "seeds"),
        (cut("values", "3"), "values has none for node 3", "values"),
        (put("values", "5", 1.0), "values has one too many, for node 5", "values"),
        (put("values", "x", 1.0), "one too many, for node x", "values"),
        (put("values", "03", 1.0), "one too many, for node 03", "values"),
        (put("values", "1", [1.0, 2.0]), "shape of its node", "values.1"),
        (put("values", "1", [[1.0], [2.0], [3.0]]), "shape of its node", "values.1"),
        (put("values", "1", 1.0), "shape of its node", "values.1"),
        (put("values", "0", [1.0]), "shape of its node", "values.0"),
        (put("values", "0", None), "is not a number", "values.0"),
        (put("values", "0", "1.5"), "is not a number", "values.0"),
        (put("values", "0", "nan"), "is not a number", "values.0"),
        (put("values", "0", {"npz": 1}), "is not a number", "values.0"),
        (put("values", "1", [1.0, True, 2.0]), "is not a number", "values.1"),
        (put("values", "0", 10**400), "JSON|read|number", ""),
        (cut("gradients", "0"), "gradients has none for node 0", "gradients"),
        (cut("gradients", "4"), "gradients has none for node 4", "gradients"),
        (put("gradients", "7", 1.0), "one too many, for node 7", "gradients"),
        (put("gradients", "0", 8.0), "does not follow from the steps", "gradients.0"),
        (put("gradients", "1", [2.0, 2.0]), "shape of its node", "gradients.1"),
        # steps
        (swap(0, 1), "forward steps are not", "steps[0]"),
        (cut("steps", 1), "forward steps are not", "steps[1]"),
        (cut("steps", 3), "does not begin with its seed", "steps[3]"),
        (put("steps", 3, "node", 3), "does not begin with its seed", "steps[3]"),
        (put("steps", 4, {"kind": "seed", "node": 4}), "wrong place", "steps[4]"),
        (add("steps", {"kind": "forward", "node": 4}), "wrong place", "steps[9]"),
        (put("steps", BASE["steps"][:3]), "seed step is missing", "steps"),
        (put("steps", BASE["steps"][:2]), "forward steps are not", "steps[2]"),
        (put("steps", BASE["steps"][:-1]), "does not follow from the steps", "gradients.1"),
        (cut("steps", 7), "does not follow from the steps", "gradients.0"),
        (swap(4, 6), "impossible order", "steps"),
        (add("steps", BASE["steps"][8]), "contributes twice", "steps[9].edge"),
        (put("steps", 4, "edge", "slot", 1), "edge that the graph does not have", "steps[4].edge"),
        (put("steps", 4, "edge", "slot", 2), "edge that the graph does not have", "steps[4].edge"),
        (
            put("steps", 4, "edge", "target", 99),
            "edge that the graph does not have",
            "steps[4].edge",
        ),
        (
            put("steps", 6, "edge", "target", 0),
            "edge that the graph does not have",
            "steps[6].edge",
        ),
        (put("steps", 8, "contribution", [2.0]), "shape of its node", "steps[8].contribution"),
        (put("steps", 8, "after", 2.0), "shape of its node", "steps[8].after"),
        (put("steps", 8, "local", 2.0), "shape of its node", "steps[8].local"),
        (put("steps", 8, "local", None), "local gradient is missing", "steps[8].local"),
        (put("steps", 6, "local", [1.0, 1.0, 1.0]), "stands where there is none", "steps[6].local"),
        (
            put("steps", 8, "upstream", [1.0, 1.0, 2.0]),
            "upstream does not follow",
            "steps[8].upstream",
        ),
        (put("steps", 7, "before", 2.0), "before does not follow", "steps[7].before"),
        (put("steps", 5, "before", -0.0), "before does not follow", "steps[5].before"),
        (put("steps", 7, "summed", []), "not summed over the axes", "steps[7].summed"),
        (put("steps", 8, "summed", [0]), "not summed over the axes", "steps[8].summed"),
    ],
)
def test_changed_traces_are_refused(
    change: Callable[[Document], None], message: str, where: str
) -> None:
    document = copy.deepcopy(BASE)
    change(document)
    with pytest.raises(TraceFormatError, match=message) as caught:
        Trace.from_json(json.dumps(document))
    assert isinstance(caught.value.where, str)
    assert caught.value.where.startswith(where)
    assert caught.value.expected or caught.value.got or caught.value.hint


@pytest.mark.parametrize(
    "op", [op for op in every() if op.options and op.examples], ids=lambda op: op.name
)
def test_options_of_the_wrong_kind_are_refused_or_fit(op: Op) -> None:
    shapes, given_options = op.examples[0]
    builder = Builder()
    names = "xyzvw"[: len(shapes)]
    operands = [builder.input(name) for name in names]
    graph = builder.graph(builder.apply(op.name, operands, dict(op.options) | given_options))
    slots = [0] * len(shapes) if op.variadic else range(len(shapes))
    middles = [
        0.5 if op.has_gradient(slot, shapes, given_options) else int(op.domain[slot][0])
        for slot in slots
    ]
    values = {
        name: np.full(shape, v) for name, shape, v in zip(names, shapes, middles, strict=True)
    }
    document = round_trip(run(graph, values=values))
    for name in op.options:
        for odd in (
            None,
            True,
            7,
            0.5,
            "text",
            "NaN",
            "1/3",
            [],
            [1],
            [[0]],
            ["a", {}],
            {"a": 1},
            {"npz": "a"},
        ):
            changed = copy.deepcopy(document)
            changed["graph"]["nodes"][-1]["options"][name] = odd
            try:
                Trace.from_json(json.dumps(changed))
            except GradvizError as error:
                assert isinstance(error, TraceFormatError)


def test_a_misspelt_op_gets_a_suggestion() -> None:
    document = copy.deepcopy(BASE)
    document["graph"]["nodes"][2]["op"] = "mull"
    with pytest.raises(TraceFormatError) as caught:
        Trace.from_json(json.dumps(document))
    assert caught.value.hint == "did you mean mul?"


def test_a_step_along_a_condition_is_refused() -> None:
    document = strict(run("where(c > 0, x, y)", c=1, x=2, y=3).to_json())
    extra = copy.deepcopy(document["steps"][-1])
    extra["edge"]["source"], extra["edge"]["slot"] = document["graph"]["nodes"][-1]["inputs"][0], 0
    document["steps"].append(extra)
    document["gradients"][str(extra["edge"]["source"])] = 1.0
    with pytest.raises(TraceFormatError, match="along which no gradient flows"):
        Trace.from_json(json.dumps(document))


def test_inputs_after_other_nodes_are_refused() -> None:
    builder = Builder()
    graph = builder.graph(builder.apply("mul", [builder.input("x"), builder.constant(2)]))
    document = strict(run(graph, x=1).to_json())
    nodes = document["graph"]["nodes"]
    nodes[0], nodes[1] = nodes[1] | {"id": 0}, nodes[0] | {"id": 1}
    with pytest.raises(TraceFormatError, match="inputs do not come first"):
        Trace.from_json(json.dumps(document))


@pytest.mark.parametrize("value", ["text", None, [1.0], {"npz": 3}, [[]], "1/0"])
def test_constants_that_are_no_numbers(value: Any) -> None:
    document = strict(run("2*x", x=1).to_json())
    document["graph"]["nodes"][1]["options"] = {"value": value}
    with pytest.raises(TraceFormatError) as caught:
        Trace.from_json(json.dumps(document))
    assert str(caught.value.where).startswith("graph.nodes[1].options.value")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_change_at_random_leads_to_another_error(data: st.DataObject) -> None:
    """Whatever stands wherever: the trace is read, or one of our errors says why not."""
    document: Any = copy.deepcopy(BASE)
    place = document
    while True:
        key = data.draw(
            st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place)))
        )
        if not (
            isinstance(place[key], dict | list) and place[key] and data.draw(st.integers(0, 3))
        ):
            break
        place = place[key]
    scalars = (
        st.none()
        | st.booleans()
        | st.integers(-3, 9)
        | st.floats(allow_nan=False, allow_infinity=False)
    )
    words = st.sampled_from(
        ["", "x", "NaN", "1/3", "seed", "sum", "index", "constant", "input", "stack", "exact"]
    )
    place[key] = data.draw(
        st.recursive(
            scalars | words,
            lambda s: st.lists(s, max_size=3) | st.dictionaries(words, s, max_size=2),
            max_leaves=4,
        )
    )
    try:
        trace = Trace.from_json(json.dumps(document))
    except GradvizError as error:
        assert isinstance(error, TraceFormatError)
        return
    assert_same(Trace.from_json(dumps(trace)), trace)
