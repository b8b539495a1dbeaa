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


def test_one_entry_is_loaded_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "other_plugins"
    (folder / "c").mkdir(parents=True)
    for name, text in (
        ("__init__", ""),
        ("a", "ENTRY = 1"),
        ("b", "import nothing_of_this_name"),
        ("c/__init__", "ENTRY = 3"),
    ):
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert plugins.entry("other_plugins", "c").ENTRY == 3
    assert "other_plugins.a" not in sys.modules
    with pytest.raises(LookupError, match="other_plugins has no 'd': there are a, b, c"):
        plugins.entry("other_plugins", "d")
    with pytest.raises(ModuleNotFoundError, match="nothing_of_this_name"):
        plugins.entry("other_plugins", "b")
