"""`gradviz tui --serve`: who is let in, and what a visitor can do there."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from gradviz.cli.commands import tui
from gradviz.errors import GradvizError
from gradviz.sources import NOTHING
from gradviz_tui.host import WITHHELD
from tests.tui.terminal import HANGS

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
        line = process.stdout.readline()
        found = re.search(r"(http://\S+?)/(\S+)/", line)
        assert found is not None, line + process.stdout.read()
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
    """A visitor's session: keys go in, and everything that was ever drawn is kept."""

    def __init__(self, socket: Any) -> None:
        self._socket, self.drawn = socket, ""

    async def keys(self, text: str) -> None:
        await self._socket.send_json(["stdin", text])

    async def line(self, text: str) -> None:
        """Type a line over what stands there, and Enter."""
        await self.keys("\x15\x0b" + text + "\r")

    async def until(self, text: str) -> None:
        """Wait until a text has been drawn after the last one that was waited for."""
        async with asyncio.timeout(HANGS):
            while text not in self.drawn:
                message = await self._socket.receive()
                assert message.type is aiohttp.WSMsgType.BINARY, (message, text, self.drawn)
                self.drawn += re.sub(r"\x1b\[[0-9;?$]*[A-Za-z]", "", message.data.decode())
        self.drawn = self.drawn.partition(text)[2]


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


@pytest.mark.parametrize("name", ["../page.html", "%2e%2e/site.py", "..%2fsite.py", "js/textual.js"])
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
def test_other_machines_are_let_in_only_when_asked_for(host: str) -> None:
    command = [sys.executable, "-m", "gradviz", "tui", "x*y", "x=1", "y=2", "--serve", "--port", "0"]
    done = subprocess.run([*command, "--host", host], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "--allow-remote" in done.stderr and not done.stdout


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
def test_an_address_that_is_none(host: str) -> None:
    command = [sys.executable, "-m", "gradviz", "tui", "x*y", "x=1", "y=2", "--serve"]
    done = subprocess.run(
        [*command, "--host", host], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "no such address" in done.stderr and not done.stdout


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
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, None])
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


# --- what a visitor can do


def test_a_visitor_steps_and_edits_but_neither_saves_nor_reads(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("3\n")
    secret, target = tmp_path / "secret.csv", tmp_path / "pwn.svg"
    secret.write_text(f"{SECRET}\n")
    trace = tmp_path / "run.json"
    trace.write_text(json.dumps({"schema": "gradviz.trace/1", "secret": SECRET}))
    before = sorted(p.name for p in tmp_path.iterdir())
    with serving("x*y", f"x=@{tmp_path / 'mine.csv'}", "y=2", folder=tmp_path) as server:
        seen = ""

        async def script(screen: Screen) -> None:
            nonlocal seen
            await screen.until("quit")
            for key in "xY":
                await screen.keys(key)
                await screen.until("only who started gradviz can")
            await screen.line(str(target))
            await screen.keys("\x1b")
            await screen.keys("e")
            await screen.until("Change an input")
            await screen.line(f"y=@{secret}")
            await screen.until("not allowed here")
            await screen.line("y = 7")
            await screen.until("21")
            await screen.keys("O")
            await screen.until("Type an expression")
            for line in (
                f"{trace}",
                f"x*y x=@{secret} y=1",
                f"x*y x=1 y=2 --upstream @{secret}",
                f"net:xor x=[1,0] --weights {secret}.npz",
                f"{secret}::f",
            ):
                await screen.line(line)
                await screen.until("gradviz" if "::" in line else "not allowed here")
                seen += screen.drawn
            await screen.line("p*q p=6 q=7")
            await screen.until("42")
            await screen.keys("T")
            await screen.keys("\x10")  # the command palette
            await screen.until("Search")
            await screen.keys("save")
            await screen.until("No matches")

        everything: list[str] = []
        original = Screen.until

        async def kept(self: Screen, text: str) -> None:
            await original(self, text)
            everything.append(self.drawn)

        visit(server, script)
        assert SECRET not in seen + "".join(everything)
    assert sorted(p.name for p in tmp_path.iterdir()) == before
