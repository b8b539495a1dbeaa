"""What a VALUE is: numbers from files, seeds and pictures."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import gradviz as gv
from gradviz.errors import GradvizError, ValueInputError
from gradviz.sources import NOTHING, values

A = np.array([[1.0, 2.0], [3.0, 4.5]])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_one_array_in_every_kind_of_file(folder: Path) -> None:
    np.save("a.npy", A)
    np.save("f.npy", np.asfortranarray(A))
    np.savez("a.npz", A)
    np.savez_compressed("two.npz", **{"conv1/w:0": A, "b": A[0]})
    Path("a.csv").write_text("1,2\n3,4.5\n")
    Path("a.TSV").write_text("1\t2\n3\t4.5\n")
    Path("a.json").write_text("[[1, 2], [3, 4.5]]")
    for name in ("a.npy", "f.npy", "a.npz", "a.npz:arr_0", "two.npz:conv1/w:0", "a.csv", "a.TSV",
                 "a.json"):  # fmt: skip
        np.testing.assert_array_equal(values.read(f"@{name}", "x").value, A, err_msg=name)


def test_json(folder: Path) -> None:
    for text, expected in (
        ("3", 3),
        ("[]", []),
        ("[[], []]", [[], []]),
        ('[1, "NaN", "-Infinity"]', [1, np.nan, -np.inf]),
        ("\ufeff[1]", [1]),
        ("[[[1], [2]], [[3], [4]]]", [[[1], [2]], [[3], [4]]]),
    ):
        Path("a.json").write_text(text, encoding="utf-8")
        np.testing.assert_array_equal(values.read("@a.json", "x").value, expected)
    Path("third.json").write_text("[0.1, 9007199254740993]")
    exact = gv.run(
        "x", values={"x": values.read("@third.json", "x").value}, backend="exact", upstream=[1, 1]
    )
    assert [str(n) for n in exact.value("x")] == ["1/10", "9007199254740993"]


BAD_JSON = [
    ("[1, 2", "JSON", "Expecting"),
    ("", "JSON", "Expecting value"),
    ("[[1, 2], [3]]", "a list of 2 at [2], as in the first", "1"),
    ("[[1, 2], 3]", "a list of 2 at [2], as in the first", "3"),
    ("[1, [2]]", "a number at [2]", "a list"),
    ("[1, null]", "a number at [2]", "null"),
    ("[true]", "a number at [1]", "true"),
    ('["1"]', "a number at [1]", '"1"'),
    ('{"x": [1]}', "a number", "an object with x"),
    ("[" * 40 + "1" + "]" * 40, "at most 32 levels of lists", "more"),
    ("[" * 200_000, "a few levels of lists", "nested too deep"),
]


@pytest.mark.parametrize(("text", "expected", "got"), BAD_JSON)
def test_json_that_is_no_array(folder: Path, text: str, expected: str, got: str) -> None:
    Path("a.json").write_text(text)
    with pytest.raises(
        GradvizError, match=r"the value of x: a\.json does not contain an array"
    ) as caught:
        values.read("@a.json", "x")
    assert expected in caught.value.expected and got in caught.value.got


def test_an_archive_of_several_arrays_asks_which(folder: Path) -> None:
    np.savez("w.npz", W1=A, b1=A[0])
    with pytest.raises(GradvizError, match=r"w\.npz holds 2 arrays") as caught:
        values.read("@w.npz", "x")
    assert caught.value.expected == "one array, or which of them: W1 (2×2), b1 (2)"
    assert caught.value.hint == "@w.npz:W1"
    np.savez("w.npz", weights=A, bias=A[0])
    with pytest.raises(GradvizError, match="holds no array called 'weight'") as caught:
        values.read("@w.npz:weight", "x")
    assert caught.value.hint == "did you mean weights?"
    np.savez("none.npz")
    with pytest.raises(GradvizError, match=r"none\.npz holds no arrays"):
        values.read("@none.npz", "x")


def _bomb() -> bytes:
    """A .npz that says that it holds 8 GiB."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in "ab":
            archive.writestr(f"{name}.npy", b"\0" * 1000)
    size = (1000).to_bytes(4, "little") + b"\x05\0"  # and the length of the name
    head, *entries = made.getvalue().split(b"PK\x01\x02")
    large = [e.replace(size, (2**32 - 2).to_bytes(4, "little") + b"\x05\0") for e in entries]
    return b"PK\x01\x02".join([head, *large])


def _npy(header: dict[str, Any], body: bytes) -> bytes:
    made = io.BytesIO()
    np.lib.format.write_array_header_1_0(made, header)
    return made.getvalue() + body


def _saved(save: Callable[..., None], *arrays: Any, **named: Any) -> bytes:
    made = io.BytesIO()
    save(made, *arrays, **named)
    return made.getvalue()


HUGE = {"descr": "<f8", "fortran_order": False, "shape": (2**40,)}
BROKEN = [
    ("a.npy", b""),
    ("a.npy", b"1,2"),
    ("a.npy", _saved(np.save, A)[:-1]),
    ("a.npy", _npy(HUGE, b"\0" * 16)),
    ("a.npy", _saved(np.save, np.array([{}], dtype=object), allow_pickle=True)),
    ("a.npy", _saved(np.save, np.array(["one"]))),
    ("a.npy", _saved(np.save, np.array([1j]))),
    ("a.npz", b""),
    ("a.npz", _saved(np.savez, A)[:-30]),
    ("a.npz", _saved(np.savez, np.array(["one"]))),
    ("a.npz", _bomb()),
]


@pytest.mark.parametrize(("name", "data"), BROKEN, ids=range(len(BROKEN)))
def test_broken_arrays(folder: Path, name: str, data: bytes) -> None:
    Path(name).write_bytes(data)
    with pytest.raises(GradvizError, match=f"the value of x: {name} is unreadable") as caught:
        values.read(f"@{name}", "x")
    assert caught.value.where == name and caught.value.got


def test_only_files_of_a_fair_size_are_read(folder: Path) -> None:
    for name in ("a.npy", "a.npz", "a.csv", "a.json", "a.png"):
        os.mkfifo(name)
        with pytest.raises(GradvizError, match="the value of x: this is a device or a pipe"):
            values.read(f"@{name}", "x")
        Path(name).unlink()
        Path(name).mkdir()
        with pytest.raises(GradvizError, match="the value of x: this is a folder"):
            values.read(f"@{name}", "x")
        Path(name).rmdir()
        with Path(name).open("wb") as file:
            file.truncate(2**32 + 1)
        with pytest.raises(GradvizError, match=f"the value of x: {name} is too large"):
            values.read(f"@{name}", "x")
        Path(name).unlink()
        with pytest.raises(GradvizError, match=f"the value of x: there is no file {name}"):
            values.read(f"@{name}", "x")


def test_suffixes_that_nobody_reads(folder: Path) -> None:
    for text, got in (("@a.gif", ".gif"), ("@a", "no suffix"), ("@", "no suffix"),
                      ("@a.npy:x", ".npy:x")):  # fmt: skip
        with pytest.raises(GradvizError, match="the value of x cannot be read from") as caught:
            values.read(text, "x")
        assert caught.value.got == got
        assert ".csv or .tsv file" in caught.value.expected


def test_what_reads_files_is_refused_unless_allowed(folder: Path) -> None:
    np.save("a.npy", A)
    with pytest.raises(ValueInputError, match="an array in a file reads a file"):
        values.read("@a.npy", "x", allowed=NOTHING)
    for text in ("[1, 2]", "random:1", "digit:3"):
        values.read(text, "x", allowed=NOTHING)


def test_the_files_of_values() -> None:
    assert values.file_of("@a.npz:W1") == Path("a.npz")
    assert values.file_of("@a.gif") == Path("a.gif")
    assert values.file_of("[1, 2]") is values.file_of("random:1") is values.file_of("") is None


def test_symbols_stand_for_the_elements_of_an_input() -> None:
    """CSCI 566: ∂‖W x‖²/∂W_ij = 2 q_i x_j, ∂/∂x_i = Σ_k 2 q_k W_ki; with an upstream gradient u,
    dW = u xᵀ.
    """
    W, x = (
        values.read(text, name).value for text, name in (("symbols:2x2", "W"), ("symbols:2", "x"))
    )
    trace = gv.run("q = W @ x; f = sum(q**2)", W=W, x=x, backend="exact")
    q = [sum(sp.Symbol(f"W_{i}{j}", real=True) * x[j - 1] for j in (1, 2)) for i in (1, 2)]
    for i, j in np.ndindex(2, 2):
        assert sp.expand(trace.gradient("W")[i, j] - 2 * q[i] * x[j]) == 0
        expected = sum(2 * q[k] * W[k, j] for k in (0, 1))
        assert sp.expand(trace.gradient("x")[j] - expected) == 0
    again = gv.Trace.from_json(trace.to_json())
    assert again.to_json() == trace.to_json()
    u = values.read("symbols", "upstream", (2,)).value
    assert [str(v) for v in u] == ["u_1", "u_2"]
    trace = gv.run("W @ x", W=W, x=x, upstream=u, backend="exact")
    assert (trace.gradient("W") == np.outer(u, x)).all()
    assert values.read("symbols", "x").value[()] == sp.Symbol("x", real=True)
    assert str(values.read("symbols:2x12", "W").value[1, 9]) == "W_2_10"


@pytest.mark.parametrize(
    "text", ["symbols:", "symbols:0", "symbols:2y2", "symbolsx", "symbols:40x40"]
)
def test_what_is_no_shape_of_symbols(text: str) -> None:
    with pytest.raises(ValueInputError) as caught:
        values.read(text, "W")
    assert "symbols:2x3" in str(caught.value) and text in str(caught.value)
