"""Settings: kept, read again, and nonsense named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradviz.story.keys import EVERY
from gradviz_tui import config
from gradviz_tui.config import Settings, load, save
from gradviz_tui.keys import names


def test_they_come_back(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "tui.toml"
    kept = Settings(
        theme="light",
        ascii=True,
        speed=8.0,
        keys={"step": "right,d"},
        recent=(('x*"y"\\', "x=1"), ("é",)),
    )
    assert save(kept, file) == ""
    assert load(file) == kept


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=3).map(tuple),
        max_size=3,
    ).map(tuple)
)
def test_any_recent_source_comes_back(recent: tuple[tuple[str, ...], ...]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tui.toml"
        assert save(Settings(recent=recent), file) == ""
        assert load(file).recent == recent


def test_no_file_is_no_problem(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == Settings()
    (tmp_path / "file").write_text("")
    assert load(tmp_path / "file" / "below.toml") == Settings()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('theme = "drak"', "theme"),
        ("theme = 3", "theme"),
        ('ascii = "yes"', "ascii"),
        ("speed = 3", "speed"),
        ("speed = true", "speed"),
        ("recent = 1", "recent"),
        ("recent = [[]]", "recent"),
        ('themme = "dark"', "did you mean theme"),
        ('keys = "x"', "keys"),
        ('[keys]\nstpe = "x"', "did you mean step"),
        ("[keys]\nstep = 3", "step"),
        ('[keys]\nstep = "rigth"', "did you mean right"),
        ('[keys]\nstep = "right,"', "not a key"),
    ],
)
def test_nonsense_is_named_and_the_rest_counts(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "tui.toml"
    file.write_text(text if "[keys]" not in text else f"ascii = true\n{text}")
    found = load(file)
    assert len(found.problems) == 1 and named in found.problems[0]
    assert replace(found, problems=()) == Settings(ascii="[keys]" in text)


@pytest.mark.parametrize("data", [b"theme = ", b"\xff\xfe\xff", b"# " + b"x" * 200_000])
def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "tui.toml"
    file.write_bytes(data)
    found = load(file)
    assert len(found.problems) == 1 and str(file) in found.problems[0]
    assert save(found, file) == "" and file.read_bytes() == data


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "not saved" in save(Settings(), tmp_path / "file" / "tui.toml")


def test_the_recent_ones_are_few_and_the_last_is_first() -> None:
    settings = Settings()
    for n in [*range(20), 15]:
        settings = settings.opened((f"x*{n}",))
    assert settings.recent[0] == ("x*15",) and len(settings.recent) == config.MOST_RECENT == len(
        set(settings.recent)
    )


def test_where_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GRADVIZ_CONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert config.path() == tmp_path / "xdg" / "gradviz" / "tui.toml"
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert config.path() == tmp_path / ".config" / "gradviz" / "tui.toml"
    monkeypatch.setattr("sys.platform", "darwin")
    assert config.path() == tmp_path / "Library" / "Application Support" / "gradviz" / "tui.toml"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    assert config.path() == tmp_path / "roaming" / "gradviz" / "tui.toml"
    monkeypatch.setenv("GRADVIZ_CONFIG", str(tmp_path / "here"))
    assert config.path() == tmp_path / "here" / "tui.toml"


def test_every_key_of_the_table_is_one() -> None:
    """A key's name that Textual does not know never fires and never complains."""
    every = [name for key in EVERY for name in names(key).split(",")]
    for name in every:
        assert config.is_key(name), name
    assert len(set(every)) == len(every)
    assert not config.is_key("rigth") and not config.is_key("cmd+x")


def test_ascii_that_an_option_asked_for_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "tui.toml"
    for_once = Settings().in_ascii(True)
    assert for_once.ascii and not Settings().in_ascii(False).ascii
    save(for_once.opened(("x", "x=1")), file)
    assert not load(file).ascii and load(file).recent == (("x", "x=1"),)
    save(Settings(ascii=True).in_ascii(True), file)
    assert load(file).ascii
