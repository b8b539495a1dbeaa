"""Parameters from files: what comes back, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import FileError, ShapeError, UnknownNameError, ValueInputError
from gradviz.sources.weights import safetensors

GRAPH = gv.net("mlp:3-2")
WEIGHTS = {"W1": np.arange(6.0).reshape(2, 3), "b1": np.array([0.5, -0.5])}


def packed(header: object, body: bytes = b"", size: int | None = None) -> bytes:
    """A .safetensors file, put together by its description."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if size is None else size).to_bytes(8, "little") + text + body


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_there_and_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"w{suffix}"
    gv.save_weights(path, WEIGHTS)
    found = gv.load_weights(path, GRAPH)
    assert list(found) == ["W1", "b1"]
    trace = gv.run(GRAPH, values=found, x=[1, 0, 0])
    assert trace.values[-1].tolist() == [0.5, 2.5]
    before = path.read_bytes()
    gv.save_weights(path, trace)
    np.testing.assert_array_equal(gv.load_weights(path, GRAPH)["W1"], WEIGHTS["W1"])
    gv.save_weights(path, WEIGHTS)
    assert path.read_bytes() == before


def test_numpys_own_files_and_other_spellings(tmp_path: Path) -> None:
    graph = gv.net("conv-bn-fc,image=1x4x4,filters=2,training=no,units=1")
    shapes = {n.name: tuple(n.options["shape"]) for n in graph.inputs if "init" in n.options}
    assert set(shapes) == {
        "conv1_w",
        "conv1_b",
        "bn1_g",
        "bn1_b",
        "bn1_mean",
        "bn1_var",
        "fc1_w",
        "fc1_b",
    }
    theirs = {
        "conv1.weight": "conv1_w",
        "conv1/bias": "conv1_b",
        "bn1.gamma": "bn1_g",
        "bn1.bias": "bn1_b",
        "bn1.running_mean": "bn1_mean",
        "bn1.running_var": "bn1_var",
        "fc1.weight": "fc1_w",
        "fc1.bias": "fc1_b",
    }
    np.savez(
        tmp_path / "w.npz", **{k: np.full(shapes[v], i) for i, (k, v) in enumerate(theirs.items())}
    )
    found = gv.load_weights(tmp_path / "w.npz", graph)
    assert {k: float(v.flat[0]) for k, v in found.items()} == {
        v: i for i, v in enumerate(theirs.values())
    }


def test_the_types_of_safetensors() -> None:
    """The bytes of 1 and −2 in every type, by its bits."""
    rows = {
        "F64": "000000000000f03f00000000000000c0",
        "F32": "0000803f000000c0",
        "F16": "003c00c0",
        "BF16": "803f00c0",
        "I64": "0100000000000000feffffffffffffff",
    }
    for kind, code in rows.items():
        body = bytes.fromhex(code)
        data = packed(
            {
                "__metadata__": {"a": "b"},
                "t": {"dtype": kind, "shape": [2, 1], "data_offsets": [0, len(body)]},
            },
            body,
        )
        assert safetensors.read(data, "w")["t"].tolist() == [[1], [-2]], kind


def test_what_is_written_is_what_the_format_says() -> None:
    data = safetensors.write({"b": np.array([1.0, 2.0]), "k": np.array(7)})
    size = int.from_bytes(data[:8], "little")
    assert size % 8 == 0
    assert json.loads(data[8 : 8 + size]) == {
        "b": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]},
        "k": {"dtype": "I64", "shape": [], "data_offsets": [16, 24]},
    }
    assert np.frombuffer(data[8 + size : 24 + size]).tolist() == [1, 2]


ROW = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"", "0 bytes, too few for its header"),
        (b"\xff" * 8, "8 bytes, too few for its header"),
        (packed({"t": ROW}, b"\0" * 8, size=5000), "too few for its header"),
        (packed(b"{nonsense"), "Expecting property name"),
        (packed([1]), "list"),
        (packed({"t": 3}, b"\0" * 8), "t: None"),
        (packed({"t": {**ROW, "dtype": "F8"}}, b"\0" * 8), "t: 'F8'"),
        (packed({"t": {**ROW, "dtype": ["F32"]}}, b"\0" * 8), "t: ['F32']"),
        (packed({"t": {**ROW, "shape": [-2]}}, b"\0" * 8), "'shape': [-2]"),
        (packed({"t": {**ROW, "data_offsets": [0]}}, b"\0" * 8), "'data_offsets': [0]"),
        (
            packed({"t": {**ROW, "data_offsets": [0, 4]}}, b"\0" * 8),
            "bytes 0 to 4 of 8 for F32 of the shape (2,)",
        ),
        (packed({"t": {**ROW, "data_offsets": [4, 12]}}, b"\0" * 8), "bytes 4 to 12 of 8"),
        (packed({"t": {**ROW, "data_offsets": [8, 0]}}, b"\0" * 8), "bytes 8 to 0 of 8"),
    ],
)
def test_broken_safetensors(data: bytes, got: str, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"not a valid \.safetensors file") as caught:
        gv.load_weights(path, GRAPH)
    assert got in caught.value.got and caught.value.where == str(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nonsense", b"no archive at all"])
def test_broken_npz(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "w.npz"
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"w\.npz is not a weights file"):
        gv.load_weights(path, GRAPH)


def test_pickles_and_texts_in_an_npz_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", W1=np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(FileError, match="is not a weights file"):
        gv.load_weights(tmp_path / "w.npz", GRAPH)
    np.savez(tmp_path / "t.npz", W1=np.array(["a"]))
    with pytest.raises(FileError, match="contains an array that is not numeric"):
        gv.load_weights(tmp_path / "t.npz", GRAPH)


def test_a_file_that_is_not_there_or_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"there is no file w\.npz"):
        gv.load_weights(tmp_path / "w.npz", GRAPH)
    for path in (tmp_path / "w.pt", tmp_path / "w"):
        for call in (lambda p: gv.load_weights(p, GRAPH), lambda p: gv.save_weights(p, WEIGHTS)):
            with pytest.raises(FileError, match="not a weights file") as caught:
                call(path)
            assert caught.value.expected == "a .npz or .safetensors file"
    with pytest.raises(ValueInputError, match="these are not weights"):
        gv.save_weights(tmp_path / "w.npz", [1, 2])
    with pytest.raises(ValueInputError, match="W1 is not an array of numbers"):
        gv.save_weights(tmp_path / "w.npz", {"W1": "a"})


def test_wrong_sizes_are_said_with_names_and_shapes(tmp_path: Path) -> None:
    gv.save_weights(tmp_path / "w.npz", {"W1": np.zeros((3, 2)), "b1": np.zeros(2)})
    with pytest.raises(ShapeError, match=r"1 of 2 weights in w\.npz have the wrong size") as caught:
        gv.load_weights(tmp_path / "w.npz", GRAPH)
    assert caught.value.got == "W1: 2×3, not 3×2"


def test_wrong_names_are_said_with_their_shapes(tmp_path: Path) -> None:
    gv.save_weights(tmp_path / "w.npz", {"W2": np.zeros((3, 2)), "b1": np.zeros(2)})
    with pytest.raises(
        UnknownNameError, match=r"w\.npz does not hold the network's weights"
    ) as caught:
        gv.load_weights(tmp_path / "w.npz", GRAPH)
    assert caught.value.expected == "2 parameters: W1 (2×3), b1 (2)"
    assert caught.value.got == "a file that lacks W1 (2×3) and has W2 (3×2), which it does not know"
    gv.save_weights(tmp_path / "f.npz", {"fc1_ww": np.zeros((1, 2)), "fc1_b": np.zeros(1)})
    with pytest.raises(UnknownNameError, match="did you mean fc1_w"):
        gv.load_weights(tmp_path / "f.npz", gv.net("fc-relu,image=2,units=1"))
    with pytest.raises(UnknownNameError) as caught:
        gv.load_weights(tmp_path / "w.npz", gv.net("alexnet"))
    assert "and 10 more" in caught.value.got
