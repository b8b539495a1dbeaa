"""Where the program runs: closed and full streams, a reader that leaves, a folder that is gone,
bytes that are no text, other encodings. It never ends in a traceback.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradviz.cli import main
from tests.sampled import sampled

EXAM = Path(__file__).parents[2] / "examples" / "midterm.gv.toml"
RUN = 'exec "$@"'
COMMANDS = (
    ("--help",),
    ("show", "x*y", "x=1", "y=2"),
    ("show", "x*y", "x=1", "y=2", "--json"),
    ("trace", "x*y", "x=1", "y=2"),
    ("check", "x*y", "x=1", "y=2"),
    ("list", "ops"),
    ("demo",),
    ("doctor",),
)


def shell(
    line: str, *words: str | bytes, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[bytes]:
    """A shell's line in which "$@" is the program with these words."""
    command = ["sh", "-c", line, "sh", sys.executable, "-m", "gradviz", *words]
    paths = os.pathsep.join(p for p in sys.path if p)
    return subprocess.run(
        command, capture_output=True, check=False, cwd=cwd,
        env={**os.environ, "PYTHONPATH": paths, **env}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def is_one_message(said: bytes) -> bool:
    return said.startswith(b"gradviz: ") and b"Traceback" not in said and b"Error" not in said


@sampled("words", COMMANDS, few=3, ids=" ".join)
def test_a_full_disk_is_one_message(words: tuple[str, ...]) -> None:
    done = shell(f"{RUN} >/dev/full", *words)
    assert (done.returncode, done.stderr) == (
        1,
        b"gradviz: No space left on device: standard output\n",
    )


@sampled("words", COMMANDS[:4], few=2, ids=" ".join)
def test_closed_output_is_one_message(words: tuple[str, ...]) -> None:
    done = shell(f"{RUN} >&-", *words)
    assert (done.returncode, done.stderr) == (1, b"gradviz: Bad file descriptor: standard output\n")


@sampled("words", COMMANDS, few=3, ids=" ".join)
def test_a_reader_that_leaves_is_no_reason_to_complain(words: tuple[str, ...]) -> None:
    assert shell('"$@" | true', *words).stderr == b""


def test_no_stream_at_all() -> None:
    done = shell(f"{RUN} <&- >&- 2>&-", "show", "x*y", "x=1", "y=2")
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert shell(f"{RUN} 2>&-", "show", "x*y", "x=1", "y=2", "--brief").returncode == 0
    assert shell(f"{RUN} 2>&-", "show", "x*y", "x=1").returncode == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [(("show", "-", "x=1"), b"there is no expression"), (("tui", "x", "x=1"), b"not a terminal")],
)
def test_closed_input_is_one_message(words: tuple[str, ...], says: bytes) -> None:
    done = shell(f"{RUN} <&-", *words)
    assert done.returncode == 1
    assert is_one_message(done.stderr)
    assert says in done.stderr


GONE = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'


@sampled(
    "words",
    [
        ("show", "x*y", "x=1", "y=2"),
        ("check", "x*y", "x=1", "y=2"),
        ("render", "x*y", "x=1", "y=2", "-o", "{}/a.svg"),
        ("render", "x*y", "x=1", "y=2", "-o", "{}/a.pdf"),
        ("exam", "make", str(EXAM), "--format", "pdf", "-o", "{}/papers"),
    ],
    few=2,
    ids=lambda words: words[0],
)
def test_a_deleted_folder_is_no_hindrance(words: tuple[str, ...], tmp_path: Path) -> None:
    done = shell(GONE, *(word.format(tmp_path) for word in words), cwd=tmp_path)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("render", "x*y", "x=1", "y=2", "-o", "a.svg"),
        ("init", "exam"),
        ("show", "a.json"),
        ("show", "x", "x=@a.npy"),
    ],
    ids=" ".join,
)
def test_files_in_a_deleted_folder_are_one_message(words: tuple[str, ...], tmp_path: Path) -> None:
    done = shell(GONE, *words, cwd=tmp_path)
    assert done.returncode == 1
    assert is_one_message(done.stderr)


@pytest.mark.parametrize(
    "words",
    [
        (b"show", b"x*\xff", b"x=1"),
        (b"show", b"x", b"x=\xff"),
        (b"show", b"x", b"x=@\xff.npy"),
        (b"show", b"\xff.json"),
        (b"show", b"x", b"x=1", b"--\xff"),
        (b"\xff",),
    ],
)
def test_bytes_that_are_no_text_are_one_message(words: tuple[bytes, ...]) -> None:
    done = shell(RUN, *words)
    assert done.returncode in (1, 2)
    assert is_one_message(done.stderr)


@pytest.mark.parametrize("command", ["show", "check"])
def test_an_encoding_without_a_character_gets_its_escape(command: str) -> None:
    done = shell(RUN, command, "ж*y", "ж=1", "y=2", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u0436" in done.stdout


@sampled("width", ["0", "-1", "x", "²", "99999999999999999999"], few=2)
def test_any_width_of_the_terminal(width: str) -> None:
    done = shell(RUN, "show", "x*y", "x=1", "y=2", COLUMNS=width)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_mistake_of_ours_is_one_message_that_asks_for_a_report(
    gradviz: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(words: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(main, "invoke", fail)
    done = gradviz("show", "x")
    assert (done.status, done.out) == (1, "")  # type: ignore[attr-defined]
    assert "mistake in gradviz itself" in done.err  # type: ignore[attr-defined]
    assert "KeyError: 'x'" in done.err  # type: ignore[attr-defined]
    assert "GRADVIZ_TRACEBACK=1" in done.err  # type: ignore[attr-defined]
    monkeypatch.setenv("GRADVIZ_TRACEBACK", "1")
    with pytest.raises(KeyError):
        gradviz("show", "x")


def test_warnings_are_not_for_the_terminal() -> None:
    code = (
        "import warnings, gradviz.cli.main as m;"
        " m.invoke = lambda words: warnings.warn('overflow', RuntimeWarning); m.main([])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_warnings_that_are_asked_for_are_shown() -> None:
    code = (
        "import warnings, gradviz.cli.main as m;"
        " m.invoke = lambda words: warnings.warn('overflow', RuntimeWarning); m.main([])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code], capture_output=True, check=False
    )
    assert b"overflow" in done.stderr


@sampled(
    "words",
    [
        *COMMANDS,
        ("show", "x*y", "x=1", "y=2", "--plain"),
        ("show", "log(x)", "x=-1"),
        ("show", "x*y", "x="),
        ("plot", "sigmoid"),
        ("diagnose", "x*y", "x=2", "y=3", "--claim", "f=7"),
        ("learn", "net:xor", "--data", "xor", "--passes", "2", "-o", "run.json"),
        ("render", "x*y", "x=1", "y=2", "-o", "a.svg"),
        ("init", "deck"),
        ("deck",),
        ("exam", "kinds"),
    ],
    few=5,
    ids=" ".join,
)
def test_streams_that_take_texts_are_streams(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that calls `main` may catch what it says in `io.StringIO`."""
    for where in ("usual", "texts"):
        (tmp_path / where).mkdir()
    with contextlib.chdir(tmp_path / "usual"):
        usual = main.run(words), *capsys.readouterr()
    out, err = io.StringIO(), io.StringIO()
    streams = contextlib.redirect_stdout(out), contextlib.redirect_stderr(err)
    with contextlib.chdir(tmp_path / "texts"), streams[0], streams[1]:
        status = main.run(words)
    assert (status, err.getvalue()) == (usual[0], usual[2])
    assert "AttributeError" not in err.getvalue()
    if words not in (("doctor",), ("--help",)):  # they tell of the streams and of the caller
        assert out.getvalue() == usual[1]
