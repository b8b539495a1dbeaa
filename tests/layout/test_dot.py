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
from gradviz.layout import dot

GRAPH = "digraph { rankdir=LR a -> b }"
ANSWER = '{"bb": "0,0,1,1", "who": "%s"}'

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake engines are shell scripts")


@pytest.fixture(autouse=True)
def no_engine_of_the_machine(monkeypatch, tmp_path):
    """Each test says which engines there are; the folder for `dot` starts empty."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(dot.VARIABLE, raising=False)


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def answering(path: Path, who: str) -> str:
    return script(
        path, f"[ \"$1\" = -V ] && echo 'dot - fake {who} 1.0' >&2 && exit 0; echo '{ANSWER % who}'"
    )


def gone(process: int) -> bool:
    """Whether a process has ended, waiting a little for the system to notice; a zombie has
    ended.
    """
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_the_bundled_engine_lays_out_without_a_path():
    layout = dot.run(GRAPH, engine="bundled")
    assert [item["name"] for item in layout["objects"]] == ["a", "b"]
    places = [float(item["pos"].split(",")[0]) for item in layout["objects"]]
    assert places[0] < places[1]
    assert layout == dot.run(GRAPH)


def test_the_bundled_engine_is_listed_with_its_version():
    (engine,) = dot.engines()
    assert engine.name == "bundled" and Path(engine.path).is_absolute()
    assert "0.2.2" in engine.version


def test_engines_are_listed_in_the_order_of_trying(monkeypatch, tmp_path):
    monkeypatch.setenv(dot.VARIABLE, answering(tmp_path / "mine", "mine"))
    answering(tmp_path / "bin/dot", "system")
    assert [engine.name for engine in dot.engines()] == ["setting", "bundled", "system"]
    assert [dot.engines()[i].version for i in (0, 2)] == ["fake mine 1.0", "fake system 1.0"]


def test_an_engine_that_cannot_tell_its_version_is_listed_without_one(monkeypatch, tmp_path):
    monkeypatch.setenv(dot.VARIABLE, str(tmp_path / "missing"))
    assert dot.engines()[0] == dot.Engine("setting", str(tmp_path / "missing"), "")


def test_the_setting_comes_first_and_a_choice_is_kept_to(monkeypatch, tmp_path):
    mine = answering(tmp_path / "mine", "mine")
    answering(tmp_path / "bin/dot", "system")
    assert "who" not in dot.run(GRAPH)
    assert dot.run(GRAPH, engine="system")["who"] == "system"
    assert dot.run(GRAPH, engine=mine)["who"] == "mine"
    monkeypatch.setenv(dot.VARIABLE, mine)
    assert dot.run(GRAPH)["who"] == "mine"
    assert dot.run(GRAPH, engine="system")["who"] == "mine"
    assert "who" not in dot.run(GRAPH, engine="bundled")


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
    monkeypatch.setattr(dot, "_bundled", lambda: script(tmp_path / "bad", body))
    answering(tmp_path / "bin/dot", "system")
    assert dot.run(GRAPH)["who"] == "system"


def test_all_failures_are_told(monkeypatch, tmp_path):
    monkeypatch.setenv(dot.VARIABLE, str(tmp_path / "missing"))
    bad = script(tmp_path / "bad", "echo trouble in init_rank >&2; exit 3")
    monkeypatch.setattr(dot, "_bundled", lambda: bad)
    script(tmp_path / "bin/dot", "kill -ABRT $$")
    with pytest.raises(LayoutError) as caught:
        dot.run(GRAPH)
    said = str(caught.value)
    assert f"setting ({tmp_path / 'missing'}): cannot be run: No such file" in said
    assert f"bundled ({bad}): exit status 3, said: trouble in init_rank" in said
    assert f"system ({tmp_path / 'bin/dot'}): killed by signal 6" in said
    assert "install Graphviz" in said and "doctor" in said
    assert not isinstance(caught.value, dot.LayoutTimeoutError)


def test_text_that_is_not_dot_is_told_with_the_engines_words():
    with pytest.raises(LayoutError, match="syntax error"):
        dot.run("digraph {", engine="bundled")


def test_no_engine_at_all(monkeypatch):
    monkeypatch.setattr(dot, "_bundled", lambda: "")
    with pytest.raises(LayoutError, match="there is no layout engine"):
        dot.run(GRAPH)
    with pytest.raises(LayoutError, match="expected: dot on PATH"):
        dot.run(GRAPH, engine="system")
    assert dot.engines() == []


HANGING = "/bin/sleep 60 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; cat > /dev/null; wait"


def hanging(tmp_path: Path) -> tuple[str, Path]:
    pids = tmp_path / "pids"
    return script(tmp_path / "hang", "PATH=/bin:/usr/bin; " + HANGING.format(pids=pids)), pids


def test_an_engine_that_hangs_is_ended_with_its_children_and_followed_by_the_next(
    monkeypatch, tmp_path
):
    hang, pids = hanging(tmp_path)
    monkeypatch.setenv(dot.VARIABLE, hang)
    assert "objects" in dot.run(GRAPH, timeout=1.0)
    leader, child = map(int, pids.read_text().split())
    assert gone(leader) and gone(child)
    with pytest.raises(ChildProcessError):  # reaped: no zombie is left of it
        os.waitpid(leader, os.WNOHANG)


def test_running_out_of_time_is_an_error_of_its_own(tmp_path):
    hang, _ = hanging(tmp_path)
    with pytest.raises(dot.LayoutTimeoutError, match=r"no answer within 0\.3 seconds"):
        dot.run(GRAPH, engine=hang, timeout=0.3)


def test_an_interrupt_ends_the_engine(tmp_path):
    hang, pids = hanging(tmp_path)
    code = f"from gradviz.layout import dot; dot.run('digraph {{}}', engine={hang!r}, timeout=60)"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    while not pids.exists() and process.poll() is None:
        time.sleep(0.02)
    time.sleep(
        0.3
    )  # on a busy machine the engine may run before its parent has begun to wait for it
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert "KeyboardInterrupt" in said
    assert all(gone(int(pid)) for pid in pids.read_text().split())
