"""Files are written whole or not at all, and what cannot be read or written says why."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gradviz import files
from gradviz.errors import FileError, GradvizError, ParseError
from gradviz.files import read_text, read_whole, write_all, write_whole


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_writes_bytes_and_text_as_they_are(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"\x00\xff\r\n")
    write_whole(str(tmp_path / "b"), "σ\n\r\n")
    assert (tmp_path / "a").read_bytes() == b"\x00\xff\r\n"
    assert read_whole(tmp_path / "b") == "σ\n\r\n".encode()
    assert names(tmp_path) == ["a", "b"]


def test_replaces_a_file_whole_and_writes_the_usual_permissions(tmp_path: Path) -> None:
    target, plain = tmp_path / "a", tmp_path / "plain"
    plain.write_text("")
    write_whole(target, "long text")
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
    write_whole(target, "s")
    assert target.read_text() == "s"


@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("odd")]
)
@pytest.mark.parametrize("stage", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, stage: str
) -> None:
    target = tmp_path / "a"
    target.write_text("old")

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(*((os, "fsync") if stage == "fsync" else (Path, "replace")), fail)
    with pytest.raises(
        KeyboardInterrupt if isinstance(failure, KeyboardInterrupt) else FileError
    ) as caught:
        write_whole(target, "new")
    if isinstance(caught.value, FileError):
        assert caught.value.got in ("No space left on device", "odd")
        assert str(target) in str(caught.value)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("failing", [0, 1, 2])
@pytest.mark.parametrize("existed", [True, False])
def test_several_files_are_written_all_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, existed: bool
) -> None:
    targets = [tmp_path / n for n in "abc"]
    for target in targets[: 3 if existed else 0]:
        target.write_text("old")
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if Path(target) == targets[failing] and self.read_text() == "new":
            raise PermissionError(13, "Permission denied")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(FileError, match=f"{'abc'[failing]} may not be written"):
        write_all(dict.fromkeys(targets, "new"))
    assert names(tmp_path) == (["a", "b", "c"] if existed else [])
    assert {t.read_text() for t in targets if t.exists()} <= {"old"}


def test_several_files_are_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    write_all({tmp_path / "a": "1", tmp_path / "b": b"2"})
    assert [read_whole(tmp_path / n) for n in "ab"] == [b"1", b"2"]
    assert names(tmp_path) == ["a", "b"]


def test_a_folder_that_cannot_be_written_to_spoils_all_files(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="folder does not exist"):
        write_all({tmp_path / "a": "1", tmp_path / "none" / "b": "2"})
    assert names(tmp_path) == []


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real" / "a")
    write_whole(link, "text")
    assert link.is_symlink()
    assert (tmp_path / "real" / "a").read_text() == "text"
    assert names(tmp_path) == ["link", "real"]


def test_the_longest_file_name_can_be_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("n" * 255), "text")
    assert names(tmp_path) == ["n" * 255]


def test_a_pipe_is_written_directly(tmp_path: Path) -> None:
    code = (
        f"from gradviz.files import write_whole; write_whole({str(tmp_path / 'pipe')!r}, 'through')"
    )
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen([sys.executable, "-c", code]) as writer:
        assert (tmp_path / "pipe").read_text() == "through"
    assert writer.returncode == 0
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_pipe_among_several_files_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="device or a pipe"):
        write_all({tmp_path / "a": "1", tmp_path / "pipe": "2"})
    assert names(tmp_path) == ["pipe"]


def test_a_write_protected_file_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a"
    target.write_text("old")
    monkeypatch.setattr(
        os, "access", lambda path, mode: False
    )  # what the system says, whoever runs the tests
    with pytest.raises(FileError, match="a may not be written") as caught:
        write_whole(target, "new")
    assert caught.value.hint
    assert target.read_text() == "old"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("", "this is a folder"),
        ("folder", "this is a folder"),
        ("none/a", "its folder does not exist"),
        ("file/a", "its folder does not exist"),
        ("n" * 300, "cannot be written"),
        ("nul\0l", "cannot be written"),
    ],
)
def test_what_cannot_be_written_says_why(tmp_path: Path, path: str, message: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept")
    with pytest.raises(FileError, match=message) as caught:
        write_whole(tmp_path / path, "text")
    assert isinstance(caught.value, GradvizError)
    assert caught.value.where
    assert "\0" not in str(caught.value)
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("run.jsn", "there is no file run.jsn", "did you mean run.json?"),
        ("none/run.json", "there is no file run.json", ""),
        ("run.json/more", "there is no file more", ""),
        ("folder", "this is a folder", "folder/run.json"),
        ("nul\0l", "cannot be read", ""),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, path: str, message: str, hint: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(FileError, match=message) as caught:
        read_whole(tmp_path / path)
    assert hint in caught.value.hint


def test_only_files_are_read_and_none_that_is_too_large(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(FileError, match="a device or a pipe, not a file") as caught:
            read_whole(path)
        assert caught.value.where == str(path) and caught.value.hint
    with (tmp_path / "large").open("wb") as file:
        file.truncate(3 * 2**20 + 1)
    with pytest.raises(FileError, match="large is too large to be read") as caught:
        read_whole(tmp_path / "large", at_most=3 * 2**20)
    assert (caught.value.expected, caught.value.got) == ("at most 3 MiB", "3.0 MiB")
    assert len(read_whole(tmp_path / "large", at_most=3 * 2**20 + 1)) == 3 * 2**20 + 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_in_unicode_is_read_without_its_mark(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a").write_bytes("Zoë 한\r\n".encode(encoding))
    assert read_text(tmp_path / "a") == "Zoë 한\r\n"


@pytest.mark.parametrize(
    ("data", "byte"),
    [(b"a\xff", 2), (b"\xef\xbb\xbfa\xff", 5), ("a".encode("utf-16-le"), 2), (b"\xff\xfea", 3)],
)
def test_text_in_another_encoding_is_refused(tmp_path: Path, data: bytes, byte: int) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(ParseError, match="a is not in UTF-8") as caught:
        read_text(tmp_path / "a")
    assert f"byte {byte}" in str(caught.value) and caught.value.hint == "save it as UTF-8"


def test_a_file_without_permission_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("secret")

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match="a may not be read"):
        read_whole(tmp_path / "a")


def test_the_floor_imports_nothing_above_the_errors() -> None:
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, {files.__name__}; print([m for m in sys.modules if 'gradviz' in m])",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert eval(loaded) == ["gradviz", "gradviz.errors", "gradviz.files"]


# One reader
# ----------------------------------------------------------------------------------------

READERS = {"open", "read_bytes", "read_text", "load", "fromfile", "loadtxt", "genfromtxt"}
OWNERS = {
    "gradviz/files.py": "the reader and writer itself",
    "gradviz/learn/learning.py": {"saved_runs.load"},  # which reads through it
    "gradviz/export/formats/_pixels.py": "pictures that were just drawn",
    "gradviz/export/formats/page/__init__.py": "scripts, styles and fonts that are shipped",
    "gradviz/export/formats/page/played.py": "a script that is shipped; a pass is opened, no file",
    "gradviz/story/live/told.py": "scripts that are shipped",
    "gradviz/mistakes/listing.py": "a script that is shipped",
    "gradviz/exam/cohort.py": "the journal is locked and appended to, never read through this",
    "gradviz/cli/main.py": "closed streams are replaced by the null device",
    "gradviz/engine/memory.py": "the system's own account of its memory",
    "gradviz/fonts/__init__.py": "a table that is shipped",
    "gradviz/exam/formats/_markup.py": "templates that are shipped",
    "gradviz/sources/values/digit.py": "digits that are shipped",
    "gradviz/sources/tables/__init__.py": "np.loadtxt of a text that was read",
    "gradviz/sources/values/picture.py": "Pillow, on bytes that were read",
    "gradviz/sources/weights/npz.py": "an archive that is written in memory",
}
"""The files that may call something of such a name, and why."""


def calls_of_readers(path: Path) -> set[str]:
    """The calls that read files: open(…), path.read_text(…), np.load(…) and the like."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id == "open":
            found.add("open")
        if isinstance(called, ast.Attribute) and called.attr in READERS:
            owner = called.value.id if isinstance(called.value, ast.Name) else "?"
            if owner not in OURS:
                found.add(f"{owner}.{called.attr}")
    return found


OURS = ("Trace", "config")
"""They load through the reader themselves."""
ELSEWHERE = {
    "gradviz/engine/run.py": {"?.open"},  # scratch arrays
    "gradviz/exam/cohort.py": {"place.open", "?.open"},
    "tui/gradviz_tui/plain.py": {"?.open"},  # opens a walk
    "tui/gradviz_tui/screens/picker.py": {"?.open", "host.open"},  # open a screen, a walk
    "tui/gradviz_tui/screens/tools.py": {"?.open"},
}


def test_every_file_is_read_through_the_bounded_reader() -> None:
    root = Path(__file__).parents[1]
    for folder in ("gradviz", "tui/gradviz_tui"):
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if name not in OWNERS:
                assert calls_of_readers(path) <= ELSEWHERE.get(name, set()), name


def test_owners_of_readers_exist() -> None:
    root = Path(__file__).parents[1]
    for name in (*OWNERS, *ELSEWHERE):
        assert calls_of_readers(root / name), name


def test_a_file_that_grows_while_it_is_read_is_not_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    monkeypatch.setattr(files, "check_file", lambda path, at_most: None)
    with pytest.raises(FileError, match="too large to be read"):
        read_whole(tmp_path / "a", 50)


def test_what_killed_writers_left_is_cleared_away_and_nothing_else(tmp_path: Path) -> None:
    others = [".0123456789abcdef.tmp", ".gradviz-0123456789abcdef.old", "notes.tmp", "a"]
    for name in (*others, ".gradviz-0123456789abcdef.tmp"):
        (tmp_path / name).write_text("")
    (tmp_path / ".gradviz-fedcba9876543210.tmp").mkdir()
    files.clear_left_over(tmp_path)
    assert names(tmp_path) == sorted([*others, ".gradviz-fedcba9876543210.tmp"])
    files.clear_left_over(tmp_path / "none")


def test_what_another_process_is_writing_is_not_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process clears the folder while the file is brought to the disk."""
    code = (
        "from pathlib import Path; from gradviz.files import clear_left_over;"
        f" clear_left_over(Path({str(tmp_path)!r}))"
    )

    def clear(_: int) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    monkeypatch.setattr(os, "fsync", clear)
    write_all({tmp_path / "a": "1", tmp_path / "b": "2"})
    assert names(tmp_path) == ["a", "b"]


def test_a_folder_that_somebody_else_has_locked_can_be_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `flock FOLDER gradviz render …`."""
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr(files, "PATIENCE", 2)
    place = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        write_whole(tmp_path / "a", "text")
    finally:
        os.close(place)
    assert names(tmp_path) == ["a"]
