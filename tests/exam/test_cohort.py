"""Cohorts: any executor, killed runs, changed files, full disks; no paper lost or made twice."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gradviz.errors import FileError, GradvizError
from gradviz.exam import cohort
from gradviz.exam.paper import spec
from gradviz.exam.paper.roster import Student
from gradviz.files import left_over
from tests.sampled import sampled

EXAM = spec.parse(
    'title = "Quiz"\n[[section]]\n[[section.question]]\nkind = "hinge"\n[[section.question]]\nkind'
    ' = "branch"\nlevel = 2\n'
)
STUDENTS = tuple(Student(f"s{i:02}", f"Name {i}") for i in range(9))


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


class Backwards(Executor):
    """Runs what it gets in the opposite order, at the last moment."""

    def __init__(self) -> None:
        self.todo: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.todo.append((future, fn, args))
        if len(self.todo) == len(STUDENTS):
            for waiting, function, given in reversed(self.todo):
                waiting.set_result(function(*given))
        return future


def test_the_same_files_on_every_executor_in_every_order(tmp_path: Path) -> None:
    cohort.make(EXAM, STUDENTS, "json", tmp_path / "here")
    cohort.make(EXAM, STUDENTS, "json", tmp_path / "back", executor=Backwards())
    with ThreadPoolExecutor(3) as threads:
        cohort.make(EXAM, STUDENTS, "json", tmp_path / "threads", executor=threads)
    assert tree(tmp_path / "here") == tree(tmp_path / "back") == tree(tmp_path / "threads")
    assert sorted(tree(tmp_path / "here")) == sorted(
        [cohort.JOURNAL, cohort.REPORT, *(f"{s.id}.json" for s in STUDENTS)]
    )


def test_a_run_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, half = tmp_path / "whole", tmp_path / "half"
    cohort.make(EXAM, STUDENTS, "json", whole)

    def stop(count: int) -> None:
        if count == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cohort.make(EXAM, STUDENTS, "json", half, done=stop)
    kept = {p.name: p.stat().st_mtime_ns for p in half.glob("s*.json")}
    assert len(kept) == 4
    with (half / cohort.JOURNAL).open("ab") as journal:
        journal.write(b'{"student":"s05","vari')  # killed while writing
    (half / "s01.json").unlink()
    counts: list[int] = []
    cohort.make(EXAM, STUDENTS, "json", half, done=counts.append)
    assert counts[0] == 3 and counts[-1] == 9
    assert tree(half) == tree(whole)
    del kept["s01.json"]
    assert all((half / name).stat().st_mtime_ns == when for name, when in kept.items()), (
        "finished papers are kept"
    )


KILLED = """
import os, signal, sys
from pathlib import Path
from gradviz.cli.main import main

replace, papers = Path.replace, []

def victim():
    return os.getpid()

def killing(self, target):
    if Path(target).suffix == ".json":
        papers.append(target)
        if len(papers) == 7:
            os.kill(victim(), getattr(signal, sys.argv[-1]))
    return replace(self, target)

Path.replace = killing
main(sys.argv[1:-1])
"""
"""The program, sent the signal named last when the seventh paper is written but does not have its
name yet.
"""
HANGS = 300
MAKE = "exam make exam.gv.toml --roster students.csv --format json"
"""Seconds after which a test gives up: no machine that works is so slow."""


@sampled(
    ("how", "jobs", "status"),
    [
        ("SIGKILL", "2", -signal.SIGKILL),
        ("SIGTERM", "2", 128 + signal.SIGTERM),
        ("SIGHUP", "2", 128 + signal.SIGHUP),
        ("SIGINT", "2", 1),
        ("SIGKILL", "1", -signal.SIGKILL),
    ],
    few=1,
)
def test_a_run_that_is_ended_loses_nothing_and_leaves_no_process_behind(
    tmp_path: Path, how: str, jobs: str, status: int
) -> None:
    """A signal in the middle of a run of the program, then the same command again.

    Its workers hold its standard error, so that reading that to its end waits for all of them.
    """
    (tmp_path / "exam.gv.toml").write_text(
        'title = "Quiz"\nversion = "4"\nseed = "0123456789abcdef0123456789abcdef"\n'
        '[[section]]\n[[section.question]]\nkind = "gradient"\nlevel = 2\ncount'
        " = 4\n"
    )
    (tmp_path / "students.csv").write_text("id,name\n" + "".join(f"s{i:03},N\n" for i in range(12)))
    words = [*MAKE.split(), "--jobs", jobs, "-o", "out"]
    command = [sys.executable, "-m", "gradviz", *words]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *words, how],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=HANGS,
    )
    assert killed.returncode == status
    if how == "SIGKILL":
        assert "gradviz:" not in killed.stderr
    else:
        assert killed.stderr == "gradviz: stopped\n"
    out = tmp_path / "out"
    papers = sorted(out.glob("s*.json"))
    assert len(papers) == 6 and bool(left_over(out)) == (how == "SIGKILL")
    assert all(json.loads(p.read_text())["schema"] == "gradviz.paper/1" for p in papers)
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (
        again.returncode == 0
        and "12 papers" in again.stdout
        and "12 of them different" in again.stdout
    )
    subprocess.run([*command[:-1], "fresh"], cwd=tmp_path, capture_output=True, check=True)
    assert tree(out) == tree(tmp_path / "fresh"), "and no temporary file is left"


def test_a_worker_that_dies_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "exam.gv.toml").write_text(
        'title = "Quiz"\nversion = "4"\nseed = "0123456789abcdef0123456789abcdef"\n'
        '[[section]]\n[[section.question]]\nkind = "hinge"\n'
    )
    (tmp_path / "students.csv").write_text("id\n" + "".join(f"s{i:03}\n" for i in range(12)))
    worker = "from multiprocessing import active_children\n" + KILLED.replace(
        "return os.getpid()", "return active_children()[0].pid"
    )
    words = [*MAKE.split(), "--jobs", "2", "-o", "out"]
    done = subprocess.run(
        [sys.executable, "-c", worker, *words, "SIGKILL"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=HANGS,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("gradviz: a process that makes papers has died")
    assert "Traceback" not in done.stderr
    again = subprocess.run([sys.executable, "-m", "gradviz", *words], cwd=tmp_path, timeout=HANGS)
    assert again.returncode == 0 and len(list((tmp_path / "out").glob("s*.json"))) == 12


def test_what_a_killed_run_left_half_written_is_cleared_away_and_nothing_else(
    tmp_path: Path,
) -> None:
    out = tmp_path / "p"
    out.mkdir()
    (out / ".gradviz-0123456789abcdef.tmp").write_text("a journal, half wri")
    cohort.make(EXAM, STUDENTS[:2], "json", out)
    before = tree(out)
    assert not [name for name in before if name.endswith(".tmp")]
    (out / "keys").mkdir()
    (out / "keys/.gradviz-fedcba9876543210.tmp").write_text("half")
    others = [
        ".gradviz-fedcba9876543210.tmp2",
        "notes.tmp",
        ".gradviz-FEDCBA9876543210.tmp",
        ".fedcba9876543210.tmp",
        ".swap.tmp",
    ]
    for name in others:
        (out / name).write_text("mine")
    cohort.make(EXAM, STUDENTS[:2], "json", out)
    assert sorted(set(tree(out)) - set(before)) == sorted(others)


def test_two_runs_in_one_folder(tmp_path: Path) -> None:
    """The second one is kept out; the first one ends, and then the second one may go on."""

    def second(count: int) -> None:
        if count == 2:
            with pytest.raises(FileError, match="another run is working in the folder p"):
                cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")

    cohort.make(EXAM, STUDENTS[:3], "json", tmp_path / "p", done=second)
    assert len(cohort.make(EXAM, STUDENTS[:4], "json", tmp_path / "p")) == 4


def test_a_changed_paper_is_not_overwritten(tmp_path: Path) -> None:
    cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")
    before = tree(tmp_path / "p")
    (tmp_path / "p/s03.json").write_text("mine")
    with pytest.raises(FileError, match=r"s03\.json was changed after it was written") as caught:
        cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")
    assert "--force" in str(caught.value) and (tmp_path / "p/s03.json").read_text() == "mine"
    cohort.make(EXAM, STUDENTS, "json", tmp_path / "p", force=True)
    assert tree(tmp_path / "p") == before


def test_a_folder_with_something_else_in_it(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileError, match="holds something else"):
        cohort.make(EXAM, STUDENTS, "json", tmp_path)
    cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")
    with pytest.raises(FileError, match="papers of another exam, or in another format") as caught:
        cohort.make(EXAM, STUDENTS, "csv", tmp_path / "p")
    assert "'Quiz' as json" in str(caught.value)
    other = spec.parse(
        'title = "Quiz"\nseed = 2\n[[section]]\n[[section.question]]\nkind = "hinge"\n'
    )
    with pytest.raises(FileError, match="papers of another exam"):
        cohort.make(other, STUDENTS, "json", tmp_path / "p")
    (tmp_path / "p" / cohort.JOURNAL).write_text("torn")
    with pytest.raises(FileError, match="papers of another exam") as caught:
        cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")
    assert "an unreadable journal" in str(caught.value)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "p").write_text("")
    with pytest.raises(FileError, match="cannot create the folder"):
        cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")


def test_a_disk_that_fills_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, written = cohort.write_whole, []

    def full(path: Path, data: Any) -> None:
        if len(written) == 5:
            raise FileError(f"{Path(path).name} cannot be written", got=os.strerror(errno.ENOSPC))
        written.append(path)
        write(path, data)

    monkeypatch.setattr(cohort, "write_whole", full)
    with pytest.raises(GradvizError, match="cannot be written") as caught:
        cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")
    assert "No space left" in str(caught.value)
    monkeypatch.undo()
    counts: list[int] = []
    cohort.make(EXAM, STUDENTS, "json", tmp_path / "p", done=counts.append)
    assert counts[0] == 4 and counts[-1] == 9


def test_more_students_later(tmp_path: Path) -> None:
    cohort.make(EXAM, STUDENTS[:4], "json", tmp_path / "p")
    lines = cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")
    assert [line.student for line in lines] == [s.id for s in STUDENTS]


def test_the_report(tmp_path: Path) -> None:
    lines = cohort.make(EXAM, STUDENTS, "json", tmp_path / "p")
    report = json.loads((tmp_path / "p" / cohort.REPORT).read_text())
    assert report == cohort.report(lines)
    assert report["papers"] == report["distinct papers"] == 9
    hinge = report["questions"][0]
    keys = [line.facts.questions[0][3] for line in lines]
    assert hinge["distinct keys"] == len(set(keys))
    assert hinge["share of it"] == round(max(map(keys.count, keys)) / 9, 3)
    assert (
        report["difficulty"]["lowest"]
        <= report["difficulty"]["mean"]
        <= report["difficulty"]["highest"]
    )


@pytest.mark.proof
def test_on_a_dask_cluster_with_a_worker_killed(tmp_path: Path) -> None:
    """Two workers, one of them killed while it works: every paper is there once, and the bytes are
    the same.
    """
    distributed = pytest.importorskip("distributed")
    import warnings

    students = tuple(Student(f"d{i:02}") for i in range(24))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=50,
                host="127.0.0.1",
            ) as cluster,
            distributed.Client(cluster) as client,
            client.get_executor() as executor,
        ):
            victim = next(iter(client.run(os.getpid).values()))
            seen: list[int] = []

            def kill(count: int) -> None:
                seen.append(count)
                if count == 5:
                    os.kill(victim, signal.SIGKILL)

            cohort.make(EXAM, students, "json", tmp_path / "dask", executor=executor, done=kill)
    assert seen == list(range(25)), "nothing lost, nothing twice"
    cohort.make(EXAM, students, "json", tmp_path / "here")
    assert tree(tmp_path / "dask") == tree(tmp_path / "here")


def test_papers_that_would_fill_the_disk_are_refused_before_the_first_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room for two and a half papers of the size of the first: two fit."""
    size = sum(map(len, cohort.produce(EXAM, STUDENTS[0], "json").files.values()))

    def usage(path: Path) -> Any:
        return SimpleNamespace(free=5 * size // 2)

    monkeypatch.setattr(cohort, "disk_usage", usage)
    with pytest.raises(FileError) as caught:
        cohort.make(EXAM, STUDENTS, "json", tmp_path / "papers")
    said = str(caught.value)
    assert said.startswith(f"{len(STUDENTS)} papers need about ") and "\n" not in said
    assert said.endswith("are free: a roster of 2 fits")
    assert [p.name for p in (tmp_path / "papers").iterdir()] == [cohort.JOURNAL]
    assert len(cohort.make(EXAM, STUDENTS[:2], "json", tmp_path / "papers")) == 2
    with pytest.raises(FileError, match="2 papers need"):  # and not one more
        monkeypatch.setattr(cohort, "disk_usage", lambda path: SimpleNamespace(free=2 * size - 9))
        cohort.make(EXAM, STUDENTS[:2], "json", tmp_path / "more")
