"""Folders whose files are the entries of a table."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gradviz import plugins


def test_what_declares_itself_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "some_plugins"
    (folder / "inner").mkdir(parents=True)
    for name, text in (
        ("__init__", 'FIRST = ("z",)'),
        ("b", "ENTRY = 2"),
        ("a", "ENTRY = 1"),
        ("z", "ENTRY = 26"),
        ("helper", "OTHER = 0"),
        ("_private", "ENTRY = -1"),
        ("inner/__init__", "ENTRY = -2"),
    ):
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert plugins.names("some_plugins") == ["z", "a", "b", "helper"]
    assert not {f"some_plugins.{name}" for name in "abz"} & set(sys.modules)
    assert plugins.declared("some_plugins", "ENTRY") == (26, 1, 2)
    names = [m.__name__.rpartition(".")[2] for m in plugins.modules("some_plugins")]
    assert names == ["z", "a", "b", "helper"]
