"""The program in a browser, through textual-serve."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Sequence

from gradviz.errors import GradvizError


def serve(words: Sequence[str], host: str, port: int) -> None:
    """Serve the program that these words start, until Ctrl+c; each visitor gets a separate run.

    Raises GradvizError if the address cannot be used, or if textual-serve is not installed.
    """
    try:
        from textual_serve.server import Server
    except ImportError:
        raise GradvizError(
            "--serve needs textual-serve", hint="pip install gradviz-explainer[serve]"
        ) from None
    try:
        with socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM
        ) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise GradvizError(
            f"cannot listen on {host}:{port}",
            got=error.strerror or str(error),
            hint="choose another --port",
        ) from None
    Server(shlex.join(words), host=host, port=port, title="gradviz").serve()
