"""`gradviz init exam` and `gradviz exam make`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome

Program = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "form", ["csv", "gift", "html", "json", "latex", "markdown", "moodle", "pdf", "qti21"]
)
def test_every_format_reports_its_time_on_the_terminal_only(
    gradviz: Program, folder: Path, form: str
) -> None:
    (folder / "quiz.toml").write_text(
        'title = "Quiz"\n[[section]]\n[[section.question]]\nkind = "gradient"\n'
    )
    done = gradviz("exam", "make", "quiz.toml", "--format", form, "-o", "out")
    assert done.status == 0 and re.search(
        r"^out: 1 paper in \d+\.\d s, 1 of them different$", done.out, re.MULTILINE
    ), done.out
    assert not re.search(
        r'\d s\b|seconds|"time"', (folder / "out/gradviz-exam-report.json").read_text()
    )


def test_from_nothing_to_papers(gradviz: Program, folder: Path) -> None:
    done = gradviz("init", "exam")
    assert done.status == 0 and "gradviz exam make exam.gv.toml" in done.out
    (folder / "students.csv").write_text("id,name\ns1,Ada\ns2,Bob\n")
    done = gradviz(
        "exam",
        "make",
        "exam.gv.toml",
        "--roster",
        "students.csv",
        "--format",
        "moodle",
        "-o",
        "papers",
    )
    assert done.status == 0, done.err
    assert (
        "2 papers" in done.out
        and "2 of them different" in done.out
        and "Moodle cannot follow" in done.err
    )
    assert sorted(p.name for p in (folder / "papers").glob("*.xml")) == ["s1.xml", "s2.xml"]


def test_a_paper_of_nobody(gradviz: Program, folder: Path) -> None:
    assert gradviz("init", "exam", "-o", "quiz.toml").status == 0
    done = gradviz("exam", "make", "quiz.toml", "--format", "json", "-o", "out")
    assert done.status == 0 and (folder / "out/paper.json").is_file()


def test_processes(gradviz: Program, folder: Path) -> None:
    """Two processes make the same bytes as one."""
    gradviz("init", "exam")
    (folder / "students.csv").write_text("id\na\nb\nc\n")
    for jobs in ("1", "2"):
        done = gradviz(
            "exam",
            "make",
            "exam.gv.toml",
            "--roster",
            "students.csv",
            "--format",
            "csv",
            "--jobs",
            jobs,
            "-o",
            jobs,
        )
        assert done.status == 0, done.err
    for name in ("a.csv", "b.csv", "c.csv"):
        assert (folder / "1" / name).read_bytes() == (folder / "2" / name).read_bytes()


BAD = [
    (("init", "quiz"), 2, "there is no starter file for 'quiz'"),
    (("init", "exam"), 1, "exam.gv.toml already exists"),
    (("exam", "mark"), 2, "unknown exam command 'mark'"),
    (("exam", "make", "nowhere.toml", "-o", "out"), 1, "there is no file nowhere.toml"),
    (
        ("exam", "make", "exam.gv.toml", "-o", "out", "--format", "word"),
        1,
        "there is no format 'word'",
    ),
    (
        ("exam", "make", "exam.gv.toml", "-o", "out", "--roster", "none.csv"),
        1,
        "there is no file none.csv",
    ),
    (("exam", "make", "exam.gv.toml"), 2, "Missing option '-o'"),
    (("exam", "make", "exam.gv.toml", "-o", "."), 1, "holds something else"),
    (
        ("exam", "make", "exam.gv.toml", "-o", "out", "--jobs", "2", "--cluster", "tcp://x:1"),
        2,
        "--jobs and --cluster cannot be combined",
    ),
    (("exam", "make", "exam.gv.toml", "-o", "out", "--jobs", "0"), 2, "--jobs"),
]


@pytest.mark.parametrize(("words", "status", "says"), BAD)
def test_bad_input_gets_one_clear_message(
    gradviz: Program, folder: Path, words: tuple[str, ...], status: int, says: str
) -> None:
    gradviz("init", "exam")
    done = gradviz(*words)
    assert (done.status, done.refused) == (status, True) and says in done.err, done.err


def test_no_scheduler(gradviz: Program, folder: Path) -> None:
    pytest.importorskip("distributed")
    gradviz("init", "exam")
    done = gradviz(
        "exam", "make", "exam.gv.toml", "-o", "out", "--cluster", "nonsense://127.0.0.1:1"
    )
    assert done.status == 1 and done.refused and "cannot reach a Dask scheduler" in done.err
