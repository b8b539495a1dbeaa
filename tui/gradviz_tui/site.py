"""The site of `gradviz tui --serve`: a page, its parts, and a socket for each visitor's session.

Every request must name this server (so that no foreign name that leads here is served), hold the
token, and come from the page itself where a browser says which page it comes from. A web page that
the user happens to visit can thus neither open a session nor read anything.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import shlex
import signal
import socket as sockets
from collections.abc import Collection, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from gradviz.files import read_text
from gradviz_tui.visitor import ONE_THREAD

STATIC = Path(textual_serve.__file__).parent / "static"
PARTS = {
    "textual.js": STATIC / "js" / "textual.js",
    "xterm.css": STATIC / "css" / "xterm.css",
    "mono.ttf": STATIC / "fonts" / "RobotoMono-VariableFont_wght.ttf",
}
"""What the page loads."""
PAGE = Template(read_text(Path(__file__).parent / "page.html"))
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self';"
    " img-src 'self' data:; connect-src 'self' {here}; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
"""The terminal in the page writes styles of its own."""
MOST_SENT = 2**18
"""The most bytes of one message from a browser, and the most that a session is behind."""
SIDES = ((20, 500), (5, 200))
"""The least and the most columns and rows."""
BEAT, GRACE = 15.0, 5.0
"""Seconds between signs of life that a browser must give, and for the server to end."""


class Site:
    """Serves one program.

    words  start the program.
    names  the hosts under which the server is known, besides its addresses.
    token  what the path of every request begins with.
    limit  the most sessions at once.
    origin what a proxy serves it as, such as `https://teach.example.org`; empty without a proxy.
           Then the page names only this origin, and only pages from there may open a session.
    """

    def __init__(
        self,
        words: Sequence[str],
        names: Collection[str],
        port: int,
        token: str,
        limit: int,
        origin: str = "",
    ) -> None:
        self.words, self.port, self.token, self.limit = words, port, token, limit
        self.origin = origin
        self._names = {name.lower() for name in names}
        self._open: set[web.WebSocketResponse] = set()

    def address(self, host: str) -> str:
        """What to open in a browser."""
        return f"{self.origin or f'http://{_bracketed(host)}:{self.port}'}/{self.token}/"

    def run(self, listening: Sequence[sockets.socket]) -> None:
        """Serve until Ctrl+C, SIGTERM or SIGHUP; then every session ends."""
        web.run_app(
            self.app(),
            sock=list(listening),
            access_log=None,  # it would hold the token
            print=None,
            shutdown_timeout=GRACE,
        )

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application(middlewares=[self._guarded])
        app.router.add_get("/{token}/", self._page)
        app.router.add_get("/{token}/ws", self._session)
        app.router.add_get("/{token}/{name}", self._part)
        app.on_response_prepare.append(_protect)
        app.on_startup.append(_end_on_hang_up)
        app.on_shutdown.append(self._close)
        return app

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Any) -> web.StreamResponse:
        why = self._refusal(request)
        if why:
            return web.Response(status=403, text=f"{why}\n")
        response: web.StreamResponse = await handler(request)
        return response

    def _refusal(self, request: web.Request) -> str:
        """Why a request is refused; empty for one that is served."""
        host = request.headers.get("Host", "").lower()
        if host not in self._hosts(request):
            return (
                "This server is not known under that name. Open the address that gradviz printed."
            )
        given = request.path.split("/")[1].encode(errors="replace")
        if not hmac.compare_digest(given, self.token.encode()):
            return "Open the whole address that gradviz printed; it holds a secret."
        origin = request.headers.get("Origin")
        is_socket = "upgrade" in request.headers.get("Connection", "").lower()
        if origin != (self.origin or f"http://{host}") and (origin is not None or is_socket):
            return "Another page may not use this."
        return ""

    def _hosts(self, request: web.Request) -> set[str]:
        """What a request may call this server: its names, and the address it has come to."""
        transport = request.transport
        here = transport.get_extra_info("sockname")[0] if transport is not None else ""
        names = {_bracketed(name) for name in (*self._names, here) if name}
        hosts = {f"{name}:{self.port}" for name in names} | (names if self.port == 80 else set())
        return hosts | ({self.origin.partition("://")[2]} if self.origin else set())

    async def _page(self, request: web.Request) -> web.Response:
        here = (self.origin or f"http://{request.host}").replace("http", "ws", 1)
        return web.Response(
            text=PAGE.substitute(socket=escape(f"{here}/{self.token}/ws"), limit=self.limit),
            content_type="text/html",
            headers={"Content-Security-Policy": POLICY.format(here=here)},
        )

    async def _part(self, request: web.Request) -> web.FileResponse:
        path = PARTS.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def _session(self, request: web.Request) -> web.StreamResponse:
        if len(self._open) >= self.limit:
            return web.Response(status=503, text="All sessions are in use.\n")
        socket = web.WebSocketResponse(heartbeat=BEAT, max_msg_size=MOST_SENT)
        self._open.add(socket)
        try:
            await socket.prepare(request)
            session = Session(self.words, socket)
            size = (request.query.get("width", ""), request.query.get("height", ""))
            await session.start(*_within(*(int(n) if n.isdecimal() else 0 for n in size)))
            try:
                await _relay(socket, session)
            finally:
                await session.end()
        finally:
            self._open.discard(socket)
        return socket

    async def _close(self, app: web.Application) -> None:
        await asyncio.gather(*(s.close(code=WSCloseCode.GOING_AWAY) for s in self._open))


class Session(AppService):  # type: ignore[misc]
    """One run of the program, which ends with its socket; it can only draw, and end."""

    def __init__(self, words: Sequence[str], socket: web.WebSocketResponse) -> None:
        super().__init__(
            shlex.join(words),
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=self._close,
            download_manager=DownloadManager(),
        )
        self._words, self._socket = words, socket

    async def _close(self) -> None:
        await self._socket.close()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Any:
        """Start it without a shell, so that ending it ends all of it."""
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=self._build_environment(width=width, height=height) | ONE_THREAD,
        )
        self._stdin = self._process.stdin
        return self._process

    async def run(self) -> None:
        """Pass on what it draws; close the socket when it has ended, however it did."""
        try:
            await super().run()
        finally:
            await self.remote_close()

    async def on_meta(self, data: bytes) -> None:
        """Pass nothing on but the end."""
        if json.loads(data).get("type") == "exit":
            await self.remote_close()

    async def on_packed(self, payload: bytes) -> None:
        """Deliver no files."""

    def is_behind(self) -> bool:
        """Whether it has not read what was typed for long."""
        return bool(self.stdin.transport.get_write_buffer_size() > MOST_SENT)

    async def end(self) -> None:
        """End it at once, whatever it does: a visitor has nothing to save."""
        assert self._process is not None and self._task is not None
        with suppress(ProcessLookupError):
            self._process.kill()
        self._task.cancel()
        await self._process.wait()
        await self._task


async def _end_on_hang_up(_: web.Application) -> None:
    """Let the loop take SIGHUP as it takes SIGTERM: between two callbacks, not inside one, where
    an exception could be lost. A signal that is ignored (nohup) stays so.
    """
    number = getattr(signal, "SIGHUP", None)
    if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
        asyncio.get_running_loop().add_signal_handler(number, _leave)


def _leave() -> None:
    raise web.GracefulExit


async def _relay(socket: web.WebSocketResponse, session: Session) -> None:
    """Pass on what the browser sends, until it is gone or sends something else."""
    async for message in socket:
        try:
            said = json.loads(message.data) if message.type is WSMsgType.TEXT else None
        except (ValueError, RecursionError):
            said = None
        match said:
            case ["stdin", str(text)]:
                session.stdin.write(session.encode_packet(b"D", text.encode(errors="replace")))
            case ["resize", {"width": int(width), "height": int(height)}]:
                width, height = _within(width, height)
                meta = json.dumps({"type": "resize", "width": width, "height": height})
                session.stdin.write(session.encode_packet(b"M", meta.encode()))
            case ["ping", str(sent)]:
                await socket.send_json(["pong", sent])
            case ["focus"] | ["blur"]:
                meta = json.dumps({"type": said[0]})
                session.stdin.write(session.encode_packet(b"M", meta.encode()))
            case _:
                await socket.close(code=WSCloseCode.POLICY_VIOLATION)
        if session.is_behind():
            return


def _within(*sides: int) -> tuple[int, ...]:
    """Columns and rows that a program can be drawn in."""
    return tuple(min(max(n, low), high) for n, (low, high) in zip(sides, SIDES, strict=True))


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


async def _protect(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
