"""Drawing never leaves half a file, and never loses an input or someone else's file."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv
from gradviz.errors import FileError, GradvizError
from gradviz.export import formats
from tests.small import small

CIRCUIT = "(x*y + z) * maximum(y, z)"
AT: dict[str, Any] = {"x": 1.5, "y": 2, "z": -1}
SUFFIXES = [form.suffix for form in formats.every()]


@pytest.fixture(scope="module")
def trace() -> gv.Trace:
    return gv.run(CIRCUIT, **AT)


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def refuse(*args: Any, **options: Any) -> GradvizError:
    with pytest.raises(GradvizError) as refused:
        gv.render(*args, **options)
    return refused.value


def test_our_own_file_is_replaced_without_asking(trace: gv.Trace, tmp_path: Path) -> None:
    other = gv.run("x*y", x=2, y=3)
    for suffix in SUFFIXES:
        gv.render(other, tmp_path / f"a{suffix}", **small(suffix))
        first = (tmp_path / f"a{suffix}").read_bytes()
        gv.render(trace, tmp_path / f"a{suffix}", **small(suffix))
        assert (tmp_path / f"a{suffix}").read_bytes() != first


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_of_someone_else_is_replaced_only_by_force(
    trace: gv.Trace, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("my thesis, which mentions gradviz")
    error = refuse(trace, path)
    assert isinstance(error, FileError) and "force" in error.hint
    assert path.read_text() == "my thesis, which mentions gradviz" and names(tmp_path) == [
        path.name
    ]
    gv.render(trace, path, force=True, **small(suffix))
    assert path.read_bytes() != b"my thesis, which mentions gradviz"


def test_one_foreign_file_among_many_stops_all_of_them(trace: gv.Trace, tmp_path: Path) -> None:
    (tmp_path / "step-07.svg").write_text("<svg/>")
    assert "step-07.svg" in str(refuse(trace, f"{tmp_path}/"))
    assert names(tmp_path) == ["step-07.svg"]


def test_foreign_arrays_beside_a_trace_are_kept(tmp_path: Path) -> None:
    large = gv.run("sum(x)", x=np.arange(2000.0))
    (tmp_path / "a.npz").write_bytes(b"measured all night")
    assert "a.npz" in str(refuse(large, tmp_path / "a.json"))
    assert names(tmp_path) == ["a.npz"]
    gv.render(large, tmp_path / "a.json", force=True)
    gv.render(large, tmp_path / "a.json")


def test_an_empty_file_holds_nothing_to_lose(trace: gv.Trace, tmp_path: Path) -> None:
    (tmp_path / "a.svg").touch()
    gv.render(trace, tmp_path / "a.svg")


def test_a_missing_folder_is_made_if_its_parent_exists(trace: gv.Trace, tmp_path: Path) -> None:
    gv.render(trace, tmp_path / "new" / "a.dot")
    error = refuse(trace, tmp_path / "no" / "such" / "a.dot")
    assert "folder does not exist" in str(error) and "mkdir" in error.hint
    assert names(tmp_path) == ["new"] and names(tmp_path / "new") == ["a.dot"]


def test_a_folder_that_is_a_file(trace: gv.Trace, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    for path in (tmp_path / "a" / "b.dot", f"{tmp_path}/a/"):
        assert isinstance(refuse(trace, path), FileError)
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission(trace: gv.Trace, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    for path in (tmp_path / "a.dot", tmp_path / "new" / "a.dot"):
        assert isinstance(refuse(trace, path), FileError)
    tmp_path.chmod(0o700)
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_made(
    trace: gv.Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    assert "cannot create the folder" in str(refuse(trace, tmp_path / "new" / "a.dot"))


@pytest.mark.parametrize("path", ["", "x" * 5000 + ".svg", "a\0b.svg"])
def test_names_that_no_file_can_have(
    trace: gv.Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    refuse(trace, path)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "failure",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["full", "stopped"],
)
@pytest.mark.parametrize(
    ("target", "after"),
    [
        ("deck.pdf", 0),
        ("new/deck.pdf", 0),
        ("new/", 0),
        ("new/", 5),
        ("{k}.dot", 0),
        ("{k}.dot", 12),
    ],
)
def test_a_full_disk_or_an_interrupt_leaves_nothing(
    trace: gv.Trace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    target: str,
    after: int,
) -> None:
    """The failure comes when the file number `after` is brought to the disk."""
    calls = iter(range(100))

    def fail(descriptor: int) -> None:
        if next(calls) >= after:
            raise failure

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else FileError):
        gv.render(trace, f"{tmp_path}/{target}")
    assert names(tmp_path) == []


def test_an_interrupt_while_drawing_leaves_nothing(
    trace: gv.Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradviz.scene.views.graph.pictures import Pictures

    scene, calls = Pictures.scene, iter(range(100))

    def stop(self: Any, k: int) -> Any:
        if next(calls) == 6:
            raise KeyboardInterrupt
        return scene(self, k)

    monkeypatch.setattr(Pictures, "scene", stop)
    with pytest.raises(KeyboardInterrupt):
        gv.render(trace, f"{tmp_path}/new/deck.pdf")
    assert names(tmp_path) == []


def test_a_link_stays_a_link(trace: gv.Trace, tmp_path: Path) -> None:
    (tmp_path / "real.dot").touch()
    (tmp_path / "a.dot").symlink_to(tmp_path / "real.dot")
    gv.render(trace, tmp_path / "a.dot")
    assert (tmp_path / "a.dot").is_symlink() and (tmp_path / "real.dot").read_text().startswith(
        "//"
    )
