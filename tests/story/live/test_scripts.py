"""Scripts as they are sent: shorter, and with the same meaning."""

from __future__ import annotations

import pytest

from gradviz.story.live.scripts import compact


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        ("  const a = [1, 2];  // two numbers\n", "const a=[1,2];"),
        ("// what it is\n/* and\n   more */\nlet x;\n\n", "let x;"),
        ("x = a - -b + +c;", "x=a - -b + +c;"),
        ('say("a = b, c", { x });', 'say("a = b, c",{x});'),
        ('say("a,  // b", { x });', 'say("a,  // b", { x });'),
        ('say("\\" : ,", y)', 'say("\\" : ,",y)'),
        ("const f = x => `${x} = ${x}, y`;", "const f = x=>`${x} = ${x}, y`;"),
        ("s.replace(/a : b, c/g, y)", "s.replace(/a : b, c/g, y)"),
        ("return !x && y || { z };", "return!x&&y||{z};"),
    ],
)
def test_only_what_says_nothing_is_left_out(script: str, sent: str) -> None:
    assert compact(script) == sent
