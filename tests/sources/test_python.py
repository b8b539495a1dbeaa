"""Functions of files as sources: their lines, the names of their variables, and what they refuse.

Places are compared with those of Python's own parser, `ast`; values with NumPy's.
"""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

import gradviz as gv
from gradviz import sources
from gradviz.cli.main import run
from gradviz.errors import GradvizError, ValueInputError
from gradviz.sources import NOTHING, Allowed

NETWORK = '''\
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def neural_network(x, Theta1, Theta2):
    """Two layers."""
    a1 = np.concatenate(([1], x))
    z2 = Theta1 @ a1
    a2 = np.concatenate(
        ([1], sigmoid(z2)),
    )
    ж = Theta2.dot(a2); a3 = sigmoid(ж)
    return a3


def loop(w, x):
    h = x
    for k in range(3):
        h = np.maximum(0, w * h)
    return h
'''


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "net.py"
    path.write_text(NETWORK, "utf-8")
    return path


def read(source: str) -> gv.Graph:
    found = sources.read(source)
    assert isinstance(found, gv.Graph)
    return found


def test_it_computes_what_numpy_computes(network: Path) -> None:
    given = {"x": np.array([1.0, 2]), "Theta1": np.ones((2, 3)), "Theta2": -np.ones((2, 3)) / 2}
    space: dict[str, object] = {}
    exec(NETWORK, space)
    wanted = space["neural_network"](**given)  # type: ignore[operator]
    trace = gv.run(read(f"{network}::neural_network"), values=given, upstream=[1, 0])
    np.testing.assert_allclose(trace.value("a3"), wanted, rtol=1e-15)


def test_variables_name_their_nodes(network: Path) -> None:
    graph = read(f"{network}::neural_network")
    names = {n.name for n in graph.nodes if n.name}
    assert names == {"x", "Theta1", "Theta2", "a1", "z2", "a2", "ж", "a3"}
    again = read(f"{network}::loop")
    assert [n.name for n in again.nodes if n.op == "maximum"] == ["h", "h2", "h3"]


def test_places_are_those_of_pythons_parser(network: Path) -> None:
    graph = read(f"{network}::neural_network")
    code = graph.code
    assert code is not None and code.name == "net.py::neural_network"
    known = {
        (n.lineno, n.end_lineno, ast.get_source_segment(NETWORK, n))
        for n in ast.walk(ast.parse(NETWORK))
        if isinstance(n, ast.BinOp | ast.UnaryOp | ast.Call)
    }
    lines = dict(code.lines)
    ops = [n.id for n in graph.nodes if not n.is_leaf]
    assert set(code.places) == set(ops)
    for place in code.places.values():
        rows = [lines[n] for n in range(place.line, place.last_line + 1)]
        rows[-1] = rows[-1][: place.last_column]
        rows[0] = rows[0][place.column :]
        assert (place.line, place.last_line, "\n".join(rows)) in known
    assert code.places[graph.find("z2")].line == 11
    assert NETWORK.splitlines()[10][slice(*code.places[graph.find("z2")][1::2])] == "Theta1 @ a1"


def test_a_picture_is_called_as_its_file_and_function(network: Path, tmp_path: Path) -> None:
    gv.render(gv.run(read(f"{network}::loop"), w=2, x=1), tmp_path / "loop.svg")
    assert "net.py::loop" in (tmp_path / "loop.svg").read_text("utf-8")


def test_only_functions_that_ran_are_listed(network: Path) -> None:
    code = read(f"{network}::loop").code
    assert code is not None and [n for n, _ in code.lines] == [19, 20, 21, 22, 23]


def test_what_is_not_an_input_is_given_in_brackets(tmp_path: Path) -> None:
    path = tmp_path / "loss.py"
    path.write_text("def loss(s, y, d=1):\n    return (s[y] - d)**2\n", "utf-8")
    assert gv.run(read(f"{path}::loss(y=2)"), s=[0, 0, 5]).value("f") == 16
    assert gv.run(read(f"{path}::loss(y=2, d=3)"), s=[0, 0, 5]).value("f") == 4


def test_elements_are_assigned_to_as_in_numpy(tmp_path: Path) -> None:
    """Each function gives on expressions what it gives on arrays."""
    text = (
        "import numpy as np\n"
        "def item(x):\n    y = x*2\n    y[1] = 0\n    return np.sum(y*y)\n"
        "def part(x):\n    y = x*x\n    y[1:] = x[0]\n    return np.sum(y)\n"
        "def added(x):\n    y = x*x\n    y[0] += x[1]\n    y[-1] *= 3\n    return np.sum(y)\n"
        "def made(x):\n    y = np.zeros(3)\n    y[0] = x[2]\n    return np.sum(y*y)\n"
        "def plain(x):\n    y = np.ones(3)\n    y[0] = 5\n    return np.sum(x*y)\n"
        "def kept(x):\n    y = x*1\n    z = y + 1\n    y[0] = 9\n    return np.sum(z*y)\n"
    )
    path = tmp_path / "items.py"
    path.write_text(text, "utf-8")
    space: dict[str, object] = {}
    exec(text, space)
    x = np.array([1.0, -2, 3])
    for name in ("item", "part", "added", "made", "plain", "kept"):
        function = space[name]
        found = gv.run(read(f"{path}::{name}"), x=x)
        assert float(found.values[found.graph.output]) == function(x.copy())  # type: ignore[operator]
        for k in range(3):
            step = np.eye(3)[k] * 1e-6
            slope = (function(x + step) - function(x - step)) / 2e-6  # type: ignore[operator]
            assert found.gradient("x")[k] == pytest.approx(slope, abs=1e-6)


def test_a_decorated_function_is_watched_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "decorated.py"
    path.write_text(
        "import functools\n"
        "def twice(f):\n"
        "    @functools.wraps(f)\n"
        "    def inner(*given, **named):\n"
        "        return 2 * f(*given, **named)\n"
        "    return inner\n"
        "@twice\n"
        "def f(x, w):\n"
        "    y = x*w\n"
        "    return y + 1\n",
        "utf-8",
    )
    graph = read(f"{path}::f")
    assert graph.code is not None and graph.code.places[graph.find("y")].line == 9


BAD = {
    "f(x): return x": ("f", "not Python"),
    "def f(x):\n    return x": ("g", "there is no function 'g'"),
    "def f(x):\n    return 3": ("f", "does not return one expression"),
    "def f(x):\n    return x, x*2": ("f", "does not return one expression"),
    "def f(x):\n    return x + undefined": ("f", "NameError"),
    "import nothing_of_the_kind": ("f", "ModuleNotFoundError"),
    "def f(x):\n    return 1 if x else 2": ("f", "has no truth value"),
    "def f(x, y):\n    return x": ("f(z=1)", "has no parameter 'z'"),
    "def f(x, z):\n    return x": ("f(1)", "cannot be read"),
    "x = 1": ("f", "there is no function"),
}


@pytest.mark.parametrize("text", BAD)
def test_bad_code_ends_in_one_message(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text, "utf-8")
    name, said = BAD[text]
    with pytest.raises(GradvizError, match=said):
        read(f"{path}::{name}")
    assert run(["show", f"{path}::{name}", "x=1"]) == 1
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


def test_the_line_of_an_error_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("def f(x):\n    y = x*2\n    return y + undefined\n", "utf-8")
    with pytest.raises(ValueInputError) as caught:
        read(f"{path}::f")
    assert caught.value.where == "bad.py, line 3"


def test_it_needs_a_function_and_a_file(tmp_path: Path) -> None:
    with pytest.raises(ValueInputError, match="which function"):
        read("net.py")
    with pytest.raises(GradvizError, match=r"there is no file none\.py"):
        read(str(tmp_path / "none.py::f"))


def test_code_runs_only_where_that_is_allowed(network: Path) -> None:
    for allowed in (NOTHING, Allowed(files=True)):
        with pytest.raises(ValueInputError, match="a function in Python"):
            sources.read(f"{network}::loop", allowed)


def test_what_the_file_prints_does_not_mix_with_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "loud.py"
    path.write_text("print('loaded')\ndef f(x):\n    print(x)\n    return x*x\n", "utf-8")
    assert run(["show", f"{path}::f", "x=3", "--brief"]) == 0
    out, err = capsys.readouterr()
    assert "loaded" in err and "loaded" not in out and "f = 9" in out
