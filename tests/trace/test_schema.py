"""Texts that are no trace: each is refused with what it is instead."""

from __future__ import annotations

import pytest

from gradviz.engine.run import run
from gradviz.errors import TraceFormatError
from gradviz.trace import Trace
from tests.trace.same import assert_same


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("x*y + z", "it is not JSON"),
        ('{"schema": NaN}', "it is not JSON"),
        ('{"schema": "gradviz.trace/1",}', "it is not JSON"),
        ("{} {}", "it is not JSON"),
        (b"\x89PNG\r\n\x1a\n\0\0", "it is not text"),
        ('{"schema": "\ud800"}', "it is not text"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 5000, "nested too deeply"),
        ("1" * 5000, "is not JSON"),
        ('{"schema": 1e999}', "is not JSON"),
        ("3", "this JSON is not a trace"),
        ("null", "this JSON is not a trace"),
        ("[1, 2]", "this JSON is not a trace"),
        ("{}", "this JSON is not a trace"),
        ('{"schema": 1}', "this JSON is not a trace"),
        ('{"schema": "gradviz.exam/1"}', "this file is not a trace"),
        ('{"schema": "gradviz.trace/0"}', "this file is not a trace"),
        ('{"schema": "gradviz.trace/x"}', "this file is not a trace"),
        ('{"schema": "gradviz.trace/2"}', "written by a newer gradviz"),
        ('{"schema": "gradviz.trace/10"}', "written by a newer gradviz"),
        ('{"schema": "gradviz.trace/1"}', "lacks the key 'source'"),
    ],
)
def test_texts_that_are_no_trace(text: str | bytes, message: str) -> None:
    with pytest.raises(TraceFormatError, match=message) as caught:
        Trace.from_json(text)
    assert caught.value.expected


def test_a_slip_in_the_text_is_shown() -> None:
    text = run("x*y", x=2, y=3).to_json().replace('"source": "x*y",', '"source": "x*y"')
    with pytest.raises(TraceFormatError, match="not JSON") as caught:
        Trace.from_json(text)
    assert "line 3, column 2" in str(caught.value)


def test_a_byte_order_mark_is_no_hindrance() -> None:
    trace = run("x*y", x=2, y=3)
    assert_same(Trace.from_json(b"\xef\xbb\xbf" + trace.to_json().encode()), trace)


def test_every_cut_is_noticed() -> None:
    text = run("sum(x*y) + σ", x=[1, 2], y=3, σ=1).to_json().encode()
    for length in range(len(text)):
        with pytest.raises(TraceFormatError):
            Trace.from_json(text[:length])
