"""The chain of engines, with small fake executables that crash, hang, talk nonsense or are
missing.
"""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradviz.errors import LayoutError
from gradviz.layout import engines
from gradviz.layout.engines import Card, LayoutTimeoutError, Request, graphlay, graphviz
from gradviz.layout.engines.engine import FailureError

CARDS = {0: Card(40, 20, (), 10), 1: Card(40, 20, (10,), 10)}
ANSWER = (
    '{"bb": "0,0,140,20", "objects": [{"name": "c0", "pos": "20,10"}, {"name": "c1", "pos":'
    ' "120,10"}], "edges": []}'
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake engines are shell scripts")


@pytest.fixture(autouse=True)
def no_engine_of_the_machine(monkeypatch, tmp_path):
    """Each test says which engines there are; the folder for `dot` starts empty."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(graphviz.VARIABLE, raising=False)


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def answering(path: Path, who: str) -> str:
    return script(
        path, f"[ \"$1\" = -V ] && echo 'dot - fake {who} 1.0' >&2 && exit 0; echo '{ANSWER}'"
    )


def gone(process: int) -> bool:
    """Whether a process has ended, waiting a little for the system to notice; a zombie has
    ended.
    """
    for _ in range(15_000):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def request(timeout: float = 20.0) -> Request:
    return Request(CARDS, [(0, 1, 0)], (), (), 24, 44, timeout)


def used(engine: str = "auto", timeout: float = 20.0) -> str:
    """The name of the engine that placed two cards one behind the other."""
    answer, placed_by, _ = engines.place(request(timeout), engine)
    assert answer.boxes[0].right < answer.boxes[1].x
    return placed_by.name


def test_the_bundled_engine_lays_out_without_a_path():
    assert used("bundled") == used() == "bundled"


def test_every_engine_is_listed_with_its_version_in_the_order_of_trying(monkeypatch, tmp_path):
    monkeypatch.setenv(graphviz.VARIABLE, answering(tmp_path / "mine", "mine"))
    answering(tmp_path / "bin/dot", "system")
    found = engines.found()
    assert [engine.name for engine in found] == ["setting", "bundled", "graphlay", "system", "own"]
    assert Path(found[1].path).is_absolute() and "0.2.2" in found[1].version()
    assert [found[i].version() for i in (0, 3)] == ["fake mine 1.0", "fake system 1.0"]
    assert found[2].title.startswith("graphlay 0.")


def test_an_engine_that_cannot_tell_its_version_is_listed_without_one(monkeypatch, tmp_path):
    missing = str(tmp_path / "missing")
    monkeypatch.setenv(graphviz.VARIABLE, missing)
    assert engines.found()[0].version() == "" and engines.found()[0].title == missing


def test_each_engine_can_be_asked_for(monkeypatch, tmp_path):
    mine = answering(tmp_path / "mine", "mine")
    answering(tmp_path / "bin/dot", "system")
    assert [used(name) for name in ("bundled", "graphlay", "system", "own", mine)] == [
        "bundled",
        "graphlay",
        "system",
        "own",
        mine,
    ]
    monkeypatch.setenv(graphviz.VARIABLE, mine)
    assert used() == used("system") == "setting"
    assert used("bundled") == "bundled"


@pytest.mark.parametrize(
    "body",
    [
        "kill -SEGV $$",
        "echo trouble >&2; exit 1",
        "echo '<svg/>'",
        "exit 0",
        "echo '[1]'",
        "printf '\\377'",
    ],
    ids=["crash", "failure", "no json", "silence", "other json", "not text"],
)
def test_an_engine_that_fails_is_followed_by_the_next(monkeypatch, tmp_path, body):
    bad = script(tmp_path / "bad", body)
    monkeypatch.setattr(graphviz, "_executable", lambda: bad)
    _, engine, failed = engines.place(request())
    assert engine.name == "graphlay"
    assert len(failed) == 1 and failed[0].startswith(f"bundled ({bad}): ")
    monkeypatch.setattr(graphlay, "find_spec", lambda name: None)
    answering(tmp_path / "bin/dot", "system")
    assert used() == "system"
    (tmp_path / "bin/dot").unlink()
    assert used() == "own"


def test_all_failures_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv(graphviz.VARIABLE, str(tmp_path / "missing"))
    bad = script(tmp_path / "bad", "echo trouble in init_rank >&2; exit 3")
    monkeypatch.setattr(graphviz, "_executable", lambda: bad)
    script(tmp_path / "bin/dot", "kill -ABRT $$")
    monkeypatch.setattr(graphlay, "find_spec", lambda name: None)
    monkeypatch.setattr(engines.own, "_place", None)
    _, engine, failed = engines.place(request())
    assert engine.name == "own"
    said = "\n".join(failed)
    assert f"setting ({tmp_path / 'missing'}): cannot be run: No such file" in said
    assert f"bundled ({bad}): exit status 3, said: trouble in init_rank" in said
    assert f"system ({tmp_path / 'bin/dot'}): killed by signal 6" in said
    with pytest.raises(LayoutError) as caught:
        engines.place(request(), "bundled")
    said = str(caught.value)
    assert f"bundled ({bad}): exit status 3" in said
    assert "install Graphviz" in said and "doctor" in said
    assert not isinstance(caught.value, LayoutTimeoutError)


@pytest.mark.parametrize(
    ("engine", "lacks"),
    [
        ("bundled", "the package graphviz-pure"),
        ("graphlay", "the package graphlay"),
        ("system", "dot on PATH"),
    ],
)
def test_an_engine_that_is_not_here(monkeypatch, engine, lacks):
    monkeypatch.setattr(graphviz, "_executable", lambda: "")
    monkeypatch.setattr(graphlay, "find_spec", lambda name: None)
    with pytest.raises(
        LayoutError, match=rf"this layout engine is not available(?s:.*)expected: {lacks}"
    ):
        engines.place(request(), engine)
    assert [found.name for found in engines.found()] == ["own"]
    assert used() == "own"


HANGING = "/bin/sleep 600 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; cat > /dev/null; wait"


def hanging(tmp_path: Path) -> tuple[str, Path]:
    pids = tmp_path / "pids"
    return script(tmp_path / "hang", "PATH=/bin:/usr/bin; " + HANGING.format(pids=pids)), pids


def test_an_engine_that_hangs_is_ended_with_its_children_and_followed_by_the_next(
    monkeypatch, tmp_path
):
    """Its time is over once it hangs; the next has all that it needs."""
    hang, pids = hanging(tmp_path)
    communicate = subprocess.Popen.communicate

    def in_time(process, text=None, timeout=None):
        if process.args[0] != hang:
            return communicate(process, text)
        while not pids.exists() and process.poll() is None:
            time.sleep(0.02)
        raise subprocess.TimeoutExpired(process.args, timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", in_time)
    monkeypatch.setenv(graphviz.VARIABLE, hang)
    assert used() == "bundled"
    leader, child = map(int, pids.read_text().split())
    assert gone(leader) and gone(child)
    with pytest.raises(ChildProcessError):  # reaped: no zombie is left of it
        os.waitpid(leader, os.WNOHANG)


def test_running_out_of_time_is_an_error_of_its_own(tmp_path):
    hang, _ = hanging(tmp_path)
    with pytest.raises(LayoutTimeoutError, match=r"no answer within 0\.3 seconds"):
        engines.place(request(timeout=0.3), hang)


def test_what_ran_out_of_time_is_left_to_programs_alone(monkeypatch, tmp_path):
    """Otherwise a slow machine would draw another picture than a fast one."""
    execute, late = graphviz._execute, script(tmp_path / "late", "sleep 60")

    def executed(command, text, timeout):
        if command[0] == late:
            raise FailureError("no answer within 20 seconds", timed_out=True)
        return execute(command, text, timeout)

    monkeypatch.setattr(graphviz, "_executable", lambda: late)
    monkeypatch.setattr(graphviz, "_execute", executed)
    with pytest.raises(LayoutTimeoutError):
        engines.place(request())
    answering(tmp_path / "bin/dot", "system")
    assert used() == "system"


INTERRUPTED = """
import subprocess, sys
from pathlib import Path
from gradviz.layout import engines

def waiting(*given, communicate=subprocess.Popen.communicate):
    Path(sys.argv[2]).touch()
    return communicate(*given)

subprocess.Popen.communicate = waiting
card = engines.Card(10, 10, (), 5)
engines.place(engines.Request({0: card}, [], (), (), 24, 44, 600), sys.argv[1])
"""


def test_an_interrupt_ends_the_engine(tmp_path):
    hang, pids = hanging(tmp_path)
    waits = tmp_path / "waits"
    command = [sys.executable, "-c", INTERRUPTED, hang, str(waits)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (pids.exists() and waits.exists()) and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert "KeyboardInterrupt" in said
    assert all(gone(int(pid)) for pid in pids.read_text().split())
