"""The program, run in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gradviz.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """The outcome of a call of the program."""

    status: int
    out: str
    err: str

    @property
    def refused(self) -> bool:
        """Whether there was one message, nothing on standard output, and no traceback."""
        return self.err.startswith("gradviz: ") and "Traceback" not in self.err and not self.out


@pytest.fixture
def gradviz(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    monkeypatch.setenv("COLUMNS", "100")

    def call(*words: str) -> Outcome:
        status = run(words)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return call
