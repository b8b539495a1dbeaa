"""What `gradviz doctor` says of other scripts, and names that are the same in other characters."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

import gradviz as gv
from gradviz.cli.main import run
from gradviz.files import compatible, same_name
from gradviz.fonts import others
from tests.fonts.drawn_boxes import boxes, saved


def test_doctor_says_which_font_draws_each_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("uharfbuzz", reason="the extra `fonts` is not installed")
    file = saved(tmp_path / "fonts" / "Made.ttf", boxes("한あ", "Made"))
    monkeypatch.setenv(others.VARIABLE, str(file.parent))
    assert run(["doctor", "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    scripts = {f["name"]: f for f in findings if f["group"] == "Other scripts in pictures"}
    assert [name for name, f in scripts.items() if f["found"]] == ["Hangul", "Kana"]
    assert scripts["Kana"]["found"] == "Made 1.25" and scripts["Kana"]["gives"] == f"from {file}"
    assert all("--font FILE" in f["get"] for f in scripts.values())
    assert {"Han", "Thai", "Arabic", "Hebrew", "Devanagari"} < scripts.keys()


NAMES = ["ค่าน้ำหนัก", "ກຳ", "ﬁ", "Ａ", "ﾊﾞ", "x"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["as it is", "NFC", "NFKC", "NFKD"])
def test_a_name_is_found_in_every_form_that_python_takes_for_the_same(
    name: str, form: str, tmp_path: Path
) -> None:
    """Python reads identifiers in NFKC (its reference, 2.3), so keywords arrive in that form."""
    other = name if form == "as it is" else unicodedata.normalize(form, name)
    for graph in (f"{name}*y", gv.parse(f"{name}*y"), product(name)):
        trace = gv.run(graph, values={other: 3, "y": 2})
        assert trace.gradient(other) == trace.gradient(name) == 2
        assert trace.value(compatible(name)) == 3
        gv.render(trace, tmp_path / "a.txt", rename={other: "w"})
        assert "w" in (tmp_path / "a.txt").read_text()
    narrowed = gv.run(f"{name}*y", values={other: 3, "y": 2}, wrt=[other])
    assert narrowed.gradient(name) == 2


def product(name: str) -> gv.Expression:
    first, second = gv.inputs(f"{name} y")
    return first * second


def test_the_command_line_takes_names_with_marks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "भार*x + ค่าน้ำหนัก", "भार=2", "x=3", "ค่าน้ำหนัก=1", "--width", "80"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "dभार = 3, dx = 2, dค่าน้ำหนัก = 1"
    assert run(["show", "भार*x", "भार=2", "x=3", "भार=4"]) == 2
    assert "भार is given twice" in capsys.readouterr().err


def test_names_that_are_not_the_same_stay_apart() -> None:
    assert same_name("가", ["가", "나"]) == "가"
    assert same_name("다", ["가", "나"]) == "다"
    assert same_name("x", []) == "x"
