"""What is open, and the words that open it again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import gradviz as gv
from gradviz.shell import quoted
from gradviz_tui.walk.opened import Opened, typed
from tests.tui.samples import MARK, opened


@given(
    st.floats(allow_nan=False)
    | st.integers(-999, 999)
    | st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4)
)
def test_a_value_is_typed_with_every_digit(value: object) -> None:
    trace = gv.run("x*1" if isinstance(value, float | int) else "sum(x)", x=typed(value))
    assert trace.xp.plain(trace.value("x")) == value


def test_a_saved_trace_can_be_edited(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    opened(MARK).trace.save(file)
    again = opened((str(file),))
    assert again.command(3) == f"gradviz tui {quoted(str(file))} --at 3"
    edited = again.edited("x", "4")
    assert edited.trace.value("f") == 14
    assert edited.command(3) == 'gradviz tui "(x*y + z) * maximum(y, z)" x=4 y=2 z=-1 --at 3'


def test_the_options_of_the_run_are_kept() -> None:
    exact = opened(("x*y", "x=1/3", "y=6"), backend="exact", wrt=("x",))
    edited = exact.edited("x", "2/3")
    assert edited.trace.backend == "exact" and str(edited.trace.value("f")) == "4"
    assert [edited.trace.graph.nodes[i].name for i in edited.trace.wrt] == ["x"]
    assert edited.command(0) == "gradviz tui x*y x=2/3 y=6 --wrt x --backend exact --at 0".replace(
        "x*y", '"x*y"'
    )
    scaled = opened(("x*y", "x=[1, 2]", "y=3"), upstream="[1, 10]").edited("y", "4")
    assert np.array_equal(scaled.trace.gradient("x"), [4, 40])


def test_values_from_files_and_seeds_are_read_as_on_the_command_line(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([1.0, 2.0]))
    here = opened(("sum(x)", "x=[0, 0]"))
    assert here.edited("x", f"@{tmp_path / 'x.npy'}").trace.value("f") == 3
    drawn = here.edited("x", "random:1:2").trace.value("x")
    assert np.array_equal(drawn, np.random.default_rng(1).standard_normal(2))


def test_a_graph_from_python_has_a_title() -> None:
    x, y = gv.inputs("x y")
    made = Opened("a graph", {}, gv.run(x * y, x=1, y=2))
    assert made.title and made.text_of("x") == "1"


def test_a_one_hot_edited_to_shares_is_differentiated_and_back() -> None:
    """−log softmax of [0, 0] is log 2 for each class."""
    here = opened(("softmax_cross_entropy(s, y)", "s=[0, 0]", "y=[0, 1]"))
    assert len(here.trace.contributions("y")) == 0
    shares = here.edited("y", "[0.2, 0.8]")
    np.testing.assert_allclose(shares.trace.gradient("y"), np.log([2, 2]), rtol=1e-15)
    assert len(shares.edited("s", "[1, 1]").trace.contributions("y")) == 1
    assert len(shares.edited("y", "[1, 0]").trace.contributions("y")) == 0
    asked = opened(("softmax_cross_entropy(s, y)", "s=[0, 0]", "y=[0, 1]"), wrt=("s", "y"))
    assert len(asked.edited("y", "[1, 0]").trace.contributions("y")) == 1
