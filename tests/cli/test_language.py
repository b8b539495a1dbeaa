"""`--language` and GRADVIZ_LANGUAGE, as a user meets them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Gradviz = Callable[..., Any]


def test_another_language_is_suggested_at_the_command_line(gradviz: Gradviz) -> None:
    shown = gradviz("show", "x*y", "x=2", "y=3", "--language", "dee")
    assert shown.status == 1 and "did you mean de?" in shown.err


def test_the_environment_chooses_the_usual_language(
    gradviz: Gradviz, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADVIZ_LANGUAGE", "de")
    assert "Rückwärts" in gradviz("show", "x*y", "x=2", "y=3").out
    assert "Backward" in gradviz("show", "x*y", "x=2", "y=3", "--language", "en").out
    monkeypatch.delenv("GRADVIZ_LANGUAGE")
    assert "Backward" in gradviz("show", "x*y", "x=2", "y=3").out
