"""What a SOURCE is: kinds that find themselves, and what they may do."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import gradviz as gv
from gradviz import sources
from gradviz.errors import FileError, ParseError, ValueInputError
from gradviz.sources import NOTHING, Allowed, as_graph, kind_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x*y", "an expression"),
        ("-x**2", "an expression"),
        ("-", "standard input"),
        ("net:lenet5", "a network"),
        (" net:mlp:2-1", "a network"),
        ("network", "an expression"),
        ("run.json", "a saved trace"),
        ("RUN.JSON", "a saved trace"),
        ("", "an expression"),
        ("x" * 300_000, "an expression"),
        ("nul\0l", "an expression"),
    ],
)
def test_kinds_are_told_by_their_look(text: str, name: str) -> None:
    assert kind_of(text).name == name


def test_a_file_of_another_name_is_a_saved_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    gv.run("x*y", x=2, y=3).save("kept")
    assert kind_of("kept").name == "a saved trace"
    found = sources.read("kept")
    assert isinstance(found, gv.Trace) and found.value("x") == 2
    assert sources.files_of("kept") == (Path("kept"), Path("kept.npz"))
    assert sources.files_of("x*y") == sources.files_of("net:xor") == ()
    # Where no files may be read, nobody looks whether there is one: it is an expression.
    assert kind_of("kept", NOTHING).name == "an expression"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("x + 1"))
    found = sources.read("-")
    assert isinstance(found, gv.Graph) and found.source == "x + 1"


def test_what_reads_files_is_refused_unless_allowed(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    gv.run("x", x=1).save(path)
    for text in (str(path), "-"):
        with pytest.raises(ValueInputError, match="reads a file, which is not allowed here"):
            sources.read(text, NOTHING)
        with pytest.raises(ValueInputError, match="which is not allowed here"):
            sources.read(text, Allowed(code=True))
    assert isinstance(sources.read(str(path), Allowed(files=True)), gv.Trace)
    with pytest.raises(ValueInputError, match="not allowed here"):
        gv.run(str(path))
    with pytest.raises(ValueInputError, match="has its values already"):
        as_graph(str(path), allowed=Allowed(files=True))


def test_a_kind_that_is_added_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that names a function in a file, as `FILE.mod::NAME`, and runs it."""
    named = sources.Source(
        "a function",
        lambda text: gv.parse("x + " + text.partition("::")[2]),
        suffixes=(".mod",),
        reads_files=True,
        runs_code=True,
    )
    known = (*sources.every(), named)
    monkeypatch.setattr(sources, "every", lambda: known)
    found = sources.read("model.mod::loss")
    assert isinstance(found, gv.Graph) and found.source == "x + loss"
    for allowed in (NOTHING, Allowed(files=True)):
        with pytest.raises(ValueInputError, match="a function runs code"):
            sources.read("model.mod::loss", allowed)


def test_graphs_of_what_python_has() -> None:
    x, y = gv.inputs("x y")
    graph = gv.parse("x*y")
    assert as_graph(graph) is graph
    assert [n.op for n in as_graph(x * y).nodes] == ["input", "input", "mul"]
    assert [n.op for n in as_graph("x*y").nodes] == ["input", "input", "mul"]
    for wrong in (3, None, [x], gv.run("x", x=1)):
        with pytest.raises(ValueInputError, match="not something that gradviz can run") as caught:
            as_graph(wrong)
        assert caught.value.got == type(wrong).__name__


def test_a_label_brings_the_loss_of_a_network() -> None:
    for source in ("net:mlp:2-3", gv.net("mlp:2-3")):
        graph = as_graph(source, given=["x", "label"])
        assert [n.name for n in graph.inputs if "init" not in n.options] == ["x", "label"]
        assert graph.nodes[graph.output].op == gv.net("mlp:2-3,loss=yes").nodes[-1].op
        assert all(n.name != "label" for n in as_graph(source, given=["x"]).nodes)
    assert len(as_graph("label*2", given=["label"]).nodes) == 3
    own = gv.net("mlp:2-3,loss=yes")
    assert as_graph(own, given=["label"]) is own


def test_what_is_no_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileError, match=r"there is no file none\.json"):
        sources.read("none.json")
    with pytest.raises(ParseError):
        sources.read("x +")
    os.mkfifo("pipe.json")
    with pytest.raises(FileError, match="a device or a pipe, not a file"):
        sources.read("pipe.json")


def test_importing_gradviz_loads_nothing_heavy() -> None:
    heavy = ("numpy", "sympy", "textual")
    code = (
        "import sys, json, gradviz.sources.values, gradviz.sources.weights\n"
        "from gradviz import sources\nsources.every(); sources.values.every()\n"
        f"print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert json.loads(done.stdout) == []
