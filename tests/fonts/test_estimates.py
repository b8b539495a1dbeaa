"""Letters without a font: estimated where characters are written, refused in pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

import gradviz as gv
from gradviz.errors import ValueInputError
from gradviz.fonts.estimates import estimating
from gradviz.layout import text


@pytest.fixture(autouse=True)
def fontless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRADVIZ_FONTS", str(tmp_path))


def test_a_wide_letter_takes_a_whole_em_and_a_mark_nothing() -> None:
    with estimating():
        assert text.width("가중치", 10) == 30
        assert text.width("भा", 10) == 6


def test_what_the_fonts_draw_is_measured_and_not_estimated() -> None:
    with estimating():
        estimated = text.width("xyz", 10)
        with estimating(False):
            assert text.width("xyz", 10) == estimated
            with pytest.raises(ValueInputError, match="no font here"):
                text.width("가", 10)


def test_windows_are_written_and_their_picture_is_refused(tmp_path: Path) -> None:
    trace = gv.run("sum(conv2d(가중치, k))", 가중치=[[[1, 2], [3, 4]]], k=[[[[1]]]])
    told = gv.render(trace, tmp_path / "a.txt", into="a").files[0]
    assert "가중치" in told.read_text(encoding="utf-8")
    with pytest.raises(ValueInputError, match="no font here"):
        gv.render(trace, tmp_path / "a.svg", into="a")
