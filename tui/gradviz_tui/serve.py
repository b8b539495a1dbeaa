"""The program in a browser: the address that it listens on, and who is let in."""

from __future__ import annotations

import errno
import ipaddress
import re
import secrets
import socket
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from gradviz.errors import GradvizError, UsageError

USUAL_PORTS = {"https": 443, "http": 80}
HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f]*:[0-9a-f:.]+")
TOKEN_BYTES = 24
"""Random bytes of the address; 16 would be enough that nobody guesses it."""


def serve(
    words: Sequence[str],
    host: str,
    port: int,
    *,
    sessions: int,
    allow_remote: bool = False,
    origin: str = "",
) -> None:
    """Serve the program that these words start, until Ctrl+C; each visitor gets a separate run.

    host          an address or a name of this machine; one that other machines can reach needs
                  `allow_remote`.
    port          0 for any free one.
    sessions      the most visitors at once.
    origin        the public origin of a proxy in front, such as `https://teach.example.org`.
    Raises UsageError for a host that others can reach and for a text that is no origin,
    GradvizError if the address cannot be used, or if textual-serve is not installed.
    """
    try:
        from gradviz_tui.site import Site
    except ImportError:
        raise GradvizError(
            "--serve needs textual-serve", hint="pip install gradviz-explainer[serve]"
        ) from None
    origin = public_origin(origin) if origin else ""
    addresses = _addresses(host, port)
    local = all(ipaddress.ip_address(a.partition("%")[0]).is_loopback for a in addresses)
    if not local and not allow_remote:
        raise UsageError(
            "other machines can reach this address, without encryption",
            where=f"--host {host}",
            expected="127.0.0.1, localhost or ::1",
            hint="add --allow-remote if you mean to let others in",
        )
    listening = _listen(addresses, port)
    port = listening[0].getsockname()[1]
    names = {host, "localhost"} if local else {host, "localhost", socket.gethostname()}
    site = Site(words, names, port, secrets.token_urlsafe(TOKEN_BYTES), sessions, origin)
    if not local:
        sys.stderr.write(
            "gradviz: warning: other machines can reach this, without encryption; whoever has the"
            " address can use it\n"
        )
    sys.stdout.write(f"Open {site.address(_shown(host, listening[0]))}\nCtrl+C ends it.\n")
    sys.stdout.flush()
    site.run(listening)


def public_origin(text: str) -> str:
    """An origin as browsers write it: lower case, without its scheme's usual port.

    Raises UsageError for anything else than a scheme, a host and perhaps a port.
    """
    try:
        found = urlsplit(text)
        scheme, name, port = found.scheme, found.hostname or "", found.port
        host = name if ":" in name else name.encode("idna").decode()
        rest = found.path.strip("/") or found.query or found.fragment or found.username
    except ValueError:  # UnicodeError too
        scheme, host, port, rest = "", "", None, text
    plain = text.isprintable() and " " not in text
    if not plain or scheme not in USUAL_PORTS or not HOST.fullmatch(host) or rest:
        raise UsageError(
            "this is not a public origin",
            where="--origin",
            expected="https://HOST or https://HOST:PORT, as it begins in the address of a browser",
            got=f"{text!r:.80}",
            hint="a path cannot be given: the proxy passes paths on as they are",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + (f":{port}" if port not in (None, USUAL_PORTS[scheme]) else "")


def _addresses(host: str, port: int) -> dict[str, socket.AddressFamily]:
    """The addresses that a host stands for, and their families."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise GradvizError(
            "there is no such address",
            where=f"--host {host}",
            got=getattr(error, "strerror", None) or error,
            hint="--host 127.0.0.1 is this machine",
        ) from None
    return {str(address[0]): family for family, *_, address in found}


def _listen(addresses: dict[str, socket.AddressFamily], port: int) -> list[socket.socket]:
    """Sockets that listen on each address that this machine has, all on one port."""
    listening: list[socket.socket] = []
    problem: OSError | None = None
    for address, family in addresses.items():
        try:
            listening.append(socket.create_server((address, port), family=family))
            port = listening[0].getsockname()[1]
        except OSError as error:
            problem = error
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                listening = []
                break
    if listening:
        return listening
    why = problem.strerror if problem is not None else ""
    raise GradvizError(
        f"cannot listen on {next(iter(addresses))}:{port}",
        got=why or str(problem),
        hint="choose another --port, or an address of this machine for --host",
    )


def _shown(host: str, listening: socket.socket) -> str:
    """The host of the address to open; where all addresses are served, one that others reach."""
    if not ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_unspecified:
        return host
    with socket.socket(listening.family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1" if probe.family == socket.AF_INET else "2001:db8::1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])  # nothing was sent: the system only chose a route
