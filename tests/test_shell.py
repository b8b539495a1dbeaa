"""Words as a shell takes them: a shell reads them back."""

from __future__ import annotations

import shlex

from hypothesis import given
from hypothesis import strategies as st

from gradviz import shell
from gradviz.shell import quoted

WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\n\r"), min_size=1, max_size=20
)


@given(st.lists(WORDS))
def test_a_line_is_read_back_by_the_shell(words: list[str]) -> None:
    assert shlex.split(shell.line(words)) == words


def test_what_every_shell_leaves_alone_stays_as_it_is() -> None:
    assert quoted("net:mlp:2-4") == "net:mlp:2-4" and quoted("x=-3") == "x=-3"
    assert quoted("x*y + z") == '"x*y + z"'
    assert quoted('a"b') == "'a\"b'"
