"""Files that are no files, damaged, too large or of another format: one message each, at once."""

from __future__ import annotations

import io
import os
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gradviz as gv
from gradviz.arrays.npy import Arrays
from gradviz.errors import GradvizError
from gradviz.exam.paper import roster, spec
from gradviz.scene import themes
from gradviz.sources import values
from gradviz.sources.weights import load_weights
from gradviz.trace import Trace
from gradviz_tui import config

READERS: dict[str, Callable[[Path], object]] = {
    "a.npy": lambda p: values.read(f"@{p}", "x"),
    "a.npz": lambda p: values.read(f"@{p}", "x"),
    "a.csv": lambda p: values.read(f"@{p}", "x"),
    "a.tsv": lambda p: values.read(f"@{p}", "x"),
    "a.json": lambda p: values.read(f"@{p}", "x"),
    "a.png": lambda p: values.read(f"@{p}", "x"),
    "a.jpg": lambda p: values.read(f"@{p}", "x"),
    "w.npz": lambda p: load_weights(p, gv.net("mlp:2-3-2")),
    "w.safetensors": lambda p: load_weights(p, gv.net("mlp:2-3-2")),
    "run.json": Trace.load,
    "theme.toml": themes.read,
    "exam.gv.toml": spec.read,
    "students.csv": roster.read,
}


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def header(text: str, version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text.encode()


def encrypted(data: bytes) -> bytes:
    """An archive whose entries claim to be encrypted (bit 0 of their flags)."""
    spoilt = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = spoilt.find(mark)
        while at >= 0:
            spoilt[at + place] |= 1
            at = spoilt.find(mark, at + 1)
    return bytes(spoilt)


def bomb() -> bytes:
    """4 GiB of zeros in some megabytes, as far as its directory says."""
    data = npz(a=np.zeros(10**6))
    return data.replace(*(struct.pack("<I", n) for n in (len(npy(np.zeros(10**6))), 0xF0000000)))


SHAPE = "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }\n"
DAMAGED = {
    "empty": b"",
    "one byte": b"\x93",
    "blank": b" \n",
    "nul": b"\0" * 200,
    "bytes": bytes(range(256)),
    "huge shape": header(SHAPE % "(100000000000000000000,)"),
    "large shape": header(SHAPE % "(8589934592,)") + b"\0" * 64,
    "negative shape": header(SHAPE % "(-1,)"),
    "many axes": header(SHAPE % f"({'1,' * 70})") + b"\0" * 8,
    "no dictionary": header("os.system('true')"),
    "brackets": header("(" * 900),
    "unclosed": header("{'descr': '<f8"),
    "version": header(SHAPE % "()", b"\x09\x09"),
    "objects": header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n") + b"\0" * 8,
    "cut npy": npy(np.ones(9))[:-7],
    "cut npz": npz(a=np.ones(99))[:-30],
    "encrypted": encrypted(npz(a=np.ones(9))),
    "bomb": bomb(),
    "archive of text": npz(a=np.array("text")),
    "header beyond the file": struct.pack("<Q", 2**63) + b"{}",
    "header of a list": struct.pack("<Q", 2) + b"[]",
    "impossible offsets": (lambda t: struct.pack("<Q", len(t)) + t)(
        b'{"a": {"dtype": "F32", "shape": [0, 4611686018427387904, 4611686018427387904],'
        b' "data_offsets": [0, 0]}}'
    ),
    "deep": b"[" * 100_000,
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\xff" * 40,
}


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_refused_in_one_message(tmp_path: Path, name: str, content: str) -> None:
    if (name, content) in (("theme.toml", "empty"), ("theme.toml", "blank")):
        return  # a theme that changes nothing
    path = tmp_path / name
    path.write_bytes(DAMAGED[content])
    with pytest.raises(GradvizError) as caught:
        READERS[name](path)
    assert path.name in str(caught.value) or str(path) in str(caught.value)
    assert "allow_pickle" not in str(caught.value)
    assert "max_header_size" not in str(caught.value)


@pytest.mark.parametrize("name", READERS)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    os.mkfifo(path)
    with pytest.raises(GradvizError, match="device or a pipe"):
        READERS[name](path)
    path.unlink()
    path.symlink_to("/dev/zero")
    with pytest.raises(GradvizError, match="device or a pipe"):
        READERS[name](path)
    path.unlink()
    path.mkdir()
    with pytest.raises(GradvizError, match="folder"):
        READERS[name](path)
    path.rmdir()
    with pytest.raises(GradvizError, match="no file"):
        READERS[name](path)


def test_the_arrays_beside_a_trace_are_a_file(tmp_path: Path) -> None:
    path, beside = tmp_path / "run.json", tmp_path / "run.npz"
    gv.run("sum(x)", x=np.ones(2000)).save(path)
    beside.unlink()
    os.mkfifo(beside)
    with pytest.raises(GradvizError, match="device or a pipe"):
        Trace.load(path)
    beside.unlink()
    for content in DAMAGED.values():
        beside.write_bytes(content)
        with pytest.raises(GradvizError):
            Trace.load(path)


@pytest.mark.parametrize("kind", ["pipe", "folder", "large", "bytes"])
def test_settings_of_any_kind_are_ignored_with_a_reason(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tui.toml"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"#" * 200_000 if kind == "large" else b"\xff\xfe\xff")
    found = config.load(path)
    assert found.locked
    assert len(found.problems) == 1


def test_a_file_is_judged_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(npz(a=np.arange(3.0)))
    assert values.read(f"@{tmp_path / 'a.npy'}", "x").value.tolist() == [0, 1, 2]


def test_arrays_come_back(tmp_path: Path) -> None:
    for array in (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.eye(3)), np.array(2), [True]):
        found = Arrays(npy(np.asarray(array)))[""]
        assert np.array_equal(found, array)
        assert found.dtype == np.asarray(array).dtype
        assert found.flags.writeable


def test_a_table_as_excel_saves_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf1;2\r\n3;4,5\r\n")
    assert values.read(f"@{tmp_path / 'a.csv'}", "x").value.tolist() == [[1, 2], [3, 4.5]]


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "w.npz", "w.safetensors"])
def test_changed_bytes_never_raise_anything_else(tmp_path: Path, name: str) -> None:
    arrays = {k: np.ones(3) for k in ("l1_w", "l1_b")}
    path, rng = tmp_path / name, random.Random(0)
    if name == "w.safetensors":
        gv.save_weights(path, arrays)
        whole = path.read_bytes()
    else:
        whole = npy(np.arange(20.0)) if name == "a.npy" else npz(**arrays)
    for _ in range(300):
        spoilt = bytearray(whole)
        for _ in range(rng.choice([1, 2, 8])):
            spoilt[rng.randrange(min(len(spoilt), rng.choice([40, 200, 10**6])))] = rng.randrange(
                256
            )
        path.write_bytes(bytes(spoilt[: rng.choice([len(spoilt), rng.randrange(len(spoilt))])]))
        try:
            READERS[name](path)
        except GradvizError:
            continue


def test_an_archive_that_lies_about_its_sizes_is_read_no_further(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", npy(np.zeros(1000)))
    size = struct.pack("<I", len(npy(np.zeros(1000))))
    with pytest.raises(ValueError, match=r"damaged|no array|bytes for"):
        Arrays(buffer.getvalue().replace(size, struct.pack("<I", 64)))["a"]
