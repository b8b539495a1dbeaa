"""`gradviz tui --serve`: who is let in, and what a visitor can do there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pytest

from gradviz import sources
from gradviz.cli import opening
from gradviz.cli.commands import tui
from gradviz.errors import GradvizError, UsageError
from gradviz.sources import NOTHING, values
from gradviz_tui.host import WITHHELD
from gradviz_tui.serve import public_origin, serve
from gradviz_tui.visitor import ONE_THREAD
from gradviz_tui.walk.playground import Playground
from tests.sampled import sampled
from tests.tui.terminal import HANGS, Grid

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")
LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux for processes")
SECRET = "31415.926"
"""A number in a file that no visitor may see."""


class Served(NamedTuple):
    """A server: its process, its address, that address without the path, and its token."""

    process: subprocess.Popen[str]
    url: str
    root: str
    token: str

    @property
    def socket(self) -> str:
        return f"{self.url}ws?width=100&height=30"


@contextmanager
def serving(*words: str, folder: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", "gradviz", "tui", *words, "--serve", "--port", "0"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        told = iter(process.stdout.readline, "")
        found = next(filter(None, (re.search(r"(http://\S+?)/(\S+)/", line) for line in told)))
        yield Served(process, found[0], found[1], found[2])
    finally:
        process.terminate()
        process.wait(HANGS)
        process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with serving("x*y", "x=1", "y=2", "--sessions", "20", folder=folder) as found:
        yield found


def ask(url: str, **headers: str) -> tuple[int, str, Any]:
    """The status, the text and the headers that a GET is answered with."""

    async def get() -> tuple[int, str, Any]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, (await answer.read()).decode(errors="replace"), answer.headers

    return asyncio.run(get())


def knock(url: str, **headers: str) -> int:
    """The status that a handshake is answered with; 101 for an open socket."""

    async def connect() -> int:
        async with aiohttp.ClientSession() as session:
            try:
                async with session.ws_connect(url, headers=headers):
                    return 101
            except aiohttp.WSServerHandshakeError as error:
                return int(error.status)

    return asyncio.run(connect())


class Screen:
    """A visitor's session: keys go in, a screen comes out, and all that was written is kept."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._grid, self.written = socket, Grid(), ""

    async def keys(self, text: str) -> None:
        await self._socket.send_json(["stdin", text])

    async def line(self, text: str, over: str = "") -> None:
        """Type a line, over the one that shows a text, and Enter."""
        if over:
            await self.keys("\x15")
            await self.until(over, times=0)
        await self.keys(text)
        await self.until(text[-20:])
        await self.keys("\r")

    async def until(self, text: str, times: int = 1) -> None:
        """Wait until a text stands on the screen, so many times; 0 waits until it is gone."""
        try:
            async with asyncio.timeout(HANGS):
                while (found := str(self._grid).count(text)) < times or found > times == 0:
                    message = await self._socket.receive()
                    assert message.type is aiohttp.WSMsgType.BINARY, message
                    self._grid.write(message.data.decode())
                    self.written += message.data.decode()
        except TimeoutError:
            raise AssertionError(f"{text!r} never came:\n{self._grid}") from None


def visit(server: Served, script: Callable[[Screen], Awaitable[None]]) -> None:
    async def run() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(server.socket, headers={"Origin": server.root}) as socket,
        ):
            await script(Screen(socket))

    asyncio.run(run())


# --- who is let in


def test_the_page_and_all_that_it_loads_come_from_here(server: Served) -> None:
    status, page, headers = ask(server.url)
    loaded = re.findall(r'(?:src|href)="([^"]*)"|url\("([^"]*)"\)', page)
    names = {name for pair in loaded for name in pair if name and not name.startswith("data:")}
    assert status == 200 and names == {"mono.ttf", "xterm.css", "textual.js", "./"}
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and headers["Referrer-Policy"] == "no-referrer"
    for text in (page, *(ask(server.url + name)[1] for name in ("xterm.css", "textual.js"))):
        alive = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
        hosts = re.findall(r"""(?:https?:|wss?:|["'(=])//([\w.-]+\.\w+)""", alive)
        assert set(hosts) <= {urlsplit(server.url).hostname}, hosts
    assert ask(server.url + "mono.ttf")[0] == 200


PLACES = ("", "xterm.css", "textual.js", "mono.ttf", "ws", "nothing")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.evil.example:{port}",
        "localhost.:{port}",
        "",
    ],
)
def test_a_foreign_name_is_not_served(server: Served, place: str, host: str) -> None:
    port = urlsplit(server.url).port
    status, said, _ = ask(server.url + place, Host=host.format(port=port))
    assert status == 403 and "gradviz printed" in said and server.token not in said


@pytest.mark.parametrize("place", PLACES)
def test_without_the_token_nothing_is_served(server: Served, place: str) -> None:
    wrong = [server.token[:-1], server.token + "x", server.token.swapcase(), "", "é", "ws"]
    for token in wrong:
        assert ask(f"{server.root}/{token}/{place}")[0] == 403
    assert ask(f"{server.root}/{place}")[0] == 403
    assert ask(f"{server.root}/static/js/textual.js?token={server.token}")[0] == 403
    assert knock(f"{server.root}/ws", Origin=server.root) == 403
    assert knock(f"{server.root}/{wrong[0]}/ws", Origin=server.root) == 403


def test_the_token_is_long_and_another_one_every_time(server: Served, tmp_path: Path) -> None:
    with serving("x*y", "x=1", "y=2", folder=tmp_path) as other:
        assert other.token != server.token
        assert len(other.token) >= 32  # of 64 characters: 6 bits each, so at least 192 bits
        assert ask(f"{other.root}/{server.token}/")[0] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://{host}",
        "http://{host}.evil.example",
        "http://localhost:1",
        "http://127.0.0.1",
        "null",
        "file://",
        "",
    ],
)
def test_another_page_cannot_open_a_socket(server: Served, origin: str) -> None:
    origin = origin.format(host=urlsplit(server.url).netloc)
    assert knock(server.socket, Origin=origin) == 403
    assert ask(server.url, Origin=origin)[0] == 403


def test_a_socket_says_where_it_comes_from(server: Served) -> None:
    assert knock(server.socket) == 403
    assert knock(server.socket, Origin=server.root) == 101
    named = server.url.replace("127.0.0.1", "localhost")
    assert knock(f"{named}ws", Origin=server.root.replace("127.0.0.1", "localhost")) == 101
    assert knock(f"{named}ws", Origin=server.root) == 403, "that is another page"


@pytest.mark.parametrize(
    "name", ["../page.html", "%2e%2e/site.py", "..%2fsite.py", "js/textual.js"]
)
def test_only_the_parts_of_the_page_are_served(server: Served, name: str) -> None:
    assert ask(server.url + name)[0] in (403, 404)


@pytest.mark.parametrize(
    "message",
    ["{", "1", '["stdin"]', '["stdin", 1]', '["resize", {"width": "a", "height": 1}]', '["quit"]',
     '["deliver_chunk_request", {}]', "[" * 100_000],
)  # fmt: skip
def test_anything_but_keys_and_sizes_ends_the_session(server: Served, message: str) -> None:
    async def run() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(server.socket, headers={"Origin": server.root}) as socket,
        ):
            await socket.send_str(message)
            async with asyncio.timeout(HANGS):
                async for _ in socket:
                    pass
            assert socket.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION

    asyncio.run(run())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_let_in_only_when_asked_for(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="other machines can reach") as refused:
        serve(("x*y", "x=1", "y=2"), host, 0, sessions=4)
    assert "--allow-remote" in str(refused.value) and not capsys.readouterr().out


def test_other_machines_are_let_in_with_a_warning(tmp_path: Path) -> None:
    words = ("x*y", "x=1", "y=2", "--host", "0.0.0.0", "--allow-remote")
    command = [sys.executable, "-m", "gradviz", "tui", *words, "--serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        url = process.stdout.readline().split()[1]
        try:
            assert "without encryption" in process.stderr.readline()
            assert ask(url)[0] == 200
            port, token = urlsplit(url).port, url.split("/")[3]
            assert ask(f"http://127.0.0.1:{port}/{token}/")[0] == 200
            assert ask(f"http://127.0.0.1:{port}/{token}/", Host=f"evil.example:{port}")[0] == 403
        finally:
            process.terminate()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "", "a" * 300, "256.0.0.1"])
def test_an_address_that_is_none(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(GradvizError, match="no such address"):
        serve(("x*y", "x=1", "y=2"), host, 0, sessions=4)
    assert not capsys.readouterr().out


def test_what_serving_refuses_ends_the_command() -> None:
    words = ("x*y", "x=1", "y=2", "--serve", "--port", "0", "--host", "0.0.0.0")
    command = [sys.executable, "-m", "gradviz", "tui", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--allow-remote" in done.stderr and not done.stdout


PROXY = "https://teach.example.org"


def behind_a_proxy(folder: Path, origin: str = PROXY) -> tuple[subprocess.Popen[str], str, str]:
    """A server, the address that it prints, and the local one that the proxy passes requests to."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gradviz", "tui", "x*y", "x=1", "y=2", "--serve"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--origin", origin],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = process.stdout.readline().split()[1]
    return process, printed, f"http://127.0.0.1:{port}{urlsplit(printed).path}"


@pytest.mark.parametrize("passed_on", ["teach.example.org", None])
def test_a_proxy_that_is_named_is_served(tmp_path: Path, passed_on: str | None) -> None:
    """With the Host of the browser, or with the one that a proxy puts in its place."""
    process, printed, local = behind_a_proxy(tmp_path)
    host = {"Host": passed_on} if passed_on else {}
    try:
        assert printed.startswith(f"{PROXY}/")
        status, page, headers = ask(local, **host)
        assert status == 200 and f"wss://teach.example.org{urlsplit(printed).path}ws" in page
        assert "connect-src 'self' wss://teach.example.org;" in headers["Content-Security-Policy"]
        ws = f"{local}ws?width=80&height=24"
        assert knock(ws, Origin=PROXY, **host) == 101
        for stranger in (
            "https://evil.example",
            "http://teach.example.org",
            f"{PROXY}:444",
            f"{PROXY}.evil.example",
            "null",
            local.rpartition("/")[0],
        ):
            assert knock(ws, Origin=stranger, **host) == 403
        assert knock(ws, **host) == 403, "no origin"
        assert ask(local, Host="evil.example")[0] == 403
        assert ask(local.replace(urlsplit(local).path, "/guess/"), **host)[0] == 403
    finally:
        process.terminate()
        process.communicate(timeout=HANGS)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://teach.example.org", "https://teach.example.org"),
        ("https://Teach.Example.org/", "https://teach.example.org"),
        ("https://teach.example.org:443", "https://teach.example.org"),
        ("https://teach.example.org:8443", "https://teach.example.org:8443"),
        ("http://lab.example:80", "http://lab.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_is_written_as_browsers_do(text: str, origin: str) -> None:
    assert public_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "teach.example.org",
        "https://",
        "ftp://teach.example.org",
        "https://teach.example.org/gradviz",
        "https://teach.example.org?x=1",
        "https://user@teach.example.org",
        "https://teach.example.org:99999",
        "https://teach.example.org:x",
        "https://a b",
        "https://evil;script-src",
        "https://a'",
        "https://a\nb",
        "https://[::1",
        "*",
        "null",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a public origin"):
        public_origin(text)


# --- sessions


def test_a_full_house_is_told_and_a_place_is_free_once_somebody_has_left(tmp_path: Path) -> None:
    with serving("x*y", "x=1", "y=2", "--sessions", "1", folder=tmp_path) as server:

        async def crowded(screen: Screen) -> None:
            await screen.until("step")
            assert await asyncio.to_thread(knock, server.socket, Origin=server.root) == 503

        visit(server, crowded)
        assert "which are 1 at most" in ask(server.url)[1]
        end = time.monotonic() + HANGS
        while knock(server.socket, Origin=server.root) != 101:
            assert time.monotonic() < end, "the place stays taken"


def children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or dead and only not yet collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


@LINUX
@sampled("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, None], few=2)
def test_a_session_ends_with_its_socket_and_with_its_server(
    tmp_path: Path, how: signal.Signals | None
) -> None:
    sessions: list[int] = []
    with serving("x*y", "x=1", "y=2", folder=tmp_path) as server:

        async def stay(screen: Screen) -> None:
            await screen.until("step")
            sessions.extend(children(server.process.pid))
            if how is not None:
                server.process.send_signal(how)
                await asyncio.to_thread(server.process.wait, HANGS)

        visit(server, stay)
        assert len(sessions) == 1
        end = time.monotonic() + HANGS
        while not all(map(has_ended, sessions)):
            assert time.monotonic() < end, "the session is still there"
            time.sleep(0.02)


@LINUX
def test_a_session_has_only_so_much_memory_and_processor_time(tmp_path: Path) -> None:
    limits: list[str] = []
    with serving("x*y", "x=1", "y=2", folder=tmp_path) as server:

        async def look(screen: Screen) -> None:
            await screen.until("step")
            (session,) = children(server.process.pid)
            limits.extend(Path(f"/proc/{session}/limits").read_text().splitlines())

        visit(server, look)
    rows = dict(re.findall(r"^(.*?) {2,}(\S+ +\S+)", "\n".join(limits), flags=re.M))
    assert rows["Max address space"].split() == [str(2 * 2**30)] * 2
    assert rows["Max cpu time"].split() == ["600", "600"]
    assert rows["Max core file size"].split() == ["0", "0"]


GREEDY = """
import sys
from gradviz_tui import visitor

visitor.SECONDS = 1
visitor.lock()
import numpy as np
try:
    np.ones(2**29)
except MemoryError:
    print("refused", flush=True)
np.ones(2**20)
while True:
    pass
"""


@LINUX
def test_a_greedy_session_is_refused_memory_and_ended() -> None:
    """4 GiB are refused, 8 MiB are not, and a loop without end ends."""
    environment = os.environ | ONE_THREAD
    done = subprocess.run(
        [sys.executable, "-c", GREEDY],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=HANGS,
    )
    assert done.stdout == "refused\n", done.stderr
    assert -done.returncode in (signal.SIGXCPU, signal.SIGKILL)


# --- what a visitor can do


def test_a_visitor_steps_and_edits_but_neither_saves_nor_reads(tmp_path: Path) -> None:
    mine, secret = tmp_path / "mine.csv", tmp_path / "secret.csv"
    mine.write_text("3\n")
    secret.write_text(f"{SECRET}\n")
    (tmp_path / "run.json").write_text(json.dumps({"schema": "gradviz.trace/1", "x": SECRET}))
    before = sorted(tmp_path.iterdir())

    async def script(screen: Screen) -> None:
        await screen.until("quit")
        await screen.until("export", times=0)
        await screen.keys("xY")
        await screen.until("Visitors cannot do this")
        await screen.until("Save", times=0)
        await screen.keys("e")
        await screen.until("x = 3")
        await screen.line(f"y=@{secret}", over="x = 3")
        await screen.until("not allowed here")
        await screen.line("y = 7", over="not allowed here")
        await screen.until("Change an input", times=0)
        await screen.keys("G")
        await screen.until("v 21")
        await screen.keys("O")
        await screen.until("Type an expression")
        for line in (f"{tmp_path}/run.json", f"x*y x=@{secret} y=1"):
            await screen.line(line)
            await screen.until("not allowed here")
            await screen.keys("\x15")
            await screen.until("not allowed here", times=0)
        await screen.until("Recent", times=0)
        await screen.line("p*q p=6 q=7")
        await screen.until("step 0 of")
        await screen.keys("G")
        await screen.until("v 42")
        await screen.keys("T?")
        await screen.until("Reading the picture")
        assert SECRET not in screen.written and mine.name not in screen.written

    with serving("x*y", f"x=@{mine}", "y=2", folder=tmp_path) as server:
        visit(server, script)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ("/nowhere/run.json",),
        ("/nowhere/RUN.JSON",),
        ("run.json::entry",),
        ("x*y", "x=@/nowhere/x.csv", "y=1"),
        ("x*y", "x=1", "y=@/nowhere/x.npz:W"),
        ("x*y", "x=1", "y=@/nowhere/x.png"),
        ("x*y", "x=1", "y=2", "--upstream", "@/nowhere/x.npy"),
        ("net:tiny-cnn", "image=digit:3", "label=1", "--weights", "/nowhere/w.npz"),
    ],
)
def test_what_names_a_file_is_refused_before_it_is_looked_for(words: tuple[str, ...]) -> None:
    """So that nobody learns which files exist."""
    with pytest.raises(GradvizError, match="not allowed here"):
        tui._host(visited=True).open(words)


def test_no_source_and_no_value_that_reads_files_or_runs_code_is_open_to_visitors() -> None:
    allowed = tui._host(visited=True).allowed
    for kind in (*sources.every(), *values.every()):
        if kind.reads_files or kind.runs_code:
            with pytest.raises(GradvizError, match="not allowed here"):
                sources.check_allowed(kind, "text", allowed)


def test_a_visitor_can_open_all_that_the_list_offers() -> None:
    host = tui._host(visited=True)
    assert host.allowed == NOTHING and host.withheld == WITHHELD
    for offer in host.offers:
        opened = host.open(offer.words)
        if isinstance(opened, Playground):
            for _ in opened.passes(1, 0, lambda: True):
                opened = opened.opened(1)
        assert opened.trace.has_backward, offer.name


def test_nothing_that_a_visitor_is_shown_names_a_file(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(200.0))
    np.save(tmp_path / "w.npy", 2.0)
    words = ("sum(x*w)", f"x=@{tmp_path / 'x.npy'}", f"w=@{tmp_path / 'w.npy'}")
    opened = opening.open_source(words[0], words[1:], upstream=f"@{tmp_path / 'w.npy'}")
    opened.trace.save(tmp_path / "run.json")
    for made in (opened, opening.open_source(str(tmp_path / "run.json"), ())):
        shown = made.for_visitors()
        texts = (shown.title, *shown.words(), *(shown.text_of(name) for name in "xw"))
        assert str(tmp_path) not in " ".join(texts) and shown.text_of("w") == "2"
        assert shown.edited("w", "3", NOTHING).trace.value("w") == 3
        with pytest.raises(GradvizError, match="not allowed here"):
            shown.edited("w", f"@{tmp_path / 'w.npy'}", NOTHING)


LOCKED = """
import os, subprocess, sys
from pathlib import Path
from gradviz_tui.visitor import lock

lock()
Path("kept").read_text()
open(os.devnull, "w").close()
import gradviz.export.render
for attempt in (
    lambda: Path("new").write_text(""),
    lambda: open("kept", "a"),
    lambda: os.open("kept", os.O_RDWR),
    lambda: os.remove("kept"),
    lambda: os.rename("kept", "new"),
    lambda: os.mkdir("new"),
    lambda: os.symlink("kept", "new"),
    lambda: os.truncate("kept", 0),
    lambda: os.system("touch new"),
    lambda: subprocess.run([sys.executable, "-c", ""]),
    lambda: os.posix_spawn("/bin/touch", ["touch", "new"], {}),
    lambda: os.fork(),
):
    try:
        attempt()
    except PermissionError:
        continue
    print("done in spite of the lock")
"""


def test_the_process_of_a_visitor_can_write_nothing_and_start_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    command = [sys.executable, "-c", LOCKED]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").read_text() == "kept"
